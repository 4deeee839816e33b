/*
 * postfix_table.c - the look-up tables of Postfix: "hash:/etc/aliases".
 */
#include "mta/postfix_table.h"

#include "base/ascii.h"
#include "base/hash.h"
#include "mta/postfix_table_kind.h"

#include <string.h>

enum {
	BUCKETS = 8192,
	/* Tables of tables, inside each other. */
	DEPTH_MAX = 16,
};

/* All kinds of tables that can be read. */
static const struct postfix_table_kind *const table_kinds[] = {
	&postfix_table_btree,
	&postfix_table_cdb,
	&postfix_table_cidr,
	&postfix_table_fail,
	&postfix_table_hash,
	&postfix_table_inline,
	&postfix_table_internal,
	&postfix_table_lmdb,
	&postfix_table_nis,
	&postfix_table_pcre,
	&postfix_table_pipemap,
	&postfix_table_randmap,
	&postfix_table_regexp,
	&postfix_table_static,
	&postfix_table_texthash,
	&postfix_table_unionmap,
	&postfix_table_unix,
};

/* What Postfix knows and no file tells. */
struct unreadable {
	const char *type;
	const char *reason;
};

static const struct unreadable unreadable[] = {
	{ "dbm", "dbm files are not read: use hash, lmdb or cdb" },
	{ "environ", "the environment of another process is not known" },
	{ "ldap", "only the LDAP server knows: list its values in a file" },
	{ "memcache", "only the memcache server knows" },
	{ "mongodb", "only the database knows: list its values in a file" },
	{ "mysql", "only the database knows: list its values in a file" },
	{ "netinfo", "only NetInfo knows: list its values in a file" },
	{ "nisplus", "only NIS+ knows: list its values in a file" },
	{ "pgsql", "only the database knows: list its values in a file" },
	{ "sdbm", "sdbm files are not read: use hash, lmdb or cdb" },
	{ "socketmap", "only the server behind its socket knows" },
	{ "sqlite", "only the database knows: list its values in a file" },
	{ "tcp", "only the server behind its socket knows" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct postfix_table {
	struct postfix_table *next; /* in its bucket */
	struct str spec;
	const struct postfix_table_kind *kind;
	void *opened; /* NULL: failure is the answer to every key */
	struct postfix_answer failure;
	struct postfix_table_build build;
	struct problems problems;
};

struct postfix_tables {
	struct arena *arena;
	struct tree *tree;
	struct postfix_table *buckets[BUCKETS];
	unsigned depth; /* of the table being opened */
};

struct postfix_tables *
postfix_tables_new(struct arena *arena, struct tree *tree)
{
	struct postfix_tables *tables = arena_alloc(arena, sizeof(*tables));

	tables->arena = arena;
	tables->tree = tree;
	return tables;
}

const char *
postfix_tables_shown(const struct postfix_tables *tables, const char *path)
{
	return tree_shown(tables->tree, path);
}

enum lookup
postfix_tables_read(struct postfix_tables *tables, const char *path,
    size_t limit, struct arena *arena, struct str *text, struct error *error)
{
	return tree_read(tables->tree, path, limit, arena, text, error);
}

void *
postfix_table_fail_open(struct postfix_answer *failure,
    enum postfix_found found, const char *reason)
{
	failure->found = found;
	failure->reason = reason;
	return NULL;
}

void
postfix_table_name_file(struct postfix_table_build *build, const char *path,
    struct postfix_answer *failure)
{
	build->path = path;
	failure->place.file = build->shown = tree_shown(build->tree, path);
}

bool
postfix_table_read_text(struct postfix_table_build *build, struct str *text,
    struct postfix_answer *failure)
{
	enum lookup result = LOOKUP_FAILED;
	struct error error;

	postfix_table_name_file(build, build->name.data, failure);
	if (build->name.length == 0 || build->name.data[0] != '/')
		error_write(&error, "not an absolute path");
	else
		result = tree_read(build->tree, build->path, 0, build->arena,
		    text, &error);
	switch (result) {
	case LOOKUP_FOUND:
		return true;
	case LOOKUP_MISSING:
		failure->found = POSTFIX_BROKEN;
		break;
	case LOOKUP_FAILED:
		failure->found = POSTFIX_UNKNOWN;
		break;
	}
	failure->reason =
	    arena_print(build->arena, "%s: %s", build->shown, error.text);
	return false;
}

bool
postfix_table_braces(struct str text, struct str *inside)
{
	if (!str_starts(text, STR("{")) || !str_ends(text, STR("}")) ||
	    text.length < 2)
		return false;
	*inside = str_trim(str_slice(text, 1, text.length - 1));
	return true;
}

static const struct postfix_table_kind *
kind_find(struct str type)
{
	for (size_t i = 0; i < COUNT(table_kinds); i++)
		if (str_equal(type, str_from(table_kinds[i]->type)))
			return table_kinds[i];
	return NULL;
}

/* What is said of a type that has no kind. */
static void
type_refuse(struct postfix_table *table, struct str type)
{
	struct arena *arena = table->build.arena;

	for (size_t i = 0; i < COUNT(unreadable); i++)
		if (str_equal(type, str_from(unreadable[i].type))) {
			postfix_table_fail_open(&table->failure,
			    POSTFIX_UNKNOWN,
			    arena_print(arena, STR_FORMAT ": %s",
				STR_ARGS(table->spec), unreadable[i].reason));
			return;
		}
	postfix_table_fail_open(&table->failure, POSTFIX_BROKEN,
	    arena_print(arena,
		"\"" STR_FORMAT "\" is not a type of table that Postfix knows",
		STR_ARGS(type)));
}

/*
 * Of the files of another host there may be the sources alone: those stand for
 * what is made of them, so that no relay seems closed which postmap(1) opens.
 * On a host of its own Postfix does not find it either.
 */
static void
open_source(struct postfix_table *table)
{
	struct postfix_table_build *build = &table->build;
	const struct postfix_table_kind *text = &postfix_table_texthash;
	struct postfix_answer failure = { .found = POSTFIX_MISSING };
	struct stat status;
	struct error ignored;

	if (table->opened != NULL || table->failure.found != POSTFIX_BROKEN ||
	    table->kind->locate == NULL ||
	    (tree_is_host(build->tree) &&
		!tree_is_mounted(build->tree, build->name.data)) ||
	    tree_stat(build->tree, build->path, &status, &ignored) !=
		LOOKUP_MISSING)
		return;
	table->opened = text->open(build, &failure);
	if (table->opened != NULL)
		table->kind = text;
}

bool
postfix_table_is_named(struct str spec)
{
	struct str type, name;

	return str_cut(spec, ':', &type, &name) && type.length > 0 &&
	    name.length > 0;
}

static void
table_open(struct postfix_table *table, struct postfix_tables *tables)
{
	struct postfix_table_build *build = &table->build;

	str_cut(table->spec, ':', &build->type, &build->name);
	build->tables = tables;
	build->tree = tables->tree;
	build->arena = tables->arena;
	build->problems = &table->problems;
	build->name = arena_copy(tables->arena, build->name);
	problems_init(&table->problems, tables->arena);
	table->kind = kind_find(build->type);
	if (!postfix_table_is_named(table->spec))
		postfix_table_fail_open(&table->failure, POSTFIX_BROKEN,
		    "it does not have the form type:name");
	else if (table->kind == NULL)
		type_refuse(table, build->type);
	else if (tables->depth == DEPTH_MAX)
		postfix_table_fail_open(&table->failure, POSTFIX_UNKNOWN,
		    "too many tables inside each other");
	else {
		build->pattern = table->kind->pattern;
		tables->depth++;
		table->opened = table->kind->open(build, &table->failure);
		open_source(table);
		tables->depth--;
	}
}

bool
postfix_table_is_source(const struct postfix_table *table)
{
	return table->kind == &postfix_table_texthash &&
	    !str_equal(table->build.type, str_from(table->kind->type));
}

struct postfix_table *
postfix_table_open(struct postfix_tables *tables, struct str spec)
{
	while (str_starts(spec, STR("proxy:")))
		spec = str_slice(spec, sizeof("proxy:") - 1, spec.length);
	struct postfix_table **bucket =
	    &tables->buckets[hash_str(spec, hash_seed()) % BUCKETS];
	struct postfix_table *table = *bucket;

	while (table != NULL && !str_equal(table->spec, spec))
		table = table->next;
	if (table != NULL)
		return table;
	table = arena_alloc(tables->arena, sizeof(*table));
	table->spec = arena_copy(tables->arena, spec);
	table->next = *bucket;
	*bucket = table;
	table_open(table, tables);
	return table;
}

void
postfix_table_find(struct postfix_table *table, struct str key,
    struct arena *arena, struct postfix_answer *answer)
{
	*answer = table->failure;
	if (table->opened == NULL)
		return;
	*answer = (struct postfix_answer){
		.key = key,
		.place.file = table->build.shown,
	};
	if (!table->kind->pattern)
		answer->key = key = arena_lower(arena, key);
	table->kind->find(table->opened, key, arena, answer);
}

void
postfix_table_locate(struct postfix_table *table, struct postfix_answer *answer)
{
	if (answer->found != POSTFIX_FOUND || table->opened == NULL ||
	    table->kind->locate == NULL)
		return;
	table->kind->locate(table->opened, answer);
}

enum postfix_found
postfix_table_each(struct postfix_table *table,
    bool (*callback)(void *state, const struct postfix_entry *entry),
    void *state, const char **reason)
{
	*reason = table->failure.reason;
	if (table->opened == NULL)
		return table->failure.found;
	return table->kind->each(table->opened, callback, state, reason);
}

struct str
postfix_table_spec(const struct postfix_table *table)
{
	return table->spec;
}

bool
postfix_table_is_pattern(const struct postfix_table *table)
{
	return table->build.pattern;
}

const struct problems *
postfix_table_problems(const struct postfix_table *table)
{
	return &table->problems;
}

enum postfix_found
postfix_table_state(struct postfix_table *table, const char **reason,
    struct place *place)
{
	*reason = table->failure.reason;
	*place = table->failure.place;
	if (table->opened == NULL)
		return table->failure.found;
	place->file = table->build.shown;
	for (size_t i = 0; i < table->build.member_count; i++) {
		enum postfix_found found =
		    postfix_table_state(table->build.members[i], reason, place);

		if (found != POSTFIX_FOUND)
			return found;
	}
	return POSTFIX_FOUND;
}

bool
postfix_table_is_stale(struct postfix_table *table, const char **source,
    const char **compiled)
{
	if (table->build.stale) {
		*source = tree_shown(table->build.tree, table->build.source);
		*compiled = table->build.shown;
		return true;
	}
	for (size_t i = 0; i < table->build.member_count; i++)
		if (postfix_table_is_stale(table->build.members[i], source,
			compiled))
			return true;
	return false;
}

static size_t
table_files(const struct postfix_table *table, const char **paths)
{
	const struct postfix_table_build *build = &table->build;
	size_t count = 0;

	if (build->path != NULL) {
		if (paths != NULL)
			paths[count] = build->path;
		count++;
	}
	if (build->source != NULL) {
		if (paths != NULL)
			paths[count] = build->source;
		count++;
	}
	for (size_t i = 0; i < build->member_count; i++)
		count += table_files(build->members[i],
		    paths == NULL ? NULL : paths + count);
	return count;
}

size_t
postfix_table_files(struct postfix_table *table, struct arena *arena,
    const char *const **paths)
{
	size_t count = table_files(table, NULL);
	const char **found = arena_alloc(arena, (count + 1) * sizeof(*found));

	table_files(table, found);
	*paths = found;
	return count;
}
