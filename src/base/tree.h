/*
 * tree.h - the files of a host: of this one, or of another below a directory.
 *
 * Whoever reads how a host is configured names files as that host does. A
 * tree finds them: below its root, out of which no link leads, and where
 * another file or directory was put in a place (--config, --aliases). Reading
 * never waits: FIFOs, sockets and devices are refused, not opened.
 *
 * "There is none" is not "could not look": the first is LOOKUP_MISSING, the
 * second LOOKUP_FAILED, with an error that does not name the path.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/files.h"
#include "base/lookup.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum {
	/* No configuration of an MTA is so long; a log named by mistake is. */
	TREE_FILE_MAX = 256 << 20,
};

struct tree;

/*
 * The tree below a root (NULL: the files of this host). With files (may be
 * NULL) all that is read or looked for is remembered there, so that its
 * owner can tell when something has changed. Lives as long as the arena.
 */
struct tree *tree_new(struct arena *arena, const char *root,
    struct files *files);

/* From now on, what is asked for at path is at real, a path of this host. */
void tree_mount(struct tree *tree, const char *path, const char *real);

/* Whether it is this host itself, so that its programs may be asked, too. */
bool tree_is_host(const struct tree *tree);

/* Whether what is asked for at path is elsewhere, by tree_mount(). */
bool tree_is_mounted(const struct tree *tree, const char *path);

/* The path as a person who uses the report would name it; in the arena. */
const char *tree_shown(const struct tree *tree, const char *path);

/*
 * Reads a regular file of at most limit bytes (0: TREE_FILE_MAX) over any
 * links; a NUL stands after the text.
 */
enum lookup tree_read(struct tree *tree, const char *path, size_t limit,
    struct arena *arena, struct str *text, struct error *error);

/* Opens a regular file for reading; the caller closes the descriptor. */
enum lookup tree_open(struct tree *tree, const char *path, int *descriptor,
    struct error *error);

/* What is there, whatever it is; follows links. */
enum lookup tree_stat(struct tree *tree, const char *path, struct stat *status,
    struct error *error);

/* The same of a link itself; target (may be NULL) is where it points. */
enum lookup tree_lstat(struct tree *tree, const char *path, struct arena *arena,
    struct stat *status, const char **target, struct error *error);

/*
 * The value of an extended attribute of what is there, over links. MISSING:
 * it has none of that name, or its file system has none at all.
 */
enum lookup tree_attribute(struct tree *tree, const char *path,
    const char *name, struct arena *arena, struct str *value,
    struct error *error);

/* Whether an open file still is what fstat(2) said when it was opened. */
bool tree_is_unchanged(int descriptor, const struct stat *before);

/* The names in a directory, sorted, without . and .., in the arena. */
enum lookup tree_list(struct tree *tree, const char *path, struct arena *arena,
    const char ***names, size_t *count, struct error *error);

#endif
