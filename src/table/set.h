/*
 * set.h - a set of single values: what a list in the policy file and a file:
 * have in common.
 *
 * The values of a set are all of one subject. They are counted first and
 * added then, so that the memory of a set is of the size of what it holds:
 *
 *	struct set_size size = { .subject = subject };
 *	each value: set_count(&size, text);
 *	set = set_new(&size, keep_text, arena, load, &error);
 *	each value: set_add(set, text, &error);
 *	set_finish(set, &error);
 *
 * A value is
 *	a network: 192.0.2.1, 192.0.2.0/24, 2001:db8::/32
 *	a domain: example.org, or .example.org for all domains below it
 *	an address literal: [192.0.2.1], [IPv6:2001:db8::1]
 *	a mail address: user@example.org, user@ for that user of any domain
 *	a word, compared as it is
 *	a pattern: /^...$/flags, or ^...$ alone
 */
#ifndef TABLE_SET_H
#define TABLE_SET_H

#include "base/arena.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/str.h"
#include "table/table.h"

#include <stdbool.h>
#include <stddef.h>

struct set_size {
	enum table_subject subject;
	size_t networks;
	size_t names;
	size_t name_bytes;
	size_t patterns;
};

struct set;

/* Whether a value is written as a pattern. */
bool set_is_pattern(struct str text);

void set_count(struct set_size *size, struct str text);

/*
 * An empty set in an arena. What it needs until it is finished lies in load.
 * With keep_text, set_find() can name the value that matched.
 */
struct set *set_new(const struct set_size *size, bool keep_text,
    struct arena *arena, struct arena *load, struct error *error);

/* The text is copied if need be. False: it is no value of the subject. */
bool set_add(struct set *set, struct str text, struct error *error);

/* Makes the set ready for look-ups; false beyond the arena's limit. */
bool set_finish(struct set *set, struct error *error);

/*
 * Looks the key of the scratch up. With found, says what matched; empty where
 * texts were not kept.
 */
enum lookup set_find(const struct set *set, struct table_scratch *scratch,
    struct str *found);

#endif
