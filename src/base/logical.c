/*
 * logical.c - the logical lines of Postfix: of main.cf, master.cf and tables.
 */
#include "base/logical.h"

#include <string.h>

struct logical_lines
logical_lines_of(struct str text)
{
	return (struct logical_lines){ .rest = text, .number = 1 };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Whether nothing of a line counts: it is empty or a comment. */
static bool
is_empty(struct str line)
{
	size_t at = 0;

	while (at < line.length && is_blank(line.data[at]))
		at++;
	return at == line.length || line.data[at] == '#';
}

/* Takes the next line that counts; false: there is none. */
static bool
line_take(struct logical_lines *lines, struct str *line, unsigned *number)
{
	while (lines->rest.length > 0) {
		str_cut(lines->rest, '\n', line, &lines->rest);
		*number = lines->number++;
		if (!is_empty(*line))
			return true;
	}
	return false;
}

/* The same, if it goes on with the one before. */
static bool
line_continues(struct logical_lines *lines, struct str *line, unsigned *number)
{
	struct logical_lines next = *lines;

	if (!line_take(&next, line, number) || !is_blank(line->data[0]))
		return false;
	*lines = next;
	return true;
}

/* Joins as many pieces to a line as were counted. */
static void
line_join(struct logical_lines lines, struct arena *arena, size_t count,
    size_t length, struct logical_line *line)
{
	char *text = arena_alloc(arena, length);
	struct logical_piece *pieces =
	    arena_alloc(arena, count * sizeof(*pieces));
	size_t offset = line->text.length;
	struct str more;

	memcpy(text, line->text.data, offset);
	for (size_t i = 0; i < count; i++) {
		line_continues(&lines, &more, &pieces[i].line);
		pieces[i].offset = offset;
		memcpy(text + offset, more.data, more.length);
		offset += more.length;
	}
	line->text = (struct str){ text, length };
	line->pieces = pieces;
	line->piece_count = count;
}

enum logical_result
logical_lines_next(struct logical_lines *lines, struct arena *arena,
    struct logical_line *line)
{
	size_t length, count = 0;
	unsigned number;
	struct str more;

	*line = (struct logical_line){ .number = 0 };
	if (!line_take(lines, &line->text, &line->number))
		return LOGICAL_END;
	struct logical_lines start = *lines;
	length = line->text.length;
	for (; line_continues(lines, &more, &number); count++)
		length += more.length;
	if (count > 0)
		line_join(start, arena, count, length, line);
	return is_blank(line->text.data[0]) ? LOGICAL_INDENTED : LOGICAL_LINE;
}

size_t
logical_lines_count(struct str text)
{
	size_t count = 1;
	struct str line;

	while (text.length > 0) {
		str_cut(text, '\n', &line, &text);
		count += !is_empty(line) && !is_blank(line.data[0]);
	}
	return count;
}

unsigned
logical_line_number(const struct logical_line *line, size_t offset)
{
	size_t low = 0, high = line->piece_count;

	/* Pieces below low start at the offset or before; from high on,
	 * behind it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (line->pieces[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? line->number : line->pieces[low - 1].line;
}
