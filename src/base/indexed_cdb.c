/*
 * indexed_cdb.c - constant databases.
 *
 * 256 pairs of numbers (position and slots of a hash table), the records, the
 * tables. Numbers have four bytes, the lowest first.
 */
#include "base/indexed.h"

#include <string.h>

enum {
	TABLES = 256,
	HEAD = TABLES * 8,
	/* A table is half full: so many slots are never tried for one key. */
	PROBES_MAX = 100000,
	SLOTS_AT_ONCE = 16,
	BLOCK = 64 * 1024,
};

struct cdb {
	struct indexed_file file;
	uint8_t head[HEAD];
	uint32_t records_end; /* where the first table starts */
	uint8_t *key, *value; /* of each(), made when it is asked for */
};

/* The records in order, a block at a time. */
struct cursor {
	struct cdb *cdb;
	uint32_t at;
	uint64_t block_start;
	size_t block_length;
	uint8_t block[BLOCK];
};

static uint32_t
hash(struct str key)
{
	uint32_t sum = 5381;

	for (size_t i = 0; i < key.length; i++)
		sum = (sum * 33) ^ (uint8_t)key.data[i];
	return sum;
}

static void *
cdb_open(const struct indexed_file *file, bool *foreign, struct error *error)
{
	struct cdb *cdb = arena_alloc(file->arena, sizeof(*cdb));

	*foreign = true;
	cdb->file = *file;
	cdb->records_end = UINT32_MAX;
	if (!indexed_read(file, 0, cdb->head, HEAD)) {
		error_write(error, "too short for a cdb file");
		return NULL;
	}
	for (size_t i = 0; i < TABLES; i++) {
		uint32_t start = indexed_32(cdb->head + i * 8);
		uint64_t slots = indexed_32(cdb->head + i * 8 + 4);

		if (start < HEAD || start + slots * 8 > file->size) {
			error_write(error, "it is no cdb file");
			return NULL;
		}
		if (start < cdb->records_end)
			cdb->records_end = start;
	}
	return cdb;
}

static enum lookup
damaged(struct error *error, const char *what)
{
	indexed_damaged(error, what);
	return LOOKUP_FAILED;
}

/* Whether the record has the key; then its value is taken. */
static enum lookup
record_take(const struct cdb *cdb, uint32_t at, struct str key,
    struct arena *arena, struct str *value, struct error *error)
{
	uint8_t lengths[8];

	if (!indexed_read(&cdb->file, at, lengths, sizeof(lengths)))
		return damaged(error, "a record is not there");
	if (indexed_32(lengths) != key.length)
		return LOOKUP_MISSING;
	size_t length = indexed_32(lengths + 4);
	uint64_t start = (uint64_t)at + sizeof(lengths);
	if (length > INDEXED_ITEM_MAX ||
	    start + key.length + length > cdb->file.size)
		return damaged(error, "a record is too long");
	char *bytes = arena_alloc(arena, key.length + length);
	if (!indexed_read(&cdb->file, start, bytes, key.length + length))
		return damaged(error, "a record is not whole");
	if (memcmp(bytes, key.data, key.length) != 0)
		return LOOKUP_MISSING;
	*value = (struct str){ bytes + key.length, length };
	return LOOKUP_FOUND;
}

static enum lookup
cdb_find(void *opened, struct str key, struct arena *arena, struct str *value,
    struct error *error)
{
	const struct cdb *cdb = opened;
	uint32_t sum = hash(key);
	uint32_t start = indexed_32(cdb->head + sum % TABLES * 8);
	uint32_t slots = indexed_32(cdb->head + sum % TABLES * 8 + 4);
	uint32_t at = slots == 0 ? 0 : (sum / TABLES) % slots;

	for (uint32_t i = 0; i < slots; i++, at = (at + 1) % slots) {
		uint8_t slot[8];

		if (i == PROBES_MAX)
			return damaged(error, "a table is full");
		if (!indexed_read(&cdb->file, start + (uint64_t)at * 8, slot,
			sizeof(slot)))
			return damaged(error, "a table is not there");
		if (indexed_32(slot + 4) == 0)
			return LOOKUP_MISSING;
		if (indexed_32(slot) != sum)
			continue;
		enum lookup result = record_take(cdb, indexed_32(slot + 4), key,
		    arena, value, error);
		if (result != LOOKUP_MISSING)
			return result;
	}
	return LOOKUP_MISSING;
}

/* The next bytes of the records; NULL: they are not there. */
static const uint8_t *
cursor_take(struct cursor *cursor, size_t length)
{
	const struct cdb *cdb = cursor->cdb;
	uint64_t end = (uint64_t)cursor->at + length;

	if (end > cdb->records_end || length > BLOCK)
		return NULL;
	if (cursor->at < cursor->block_start ||
	    end > cursor->block_start + cursor->block_length) {
		uint64_t left = cdb->records_end - cursor->at;

		cursor->block_start = cursor->at;
		cursor->block_length = left < BLOCK ? (size_t)left : BLOCK;
		if (!indexed_read(&cdb->file, cursor->at, cursor->block,
			cursor->block_length))
			return NULL;
	}
	const uint8_t *bytes =
	    cursor->block + (cursor->at - cursor->block_start);
	cursor->at = (uint32_t)end;
	return bytes;
}

/* A longer one comes in pieces. */
static bool
item_take(struct cursor *cursor, uint8_t **space, size_t length,
    struct str *item)
{
	if (length > INDEXED_ITEM_MAX)
		return false;
	if (*space == NULL)
		*space = arena_alloc(cursor->cdb->file.arena, INDEXED_ITEM_MAX);
	for (size_t done = 0; done < length;) {
		size_t piece = length - done < BLOCK ? length - done : BLOCK;
		const uint8_t *bytes = cursor_take(cursor, piece);

		if (bytes == NULL)
			return false;
		memcpy(*space + done, bytes, piece);
		done += piece;
	}
	*item = (struct str){ (const char *)*space, length };
	return true;
}

static bool
cdb_each(void *opened, indexed_callback *callback, void *state,
    struct error *error)
{
	struct cdb *cdb = opened;
	struct arena *arena = arena_new(0);
	struct cursor *cursor = arena_alloc(arena, sizeof(*cursor));
	bool whole = true;

	cursor->cdb = cdb;
	cursor->at = HEAD;
	while (whole && cursor->at < cdb->records_end) {
		const uint8_t *lengths = cursor_take(cursor, 8);
		struct str key, value = STR("");

		whole = lengths != NULL;
		if (!whole)
			break;
		size_t key_length = indexed_32(lengths);
		size_t value_length = indexed_32(lengths + 4);
		whole = item_take(cursor, &cdb->key, key_length, &key) &&
		    item_take(cursor, &cdb->value, value_length, &value);
		if (whole && !callback(state, key, value))
			break;
	}
	arena_free(arena);
	return whole || indexed_damaged(error, "a record is not whole");
}

const struct indexed_reader indexed_cdb = {
	.suffix = ".cdb",
	.open = cdb_open,
	.find = cdb_find,
	.each = cdb_each,
};
