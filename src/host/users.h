/*
 * users.h - the accounts of a host, as its /etc/passwd has them.
 *
 * Of the tree that is looked at, never of the name service of this process:
 * accounts of LDAP and the like are not seen.
 */
#ifndef HOST_USERS_H
#define HOST_USERS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/place.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>
#include <stddef.h>

struct host_user {
	struct str name;
	unsigned long uid, gid;
	struct str gecos, home, shell;
	struct place place;
	/* Somebody may log in: the shell is not nologin, false or the like. */
	bool shell_opens;
};

struct host_users {
	const struct host_user *users; /* in the order of the file */
	size_t count;
	/* /etc/nsswitch.conf names no other place where accounts may be. */
	bool complete;
};

/* Where the first account that people have begins (login.defs(5), UID_MIN). */
enum {
	HOST_USER_PEOPLE = 1000,
};

/* Reads /etc/passwd; lines that are none are left out, as libc does. */
enum lookup host_users_read(struct tree *tree, struct arena *arena,
    struct host_users *users, struct error *error);

/* The first of that name, as it is written; NULL: there is none. */
const struct host_user *host_users_find(const struct host_users *users,
    struct str name);

/* The name of the first with that number; NULL: there is none. */
const struct host_user *host_users_by_uid(const struct host_users *users,
    unsigned long uid);

#endif
