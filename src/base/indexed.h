/*
 * indexed.h - indexed files, read byte by byte: Berkeley DB (hash and btree),
 * LMDB, cdb.
 *
 * The libraries that write such files trust them: one that is damaged, or made
 * with malice, crashes or stops them. What is read here comes from another
 * root, perhaps from another host; so these readers look at every number
 * before they follow it, take a bounded number of steps, and hold one page.
 */
#ifndef BASE_INDEXED_H
#define BASE_INDEXED_H

#include "base/arena.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* Bytes of a key or value; no table of an MTA has longer ones. */
	INDEXED_ITEM_MAX = 1 << 20,
};

struct indexed_file {
	int descriptor;
	uint64_t size;
	struct arena *arena; /* owns what a reader makes */
};

typedef bool indexed_callback(void *state, struct str key, struct str value);

struct indexed_reader {
	const char *suffix; /* ".db" */
	/*
	 * Looks at the start of a file. NULL: it is none of this format; or
	 * one of which we do not know enough, then foreign is false.
	 */
	void *(*open)(const struct indexed_file *file, bool *foreign,
	    struct error *error);
	/* FAILED: it is damaged. The value lies in the arena. */
	enum lookup (*find)(void *opened, struct str key, struct arena *arena,
	    struct str *value, struct error *error);
	/*
	 * Calls with every key and value, which last until it returns, until
	 * it returns false. False: the file is damaged.
	 */
	bool (*each)(void *opened, indexed_callback *callback, void *state,
	    struct error *error);
};

extern const struct indexed_reader indexed_btree; /* indexed_db.c */
extern const struct indexed_reader indexed_hash;
extern const struct indexed_reader indexed_cdb;
extern const struct indexed_reader indexed_lmdb;

/* Reads bytes at an offset; false: the file has not all of them. */
bool indexed_read(const struct indexed_file *file, uint64_t offset, void *bytes,
    size_t length);

/* What an error says of a damaged file. */
bool indexed_damaged(struct error *error, const char *what);

/* Numbers, the lowest byte first. */
static inline uint16_t
indexed_16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t
indexed_32(const uint8_t *bytes)
{
	return indexed_16(bytes) | (uint32_t)indexed_16(bytes + 2) << 16;
}

static inline uint64_t
indexed_64(const uint8_t *bytes)
{
	return indexed_32(bytes) | (uint64_t)indexed_32(bytes + 4) << 32;
}

/* As the libraries order keys: byte by byte, the shorter one first. */
int indexed_compare(struct str a, struct str b);

#endif
