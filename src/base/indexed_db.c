/*
 * indexed_db.c - files of Berkeley DB: hash and btree, of either byte order.
 *
 * Page 0 is meta data. A page of entries has a head of 26 bytes, the offsets
 * of its items, and the items at its end: a key, a value, and so on. A long
 * item is a chain of pages of its own.
 */
#include "base/indexed.h"

#include <string.h>

enum {
	PAGE_HEAD = 26,
	PAGE_SIZE_MAX = 64 * 1024,
	META_SIZE = 224,
	/* Of a bucket of a hash, and of a long item. */
	CHAIN_MAX = 10000,
	DEPTH_MAX = 32,
	SPARES = 32,
	/* Kinds of pages. */
	PAGE_HASH_UNSORTED = 2,
	PAGE_INNER = 3,
	PAGE_LEAF = 5,
	PAGE_OVERFLOW = 7,
	PAGE_HASH = 13,
	/* Kinds of items of a hash, and of a btree. */
	HASH_ITEM = 1,
	HASH_LONG = 3,
	TREE_ITEM = 1,
	TREE_LONG = 3,
	TREE_DELETED = 0x80,
	/* Of meta data: sums of pages and parts of files; of a hash: several
	 * databases in the file; of a btree: the same, numbers as keys,
	 * compressed. */
	META_FOREIGN = 0x07,
	HASH_FOREIGN = 0x02,
	TREE_FOREIGN = 0xa2,
};

struct db {
	struct indexed_file file;
	bool swapped; /* the highest byte comes first */
	bool hash;
	size_t page_size;
	uint32_t last_page;
	uint32_t max_bucket, high_mask, low_mask; /* of a hash */
	uint32_t spares[SPARES];
	uint32_t root; /* of a btree */
	uint8_t *page; /* the one at hand */
	uint32_t page_number;
	uint8_t *overflow;
	uint8_t *longs[2]; /* a long key and a long value */
};

/* An item as it stands in a page. */
struct item {
	struct str bytes;
	bool is_long;
	uint32_t page, length; /* of a long one */
};

static uint16_t
number16(const struct db *db, const uint8_t *bytes)
{
	uint16_t number = indexed_16(bytes);

	return db->swapped ? __builtin_bswap16(number) : number;
}

static uint32_t
number32(const struct db *db, const uint8_t *bytes)
{
	uint32_t number = indexed_32(bytes);

	return db->swapped ? __builtin_bswap32(number) : number;
}

/* The hash function of Fowler, Noll and Vo, as the library has it. */
static uint32_t
hash(struct str key)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < key.length; i++)
		sum = sum * 16777619u ^ (uint8_t)key.data[i];
	return sum;
}

static bool
head_read(struct db *db, const uint8_t *meta, bool *foreign,
    struct error *error)
{
	uint32_t magic = db->hash ? 0x061561 : 0x053162;
	uint32_t other = db->hash ? 0x053162 : 0x061561;

	db->swapped =
	    indexed_32(meta + 12) != magic && indexed_32(meta + 12) != other;
	*foreign = true;
	if (number32(db, meta + 12) == other)
		return error_set(error, "a file of another type: it is %s",
		    db->hash ? "btree" : "hash");
	if (number32(db, meta + 12) != magic)
		return error_set(error, "it is no file of Berkeley DB");
	*foreign = false;
	uint32_t version = number32(db, meta + 16);
	if (version < (db->hash ? 7 : 8) || version > 10)
		return error_set(error, "version %u of Berkeley DB's format",
		    version);
	db->page_size = number32(db, meta + 20);
	db->last_page = number32(db, meta + 32);
	if (db->page_size < 512 || db->page_size > PAGE_SIZE_MAX ||
	    (db->page_size & (db->page_size - 1)) != 0)
		return indexed_damaged(error, "the size of its pages");
	if (meta[24] != 0 || (meta[26] & META_FOREIGN) != 0)
		return error_set(error,
		    "encrypted, with sums, or in parts: none of Postfix's");
	return true;
}

static bool
hash_read(struct db *db, const uint8_t *meta, struct error *error)
{
	db->max_bucket = number32(db, meta + 72);
	db->high_mask = number32(db, meta + 76);
	db->low_mask = number32(db, meta + 80);
	for (size_t i = 0; i < SPARES; i++)
		db->spares[i] = number32(db, meta + 96 + 4 * i);
	if (number32(db, meta + 92) != hash((struct str){ "%$sniglet^&", 12 }))
		return error_set(error, "with a hash function of its own");
	if ((number32(db, meta + 48) & HASH_FOREIGN) != 0)
		return error_set(error, "several databases in one file");
	return true;
}

static bool
tree_read(struct db *db, const uint8_t *meta, struct error *error)
{
	db->root = number32(db, meta + 88);
	if ((number32(db, meta + 48) & TREE_FOREIGN) != 0)
		return error_set(error, "a btree of a kind that no MTA makes");
	return true;
}

static void *
db_open(const struct indexed_file *file, bool is_hash, bool *foreign,
    struct error *error)
{
	struct db *db = arena_alloc(file->arena, sizeof(*db));
	uint8_t meta[META_SIZE];

	db->file = *file;
	db->hash = is_hash;
	*foreign = true;
	if (!indexed_read(file, 0, meta, sizeof(meta))) {
		error_write(error, "too short for a file of Berkeley DB");
		return NULL;
	}
	if (!head_read(db, meta, foreign, error) ||
	    !(is_hash ? hash_read : tree_read)(db, meta, error))
		return NULL;
	db->page = arena_alloc(file->arena, db->page_size);
	db->overflow = arena_alloc(file->arena, db->page_size);
	return db;
}

static void *
hash_open(const struct indexed_file *file, bool *foreign, struct error *error)
{
	return db_open(file, true, foreign, error);
}

static void *
btree_open(const struct indexed_file *file, bool *foreign, struct error *error)
{
	return db_open(file, false, foreign, error);
}

static unsigned
page_kind(const struct db *db)
{
	return db->page[25];
}

static unsigned
item_count(const struct db *db)
{
	return number16(db, db->page + 20);
}

/* Makes a page that at hand. Page 0 is none of entries. */
static bool
page_read(struct db *db, uint32_t number)
{
	if (number == 0 || number > db->last_page)
		return false;
	if (db->page_number == number)
		return true;
	db->page_number = 0;
	if (!indexed_read(&db->file, (uint64_t)number * db->page_size, db->page,
		db->page_size))
		return false;
	db->page_number = number;
	return PAGE_HEAD + 2 * (size_t)item_count(db) <= db->page_size;
}

/* The offset of an item in the page; 0: it cannot be. */
static size_t
item_offset(const struct db *db, unsigned index)
{
	size_t at = number16(db, db->page + PAGE_HEAD + 2 * (size_t)index);

	return at >= PAGE_HEAD && at < db->page_size ? at : 0;
}

/* An item of a hash reaches to the one before it. */
static bool
hash_item(const struct db *db, unsigned index, struct item *item)
{
	size_t at = item_offset(db, index);
	size_t end = index == 0 ? db->page_size : item_offset(db, index - 1);
	const uint8_t *bytes = db->page + at;

	if (at == 0 || end <= at)
		return false;
	*item = (struct item){
		.bytes = { (const char *)bytes + 1, end - at - 1 },
		.is_long = bytes[0] == HASH_LONG,
	};
	if (bytes[0] == HASH_ITEM)
		return true;
	if (!item->is_long || end - at < 12)
		return false;
	item->page = number32(db, bytes + 4);
	item->length = number32(db, bytes + 8);
	return true;
}

/* An item of a btree: its length, its kind, and, in inner pages, a child. */
static bool
tree_item(const struct db *db, unsigned index, struct item *item,
    uint32_t *child)
{
	size_t at = item_offset(db, index);
	size_t head = child == NULL ? 3 : 12;
	const uint8_t *bytes = db->page + at;

	if (at == 0 || at + 12 > db->page_size + (child == NULL ? 9u : 0u))
		return false;
	size_t length = number16(db, bytes);
	unsigned kind = bytes[2] & ~(unsigned)TREE_DELETED;
	*item = (struct item){ .is_long = kind == TREE_LONG };
	if (child != NULL)
		*child = number32(db, bytes + 4);
	if (item->is_long) {
		/* A leaf has it in place of the item, an inner page behind. */
		const uint8_t *at_long = child == NULL ? bytes : bytes + head;

		if (at_long + 12 > db->page + db->page_size)
			return false;
		item->page = number32(db, at_long + 4);
		item->length = number32(db, at_long + 8);
		return true;
	}
	item->bytes = (struct str){ (const char *)bytes + head, length };
	return kind == TREE_ITEM && length <= db->page_size - at - head;
}

/* Reads a chain of pages into space of its own. */
static bool
long_read(struct db *db, const struct item *item, uint8_t **space,
    struct str *bytes)
{
	uint32_t number = item->page;
	size_t done = 0;

	if (item->length > INDEXED_ITEM_MAX)
		return false;
	if (*space == NULL)
		*space = arena_alloc(db->file.arena, INDEXED_ITEM_MAX);
	for (unsigned i = 0; done < item->length && i < CHAIN_MAX; i++) {
		if (number == 0 || number > db->last_page ||
		    !indexed_read(&db->file, (uint64_t)number * db->page_size,
			db->overflow, db->page_size))
			return false;
		size_t length = number16(db, db->overflow + 22);
		if (db->overflow[25] != PAGE_OVERFLOW || length == 0 ||
		    length > db->page_size - PAGE_HEAD ||
		    length > item->length - done)
			return false;
		memcpy(*space + done, db->overflow + PAGE_HEAD, length);
		done += length;
		number = number32(db, db->overflow + 16);
	}
	*bytes = (struct str){ (const char *)*space, item->length };
	return done == item->length;
}

/* The bytes of the key (which: 0) or value (1) at an index of the page. */
static bool
entry_read(struct db *db, unsigned index, unsigned which, struct str *bytes)
{
	struct item item;

	if (index >= item_count(db) ||
	    !(db->hash ? hash_item(db, index, &item)
		       : tree_item(db, index, &item, NULL)))
		return false;
	*bytes = item.bytes;
	return !item.is_long || long_read(db, &item, &db->longs[which], bytes);
}

static bool
is_deleted(const struct db *db, unsigned index)
{
	size_t at = item_offset(db, index);

	return !db->hash && at != 0 && at + 3 <= db->page_size &&
	    (db->page[at + 2] & TREE_DELETED) != 0;
}

/* Looks for a key among the entries of the page at hand. */
static bool
page_find(struct db *db, struct str key, enum lookup *result, struct str *value)
{
	*result = LOOKUP_MISSING;
	for (unsigned i = 0; i < item_count(db); i += 2) {
		struct str bytes;

		if (!entry_read(db, i, 0, &bytes))
			return false;
		if (!str_equal(bytes, key) || is_deleted(db, i + 1))
			continue;
		*result = LOOKUP_FOUND;
		return entry_read(db, i + 1, 1, value);
	}
	return true;
}

/* The page where a bucket starts; 0: it cannot be. */
static uint32_t
bucket_page(const struct db *db, uint32_t bucket)
{
	unsigned doubling = 0;

	while (doubling < SPARES - 1 && (1ull << doubling) < bucket + 1ull)
		doubling++;
	return bucket + db->spares[doubling];
}

static bool
hash_find(struct db *db, struct str key, enum lookup *result, struct str *value)
{
	uint32_t bucket = hash(key) & db->high_mask;

	if (bucket > db->max_bucket)
		bucket &= db->low_mask;
	uint32_t number = bucket_page(db, bucket);
	for (unsigned i = 0; i < CHAIN_MAX; i++) {
		if (!page_read(db, number) ||
		    (page_kind(db) != PAGE_HASH &&
			page_kind(db) != PAGE_HASH_UNSORTED) ||
		    !page_find(db, key, result, value))
			return false;
		number = number32(db, db->page + 16);
		if (*result == LOOKUP_FOUND || number == 0)
			return true;
	}
	return false;
}

/* The child of an inner page whose first key is the last that is not above. */
static bool
child_find(struct db *db, struct str key, uint32_t *child)
{
	unsigned low = 1, high = item_count(db);
	struct item item;

	if (high == 0)
		return false;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		struct str bytes;

		if (!tree_item(db, middle, &item, child))
			return false;
		bytes = item.bytes;
		if (item.is_long &&
		    !long_read(db, &item, &db->longs[0], &bytes))
			return false;
		if (indexed_compare(bytes, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return tree_item(db, low - 1, &item, child);
}

static bool
tree_find(struct db *db, struct str key, enum lookup *result, struct str *value)
{
	uint32_t number = db->root;

	for (unsigned level = 0; level < DEPTH_MAX; level++) {
		if (!page_read(db, number))
			return false;
		if (page_kind(db) == PAGE_LEAF)
			return page_find(db, key, result, value);
		if (page_kind(db) != PAGE_INNER ||
		    !child_find(db, key, &number))
			return false;
	}
	return false;
}

static enum lookup
db_find(void *opened, struct str key, struct arena *arena, struct str *value,
    struct error *error)
{
	struct db *db = opened;
	enum lookup result = LOOKUP_MISSING;

	if (!(db->hash ? hash_find : tree_find)(db, key, &result, value)) {
		indexed_damaged(error, "a page");
		return LOOKUP_FAILED;
	}
	if (result == LOOKUP_FOUND)
		*value = arena_copy(arena, *value);
	return result;
}

/* Calls with the entries of the page at hand. */
static bool
page_each(struct db *db, indexed_callback *callback, void *state, bool *stop)
{
	struct str key, value;

	for (unsigned i = 0; i < item_count(db) && !*stop; i += 2) {
		if (!entry_read(db, i, 0, &key) ||
		    !entry_read(db, i + 1, 1, &value))
			return false;
		if (!is_deleted(db, i + 1))
			*stop = !callback(state, key, value);
	}
	return true;
}

/* All pages with entries, in the order of the file. */
static bool
db_each(void *opened, indexed_callback *callback, void *state,
    struct error *error)
{
	struct db *db = opened;
	bool stop = false;

	for (uint32_t i = 1; i <= db->last_page && !stop; i++) {
		if (!page_read(db, i))
			return indexed_damaged(error, "a page");
		unsigned kind = page_kind(db);
		bool entries = db->hash
		    ? kind == PAGE_HASH || kind == PAGE_HASH_UNSORTED
		    : kind == PAGE_LEAF;
		if (entries && !page_each(db, callback, state, &stop))
			return indexed_damaged(error, "an entry");
		if (i == UINT32_MAX)
			break;
	}
	return true;
}

const struct indexed_reader indexed_hash = {
	.suffix = ".db",
	.open = hash_open,
	.find = db_find,
	.each = db_each,
};

const struct indexed_reader indexed_btree = {
	.suffix = ".db",
	.open = btree_open,
	.find = db_find,
	.each = db_each,
};
