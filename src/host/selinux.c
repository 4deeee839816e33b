/*
 * selinux.c - whether SELinux is in force, and how its booleans are set.
 */
#include "host/selinux.h"

#include "base/lines.h"
#include "host/kernel.h"

enum {
	FILE_MAX = 1 << 20,
};

static const struct {
	struct str name;
	enum selinux_mode mode;
} modes[] = {
	{ STR_INIT("disabled"), SELINUX_DISABLED },
	{ STR_INIT("permissive"), SELINUX_PERMISSIVE },
	{ STR_INIT("enforcing"), SELINUX_ENFORCING },
};

/* The line "NAME=value" that stands last; false: none. */
static bool
setting(struct str text, struct str name, struct str *value, unsigned *line)
{
	struct lines lines = lines_of(text);
	struct str each, before, after;
	bool found = false;

	while (lines_next(&lines, &each))
		if (str_cut(str_trim(each), '=', &before, &after) &&
		    str_equal(str_trim(before), name)) {
			*value = str_trim(after);
			*line = lines.number;
			found = true;
		}
	return found;
}

static bool
parse_mode(struct str text, struct selinux *selinux)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (str_equal_nocase(text, modes[i].name)) {
			selinux->mode = modes[i].mode;
			return true;
		}
	return false;
}

static enum lookup
read_config(struct tree *tree, struct arena *arena, struct selinux *selinux,
    struct error *error)
{
	static const char path[] = "/etc/selinux/config";
	struct str text, value;
	enum lookup state =
	    tree_read(tree, path, FILE_MAX, arena, &text, error);

	selinux->place.file = tree_shown(tree, path);
	if (state != LOOKUP_FOUND)
		return state;
	unsigned line;
	if (setting(text, STR("SELINUXTYPE"), &value, &line))
		selinux->policy = value;
	else
		selinux->policy = STR("targeted");
	if (!setting(text, STR("SELINUX"), &value, &selinux->place.line) ||
	    !parse_mode(value, selinux)) {
		error_write(error, "SELINUX is not set to a mode");
		return LOOKUP_FAILED;
	}
	return LOOKUP_FOUND;
}

void
selinux_read(struct tree *tree, struct arena *arena, struct selinux *selinux)
{
	struct error error;
	struct str text;

	*selinux = (struct selinux){ .state = LOOKUP_MISSING };
	selinux->state = read_config(tree, arena, selinux, &error);
	if (selinux->state == LOOKUP_FAILED)
		selinux->reason = arena_print(arena, "%s", error.text);
	if (!tree_is_host(tree) || selinux->state != LOOKUP_FOUND)
		return;

	/* A kernel without selinuxfs has none in force. */
	enum lookup running = kernel_read("/sys/fs/selinux/enforce", FILE_MAX,
	    arena, &text, &error);
	if (running == LOOKUP_MISSING)
		selinux->mode = SELINUX_DISABLED;
	else if (running == LOOKUP_FOUND)
		selinux->mode = str_equal(str_trim(text), STR("1"))
		    ? SELINUX_ENFORCING
		    : SELINUX_PERMISSIVE;
}

unsigned
selinux_parse_boolean(struct str text, struct str name, bool *value)
{
	unsigned line = 0;
	struct str word;

	if (!setting(text, name, &word, &line))
		return 0;
	*value = str_equal(word, STR("1")) ||
	    str_equal_nocase(word, STR("true")) ||
	    str_equal_nocase(word, STR("on"));
	return line;
}

/* Where a policy keeps what the administrator has set; newer first. */
static const struct {
	const char *before, *after; /* the name of the policy */
} locals[] = {
	{ "/var/lib/selinux/", "/active/booleans.local" },
	{ "/etc/selinux/", "/active/booleans.local" },
	{ "/etc/selinux/", "/modules/active/booleans.local" },
};

enum lookup
selinux_boolean(const struct selinux *selinux, struct tree *tree,
    const char *name, struct arena *arena, bool *value, struct place *place,
    struct error *error)
{
	struct str text;

	if (tree_is_host(tree)) {
		const char *path =
		    arena_print(arena, "/sys/fs/selinux/booleans/%s", name);
		enum lookup state =
		    kernel_read(path, FILE_MAX, arena, &text, error);

		*place = (struct place){ path, 0 };
		*value = str_starts(text, STR("1"));
		if (state != LOOKUP_MISSING)
			return state;
	}
	for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++) {
		const char *path =
		    arena_print(arena, "%s" STR_FORMAT "%s", locals[i].before,
			STR_ARGS(selinux->policy), locals[i].after);
		enum lookup state =
		    tree_read(tree, path, FILE_MAX, arena, &text, error);

		*place = (struct place){ tree_shown(tree, path), 0 };
		if (state == LOOKUP_FAILED)
			return state;
		if (state == LOOKUP_FOUND)
			place->line =
			    selinux_parse_boolean(text, str_from(name), value);
		if (place->line > 0)
			return LOOKUP_FOUND;
	}
	return LOOKUP_MISSING;
}
