/*
 * milter_capture.h - what an MTA once said to a milter, to be said again.
 *
 * Reads tests/data/milter-captures: one line a step, "[5] RCPT [<a@b>]", with
 * the macros that came before it on a line of their own.
 */
#ifndef TESTS_LIB_MILTER_CAPTURE_H
#define TESTS_LIB_MILTER_CAPTURE_H

#include "tests/lib/milter_client.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	MILTER_CAPTURE_WORDS = 8,
	MILTER_CAPTURE_MACROS = 24,
};

struct milter_step {
	unsigned session; /* the number in brackets; sessions may interleave */
	char command;     /* of the protocol: O C H M R A Q; others: 0 */
	char place;       /* a line of macros: the command they are for; or 0 */
	bool symbols;     /* O: the filter asked for macros by name */
	char family;      /* C */
	unsigned port;    /* C */
	const char
	    *words[MILTER_CAPTURE_WORDS]; /* NULL ends; C: host, address */
	struct milter_client_macro macros[MILTER_CAPTURE_MACROS];
};

struct milter_capture {
	struct milter_step *steps;
	size_t count;
	char *text; /* what the steps borrow */
};

/* False if the file cannot be read, or has a line that is not understood. */
bool milter_capture_read(const char *path, struct milter_capture *capture);
void milter_capture_free(struct milter_capture *capture);

#endif
