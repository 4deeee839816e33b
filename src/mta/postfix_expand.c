/*
 * postfix_expand.c - what $name and its relatives in main.cf stand for.
 */
#include "mta/postfix_expand.h"

#include "base/ascii.h"

#include <string.h>

struct expansion {
	const struct postfix_names *names;
	struct arena *arena;
	struct error *error;
	char *data;
	size_t length;
	size_t capacity;
	unsigned steps;
	unsigned depth;
	bool beyond;
};

/* What stands behind the condition of ${name?...} or ${{x}==...}. */
struct choice {
	bool has_yes;
	bool has_no;
	struct str yes;
	struct str no;
};

static bool expand(struct expansion *expansion, struct str text);

static bool
append(struct expansion *expansion, struct str text)
{
	size_t wanted = expansion->length + text.length;

	if (wanted > POSTFIX_EXPAND_MAX) {
		expansion->beyond = true;
		return error_set(expansion->error,
		    "its expansion is longer than %d MiB",
		    POSTFIX_EXPAND_MAX >> 20);
	}
	if (wanted > expansion->capacity) {
		size_t capacity = wanted * 2 + 256;
		char *data = arena_alloc(expansion->arena, capacity);

		if (expansion->length > 0)
			memcpy(data, expansion->data, expansion->length);
		expansion->data = data;
		expansion->capacity = capacity;
	}
	if (text.length > 0)
		memcpy(expansion->data + expansion->length, text.data,
		    text.length);
	expansion->length = wanted;
	return true;
}

/*
 * Cuts a group off the start of text, which begins with an opening bracket:
 * what is inside, and what follows.
 */
static bool
cut_group(struct str text, char open, char close, struct str *inside,
    struct str *after)
{
	size_t level = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == open)
			level++;
		else if (text.data[i] == close && --level == 0) {
			*inside = str_slice(text, 1, i);
			*after = str_slice(text, i + 1, text.length);
			return true;
		}
	}
	return false;
}

/* Reads {text} or, up to the end, text alone. */
static bool
cut_payload(struct str *text, struct str *payload, bool *braced,
    struct error *error)
{
	struct str start = ascii_skip_space(*text);

	*braced = start.length > 0 && start.data[0] == '{';
	if (!*braced) {
		*payload = *text;
		*text = str_slice(*text, text->length, text->length);
		return true;
	}
	if (!cut_group(start, '{', '}', payload, text))
		return error_set(error,
		    "\"}\" is missing at \"" STR_FORMAT "\"", STR_ARGS(start));
	*text = ascii_skip_space(*text);
	return true;
}

/* Reads what follows the condition: nothing, ?a, :b, ?{a}:{b}, ?{a}:b. */
static bool
choice_read(struct str text, struct choice *choice, struct error *error)
{
	bool braced = true;

	*choice = (struct choice){ .has_yes = false };
	if (text.length > 0 && text.data[0] == '?') {
		text = str_slice(text, 1, text.length);
		choice->has_yes = true;
		if (!cut_payload(&text, &choice->yes, &braced, error))
			return false;
		if (text.length > 0 && text.data[0] != ':')
			return error_set(error,
			    "\":\" is expected at \"" STR_FORMAT "\"",
			    STR_ARGS(text));
	}
	if (text.length > 0 && text.data[0] == ':') {
		text = str_slice(text, 1, text.length);
		choice->has_no = true;
		if (!cut_payload(&text, &choice->no, &braced, error))
			return false;
	}
	if (text.length > 0)
		return error_set(error, "\"" STR_FORMAT "\" is unexpected",
		    STR_ARGS(text));
	return true;
}

static bool
choose(struct expansion *expansion, const struct choice *choice, bool yes)
{
	if (yes && choice->has_yes)
		return expand(expansion, choice->yes);
	if (!yes && choice->has_no)
		return expand(expansion, choice->no);
	return true;
}

/* Expands into a text apart: one side of a comparison. */
static bool
expand_apart(struct expansion *expansion, struct str text, struct str *result)
{
	struct expansion apart = *expansion;

	apart.data = NULL;
	apart.length = apart.capacity = 0;
	bool good = expand(&apart, text);
	expansion->steps = apart.steps;
	expansion->beyond = apart.beyond;
	if (!good)
		return false;
	*result = (struct str){ apart.data, apart.length };
	return true;
}

/* One number of a level, and what follows its dot. */
static bool
level_number(struct str *rest, unsigned long *number)
{
	struct str digits;
	bool more = str_cut(*rest, '.', &digits, rest);

	if (!str_number(digits, 0x7fffffff, number))
		return false;
	return !more || rest->length > 0;
}

static bool
level_read(struct str text, unsigned long numbers[3])
{
	struct str rest = str_trim(text);

	for (size_t i = 0; i < 3; i++) {
		numbers[i] = 0;
		if ((i == 0 || rest.length > 0) &&
		    !level_number(&rest, &numbers[i]))
			return false;
	}
	return rest.length == 0;
}

bool
postfix_level_compare(struct str a, struct str b, int *order)
{
	unsigned long x[3], y[3];

	if (!level_read(a, x) || !level_read(b, y))
		return false;
	*order = 0;
	for (size_t i = 0; i < 3 && *order == 0; i++)
		*order = x[i] < y[i] ? -1 : x[i] > y[i];
	return true;
}

/* Numbers are compared as numbers if both sides are nothing but digits. */
static int
text_compare(struct str a, struct str b)
{
	unsigned long x, y;

	if (str_number(a, ~0ul, &x) && str_number(b, ~0ul, &y))
		return x < y ? -1 : x > y;

	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
	if (order != 0)
		return order;
	return a.length < b.length ? -1 : a.length > b.length;
}

static const struct operator
{
	struct str name;
	bool less;
	bool equal;
	bool more;
}
operators[] = {
	{ STR_INIT("=="), false, true, false },
	{ STR_INIT("!="), true, false, true },
	{ STR_INIT("<="), true, true, false },
	{ STR_INIT(">="), false, true, true },
	{ STR_INIT("<"), true, false, false },
	{ STR_INIT(">"), false, false, true },
};

/* Reads an operator, which a group must follow. */
static const struct operator*
    operator_read(struct str *text, bool *level, struct error *error)
{
	static const size_t count = sizeof(operators) / sizeof(operators[0]);

	for (size_t i = 0; i < count; i++) {
		if (!str_starts(*text, operators[i].name))
			continue;
		*text =
		    str_slice(*text, operators[i].name.length, text->length);
		*level = str_starts(*text, STR("level"));
		if (*level)
			*text = str_slice(*text, 5, text->length);
		*text = ascii_skip_space(*text);
		if (text->length > 0 && text->data[0] == '{')
			return &operators[i];
		break;
	}
	error_write(error,
	    "an operator and {text} are expected at "
	    "\"" STR_FORMAT "\"",
	    STR_ARGS(*text));
	return NULL;
}

/* {x} op {y}, with what follows left in text. */
static bool
relation(struct expansion *expansion, struct str *text, bool *holds)
{
	struct str left, right;
	bool level;
	int order;

	if (!cut_group(*text, '{', '}', &left, text))
		return error_set(expansion->error, "\"}\" is missing");
	*text = ascii_skip_space(*text);
	const struct operator* operator=
	    operator_read(text, &level, expansion->error);
	if (operator== NULL)
		return false;
	if (!cut_group(*text, '{', '}', &right, text))
		return error_set(expansion->error, "\"}\" is missing");
	*text = ascii_skip_space(*text);
	if (!expand_apart(expansion, left, &left) ||
	    !expand_apart(expansion, right, &right))
		return false;
	left = str_trim(left);
	right = str_trim(right);
	if (!level)
		order = text_compare(left, right);
	else if (!postfix_level_compare(left, right, &order))
		return error_set(expansion->error,
		    "\"" STR_FORMAT "\" or \"" STR_FORMAT
		    "\" is no compatibility level",
		    STR_ARGS(left), STR_ARGS(right));
	*holds = order < 0 ? operator->less : order> 0
	    ?
	    operator->more : operator->equal;
	return true;
}

static bool
expand_relation(struct expansion *expansion, struct str text)
{
	struct choice choice;
	bool holds;

	if (!relation(expansion, &text, &holds) ||
	    !choice_read(text, &choice, expansion->error))
		return false;
	if (!choice.has_yes && !choice.has_no)
		return !holds || append(expansion, STR("true"));
	return choose(expansion, &choice, holds);
}

/* Adds the expanded value of a name, or what depends on it. */
static bool
expand_name(struct expansion *expansion, struct str name, struct str text)
{
	struct choice choice;
	struct str value = STR("");

	if (name.length == 0)
		return error_set(expansion->error, "a \"$\" without a name");
	if (!choice_read(text, &choice, expansion->error))
		return false;
	if (++expansion->steps > POSTFIX_EXPAND_STEPS) {
		expansion->beyond = true;
		return error_set(expansion->error,
		    "it refers to more than %d values", POSTFIX_EXPAND_STEPS);
	}
	expansion->names->find(expansion->names->state, name, &value);
	if (!choice.has_yes && !choice.has_no)
		return expand(expansion, value);
	/* Whether it is empty is asked of the text before its expansion. */
	return choose(expansion, &choice, value.length > 0);
}

/* ${...} or $(...), without the brackets. */
static bool
expand_group(struct expansion *expansion, struct str text)
{
	size_t length = 0;

	text = ascii_skip_space(text);
	if (text.length > 0 && text.data[0] == '{')
		return expand_relation(expansion, text);
	while (length < text.length && ascii_is_word(text.data[length]))
		length++;

	struct str name = str_slice(text, 0, length);
	struct str rest =
	    ascii_skip_space(str_slice(text, length, text.length));
	if (rest.length > 0 && rest.data[0] != '?' && rest.data[0] != ':')
		return error_set(expansion->error,
		    "\"" STR_FORMAT "\" is not part of a name", STR_ARGS(rest));
	return expand_name(expansion, name, rest);
}

/* What follows a dollar sign at the start of text; text moves behind it. */
static bool
expand_reference(struct expansion *expansion, struct str *text)
{
	struct str inside = STR("");
	size_t length = 0;
	char first = text->length > 0 ? text->data[0] : '\0';

	if (first == '$') {
		*text = str_slice(*text, 1, text->length);
		return append(expansion, STR("$"));
	}
	if (first == '{' || first == '(') {
		if (!cut_group(*text, first, first == '{' ? '}' : ')', &inside,
			text))
			return error_set(expansion->error,
			    "\"$" STR_FORMAT "\" does not end",
			    STR_ARGS(*text));
		return expand_group(expansion, inside);
	}
	while (length < text->length && ascii_is_word(text->data[length]))
		length++;
	struct str name = str_slice(*text, 0, length);
	*text = str_slice(*text, length, text->length);
	return expand_name(expansion, name, STR(""));
}

static bool
expand(struct expansion *expansion, struct str text)
{
	bool good = true;

	if (++expansion->depth > POSTFIX_EXPAND_DEPTH)
		return error_set(expansion->error,
		    "it refers to itself, or is nested too deeply");
	while (good && text.length > 0) {
		struct str literal;
		bool more = str_cut(text, '$', &literal, &text);

		good = append(expansion, literal) &&
		    (!more || expand_reference(expansion, &text));
	}
	expansion->depth--;
	return good;
}

bool
postfix_expand(struct str text, const struct postfix_names *names,
    struct arena *arena, struct str *expanded, bool *beyond,
    struct error *error)
{
	*beyond = false;
	*expanded = text;
	if (!str_has(text, '$'))
		return true;

	struct expansion expansion = {
		.names = names,
		.arena = arena,
		.error = error,
	};
	bool good = expand(&expansion, text);
	*beyond = expansion.beyond;
	*expanded = (struct str){ expansion.data, expansion.length };
	return good;
}
