/*
 * postfix_lines.c - the logical lines of main.cf, master.cf and tables.
 */
#include "mta/postfix_lines.h"

#include <string.h>

struct postfix_lines
postfix_lines_of(struct str text)
{
	return (struct postfix_lines){ .rest = text, .number = 1 };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Whether nothing of a physical line counts: it is empty or a comment. */
static bool
is_empty(struct str line)
{
	size_t at = 0;

	while (at < line.length && is_blank(line.data[at]))
		at++;
	return at == line.length || line.data[at] == '#';
}

static void
skip_line(struct postfix_lines *lines, struct str *line)
{
	str_cut(lines->rest, '\n', line, &lines->rest);
	lines->number++;
}

/*
 * Walks over the physical lines of the logical line at the start of lines,
 * and counts what to allocate, or fills it in if line is not NULL.
 */
static void
walk(struct postfix_lines *lines, struct postfix_line *line, char *text,
    struct postfix_piece *pieces, size_t *length, size_t *count)
{
	*length = 0;
	*count = 0;
	while (lines->rest.length > 0) {
		struct postfix_lines next = *lines;
		struct str physical;

		skip_line(&next, &physical);
		if (!is_empty(physical)) {
			if (*count > 0 && !is_blank(physical.data[0]))
				return;
			if (line != NULL) {
				memcpy(text + *length, physical.data,
				    physical.length);
				pieces[*count] =
				    (struct postfix_piece){ *length,
					    lines->number };
			}
			*length += physical.length;
			++*count;
		}
		*lines = next;
	}
}

enum postfix_line_result
postfix_lines_next(struct postfix_lines *lines, struct arena *arena,
    struct postfix_line *line)
{
	struct postfix_lines start = *lines;
	size_t length, count;

	walk(lines, NULL, NULL, NULL, &length, &count);
	if (count == 0)
		return POSTFIX_LINE_END;

	char *text = arena_alloc(arena, length + 1);
	struct postfix_piece *pieces =
	    arena_alloc(arena, count * sizeof(*pieces));
	walk(&start, line, text, pieces, &length, &count);
	line->text = (struct str){ text, length };
	line->pieces = pieces;
	line->piece_count = count;
	return is_blank(text[0]) ? POSTFIX_LINE_INDENTED : POSTFIX_LINE;
}

size_t
postfix_lines_count(struct str text)
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
postfix_line_number(const struct postfix_line *line, size_t offset)
{
	size_t piece = 0;

	while (piece + 1 < line->piece_count &&
	    line->pieces[piece + 1].offset <= offset)
		piece++;
	return line->pieces[piece].line;
}
