/*
 * postfix_table_regexp.c - regexp: patterns of POSIX (regexp_table(5)).
 *
 * The system's library matches them, which knows no limit: so a pattern that
 * may take it long is not matched at all.
 */
#include "base/ascii.h"
#include "mta/postfix_regex.h"
#include "mta/postfix_rules.h"
#include "table/pattern.h"

#include <regex.h>
#include <string.h>

enum {
	/* A pattern or a key of more bytes is not matched. */
	PATTERN_MAX = 4096,
	KEY_MAX = 1024,
	/* The numbers in {n,m}, multiplied: so often parts are repeated. */
	REPEATS_MAX = 256,
	/* Of groups, each may be looked for in vain. */
	GROUPS_MAX = 30,
	/* What is no option of PCRE: basic instead of extended. */
	BASIC = 1 << 30,
};

struct posix {
	regex_t *code;
	regex_t *unless; /* NULL: there is none */
	bool unsafe;     /* we do not match it */
	bool has_dollar; /* the value */
	size_t group_count;
};

struct regexp {
	struct postfix_rules *rules;
};

/* One look-up: the key has a NUL behind it. */
struct search {
	struct str key;
};

static const struct postfix_regex_flag flags[] = {
	{ 'i', PATTERN_CASELESS },
	{ 'm', PATTERN_MULTILINE },
	{ 'x', BASIC },
};

static void
code_free(void *code)
{
	regfree(code);
}

/* Reads a number at at, and leaves at behind it; it grows no further. */
static unsigned long
number_read(struct str text, size_t *at)
{
	unsigned long number = 0;

	for (; *at < text.length && ascii_is_digit(text.data[*at]); ++*at)
		if (number <= REPEATS_MAX)
			number =
			    number * 10 + (unsigned long)(text.data[*at] - '0');
	return number;
}

/*
 * Whether the library may match it: with \1 or with parts that are repeated
 * many times it can take hours, and gigabytes.
 */
static bool
is_safe(struct str pattern)
{
	unsigned long repeats = 1;
	size_t groups = 0;

	if (pattern.length > PATTERN_MAX)
		return false;
	for (size_t at = 0; at + 1 < pattern.length; at++) {
		char c = pattern.data[at];

		groups += c == '(';
		if (c == '\\' && ascii_is_digit(pattern.data[at + 1]))
			return false;
		if (c != '{')
			continue;
		size_t end = at + 1;
		unsigned long number = number_read(pattern, &end);
		if (end < pattern.length && pattern.data[end] == ',') {
			end++;
			unsigned long most = number_read(pattern, &end);
			number = most > number ? most : number;
		}
		repeats *= number > 1 ? number : 1;
		if (repeats > REPEATS_MAX)
			return false;
	}
	return groups <= GROUPS_MAX;
}

static regex_t *
code_compile(struct str pattern, unsigned options, struct arena *arena,
    struct error *error)
{
	regex_t *code = arena_alloc(arena, sizeof(*code));
	struct str text = arena_copy(arena, pattern);
	int with = (options & BASIC) == 0 ? REG_EXTENDED : 0;

	if ((options & PATTERN_CASELESS) != 0)
		with |= REG_ICASE;
	if ((options & PATTERN_MULTILINE) != 0)
		with |= REG_NEWLINE;
	int status = regcomp(code, text.data, with);
	if (status != 0) {
		regerror(status, code, error->text, sizeof(error->text));
		return NULL;
	}
	arena_cleanup(arena, code_free, code);
	return code;
}

/* A second pattern, as in /a/!/b/: a but not b. */
static bool
unless_parse(struct postfix_rule *rule, struct str *text, struct arena *arena,
    struct error *error)
{
	struct posix *posix = rule->compiled;

	*text = str_slice(*text, 1, text->length);
	rule->unless_options = PATTERN_CASELESS;
	if (!postfix_regex_cut(text, &rule->unless, flags,
		sizeof(flags) / sizeof(flags[0]), &rule->unless_options, error))
		return false;
	if (!is_safe(rule->unless)) {
		posix->unsafe = true;
		return true;
	}
	posix->unless =
	    code_compile(rule->unless, rule->unless_options, arena, error);
	return posix->unless != NULL;
}

static bool
posix_parse(struct postfix_rule *rule, struct str *text, struct arena *arena,
    struct error *error)
{
	struct posix *posix = arena_alloc(arena, sizeof(*posix));

	rule->options = PATTERN_CASELESS;
	rule->compiled = posix;
	if (!postfix_regex_cut(text, &rule->bare, flags,
		sizeof(flags) / sizeof(flags[0]), &rule->options, error))
		return false;
	posix->unsafe = !is_safe(rule->bare);
	if (!posix->unsafe) {
		posix->code =
		    code_compile(rule->bare, rule->options, arena, error);
		if (posix->code == NULL)
			return false;
		posix->group_count = posix->code->re_nsub;
	}
	if (str_starts(*text, STR("!")))
		return unless_parse(rule, text, arena, error);
	return true;
}

static bool
posix_value(struct postfix_rule *rule, struct error *error)
{
	struct posix *posix = rule->compiled;
	unsigned greatest;

	if (!postfix_regex_value(rule->value, &greatest, &posix->has_dollar,
		error))
		return false;
	if (greatest > 0 && rule->negated)
		return error_set(error, "$%u after a negated pattern",
		    greatest);
	if (!posix->unsafe && greatest > posix->group_count)
		return error_set(error, "the pattern has no group $%u",
		    greatest);
	return true;
}

static const struct postfix_rule_kind regexp_rules = {
	.kind = POSTFIX_ENTRY_REGEX,
	.parse = posix_parse,
	.check = posix_value,
};

static void *
regexp_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	struct regexp *regexp = arena_alloc(build->arena, sizeof(*regexp));

	regexp->rules = postfix_rules_read(build, &regexp_rules, failure);
	return regexp->rules == NULL ? NULL : regexp;
}

static bool
matches(const regex_t *code, struct str key)
{
	return regexec(code, key.data, 0, NULL, 0) == 0;
}

static enum lookup
posix_holds(void *state, const struct postfix_rule *rule)
{
	const struct search *search = state;
	const struct posix *posix = rule->compiled;

	if (posix->unsafe || search->key.length > KEY_MAX)
		return LOOKUP_FAILED;
	if (matches(posix->code, search->key) == rule->negated)
		return LOOKUP_MISSING;
	if (posix->unless != NULL && matches(posix->unless, search->key))
		return LOOKUP_MISSING;
	return LOOKUP_FOUND;
}

/* The value with the groups of the pattern. */
static struct str
value_fill(const struct postfix_rule *rule, struct str key, struct arena *arena)
{
	const struct posix *posix = rule->compiled;
	regmatch_t spans[GROUPS_MAX + 1];
	struct str groups[GROUPS_MAX];

	for (size_t i = 0; i < GROUPS_MAX; i++)
		groups[i] = STR("");
	if (!rule->negated &&
	    regexec(posix->code, key.data, GROUPS_MAX + 1, spans, 0) == 0)
		for (size_t i = 0; i < posix->group_count; i++)
			if (spans[i + 1].rm_so >= 0)
				groups[i] =
				    str_slice(key, (size_t)spans[i + 1].rm_so,
					(size_t)spans[i + 1].rm_eo);
	return postfix_regex_fill(rule->value, groups, GROUPS_MAX, arena);
}

static void
regexp_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	const struct regexp *regexp = opened;
	struct search search = { .key = arena_copy(arena, key) };
	enum lookup result;
	const struct postfix_rule *rule =
	    postfix_rules_find(regexp->rules, posix_holds, &search, &result);

	if (rule == NULL)
		return;
	const struct posix *posix = rule->compiled;
	answer->key = rule->pattern;
	answer->place.line = rule->line;
	if (result == LOOKUP_FAILED) {
		answer->found = POSTFIX_UNKNOWN;
		answer->reason =
		    "to match the pattern may take too long: it has \\1, "
		    "is long, or repeats much; write it for pcre:";
		return;
	}
	answer->found = POSTFIX_FOUND;
	answer->value = rule->value;
	if (posix->has_dollar)
		answer->value = value_fill(rule, search.key, arena);
}

static enum postfix_found
regexp_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	const struct regexp *regexp = opened;

	*reason = NULL;
	postfix_rules_each(regexp->rules, true, callback, state);
	return POSTFIX_FOUND;
}

const struct postfix_table_kind postfix_table_regexp = {
	.type = "regexp",
	.open = regexp_open,
	.find = regexp_find,
	.each = regexp_each,
	.pattern = true,
};
