/*
 * users.c - the accounts of a host, as its /etc/passwd has them.
 */
#include "host/users.h"

#include "base/lines.h"

#include <stdint.h>

enum {
	FIELDS = 7,
	FIELD_UID = 2,
};

static const char passwd[] = "/etc/passwd";

static bool
opens(struct str shell)
{
	static const struct str closed[] = {
		STR_INIT("nologin"),
		STR_INIT("false"),
		STR_INIT("true"),
		STR_INIT("sync"),
		STR_INIT("halt"),
		STR_INIT("shutdown"),
	};
	struct str folder, program;

	if (shell.length == 0)
		return true; /* passwd(5): /bin/sh */
	if (!str_cut_last(shell, '/', &folder, &program))
		program = shell;
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (str_equal(program, closed[i]))
			return false;
	return true;
}

static bool
user_read(struct str line, struct host_user *user)
{
	struct str fields[FIELDS];

	if (line.length == 0 || line.data[0] == '#')
		return false;
	for (size_t i = 0; i < FIELDS; i++)
		if (!str_cut(line, ':', &fields[i], &line) && i + 1 < FIELDS)
			return false;
	*user = (struct host_user){
		.name = fields[0],
		.gecos = fields[4],
		.home = fields[5],
		.shell = fields[6],
		.shell_opens = opens(fields[6]),
	};
	return user->name.length > 0 &&
	    str_number(fields[FIELD_UID], UINT32_MAX, &user->uid) &&
	    str_number(fields[FIELD_UID + 1], UINT32_MAX, &user->gid);
}

/* The sources of accounts that have what /etc/passwd has, and no more. */
static bool
is_local_source(struct str word)
{
	static const struct str known[] = { STR_INIT("files"),
		STR_INIT("compat"), STR_INIT("systemd"), STR_INIT("altfiles"),
		STR_INIT("mymachines") };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_equal(word, known[i]))
			return true;
	return word.length == 0 || word.data[0] == '[';
}

/* nsswitch.conf(5); without the file, "files" (glibc's default). */
static bool
are_complete(struct tree *tree, struct arena *arena)
{
	struct error error;
	struct str text, line, name, rest, word;
	enum lookup found =
	    tree_read(tree, "/etc/nsswitch.conf", 0, arena, &text, &error);

	if (found != LOOKUP_FOUND)
		return found == LOOKUP_MISSING;
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line)) {
		str_cut(line, '#', &line, &rest);
		if (!str_cut(str_trim(line), ':', &name, &rest) ||
		    !str_equal(str_trim(name), STR("passwd")))
			continue;
		for (rest = str_trim(rest); rest.length > 0;
		     rest = str_trim(rest)) {
			size_t at = 0;

			while (at < rest.length && rest.data[at] != ' ' &&
			    rest.data[at] != '\t')
				at++;
			word = str_slice(rest, 0, at);
			rest = str_slice(rest, at, rest.length);
			if (!is_local_source(word))
				return false;
		}
	}
	return true;
}

enum lookup
host_users_read(struct tree *tree, struct arena *arena,
    struct host_users *users, struct error *error)
{
	struct str text, line;
	enum lookup result = tree_read(tree, passwd, 0, arena, &text, error);
	size_t most = 0, count = 0;

	*users = (struct host_users){ .count = 0 };
	if (result != LOOKUP_FOUND)
		return result;
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line))
		most++;
	struct host_user *list = arena_alloc(arena, most * sizeof(*list) + 1);
	const char *shown = tree_shown(tree, passwd);
	lines = lines_of(text);
	while (lines_next(&lines, &line)) {
		if (!user_read(line, &list[count]))
			continue;
		list[count++].place = (struct place){ shown, lines.number };
	}
	users->complete = are_complete(tree, arena);
	users->users = list;
	users->count = count;
	return LOOKUP_FOUND;
}

const struct host_user *
host_users_find(const struct host_users *users, struct str name)
{
	for (size_t i = 0; i < users->count; i++)
		if (str_equal(users->users[i].name, name))
			return &users->users[i];
	return NULL;
}

const struct host_user *
host_users_by_uid(const struct host_users *users, unsigned long uid)
{
	for (size_t i = 0; i < users->count; i++)
		if (users->users[i].uid == uid)
			return &users->users[i];
	return NULL;
}
