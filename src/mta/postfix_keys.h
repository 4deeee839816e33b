/*
 * postfix_keys.h - the keys and values of a text, in the order of their lines.
 *
 * What texthash: and inline: look up in, and what tells the line of an entry
 * in the source of an indexed file.
 */
#ifndef MTA_POSTFIX_KEYS_H
#define MTA_POSTFIX_KEYS_H

#include "base/arena.h"
#include "base/problems.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_key {
	struct str key; /* in lower case */
	struct str value;
	unsigned line; /* 0: there is none */
};

struct postfix_keys {
	struct postfix_key *keys;
	size_t count;
	unsigned *slots; /* a hash: 1 + index of a key; 0: free */
	size_t slot_count;
	unsigned again; /* the first line with a key that is there already */
};

/* Room for at most so many keys. */
void postfix_keys_init(struct postfix_keys *keys, size_t most,
    struct arena *arena);

/* What is there with a key, or NULL. */
struct postfix_key *postfix_keys_find(const struct postfix_keys *keys,
    struct str key);

/* False: the key is there already. */
bool postfix_keys_add(struct postfix_keys *keys, const struct postfix_key *key);

/*
 * Reads the source of an indexed or texthash: file as postmap(1) does: "key
 * value", keys to lower case; the first of two entries with a key counts. The
 * text outlives the keys. What it leaves out goes to problems, if not NULL.
 */
void postfix_keys_read(struct postfix_keys *keys, struct str text,
    const char *path, struct arena *arena, struct problems *problems);

#endif
