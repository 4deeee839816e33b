/*
 * postfix_rules.h - the rules of a cidr:, pcre: or regexp: table: in the order
 * of the file, with "if" and "endif" around some.
 *
 * What a pattern is, the kind of the table says. A line that Postfix warns of
 * and leaves out is left out here, too: a warning in the problems.
 */
#ifndef MTA_POSTFIX_RULES_H
#define MTA_POSTFIX_RULES_H

#include "base/error.h"
#include "base/lookup.h"
#include "mta/postfix_table_kind.h"

struct postfix_rule {
	enum postfix_entry_kind kind; /* as entries are told: not KEY, ANY */
	bool negated;
	unsigned options;
	size_t end;         /* of IF: the first rule after its ENDIF */
	void *compiled;     /* by the kind */
	struct str pattern; /* as it is written */
	struct str bare;    /* the same without delimiters and flags */
	/* Of a regexp: rule "/bare/!/unless/". No data: there is none. */
	struct str unless;
	unsigned unless_options;
	struct str value;
	unsigned line;
};

/* What one kind of table makes of a pattern. */
struct postfix_rule_kind {
	enum postfix_entry_kind kind; /* of its rules */
	bool strict; /* a line with something after if or endif is left out */
	/*
	 * Takes the pattern off the start of text, up to the white space
	 * behind it, into rule. False: the line does not count.
	 */
	bool (*parse)(struct postfix_rule *rule, struct str *text,
	    struct arena *arena, struct error *error);
	/* Whether the value may stand behind the pattern; NULL: any. */
	bool (*check)(struct postfix_rule *rule, struct error *error);
};

struct postfix_rules {
	const struct postfix_rule_kind *kind;
	const char *path;
	struct postfix_rule *rules;
	size_t count;
};

/* Reads the file of a table; NULL: fills failure. */
struct postfix_rules *postfix_rules_read(struct postfix_table_build *build,
    const struct postfix_rule_kind *kind, struct postfix_answer *failure);

/*
 * The first rule that holds, or NULL. holds() tells whether a pattern matches
 * the key; where it FAILED nobody knows the answer: result is FAILED, too.
 */
const struct postfix_rule *postfix_rules_find(const struct postfix_rules *rules,
    enum lookup (*holds)(void *state, const struct postfix_rule *rule),
    void *state, enum lookup *result);

/* The each() of these kinds, with regexp as the entries shall have it. */
void postfix_rules_each(const struct postfix_rules *rules, bool regexp,
    postfix_entry_callback *callback, void *state);

#endif
