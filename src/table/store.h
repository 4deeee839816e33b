/*
 * store.h - the tables that live, each with an arena of its own.
 */
#ifndef TABLE_STORE_H
#define TABLE_STORE_H

#include "base/arena.h"
#include "base/files.h"
#include "base/str.h"
#include "table/table.h"

struct table {
	const struct table_kind *kind; /* NULL: what source says */
	const struct table_source *source;
	struct str name; /* "cidr:/etc/x", for explain */
	const void *built;
	struct arena *arena; /* owns it all, the table itself as well */
	/* What makes it the same table at the next load. */
	enum table_subject subject;
	struct str path; /* empty: no file, never shared */
	struct file_id id;
	struct table_store *store; /* NULL: not shared */
	struct table *next;
	unsigned references;
};

/* An empty table with one reference, in an arena that has a limit. */
struct table *store_table_new(const struct table_kind *kind,
    enum table_subject subject, size_t limit);

/* Lets others find a table that has been built. */
void store_add(struct table_store *store, struct table *table);

/* Finds a table and adds a reference; NULL: there is none. */
struct table *store_take(struct table_store *store,
    const struct table_kind *kind, enum table_subject subject, struct str path,
    const struct file_id *id);

/* Takes a reference away; the last one frees the table. */
void store_release(void *table);

#endif
