/*
 * mounts.h - file systems: those mounted here, or those that another host
 * mounts when it starts.
 */
#ifndef HOST_MOUNTS_H
#define HOST_MOUNTS_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/place.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>

struct mount {
	const struct mount *next;
	struct str source; /* "server:/export" */
	struct str target;
	struct str type; /* "nfs4" */
	struct place place;
};

struct mounts {
	enum lookup state;
	const char *reason;
	bool planned; /* from fstab(5); else mounted at this moment */
	const struct mount *first;
};

void mounts_read(struct tree *tree, struct arena *arena, struct mounts *mounts);

/* Whether its files lie on another host. */
bool mounts_is_network(const struct mount *mount);

/* The file systems of /proc/self/mountinfo, and of fstab: without noauto. */
const struct mount *mounts_parse_info(struct str text, const char *file,
    struct arena *arena);
const struct mount *mounts_parse_table(struct str text, const char *file,
    struct arena *arena);

#endif
