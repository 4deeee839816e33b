/*
 * postfix_table_unix.c - unix:passwd.byname and unix:group.byname: the accounts
 * of the host, a line each.
 */
#include "base/lines.h"
#include "mta/postfix_keys.h"
#include "mta/postfix_table_kind.h"

#include <string.h>

struct accounts {
	struct postfix_keys keys;
	const char *path;
	const char *elsewhere; /* the host knows more than its file */
};

struct database {
	struct str name;
	const char *path;
	struct str service; /* in nsswitch.conf */
};

static const struct database databases[] = {
	{ STR_INIT("passwd.byname"), "/etc/passwd", STR_INIT("passwd:") },
	{ STR_INIT("group.byname"), "/etc/group", STR_INIT("group:") },
};

/* Whether a source of accounts has no more than the file, or system users. */
static bool
is_local(struct str source)
{
	return str_equal(source, STR("files")) ||
	    str_equal(source, STR("compat")) ||
	    str_equal(source, STR("systemd")) || str_starts(source, STR("["));
}

/* Why an account that is not in the file may yet be there, or NULL. */
static const char *
elsewhere_find(struct postfix_table_build *build, struct str service)
{
	struct str text, line, word;
	struct lines lines;
	struct error ignored;

	if (tree_read(build->tree, "/etc/nsswitch.conf", 0, build->arena, &text,
		&ignored) != LOOKUP_FOUND)
		return NULL;
	for (lines = lines_of(text); lines_next(&lines, &line);) {
		line = str_trim(line);
		if (!str_starts(line, service))
			continue;
		line = str_slice(line, service.length, line.length);
		for (line = str_trim(line); line.length > 0;
		     line = str_trim(line)) {
			str_cut(line, ' ', &word, &line);
			if (!is_local(word) && word.data[0] != '#')
				return arena_print(build->arena,
				    "it may be known to \"" STR_FORMAT
				    "\" of nsswitch.conf",
				    STR_ARGS(word));
		}
	}
	return NULL;
}

static void
keys_fill(struct accounts *accounts, struct str text, struct arena *arena)
{
	struct lines lines = lines_of(text);
	struct str line, rest;
	size_t count = 1;

	for (size_t i = 0; i < text.length; i++)
		count += text.data[i] == '\n';
	postfix_keys_init(&accounts->keys, count, arena);
	while (lines_next(&lines, &line)) {
		struct postfix_key key = {
			.value = line,
			.line = lines.number,
		};

		if (str_cut(line, ':', &key.key, &rest) && key.key.length > 0 &&
		    key.key.data[0] != '#')
			postfix_keys_add(&accounts->keys, &key);
	}
}

static void *
unix_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	struct accounts *accounts =
	    arena_alloc(build->arena, sizeof(*accounts));
	size_t count = sizeof(databases) / sizeof(databases[0]);
	size_t i = 0;
	struct str text;

	while (i < count && !str_equal(databases[i].name, build->name))
		i++;
	if (i == count)
		return postfix_table_fail_open(failure, POSTFIX_BROKEN,
		    "unix: has passwd.byname and group.byname only");
	build->name = str_from(databases[i].path);
	if (!postfix_table_read_text(build, &text, failure)) {
		/* A host without the file has its accounts elsewhere. */
		failure->found = POSTFIX_UNKNOWN;
		return NULL;
	}
	accounts->path = build->shown;
	accounts->elsewhere = elsewhere_find(build, databases[i].service);
	keys_fill(accounts, text, build->arena);
	return accounts;
}

static void
unix_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	const struct accounts *accounts = opened;
	const struct postfix_key *found =
	    postfix_keys_find(&accounts->keys, key);

	(void)arena;
	if (found != NULL) {
		answer->found = POSTFIX_FOUND;
		answer->value = found->value;
		answer->place.line = found->line;
	} else if (accounts->elsewhere != NULL) {
		answer->found = POSTFIX_UNKNOWN;
		answer->reason = accounts->elsewhere;
	}
}

static enum postfix_found
unix_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	const struct accounts *accounts = opened;

	for (size_t i = 0; i < accounts->keys.count; i++) {
		const struct postfix_key *key = &accounts->keys.keys[i];
		struct postfix_entry entry = {
			.kind = POSTFIX_ENTRY_KEY,
			.key = key->key,
			.value = key->value,
			.place = { accounts->path, key->line },
		};

		if (!callback(state, &entry))
			break;
	}
	*reason = accounts->elsewhere;
	return accounts->elsewhere == NULL ? POSTFIX_FOUND : POSTFIX_UNKNOWN;
}

const struct postfix_table_kind postfix_table_unix = {
	.type = "unix",
	.open = unix_open,
	.find = unix_find,
	.each = unix_each,
};
