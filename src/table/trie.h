/*
 * trie.h - the networks of a table: which is the longest that holds an
 * address.
 *
 * A trie of six bits a step, whose nodes keep only what differs: a bit for
 * each of 64 slots tells whether a node or a value stands there, and equal
 * neighbours are one value. Steps that all networks of a node share are
 * skipped. IPv4 and IPv6 are apart: ::/0 holds no IPv4 address.
 */
#ifndef TABLE_TRIE_H
#define TABLE_TRIE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/netblock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TRIE_VALUE_MAX = INT32_MAX,
};

struct trie_network {
	struct netblock block;
	uint32_t value; /* at most TRIE_VALUE_MAX */
};

struct trie;

/*
 * Builds a trie in an arena. Of equal networks the lowest value stands. NULL
 * and an error beyond the arena's limit.
 */
const struct trie *trie_build(const struct trie_network *networks, size_t count,
    struct arena *arena, struct error *error);

/* Finds the longest network that holds an address; value may be NULL. */
bool trie_find(const struct trie *trie, const struct address *address,
    uint32_t *value);

#endif
