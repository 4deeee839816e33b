/*
 * said.h - loading a policy from a text, and all that was said about it.
 */
#ifndef TESTS_LIB_SAID_H
#define TESTS_LIB_SAID_H

#include "policy/policy.h"

struct said {
	struct arena *arena;
	struct policy *policy; /* NULL: the text was refused */
	char text[8192];       /* "p:2: warning: ...", a line each */
};

/*
 * Loads a policy from a text as if it were that of a file "p" in the working
 * directory, at the given time. Warnings that no grant covers the loopback
 * are left out, since few texts of a test have one.
 */
void said_load(struct said *said, const char *text, int64_t now);

/* Only the left out ones. */
void said_load_loopback(struct said *said, const char *text, int64_t now);

void said_free(struct said *said);

#endif
