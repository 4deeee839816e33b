/*
 * flood.c - which clients cause so many log lines that only their number is
 * to be written.
 */
#include "serve/flood.h"

#include "base/hash.h"

#include <string.h>

static struct flood_set *
set_of(struct flood *flood, const struct address *client)
{
	struct str key = { (const char *)client->bytes, sizeof(*client) };

	return &flood->sets[hash_str(key, hash_seed()) % FLOOD_SETS];
}

static bool
set_enter(struct flood_set *set)
{
	return !atomic_exchange_explicit(&set->busy, true,
	    memory_order_acquire);
}

static void
set_leave(struct flood_set *set)
{
	atomic_store_explicit(&set->busy, false, memory_order_release);
}

/* A clock that was set back ends the time too. */
static bool
is_over(const struct flood_entry *entry, int64_t now)
{
	return now < entry->since || now - entry->since >= FLOOD_WINDOW;
}

/* The entry of a client, or the one that is forgotten for it. */
static struct flood_entry *
find_entry(struct flood_set *set, const struct address *client)
{
	struct flood_entry *oldest = &set->entries[0];

	for (size_t i = 0; i < FLOOD_WAYS; i++) {
		struct flood_entry *entry = &set->entries[i];

		if (entry->since != 0 &&
		    memcmp(&entry->client, client, sizeof(*client)) == 0)
			return entry;
		if (entry->since < oldest->since)
			oldest = entry;
	}
	return oldest;
}

/* Forgets an entry, and says how many lines it has kept back. */
static void
forget(struct flood *flood, struct flood_entry *entry, struct flood_sum *sum)
{
	if (entry->summed > 0) {
		atomic_fetch_sub(&flood->summing, 1);
		*sum = (struct flood_sum){ entry->client, entry->summed };
	}
	*entry = (struct flood_entry){ .since = 0 };
}

static bool
admit(struct flood *flood, struct flood_entry *entry,
    const struct address *client, int64_t now, struct flood_sum *forgotten)
{
	bool same = entry->since != 0 &&
	    memcmp(&entry->client, client, sizeof(*client)) == 0;

	if (!same || is_over(entry, now)) {
		forget(flood, entry, forgotten);
		entry->client = *client;
		entry->since = now;
	}
	if (entry->lines < FLOOD_LINES) {
		entry->lines++;
		return true;
	}
	if (entry->summed++ == 0)
		atomic_fetch_add(&flood->summing, 1);
	return false;
}

bool
flood_admit(struct flood *flood, const struct address *client, int64_t now,
    struct flood_sum *forgotten)
{
	struct flood_set *set = set_of(flood, client);

	*forgotten = (struct flood_sum){ .count = 0 };
	if (!set_enter(set))
		return true;
	bool admitted =
	    admit(flood, find_entry(set, client), client, now, forgotten);
	set_leave(set);
	return admitted;
}

/* Forgets one of a set's floods that are over. */
static bool
forget_one(struct flood *flood, struct flood_set *set, int64_t now,
    struct flood_sum *sum)
{
	*sum = (struct flood_sum){ .count = 0 };
	if (!set_enter(set))
		return false;
	for (size_t i = 0; i < FLOOD_WAYS && sum->count == 0; i++)
		if (set->entries[i].summed > 0 &&
		    is_over(&set->entries[i], now))
			forget(flood, &set->entries[i], sum);
	set_leave(set);
	return sum->count > 0;
}

bool
flood_next(struct flood *flood, int64_t now, size_t *set, struct flood_sum *sum)
{
	if (atomic_load(&flood->summing) == 0)
		return false;
	while (*set < FLOOD_SETS) {
		if (forget_one(flood, &flood->sets[*set], now, sum))
			return true;
		(*set)++;
	}
	return false;
}
