/*
 * slot.h - the policy in force, taken for one decision and put back.
 *
 * Any number of threads take and put without ever waiting; one thread sets.
 * A decision is made by one policy from its start to its end, and nothing of
 * a policy outlives the decision.
 */
#ifndef SERVE_SLOT_H
#define SERVE_SLOT_H

#include "policy/policy.h"

#include <stdatomic.h>
#include <stdint.h>

struct slot {
	_Atomic(struct policy *) policy;
	_Atomic uint64_t epoch;
	_Atomic uint64_t readers[2];
};

/* What slot_take() lends; to be given back by the same thread. */
struct slot_lease {
	const struct policy *policy;
	unsigned side;
};

struct slot_lease slot_take(struct slot *slot);
void slot_put(struct slot *slot, struct slot_lease lease);

/*
 * Puts another policy in force and returns the one before, once no decision
 * uses it any more; NULL the first time. Waits for decisions, which take
 * microseconds. By one thread at a time.
 */
struct policy *slot_set(struct slot *slot, struct policy *policy);

#endif
