/*
 * modes.h - who may read and write a file: owner, group, mode, ACL, and the
 * directories above it.
 */
#ifndef HOST_MODES_H
#define HOST_MODES_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/tree.h"
#include "host/accounts.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* What an access ACL grants beyond the mode (acl(5)). */
struct modes_acl {
	enum lookup state;  /* MISSING: the mode says all; FAILED: unknown */
	const char *reason; /* FAILED */
	const char *text;   /* FOUND: "user:mail:rw-, group:adm:r--" */
	bool writes;        /* somebody named may write */
	bool reads;
};

struct modes {
	struct stat status; /* over links */
	struct modes_acl acl;
};

/* The file at path, over links. */
enum lookup modes_read(struct tree *tree, const char *path,
    const struct accounts *accounts, struct arena *arena, struct modes *modes,
    struct error *error);

/* Takes an ACL as the kernel stores it; false: damaged. */
bool modes_parse_acl(struct str value, const struct accounts *accounts,
    struct arena *arena, struct modes_acl *acl);

/*
 * The first directory above path, from the root, that somebody beside root
 * and the owner given may write into without the sticky bit: whoever may, can
 * put another file in its place. MISSING: none.
 */
enum lookup modes_open_parent(struct tree *tree, const char *path, uid_t owner,
    struct arena *arena, const char **directory, struct stat *status,
    struct error *error);

/*
 * Whether a user may come to path and has the rights wanted there (bits of
 * rwx, as in access(2)). MISSING: no, and where it ends; modes and the entries
 * of ACLs are judged as the kernel does, capabilities are not.
 */
enum lookup modes_reach(struct tree *tree, const char *path,
    const struct accounts *accounts, const struct host_user *user,
    unsigned wanted, struct arena *arena, const char **where,
    struct error *error);

/* "0640", in the arena. */
const char *modes_text(mode_t mode, struct arena *arena);

#endif
