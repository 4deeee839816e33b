/*
 * trie.c - the networks of a table: which is the longest that holds an
 * address.
 */
#include "table/trie.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum {
	STRIDE = 6,
	SLOTS = 1 << STRIDE,
	WORD_BITS = 64,
	PATH_MAX_BITS = 56,
	CACHE_LINE = 64,
	IPV4_OFFSET = 96,
	NO_VALUE = 0, /* leaves hold the value and one, or this */
};

/* Up to 128 bits, the first one on top of high. */
struct bits {
	uint64_t high;
	uint64_t low;
};

/*
 * Two nodes fill one line of the processor's cache. Where all networks have
 * the value 0, there are no leaves: what would be runs tells which slots are
 * in a network, and what would be first_leaf, whether other paths are.
 */
struct node {
	uint64_t children; /* the slots that lead to a node */
	uint64_t runs;     /* the slots where a run of equal leaves starts */
	uint64_t path;     /* what an address must have before the slots, on
			    * top, and in the last byte its length in bits */
	uint32_t first_child;
	uint32_t first_leaf; /* of other paths; then come those of the runs */
};

_Static_assert(CACHE_LINE % sizeof(struct node) == 0, "nodes fill lines");

struct tree {
	struct node *nodes; /* the root is the first */
	uint32_t *leaves;   /* NULL: all networks have the value 0 */
	uint32_t node_count;
	uint32_t leaf_count;
	bool valued; /* some network has another value than 0 */
};

struct trie {
	struct tree ipv4;
	struct tree ipv6;
};

/* A network as the tree sees it, without the 96 bits before IPv4. */
struct entry {
	struct bits bits;
	uint32_t prefix;
	uint32_t leaf;
};

/* Its generic form is a call into the compiler's library; this is not. */
static unsigned
count_ones(uint64_t word)
{
	word -= word >> 1 & 0x5555555555555555;
	word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned)(word * 0x0101010101010101 >> 56);
}

static uint64_t
load_word(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return be64toh(word);
}

static struct bits
bits_of(const struct address *address, bool ipv4)
{
	struct bits bits = {
		.high = load_word(address->bytes),
		.low = load_word(address->bytes + 8),
	};

	if (ipv4)
		bits = (struct bits){ .high = bits.low << 32 };
	return bits;
}

/* The 64 bits from a depth below 128 on; zeros stand after the last. */
static uint64_t
bits_from(struct bits bits, unsigned depth)
{
	if (depth >= WORD_BITS)
		return bits.low << (depth - WORD_BITS);
	if (depth == 0)
		return bits.high;
	return bits.high << depth | bits.low >> (WORD_BITS - depth);
}

static unsigned
slot_of(struct bits bits, unsigned depth)
{
	return (unsigned)(bits_from(bits, depth) >> (WORD_BITS - STRIDE));
}

static unsigned
bits_in_common(struct bits a, struct bits b)
{
	if (a.high != b.high)
		return (unsigned)__builtin_clzll(a.high ^ b.high);
	if (a.low != b.low)
		return WORD_BITS + (unsigned)__builtin_clzll(a.low ^ b.low);
	return 2 * WORD_BITS;
}

/* A network comes after those that hold it; equal ones by value. */
static int
entry_compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->bits.high != b->bits.high)
		return a->bits.high < b->bits.high ? -1 : 1;
	if (a->bits.low != b->bits.low)
		return a->bits.low < b->bits.low ? -1 : 1;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	return (a->leaf > b->leaf) - (a->leaf < b->leaf);
}

/* A sorted range of entries, all below one slot of one node. */
struct range {
	const struct entry *entries;
	size_t count;
	uint32_t covering; /* the leaf of what holds the whole range */
};

/* How many bits from depth on a node may skip: all entries share them. */
static unsigned
path_of(const struct range *range, unsigned depth)
{
	if (range->count == 0)
		return 0;
	const struct entry *last = &range->entries[range->count - 1];
	unsigned end = bits_in_common(range->entries[0].bits, last->bits);

	/* The last bit of a prefix is left to the slots. */
	for (size_t i = 0; i < range->count; i++)
		if (range->entries[i].prefix <= end)
			end = range->entries[i].prefix - 1;
	if (end <= depth)
		return 0;
	return end - depth < PATH_MAX_BITS ? end - depth : PATH_MAX_BITS;
}

/*
 * Sets the leaves of a node, and in below what goes into the node of each
 * slot. Networks come after those that hold them, so each one overwrites.
 */
static void
slots_fill(const struct range *range, unsigned depth, uint32_t leaves[SLOTS],
    struct range below[SLOTS])
{
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		leaves[slot] = range->covering;
		below[slot].count = 0;
	}
	for (size_t i = 0; i < range->count; i++) {
		const struct entry *entry = &range->entries[i];
		unsigned slot = slot_of(entry->bits, depth);

		if (entry->prefix > depth + STRIDE) {
			if (below[slot].count++ == 0)
				below[slot].entries = entry;
			below[slot].covering = leaves[slot];
			continue;
		}
		unsigned width = 1u << (depth + STRIDE - entry->prefix);
		for (unsigned at = slot; at < slot + width; at++)
			leaves[at] = entry->leaf;
	}
}

/* Counts a leaf, and writes it where there is room. */
static void
leaf_add(struct tree *tree, uint32_t leaf)
{
	if (tree->leaves != NULL)
		tree->leaves[tree->leaf_count] = leaf;
	tree->leaf_count++;
}

/* Makes the leaves of a node: of other paths, and of the runs of slots. */
static void
leaves_make(struct tree *tree, struct node *node, uint32_t otherwise,
    const uint32_t leaves[SLOTS])
{
	uint32_t last = NO_VALUE;

	node->first_leaf = tree->leaf_count;
	leaf_add(tree, otherwise);
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		if ((node->children >> slot & 1) != 0 ||
		    (node->runs != 0 && leaves[slot] == last))
			continue;
		last = leaves[slot];
		node->runs |= UINT64_C(1) << slot;
		leaf_add(tree, last);
	}
}

/* The same where all values are 0. */
static void
members_make(struct node *node, uint32_t otherwise,
    const uint32_t leaves[SLOTS])
{
	node->first_leaf = otherwise != NO_VALUE;
	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (leaves[slot] != NO_VALUE)
			node->runs |= UINT64_C(1) << slot;
}

/*
 * Makes the node at an index, whose range starts at depth, and all below it.
 * A tree without memory is only counted.
 */
static void
node_make(struct tree *tree, uint32_t index, const struct range *range,
    unsigned depth)
{
	struct node node = { .path = 0 };
	uint32_t leaves[SLOTS];
	struct range below[SLOTS];
	unsigned path = path_of(range, depth);

	if (path > 0)
		node.path = bits_from(range->entries[0].bits, depth) >>
			(WORD_BITS - path) << (WORD_BITS - path) |
		    path;
	depth += path;
	slots_fill(range, depth, leaves, below);
	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (below[slot].count > 0)
			node.children |= UINT64_C(1) << slot;
	if (tree->valued)
		leaves_make(tree, &node, range->covering, leaves);
	else
		members_make(&node, range->covering, leaves);

	uint32_t child = node.first_child = tree->node_count;
	tree->node_count += count_ones(node.children);
	if (tree->nodes != NULL)
		tree->nodes[index] = node;
	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (below[slot].count > 0)
			node_make(tree, child++, &below[slot], depth + STRIDE);
}

/* Makes the whole tree; an entry of prefix 0 is what covers all. */
static void
tree_make(struct tree *tree, const struct entry *entries, size_t count)
{
	struct range all = { .entries = entries, .count = count };

	tree->node_count = 1;
	tree->leaf_count = 0;
	while (all.count > 0 && all.entries->prefix == 0) {
		all.covering = all.entries->leaf;
		all.entries++;
		all.count--;
	}
	node_make(tree, 0, &all, 0);
}

/* Of equal networks the first stands, as the lowest value. */
static size_t
entries_unique(struct entry *entries, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (kept == 0 ||
		    entries[i].prefix != entries[kept - 1].prefix ||
		    bits_in_common(entries[i].bits, entries[kept - 1].bits) <
			2 * WORD_BITS)
			entries[kept++] = entries[i];
	return kept;
}

/* Memory for nodes, each within one line of the cache. */
static struct node *
nodes_new(size_t count, struct arena *arena, struct error *error)
{
	char *memory =
	    arena_try(arena, count * sizeof(struct node) + CACHE_LINE, error);

	if (memory == NULL)
		return NULL;
	return (void *)(memory + CACHE_LINE - (uintptr_t)memory % CACHE_LINE);
}

static bool
tree_build(struct tree *tree, struct entry *entries, size_t count,
    struct arena *arena, struct error *error)
{
	if (count > 1)
		qsort(entries, count, sizeof(*entries), entry_compare);
	count = entries_unique(entries, count);
	for (size_t i = 0; i < count; i++)
		tree->valued |= entries[i].leaf != NO_VALUE + 1;
	tree_make(tree, entries, count);

	tree->nodes = nodes_new(tree->node_count, arena, error);
	if (tree->nodes == NULL)
		return false;
	if (tree->valued) {
		tree->leaves = arena_try(arena,
		    tree->leaf_count * sizeof(*tree->leaves), error);
		if (tree->leaves == NULL)
			return false;
	}
	tree_make(tree, entries, count);
	return true;
}

/* Takes the networks of one family; returns how many. */
static size_t
entries_take(struct entry *entries, const struct trie_network *networks,
    size_t count, bool ipv4)
{
	size_t taken = 0;

	for (size_t i = 0; i < count; i++) {
		const struct netblock *block = &networks[i].block;

		if (address_is_ipv4(&block->address) != ipv4)
			continue;
		entries[taken++] = (struct entry){
			.bits = bits_of(&block->address, ipv4),
			.prefix = block->prefix - (ipv4 ? IPV4_OFFSET : 0),
			.leaf = networks[i].value + 1,
		};
	}
	return taken;
}

const struct trie *
trie_build(const struct trie_network *networks, size_t count,
    struct arena *arena, struct error *error)
{
	struct trie *trie = arena_try(arena, sizeof(*trie), error);
	struct arena *load = arena_new(0);
	struct entry *entries = arena_alloc(load, count * sizeof(*entries));
	bool built = trie != NULL;

	if (built) {
		size_t taken = entries_take(entries, networks, count, true);
		built = tree_build(&trie->ipv4, entries, taken, arena, error);
	}
	if (built) {
		size_t taken = entries_take(entries, networks, count, false);
		built = tree_build(&trie->ipv6, entries, taken, arena, error);
	}
	arena_free(load);
	return built ? trie : NULL;
}

/* The leaf of a node whose slot, a bit, leads to no other node. */
static uint32_t
leaf_at(const struct tree *tree, const struct node *node, uint64_t bit)
{
	if (!tree->valued)
		return (node->runs & bit) != 0;
	/* The first is that of other paths. */
	return tree->leaves[node->first_leaf +
	    count_ones(node->runs & (bit | (bit - 1)))];
}

static uint32_t
tree_find(const struct tree *tree, struct bits bits)
{
	const struct node *node = tree->nodes;
	unsigned depth = 0;

	for (;;) {
		unsigned path = node->path & 0xff;
		uint64_t next = bits_from(bits, depth);

		if (path > 0) {
			if ((next ^ node->path) >> (WORD_BITS - path) != 0)
				return tree->valued
				    ? tree->leaves[node->first_leaf]
				    : node->first_leaf;
			depth += path;
			next = bits_from(bits, depth);
		}
		uint64_t bit = UINT64_C(1) << (next >> (WORD_BITS - STRIDE));
		if ((node->children & bit) == 0)
			return leaf_at(tree, node, bit);
		node = &tree->nodes[node->first_child +
		    count_ones(node->children & (bit - 1))];
		depth += STRIDE;
	}
}

bool
trie_find(const struct trie *trie, const struct address *address,
    uint32_t *value)
{
	bool ipv4 = address_is_ipv4(address);
	uint32_t leaf =
	    tree_find(ipv4 ? &trie->ipv4 : &trie->ipv6, bits_of(address, ipv4));

	if (leaf == NO_VALUE)
		return false;
	if (value != NULL)
		*value = leaf - 1;
	return true;
}
