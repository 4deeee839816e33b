/*
 * problems.h - all that is wrong with what somebody wrote, each in its place.
 *
 * A reader of a file goes on after a mistake, so that one run tells them all.
 */
#ifndef BASE_PROBLEMS_H
#define BASE_PROBLEMS_H

#include "base/arena.h"
#include "base/place.h"

#include <stdbool.h>
#include <stdio.h>

enum problem_kind {
	PROBLEM_ERROR,   /* what was read must not be used */
	PROBLEM_WARNING, /* it can be used, and will surprise */
};

struct problem {
	const struct problem *next;
	enum problem_kind kind;
	struct place place;
	const char *text; /* no trailing full stop or newline */
};

struct problems {
	struct arena *arena; /* owns the texts and the names of the places */
	const struct problem *first;
	const struct problem **end;
	unsigned errors;
	unsigned warnings;
};

/* The arena outlives the problems. */
void problems_init(struct problems *problems, struct arena *arena);

/* False, so that a reader can say: return problems_error(...). */
bool problems_error(struct problems *problems, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void problems_warning(struct problems *problems, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Prints each as "file:line: text" or "file:line: warning: text". */
void problems_print(const struct problems *problems, FILE *stream);

#endif
