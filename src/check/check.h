/*
 * check.h - one thing to verify on a mail host, and what came of it.
 *
 * A check has a permanent id. It is run once for each MTA that it is about,
 * or once for the host. It says what it found; the worst that it said is its
 * outcome. One that has nothing to say about this host says why
 * (check_not_applicable()); saying nothing at all is a programming mistake.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "base/arena.h"
#include "base/place.h"
#include "base/str.h"
#include "mta/mta.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

enum check_severity {
	CHECK_INFO,
	CHECK_LOW,
	CHECK_MEDIUM,
	CHECK_HIGH,
	CHECK_CRITICAL,
};

/* Each is worse than the one before. */
enum check_outcome {
	CHECK_NOTAPPLICABLE,
	CHECK_PASS,
	CHECK_WAIVED,
	CHECK_UNKNOWN,
	CHECK_FAIL,
};

/* Where a rule comes from. */
struct check_reference {
	const char *system; /* "ssg", "cce", "cis", "stig", "nist", "gen",
			     * "lynis", "anssi", "pci-dss" */
	const char *id;     /* "postfix_network_listening_disabled" */
};

struct check_finding {
	const struct check_finding *next;
	enum check_outcome outcome;   /* of this finding alone */
	enum check_severity severity; /* default: the check's own */
	struct place place;
	const char *text;   /* what is there, and why it is wrong */
	const char *value;  /* found; NULL: nothing to show */
	const char *wanted; /* NULL: what remedy says */
};

struct check_run; /* below */

struct check {
	const char *id;    /* "postfix-inet-interfaces" */
	const char *title; /* a sentence that is true when it passes */
	enum check_severity severity;
	const char *rationale; /* why it matters; one or two sentences */
	const char *remedy;    /* what to do; may have lines */
	const struct check_reference *references; /* ends with system NULL */
	unsigned kinds; /* 1u << enum mta_kind, together; 0: of the host */
	unsigned roles; /* enum policy_role, together; 0: all */
	void (*run)(struct check_run *run);
};

/* Parameters of a profile, or of expect: name and value. */
struct check_parameter {
	struct str name; /* "var_postfix_inet_interfaces" */
	struct str value;
	struct place place;
};

/* What all checks of one run share. */
struct check_context {
	const struct mta_host *host;
	const struct mta_list *mtas;
	const struct policy *policy; /* NULL: there is none */
	unsigned roles;              /* enum policy_role, together */
	const struct check_parameter *parameters; /* the profile's; those of
						   * expect come first */
	size_t parameter_count;
	struct host_facts *facts; /* host/facts.h; found when asked for */
};

struct check_result {
	const struct check *check;
	const struct mta *mta; /* NULL: of the host */
	enum check_outcome outcome;
	enum check_severity severity; /* the worst of its failures, else the
				       * check's own */
	const struct check_finding *findings; /* in the order of telling */
	const char *waiver; /* WAIVED: the reason, and until when */
};

struct check_run {
	struct arena *arena;
	const struct check *check;
	const struct check_context *context;
	const struct mta *mta; /* NULL: a check of the host */
	struct check_result *result;
	const struct check_finding **end;
};

/*
 * Each adds a finding. The text is a sentence without a full stop. Each
 * returns the finding, so that value and wanted can be added.
 */
struct check_finding *check_fail(struct check_run *run, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
struct check_finding *check_pass(struct check_run *run, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
struct check_finding *check_unknown(struct check_run *run, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
struct check_finding *check_not_applicable(struct check_run *run,
    const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The parameter of expect or the profile; false: none is given. */
bool check_parameter(const struct check_run *run, const char *name,
    struct check_parameter *parameter);

/* ---- groups: check_<subject>.c, each with the checks of one subject ---- */

struct check_group {
	const struct check *checks;
	size_t count;
};

#endif
