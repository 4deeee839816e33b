/*
 * logical.h - the logical lines of Postfix: of main.cf, master.cf and tables.
 *
 * A line that begins with white space continues the one before. Empty lines
 * and comments are skipped wherever they stand, also inside a continued line
 * (Postfix src/util/readlline.c). Every byte keeps its place.
 */
#ifndef BASE_LOGICAL_H
#define BASE_LOGICAL_H

#include "base/arena.h"
#include "base/str.h"

#include <stddef.h>

/* From an offset of a logical line on, its text stands on this line. */
struct logical_piece {
	size_t offset;
	unsigned line;
};

struct logical_line {
	struct str text; /* without line ends; joined in the arena, or, of a
			  * single line, borrowed */
	unsigned number; /* of the line where it starts, from 1 */
	const struct logical_piece *pieces; /* that are joined to the first,
					     * ascending */
	size_t piece_count;
};

enum logical_result {
	LOGICAL_LINE,
	LOGICAL_INDENTED, /* blanks before a first line: Postfix warns and
			   * ignores it; the line has its place */
	LOGICAL_END,
};

struct logical_lines {
	struct str rest;
	unsigned number; /* of the line at the start of rest */
};

/* The text outlives the lines. */
struct logical_lines logical_lines_of(struct str text);

enum logical_result logical_lines_next(struct logical_lines *lines,
    struct arena *arena, struct logical_line *line);

/* At least the number of logical lines in text, for sizing an array. */
size_t logical_lines_count(struct str text);

/* The line on which a byte of the logical line stands. */
unsigned logical_line_number(const struct logical_line *line, size_t offset);

#endif
