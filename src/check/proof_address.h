/*
 * proof_address.h - the client addresses between which a configuration tells
 * a difference, and whose they are.
 *
 * All addresses are one line, IPv4 in its mapped part. The wide networks that
 * the configuration names cut it into pieces; from each piece one address is
 * taken that may be a stranger's: public, and in no network of this host nor
 * in a narrow one that the configuration names.
 */
#ifndef CHECK_PROOF_ADDRESS_H
#define CHECK_PROOF_ADDRESS_H

#include "base/arena.h"
#include "base/host.h"
#include "base/netblock.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* The networks that a configuration names, in any order. */
struct proof_blocks {
	struct arena *arena;
	struct netblock *blocks;
	size_t count, capacity;
};

void proof_blocks_add(struct proof_blocks *blocks, const struct netblock *add);

/*
 * Reads the key of an access table: an address, or the first numbers of one
 * (access(5)): 192.0.2, 2001:db8. False: it is none.
 */
bool proof_block_of_key(struct str key, struct netblock *block);

/* Somebody owns it: it is not as wide as what is everybody's. */
bool proof_block_is_narrow(const struct netblock *block);

/* Whether an address is in a network of this host; loopback counts. */
bool proof_address_is_near(const struct host *host,
    const struct address *address);

/* Whether it is of loopback, private, or for special use (RFC 6890). */
bool proof_address_is_special(const struct address *address);

struct proof_addresses {
	const struct address *addresses;
	size_t count;
};

void proof_addresses_choose(const struct proof_blocks *blocks,
    const struct host *host, struct arena *arena,
    struct proof_addresses *chosen);

#endif
