/*
 * selinux.h - whether SELinux is in force, and how its booleans are set.
 *
 * Of this host, selinuxfs says what is in force; of the files of another, what
 * is set for its next start (selinux_config(5), booleans.local).
 */
#ifndef HOST_SELINUX_H
#define HOST_SELINUX_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/place.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>

enum selinux_mode {
	SELINUX_DISABLED,
	SELINUX_PERMISSIVE,
	SELINUX_ENFORCING,
};

struct selinux {
	enum lookup state; /* MISSING: the host has no SELinux */
	const char *reason;
	enum selinux_mode mode;
	struct str policy; /* "targeted" */
	struct place place;
};

void selinux_read(struct tree *tree, struct arena *arena,
    struct selinux *selinux);

/*
 * A boolean. MISSING: nothing on disk sets it, so it has the value of the
 * policy, which is not read.
 */
enum lookup selinux_boolean(const struct selinux *selinux, struct tree *tree,
    const char *name, struct arena *arena, bool *value, struct place *place,
    struct error *error);

/* The value of a boolean in the text of booleans.local; line 0: none. */
unsigned selinux_parse_boolean(struct str text, struct str name, bool *value);

#endif
