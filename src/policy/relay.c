/*
 * relay.c - whether the destination of a session is ours.
 */
#include "policy/relay.h"

static const struct relay_finding ours = {
	.verdict = VERDICT_CONTINUE,
	.cause = DECISION_DESTINATION,
};
static const struct relay_finding ours_by_mta = {
	.verdict = VERDICT_CONTINUE,
	.cause = DECISION_MTA,
};
static const struct relay_finding ask_mta = {
	.verdict = VERDICT_ASK_MTA,
	.cause = DECISION_MTA,
};
static const struct relay_finding foreign = {
	.verdict = VERDICT_REJECT,
	.cause = DECISION_RELAY,
};
static const struct relay_finding routed = {
	.verdict = VERDICT_REJECT,
	.cause = DECISION_ROUTING,
};
static const struct relay_finding failed = {
	.verdict = VERDICT_DEFER,
	.cause = DECISION_FAILED,
};

static void
note(struct trace *trace, const struct policy *policy, const char *outcome,
    const char *detail)
{
	trace_add(trace, "destination", STR("destinations"), outcome,
	    policy->destinations.place, "%s", detail);
}

static bool
has_domain(const struct mailbox *mailbox)
{
	return mailbox->kind == MAILBOX_DOMAIN ||
	    mailbox->kind == MAILBOX_LITERAL;
}

static bool
same_domain(const struct mailbox *a, const struct mailbox *b)
{
	return a->kind == b->kind && str_equal_nocase(a->domain, b->domain);
}

/*
 * Whether Sendmail has replaced the recipient by another address. It writes
 * {rcpt_addr} without brackets, and for a mailer of its own without a domain.
 */
static bool
is_forwarded(const struct request *request, struct policy_scratch *scratch)
{
	const struct mailbox *asked = &scratch->recipient;
	struct mailbox *resolved = &scratch->sender;

	mailbox_parse(request->rcpt_addr, MAILBOX_ARGUMENT,
	    &scratch->sender_space, resolved);
	if (resolved->null || mailbox_has_routing(resolved))
		return false;
	if (!has_domain(asked) || !has_domain(resolved))
		return false;
	return !same_domain(asked, resolved) &&
	    !str_equal_nocase(asked->local, resolved->local);
}

static bool
is_own_transport(const struct policy *policy, struct str mailer)
{
	for (size_t i = 0; i < policy->own_transport_count; i++)
		if (str_equal(policy->own_transports[i], mailer))
			return true;
	return false;
}

/*
 * Whether Sendmail takes mail for the recipient by its own lists: with a smart
 * host, every domain that it does not deliver itself has the same mailer.
 */
static struct relay_finding
judge_mta_lists(const struct policy *policy, struct policy_scratch *scratch,
    struct trace *trace)
{
	struct table_key key = { .mailbox = &scratch->recipient };
	struct str found = { NULL, 0 };

	switch (table_list_find(&policy->mta_destinations, &key,
	    scratch->tables, &found)) {
	case LOOKUP_FOUND:
		trace_add(trace, "destination", STR("mta"), "ours",
		    policy->destinations.place,
		    "the MTA's lists have " STR_FORMAT, STR_ARGS(found));
		return ours_by_mta;
	case LOOKUP_FAILED:
		trace_add(trace, "destination", STR("mta"), "failed",
		    policy->destinations.place,
		    "the MTA's lists are not all known");
		return failed;
	case LOOKUP_MISSING:
		break;
	}
	return foreign;
}

/* What an MTA's macros say of a recipient that has no routing in it. */
static struct relay_finding
judge_macros(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace)
{
	struct str mailer = request->rcpt_mailer;
	bool local = str_equal(mailer, STR("local"));
	bool refused = str_equal(mailer, STR("error"));
	bool mine = false;

	switch (request->mta) {
	case REQUEST_MTA_POSTFIX:
		mine = refused || is_own_transport(policy, mailer);
		break;
	case REQUEST_MTA_SENDMAIL:
		mine = refused || local || is_forwarded(request, scratch);
		break;
	case REQUEST_MTA_UNKNOWN:
		mine = local;
		break;
	}
	trace_add(trace, "destination", STR("mta"), mine ? "ours" : "no",
	    policy->destinations.place,
	    "the MTA's mailer is " STR_FORMAT ", its address " STR_FORMAT,
	    STR_ARGS(mailer), STR_ARGS(request->rcpt_addr));
	if (!mine && request->mta == REQUEST_MTA_SENDMAIL)
		return judge_mta_lists(policy, scratch, trace);
	return mine ? ours_by_mta : foreign;
}

static struct relay_finding
judge_by_mta(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace)
{
	switch (request->protocol) {
	case REQUEST_POLICY:
		trace_add(trace, "destination", STR("mta"), "asked",
		    policy->destinations.place, "the MTA judges it itself");
		return ask_mta;
	case REQUEST_MILTER:
		if (request->macros)
			return judge_macros(policy, request, scratch, trace);
		trace_add(trace, "destination", STR("mta"), "failed",
		    policy->destinations.place,
		    "the MTA has not told {rcpt_mailer}");
		return failed;
	}
	return failed;
}

/* Whether the list of destinations has the recipient. */
static enum lookup
find_destination(const struct policy *policy, struct policy_scratch *scratch,
    struct trace *trace)
{
	struct table_key key = { .mailbox = &scratch->recipient };
	struct str found = { NULL, 0 };
	enum lookup result = table_list_find(&policy->destinations, &key,
	    scratch->tables, &found);

	switch (result) {
	case LOOKUP_FOUND:
		trace_add(trace, "destination", STR("destinations"), "ours",
		    policy->destinations.place, "matches " STR_FORMAT,
		    STR_ARGS(found));
		break;
	case LOOKUP_FAILED:
		note(trace, policy, "failed", "could not be looked up");
		break;
	case LOOKUP_MISSING:
		note(trace, policy, "no", "matches no value of the list");
		break;
	}
	return result;
}

/* What needs no list: postmaster, and addresses that cannot be ours. */
static bool
judge_form(const struct policy *policy, const struct mailbox *recipient,
    struct trace *trace, struct relay_finding *finding)
{
	if (mailbox_is_bare_postmaster(recipient)) {
		note(trace, policy, "ours", "postmaster (RFC 5321, 4.5.1)");
		*finding = ours;
		return true;
	}
	if (recipient->null) {
		note(trace, policy, "no", "there is no recipient");
		*finding = foreign;
		return true;
	}
	if (mailbox_has_routing(recipient) ||
	    recipient->kind == MAILBOX_BAD_DOMAIN) {
		note(trace, policy, "no", "it is not one plain address");
		*finding = routed;
		return true;
	}
	if (recipient->kind == MAILBOX_LITERAL &&
	    host_has_address(&policy->host, &recipient->literal)) {
		note(trace, policy, "ours", "an address of this host");
		*finding = ours;
		return true;
	}
	return false;
}

struct relay_finding
relay_judge(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace)
{
	const struct mailbox *recipient = &scratch->recipient;
	struct relay_finding finding;

	if (judge_form(policy, recipient, trace, &finding))
		return finding;

	/* Which domain a bare local part is for, only the MTA knows. */
	enum lookup listed = LOOKUP_MISSING;
	if (recipient->kind != MAILBOX_NO_DOMAIN)
		listed = find_destination(policy, scratch, trace);
	if (listed == LOOKUP_FOUND)
		return ours;
	if (listed == LOOKUP_FAILED)
		return failed;
	if (policy->destinations_mta)
		return judge_by_mta(policy, request, scratch, trace);
	return foreign;
}

struct relay_finding
relay_judge_etrn(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace)
{
	if (scratch->recipient.kind == MAILBOX_DOMAIN) {
		enum lookup listed = find_destination(policy, scratch, trace);

		if (listed == LOOKUP_FOUND)
			return ours;
		if (listed == LOOKUP_FAILED)
			return failed;
	}
	if (policy->destinations_mta && request->protocol == REQUEST_POLICY) {
		note(trace, policy, "asked", "fast_flush_domains decide");
		return ours_by_mta;
	}
	note(trace, policy, "no", "not a destination of ours");
	return foreign;
}
