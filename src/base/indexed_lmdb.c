/*
 * indexed_lmdb.c - files of LMDB, as 64-bit hosts write them that have the
 * lowest byte first.
 *
 * Pages: two of meta data, of which the younger counts; then a tree of branches
 * and leaves. A node is a size or the number of a page, flags, the key, and the
 * value, or the number of its overflow pages.
 */
#include "base/indexed.h"

#include <string.h>

enum {
	PAGE_HEAD = 16,
	META_SIZE = 136,
	NODE_HEAD = 8,
	DEPTH_MAX = 32,
	/* Flags of a page, and of a node. */
	PAGE_BRANCH = 1,
	PAGE_LEAF = 2,
	PAGE_OVERFLOW = 4,
	PAGE_META = 8,
	PAGE_KINDS = 0x4f,
	NODE_BIG = 1,
	NODE_SUBTREE = 2,
	NODE_DUPLICATES = 4,
};

static const uint32_t magic = 0xbeefc0de;
static const uint64_t no_page = UINT64_MAX;

struct lmdb {
	struct indexed_file file;
	size_t page_size;
	uint64_t root; /* of the main tree; no_page: it is empty */
	uint64_t last_page;
	uint8_t *pages[DEPTH_MAX]; /* one a level, made when needed */
	uint8_t *big;
};

struct meta {
	uint64_t transaction;
	uint32_t page_size;
	uint16_t flags;
	uint64_t root;
	uint64_t last_page;
};

struct node {
	uint64_t child; /* of a branch */
	unsigned flags;
	struct str key;
	const uint8_t *data; /* of a leaf */
	size_t length;
};

/*
 * Reads the meta data at an offset. Behind the page's head: magic, version,
 * address, size; two trees of 48 bytes (free pages: its first number is the
 * size of a page; main), last page, transaction.
 */
static bool
meta_read(const struct indexed_file *file, uint64_t offset, struct meta *meta)
{
	uint8_t bytes[PAGE_HEAD + META_SIZE];
	const uint8_t *at = bytes + PAGE_HEAD;

	if (!indexed_read(file, offset, bytes, sizeof(bytes)) ||
	    (indexed_16(bytes + 10) & PAGE_META) == 0 ||
	    indexed_32(at) != magic || indexed_32(at + 4) != 1)
		return false;
	*meta = (struct meta){
		.page_size = indexed_32(at + 24),
		.flags = indexed_16(at + 24 + 48 + 4),
		.root = indexed_64(at + 24 + 48 + 40),
		.last_page = indexed_64(at + 24 + 96),
		.transaction = indexed_64(at + 24 + 96 + 8),
	};
	return true;
}

static void *
lmdb_open(const struct indexed_file *file, bool *foreign, struct error *error)
{
	struct lmdb *lmdb = arena_alloc(file->arena, sizeof(*lmdb));
	struct meta first, second, *meta = &first;

	*foreign = true;
	if (!meta_read(file, 0, &first)) {
		error_write(error, "it is no LMDB file of a 64-bit host");
		return NULL;
	}
	*foreign = false;
	if (first.page_size < 512 || first.page_size > 65536 ||
	    (first.page_size & (first.page_size - 1)) != 0 ||
	    !meta_read(file, first.page_size, &second)) {
		indexed_damaged(error, "its first two pages");
		return NULL;
	}
	if (second.transaction > first.transaction)
		meta = &second;
	if ((meta->flags & 0x7fff) != 0) {
		error_write(error,
		    "an LMDB file with other keys than Postfix makes");
		return NULL;
	}
	lmdb->file = *file;
	lmdb->page_size = first.page_size;
	lmdb->root = meta->root;
	lmdb->last_page = meta->last_page;
	return lmdb;
}

/* Reads a page of the tree for a level; NULL: it cannot be one. */
static const uint8_t *
page_read(struct lmdb *lmdb, uint64_t number, unsigned level)
{
	if (level == DEPTH_MAX || number > lmdb->last_page ||
	    number > lmdb->file.size / lmdb->page_size)
		return NULL;
	if (lmdb->pages[level] == NULL)
		lmdb->pages[level] =
		    arena_alloc(lmdb->file.arena, lmdb->page_size);
	uint8_t *page = lmdb->pages[level];
	if (!indexed_read(&lmdb->file, number * lmdb->page_size, page,
		lmdb->page_size))
		return NULL;
	unsigned kind = indexed_16(page + 10) & PAGE_KINDS;
	unsigned lower = indexed_16(page + 12), upper = indexed_16(page + 14);
	if ((kind != PAGE_BRANCH && kind != PAGE_LEAF) || lower < PAGE_HEAD ||
	    lower > upper || upper > lmdb->page_size)
		return NULL;
	return page;
}

static bool
is_leaf(const uint8_t *page)
{
	return (indexed_16(page + 10) & PAGE_LEAF) != 0;
}

static unsigned
node_count(const uint8_t *page)
{
	return (indexed_16(page + 12) - PAGE_HEAD) / 2u;
}

static bool
node_read(const struct lmdb *lmdb, const uint8_t *page, unsigned index,
    struct node *node)
{
	size_t at = indexed_16(page + PAGE_HEAD + 2 * (size_t)index);

	if (at < PAGE_HEAD || at + NODE_HEAD > lmdb->page_size)
		return false;
	const uint8_t *bytes = page + at;
	size_t key_length = indexed_16(bytes + 6);
	size_t left = lmdb->page_size - at - NODE_HEAD;
	node->flags = indexed_16(bytes + 4);
	node->child = indexed_16(bytes) |
	    (uint64_t)indexed_16(bytes + 2) << 16 | (uint64_t)node->flags << 32;
	node->key = (struct str){ (const char *)bytes + NODE_HEAD, key_length };
	if (key_length > left)
		return false;
	if (!is_leaf(page))
		return true;
	node->length = indexed_16(bytes) | (size_t)indexed_16(bytes + 2) << 16;
	node->data = bytes + NODE_HEAD + key_length;
	left -= key_length;
	if ((node->flags & (NODE_SUBTREE | NODE_DUPLICATES)) != 0)
		return false;
	return ((node->flags & NODE_BIG) != 0 ? 8 : node->length) <= left;
}

/* The value of a node, if need be from pages of its own. */
static bool
value_read(struct lmdb *lmdb, const struct node *node, struct str *value)
{
	uint8_t head[PAGE_HEAD];

	*value = (struct str){ (const char *)node->data, node->length };
	if ((node->flags & NODE_BIG) == 0)
		return true;
	uint64_t page = indexed_64(node->data);
	if (node->length > INDEXED_ITEM_MAX || page > lmdb->last_page ||
	    page > lmdb->file.size / lmdb->page_size)
		return false;
	if (lmdb->big == NULL)
		lmdb->big = arena_alloc(lmdb->file.arena, INDEXED_ITEM_MAX);
	uint64_t offset = page * lmdb->page_size;
	value->data = (const char *)lmdb->big;
	return indexed_read(&lmdb->file, offset, head, sizeof(head)) &&
	    (indexed_16(head + 10) & PAGE_OVERFLOW) != 0 &&
	    (uint64_t)indexed_32(head + 12) * lmdb->page_size >=
	    PAGE_HEAD + node->length &&
	    indexed_read(&lmdb->file, offset + PAGE_HEAD, lmdb->big,
		node->length);
}

/*
 * Finds the last node whose key is not above the one looked for; index is the
 * number of nodes where all are above. The first key of a branch is below all.
 */
static bool
node_search(const struct lmdb *lmdb, const uint8_t *page, struct str key,
    unsigned *index)
{
	unsigned low = is_leaf(page) ? 0 : 1, high = node_count(page);
	struct node node;

	if (high == 0)
		return false;
	/* Nodes below low are not above the key, those from high on are. */
	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (!node_read(lmdb, page, middle, &node))
			return false;
		if (indexed_compare(node.key, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	*index = low == 0 ? node_count(page) : low - 1;
	return true;
}

static enum lookup
lmdb_find(void *opened, struct str key, struct arena *arena, struct str *value,
    struct error *error)
{
	struct lmdb *lmdb = opened;
	uint64_t number = lmdb->root;
	struct node node;
	unsigned index;

	if (number == no_page)
		return LOOKUP_MISSING;
	for (unsigned level = 0;; level++) {
		const uint8_t *page = page_read(lmdb, number, level);

		if (page == NULL || !node_search(lmdb, page, key, &index))
			break;
		if (index == node_count(page))
			return LOOKUP_MISSING;
		if (!node_read(lmdb, page, index, &node))
			break;
		number = node.child;
		if (!is_leaf(page))
			continue;
		if (!str_equal(node.key, key))
			return LOOKUP_MISSING;
		if (!value_read(lmdb, &node, value))
			break;
		*value = arena_copy(arena, *value);
		return LOOKUP_FOUND;
	}
	indexed_damaged(error, "a page of its tree");
	return LOOKUP_FAILED;
}

/* All nodes of a leaf; stop: the callback wants no more. */
static bool
leaf_each(struct lmdb *lmdb, const uint8_t *page, indexed_callback *callback,
    void *state, bool *stop)
{
	struct node node;
	struct str value;

	for (unsigned i = 0; i < node_count(page) && !*stop; i++) {
		if (!node_read(lmdb, page, i, &node) ||
		    !value_read(lmdb, &node, &value))
			return false;
		*stop = !callback(state, node.key, value);
	}
	return true;
}

/*
 * Walks the tree without recursion. A tree has no more pages than its file; one
 * with a loop would.
 */
static bool
lmdb_each(void *opened, indexed_callback *callback, void *state,
    struct error *error)
{
	struct lmdb *lmdb = opened;
	unsigned next[DEPTH_MAX] = { 0 };
	uint64_t left = lmdb->file.size / lmdb->page_size;
	unsigned level = 0;
	bool stop = false;
	struct node node;

	if (lmdb->root == no_page)
		return true;
	const uint8_t *page = page_read(lmdb, lmdb->root, 0);
	while (page != NULL && !stop) {
		if (is_leaf(page)) {
			if (!leaf_each(lmdb, page, callback, state, &stop))
				break;
		} else if (next[level] < node_count(page)) {
			if (level + 1 == DEPTH_MAX || left-- == 0 ||
			    !node_read(lmdb, page, next[level]++, &node))
				break;
			level++;
			next[level] = 0;
			page = page_read(lmdb, node.child, level);
			continue;
		}
		if (level == 0)
			return true;
		page = lmdb->pages[--level];
	}
	return stop || indexed_damaged(error, "a page of its tree");
}

const struct indexed_reader indexed_lmdb = {
	.suffix = ".lmdb",
	.open = lmdb_open,
	.find = lmdb_find,
	.each = lmdb_each,
};
