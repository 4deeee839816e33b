/*
 * tables.h - build one table of any text, and look some keys up in it.
 *
 * The first byte of an input chooses the subject, the rest is the text.
 */
#ifndef TESTS_FUZZ_TABLES_H
#define TESTS_FUZZ_TABLES_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/problems.h"
#include "base/str.h"
#include "table/scratch.h"
#include "table/table.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	TABLES_KEYS = 8,
};

struct tables {
	struct arena *arena;
	struct arena *load;
	struct problems problems;
	struct table_build build;
	struct table_scratch *scratch;
	enum lookup results[TABLES_KEYS];
};

static inline void
tables_open(struct tables *tables, uint8_t choice)
{
	tables->arena = arena_new(4 << 20);
	tables->load = arena_new(0);
	tables->scratch = table_scratch_new();
	problems_init(&tables->problems, tables->arena);
	tables->build = (struct table_build){
		.subject = (enum table_subject)(choice % 4),
		.arena = tables->arena,
		.load = tables->load,
		.problems = &tables->problems,
		.path = "input",
	};
}

static inline void
tables_close(struct tables *tables)
{
	table_scratch_free(tables->scratch);
	arena_free(tables->load);
	arena_free(tables->arena);
}

static inline enum lookup
tables_find(struct tables *tables, const struct table_kind *kind,
    const void *built, const char *text)
{
	enum table_subject subject = tables->build.subject;
	struct mailbox_space space;
	struct mailbox mailbox;
	struct address address;
	struct table_key key = { .word = str_from(text) };
	struct error error;
	struct str found;

	if (subject == TABLE_NETWORKS) {
		if (!address_parse(key.word, &address, &error))
			return LOOKUP_MISSING;
		key.address = &address;
	} else {
		mailbox_parse(key.word, MAILBOX_INTERNAL, &space, &mailbox);
		key.mailbox = &mailbox;
	}
	if (!scratch_begin(tables->scratch, subject, &key))
		return LOOKUP_MISSING;
	return kind->find(built, tables->scratch, &found);
}

/* Looks up the same keys each time; the results tell tables apart. */
static inline void
tables_look(struct tables *tables, const struct table_kind *kind,
    const void *built)
{
	static const char *const keys[TABLES_KEYS] = { "10.1.2.3",
		"2001:db8::1", "0.0.0.0", "a@example.org", "a@x.example.net",
		"Bob@[192.0.2.1]", "bob", "aaaaaaaaaaaaaaaaaaaaaaaaab@a" };

	for (size_t i = 0; i < TABLES_KEYS; i++)
		tables->results[i] = tables_find(tables, kind, built, keys[i]);
}

#endif
