/*
 * decision.h - what the engine answers, before a front end words it.
 */
#ifndef POLICY_DECISION_H
#define POLICY_DECISION_H

#include "base/place.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum verdict {
	VERDICT_CONTINUE, /* DUNNO, SMFIS_CONTINUE: the MTA's own rules */
	VERDICT_ASK_MTA,  /* reject_unauth_destination; policy protocol only */
	VERDICT_REJECT,
	VERDICT_DEFER,
};

/* What let the session go on or stopped it. */
enum decision_cause {
	DECISION_STAGE,       /* nothing is judged at this stage */
	DECISION_GRANT,       /* a grant covers the session */
	DECISION_DESTINATION, /* the destination is ours */
	DECISION_MTA,         /* the MTA is asked, or has said, whose it is */
	DECISION_CLIENT,      /* clients = "granted", and none names it */
	DECISION_RELAY,       /* not ours, and no grant */
	DECISION_ROUTING,     /* the same, for an address with routing in it */
	DECISION_FAILED,      /* a table could not be looked up */
	DECISION_MALFORMED,   /* the request itself; set by front ends */
	DECISION_CAUSES,
};

/* What a limit would count; filled in by rules to come, settled by a store. */
struct charge {
	struct str limit; /* name of the limit */
	struct str key;
	unsigned amount;
};

enum {
	DECISION_CHARGES = 16,
	DECISION_TEXT = 400, /* bytes; the longest reply text of ours */
};

struct decision {
	enum verdict verdict;
	enum decision_cause cause;
	bool observe;    /* only to be logged: say DUNNO, continue, or warn */
	unsigned code;   /* 554, 451; 0 where nothing is refused */
	struct str dsn;  /* "5.7.1" */
	struct str text; /* printable ASCII, at most DECISION_TEXT bytes */
	struct str rule; /* grant, rule or floor that decided, for the log */
	struct place place; /* of the rule in the policy file */
	struct charge charges[DECISION_CHARGES];
	size_t charge_count;
};

/* "reject", "defer", "continue", "ask-mta". */
struct str verdict_name(enum verdict verdict);
struct str decision_cause_name(enum decision_cause cause);

#endif
