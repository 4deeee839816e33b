/*
 * str.c - text as a pointer and a length, borrowed and never changed.
 */
#include "base/str.h"

#include <string.h>
#include <strings.h>

bool
str_equal_nocase(struct str a, struct str b)
{
	return a.length == b.length &&
	    (a.length == 0 || strncasecmp(a.data, b.data, a.length) == 0);
}

bool
str_starts(struct str text, struct str start)
{
	return text.length >= start.length &&
	    str_equal(str_slice(text, 0, start.length), start);
}

bool
str_ends(struct str text, struct str end)
{
	return text.length >= end.length &&
	    str_equal(str_slice(text, text.length - end.length, text.length),
		end);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str text)
{
	while (text.length > 0 && is_blank(text.data[0])) {
		text.data++;
		text.length--;
	}
	while (text.length > 0 && is_blank(text.data[text.length - 1]))
		text.length--;
	return text;
}

static bool
cut_at(struct str text, const char *at, struct str *before, struct str *after)
{
	if (at == NULL) {
		*before = text;
		*after = str_slice(text, text.length, text.length);
		return false;
	}
	size_t length = (size_t)(at - text.data);
	*before = str_slice(text, 0, length);
	*after = str_slice(text, length + 1, text.length);
	return true;
}

bool
str_cut(struct str text, char separator, struct str *before, struct str *after)
{
	const char *at = NULL;

	if (text.length > 0)
		at = memchr(text.data, separator, text.length);
	return cut_at(text, at, before, after);
}

bool
str_cut_last(struct str text, char separator, struct str *before,
    struct str *after)
{
	const char *at = NULL;

	if (text.length > 0)
		at = memrchr(text.data, separator, text.length);
	return cut_at(text, at, before, after);
}

bool
str_number(struct str text, unsigned long limit, unsigned long *number)
{
	unsigned long value = 0;

	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		unsigned long digit = (unsigned long)(text.data[i] - '0');

		if (text.data[i] < '0' || text.data[i] > '9' || digit > limit ||
		    value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}
