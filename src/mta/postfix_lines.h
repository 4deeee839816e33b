/*
 * postfix_lines.h - the logical lines of main.cf, master.cf and tables.
 *
 * A line that begins with white space continues the one before. Empty lines
 * and comments are skipped wherever they stand, also inside a continued line
 * (Postfix src/util/readlline.c). Every byte keeps its place.
 */
#ifndef MTA_POSTFIX_LINES_H
#define MTA_POSTFIX_LINES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/place.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* From an offset of a logical line on, its text stands on this line. */
struct postfix_piece {
	size_t offset;
	unsigned line;
};

struct postfix_line {
	struct str text; /* joined, without line ends; owned by the arena */
	const struct postfix_piece *pieces; /* ascending; the first at 0 */
	size_t piece_count;
};

enum postfix_line_result {
	POSTFIX_LINE,
	POSTFIX_LINE_INDENTED, /* blanks before a first line: Postfix warns
	                        * and ignores it; the line has its place */
	POSTFIX_LINE_END,
};

struct postfix_lines {
	struct str rest;
	unsigned number; /* of the physical line at the start of rest */
};

struct postfix_lines postfix_lines_of(struct str text);

enum postfix_line_result postfix_lines_next(struct postfix_lines *lines,
    struct arena *arena, struct postfix_line *line);

/* At least the number of logical lines in text, for sizing an array. */
size_t postfix_lines_count(struct str text);

/* The physical line on which a byte of the logical line stands. */
unsigned postfix_line_number(const struct postfix_line *line, size_t offset);

#endif
