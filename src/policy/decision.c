/*
 * decision.c - what the engine answers, before a front end words it.
 */
#include "policy/decision.h"

static const struct str verdict_names[] = {
	[VERDICT_CONTINUE] = STR_INIT("continue"),
	[VERDICT_ASK_MTA] = STR_INIT("ask-mta"),
	[VERDICT_REJECT] = STR_INIT("reject"),
	[VERDICT_DEFER] = STR_INIT("defer"),
};

static const struct str cause_names[DECISION_CAUSES] = {
	[DECISION_STAGE] = STR_INIT("stage"),
	[DECISION_GRANT] = STR_INIT("grant"),
	[DECISION_DESTINATION] = STR_INIT("destination"),
	[DECISION_MTA] = STR_INIT("mta"),
	[DECISION_CLIENT] = STR_INIT("client"),
	[DECISION_RELAY] = STR_INIT("relay"),
	[DECISION_ROUTING] = STR_INIT("routing"),
	[DECISION_FAILED] = STR_INIT("failed"),
	[DECISION_MALFORMED] = STR_INIT("malformed"),
};

struct str
verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

struct str
decision_cause_name(enum decision_cause cause)
{
	return cause_names[cause];
}
