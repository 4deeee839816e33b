/*
 * postfix_defaults.h - the built-in values of main.cf, by version.
 *
 * Many depend on compatibility_level by an expression of their own; they are
 * given unexpanded. What the build or the host decides (myhostname,
 * mynetworks, config_directory …) is in postfix_scope.h.
 */
#ifndef MTA_POSTFIX_DEFAULTS_H
#define MTA_POSTFIX_DEFAULTS_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Postfix 3.7 is 307. */
enum {
	POSTFIX_VERSION_OLDEST = 304,
	POSTFIX_VERSION_NEWEST = 310,
};

struct postfix_default {
	const char *name;
	const char *value;
	unsigned since; /* the version that brought it; 0: before 3.5 */
};

/* The parts of the table, each sorted; one after the other, too. */
extern const struct postfix_default postfix_defaults_a[];
extern const struct postfix_default postfix_defaults_m[];
extern const struct postfix_default postfix_defaults_s[];
extern const size_t postfix_defaults_a_count;
extern const size_t postfix_defaults_m_count;
extern const size_t postfix_defaults_s_count;

/* The built-in value of a name in a version; false: it knows no such name. */
bool postfix_default_find(struct str name, unsigned version, struct str *value);

#endif
