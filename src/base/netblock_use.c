/*
 * netblock_use.c - what ranges of addresses are for.
 */
#include "base/netblock_use.h"

/* clang-format off */
#define IPV4(a, b, c, length)                                             \
	{                                                                 \
		{ { [10] = 0xff, [11] = 0xff, (a), (b), (c) } },          \
		96 + (length)                                             \
	}
#define IPV6(a, b, c, d, length)                                          \
	{                                                                 \
		{ { (a), (b), (c), (d) } }, (length)                      \
	}

const struct netblock_range netblock_ranges[NETBLOCK_RANGES] = {
	{ IPV4(0, 0, 0, 8), NETBLOCK_RESERVED },
	{ IPV4(10, 0, 0, 8), NETBLOCK_PRIVATE },
	{ IPV4(100, 64, 0, 10), NETBLOCK_PRIVATE },
	{ IPV4(127, 0, 0, 8), NETBLOCK_LOOPBACK },
	{ IPV4(169, 254, 0, 16), NETBLOCK_PRIVATE },
	{ IPV4(172, 16, 0, 12), NETBLOCK_PRIVATE },
	{ IPV4(192, 0, 0, 24), NETBLOCK_RESERVED },
	{ IPV4(192, 0, 2, 24), NETBLOCK_RESERVED },
	{ IPV4(192, 168, 0, 16), NETBLOCK_PRIVATE },
	{ IPV4(198, 18, 0, 15), NETBLOCK_RESERVED },
	{ IPV4(198, 51, 100, 24), NETBLOCK_RESERVED },
	{ IPV4(203, 0, 113, 24), NETBLOCK_RESERVED },
	{ IPV4(224, 0, 0, 3), NETBLOCK_RESERVED },
	{ { { { [15] = 1 } }, 128 }, NETBLOCK_LOOPBACK },
	{ IPV6(0x20, 0x01, 0x0d, 0xb8, 32), NETBLOCK_RESERVED },
	{ IPV6(0xfc, 0, 0, 0, 7), NETBLOCK_PRIVATE },
	{ IPV6(0xfe, 0x80, 0, 0, 10), NETBLOCK_PRIVATE },
	{ IPV6(0xff, 0, 0, 0, 8), NETBLOCK_RESERVED },
};
/* clang-format on */

enum netblock_use
netblock_use(const struct netblock *block)
{
	for (size_t i = 0; i < NETBLOCK_RANGES; i++)
		if (netblock_is_within(block, &netblock_ranges[i].block))
			return netblock_ranges[i].use;
	return NETBLOCK_PUBLIC;
}

bool
netblock_is_site(const struct netblock *block)
{
	enum netblock_use use = netblock_use(block);

	return use == NETBLOCK_LOOPBACK || use == NETBLOCK_PRIVATE;
}

bool
netblock_has_range(const struct netblock *block, enum netblock_use use)
{
	for (size_t i = 0; i < NETBLOCK_RANGES; i++)
		if (netblock_ranges[i].use == use &&
		    netblock_is_within(&netblock_ranges[i].block, block))
			return true;
	return false;
}
