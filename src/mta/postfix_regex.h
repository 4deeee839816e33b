/*
 * postfix_regex.h - what the rules of pcre: and regexp: have in common:
 * /pattern/flags, and values with $1 in them.
 */
#ifndef MTA_POSTFIX_REGEX_H
#define MTA_POSTFIX_REGEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_regex_flag {
	char letter;
	unsigned option; /* to toggle; 0: it says nothing to us */
};

/*
 * Takes /pattern/flags off the start of text; what follows the flags is left
 * there: white space, the end, or "!".
 */
bool postfix_regex_cut(struct str *text, struct str *pattern,
    const struct postfix_regex_flag *flags, size_t flag_count,
    unsigned *options, struct error *error);

/*
 * The greatest index of a group that a value names ($1, ${1}, $(1); $$ is a
 * dollar sign); false: Postfix does not take the value. has_dollar (may be
 * NULL): the value is not its own text.
 */
bool postfix_regex_value(struct str value, unsigned *greatest, bool *has_dollar,
    struct error *error);

/* A value with what the groups have found put in. */
struct str postfix_regex_fill(struct str value, const struct str *groups,
    size_t group_count, struct arena *arena);

#endif
