/*
 * flood.h - which clients cause so many log lines that only their number is
 * to be written.
 *
 * A table of a fixed size: of each client, the first FLOOD_LINES lines within
 * FLOOD_WINDOW seconds are admitted, and the others counted. When a client is
 * forgotten, because its time is over or for another one, its sum is told.
 *
 * Any number of threads; none ever waits. Where two meet at the same entries
 * the second is admitted: a line too many does no harm.
 */
#ifndef SERVE_FLOOD_H
#define SERVE_FLOOD_H

#include "base/netblock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FLOOD_LINES = 10,
	FLOOD_WINDOW = 60,
	FLOOD_SETS = 512,
	FLOOD_WAYS = 4,
};

struct flood_entry {
	struct address client;
	int64_t since;   /* the first line; 0: nobody's */
	unsigned lines;  /* admitted since then */
	unsigned summed; /* and not admitted */
};

struct flood_set {
	atomic_bool busy;
	struct flood_entry entries[FLOOD_WAYS];
};

/* All zero: empty. */
struct flood {
	_Atomic unsigned summing; /* entries with something summed */
	struct flood_set sets[FLOOD_SETS];
};

struct flood_sum {
	struct address client;
	unsigned count; /* 0: nothing is to be told */
};

/*
 * Counts a line about a client; whether it may be written. If a client had to
 * be forgotten for it, its sum is in forgotten.
 */
bool flood_admit(struct flood *flood, const struct address *client, int64_t now,
    struct flood_sum *forgotten);

/*
 * Finds the next flood whose time is over, from set number *set on, which
 * starts at 0 and is advanced; forgets it and gives its sum.
 */
bool flood_next(struct flood *flood, int64_t now, size_t *set,
    struct flood_sum *sum);

#endif
