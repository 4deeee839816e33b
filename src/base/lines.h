/*
 * lines.h - the lines of a text, one after the other, with their numbers.
 */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include "base/str.h"

#include <stdbool.h>

struct lines {
	struct str rest;
	unsigned number; /* of the line that was returned last, from 1 */
};

struct lines lines_of(struct str text);

/* The next line without its end (LF or CRLF); false: there is none. */
bool lines_next(struct lines *lines, struct str *line);

#endif
