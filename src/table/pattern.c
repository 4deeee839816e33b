/*
 * pattern.c - regular expressions, of which none can take long.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "table/pattern.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	/* The defaults of PCRE2 would let one match take 93 ms. */
	MATCH_LIMIT = 10 * 1000,
	DEPTH_LIMIT = 1000,
	HEAP_LIMIT_KIB = 256,
	/* Of a longer pattern, messages show the start: what is wrong with
	 * it must find room behind it. */
	SHOWN = 80,
};

#define SHOWN_FORMAT "\"" STR_FORMAT "%s\""
#define SHOWN_ARGS(text) \
	STR_ARGS(shown(text)), (text).length > SHOWN ? "..." : ""

struct pattern {
	pcre2_code *code;
	bool compiled; /* to machine code */
};

struct pattern_scratch {
	pcre2_match_data *data;
	pcre2_match_data *groups; /* made when first asked for */
	pcre2_match_context *limits;
};

struct pattern_flag {
	char letter;
	enum pattern_option option;
};

/* The flags of pcre_table(5) that PCRE2 still has, and we want. */
static const struct pattern_flag flags[] = {
	{ .letter = 'i', .option = PATTERN_CASELESS },
	{ .letter = 'm', .option = PATTERN_MULTILINE },
	{ .letter = 's', .option = PATTERN_DOTALL },
	{ .letter = 'x', .option = PATTERN_EXTENDED },
	{ .letter = 'A', .option = PATTERN_ANCHORED },
	{ .letter = 'E' }, /* always on */
	{ .letter = 'U', .option = PATTERN_UNGREEDY },
};

struct pattern_switch {
	enum pattern_option option;
	uint32_t switches; /* of PCRE2 */
};

/* clang-format off */
static const struct pattern_switch switches[] = {
	{ .option = PATTERN_CASELESS, .switches = PCRE2_CASELESS },
	{ .option = PATTERN_MULTILINE, .switches = PCRE2_MULTILINE },
	{ .option = PATTERN_DOTALL, .switches = PCRE2_DOTALL },
	{ .option = PATTERN_EXTENDED, .switches = PCRE2_EXTENDED },
	{ .option = PATTERN_ANCHORED, .switches = PCRE2_ANCHORED },
	{ .option = PATTERN_UNGREEDY, .switches = PCRE2_UNGREEDY },
	{ .option = PATTERN_WHOLE,
	    .switches = PCRE2_ANCHORED | PCRE2_ENDANCHORED },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct str
shown(struct str text)
{
	return str_slice(text, 0, text.length < SHOWN ? text.length : SHOWN);
}

static void *
checked(void *pointer)
{
	if (pointer != NULL)
		return pointer;
	fprintf(stderr, "mtaguard: no memory to match patterns\n");
	abort();
}

struct pattern_scratch *
pattern_scratch_new(void)
{
	struct pattern_scratch *scratch = checked(malloc(sizeof(*scratch)));

	/* One pair of offsets: of a decision, nobody asks for the groups. */
	scratch->data = checked(pcre2_match_data_create(1, NULL));
	scratch->groups = NULL;
	scratch->limits = checked(pcre2_match_context_create(NULL));
	pcre2_set_match_limit(scratch->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(scratch->limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(scratch->limits, HEAP_LIMIT_KIB);
	return scratch;
}

void
pattern_scratch_free(struct pattern_scratch *scratch)
{
	if (scratch == NULL)
		return;
	pcre2_match_context_free(scratch->limits);
	pcre2_match_data_free(scratch->groups);
	pcre2_match_data_free(scratch->data);
	free(scratch);
}

static bool
is_delimiter(char c)
{
	return c > ' ' && c < 0x7f && c != '\\' && !(c >= '0' && c <= '9') &&
	    !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool
pattern_cut(struct str *text, struct str *pattern, struct error *error)
{
	struct str rest = *text;

	if (rest.length == 0 || !is_delimiter(rest.data[0]))
		return error_set(error, "\"" STR_FORMAT "\" is not a /pattern/",
		    STR_ARGS(rest));
	for (size_t i = 1; i < rest.length; i++) {
		if (rest.data[i] == rest.data[0]) {
			*pattern = str_slice(rest, 1, i);
			*text = str_slice(rest, i + 1, rest.length);
			return true;
		}
		if (rest.data[i] == '\\')
			i++;
	}
	return error_set(error,
	    "no \"%c\" at the end of the pattern " STR_FORMAT, rest.data[0],
	    STR_ARGS(rest));
}

bool
pattern_flags(struct str *text, unsigned *options, struct error *error)
{
	size_t at = 0;

	for (; at < text->length; at++) {
		char letter = text->data[at];
		size_t i = 0;

		if (letter == ' ' || letter == '\t' || letter == '\r')
			break;
		while (i < COUNT(flags) && flags[i].letter != letter)
			i++;
		if (i == COUNT(flags))
			return error_set(error,
			    "unknown flag in \"" STR_FORMAT
			    "\" after a pattern; known are i m s x A E U",
			    STR_ARGS(*text));
		*options ^= flags[i].option;
	}
	*text = str_trim(str_slice(*text, at, text->length));
	return true;
}

/* Whether what ends in "$" ends in an anchor: not in "\$". */
static bool
ends_anchored(struct str text)
{
	size_t backslashes = 0;

	if (!str_ends(text, STR("$")))
		return false;
	while (backslashes + 1 < text.length &&
	    text.data[text.length - 2 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 0;
}

/*
 * PCRE2 is told to anchor it in any case. But the writer must have meant it:
 * elsewhere, without the anchors, the same pattern would list more.
 */
static bool
anchors_check(struct str text, unsigned options, struct error *error)
{
	if (text.length == 0)
		return error_set(error, "an empty pattern would match all");
	if ((options & PATTERN_WHOLE) == 0)
		return true;
	if (!str_starts(text, STR("^")) || !ends_anchored(text))
		return error_set(error,
		    "pattern " SHOWN_FORMAT " would match a part: it must "
		    "begin with ^ and end with $, as in ^(a|b)@example\\.com$",
		    SHOWN_ARGS(text));
	if ((options & PATTERN_MULTILINE) != 0)
		return error_set(error,
		    "flag m in pattern " SHOWN_FORMAT
		    ": ^ and $ would match inside",
		    SHOWN_ARGS(text));
	return true;
}

static void *
arena_provide(size_t size, void *arena)
{
	struct error ignored; /* PCRE2 tells of it in its own way */

	return arena_try(arena, size, &ignored);
}

/* The arena frees all at once. */
static void
arena_keep(void *pointer, void *arena)
{
	(void)pointer;
	(void)arena;
}

static void
code_free(void *code)
{
	pcre2_code_free(code);
}

static pcre2_code *
code_compile(struct str text, uint32_t with, struct arena *arena,
    struct error *error)
{
	pcre2_general_context *memory =
	    pcre2_general_context_create(arena_provide, arena_keep, arena);
	pcre2_compile_context *context =
	    memory == NULL ? NULL : pcre2_compile_context_create(memory);
	PCRE2_SIZE offset = 0;
	int status = PCRE2_ERROR_NOMEMORY;
	pcre2_code *code = NULL;

	if (context != NULL)
		code = pcre2_compile((PCRE2_SPTR)text.data, text.length, with,
		    &status, &offset, context);
	if (code == NULL) {
		char why[120];

		pcre2_get_error_message(status, (PCRE2_UCHAR *)why,
		    sizeof(why));
		error_write(error,
		    "pattern " SHOWN_FORMAT ", after byte %zu: %s",
		    SHOWN_ARGS(text), offset, why);
	}
	return code;
}

const struct pattern *
pattern_compile(struct str text, unsigned options, struct arena *arena,
    struct error *error)
{
	uint32_t with =
	    PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C;

	if (!anchors_check(text, options, error))
		return NULL;
	for (size_t i = 0; i < COUNT(switches); i++)
		if ((options & switches[i].option) != 0)
			with |= switches[i].switches;
	struct pattern *pattern = arena_try(arena, sizeof(*pattern), error);
	if (pattern == NULL)
		return NULL;
	pattern->code = code_compile(text, with, arena, error);
	if (pattern->code == NULL)
		return NULL;
	/* Where memory may not become code, it is interpreted instead. */
	pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	size_t size = 0;
	pcre2_pattern_info(pattern->code, PCRE2_INFO_JITSIZE, &size);
	pattern->compiled = size > 0;
	arena_cleanup(arena, code_free, pattern->code);
	return pattern;
}

static inline enum lookup
match(const struct pattern *pattern, struct str text, pcre2_match_data *data,
    pcre2_match_context *limits)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)text.data;
	int status;

	/* The same as pcre2_match(), without a look at arguments like ours. */
	if (pattern->compiled)
		status = pcre2_jit_match(pattern->code, subject, text.length, 0,
		    0, data, limits);
	else
		status = pcre2_match(pattern->code, subject, text.length, 0, 0,
		    data, limits);

	/* 0: it matches, and has groups that found no room in data. */
	if (status >= 0)
		return LOOKUP_FOUND;
	return status == PCRE2_ERROR_NOMATCH ? LOOKUP_MISSING : LOOKUP_FAILED;
}

enum lookup
pattern_match(const struct pattern *pattern, struct str text,
    struct pattern_scratch *scratch)
{
	return match(pattern, text, scratch->data, scratch->limits);
}

unsigned
pattern_group_count(const struct pattern *pattern)
{
	uint32_t count = 0;

	pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
	return count;
}

enum lookup
pattern_match_groups(const struct pattern *pattern, struct str text,
    struct str groups[PATTERN_GROUPS_MAX], struct pattern_scratch *scratch)
{
	unsigned count = pattern_group_count(pattern);

	if (scratch->groups == NULL)
		scratch->groups = checked(
		    pcre2_match_data_create(PATTERN_GROUPS_MAX + 1, NULL));
	enum lookup result =
	    match(pattern, text, scratch->groups, scratch->limits);
	if (result != LOOKUP_FOUND)
		return result;
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(scratch->groups);
	for (unsigned i = 0; i < PATTERN_GROUPS_MAX; i++) {
		const PCRE2_SIZE *pair = ends + 2 * (i + 1);

		/* With \K in a lookahead, a group can end before it starts. */
		groups[i] = STR("");
		if (i < count && pair[0] != PCRE2_UNSET && pair[0] < pair[1])
			groups[i] = str_slice(text, pair[0], pair[1]);
	}
	return result;
}
