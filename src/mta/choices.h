/*
 * choices.h - what nobody knows, tried one way after the other.
 *
 * An evaluation that comes to something unknown takes one of its possible
 * answers and goes on. It is then done again with another one, as long as
 * choices_next() says so. What all these runs agree in is known after all.
 */
#ifndef MTA_CHOICES_H
#define MTA_CHOICES_H

#include "base/place.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	CHOICES_MAX = 24,   /* in one run; beyond, the first answer is taken */
	CHOICES_RUNS = 512, /* then it is given up */
};

/* One thing that is unknown. */
struct choice {
	const void *what; /* with key, so that one question asked twice in a
			   * run has one answer; NULL: each time another */
	struct str key;
	const char *reason; /* why, and what would make it known */
	struct place place;
	unsigned options; /* possible answers, from 0 */
};

struct choices {
	struct choice asked[CHOICES_MAX];
	unsigned taken[CHOICES_MAX];
	size_t count;    /* asked in this run */
	size_t scripted; /* of which the answers are given */
	unsigned runs;
	bool incomplete; /* not all runs could be made */
};

/* Takes an answer, less than choice->options. The key outlives the run. */
unsigned choices_take(struct choices *choices, const struct choice *choice);

/* Prepares the next run; false: all answers have been tried. */
bool choices_next(struct choices *choices);

#endif
