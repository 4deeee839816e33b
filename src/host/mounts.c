/*
 * mounts.c - file systems: those mounted here, or those that another host
 * mounts when it starts.
 */
#include "host/mounts.h"

#include "base/lines.h"
#include "host/kernel.h"

enum {
	FILE_MAX = 16 << 20,
	MOUNT_POINT = 5, /* its field in mountinfo, from 1 */
};

static const struct str network_types[] = {
	STR_INIT("9p"),
	STR_INIT("afs"),
	STR_INIT("ceph"),
	STR_INIT("cifs"),
	STR_INIT("fuse.glusterfs"),
	STR_INIT("fuse.sshfs"),
	STR_INIT("glusterfs"),
	STR_INIT("ncpfs"),
	STR_INIT("nfs"),
	STR_INIT("nfs4"),
	STR_INIT("smb3"),
	STR_INIT("smbfs"),
};

bool
mounts_is_network(const struct mount *mount)
{
	for (size_t i = 0; i < sizeof(network_types) / sizeof(network_types[0]);
	     i++)
		if (str_equal(mount->type, network_types[i]))
			return true;
	return false;
}

/* The next word; false: there is none. */
static bool
word_next(struct str *rest, struct str *word)
{
	size_t start = 0, end;

	while (start < rest->length &&
	    (rest->data[start] == ' ' || rest->data[start] == '\t'))
		start++;
	for (end = start; end < rest->length && rest->data[end] != ' ' &&
	     rest->data[end] != '\t';
	     end++)
		continue;
	*word = str_slice(*rest, start, end);
	*rest = str_slice(*rest, end, rest->length);
	return word->length > 0;
}

static void
add(const struct mount ***end, struct mount found, struct arena *arena)
{
	struct mount *mount = arena_alloc(arena, sizeof(*mount));

	*mount = found;
	**end = mount;
	*end = &mount->next;
}

/* proc(5): fields, any number of optional ones, "-", type, source. */
static bool
parse_info_line(struct str line, struct mount *mount)
{
	struct str word;

	for (unsigned i = 1; word_next(&line, &word); i++) {
		if (i == MOUNT_POINT)
			mount->target = word;
		if (i > MOUNT_POINT && str_equal(word, STR("-")))
			return word_next(&line, &mount->type) &&
			    word_next(&line, &mount->source);
	}
	return false;
}

const struct mount *
mounts_parse_info(struct str text, const char *file, struct arena *arena)
{
	struct lines lines = lines_of(text);
	const struct mount *first = NULL;
	const struct mount **end = &first;
	struct str line;

	while (lines_next(&lines, &line)) {
		struct mount mount = { .place = { file, lines.number } };

		if (parse_info_line(line, &mount))
			add(&end, mount, arena);
	}
	return first;
}

static bool
has_option(struct str options, struct str wanted)
{
	struct str option;

	while (options.length > 0) {
		str_cut(options, ',', &option, &options);
		if (str_equal(option, wanted))
			return true;
	}
	return false;
}

const struct mount *
mounts_parse_table(struct str text, const char *file, struct arena *arena)
{
	struct lines lines = lines_of(text);
	const struct mount *first = NULL;
	const struct mount **end = &first;
	struct str line, options;

	while (lines_next(&lines, &line)) {
		struct mount mount = { .place = { file, lines.number } };

		if (!word_next(&line, &mount.source) ||
		    mount.source.data[0] == '#' ||
		    !word_next(&line, &mount.target) ||
		    !word_next(&line, &mount.type))
			continue;
		if (word_next(&line, &options) &&
		    has_option(options, STR("noauto")))
			continue;
		add(&end, mount, arena);
	}
	return first;
}

static enum lookup
read_host(struct arena *arena, struct mounts *mounts, struct error *error)
{
	static const char path[] = "/proc/self/mountinfo";
	struct str text;
	enum lookup state = kernel_read(path, FILE_MAX, arena, &text, error);

	if (state == LOOKUP_FOUND)
		mounts->first = mounts_parse_info(text, path, arena);
	return state;
}

static enum lookup
read_table(struct tree *tree, struct arena *arena, struct mounts *mounts,
    struct error *error)
{
	static const char path[] = "/etc/fstab";
	struct str text;
	enum lookup state =
	    tree_read(tree, path, FILE_MAX, arena, &text, error);

	if (state == LOOKUP_FOUND)
		mounts->first =
		    mounts_parse_table(text, tree_shown(tree, path), arena);
	return state;
}

void
mounts_read(struct tree *tree, struct arena *arena, struct mounts *mounts)
{
	struct error error;

	*mounts = (struct mounts){ .planned = !tree_is_host(tree) };
	mounts->state = mounts->planned
	    ? read_table(tree, arena, mounts, &error)
	    : read_host(arena, mounts, &error);
	if (mounts->state == LOOKUP_FAILED)
		mounts->reason = arena_print(arena, "%s", error.text);
}
