/*
 * fuzz_postfix_table.c - any text is a table of Postfix, and no look-up takes
 * long.
 *
 * The first byte chooses the type, the rest is the file.
 */
#include "mta/postfix_table.h"
#include "tests/fuzz/tree_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const specs[] = { "texthash:/t", "cidr:/t", "pcre:/t",
	"regexp:/t" };
static const char *const keys[] = { "", "a", "10.1.2.3", "2001:db8::1",
	"a@x.example.net", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab@a",
	"((a.b))" };

static bool
look(void *state, const struct postfix_entry *entry)
{
	size_t *lengths = state;

	*lengths += entry->key.length + entry->value.length;
	if (entry->place.line == 0)
		abort();
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_file(arena, data + 1, size - 1);
	struct postfix_tables *tables = postfix_tables_new(arena, tree);
	struct postfix_table *table =
	    postfix_table_open(tables, str_from(specs[data[0] % 4]));
	size_t lengths = 0;
	const char *reason;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct postfix_answer answer;

		postfix_table_find(table, str_from(keys[i]), arena, &answer);
		if (answer.found == POSTFIX_FOUND && answer.place.line == 0)
			abort();
		if ((answer.found == POSTFIX_UNKNOWN ||
			answer.found == POSTFIX_BROKEN) !=
		    (answer.reason != NULL))
			abort();
	}
	postfix_table_each(table, look, &lengths, &reason);
	if (lengths > 3 * size)
		abort();
	arena_free(arena);
	return 0;
}
