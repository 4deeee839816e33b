/*
 * guard_systemd.h - where the guard listens that takes its sockets from
 * systemd: "systemd:NAME" of its policy file.
 */
#ifndef CHECK_GUARD_SYSTEMD_H
#define CHECK_GUARD_SYSTEMD_H

#include "base/arena.h"
#include "base/str.h"
#include "base/tree.h"

#include <stddef.h>

enum {
	GUARD_SOCKETS_MAX = 64,
};

/* "unix:/path" and "inet:host:port", as a policy file would have them. */
struct guard_sockets {
	struct str at[GUARD_SOCKETS_MAX];
	size_t count;
};

/*
 * Adds what the socket units of the host (systemd.socket(5)) pass to a
 * service that runs mtaguardd, under a name (empty: any) of
 * FileDescriptorName=. Units that cannot be read have nothing.
 */
void guard_systemd_sockets(struct tree *tree, struct str name,
    struct arena *arena, struct guard_sockets *sockets);

#endif
