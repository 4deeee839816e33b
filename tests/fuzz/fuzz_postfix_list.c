/*
 * fuzz_postfix_list.c - any text is a match list, with what it names: /t is the
 * list itself.
 *
 * The first byte chooses the kind, the rest is the list.
 */
#include "mta/postfix_list.h"
#include "tests/fuzz/tree_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(const struct postfix_list *list, struct arena *arena)
{
	static const char *const texts[] = { "", "a", "x.example.net",
		"unknown" };
	static const char *const addresses[] = { "10.1.2.3", "2001:db8::1" };
	struct postfix_answer answer;
	struct address address;
	struct error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		postfix_list_find(list, str_from(texts[i]), arena, &answer);
		if ((answer.found == POSTFIX_UNKNOWN ||
			answer.found == POSTFIX_BROKEN) !=
		    (answer.reason != NULL))
			abort();
	}
	for (size_t i = 0; i < 2; i++) {
		if (!address_parse(str_from(addresses[i]), &address, &error))
			abort();
		postfix_list_find_client(list, str_from("a.example"), &address,
		    arena, &answer);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_file(arena, data + 1, size - 1);
	struct postfix_tables *tables = postfix_tables_new(arena, tree);
	struct postfix_list_source source = {
		.kind = (enum postfix_list_kind)(data[0] % 3),
		.parents = (data[0] & 4) != 0,
		.text = { (const char *)data + 1, size - 1 },
		.place = { "main.cf", 1 },
	};
	struct problems problems;
	struct postfix_list list;

	problems_init(&problems, arena);
	postfix_list_read(&source, tables, arena, &list, &problems);
	look(&list, arena);
	arena_free(arena);
	return 0;
}
