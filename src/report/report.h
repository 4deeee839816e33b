/*
 * report.h - how to tell what the checks found: one file a format.
 *
 * What is told comes from files that may be hostile: whatever a format writes
 * went through report_clean().
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/arena.h"
#include "base/error.h"
#include "check/check.h"
#include "check/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Results of all MTAs together. */
struct report_summary {
	unsigned pass, fail, unknown, notapplicable, waived;
	unsigned failures[CHECK_CRITICAL + 1]; /* by severity */
};

struct report {
	const char *version; /* of mtaguard */
	struct str host;
	int64_t time; /* seconds since 1970 */
	unsigned roles;
	const char *roles_from;        /* "the policy file"; "derived: ..." */
	const struct profile *profile; /* NULL: none */
	const struct mta_list *mtas;
	struct check_results results;
	unsigned long child_time;      /* of programs that were asked, in us */
	struct report_summary summary; /* report_sum_up() */
	bool detailed;  /* text only: what passed is told like what failed */
	bool colour;    /* text only: a terminal without NO_COLOR */
	unsigned width; /* text only: columns */
};

struct report_format {
	const char *name; /* "text", "json", "html", "xccdf", "junit", "tap" */
	const char *media_type;
	/* Makes the whole text in the arena: written whole or not at all. */
	bool (*write)(const struct report *report, struct arena *arena,
	    struct str *text, struct error *error);
};

/* One each in the file of its format. */
extern const struct report_format report_text_format;
extern const struct report_format report_json_format;
extern const struct report_format report_html_format;
extern const struct report_format report_xccdf_format;
extern const struct report_format report_junit_format;
extern const struct report_format report_tap_format;

/* All of them, the default first. */
extern const struct report_format *const report_formats[];
extern const size_t report_format_count;

/* NULL: there is no such format. */
const struct report_format *report_format_find(struct str name);

/* Counts the results into the summary. */
void report_sum_up(struct report *report);

/* The results of one MTA, or of the host, in the order of telling. */
struct report_section {
	const struct mta *mta; /* NULL: the host */
	const char *title;     /* "Postfix 3.7.11, instance mx, /etc/postfix" */
	const struct check_result **results; /* worst first */
	size_t count;
};

/* A section for each MTA and one for the host, without empty ones. */
const struct report_section *report_sections(const struct report *report,
    struct arena *arena, size_t *count);

/*
 * The text as valid UTF-8 that no terminal, XML or JSON takes for anything
 * but text: bytes of control characters, of those that turn the direction
 * of writing, and of what is not UTF-8 become \xNN.
 */
const char *report_clean(struct str text, struct arena *arena);

/* The same of text that ends with a NUL; NULL remains NULL. */
const char *report_clean_text(const char *text, struct arena *arena);

/* "main.cf:41", cleaned; NULL: the place has no file. */
const char *report_place(struct place place, struct arena *arena);

/* "2026-11-24T15:33:39Z" */
const char *report_time(int64_t time, struct arena *arena);

/* "SSG", "CIS": the system of a reference as people write it. */
const char *report_system(const struct check_reference *reference);

/* "CIS 2.1.21", but "CCE-82174-4": an id that says its system stands alone. */
const char *report_reference(const struct check_reference *reference,
    struct arena *arena);

#endif
