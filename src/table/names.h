/*
 * names.h - a set of names, and the walk from a domain to its parents.
 *
 * What a name is, its text says: example.org, .example.org (the domains below
 * example.org), user@example.org, user@ (that user of any domain), or any
 * other word. The caller brings all to their normal form.
 *
 * One open-addressing hash, whose size is known before it is filled.
 */
#ifndef TABLE_NAMES_H
#define TABLE_NAMES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	/* The longest name: a local part as long as any MTA lets through,
	 * and a domain. */
	NAMES_LONGEST = 1024,
};

struct names;

/*
 * Makes an empty set with room for so many names of so many bytes together.
 * NULL and an error beyond the arena's limit.
 */
struct names *names_new(size_t count, size_t bytes, struct arena *arena,
    struct error *error);

/*
 * Adds a copy of a name of at most NAMES_LONGEST bytes. One that is there
 * already is not added again.
 */
void names_add(struct names *names, struct str name);

/* Finds a name as it is; found, which may be NULL, borrows from the set. */
bool names_find(const struct names *names, struct str name, struct str *found);

/* Finds a domain itself, or any of its parents written with a dot before. */
bool names_find_domain(const struct names *names, struct str domain,
    struct str *found);

/* Whether there is any address in it: user@domain or user@. */
bool names_have_addresses(const struct names *names);

#endif
