/*
 * postfix_internal.h - what the files that make a struct postfix share.
 */
#ifndef MTA_POSTFIX_INTERNAL_H
#define MTA_POSTFIX_INTERNAL_H

#include "base/place.h"
#include "mta/postfix.h"

#include <stdbool.h>

enum postfix_parameter_kind {
	KIND_FLAG,   /* yes or no */
	KIND_NUMBER, /* at least minimum */
	KIND_TIME,   /* with a unit; at least minimum seconds */
	KIND_TEXT,   /* of at least minimum bytes */
};

enum {
	NO_MINIMUM = -0x7fffffff,
};

struct postfix_parameter {
	const char *name;
	enum postfix_parameter_kind kind;
	long minimum;
};

/*
 * postfix_start.c: what of a value a program that reads it dies of; NULL:
 * nothing.
 */
const char *postfix_parameter_judge(const struct postfix_parameter *parameter,
    struct str text, struct arena *arena);

/*
 * Remembers why Postfix does not start: the first reason stands, and none does
 * of what is not known. False.
 */
bool postfix_dies(struct postfix *postfix, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same where it cannot be told. */
void postfix_doubt(struct postfix *postfix, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* postfix_version.c: site.mail_version and site.version. */
void postfix_find_version(struct postfix *postfix);

/* postfix_names.c: unused, and a warning for each. */
void postfix_find_unused(struct postfix *postfix);

/* postfix_start.c: values that are more than we expand leave it unread. */
void postfix_check_bounds(struct postfix *postfix);

/* postfix_start.c: what every program of Postfix dies of at its start. */
void postfix_check_start(struct postfix *postfix);

/* postfix_listen.c: services that master cannot start. */
void postfix_check_endpoints(struct postfix *postfix);

#endif
