/*
 * sendmail_map.c - the maps of sendmail.cf: K lines, and the files of maps
 * that makemap(8) has built.
 */
#include "mta/sendmail.h"

#include <string.h>

/* Sendmail's kinds of maps, and the readers of Postfix's that read them. */
static const struct {
	struct str type;
	const char *reader; /* NULL: what it holds is in no file */
	const char *suffix; /* of the file, which the reader adds itself */
} kinds[] = {
	{ STR_INIT("hash"), "hash", ".db" },
	{ STR_INIT("btree"), "btree", ".db" },
	{ STR_INIT("cdb"), "cdb", ".cdb" },
	{ STR_INIT("arith"), NULL, NULL },
	{ STR_INIT("arpa"), NULL, NULL },
	{ STR_INIT("bestmx"), NULL, NULL },
	{ STR_INIT("dequote"), NULL, NULL },
	{ STR_INIT("dns"), NULL, NULL },
	{ STR_INIT("host"), NULL, NULL },
	{ STR_INIT("macro"), NULL, NULL },
	{ STR_INIT("null"), NULL, NULL },
	{ STR_INIT("regex"), NULL, NULL },
	{ STR_INIT("switch"), NULL, NULL },
	{ STR_INIT("syslog"), NULL, NULL },
	{ STR_INIT("user"), NULL, NULL },
};

static const char *
strip_suffix(struct arena *arena, struct str path, const char *suffix)
{
	if (str_ends(path, str_from(suffix)))
		path.length -= strlen(suffix);
	return arena_copy(arena, path).data;
}

/* Opens the file of a map, or says why there is nothing to open. */
static void
open_map(struct sendmail *sendmail, struct sendmail_map *map)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!str_equal(map->type, kinds[i].type))
			continue;
		map->unknown = "its answers are in no file";
		if (kinds[i].reader == NULL || map->path.length == 0)
			return;
		map->table = postfix_table_open(sendmail->tables,
		    str_from(
			arena_print(sendmail->arena, "%s:%s", kinds[i].reader,
			    strip_suffix(sendmail->arena, map->path,
				kinds[i].suffix))));
		return;
	}
	map->unknown = "maps of this type cannot be read";
}

static void
read_map(struct sendmail *sendmail, const struct sendmail_line *line,
    struct sendmail_map *map)
{
	struct str rest = line->value, word, after;

	map->name = line->name;
	map->place = sendmail_place(&sendmail->cf, line);
	sendmail_word_next(&rest, &map->type);
	map->flags = str_trim(rest);
	for (after = rest; sendmail_word_next(&after, &word); rest = after) {
		if (word.data[0] != '-')
			break;
		map->optional = map->optional || str_equal(word, STR("-o"));
	}
	map->flags.length =
	    (size_t)(rest.data - map->flags.data) < map->flags.length
	    ? (size_t)(rest.data - map->flags.data)
	    : map->flags.length;
	map->path = str_trim(rest);
	open_map(sendmail, map);
}

static size_t
count_lines(const struct sendmail_cf *cf, char kind)
{
	size_t count = 0;

	for (size_t i = 0; i < cf->count; i++)
		count += cf->lines[i].kind == kind;
	return count;
}

void
sendmail_read_maps(struct sendmail *sendmail)
{
	const struct sendmail_line *line = NULL;
	struct sendmail_map *maps = arena_alloc(sendmail->arena,
	    (count_lines(&sendmail->cf, 'K') + 1) * sizeof(*maps));

	sendmail->maps = maps;
	while ((line = sendmail_cf_next(&sendmail->cf, 'K', STR(""), line)) !=
	    NULL)
		read_map(sendmail, line, &maps[sendmail->map_count++]);
}

const struct sendmail_map *
sendmail_map_find(const struct sendmail *sendmail, struct str name)
{
	for (size_t i = sendmail->map_count; i > 0; i--)
		if (str_equal_nocase(sendmail->maps[i - 1].name, name))
			return &sendmail->maps[i - 1];
	return NULL;
}

/* Whether the file of an optional map is simply not there. */
static bool
is_absent(const struct sendmail_map *map, const char **reason)
{
	struct place place;

	return map->optional &&
	    postfix_table_state(map->table, reason, &place) == POSTFIX_BROKEN;
}

void
sendmail_map_get(const struct sendmail_map *map, struct str key,
    struct arena *arena, struct postfix_answer *answer)
{
	const char *reason = map->unknown;

	*answer = (struct postfix_answer){ .found = POSTFIX_UNKNOWN,
		.reason = reason,
		.place = map->place };
	if (map->table == NULL)
		return;
	if (is_absent(map, &reason)) {
		answer->found = POSTFIX_MISSING;
		return;
	}
	postfix_table_find(map->table, key, arena, answer);
}

enum postfix_found
sendmail_map_each(const struct sendmail_map *map,
    bool (*callback)(void *state, const struct postfix_entry *entry),
    void *state, const char **reason)
{
	*reason = map->unknown;
	if (map->table == NULL)
		return POSTFIX_UNKNOWN;
	if (is_absent(map, reason))
		return POSTFIX_FOUND;
	return postfix_table_each(map->table, callback, state, reason);
}
