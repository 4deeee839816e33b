/*
 * pattern.h - regular expressions, of which none can take long.
 *
 * They are those of Perl (PCRE2), matched byte by byte. A match that would
 * take more steps or memory than any honest one is given up: nobody knows
 * then whether it matches, and whoever asked must defer.
 */
#ifndef TABLE_PATTERN_H
#define TABLE_PATTERN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/str.h"

#include <stdbool.h>

enum pattern_option {
	PATTERN_CASELESS = 1 << 0,
	PATTERN_MULTILINE = 1 << 1,
	PATTERN_DOTALL = 1 << 2,
	PATTERN_EXTENDED = 1 << 3,
	PATTERN_ANCHORED = 1 << 4, /* at its start only */
	PATTERN_UNGREEDY = 1 << 5,
	/* It has to match the whole text, and has to say so: ^...$ */
	PATTERN_WHOLE = 1 << 6,
};

struct pattern;

/* What a match works in: one for each thread. */
struct pattern_scratch;
struct pattern_scratch *pattern_scratch_new(void);
void pattern_scratch_free(struct pattern_scratch *scratch);

/*
 * Takes a pattern between two delimiters off the start of text; a backslash
 * keeps a delimiter in it. Leaves in text what stands after.
 */
bool pattern_cut(struct str *text, struct str *pattern, struct error *error);

/*
 * Toggles options by the flags at the start of text, as pcre_table(5) does,
 * and leaves in text what stands after the first white space.
 */
bool pattern_flags(struct str *text, unsigned *options, struct error *error);

/*
 * Compiles to machine code where the system allows it. It lives as long as
 * the arena. NULL and an error for what is no pattern, and for one without
 * anchors where it has to match the whole text.
 */
const struct pattern *pattern_compile(struct str text, unsigned options,
    struct arena *arena, struct error *error);

enum lookup pattern_match(const struct pattern *pattern, struct str text,
    struct pattern_scratch *scratch);

enum {
	PATTERN_GROUPS_MAX = 99,
};

/* How many (groups) a pattern has; they are counted from 1. */
unsigned pattern_group_count(const struct pattern *pattern);

/*
 * Matches, and tells what each of the first groups has found: empty where it
 * took no part. Slower than pattern_match().
 */
enum lookup pattern_match_groups(const struct pattern *pattern, struct str text,
    struct str groups[PATTERN_GROUPS_MAX], struct pattern_scratch *scratch);

#endif
