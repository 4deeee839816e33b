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
struct host_facts;

struct check {
	const char *id;    /* "postfix-inet-interfaces" */
	const char *title; /* a sentence that is true when it passes */
	enum check_severity severity;
	const char *rationale; /* why it matters; one or two sentences */
	const char *remedy;    /* what to do; may have lines */
	const struct check_reference *references; /* ends with system NULL */
	unsigned kinds; /* 1u << enum mta_kind, together; 0: of the host */
	unsigned roles; /* enum policy_role, together; 0: all. Of a host that
			 * has none of them it is not asked */
	void (*run)(struct check_run *run);
};

/*
 * Parameters of a profile, or of expect: name and value. Where SSG has a
 * variable, it is the name: "var_postfix_inet_interfaces". A list stands with
 * ", " between its values.
 */
struct check_parameter {
	struct str name;
	struct str value;
	struct place place;
};

/* What all checks of one run share. */
struct check_context {
	const struct mta_host *host;
	const struct mta_list *mtas;
	const struct policy *policy; /* NULL: there is none */
	unsigned roles;              /* enum policy_role, together */
	bool roles_derived; /* nobody has said them: what is there says so */
	const char *roles_from; /* "by the policy file"; "derived: ..." */
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

struct check_results {
	const struct check_result *results;
	size_t count;
};

struct check_run {
	struct arena *arena;
	const struct check *check;
	const struct check_context *context;
	const struct mta *mta; /* NULL: a check of the host */
	struct check_result *result;
	const struct check_finding **end;
	enum check_severity severity; /* the profile's, or the check's own */
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

/* The worse of the two. */
enum check_severity check_severity_worse(enum check_severity a,
    enum check_severity b);

/* "info" to "critical"; "pass", "fail" and so on. */
const char *check_severity_name(enum check_severity severity);
bool check_severity_parse(struct str text, enum check_severity *severity);
const char *check_outcome_name(enum check_outcome outcome);

/* "Postfix": the kind as people write it. */
const char *check_kind_title(enum mta_kind kind);

/* ---- running ---- */

/* A check that shall be run, with the severity that the profile gives it. */
struct check_selected {
	const struct check *check;
	enum check_severity severity;
};

/*
 * Runs one check about one MTA (NULL: about the host). Whatever it says of
 * the roles that it is for, of waivers and of saying nothing is applied.
 */
void check_run_one(const struct check_context *context,
    const struct check_selected *selected, const struct mta *mta,
    struct arena *arena, struct check_result *result);

/*
 * Runs all that were selected, in their order, each for every MTA that it is
 * about. Of an MTA that is not there, one result says so.
 */
void check_run_all(const struct check_context *context,
    const struct check_selected *selected, size_t count, struct arena *arena,
    struct check_results *results);

/* ---- groups: check_<subject>.c, each with the checks of one subject ---- */

struct check_group {
	const struct check *checks;
	size_t count;
};

#endif
