/*
 * guard_systemd.c - where the guard listens that takes its sockets from
 * systemd.
 */
#include "check/guard_systemd.h"

#include "base/lines.h"

/* systemd.unit(5), "Unit file load path": the strongest first. */
static const char *const directories[] = {
	"/etc/systemd/system",
	"/run/systemd/system",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A socket unit with its drop-ins. */
struct unit {
	struct tree *tree;
	struct arena *arena;
	struct str name;    /* "mtaguard-policy.socket" */
	struct str service; /* Service= */
	struct str passed;  /* FileDescriptorName= */
	struct guard_sockets sockets;
};

static void
listen_add(struct unit *unit, struct str where)
{
	const char *kind = "inet:";
	struct guard_sockets *sockets = &unit->sockets;

	if (where.length == 0) {
		sockets->count = 0;
		return;
	}
	if (sockets->count == GUARD_SOCKETS_MAX || where.data[0] == '@')
		return;
	if (where.data[0] == '/')
		kind = "unix:";
	else if (!str_has(where, ':'))
		kind = "inet:*:";
	sockets->at[sockets->count++] = str_from(
	    arena_print(unit->arena, "%s" STR_FORMAT, kind, STR_ARGS(where)));
}

static void
setting_take(struct unit *unit, struct str name, struct str value)
{
	if (str_equal(name, STR("ListenStream")))
		listen_add(unit, value);
	else if (str_equal(name, STR("Service")))
		unit->service = value;
	else if (str_equal(name, STR("FileDescriptorName")))
		unit->passed = value;
}

/* Takes the settings of a file; false: there is none to read. */
static bool
file_take(struct unit *unit, const char *path)
{
	struct str text, line, name, value;
	struct error ignored;

	if (tree_read(unit->tree, path, 0, unit->arena, &text, &ignored) !=
	    LOOKUP_FOUND)
		return false;
	for (struct lines lines = lines_of(text); lines_next(&lines, &line);)
		if (str_cut(line, '=', &name, &value))
			setting_take(unit, str_trim(name), str_trim(value));
	return true;
}

static void
dropins_take(struct unit *unit, const char *directory)
{
	const char *path = arena_print(unit->arena, "%s/" STR_FORMAT ".d",
	    directory, STR_ARGS(unit->name));
	struct error ignored;
	const char **names;
	size_t count;

	if (tree_list(unit->tree, path, unit->arena, &names, &count,
		&ignored) != LOOKUP_FOUND)
		return;
	for (size_t i = 0; i < count; i++)
		if (str_ends(str_from(names[i]), STR(".conf")))
			file_take(unit,
			    arena_print(unit->arena, "%s/%s", path, names[i]));
}

/* Whether a line is the one by which a service runs the guard. */
static bool
runs_guard(struct str line)
{
	struct str name, command, program, rest;

	if (!str_cut(line, '=', &name, &command) ||
	    !str_equal(str_trim(name), STR("ExecStart")))
		return false;
	str_cut(str_trim(command), ' ', &program, &rest);
	return str_ends(program, STR("/mtaguardd"));
}

/* Whether the service that gets the sockets runs the guard. */
static bool
is_guards(const struct unit *unit)
{
	struct str service = unit->service, type;

	if (service.length == 0) {
		str_cut_last(unit->name, '.', &service, &type);
		service = str_from(arena_print(unit->arena,
		    STR_FORMAT ".service", STR_ARGS(service)));
	}
	for (size_t i = 0; i < COUNT(directories); i++) {
		const char *path = arena_print(unit->arena, "%s/" STR_FORMAT,
		    directories[i], STR_ARGS(service));
		struct str text, line;
		struct error ignored;

		if (tree_read(unit->tree, path, 0, unit->arena, &text,
			&ignored) != LOOKUP_FOUND)
			continue;
		for (struct lines lines = lines_of(text);
		     lines_next(&lines, &line);)
			if (runs_guard(line))
				return true;
		return false;
	}
	return false;
}

/* Adds the sockets of a unit, if they are passed to the guard. */
static void
unit_take(struct unit *unit, const char *directory, struct str name,
    struct guard_sockets *sockets)
{
	if (!file_take(unit,
		arena_print(unit->arena, "%s/" STR_FORMAT, directory,
		    STR_ARGS(unit->name))))
		return;
	for (size_t i = COUNT(directories); i-- > 0;)
		dropins_take(unit, directories[i]);
	if (unit->passed.length == 0)
		unit->passed = unit->name;
	if ((name.length > 0 && !str_equal(name, unit->passed)) ||
	    !is_guards(unit))
		return;
	for (size_t i = 0;
	     i < unit->sockets.count && sockets->count < GUARD_SOCKETS_MAX; i++)
		sockets->at[sockets->count++] = unit->sockets.at[i];
}

/* Whether a stronger directory has a unit of the name. */
static bool
is_hidden(struct tree *tree, size_t directory, const char *name,
    struct arena *arena)
{
	for (size_t i = 0; i < directory; i++) {
		struct stat status;
		struct error ignored;

		if (tree_lstat(tree,
			arena_print(arena, "%s/%s", directories[i], name),
			arena, &status, NULL, &ignored) == LOOKUP_FOUND)
			return true;
	}
	return false;
}

void
guard_systemd_sockets(struct tree *tree, struct str name, struct arena *arena,
    struct guard_sockets *sockets)
{
	for (size_t i = 0; i < COUNT(directories); i++) {
		struct error ignored;
		const char **names;
		size_t count;

		if (tree_list(tree, directories[i], arena, &names, &count,
			&ignored) != LOOKUP_FOUND)
			continue;
		for (size_t k = 0; k < count; k++) {
			struct unit unit = {
				.tree = tree,
				.arena = arena,
				.name = str_from(names[k]),
			};

			if (str_ends(unit.name, STR(".socket")) &&
			    !is_hidden(tree, i, names[k], arena))
				unit_take(&unit, directories[i], name, sockets);
		}
	}
}
