/*
 * table.c - lists of values: what a network, a destination, a sender is
 * compared with.
 */
#include "table/table.h"

#include "base/ascii.h"
#include "table/scratch.h"
#include "table/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	/* After so many, a file is of another kind than its name says. */
	MISTAKES_MAX = 20,
};

/* All kinds of tables; the first is for what names no other. */
static const struct table_kind *const table_kinds[] = {
	&table_values,
	&table_file,
	&table_cidr,
	&table_pcre,
};

/* What other programs know, and this one may not. */
static const char *const later_prefixes[] = { "postfix:", "sendmail:" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A list while it is made. */
struct making {
	const struct table_options *options;
	struct arena *arena;
	struct problems *problems;
	struct table_list *list;
	const struct table_value *value; /* at hand */
	struct str argument;             /* of the source that it names */
};

bool
table_ceiling_holds(const struct table_ceiling *ceiling,
    const struct netblock *block)
{
	if (ceiling == NULL)
		return true;
	for (size_t i = 0; i < ceiling->count; i++)
		if (netblock_is_within(block, &ceiling->blocks[i]))
			return true;
	return false;
}

bool
table_build_mistake(struct table_build *build, unsigned line,
    const char *format, ...)
{
	struct place place = { .file = build->path, .line = line };
	struct error error;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error.text, sizeof(error.text), format, arguments);
	va_end(arguments);
	problems_error(build->problems, place, "%s", error.text);
	if (++build->mistakes < MISTAKES_MAX)
		return true;
	problems_error(build->problems, place,
	    "too many mistakes: the rest is not read");
	return false;
}

static bool
value_refuse(const struct making *making, const char *why)
{
	struct str text = making->value->text;

	return problems_error(making->problems, making->value->place,
	    STR_FORMAT ": %s", STR_ARGS(text), why);
}

static bool
list_add(struct making *making, struct table *table)
{
	arena_cleanup(making->arena, store_release, table);
	making->list->tables[making->list->count++] = table;
	return true;
}

/* The path that a source names, from the directory of the policy file. */
static struct str
path_of(const struct making *making, struct arena *load)
{
	const char *directory = making->options->directory;
	struct str path = making->argument;

	if (str_starts(path, STR("/")) || directory == NULL)
		return arena_copy(load, path);
	return str_from(
	    arena_print(load, "%s/" STR_FORMAT, directory, STR_ARGS(path)));
}

/* Builds a table of a file; NULL after a mistake. */
static struct table *
table_read(const struct making *making, const struct table_kind *kind,
    struct str path, struct arena *load)
{
	const struct table_options *options = making->options;
	struct table *table =
	    store_table_new(kind, making->list->subject, options->limit);
	struct table_build build = {
		.subject = making->list->subject,
		.arena = table->arena,
		.load = load,
		.problems = making->problems,
		.path = arena_copy(making->problems->arena, path).data,
	};
	struct error error;
	struct str text;

	if (!files_read(options->files, path.data, options->file_limit, load,
		&text, &table->id, &error)) {
		value_refuse(making, error.text);
		store_release(table);
		return NULL;
	}
	table->path = arena_copy(table->arena, path);
	table->name = str_from(arena_print(table->arena, "%s" STR_FORMAT,
	    kind->prefix, STR_ARGS(path)));
	table->built = kind->build(&build, text);
	if (table->built == NULL || build.mistakes > 0) {
		store_release(table);
		return NULL;
	}
	return table;
}

/* Takes a table that an earlier load has built, if its file is the same. */
static struct table *
table_share(const struct making *making, const struct table_kind *kind,
    struct str path)
{
	const struct table_options *options = making->options;
	struct table *table;
	struct file_id id;
	struct error ignored; /* reading it tells what is wrong */

	if (options->store == NULL ||
	    !files_identify(options->files, path.data, &id, &ignored))
		return NULL;
	table =
	    store_take(options->store, kind, making->list->subject, path, &id);
	if (table != NULL)
		files_add(options->files, path.data, &id);
	return table;
}

static bool
file_add(struct making *making, const struct table_kind *kind)
{
	const struct table_options *options = making->options;

	if (making->argument.length == 0)
		return value_refuse(making, "names no file");
	struct arena *load = arena_new(0);
	struct str path = path_of(making, load);
	struct table *table = table_share(making, kind, path);

	if (table == NULL) {
		table = table_read(making, kind, path, load);
		if (table != NULL && options->store != NULL)
			store_add(options->store, table);
	}
	arena_free(load);
	return table != NULL && list_add(making, table);
}

static bool
source_add(struct making *making, const struct table_source *source)
{
	enum table_subject subject = making->list->subject;
	struct table *table =
	    store_table_new(NULL, subject, making->options->limit);
	struct table_build build = {
		.subject = subject,
		.arena = table->arena,
		.load = arena_new(0),
		.problems = making->problems,
		.options = making->options,
		.argument = making->argument,
		.place = making->value->place,
	};
	struct error error = { "" };

	table->source = source;
	table->name = arena_copy(table->arena, making->value->text);
	table->built = source->open(source->state, &build, &error);
	arena_free(build.load);
	if (table->built != NULL && build.mistakes == 0)
		return list_add(making, table);
	store_release(table);
	return build.mistakes > 0 ? false : value_refuse(making, error.text);
}

/* Takes a prefix off the value at hand. */
static bool
prefix_cut(struct making *making, const char *prefix)
{
	struct str text = making->value->text;
	struct str start = str_from(prefix);

	if (start.length == 0 || !str_starts(text, start))
		return false;
	making->argument = str_slice(text, start.length, text.length);
	return true;
}

static const struct table_source *
source_named(struct making *making)
{
	const struct table_options *options = making->options;

	for (size_t i = 0; i < options->source_count; i++)
		if (prefix_cut(making, options->sources[i].prefix))
			return &options->sources[i];
	return NULL;
}

static const struct table_kind *
kind_named(struct making *making)
{
	for (size_t i = 0; i < COUNT(table_kinds); i++)
		if (prefix_cut(making, table_kinds[i]->prefix))
			return table_kinds[i];
	return NULL;
}

static bool
is_word_byte(char c)
{
	return ascii_is_word(c) || c == '-';
}

/*
 * Whether a value looks as if it named a source: hash:/etc/x, filee:x. An
 * IPv6 address is none, nor is a word such as sha256:AB:CD.
 */
static bool
looks_like_source(struct str text, enum table_subject subject)
{
	struct address address;
	struct error ignored;
	struct str word, rest, host, length;

	if (!str_cut(text, ':', &word, &rest) || word.length == 0)
		return false;
	for (size_t i = 0; i < word.length; i++)
		if (!is_word_byte(word.data[i]))
			return false;
	if (subject == TABLE_WORDS)
		return str_starts(rest, STR("/"));
	str_cut(text, '/', &host, &length);
	return !address_parse(host, &address, &ignored);
}

/* Whether a value stands for itself; if not, adds the source it names. */
static bool
value_take(struct making *making, bool *literal)
{
	const struct table_source *source = source_named(making);

	*literal = false;
	if (source != NULL)
		return source_add(making, source);
	const struct table_kind *kind = kind_named(making);
	if (kind != NULL)
		return file_add(making, kind);
	for (size_t i = 0; i < COUNT(later_prefixes); i++)
		if (prefix_cut(making, later_prefixes[i]))
			return value_refuse(making,
			    "the values of an MTA are not known here");
	if (looks_like_source(making->value->text, making->list->subject))
		return value_refuse(making,
		    "unknown kind of table; known are file:, cidr:, pcre: and "
		    "/pattern/");
	*literal = true;
	return true;
}

/* Makes one table of all the literal values. */
static bool
literals_add(struct making *making, const struct table_value *values,
    size_t count)
{
	struct arena *load = arena_new(0);
	struct table *table = store_table_new(&table_values,
	    making->list->subject, making->options->limit);
	struct table_build build = {
		.subject = making->list->subject,
		.arena = table->arena,
		.load = load,
		.problems = making->problems,
		.values = values,
		.value_count = count,
	};

	table->built = table->kind->build(&build, STR(""));
	arena_free(load);
	if (table->built == NULL) {
		store_release(table);
		return false;
	}
	return list_add(making, table);
}

bool
table_list_make(const struct table_value *values, size_t count,
    enum table_subject subject, const struct table_options *options,
    struct arena *arena, struct table_list *list, struct problems *problems)
{
	struct making making = {
		.options = options,
		.arena = arena,
		.problems = problems,
		.list = list,
	};
	struct arena *load = arena_new(0);
	struct table_value *literals =
	    arena_alloc(load, count * sizeof(*literals));
	size_t literal_count = 0;
	bool made = true;

	*list = (struct table_list){
		.subject = subject,
		.tables =
		    arena_alloc(arena, (count + 1) * sizeof(*list->tables)),
	};
	if (count > 0)
		list->place = values[0].place;
	for (size_t i = 0; i < count; i++) {
		bool literal;

		making.value = &values[i];
		made = value_take(&making, &literal) && made;
		if (literal)
			literals[literal_count++] = values[i];
	}
	if (literal_count > 0)
		made = literals_add(&making, literals, literal_count) && made;
	arena_free(load);
	return made;
}

static enum lookup
table_find(const struct table *table, struct table_scratch *scratch,
    struct str *found)
{
	if (table->kind != NULL)
		return table->kind->find(table->built, scratch, found);
	*found = STR("");
	return table->source->find(table->built, scratch, found);
}

enum lookup
table_list_find(const struct table_list *list, const struct table_key *key,
    struct table_scratch *scratch, struct str *found)
{
	enum lookup result = LOOKUP_MISSING;
	struct str what;

	if (list->count == 0 || !scratch_begin(scratch, list->subject, key))
		return LOOKUP_MISSING;
	for (size_t i = 0; i < list->count; i++) {
		const struct table *table = list->tables[i];
		enum lookup one = table_find(table, scratch, &what);

		if (one == LOOKUP_FOUND) {
			if (found != NULL)
				*found = what.length > 0 ? what : table->name;
			return one;
		}
		if (one == LOOKUP_FAILED)
			result = one;
	}
	return result;
}
