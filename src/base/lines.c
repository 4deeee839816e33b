/*
 * lines.c - the lines of a text, one after the other, with their numbers.
 */
#include "base/lines.h"

struct lines
lines_of(struct str text)
{
	return (struct lines){ .rest = text };
}

bool
lines_next(struct lines *lines, struct str *line)
{
	if (lines->rest.length == 0)
		return false;
	str_cut(lines->rest, '\n', line, &lines->rest);
	if (line->length > 0 && line->data[line->length - 1] == '\r')
		line->length--;
	lines->number++;
	return true;
}
