/*
 * tree_walk.c - the way to a file of a tree.
 *
 * A path is walked component by component, each opened without following
 * links, so that what was looked at is what is read, and so that no link
 * leads out of the root; openat2(2) is not in every kernel that runs mail.
 */
#include "base/tree_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	LINKS_MAX = 40, /* as in the kernel */
};

/* Whether path is at or below another; rest begins after that. */
static bool
is_below(struct str path, struct str above, struct str *rest)
{
	if (!str_starts(path, above))
		return false;
	*rest = str_slice(path, above.length, path.length);
	return rest->length == 0 || rest->data[0] == '/';
}

const struct mount *
tree_mount_of(const struct tree *tree, struct str path, struct str *rest)
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

enum lookup
tree_failed(int number, struct error *error)
{
	error_write(error, "%s", strerror(number));
	return number == ENOENT || number == ENOTDIR ? LOOKUP_MISSING
						     : LOOKUP_FAILED;
}

void
tree_leave(struct walk *walk)
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
	const struct mount *mount = tree_mount_of(walk->tree, path, &rest);
	const char *place = walk->tree->root;

	if (place == NULL)
		place = "/";
	if (mount != NULL)
		place = mount->real;
	tree_leave(walk);
	walk->mounted = place;
	if (!fill(walk->rest, rest) ||
	    !fill(walk->path, mount != NULL ? mount->path : STR("")))
		return tree_failed(ENAMETOOLONG, error);
	walk->directory = open(place, O_PATH | O_CLOEXEC);
	if (walk->directory < 0 || fstat(walk->directory, &walk->status) != 0)
		return tree_failed(errno, error);
	return LOOKUP_FOUND;
}

/* Goes to a path of the tree, and then on with what is still to go. */
static enum lookup
start_over(struct walk *walk, const char *path, struct error *error)
{
	char whole[PATH_MAX];

	if (!go_first(walk, path))
		return tree_failed(ENAMETOOLONG, error);
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
		return tree_failed(ELOOP, error);
	if (walk->target[0] == '/')
		return start_over(walk, walk->target, error);
	if (!go_first(walk, walk->target))
		return tree_failed(ENAMETOOLONG, error);
	return LOOKUP_FOUND;
}

/* Looks at a component; what it is, is then in status and target. */
static enum lookup
look(struct walk *walk, int *opened, struct error *error)
{
	*opened = openat(walk->directory, walk->name,
	    O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (*opened < 0)
		return tree_failed(errno, error);
	if (fstat(*opened, &walk->status) != 0)
		return tree_failed(errno, error);
	if (!S_ISLNK(walk->status.st_mode))
		return LOOKUP_FOUND;

	ssize_t length =
	    readlinkat(*opened, "", walk->target, sizeof(walk->target));
	if (length < 0)
		return tree_failed(errno, error);
	if (length == 0 || length >= (ssize_t)sizeof(walk->target))
		return tree_failed(ENAMETOOLONG, error);
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

	return tree_mount_of(walk->tree, str_from(walk->path), &rest) != NULL &&
	    rest.length == 0;
}

/* One component: a mount, a link to follow, a directory, or the end. */
static enum lookup
go_down(struct walk *walk, struct error *error)
{
	int opened = -1;

	if (!add_name(walk))
		return tree_failed(ENAMETOOLONG, error);
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
		tree_leave(walk);
		walk->directory = opened;
		return S_ISDIR(walk->status.st_mode)
		    ? LOOKUP_FOUND
		    : tree_failed(ENOTDIR, error);
	}
	if (opened >= 0)
		close(opened);
	return answer;
}

enum lookup
tree_walk(struct walk *walk, const struct tree *tree, const char *path,
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
