/*
 * tree_walk.h - the way to a file of a tree: what tree.c and tree_walk.c know
 * of each other.
 */
#ifndef BASE_TREE_WALK_H
#define BASE_TREE_WALK_H

#include "base/tree.h"

#include <limits.h>

/* Something of this host that stands in a place of the tree. */
struct mount {
	struct mount *next;
	struct str path; /* without a slash at its end */
	const char *real;
};

struct tree {
	struct arena *arena;
	const char *root; /* NULL: this host */
	struct files *files;
	struct mount *mounts;
};

/* A walk on its way. */
struct walk {
	const struct tree *tree;
	bool follow;           /* a link at the end, too */
	int directory;         /* where it is: O_PATH, or -1 */
	char path[PATH_MAX];   /* the same, over no links; "" is the root */
	char rest[PATH_MAX];   /* what is still to go */
	char name[PATH_MAX];   /* of the last component, in directory */
	struct stat status;    /* of the last component */
	unsigned links;        /* followed so far */
	const char *mounted;   /* the last component is this path */
	char target[PATH_MAX]; /* of the last component, if it is a link */
};

/* The mount that a path stands in, the innermost one; or NULL. */
const struct mount *tree_mount_of(const struct tree *tree, struct str path,
    struct str *rest);

/* MISSING or FAILED by errno, which the error then tells. */
enum lookup tree_failed(int number, struct error *error);

/*
 * Walks to the end of a path. Its last component is then name in directory,
 * or, where mounted is set, the path mounted. To be left in any case.
 */
enum lookup tree_walk(struct walk *walk, const struct tree *tree,
    const char *path, bool follow, struct error *error);
void tree_leave(struct walk *walk);

#endif
