/*
 * postfix_expand.h - what $name and its relatives in main.cf stand for.
 *
 * $name ${name} $(name), ${name?text} ${name:text} ${name?{a}:{b}},
 * ${{x} op {y} ? {a} : {b}} with == != < <= > >= and, for compatibility
 * levels, the same with "level" behind; $$ is a dollar sign. Evaluation is
 * lazy and recursive (postconf(5); Postfix src/util/mac_expand.c).
 */
#ifndef MTA_POSTFIX_EXPAND_H
#define MTA_POSTFIX_EXPAND_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	POSTFIX_EXPAND_DEPTH = 100,            /* as in mac_expand.c */
	POSTFIX_EXPAND_MAX = 16 * 1024 * 1024, /* bytes of a result: ours */
	POSTFIX_EXPAND_STEPS = 20000,          /* references followed: ours */
};

struct postfix_names {
	void *state;
	/* The unexpanded value of a name; false: there is none. */
	bool (*find)(void *state, struct str name, struct str *value);
};

/*
 * Expands text into memory of the arena; one without a reference is returned
 * as it is. False where Postfix dies of it; or, and then beyond is true, where
 * a limit of ours is passed, so that nobody knows what Postfix makes of it.
 */
bool postfix_expand(struct str text, const struct postfix_names *names,
    struct arena *arena, struct str *expanded, bool *beyond,
    struct error *error);

/*
 * Compares two compatibility levels, major.minor.patch, by their numbers;
 * order is negative, zero or positive. False: one is none.
 */
bool postfix_level_compare(struct str a, struct str b, int *order);

#endif
