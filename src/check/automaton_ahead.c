/*
 * automaton_ahead.c - look-aheads at the start of a regular expression.
 *
 * A machine cannot look ahead. But right after a ^ that every match begins
 * with, a look-ahead is a condition of its own for the whole text.
 */
#include "check/automaton.h"

#include "base/buf.h"
#include "check/automaton_bytes.h"

#include <string.h>

/* The last byte of brackets that begin at a place; the end: they have none. */
static size_t
brackets_end(struct str text, size_t at)
{
	struct automaton_bytes ignored = { { 0 } };
	struct str rest = str_slice(text, at, text.length);

	if (!automaton_bytes_brackets(&rest, false, false, &ignored))
		return text.length;
	return text.length - rest.length - 1;
}

/* Where a group that begins after at ends: its parenthesis, or the end. */
static size_t
group_end(struct str text, size_t at)
{
	unsigned depth = 0;

	for (; at < text.length; at++) {
		char c = text.data[at];

		if (c == '\\')
			at++;
		else if (c == '[')
			at = brackets_end(text, at);
		else if (c == '(')
			depth++;
		else if (c == ')' && depth-- == 0)
			break;
	}
	return at < text.length ? at : text.length;
}

static bool
has_choice(struct str text)
{
	unsigned depth = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == '[')
			i = brackets_end(text, i);
		else if (text.data[i] == '(')
			depth++;
		else if (text.data[i] == ')' && depth > 0)
			depth--;
		else if (text.data[i] == '|' && depth == 0)
			return true;
	}
	return false;
}

/* One after a look-ahead may mean that it is not asked at all. */
static bool
is_quantifier(char c)
{
	return c == '*' || c == '?' || c == '{' || c == '+';
}

/* Text, in which NUL may be, between two others. */
static struct str
enclose(struct arena *arena, const char *before, struct str text,
    const char *after)
{
	size_t capacity = strlen(before) + text.length + strlen(after);
	struct buf buf = {
		.data = arena_alloc(arena, capacity),
		.capacity = capacity,
	};

	buf_add(&buf, str_from(before));
	buf_add(&buf, text);
	buf_add(&buf, str_from(after));
	return buf_str(&buf);
}

bool
automaton_ahead(struct str *pattern, struct arena *arena, struct str *ahead,
    bool *refused)
{
	static const struct str wanted = STR_INIT("^(?=");
	static const struct str unwanted = STR_INIT("^(?!");
	struct str text = *pattern;
	size_t end;

	*refused = str_starts(text, unwanted);
	if ((!*refused && !str_starts(text, wanted)) || has_choice(text))
		return false;
	end = group_end(text, wanted.length);
	if (end == text.length ||
	    (end + 1 < text.length && is_quantifier(text.data[end + 1])))
		return false;
	*ahead =
	    enclose(arena, "^(?:", str_slice(text, wanted.length, end), ")");
	*pattern =
	    enclose(arena, "^", str_slice(text, end + 1, text.length), "");
	return true;
}
