/*
 * netblock_use.h - what ranges of addresses are for, by the registries of
 * special-purpose addresses (RFC 6890).
 */
#ifndef BASE_NETBLOCK_USE_H
#define BASE_NETBLOCK_USE_H

#include "base/netblock.h"

enum netblock_use {
	NETBLOCK_PUBLIC,   /* whoever was given it, by a registry */
	NETBLOCK_LOOPBACK, /* the host itself */
	NETBLOCK_PRIVATE,  /* one site, and many sites: RFC 1918, 4193, 6598,
			    * and of one link: RFC 3927, 4291 */
	NETBLOCK_RESERVED, /* nobody: documentation, benchmarks, multicast */
};

struct netblock_range {
	struct netblock block;
	enum netblock_use use;
};

enum {
	NETBLOCK_RANGES = 18,
};

/* All that are not public. */
extern const struct netblock_range netblock_ranges[NETBLOCK_RANGES];

/* What a block is for that lies in a range as a whole; else it is public. */
enum netblock_use netblock_use(const struct netblock *block);

/* Loopback or private: no stranger on the Internet has an address in it. */
bool netblock_is_site(const struct netblock *block);

/* Whether a block has the whole of a range of this use. */
bool netblock_has_range(const struct netblock *block, enum netblock_use use);

#endif
