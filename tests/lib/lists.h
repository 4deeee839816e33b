/*
 * lists.h - make a list of values as the policy file would, and look in it.
 */
#ifndef TESTS_LIB_LISTS_H
#define TESTS_LIB_LISTS_H

#include "base/arena.h"
#include "base/files.h"
#include "base/lookup.h"
#include "base/problems.h"
#include "table/table.h"

#include <stdbool.h>

struct lists {
	struct arena *arena;
	struct files *files;
	struct table_store *store;
	struct table_scratch *scratch;
	struct problems problems;
	struct table_list list;
	struct table_options options;
	char directory[64]; /* for files; its own, and empty at first */
	char found[256];    /* what the last look-up said */
};

/* Makes a directory, and everything that a load needs. */
void lists_open(struct lists *lists);

/* Frees all, and removes the directory with the files of lists_write(). */
void lists_close(struct lists *lists);

/* Writes a file of the directory. */
void lists_write(struct lists *lists, const char *name, const char *text);

/* Makes lists->list of one value a line; false after a mistake. */
bool lists_make(struct lists *lists, enum table_subject subject,
    const char *values);

/* Looks a key up as text: an address, a mail address, or a word. */
enum lookup lists_find(struct lists *lists, const char *key);

/* Drops the list that was made, as a reload does with the old policy. */
void lists_drop(struct lists *lists);

/* The text of the first mistake with its place: "file:3: what". */
const char *lists_mistake(struct lists *lists);

#endif
