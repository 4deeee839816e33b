/*
 * log_ring.c - lines of the log between those who write them and the one who
 * takes them out.
 *
 * Each slot has a number that says whose turn it is. A slot whose number is
 * the position of the one who comes is free; one more, it is full; a whole
 * round more, it is free again.
 */
#include "base/log_ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool
log_ring_init(struct log_ring *ring, size_t slots)
{
	assert((slots & (slots - 1)) == 0);
	*ring = (struct log_ring){ .mask = slots - 1 };
	ring->slots = calloc(slots, sizeof(*ring->slots));
	if (ring->slots == NULL)
		return false;
	for (size_t i = 0; i < slots; i++)
		atomic_init(&ring->slots[i].turn, i);
	return true;
}

void
log_ring_free(struct log_ring *ring)
{
	free(ring->slots);
	ring->slots = NULL;
}

bool
log_ring_put(struct log_ring *ring, int64_t time, enum log_level level,
    enum log_format format, struct str line)
{
	size_t mine = atomic_load_explicit(&ring->put, memory_order_relaxed);
	struct log_slot *slot;

	for (;;) {
		slot = &ring->slots[mine & ring->mask];
		size_t turn =
		    atomic_load_explicit(&slot->turn, memory_order_acquire);

		if (turn == mine) {
			if (atomic_compare_exchange_weak_explicit(&ring->put,
				&mine, mine + 1, memory_order_relaxed,
				memory_order_relaxed))
				break;
		} else if ((ptrdiff_t)(turn - mine) < 0) {
			return false;
		} else {
			mine = atomic_load_explicit(&ring->put,
			    memory_order_relaxed);
		}
	}

	assert(line.length <= sizeof(slot->record.bytes));
	slot->record.time = time;
	slot->record.level = level;
	slot->record.format = format;
	slot->record.length = line.length;
	if (line.length > 0)
		memcpy(slot->record.bytes, line.data, line.length);
	atomic_store_explicit(&slot->turn, mine + 1, memory_order_release);
	return true;
}

const struct log_record *
log_ring_first(struct log_ring *ring)
{
	struct log_slot *slot = &ring->slots[ring->taken & ring->mask];
	size_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);

	return turn == ring->taken + 1 ? &slot->record : NULL;
}

void
log_ring_next(struct log_ring *ring)
{
	struct log_slot *slot = &ring->slots[ring->taken & ring->mask];

	atomic_store_explicit(&slot->turn, ring->taken + ring->mask + 1,
	    memory_order_release);
	ring->taken++;
}
