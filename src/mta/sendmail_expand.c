/*
 * sendmail_expand.c - what $x, ${name} and $?x ... $. in sendmail.cf stand
 * for (Sendmail macro.c, expand()).
 */
#include "mta/sendmail_cf.h"

#include "base/buf.h"

#include <string.h>

enum {
	DEPTH_MAX = 10, /* Sendmail's own is 10, too */
	CONDITIONS_MAX = 16,
	STEPS_MAX = 10000, /* macros followed: empty ones make no text */
};

struct expansion {
	const struct sendmail_cf *cf;
	const struct sendmail_line *before;
	const struct sendmail_names *names;
	struct buf *out;
	unsigned *steps;
};

/* The conditionals that are open; off says how many of them are false. */
struct conditions {
	bool taken[CONDITIONS_MAX];
	unsigned depth;
};

static bool
find_macro(const struct expansion *expansion, struct str name,
    struct str *value)
{
	const struct sendmail_cf *cf = expansion->cf;
	size_t end = expansion->before != NULL
	    ? (size_t)(expansion->before - cf->lines)
	    : cf->count;

	for (size_t i = end; i > 0; i--) {
		const struct sendmail_line *line = &cf->lines[i - 1];

		if (line->kind != 'D' || !str_equal(line->name, name))
			continue;
		*value = line->value;
		return true;
	}
	return expansion->names != NULL &&
	    expansion->names->find(expansion->names->state, name, value);
}

/* Takes the name after a dollar sign; false: there is none. */
static bool
take_macro(struct str *rest, struct str *name)
{
	struct str after;

	if (rest->length == 0)
		return false;
	if (rest->data[0] != '{') {
		*name = str_slice(*rest, 0, 1);
		*rest = str_slice(*rest, 1, rest->length);
		return true;
	}
	if (!str_cut(str_slice(*rest, 1, rest->length), '}', name, &after))
		return false;
	*rest = after;
	return true;
}

static bool
is_shown(const struct conditions *conditions)
{
	for (unsigned i = 0; i < conditions->depth; i++)
		if (!conditions->taken[i])
			return false;
	return true;
}

/* $?x, $| and $.; false: it is none of them, or there are too many. */
static bool
take_condition(const struct expansion *expansion, char sign, struct str *rest,
    struct conditions *conditions)
{
	struct str name, value;

	switch (sign) {
	case '?':
		if (conditions->depth == CONDITIONS_MAX ||
		    !take_macro(rest, &name))
			return false;
		conditions->taken[conditions->depth++] =
		    find_macro(expansion, name, &value) && value.length > 0;
		return true;
	case '|':
		if (conditions->depth == 0)
			return false;
		conditions->taken[conditions->depth - 1] ^= true;
		return true;
	case '.':
		if (conditions->depth == 0)
			return false;
		conditions->depth--;
		return true;
	default:
		return false;
	}
}

static bool expand(const struct expansion *expansion, struct str text,
    unsigned depth);

/* What follows a dollar sign. */
static bool
expand_macro(const struct expansion *expansion, struct str *rest,
    struct conditions *conditions, unsigned depth)
{
	struct str name, value;

	if (rest->length == 0)
		return true;
	char sign = rest->data[0];
	if (memchr("?|.", sign, 3) != NULL) {
		*rest = str_slice(*rest, 1, rest->length);
		return take_condition(expansion, sign, rest, conditions);
	}
	/* A class stays as it is: whoever reads the line copies it. */
	if (sign == '=') {
		buf_add(expansion->out, STR("$="));
		*rest = str_slice(*rest, 1, rest->length);
		return true;
	}
	if (sign == '$') {
		buf_add_char(expansion->out, '$');
		*rest = str_slice(*rest, 1, rest->length);
		return true;
	}
	if (!take_macro(rest, &name))
		return false;
	if (!is_shown(conditions))
		return true;
	return find_macro(expansion, name, &value) &&
	    expand(expansion, value, depth + 1);
}

static bool
expand(const struct expansion *expansion, struct str text, unsigned depth)
{
	struct conditions conditions = { .depth = 0 };

	if (depth > DEPTH_MAX || ++*expansion->steps > STEPS_MAX)
		return false;
	while (text.length > 0) {
		char c = text.data[0];

		text = str_slice(text, 1, text.length);
		if (c == '$') {
			if (!expand_macro(expansion, &text, &conditions, depth))
				return false;
		} else if (is_shown(&conditions)) {
			buf_add_char(expansion->out, c);
		}
		if (expansion->out->full)
			return false;
	}
	return true;
}

bool
sendmail_cf_expand(const struct sendmail_cf *cf,
    const struct sendmail_line *before, const struct sendmail_names *names,
    struct str text, struct arena *arena, struct str *expanded)
{
	char bytes[SENDMAIL_EXPAND_MAX];
	struct buf out = BUF(bytes);
	unsigned steps = 0;
	const struct expansion expansion = { cf, before, names, &out, &steps };

	*expanded = text;
	if (text.length == 0 || !str_has(text, '$'))
		return true;
	if (!expand(&expansion, text, 0))
		return false;
	*expanded = arena_copy(arena, buf_str(&out));
	return true;
}
