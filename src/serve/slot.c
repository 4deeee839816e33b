/*
 * slot.c - the policy in force, taken for one decision and put back.
 *
 * Readers count themselves on one of two sides; the epoch says on which. The
 * one who sets changes the pointer, then the side, and waits until the old
 * side is empty: whoever took the old policy stands there. A reader looks at
 * the epoch again once it is counted, so that it never stands on a side that
 * nobody waits for any more. All is sequentially consistent: with anything
 * weaker, a reader could take the old pointer after the side was found empty.
 */
#include "serve/slot.h"

#include <assert.h>
#include <sched.h>

struct slot_lease
slot_take(struct slot *slot)
{
	for (;;) {
		uint64_t epoch = atomic_load(&slot->epoch);
		unsigned side = (unsigned)(epoch & 1);

		atomic_fetch_add(&slot->readers[side], 1);
		if (atomic_load(&slot->epoch) == epoch)
			return (struct slot_lease){
				.policy = atomic_load(&slot->policy),
				.side = side,
			};
		atomic_fetch_sub(&slot->readers[side], 1);
	}
}

void
slot_put(struct slot *slot, struct slot_lease lease)
{
	uint64_t before = atomic_fetch_sub(&slot->readers[lease.side], 1);

	assert(before > 0);
	(void)before;
}

struct policy *
slot_set(struct slot *slot, struct policy *policy)
{
	struct policy *old = atomic_exchange(&slot->policy, policy);
	uint64_t epoch = atomic_fetch_add(&slot->epoch, 1);

	while (atomic_load(&slot->readers[epoch & 1]) > 0)
		sched_yield();
	return old;
}
