/*
 * proof_address.c - the client addresses between which a configuration tells
 * a difference, and whose they are.
 */
#include "check/proof_address.h"

#include "base/netblock_use.h"
#include "check/proof.h"

#include <stdlib.h>
#include <string.h>

enum {
	BYTES = sizeof(((struct address *)NULL)->bytes),
	BITS = 8 * BYTES,
	IPV4_OFFSET = 96, /* bits before the IPv4 part of a mapped address */
};

/* From the first address to the last. */
struct range {
	struct address first, last;
};

struct ranges {
	struct range *ranges;
	size_t count;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void
proof_blocks_add(struct proof_blocks *blocks, const struct netblock *add)
{
	if (blocks->count == blocks->capacity) {
		size_t capacity = 2 * blocks->capacity + 64;
		struct netblock *grown =
		    arena_alloc(blocks->arena, capacity * sizeof(*grown));

		if (blocks->count > 0)
			memcpy(grown, blocks->blocks,
			    blocks->count * sizeof(*grown));
		blocks->blocks = grown;
		blocks->capacity = capacity;
	}
	blocks->blocks[blocks->count++] = *add;
}

/* Fills up the first numbers of an address with zeros. */
static bool
prefix_parse(struct str key, char separator, struct netblock *block)
{
	char text[64];
	struct buf buf = BUF(text);
	unsigned groups = 1;
	struct error error;

	for (size_t i = 0; i < key.length; i++)
		groups += key.data[i] == separator;
	if (groups > (separator == '.' ? 3 : 7))
		return false;
	buf_add(&buf, key);
	if (separator == ':')
		buf_add(&buf, STR("::"));
	for (unsigned i = groups; separator == '.' && i < 4; i++)
		buf_add(&buf, STR(".0"));
	if (buf.full || !address_parse(buf_str(&buf), &block->address, &error))
		return false;
	block->prefix =
	    separator == '.' ? IPV4_OFFSET + 8 * groups : 16 * groups;
	return true;
}

bool
proof_block_of_key(struct str key, struct netblock *block)
{
	struct error error;

	block->prefix = BITS;
	if (address_parse(key, &block->address, &error))
		return true;
	if (str_ends(key, STR(":")))
		key.length--;
	if (prefix_parse(key, '.', block))
		return true;
	return str_has(key, ':') && prefix_parse(key, ':', block);
}

bool
proof_block_is_narrow(const struct netblock *block)
{
	if (address_is_ipv4(&block->address))
		return block->prefix > IPV4_OFFSET + PROOF_WIDE_IPV4;
	return block->prefix > PROOF_WIDE_IPV6;
}

static struct range
range_of(const struct netblock *block)
{
	struct range range = { block->address, block->address };

	for (unsigned bit = block->prefix; bit < BITS; bit++) {
		uint8_t mask = (uint8_t)(0x80u >> bit % 8);

		range.first.bytes[bit / 8] &= (uint8_t)~mask;
		range.last.bytes[bit / 8] |= mask;
	}
	return range;
}

static int
compare(const struct address *a, const struct address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int
compare_addresses(const void *a, const void *b)
{
	return compare(a, b);
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct range *left = a, *right = b;

	return compare(&left->first, &right->first);
}

/* The address after; false: there is none. */
static bool
next_address(struct address *address)
{
	for (size_t i = BYTES; i-- > 0;)
		if (++address->bytes[i] != 0)
			return true;
	return false;
}

static bool
range_has(const struct range *range, const struct address *address)
{
	return compare(&range->first, address) <= 0 &&
	    compare(address, &range->last) <= 0;
}

static bool
is_global_ipv6(const struct address *address)
{
	return (address->bytes[0] & 0xe0) == 0x20;
}

bool
proof_address_is_special(const struct address *address)
{
	if (!address_is_ipv4(address) && !is_global_ipv6(address))
		return true;
	const struct netblock block = { *address, BITS };
	return netblock_use(&block) != NETBLOCK_PUBLIC;
}

static struct netblock
network_of(const struct host_interface *interface)
{
	return (struct netblock){ interface->address, interface->prefix };
}

bool
proof_address_is_near(const struct host *host, const struct address *address)
{
	for (size_t i = 0; i < host->interface_count; i++) {
		struct netblock network = network_of(&host->interfaces[i]);
		struct range range = range_of(&network);

		if (address_is_ipv4(&network.address) ==
			address_is_ipv4(address) &&
		    range_has(&range, address))
			return true;
	}
	return host_has_address(host, address);
}

static void
range_add(struct ranges *ranges, struct range range)
{
	ranges->ranges[ranges->count++] = range;
}

/* What no stranger has: sorted, and one range after the other. */
static struct ranges
excluded(const struct proof_blocks *blocks, const struct host *host,
    struct arena *arena)
{
	struct ranges all = { 0 }, merged = { 0 };

	all.ranges = arena_alloc(arena,
	    (NETBLOCK_RANGES + host->interface_count + blocks->count + 1) *
		sizeof(*all.ranges));
	for (size_t i = 0; i < NETBLOCK_RANGES; i++)
		range_add(&all, range_of(&netblock_ranges[i].block));
	for (size_t i = 0; i < host->interface_count; i++) {
		struct netblock network = network_of(&host->interfaces[i]);

		range_add(&all, range_of(&network));
	}
	for (size_t i = 0; i < blocks->count; i++)
		if (proof_block_is_narrow(&blocks->blocks[i]))
			range_add(&all, range_of(&blocks->blocks[i]));
	qsort(all.ranges, all.count, sizeof(*all.ranges), compare_ranges);
	merged.ranges = all.ranges;
	for (size_t i = 0; i < all.count; i++) {
		struct range *last =
		    merged.count > 0 ? &merged.ranges[merged.count - 1] : NULL;

		if (last == NULL ||
		    compare(&all.ranges[i].first, &last->last) > 0)
			range_add(&merged, all.ranges[i]);
		else if (compare(&all.ranges[i].last, &last->last) > 0)
			last->last = all.ranges[i].last;
	}
	return merged;
}

/* Goes on to the first address from here that may be a stranger's. */
static bool
skip_excluded(const struct ranges *ranges, struct address *address)
{
	size_t low = 0, high = ranges->count;

	/* The first range that does not end before it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&ranges->ranges[middle].last, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < ranges->count && range_has(&ranges->ranges[low], address);
	     low++) {
		*address = ranges->ranges[low].last;
		if (!next_address(address))
			return false;
	}
	return true;
}

static void
border_add(struct address *borders, size_t *count, struct address border)
{
	borders[(*count)++] = border;
}

/* Where pieces begin: at both ends of each wide network. */
static size_t
find_borders(const struct proof_blocks *blocks, struct address *borders)
{
	/* Of an address and the one before it, the second is nicer. */
	static const char *const starts[] = { "1.1.1.1", "2600::1" };
	size_t count = 0;

	for (size_t i = 0; i < COUNT(starts); i++) {
		struct error error;

		if (address_parse(str_from(starts[i]), &borders[count], &error))
			count++;
	}
	for (size_t i = 0; i < blocks->count; i++) {
		struct range range;

		if (proof_block_is_narrow(&blocks->blocks[i]))
			continue;
		range = range_of(&blocks->blocks[i]);
		border_add(borders, &count, range.first);
		if (next_address(&range.last))
			border_add(borders, &count, range.last);
	}
	qsort(borders, count, sizeof(*borders), compare_addresses);
	return count;
}

void
proof_addresses_choose(const struct proof_blocks *blocks,
    const struct host *host, struct arena *arena,
    struct proof_addresses *chosen)
{
	struct ranges ranges = excluded(blocks, host, arena);
	size_t most = 2 * blocks->count + 2, count;
	struct address *borders = arena_alloc(arena, most * sizeof(*borders));
	struct address *addresses =
	    arena_alloc(arena, most * sizeof(*addresses));

	chosen->addresses = addresses;
	chosen->count = 0;
	count = find_borders(blocks, borders);
	for (size_t i = 0; i < count; i++) {
		struct address at = borders[i];

		if (!skip_excluded(&ranges, &at))
			continue;
		if (i + 1 < count && compare(&at, &borders[i + 1]) >= 0)
			continue;
		if (!address_is_ipv4(&at) && !is_global_ipv6(&at))
			continue;
		addresses[chosen->count++] = at;
	}
}
