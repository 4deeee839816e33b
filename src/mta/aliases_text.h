/*
 * aliases_text.h - the words of aliases(5): entries, and where they lead.
 *
 * Postfix, Sendmail and Exim read the same file with small differences:
 * Postfix takes white space for a comma, the others do not.
 */
#ifndef MTA_ALIASES_TEXT_H
#define MTA_ALIASES_TEXT_H

#include "base/arena.h"
#include "base/place.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum aliases_dialect {
	ALIASES_POSTFIX,
	ALIASES_SENDMAIL,
	ALIASES_EXIM, /* also a blank ends a name: lsearch */
};

/* "name: value", as it is written in the source of a map. */
struct alias_entry {
	struct str name; /* without quotes */
	struct str value;
	struct place place;
};

struct alias_entries {
	const struct alias_entry *entries; /* in the order of the file */
	size_t count;
};

/*
 * Reads the text of a file of aliases; lines that are none are left out, as
 * newaliases(1) does with a warning. Text and path outlive the arena.
 */
void aliases_text_read(const char *path, struct str text,
    enum aliases_dialect dialect, struct arena *arena,
    struct alias_entries *entries);

/* The first of a name, in any case, which counts; NULL: there is none. */
const struct alias_entry *aliases_text_find(const struct alias_entries *entries,
    struct str name);

enum alias_target_kind {
	ALIAS_TARGET_ADDRESS,
	ALIAS_TARGET_FILE,    /* /path */
	ALIAS_TARGET_PIPE,    /* |command */
	ALIAS_TARGET_INCLUDE, /* :include:/path */
	ALIAS_TARGET_SPECIAL, /* :fail: and the like, of Exim */
};

/* One of the places where a value leads. */
struct alias_target {
	enum alias_target_kind kind;
	struct str text; /* the whole; without quotes, |, :include: */
	struct str local;
	struct str domain; /* empty: none is given */
	bool exact;        /* \name: no alias, no .forward */
};

/*
 * Takes the next target from a value, or from a line of a .forward or
 * :include: file; false: there is none. What had to be changed lies in the
 * arena, the rest is borrowed.
 */
bool aliases_target_next(struct str *rest, enum aliases_dialect dialect,
    struct arena *arena, struct alias_target *target);

/* The next line of a .forward or :include: file that has targets. */
struct alias_lines {
	struct str rest;
	unsigned number;
};
bool aliases_line_next(struct alias_lines *lines, struct str *line);

#endif
