/*
 * accounts.h - accounts and groups together: names of numbers, and who is in
 * which group (passwd(5), group(5)).
 *
 * Only the files are read: one that is missing here may still exist in a
 * directory service.
 */
#ifndef HOST_ACCOUNTS_H
#define HOST_ACCOUNTS_H

#include "host/users.h"

#include <sys/types.h>

struct group {
	const struct group *next;
	struct str name;
	struct str members; /* separated by commas */
	gid_t gid;
};

struct accounts {
	enum lookup state; /* of both files: FAILED where one cannot be read */
	const char *reason;
	struct host_users users;
	const struct group *groups;
};

void accounts_read(struct tree *tree, struct arena *arena,
    struct accounts *accounts);

/* NULL: not in the file. */
const struct group *accounts_find_group(const struct accounts *accounts,
    struct str name);

/* Whether it is a member of the group: its own, or one that names it. */
bool accounts_in_group(const struct accounts *accounts,
    const struct host_user *user, gid_t gid);

/* "root", or the number where the file has no name; in the arena. */
const char *accounts_user_name(const struct accounts *accounts, uid_t uid,
    struct arena *arena);
const char *accounts_group_name(const struct accounts *accounts, gid_t gid,
    struct arena *arena);

/* The groups in the text of a group file, which they borrow from. */
const struct group *accounts_parse_groups(struct str text, struct arena *arena);

#endif
