/*
 * tree.c - the files of a host: of this one, or of another below a directory.
 *
 * A path is walked component by component, each opened without following
 * links, so that what was looked at is what is read, and so that no link
 * leads out of the root; openat2(2) is not in every kernel that runs mail.
 */
#include "base/tree.h"

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
	LINKS_MAX = 40,       /* as in the kernel */
	LIST_MAX = 64 * 1024, /* names in one directory */
	ATTRIBUTE_MAX = 4096, /* bytes: an ACL of 500 entries */
};

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

/* Whether path is at or below another; rest begins after that. */
static bool
is_below(struct str path, struct str above, struct str *rest)
{
	if (!str_starts(path, above))
		return false;
	*rest = str_slice(path, above.length, path.length);
	return rest->length == 0 || rest->data[0] == '/';
}

/* The mount that a path stands in, the innermost one; or NULL. */
static const struct mount *
mount_of(const struct tree *tree, struct str path, struct str *rest)
{
	const struct mount *found = NULL;
	struct str below;

	for (const struct mount *mount = tree->mounts; mount != NULL;
	     mount = mount->next)
		if ((found == NULL ||
			mount->path.length > found->path.length) &&
		    is_below(path, mount->path, &below)) {
			found = mount;
			*rest = below;
		}
	return found;
}

const char *
tree_shown(const struct tree *tree, const char *path)
{
	struct str rest = { NULL, 0 };
	const struct mount *mount = mount_of(tree, str_from(path), &rest);

	if (mount != NULL)
		return arena_print(tree->arena, "%s" STR_FORMAT, mount->real,
		    STR_ARGS(rest));
	if (tree->root == NULL)
		return arena_print(tree->arena, "%s", path);
	return arena_print(tree->arena, STR_FORMAT "%s%s",
	    STR_ARGS(without_slash(tree->root)), path[0] == '/' ? "" : "/",
	    path);
}

/* There is none, or it could not be looked at. */
static enum lookup
failed(int number, struct error *error)
{
	error_write(error, "%s", strerror(number));
	return number == ENOENT || number == ENOTDIR ? LOOKUP_MISSING
						     : LOOKUP_FAILED;
}

static void
leave(struct walk *walk)
{
	if (walk->directory >= 0)
		close(walk->directory);
	walk->directory = -1;
}

/* Copies text into an array of PATH_MAX bytes. */
static bool
fill(char *array, struct str text)
{
	if (text.length >= PATH_MAX)
		return false;
	if (text.length > 0)
		memmove(array, text.data, text.length);
	array[text.length] = '\0';
	return true;
}

/* Puts text before what is still to go. */
static bool
go_first(struct walk *walk, const char *text)
{
	size_t length = strlen(text), rest = strlen(walk->rest);

	if (length + 1 + rest >= sizeof(walk->rest))
		return false;
	memmove(walk->rest + length + 1, walk->rest, rest + 1);
	memcpy(walk->rest, text, length);
	walk->rest[length] = '/';
	return true;
}

/* Takes the next component off; false: there is none. */
static bool
next_component(struct walk *walk)
{
	char *start = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(start, "/");

	if (length == 0)
		return false;
	memcpy(walk->name, start, length);
	walk->name[length] = '\0';
	start += length;
	memmove(walk->rest, start, strlen(start) + 1);
	return true;
}

/* Whether the component that was taken is the last. */
static bool
at_end(const struct walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == '\0';
}

/* To the root of the tree, or of the mount that a path begins in. */
static enum lookup
start_at(struct walk *walk, struct str path, struct error *error)
{
	struct str rest = path;
	const struct mount *mount = mount_of(walk->tree, path, &rest);
	const char *place = walk->tree->root;

	if (place == NULL)
		place = "/";
	if (mount != NULL)
		place = mount->real;
	leave(walk);
	walk->mounted = place;
	if (!fill(walk->rest, rest) ||
	    !fill(walk->path, mount != NULL ? mount->path : STR("")))
		return failed(ENAMETOOLONG, error);
	walk->directory = open(place, O_PATH | O_CLOEXEC);
	if (walk->directory < 0 || fstat(walk->directory, &walk->status) != 0)
		return failed(errno, error);
	return LOOKUP_FOUND;
}

/* Goes to a path of the tree, and then on with what is still to go. */
static enum lookup
start_over(struct walk *walk, const char *path, struct error *error)
{
	char whole[PATH_MAX];

	if (!go_first(walk, path))
		return failed(ENAMETOOLONG, error);
	memcpy(whole, walk->rest, sizeof(whole));
	return start_at(walk, str_from(whole), error);
}

/*
 * Goes up. Not by "..", which leads elsewhere if somebody moves a directory
 * meanwhile, but down again from the root, over what were no links before.
 */
static enum lookup
go_up(struct walk *walk, struct error *error)
{
	char above[PATH_MAX];
	const char *slash = strrchr(walk->path, '/');
	size_t length = slash != NULL ? (size_t)(slash - walk->path) : 0;

	memcpy(above, walk->path, length);
	above[length] = '\0';
	return start_over(walk, above, error);
}

/* Follows the link that stands there. */
static enum lookup
go_along(struct walk *walk, struct error *error)
{
	if (++walk->links > LINKS_MAX)
		return failed(ELOOP, error);
	if (walk->target[0] == '/')
		return start_over(walk, walk->target, error);
	if (!go_first(walk, walk->target))
		return failed(ENAMETOOLONG, error);
	return LOOKUP_FOUND;
}

/* Looks at a component; what it is, is then in status and target. */
static enum lookup
look(struct walk *walk, int *opened, struct error *error)
{
	*opened = openat(walk->directory, walk->name,
	    O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (*opened < 0)
		return failed(errno, error);
	if (fstat(*opened, &walk->status) != 0)
		return failed(errno, error);
	if (!S_ISLNK(walk->status.st_mode))
		return LOOKUP_FOUND;

	ssize_t length =
	    readlinkat(*opened, "", walk->target, sizeof(walk->target));
	if (length < 0)
		return failed(errno, error);
	if (length == 0 || length >= (ssize_t)sizeof(walk->target))
		return failed(ENAMETOOLONG, error);
	walk->target[length] = '\0';
	return LOOKUP_FOUND;
}

/* Adds the component to the path. */
static bool
add_name(struct walk *walk)
{
	size_t length = strlen(walk->path), more = strlen(walk->name);

	if (length + 1 + more >= sizeof(walk->path))
		return false;
	walk->path[length] = '/';
	memcpy(walk->path + length + 1, walk->name, more + 1);
	return true;
}

/* Whether a mount is there, in place of what the tree has. */
static bool
is_mount(const struct walk *walk)
{
	struct str rest = { NULL, 0 };

	return mount_of(walk->tree, str_from(walk->path), &rest) != NULL &&
	    rest.length == 0;
}

/* One component: a mount, a link to follow, a directory, or the end. */
static enum lookup
go_down(struct walk *walk, struct error *error)
{
	int opened = -1;

	if (!add_name(walk))
		return failed(ENAMETOOLONG, error);
	if (is_mount(walk)) {
		char path[PATH_MAX];

		memcpy(path, walk->path, sizeof(path));
		return start_over(walk, path, error);
	}

	enum lookup answer = look(walk, &opened, error);
	walk->mounted = NULL;
	if (answer == LOOKUP_FOUND && S_ISLNK(walk->status.st_mode) &&
	    (walk->follow || !at_end(walk))) {
		*strrchr(walk->path, '/') = '\0';
		answer = go_along(walk, error);
	} else if (answer == LOOKUP_FOUND && !at_end(walk)) {
		leave(walk);
		walk->directory = opened;
		return S_ISDIR(walk->status.st_mode) ? LOOKUP_FOUND
						     : failed(ENOTDIR, error);
	}
	if (opened >= 0)
		close(opened);
	return answer;
}

/*
 * Walks to the end of a path. Its last component is then name in directory,
 * or, where mounted is set, the path mounted. To be left in any case.
 */
static enum lookup
walk_to(struct walk *walk, const struct tree *tree, const char *path,
    bool follow, struct error *error)
{
	walk->tree = tree;
	walk->follow = follow;
	walk->directory = -1;
	walk->links = 0;
	walk->target[0] = '\0';
	if (tree->files != NULL)
		files_watch(tree->files, tree_shown(tree, path));

	enum lookup answer = start_at(walk, str_from(path), error);
	while (answer == LOOKUP_FOUND && next_component(walk)) {
		if (strcmp(walk->name, ".") == 0)
			continue;
		if (strcmp(walk->name, "..") == 0)
			answer = go_up(walk, error);
		else
			answer = go_down(walk, error);
	}
	return answer;
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
	enum lookup answer = walk_to(&walk, tree, path, true, error);

	*descriptor = -1;
	if (answer == LOOKUP_FOUND) {
		*status = walk.status;
		if (is_regular(status, error))
			*descriptor = open_end(&walk, 0, error);
		if (*descriptor < 0)
			answer = LOOKUP_FAILED;
	}
	leave(&walk);
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
static bool
is_unchanged(int descriptor, const struct stat *before)
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

	size_t size = (size_t)status->st_size, length = 0;
	char *bytes = arena_try(arena, size + 1, error);
	if (bytes == NULL)
		return false;
	/* The byte for the NUL shows whether the file has grown. */
	while (length <= size) {
		ssize_t got =
		    read(descriptor, bytes + length, size + 1 - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(error, "%s", strerror(errno));
		if (got == 0)
			break;
		length += (size_t)got;
	}
	if (length != size || !is_unchanged(descriptor, status))
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
	enum lookup answer = walk_to(&walk, tree, path, true, error);

	if (answer == LOOKUP_FOUND)
		*status = walk.status;
	leave(&walk);
	return answer;
}

enum lookup
tree_lstat(struct tree *tree, const char *path, struct arena *arena,
    struct stat *status, const char **target, struct error *error)
{
	struct walk walk;
	enum lookup answer = walk_to(&walk, tree, path, false, error);

	if (target != NULL)
		*target = NULL;
	if (answer == LOOKUP_FOUND) {
		*status = walk.status;
		if (target != NULL && S_ISLNK(walk.status.st_mode))
			*target = arena_print(arena, "%s", walk.target);
	}
	leave(&walk);
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
	enum lookup answer = walk_to(&walk, tree, path, true, error);

	if (answer == LOOKUP_FOUND)
		answer = read_attribute(end_path(&walk, arena), name, arena,
		    value, error);
	leave(&walk);
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
	enum lookup answer = walk_to(&walk, tree, path, true, error);
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
	leave(&walk);
	return answer;
}
