/*
 * store.c - the tables that live, each with an arena of its own.
 */
#include "table/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct table_store {
	struct table *first;
};

struct table_store *
table_store_new(void)
{
	struct table_store *store = calloc(1, sizeof(*store));

	if (store == NULL) {
		fprintf(stderr, "mtaguard: no memory for tables\n");
		abort();
	}
	return store;
}

void
table_store_free(struct table_store *store)
{
	assert(store == NULL || store->first == NULL);
	free(store);
}

size_t
table_store_size(const struct table_store *store)
{
	size_t size = 0;

	for (const struct table *table = store->first; table != NULL;
	     table = table->next)
		size += arena_size(table->arena);
	return size;
}

struct table *
store_table_new(const struct table_kind *kind, enum table_subject subject,
    size_t limit)
{
	struct arena *arena = arena_new(limit);
	struct table *table = arena_alloc(arena, sizeof(*table));

	table->kind = kind;
	table->subject = subject;
	table->arena = arena;
	table->references = 1;
	return table;
}

void
store_add(struct table_store *store, struct table *table)
{
	table->store = store;
	table->next = store->first;
	store->first = table;
}

static bool
same_file(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && a->modified == b->modified;
}

struct table *
store_take(struct table_store *store, const struct table_kind *kind,
    enum table_subject subject, struct str path, const struct file_id *id)
{
	struct table *table = store->first;

	while (table != NULL &&
	    !(table->kind == kind && table->subject == subject &&
		str_equal(table->path, path) && same_file(&table->id, id)))
		table = table->next;
	if (table != NULL)
		table->references++;
	return table;
}

void
store_release(void *pointer)
{
	struct table *table = pointer;

	if (--table->references > 0)
		return;
	if (table->store != NULL) {
		struct table **link = &table->store->first;

		while (*link != table)
			link = &(*link)->next;
		*link = table->next;
	}
	arena_free(table->arena);
}
