/*
 * report.h - how to tell what the checks found: one file a format.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/arena.h"
#include "base/error.h"
#include "check/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report_summary {
	unsigned pass, fail, unknown, notapplicable, waived;
};

struct report {
	struct str host;
	int64_t time; /* seconds since 1970 */
	unsigned roles;
	bool roles_derived;
	const char *profile; /* NULL: none */
	const struct mta_list *mtas;
	const struct check_result *results;
	size_t count;
	struct report_summary summary;
	bool colour;    /* text only: a terminal without NO_COLOR */
	unsigned width; /* text only: columns */
};

/* Where a format writes; grows as need be. */
struct report_format {
	const char *name; /* "text", "json", "html", "xccdf", "junit", "tap" */
	/* Makes the whole text in the arena: written whole or not at all. */
	bool (*write)(const struct report *report, struct arena *arena,
	    struct str *text, struct error *error);
};

/* NULL: there is no such format. */
const struct report_format *report_format_find(struct str name);

#endif
