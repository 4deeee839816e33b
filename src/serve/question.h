/*
 * question.h - what a connection asks the counter store.
 *
 * A decision borrows from its policy, and no policy may be held while a store
 * is waited for. So what is asked is copied.
 */
#ifndef SERVE_QUESTION_H
#define SERVE_QUESTION_H

#include "policy/decision.h"
#include "serve/store.h"

#include <stdbool.h>
#include <stddef.h>

struct question {
	struct charge charges[DECISION_CHARGES];
	size_t count;
	size_t used;
	char bytes[8 * 1024];
};

/* Copies the charges of a decision; false if they do not fit. */
bool question_fill(struct question *question, const struct decision *decision);

#endif
