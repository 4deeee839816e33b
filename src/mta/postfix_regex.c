/*
 * postfix_regex.c - what the rules of pcre: and regexp: have in common.
 */
#include "mta/postfix_regex.h"

#include "base/ascii.h"

#include <string.h>

static bool
pattern_cut(struct str *text, struct str *pattern, struct error *error)
{
	struct str rest = *text;

	if (rest.length == 0 || ascii_is_space(rest.data[0]) ||
	    (ascii_is_word(rest.data[0]) && rest.data[0] != '_'))
		return error_set(error, "no /pattern/");
	for (size_t at = 1; at < rest.length; at++) {
		if (rest.data[at] == '\\') {
			at++;
			continue;
		}
		if (rest.data[at] != rest.data[0])
			continue;
		*pattern = str_slice(rest, 1, at);
		*text = str_slice(rest, at + 1, rest.length);
		return true;
	}
	return error_set(error, "no \"%c\" at the end of the pattern",
	    rest.data[0]);
}

bool
postfix_regex_cut(struct str *text, struct str *pattern,
    const struct postfix_regex_flag *flags, size_t flag_count,
    unsigned *options, struct error *error)
{
	if (!pattern_cut(text, pattern, error))
		return false;
	while (text->length > 0 && !ascii_is_space(text->data[0]) &&
	    text->data[0] != '!') {
		size_t i = 0;

		while (i < flag_count && flags[i].letter != text->data[0])
			i++;
		if (i == flag_count)
			return error_set(error, "unknown flag \"%c\"",
			    text->data[0]);
		*options ^= flags[i].option;
		*text = str_slice(*text, 1, text->length);
	}
	return true;
}

/* What stands at a "$": an index of a group, or a dollar sign. */
struct reference {
	struct str name;
	size_t length; /* with all around the name */
	bool dollar;
};

static bool
reference_read(struct str text, struct reference *reference,
    struct error *error)
{
	struct str rest = str_slice(text, 1, text.length);
	char close = '\0';

	*reference = (struct reference){ .length = 2 };
	reference->dollar = str_starts(rest, STR("$"));
	if (reference->dollar)
		return true;
	if (str_starts(rest, STR("{")))
		close = '}';
	else if (str_starts(rest, STR("(")))
		close = ')';
	if (close != '\0') {
		struct str inside = str_slice(rest, 1, rest.length), after;

		if (!str_cut(inside, close, &reference->name, &after))
			return error_set(error, "\"$\" without its \"%c\"",
			    close);
		reference->length = reference->name.length + 3;
		return true;
	}
	while (reference->name.length < rest.length &&
	    ascii_is_word(rest.data[reference->name.length]))
		reference->name =
		    str_slice(rest, 0, reference->name.length + 1);
	reference->length = reference->name.length + 1;
	return true;
}

/* Whether a "$" is at the start of value; else leaves it at the next. */
static bool
value_next(struct str *value, struct str *before)
{
	const char *at = NULL;

	if (value->length > 0)
		at = memchr(value->data, '$', value->length);
	size_t length = at == NULL ? value->length : (size_t)(at - value->data);
	*before = str_slice(*value, 0, length);
	*value = str_slice(*value, length, value->length);
	return at != NULL;
}

bool
postfix_regex_value(struct str value, unsigned *greatest, bool *has_dollar,
    struct error *error)
{
	struct str before;
	unsigned long index;
	bool found = false;

	*greatest = 0;
	for (; value_next(&value, &before); found = true) {
		struct reference reference;

		if (!reference_read(value, &reference, error))
			return false;
		value = str_slice(value, reference.length, value.length);
		if (reference.dollar)
			continue;
		if (!str_number(reference.name, 1000000, &index) || index == 0)
			return error_set(error,
			    "\"" STR_FORMAT "\" after $ is not a group",
			    STR_ARGS(reference.name));
		if (index > *greatest)
			*greatest = (unsigned)index;
	}
	if (has_dollar != NULL)
		*has_dollar = found;
	return true;
}

/* Writes the filled value, or measures it with bytes NULL. */
static size_t
fill(struct str value, const struct str *groups, size_t group_count,
    char *bytes)
{
	struct str before;
	size_t length = 0;
	bool more;

	do {
		struct reference reference;
		struct str piece = STR("$");
		unsigned long index;
		struct error ignored;

		more = value_next(&value, &before);
		if (bytes != NULL && before.length > 0)
			memcpy(bytes + length, before.data, before.length);
		length += before.length;
		if (!more || !reference_read(value, &reference, &ignored))
			break;
		value = str_slice(value, reference.length, value.length);
		if (!reference.dollar &&
		    str_number(reference.name, group_count, &index) &&
		    index > 0)
			piece = groups[index - 1];
		if (bytes != NULL && piece.length > 0)
			memcpy(bytes + length, piece.data, piece.length);
		length += piece.length;
	} while (more);
	return length;
}

struct str
postfix_regex_fill(struct str value, const struct str *groups,
    size_t group_count, struct arena *arena)
{
	size_t length = fill(value, groups, group_count, NULL);
	char *bytes = arena_alloc(arena, length);

	fill(value, groups, group_count, bytes);
	return (struct str){ bytes, length };
}
