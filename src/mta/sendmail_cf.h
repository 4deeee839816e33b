/*
 * sendmail_cf.h - sendmail.cf as it is written: control lines with places.
 *
 * A line that begins with white space continues the one before; a # that
 * does not follow $ or a backslash begins a comment (Sendmail readcf.c,
 * conf.c fgetfolded(); "Sendmail Installation and Operation Guide", 5).
 * Nothing is looked up here: see sendmail_class.h and sendmail.h.
 */
#ifndef MTA_SENDMAIL_CF_H
#define MTA_SENDMAIL_CF_H

#include "base/arena.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SENDMAIL_FILE_MAX = 4 << 20, /* bytes: Sendmail's own has 60 K */
	SENDMAIL_LINES_MAX = 50000,  /* control lines: it has 800 */
	SENDMAIL_EXPAND_MAX = 8192,  /* of what a macro stands for */
};

/*
 * One control line. What name and value are depends on the kind:
 *	O  option name, a one-letter one spelt out, and its value
 *	D C F  macro or class name without braces, and the rest
 *	K M X Q  name, and the rest
 *	S  name of the rule set, and what follows =
 *	R  left side, right side
 *	others  empty, and all that follows the letter
 */
struct sendmail_line {
	char kind;
	struct str name;
	struct str value;
	unsigned line;
};

struct sendmail_ruleset {
	struct str name;
	const struct sendmail_line **rules; /* also of a second S line */
	size_t count;
	unsigned line;
};

struct sendmail_cf {
	const char *path;
	const struct sendmail_line *lines; /* in the order of the file */
	size_t count;
	const struct sendmail_ruleset *rulesets;
	size_t ruleset_count;
	bool cut; /* there are more lines than SENDMAIL_LINES_MAX */
};

/*
 * Reads the text of a sendmail.cf; it and the path outlive the result. What
 * Sendmail does not know goes to problems.
 */
void sendmail_cf_read(const char *path, struct str text, struct arena *arena,
    struct sendmail_cf *cf, struct problems *problems);

struct place sendmail_place(const struct sendmail_cf *cf,
    const struct sendmail_line *line);

/*
 * The next line of a kind with a name (empty: any) after one (NULL: from the
 * start). Names of options are compared without case; NULL: there is none.
 */
const struct sendmail_line *sendmail_cf_next(const struct sendmail_cf *cf,
    char kind, struct str name, const struct sendmail_line *after);

/* The last line of an option, which is the one that counts; or NULL. */
const struct sendmail_line *sendmail_cf_option(const struct sendmail_cf *cf,
    struct str name);

/* Whether an option is on: as Sendmail reads a truth value. */
bool sendmail_cf_flag(const struct sendmail_cf *cf, struct str name,
    bool otherwise);

/* NULL: there is no such rule set. */
const struct sendmail_ruleset *sendmail_cf_ruleset(const struct sendmail_cf *cf,
    struct str name);

/* What a macro is set to at last; NULL: no D line sets it. */
const struct sendmail_line *sendmail_cf_macro(const struct sendmail_cf *cf,
    struct str name);

/* The values that only the host knows, such as $w and $m. */
struct sendmail_names {
	const void *state;
	bool (*find)(const void *state, struct str name, struct str *value);
};

/*
 * Puts values of macros for $x and ${name}; conditionals $?x a $| b $. are
 * decided. Only D lines before the given one (NULL: all) count, and then the
 * names of the host. False: a $& or an unknown macro, of which nobody knows
 * before the message; or too long.
 */
bool sendmail_cf_expand(const struct sendmail_cf *cf,
    const struct sendmail_line *before, const struct sendmail_names *names,
    struct str text, struct arena *arena, struct str *expanded);

/*
 * The next part of "key=value, key=value"; false: there is none. Used by
 * daemon ports (separator ','), filters, mailers, their timeouts (';').
 */
bool sendmail_part_next(struct str *rest, char separator, struct str *key,
    struct str *value);

/* The next word between blanks; false: there is none. */
bool sendmail_word_next(struct str *rest, struct str *word);

#endif
