/*
 * language.h - the strings between which pattern tables tell a difference.
 *
 * Of some tables of patterns, each of which the first pattern that matches
 * decides, this finds every combination of deciding patterns that a string
 * can have, and for each one such string: the members of a pattern, of what
 * a pattern matches and those before it do not, and of what none matches.
 * It goes through the product of the patterns' automata, shortest strings
 * first, so what it finds is all there is, unless it says otherwise.
 */
#ifndef CHECK_LANGUAGE_H
#define CHECK_LANGUAGE_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	LANGUAGE_NONE = -1, /* no rule of a table matches */
};

/* One line of a table of patterns. */
struct language_rule {
	struct str pattern;
	unsigned options; /* enum pattern_option of table/pattern.h */
	bool posix;
	bool negated;
	bool condition; /* an if: others stand in it, it decides nothing */
	int inside;     /* number of the if that it stands in, or -1 */
};

struct language_table {
	const struct language_rule *rules;
	size_t count;
};

struct language_question {
	const struct language_table *tables;
	size_t count;
	const char *shape; /* a pattern, ^...$, which every string matches */
	size_t limit;      /* the most states to look at */
};

struct language_member {
	struct str text;
	const int *decides; /* a rule of each table, or LANGUAGE_NONE */
};

struct language_answer {
	const struct language_member *members;
	size_t count;
	bool complete;      /* there are no other combinations */
	const char *reason; /* if not: why */
	size_t table, rule; /* and where, if one rule is to blame */
	bool rule_to_blame;
};

/* All that it finds lies in the arena. */
void language_find(const struct language_question *question,
    struct arena *arena, struct language_answer *answer);

#endif
