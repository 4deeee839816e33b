/*
 * postfix_table.h - the look-up tables of Postfix: "hash:/etc/aliases".
 *
 * As the MTA sees them: of an indexed file the compiled one, even where its
 * source is newer; the source only below a tree_mount() that has it alone.
 * What Postfix itself cannot look up is BROKEN (it answers 451); what only we
 * cannot is UNKNOWN: an answer there may be, and any.
 */
#ifndef MTA_POSTFIX_TABLE_H
#define MTA_POSTFIX_TABLE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>
#include <stddef.h>

enum postfix_found {
	POSTFIX_MISSING,
	POSTFIX_FOUND,
	POSTFIX_BROKEN,
	POSTFIX_UNKNOWN,
};

struct postfix_answer {
	enum postfix_found found;
	struct str value;   /* may be empty: to a match list that is a match,
			   * a map or access table breaks of it (451) */
	struct str key;     /* that matched; of a pattern, its text */
	struct place place; /* of the entry: the source's line if it is
			     * known, else the file */
	const char *reason; /* BROKEN, UNKNOWN: why, and what would help */
};

struct postfix_tables; /* all tables of an instance, each opened once */
struct postfix_table;

/* The tree, and whatever else belongs to the host, outlive the arena. */
struct postfix_tables *postfix_tables_new(struct arena *arena,
    struct tree *tree);

/*
 * A table by its "type:name". Never NULL: one that Postfix does not know is
 * BROKEN, one that we cannot read UNKNOWN, to every key. A proxy: is the table
 * behind it. The same spec gives the same table.
 */
struct postfix_table *postfix_table_open(struct postfix_tables *tables,
    struct str spec);

/*
 * Whether a spec has a type and a name. Of one without, whatever program of
 * Postfix opens it dies.
 */
bool postfix_table_is_named(struct str spec);

/*
 * Looks a key up. Upper case in it does not count, but for patterns. The
 * arena is for the values that a look-up makes ($1 of a pattern).
 */
void postfix_table_find(struct postfix_table *table, struct str key,
    struct arena *arena, struct postfix_answer *answer);

struct str postfix_table_spec(const struct postfix_table *table);

/*
 * Whether it was never built, and what it says is that of its source, read as
 * postmap(1) would (--config alone does so). A source of aliases has another
 * form: see mta/aliases.h.
 */
bool postfix_table_is_source(const struct postfix_table *table);

/* Whether it is asked for whole keys only: pcre, regexp, cidr. */
bool postfix_table_is_pattern(const struct postfix_table *table);

/* What Postfix warns of when it reads the table: lines that it leaves out. */
const struct problems *postfix_table_problems(
    const struct postfix_table *table);

/*
 * Of a big indexed file an answer has the file as its place. Looks for the
 * line in the source, which is read for it once.
 */
void postfix_table_locate(struct postfix_table *table,
    struct postfix_answer *answer);

/* Why it cannot be read as a whole: BROKEN or UNKNOWN, or FOUND: it can. */
enum postfix_found postfix_table_state(struct postfix_table *table,
    const char **reason, struct place *place);

/* The compiled file is older than its source; the places of both. */
bool postfix_table_is_stale(struct postfix_table *table, const char **source,
    const char **compiled);

/* The files that it stands in, those of its members included. */
size_t postfix_table_files(struct postfix_table *table, struct arena *arena,
    const char *const **paths);

/* What kind of entry a table lists. */
enum postfix_entry_kind {
	POSTFIX_ENTRY_KEY,   /* a literal key */
	POSTFIX_ENTRY_ANY,   /* matches every key: static: */
	POSTFIX_ENTRY_BLOCK, /* cidr: an address or network */
	POSTFIX_ENTRY_REGEX, /* pcre, regexp: key is the pattern's text */
	POSTFIX_ENTRY_IF,    /* of the last three, a guard of what follows */
	POSTFIX_ENTRY_ENDIF,
};

struct postfix_entry {
	enum postfix_entry_kind kind;
	bool negated;
	bool regexp;      /* POSIX, not PCRE */
	unsigned options; /* enum pattern_option of table/pattern.h; what
			   * of POSIX is not there is 0 */
	struct str key;
	struct str value; /* with $1 where it has it */
	struct place place;
};

/*
 * Calls with every entry, in the order in which they count, until the
 * callback returns false. Of indexed files the order is that of the file. Of
 * a unionmap: it is called with the entries of its members, of a pipemap: with
 * those of the first: what value a key has there, a look-up says.
 * Returns FOUND, or why not all could be listed.
 */
enum postfix_found postfix_table_each(struct postfix_table *table,
    bool (*callback)(void *state, const struct postfix_entry *entry),
    void *state, const char **reason);

#endif
