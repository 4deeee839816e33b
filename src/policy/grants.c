/*
 * grants.c - who may send to the rest of the world: whether a grant covers a
 * session.
 */
#include "policy/grants.h"

#include "base/buf.h"

/* What the conditions of all grants ask about one session. */
struct grants_state {
	const struct policy *policy;
	const struct request *request;
	struct policy_scratch *scratch;
	bool sender_parsed;
	bool trust_known; /* whether never_trust was asked */
	enum lookup never_trusted;
};

/* A condition that a grant may give. */
struct condition {
	const char *name;
	const char *missing; /* what to tell when it does not hold */
	enum request_fact fact;
	bool what; /* about what is sent, not about who is there */
	bool (*given)(const struct policy_grant *grant);
	/* Whether it holds; found says what matched. */
	enum lookup (*holds)(const struct policy_grant *grant,
	    struct grants_state *state, struct str *found);
};

static enum lookup
lookup_from(bool holds)
{
	return holds ? LOOKUP_FOUND : LOOKUP_MISSING;
}

bool
grants_ports_hold(const struct policy_ports *ports, unsigned port)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->ports[i] == port)
			return true;
	return ports->count == 0;
}

static bool
until_given(const struct policy_grant *grant)
{
	return grant->until != 0;
}

static enum lookup
until_holds(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	*found = STR("not yet");
	return lookup_from(state->request->now < grant->until);
}

static bool
ports_given(const struct policy_grant *grant)
{
	return grant->ports.count > 0;
}

static enum lookup
ports_hold(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	*found = STR("this one");
	return lookup_from(grants_ports_hold(&grant->ports,
	    state->request->session.server_port));
}

/*
 * ANONYMOUS says that there is no name, and XCLIENT that a proxy claims one
 * (Postfix believes it without any SASL server).
 */
static bool
is_logged_in(const struct session *session)
{
	return session->login.length > 0 && session->login_method.length > 0 &&
	    !str_equal_nocase(session->login_method, STR("ANONYMOUS")) &&
	    !str_equal_nocase(session->login_method, STR("XCLIENT"));
}

static bool
login_given(const struct policy_grant *grant)
{
	return grant->login || grant->logins.count > 0;
}

static enum lookup
login_holds(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	const struct session *session = &state->request->session;

	if (!is_logged_in(session))
		return LOOKUP_MISSING;
	*found = session->login;
	if (grant->logins.count == 0)
		return LOOKUP_FOUND;
	struct table_key key = { .word = session->login };
	return table_list_find(&grant->logins, &key, state->scratch->tables,
	    found);
}

static bool
tls_given(const struct policy_grant *grant)
{
	return grant->tls;
}

static enum lookup
tls_holds(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	(void)grant;
	*found = state->request->session.tls_version;
	return lookup_from(found->length > 0);
}

/* Asked at most once a session, and only if a "from" holds. */
static enum lookup
never_trusted(struct grants_state *state)
{
	const struct policy *policy = state->policy;
	const struct address *client = &state->request->session.client;
	struct table_key key = { .address = client };
	struct str found;

	if (state->trust_known)
		return state->never_trusted;
	state->trust_known = true;
	if (policy->never_trust_gateways &&
	    host_has_gateway(&policy->host, client))
		state->never_trusted = LOOKUP_FOUND;
	else
		state->never_trusted = table_list_find(&policy->never_trust,
		    &key, state->scratch->tables, &found);
	return state->never_trusted;
}

/* A program of this host counts as a client from its loopback addresses. */
static enum lookup
from_holds_local(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	static const struct address loopback[] = {
		{ { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } },
		{ { [15] = 1 } },
	};
	struct table_key key = { .address = &loopback[0] };
	enum lookup first =
	    table_list_find(&grant->from, &key, state->scratch->tables, found);

	if (first == LOOKUP_FOUND)
		return LOOKUP_FOUND;
	key.address = &loopback[1];
	enum lookup second =
	    table_list_find(&grant->from, &key, state->scratch->tables, found);
	return second == LOOKUP_MISSING ? first : second;
}

static enum lookup
from_holds_address(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	struct table_key key = { .address = &state->request->session.client };
	enum lookup from =
	    table_list_find(&grant->from, &key, state->scratch->tables, found);

	if (from == LOOKUP_MISSING || grant->gateway)
		return from;
	enum lookup never = never_trusted(state);
	if (never == LOOKUP_FOUND) {
		*found = STR("never trusted");
		return LOOKUP_MISSING;
	}
	return never == LOOKUP_FAILED ? LOOKUP_FAILED : from;
}

static bool
from_given(const struct policy_grant *grant)
{
	return grant->from.count > 0;
}

static enum lookup
from_holds(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	switch (state->request->session.client_kind) {
	case SESSION_CLIENT_UNKNOWN:
		return LOOKUP_MISSING;
	case SESSION_CLIENT_ADDRESS:
		return from_holds_address(grant, state, found);
	case SESSION_CLIENT_LOCAL:
		return from_holds_local(grant, state, found);
	}
	return LOOKUP_MISSING;
}

static bool
certificates_given(const struct policy_grant *grant)
{
	return grant->certificates.count > 0;
}

static enum lookup
certificates_hold(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	const struct session *session = &state->request->session;
	const struct str fingerprints[] = {
		session->certificate,
		session->certificate_key,
	};
	enum lookup result = LOOKUP_MISSING;

	for (size_t i = 0; i < 2 && result != LOOKUP_FOUND; i++) {
		struct table_key key = { .word = fingerprints[i] };

		if (key.word.length == 0)
			continue;
		enum lookup one = table_list_find(&grant->certificates, &key,
		    state->scratch->tables, found);
		if (one != LOOKUP_MISSING)
			result = one;
	}
	return result;
}

static bool
senders_given(const struct policy_grant *grant)
{
	return grant->senders.count > 0;
}

/*
 * Bounces have no sender, so <> is in every list that does not say
 * otherwise. What has routing in it is in no list.
 */
static enum lookup
senders_hold(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	const struct session *session = &state->request->session;
	struct policy_scratch *scratch = state->scratch;
	struct mailbox *sender = &scratch->sender;

	if (!state->sender_parsed)
		mailbox_parse(session->sender, session->form,
		    &scratch->sender_space, sender);
	state->sender_parsed = true;
	if (sender->null) {
		*found = STR("<>");
		return lookup_from(grant->null_sender);
	}
	struct table_key key = { .mailbox = sender };
	return table_list_find(&grant->senders, &key, scratch->tables, found);
}

static bool
to_given(const struct policy_grant *grant)
{
	return grant->to.count > 0;
}

static enum lookup
to_holds(const struct policy_grant *grant, struct grants_state *state,
    struct str *found)
{
	const struct mailbox *recipient = &state->scratch->recipient;
	struct table_key key = { .mailbox = recipient };

	if (recipient->null || mailbox_has_routing(recipient))
		return LOOKUP_MISSING;
	return table_list_find(&grant->to, &key, state->scratch->tables, found);
}

/* In the order in which they are asked: cheap ones, and who, come first. */
static const struct condition conditions[] = {
	{
	    .name = "until",
	    .missing = "its last day is over",
	    .fact = REQUEST_CLIENT,
	    .given = until_given,
	    .holds = until_holds,
	},
	{
	    .name = "ports",
	    .missing = "it is for other ports",
	    .fact = REQUEST_PORT,
	    .given = ports_given,
	    .holds = ports_hold,
	},
	{
	    .name = "login",
	    .missing = "no login, or none that counts",
	    .fact = REQUEST_LOGIN,
	    .given = login_given,
	    .holds = login_holds,
	},
	{
	    .name = "tls",
	    .missing = "the session is in the clear",
	    .fact = REQUEST_TLS,
	    .given = tls_given,
	    .holds = tls_holds,
	},
	{
	    .name = "from",
	    .missing = "the client is not in its networks, or never trusted",
	    .fact = REQUEST_CLIENT,
	    .given = from_given,
	    .holds = from_holds,
	},
	{
	    .name = "certificates",
	    .missing = "no certificate of its list",
	    .fact = REQUEST_CERTIFICATE,
	    .given = certificates_given,
	    .holds = certificates_hold,
	},
	{
	    .name = "senders",
	    .missing = "the sender is not in its list",
	    .fact = REQUEST_SENDER,
	    .what = true,
	    .given = senders_given,
	    .holds = senders_hold,
	},
	{
	    .name = "to",
	    .missing = "the recipient is not in its list",
	    .fact = REQUEST_RECIPIENT,
	    .what = true,
	    .given = to_given,
	    .holds = to_holds,
	},
};

enum {
	CONDITIONS = sizeof(conditions) / sizeof(conditions[0]),
};

static bool
is_carried(enum request_protocol protocol, enum request_fact fact)
{
	switch (protocol) {
	case REQUEST_POLICY:
		return request_facts[fact].policy;
	case REQUEST_MILTER:
		return request_facts[fact].milter;
	}
	return false;
}

bool
grants_carried(const struct policy_grant *grant, enum request_protocol protocol,
    enum request_fact *missing)
{
	for (size_t i = 0; i < CONDITIONS; i++) {
		*missing = conditions[i].fact;
		if (conditions[i].given(grant) &&
		    !is_carried(protocol, *missing))
			return false;
	}
	return true;
}

/* How the conditions of one grant turned out. */
struct outcome {
	enum lookup who;                 /* all conditions about who is there */
	enum lookup all;                 /* all conditions */
	const struct condition *stopped; /* the first that did not hold */
	bool carried;                    /* whether its fact is */
	char held[TRACE_DETAIL];         /* with a trace: what held, by what */
};

static void
note_held(struct buf *held, const char *name, struct str found)
{
	buf_print(held, "%s%s " STR_FORMAT, held->length > 0 ? "; " : "", name,
	    STR_ARGS(found));
}

/*
 * One condition that does not hold decides, also after one that could not be
 * looked up: whatever that might have said, the grant does not cover.
 */
static void
grant_judge(const struct policy_grant *grant, struct grants_state *state,
    bool tracing, struct outcome *outcome)
{
	struct buf held = {
		.data = outcome->held,
		.capacity = sizeof(outcome->held) - 1,
	};

	outcome->who = LOOKUP_FOUND;
	outcome->all = LOOKUP_FOUND;
	outcome->stopped = NULL;
	for (size_t i = 0; i < CONDITIONS; i++) {
		const struct condition *condition = &conditions[i];
		struct str found = { NULL, 0 };

		if (!condition->given(grant))
			continue;
		bool carried =
		    is_carried(state->request->protocol, condition->fact);
		enum lookup result = !carried
		    ? LOOKUP_MISSING
		    : condition->holds(grant, state, &found);
		if (result == LOOKUP_FOUND) {
			if (tracing)
				note_held(&held, condition->name, found);
			continue;
		}
		outcome->stopped = condition;
		outcome->carried = carried;
		outcome->all = result;
		if (!condition->what)
			outcome->who = result;
		if (result == LOOKUP_MISSING)
			break;
	}
	if (tracing)
		outcome->held[held.length] = 0;
}

static void
trace_outcome(struct trace *trace, const struct policy_grant *grant,
    const struct outcome *outcome)
{
	switch (outcome->all) {
	case LOOKUP_FOUND:
		trace_add(trace, "grant", grant->name, "covers", grant->place,
		    "%s", outcome->held);
		return;
	case LOOKUP_FAILED:
		trace_add(trace, "grant", grant->name, "failed", grant->place,
		    "%s: could not be looked up", outcome->stopped->name);
		return;
	case LOOKUP_MISSING:
		trace_add(trace, "grant", grant->name, "no", grant->place,
		    "%s: %s", outcome->stopped->name,
		    outcome->carried ? outcome->stopped->missing
				     : "this protocol does not carry it");
		return;
	}
}

void
grants_find(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace,
    struct grants_finding *finding)
{
	struct grants_state state = {
		.policy = policy,
		.request = request,
		.scratch = scratch,
	};

	*finding = (struct grants_finding){ 0 };
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct policy_grant *grant = &policy->grants[i];
		struct outcome outcome;

		grant_judge(grant, &state, trace != NULL, &outcome);
		if (trace != NULL)
			trace_outcome(trace, grant, &outcome);
		finding->named |= outcome.who == LOOKUP_FOUND;
		finding->naming_failed |= outcome.who == LOOKUP_FAILED;
		finding->failed |= outcome.all == LOOKUP_FAILED;
		if (outcome.all == LOOKUP_FOUND) {
			finding->covering = grant;
			return;
		}
	}
}
