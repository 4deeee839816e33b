/*
 * postfix_table_indexed.c - hash:, btree:, lmdb: and cdb: tables.
 *
 * The compiled file counts, whatever its source says. The source is only asked
 * for the line of an entry that was found.
 */
#include "base/indexed.h"
#include "mta/postfix_keys.h"
#include "mta/postfix_table_kind.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
	/* Of a source, to be asked without being told to. */
	SOURCE_SMALL = 1 << 20,
};

static const uint64_t size_max = 1ull << 32;

struct indexed {
	const struct indexed_reader *reader;
	void *opened;
	struct arena *arena;
	struct tree *tree;
	const char *path;   /* as the user knows it */
	const char *source; /* in the tree; NULL: there is none */
	const char *source_shown;
	uint64_t source_size;
	bool source_read;
	int descriptor;
	struct stat status;       /* when it was opened */
	struct postfix_keys keys; /* of the source, when it was read */
};

/* An entry is told with the places and names of a table. */
struct listing {
	const struct indexed *table;
	postfix_entry_callback *callback;
	void *state;
};

static void
descriptor_close(void *descriptor)
{
	close(*(const int *)descriptor);
}

/* Opens the compiled file, by its name in the tree. */
static bool
file_open(struct postfix_table_build *build, struct indexed_file *file,
    struct stat *status, struct postfix_answer *failure)
{
	int *descriptor = arena_alloc(build->arena, sizeof(*descriptor));
	enum lookup result = LOOKUP_FAILED;
	struct error error;

	if (build->name.data[0] != '/')
		error_write(&error, "not an absolute path");
	else
		result =
		    tree_open(build->tree, build->path, descriptor, &error);
	if (result != LOOKUP_FOUND) {
		failure->reason = arena_print(build->arena, "%s: %s",
		    build->shown, error.text);
		failure->found =
		    result == LOOKUP_MISSING ? POSTFIX_BROKEN : POSTFIX_UNKNOWN;
		return false;
	}
	arena_cleanup(build->arena, descriptor_close, descriptor);
	*file = (struct indexed_file){
		.descriptor = *descriptor,
		.arena = build->arena,
	};
	if (fstat(*descriptor, status) != 0 ||
	    (uint64_t)status->st_size > size_max) {
		postfix_table_fail_open(failure, POSTFIX_UNKNOWN,
		    "the file is too big");
		return false;
	}
	file->size = (uint64_t)status->st_size;
	return true;
}

/* Notes the source, and whether it is younger. */
static void
source_find(struct postfix_table_build *build, struct indexed *table,
    const struct stat *compiled)
{
	struct stat status;
	struct error ignored;

	if (tree_stat(build->tree, build->name.data, &status, &ignored) !=
		LOOKUP_FOUND ||
	    !S_ISREG(status.st_mode))
		return;
	build->source = table->source = build->name.data;
	table->source_shown = tree_shown(build->tree, table->source);
	build->stale = status.st_mtime > compiled->st_mtime;
	table->source_size = (uint64_t)status.st_size;
}

static void *
indexed_open(struct postfix_table_build *build,
    const struct indexed_reader *reader, struct postfix_answer *failure)
{
	struct indexed *table = arena_alloc(build->arena, sizeof(*table));
	struct indexed_file file;
	struct stat status;
	struct error error;
	bool foreign;

	postfix_table_name_file(build,
	    arena_print(build->arena, "%s%s", build->name.data, reader->suffix),
	    failure);
	if (!file_open(build, &file, &status, failure))
		return NULL;
	*table = (struct indexed){
		.reader = reader,
		.arena = build->arena,
		.tree = build->tree,
		.path = build->shown,
		.descriptor = file.descriptor,
		.status = status,
		.opened = reader->open(&file, &foreign, &error),
	};
	if (table->opened == NULL)
		return postfix_table_fail_open(failure,
		    foreign ? POSTFIX_BROKEN : POSTFIX_UNKNOWN,
		    arena_print(build->arena, "%s: %s", build->shown,
			error.text));
	source_find(build, table, &status);
	return table;
}

static void *
hash_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	return indexed_open(build, &indexed_hash, failure);
}

static void *
btree_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	return indexed_open(build, &indexed_btree, failure);
}

static void *
lmdb_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	return indexed_open(build, &indexed_lmdb, failure);
}

static void *
cdb_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	return indexed_open(build, &indexed_cdb, failure);
}

/* Keys and values may have a NUL behind them, which is none of theirs. */
static struct str
bare(struct str text)
{
	if (text.length > 0 && text.data[text.length - 1] == '\0')
		text.length--;
	return text;
}

/* Whether two values differ in no more than white space, as in aliases. */
static bool
values_equal(struct str a, struct str b)
{
	size_t i = 0, j = 0;

	for (;; i++, j++) {
		while (i < a.length && (a.data[i] == ' ' || a.data[i] == '\t'))
			i++;
		while (j < b.length && (b.data[j] == ' ' || b.data[j] == '\t'))
			j++;
		if (i == a.length || j == b.length)
			return i == a.length && j == b.length;
		if (a.data[i] != b.data[j])
			return false;
	}
}

static void
source_read(struct indexed *table)
{
	struct error ignored;
	struct str text = STR("");

	table->source_read = true;
	if (tree_read(table->tree, table->source, 0, table->arena, &text,
		&ignored) != LOOKUP_FOUND)
		text = STR("");
	postfix_keys_read(&table->keys, text, table->source_shown, table->arena,
	    NULL);
}

/* The entry of a key in the source; in a file of aliases, with a colon. */
static const struct postfix_key *
source_find_key(const struct indexed *table, struct str key)
{
	const struct postfix_key *found = postfix_keys_find(&table->keys, key);
	struct arena *arena = arena_new(0);

	if (found == NULL)
		found = postfix_keys_find(&table->keys,
		    str_from(
			arena_print(arena, STR_FORMAT ":", STR_ARGS(key))));
	arena_free(arena);
	return found;
}

static void
indexed_locate(void *opened, struct postfix_answer *answer)
{
	struct indexed *table = opened;

	if (table->source == NULL || answer->place.line > 0)
		return;
	if (!table->source_read)
		source_read(table);
	const struct postfix_key *key = source_find_key(table, answer->key);
	if (key != NULL && values_equal(key->value, answer->value))
		answer->place =
		    (struct place){ table->source_shown, key->line };
}

static void
indexed_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	struct indexed *table = opened;
	struct str ended = arena_copy(arena, key);
	struct error error;

	/* As postmap writes it, and then as makemap does. */
	ended.length++;
	enum lookup result = table->reader->find(table->opened, ended, arena,
	    &answer->value, &error);
	if (result == LOOKUP_MISSING && key.length > 0)
		result = table->reader->find(table->opened, key, arena,
		    &answer->value, &error);
	switch (result) {
	case LOOKUP_MISSING:
		return;
	case LOOKUP_FAILED:
		answer->found = POSTFIX_UNKNOWN;
		answer->value = STR("");
		answer->reason =
		    arena_print(arena, "%s: %s", table->path, error.text);
		return;
	case LOOKUP_FOUND:
		break;
	}
	answer->found = POSTFIX_FOUND;
	answer->value = bare(answer->value);
	if (table->source != NULL && table->source_size <= SOURCE_SMALL)
		indexed_locate(table, answer);
}

static bool
entry_tell(void *state, struct str key, struct str value)
{
	const struct listing *listing = state;
	struct postfix_entry entry = {
		.kind = POSTFIX_ENTRY_KEY,
		.key = bare(key),
		.value = bare(value),
		.place = { listing->table->path, 0 },
	};

	/* What a program leaves there for itself. */
	if (str_equal(entry.key, STR("YP_LAST_MODIFIED")) ||
	    str_equal(entry.key, STR("YP_MASTER_NAME")) ||
	    str_equal(entry.key, STR("@:@")))
		return true;
	return listing->callback(listing->state, &entry);
}

static enum postfix_found
indexed_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	const struct indexed *table = opened;
	struct listing listing = { table, callback, state };
	struct error error;

	*reason = NULL;
	/* postmap(1) writes such files where they are: half of one is whole in
	 * its own eyes. */
	if (table->reader->each(table->opened, entry_tell, &listing, &error)) {
		if (tree_is_unchanged(table->descriptor, &table->status))
			return POSTFIX_FOUND;
		error_write(&error, "was changed while it was read");
	}
	*reason = arena_print(table->arena, "%s: %s", table->path, error.text);
	return POSTFIX_UNKNOWN;
}

const struct postfix_table_kind postfix_table_hash = {
	.type = "hash",
	.open = hash_open,
	.find = indexed_find,
	.each = indexed_each,
	.locate = indexed_locate,
};

const struct postfix_table_kind postfix_table_btree = {
	.type = "btree",
	.open = btree_open,
	.find = indexed_find,
	.each = indexed_each,
	.locate = indexed_locate,
};

const struct postfix_table_kind postfix_table_lmdb = {
	.type = "lmdb",
	.open = lmdb_open,
	.find = indexed_find,
	.each = indexed_each,
	.locate = indexed_locate,
};

const struct postfix_table_kind postfix_table_cdb = {
	.type = "cdb",
	.open = cdb_open,
	.find = indexed_find,
	.each = indexed_each,
	.locate = indexed_locate,
};
