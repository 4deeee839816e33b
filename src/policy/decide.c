/*
 * decide.c - a request is judged: grants, clients, destinations.
 */
#include "policy/policy.h"

#include "policy/grants.h"
#include "policy/relay.h"

#include <stdlib.h>

/* How each cause is worded where it refuses. */
struct wording {
	const char *text;
	struct str rule; /* for the log, where no grant decided */
};

static const struct wording wordings[DECISION_CAUSES] = {
	[DECISION_STAGE] = { .rule = STR_INIT("stage") },
	[DECISION_GRANT] = { .rule = STR_INIT("relay") },
	[DECISION_DESTINATION] = { .rule = STR_INIT("destinations") },
	[DECISION_MTA] = { .rule = STR_INIT("mta") },
	[DECISION_CLIENT] = {
	    .text = "Client host rejected: Access denied",
	    .rule = STR_INIT("clients"),
	},
	[DECISION_RELAY] = {
	    .text = "Relay access denied",
	    .rule = STR_INIT("relay"),
	},
	[DECISION_ROUTING] = {
	    .text = "Relay access denied: not one plain address",
	    .rule = STR_INIT("relay"),
	},
	[DECISION_FAILED] = {
	    .text = "Relay guard cannot decide now, try again later",
	    .rule = STR_INIT("relay"),
	},
	[DECISION_MALFORMED] = {
	    .text = "Relay guard cannot read this request",
	    .rule = STR_INIT("request"),
	},
};

struct policy_scratch *
policy_scratch_new(void)
{
	struct policy_scratch *scratch = malloc(sizeof(*scratch));

	if (scratch == NULL)
		abort();
	scratch->tables = table_scratch_new();
	return scratch;
}

void
policy_scratch_free(struct policy_scratch *scratch)
{
	if (scratch == NULL)
		return;
	table_scratch_free(scratch->tables);
	free(scratch);
}

/* Fills in all that follows from the verdict and its cause. */
static void
decide(const struct policy *policy, enum verdict verdict,
    enum decision_cause cause, struct place place, struct decision *decision)
{
	const struct wording *wording = &wordings[cause];

	decision->verdict = verdict;
	decision->cause = cause;
	decision->observe = policy->mode == POLICY_OBSERVE;
	decision->rule = wording->rule;
	decision->place = place;
	decision->charge_count = 0;
	decision->code = 0;
	decision->dsn = (struct str){ "", 0 };
	decision->text = (struct str){ "", 0 };
	switch (verdict) {
	case VERDICT_CONTINUE:
	case VERDICT_ASK_MTA:
		return;
	case VERDICT_REJECT:
		decision->code = 554;
		decision->dsn = STR("5.7.1");
		break;
	case VERDICT_DEFER:
		decision->code = 451;
		decision->dsn = STR("4.7.1");
		break;
	}
	decision->text = str_from(wording->text);
}

/* The entry of clients that wants granted ones on this port, or NULL. */
static const struct policy_clients *
find_clients(const struct policy *policy, unsigned port)
{
	for (size_t i = 0; i < policy->client_count; i++)
		if (grants_ports_hold(&policy->clients[i].ports, port))
			return &policy->clients[i];
	return NULL;
}

/*
 * Makes a mailbox of the domain of ETRN, so that it is compared with the
 * same lists. Postfix takes only domains and literals; what else is told is
 * nobody's.
 */
static void
parse_etrn(const struct session *session, struct policy_scratch *scratch)
{
	struct mailbox *mailbox = &scratch->recipient;

	*mailbox = (struct mailbox){ .text = session->etrn_domain };
	bool normal = domain_normalize(session->etrn_domain,
	    &scratch->recipient_space.domain, &mailbox->domain);
	mailbox->kind = normal ? MAILBOX_DOMAIN : MAILBOX_BAD_DOMAIN;
	mailbox->routing = !normal;
	if (!normal)
		mailbox->domain = session->etrn_domain;
}

/*
 * Whether anything is judged at this stage. Its recipient, or the domain of
 * ETRN, is put into the scratch.
 */
static bool
parse_destination(const struct session *session, struct policy_scratch *scratch)
{
	switch (session->stage) {
	case SESSION_CONNECT:
	case SESSION_HELO:
	case SESSION_MAIL:
	case SESSION_DATA:
	case SESSION_END_OF_MESSAGE:
		return false;
	case SESSION_VRFY:
	case SESSION_OTHER:
		if (session->recipient.length == 0)
			return false;
		break;
	case SESSION_RCPT:
		break;
	case SESSION_ETRN:
		parse_etrn(session, scratch);
		return true;
	}
	mailbox_parse(session->recipient, session->form,
	    &scratch->recipient_space, &scratch->recipient);
	return true;
}

/* Steps 1 and 2 of the order: the grants, and clients = "granted". */
static bool
judge_client(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace,
    struct grants_finding *grants, struct decision *decision)
{
	grants_find(policy, request, scratch, trace, grants);
	if (grants->covering != NULL) {
		decide(policy, VERDICT_CONTINUE, DECISION_GRANT,
		    grants->covering->place, decision);
		decision->rule = grants->covering->name;
		return true;
	}
	const struct policy_clients *clients =
	    find_clients(policy, request->session.server_port);
	if (clients == NULL || grants->named)
		return false;
	trace_add(trace, "clients", STR("clients"),
	    grants->naming_failed ? "failed" : "refused", clients->place,
	    "no grant names the client, and this port is for granted ones");
	if (grants->naming_failed)
		decide(policy, VERDICT_DEFER, DECISION_FAILED, clients->place,
		    decision);
	else
		decide(policy, VERDICT_REJECT, DECISION_CLIENT, clients->place,
		    decision);
	return true;
}

void
policy_decide(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace,
    struct decision *decision)
{
	const struct session *session = &request->session;
	struct grants_finding grants;

	if (!parse_destination(session, scratch)) {
		trace_add(trace, "stage", session_stage_name(session->stage),
		    "skipped", (struct place){ 0 },
		    "nothing is judged at this stage");
		decide(policy, VERDICT_CONTINUE, DECISION_STAGE,
		    (struct place){ 0 }, decision);
		return;
	}
	if (judge_client(policy, request, scratch, trace, &grants, decision))
		return;

	struct relay_finding relay = session->stage == SESSION_ETRN
	    ? relay_judge_etrn(policy, request, scratch, trace)
	    : relay_judge(policy, request, scratch, trace);
	/*
	 * With a grant that could not be looked up, neither we nor the MTA
	 * may refuse for good: the MTA knows nothing of our grants.
	 */
	if (grants.failed && relay.verdict != VERDICT_CONTINUE) {
		relay.verdict = VERDICT_DEFER;
		relay.cause = DECISION_FAILED;
	}
	decide(policy, relay.verdict, relay.cause, policy->destinations.place,
	    decision);
}
