/*
 * store.h - counters for limits: where charges go and what comes back.
 *
 * The policy server waits for a store in the state WAITING, at most
 * STORE_DEADLINE milliseconds; after that it answers without it.
 */
#ifndef SERVE_STORE_H
#define SERVE_STORE_H

#include "policy/decision.h"

#include <stddef.h>

enum {
	STORE_DEADLINE = 20,
};

struct store_answer {
	bool known; /* false: the store could not say */
	unsigned long counts[DECISION_CHARGES]; /* one a charge, with it */
};

typedef void store_done(void *pointer, const struct store_answer *answer);

struct store {
	void *state;
	/* Borrows the charges until done was called; done may be called
	 * before this returns, later from the loop, or after cancel never. */
	void (*charge)(void *state, const struct charge *charges, size_t count,
	    store_done *done, void *pointer);
	void (*cancel)(void *state, void *pointer);
};

#endif
