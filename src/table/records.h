/*
 * records.h - the rules of a cidr: or pcre: file, in Postfix's own format.
 *
 * cidr_table(5) and pcre_table(5): a line that starts with white space goes
 * on with the one before; empty lines and lines whose first character is # are
 * left out, also between the two. A rule is PATTERN [RESULT], and is negated
 * by !; "if PATTERN" and "endif" stand around rules that hold only where the
 * pattern does (or, with !, does not).
 */
#ifndef TABLE_RECORDS_H
#define TABLE_RECORDS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/logical.h"
#include "base/str.h"

#include <stdbool.h>

enum record_kind {
	RECORD_RULE,
	RECORD_IF,
	RECORD_ENDIF,
};

struct record {
	enum record_kind kind;
	bool negated;
	struct str text; /* the pattern, and all that follows it */
	unsigned line;   /* where it starts */
};

struct records {
	struct logical_lines lines;
	struct arena *load; /* where joined lines are put */
};

/* The text outlives the records. */
struct records records_of(struct str text, struct arena *load);

/*
 * The next record; false at the end. A line that goes on with none comes as a
 * rule that starts with white space.
 */
bool records_next(struct records *records, struct record *record);

/*
 * What a rule of a list may result in: nothing, OK or RELAY. With an access
 * table that refuses as well, a list of trust would hold what is refused.
 */
bool records_check_result(struct str result, struct error *error);

#endif
