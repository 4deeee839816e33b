/*
 * names.c - a set of names, and the walk from a domain to its parents.
 */
#include "table/names.h"

#include "base/hash.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum {
	LENGTH_BYTES = 2, /* before each name in the texts */
	EMPTY = 0,        /* no name starts at offset 0 */
};

/*
 * Half of the hash chooses the slot, the other half stands in it, so that a
 * slot of another name is passed by without a look at its text.
 */
struct slot {
	uint32_t tag;
	uint32_t offset; /* of the name in texts */
};

struct names {
	uint64_t seed;
	struct slot *slots;
	uint8_t *texts;
	uint32_t slot_count;
	uint32_t used;     /* bytes of texts */
	uint32_t capacity; /* likewise */
	bool subdomains;
	bool addresses;
};

struct names *
names_new(size_t count, size_t bytes, struct arena *arena, struct error *error)
{
	/* Four of five slots are taken at most. */
	size_t slots = count + count / 4 + 1;
	size_t capacity = bytes + count * LENGTH_BYTES + 1;

	if (slots > UINT32_MAX || capacity > UINT32_MAX) {
		error_write(error, "more than 4 GiB of names");
		return NULL;
	}
	struct names *names = arena_try(arena, sizeof(*names), error);
	if (names == NULL)
		return NULL;
	names->slots = arena_try(arena, slots * sizeof(struct slot), error);
	if (names->slots == NULL)
		return NULL;
	names->texts = arena_try(arena, capacity, error);
	if (names->texts == NULL)
		return NULL;
	names->seed = hash_seed();
	names->slot_count = (uint32_t)slots;
	names->capacity = (uint32_t)capacity;
	names->used = 1;
	return names;
}

static struct str
name_at(const struct names *names, uint32_t offset)
{
	const uint8_t *text = names->texts + offset;
	size_t length = (size_t)(text[0] << 8 | text[1]);

	return (struct str){ (const char *)text + LENGTH_BYTES, length };
}

/* The slot that a name stands in, or the empty one where it would go. */
static struct slot *
slot_find(const struct names *names, struct str name, uint64_t hash)
{
	uint32_t tag = (uint32_t)hash;
	uint32_t at = (uint32_t)((hash >> 32) * names->slot_count >> 32);

	for (;;) {
		struct slot *slot = &names->slots[at];

		if (slot->offset == EMPTY ||
		    (slot->tag == tag &&
			str_equal(name_at(names, slot->offset), name)))
			return slot;
		if (++at == names->slot_count)
			at = 0;
	}
}

void
names_add(struct names *names, struct str name)
{
	uint64_t hash = hash_str(name, names->seed);
	struct slot *slot = slot_find(names, name, hash);

	if (slot->offset != EMPTY)
		return;
	assert(name.length <= NAMES_LONGEST &&
	    names->capacity - names->used >= name.length + LENGTH_BYTES);
	uint8_t *text = names->texts + names->used;
	text[0] = (uint8_t)(name.length >> 8);
	text[1] = (uint8_t)name.length;
	if (name.length > 0)
		memcpy(text + LENGTH_BYTES, name.data, name.length);
	slot->tag = (uint32_t)hash;
	slot->offset = names->used;
	names->used += (uint32_t)name.length + LENGTH_BYTES;
	if (str_starts(name, STR(".")))
		names->subdomains = true;
	else if (name.length > 0 && memchr(name.data, '@', name.length) != NULL)
		names->addresses = true;
}

bool
names_find(const struct names *names, struct str name, struct str *found)
{
	const struct slot *slot =
	    slot_find(names, name, hash_str(name, names->seed));

	if (slot->offset == EMPTY)
		return false;
	if (found != NULL)
		*found = name_at(names, slot->offset);
	return true;
}

bool
names_find_domain(const struct names *names, struct str domain,
    struct str *found)
{
	if (names_find(names, domain, found))
		return true;
	if (!names->subdomains)
		return false;
	for (size_t i = 1; i < domain.length; i++)
		if (domain.data[i] == '.' &&
		    names_find(names, str_slice(domain, i, domain.length),
			found))
			return true;
	return false;
}

bool
names_have_addresses(const struct names *names)
{
	return names->addresses;
}
