/*
 * table_dir.h - a directory for the files of look-up tables, and tables of it.
 */
#ifndef TESTS_LIB_TABLE_DIR_H
#define TESTS_LIB_TABLE_DIR_H

#include "base/arena.h"
#include "base/str.h"
#include "base/tree.h"
#include "mta/postfix_table.h"

#include <stdbool.h>

struct table_dir {
	char path[64]; /* its own, empty at first */
	bool host;     /* tables are named by paths of the host, and not by
			* those below the directory */
	struct arena *arena;
	struct tree *tree;
	struct postfix_tables *tables;
};

/* Makes the directory, and a tree whose root it is, or that of the host. */
void table_dir_open(struct table_dir *dir, bool host);

/* Forgets what was opened: files were changed. */
void table_dir_again(struct table_dir *dir);

/* Removes the directory and the files in it. */
void table_dir_close(struct table_dir *dir);

/* Writes a file; the name has no slash. */
void table_dir_write(struct table_dir *dir, const char *name, struct str text);

/* Its path on the host, in the arena. */
const char *table_dir_path(struct table_dir *dir, const char *name);

/*
 * Runs a command of the shell in the directory, and returns what it has
 * written. Its messages go nowhere. False: it has failed.
 */
bool table_dir_run(struct table_dir *dir, const char *command,
    struct str *output);

#endif
