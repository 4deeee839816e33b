/*
 * child.h - ask another program: its answer, within a deadline.
 *
 * No shell, nothing of our environment, no terminal, its own process group:
 * when the time is over, it ends with all that it started. What it reads is
 * given at once, so it is never waited for.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct child {
	const char *program;          /* an absolute path */
	const char *const *arguments; /* after its name; ends in NULL */
	struct str input;             /* all that it reads */
	unsigned deadline;            /* in milliseconds */
	size_t limit;                 /* of output, and of errors, in bytes */
};

struct child_answer {
	struct str output; /* of standard output, in the arena */
	struct str errors; /* of standard error, in the arena */
	int status;        /* of its exit; 128 + the signal that ended it */
};

/*
 * Runs it to its end. False if it cannot be started, is not done in time, or
 * writes more than the limit; the error does not name the program.
 */
bool child_ask(const struct child *child, struct arena *arena,
    struct child_answer *answer, struct error *error);

#endif
