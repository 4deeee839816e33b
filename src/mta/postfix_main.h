/*
 * postfix_main.h - main.cf as it is written: settings with their places.
 *
 * Nothing is expanded here and no default is known; see postfix_expand.h.
 * Postfix src/util/dict.c (dict_load_fp) and src/util/split_nameval.c say
 * what a line is.
 */
#ifndef MTA_POSTFIX_MAIN_H
#define MTA_POSTFIX_MAIN_H

#include "base/arena.h"
#include "base/logical.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_setting {
	struct str name;
	struct str value; /* trimmed, not expanded */
	struct logical_line line;
	size_t offset;   /* of the value in the line */
	bool overridden; /* by a later line with the same name */
};

struct postfix_main {
	const char *path;
	const struct postfix_setting *settings; /* in the order of the file */
	size_t count;
	const struct postfix_setting **sorted; /* by name, last ones only */
	size_t sorted_count;
	bool fatal; /* Postfix does not start with this text */
};

/*
 * Reads the text of a main.cf; it and the path outlive the result. What
 * Postfix warns of and what it dies of goes to problems.
 */
void postfix_main_read(const char *path, struct str text, struct arena *arena,
    struct postfix_main *main, struct problems *problems);

/* The setting that counts, or NULL. Names are case-sensitive. */
const struct postfix_setting *postfix_main_find(const struct postfix_main *main,
    struct str name);

/* Where a byte of the value stands. */
struct place postfix_setting_place(const struct postfix_main *main,
    const struct postfix_setting *setting, size_t offset);

/*
 * Splits "name = value": name without blanks inside, value trimmed; offset
 * is that of the value in text. Used for -o of master.cf as well.
 */
bool postfix_setting_split(struct str text, struct str *name, struct str *value,
    struct error *error);

#endif
