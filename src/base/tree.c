/*
 * tree.c - the files of a host: of this one, or of another below a directory.
 */
#include "base/tree.h"

#include "base/descriptor.h"
#include "base/tree_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	LIST_MAX = 64 * 1024, /* names in one directory */
	ATTRIBUTE_MAX = 4096, /* bytes: an ACL of 500 entries */
};

struct tree *
tree_new(struct arena *arena, const char *root, struct files *files)
{
	struct tree *tree = arena_alloc(arena, sizeof(*tree));

	tree->arena = arena;
	if (root != NULL)
		tree->root = arena_print(arena, "%s", root);
	tree->files = files;
	return tree;
}

/* The path without slashes at its end. */
static struct str
without_slash(const char *path)
{
	struct str text = str_from(path);

	while (str_ends(text, STR("/")))
		text.length--;
	return text;
}

void
tree_mount(struct tree *tree, const char *path, const char *real)
{
	struct mount *mount = arena_alloc(tree->arena, sizeof(*mount));

	mount->path = arena_copy(tree->arena, without_slash(path));
	mount->real = arena_print(tree->arena, "%s", real);
	mount->next = tree->mounts;
	tree->mounts = mount;
}

bool
tree_is_host(const struct tree *tree)
{
	return tree->root == NULL;
}

bool
tree_is_mounted(const struct tree *tree, const char *path)
{
	struct str rest;
	const struct mount *mount = tree_mount_of(tree, str_from(path), &rest);

	return mount != NULL &&
	    !str_equal(mount->path, without_slash(mount->real));
}

const char *
tree_shown(const struct tree *tree, const char *path)
{
	struct str rest = { NULL, 0 };
	const struct mount *mount = tree_mount_of(tree, str_from(path), &rest);

	if (mount != NULL)
		return arena_print(tree->arena, "%s" STR_FORMAT, mount->real,
		    STR_ARGS(rest));
	if (tree->root == NULL)
		return arena_print(tree->arena, "%s", path);
	return arena_print(tree->arena, STR_FORMAT "%s%s",
	    STR_ARGS(without_slash(tree->root)), path[0] == '/' ? "" : "/",
	    path);
}

/* Opens what was walked to; it must still be that. */
static int
open_end(const struct walk *walk, int flags, struct error *error)
{
	struct stat status;
	int descriptor;

	flags |= O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	if (walk->mounted != NULL)
		descriptor = open(walk->mounted, flags);
	else
		descriptor =
		    openat(walk->directory, walk->name, flags | O_NOFOLLOW);
	if (descriptor < 0) {
		error_write(error, "%s", strerror(errno));
		return -1;
	}
	if (fstat(descriptor, &status) == 0 &&
	    status.st_dev == walk->status.st_dev &&
	    status.st_ino == walk->status.st_ino)
		return descriptor;
	error_write(error, "was changed while it was opened");
	close(descriptor);
	return -1;
}

static bool
is_regular(const struct stat *status, struct error *error)
{
	if (S_ISREG(status->st_mode))
		return true;
	return error_set(error,
	    S_ISDIR(status->st_mode) ? "is a directory"
				     : "is not a regular file");
}

/* Opens a regular file; status is what it then was. */
static enum lookup
open_file(struct tree *tree, const char *path, int *descriptor,
    struct stat *status, struct error *error)
{
	struct walk walk;
	enum lookup answer = tree_walk(&walk, tree, path, true, error);

	*descriptor = -1;
	if (answer == LOOKUP_FOUND) {
		*status = walk.status;
		if (is_regular(status, error))
			*descriptor = open_end(&walk, 0, error);
		if (*descriptor < 0)
			answer = LOOKUP_FAILED;
	}
	tree_leave(&walk);
	return answer;
}

enum lookup
tree_open(struct tree *tree, const char *path, int *descriptor,
    struct error *error)
{
	struct stat status;

	return open_file(tree, path, descriptor, &status, error);
}

/* Whether an open file is still what it was. */
bool
tree_is_unchanged(int descriptor, const struct stat *before)
{
	struct stat now;

	return fstat(descriptor, &now) == 0 && now.st_size == before->st_size &&
	    now.st_ctim.tv_sec == before->st_ctim.tv_sec &&
	    now.st_ctim.tv_nsec == before->st_ctim.tv_nsec;
}

static bool
read_file(int descriptor, const struct stat *status, size_t limit,
    struct arena *arena, struct str *text, struct error *error)
{
	if ((unsigned long long)status->st_size > limit)
		return error_set(error,
		    "has %llu bytes, more than the limit of %zu",
		    (unsigned long long)status->st_size, limit);

	size_t size = (size_t)status->st_size;
	char *bytes = arena_try(arena, size + 1, error);
	if (bytes == NULL)
		return false;
	/* The byte for the NUL shows whether the file has grown. */
	ssize_t length = descriptor_read(descriptor, bytes, size + 1);
	if (length < 0)
		return error_set(error, "%s", strerror(errno));
	if ((size_t)length != size || !tree_is_unchanged(descriptor, status))
		return error_set(error, "was changed while it was read");
	bytes[size] = '\0';
	*text = (struct str){ bytes, size };
	return true;
}

enum lookup
tree_read(struct tree *tree, const char *path, size_t limit,
    struct arena *arena, struct str *text, struct error *error)
{
	struct stat status;
	int descriptor;
	enum lookup answer = open_file(tree, path, &descriptor, &status, error);

	if (answer != LOOKUP_FOUND)
		return answer;
	if (!read_file(descriptor, &status, limit > 0 ? limit : TREE_FILE_MAX,
		arena, text, error))
		answer = LOOKUP_FAILED;
	close(descriptor);
	return answer;
}

enum lookup
tree_stat(struct tree *tree, const char *path, struct stat *status,
    struct error *error)
{
	struct walk walk;
	enum lookup answer = tree_walk(&walk, tree, path, true, error);

	if (answer == LOOKUP_FOUND)
		*status = walk.status;
	tree_leave(&walk);
	return answer;
}

enum lookup
tree_lstat(struct tree *tree, const char *path, struct arena *arena,
    struct stat *status, const char **target, struct error *error)
{
	struct walk walk;
	enum lookup answer = tree_walk(&walk, tree, path, false, error);

	if (target != NULL)
		*target = NULL;
	if (answer == LOOKUP_FOUND) {
		*status = walk.status;
		if (target != NULL && S_ISLNK(walk.status.st_mode))
			*target = arena_print(arena, "%s", walk.target);
	}
	tree_leave(&walk);
	return answer;
}

/* The path by which the kernel finds what was walked to, and nothing else. */
static const char *
end_path(const struct walk *walk, struct arena *arena)
{
	if (walk->mounted != NULL)
		return walk->mounted;
	return arena_print(arena, "/proc/self/fd/%d/%s", walk->directory,
	    walk->name);
}

static enum lookup
read_attribute(const char *path, const char *name, struct arena *arena,
    struct str *value, struct error *error)
{
	char bytes[ATTRIBUTE_MAX];
	ssize_t length = lgetxattr(path, name, bytes, sizeof(bytes));

	if (length < 0 && (errno == ENODATA || errno == ENOTSUP))
		return LOOKUP_MISSING;
	if (length < 0) {
		error_write(error, "attribute %s: %s", name, strerror(errno));
		return LOOKUP_FAILED;
	}
	*value = arena_copy(arena, (struct str){ bytes, (size_t)length });
	return LOOKUP_FOUND;
}

enum lookup
tree_attribute(struct tree *tree, const char *path, const char *name,
    struct arena *arena, struct str *value, struct error *error)
{
	struct walk walk;
	enum lookup answer = tree_walk(&walk, tree, path, true, error);

	if (answer == LOOKUP_FOUND)
		answer = read_attribute(end_path(&walk, arena), name, arena,
		    value, error);
	tree_leave(&walk);
	return answer;
}

static int
compare_names(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

static bool
read_names(DIR *stream, struct arena *arena, const char ***names, size_t *count,
    struct error *error)
{
	const struct dirent *entry;
	size_t capacity = 0;

	*names = NULL;
	*count = 0;
	for (errno = 0; (entry = readdir(stream)) != NULL; errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (*count == LIST_MAX)
			return error_set(error, "has more than %d names",
			    LIST_MAX);
		if (*count == capacity) {
			capacity = 2 * capacity + 16;
			const char **more =
			    arena_alloc(arena, capacity * sizeof(*more));
			if (*count > 0)
				memcpy(more, *names, *count * sizeof(*more));
			*names = more;
		}
		(*names)[(*count)++] = arena_print(arena, "%s", entry->d_name);
	}
	if (errno != 0)
		return error_set(error, "%s", strerror(errno));
	if (*count > 0)
		qsort(*names, *count, sizeof(**names), compare_names);
	return true;
}

enum lookup
tree_list(struct tree *tree, const char *path, struct arena *arena,
    const char ***names, size_t *count, struct error *error)
{
	struct walk walk;
	enum lookup answer = tree_walk(&walk, tree, path, true, error);
	int descriptor = -1;
	DIR *stream = NULL;

	if (answer == LOOKUP_FOUND && !S_ISDIR(walk.status.st_mode)) {
		error_write(error, "is not a directory");
		answer = LOOKUP_FAILED;
	}
	if (answer == LOOKUP_FOUND) {
		descriptor = open_end(&walk, O_DIRECTORY, error);
		stream = descriptor >= 0 ? fdopendir(descriptor) : NULL;
		if (stream == NULL ||
		    !read_names(stream, arena, names, count, error))
			answer = LOOKUP_FAILED;
	}
	if (stream != NULL)
		closedir(stream);
	else if (descriptor >= 0)
		close(descriptor);
	tree_leave(&walk);
	return answer;
}
