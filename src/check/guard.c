/*
 * guard.c - our own guard, where an MTA asks it.
 */
#include "check/guard.h"

#include "check/guard_systemd.h"

#include <stdlib.h>

struct guard {
	struct guard_options options;
	struct policy_scratch *scratch;
	struct restrictions_guard up, down;
	struct guard_sockets passed; /* to its policy server, by systemd */
	bool milter;           /* one of the service's milters is the guard */
	bool milter_lets_pass; /* when it is down */
	struct place milter_maps_place; /* smtpd_milter_maps, if there are */
};

/* A path below the queue directory, or of a chroot, as the host names it. */
static const char *
socket_path(const struct guard *guard, struct str path, struct arena *arena)
{
	struct postfix_value queue;
	struct error error;

	if (str_starts(path, STR("/")))
		return arena_print(arena, STR_FORMAT, STR_ARGS(path));
	if (!postfix_value(guard->options.postfix, guard->options.service,
		"queue_directory", &queue, &error))
		return NULL;
	return arena_print(arena, STR_FORMAT "/" STR_FORMAT,
	    STR_ARGS(queue.text), STR_ARGS(path));
}

/*
 * Whether a path that Postfix names is a listener's: as it is, or below the
 * queue directory, where a smtpd in its chroot looks for it.
 */
static bool
same_socket(const struct guard *guard, struct str path, struct str listener)
{
	struct arena *arena = arena_new(0);
	const char *whole = socket_path(guard, path, arena);
	bool same = false;

	if (whole != NULL)
		same = str_equal(str_from(whole), listener);
	if (!same && str_starts(path, STR("/"))) {
		struct str below = str_slice(path, 1, path.length);

		whole = socket_path(guard, below, arena);
		same = whole != NULL && str_equal(str_from(whole), listener);
	}
	arena_free(arena);
	return same;
}

/* Whether inet:host:port leads to a listener; the port must be the same. */
static bool
same_port(struct str endpoint, struct str listener)
{
	static const char *const here[] = { "127.0.0.1", "localhost", "[::1]" };
	struct str host, port, at, number;
	bool local = false, any;

	if (!str_cut_last(endpoint, ':', &host, &port) ||
	    !str_cut_last(listener, ':', &at, &number) ||
	    !str_equal(port, number))
		return false;
	if (str_equal(host, at))
		return true;
	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		local |= str_equal(host, str_from(here[i]));
	any = str_equal(at, STR("*")) || str_equal(at, STR("localhost")) ||
	    str_equal(at, STR("127.0.0.1"));
	return local && any;
}

/* Whether an endpoint leads to where a listener is. */
static bool
is_at(const struct guard *guard, struct str endpoint, struct str at)
{
	static const struct str unix_prefix = STR_INIT("unix:");
	static const struct str inet_prefix = STR_INIT("inet:");

	if (str_starts(endpoint, unix_prefix) && str_starts(at, unix_prefix))
		return same_socket(guard,
		    str_slice(endpoint, unix_prefix.length, endpoint.length),
		    str_slice(at, unix_prefix.length, at.length));
	return str_starts(endpoint, inet_prefix) &&
	    str_starts(at, inet_prefix) &&
	    same_port(str_slice(endpoint, inet_prefix.length, endpoint.length),
		str_slice(at, inet_prefix.length, at.length));
}

static bool
is_listener(const struct guard *guard, struct str endpoint,
    const struct policy_listener *listeners, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_at(guard, endpoint, listeners[i].at))
			return true;
	return false;
}

/* Whether an endpoint is a socket that systemd passes to the guard. */
static bool
is_passed(const struct guard *guard, struct str endpoint)
{
	for (size_t i = 0; i < guard->passed.count; i++)
		if (is_at(guard, endpoint, guard->passed.at[i]))
			return true;
	return false;
}

/* Whether a service of master.cf runs the guard for each connection. */
static bool
is_spawned(const struct guard *guard, struct str endpoint)
{
	static const struct str prefix = STR_INIT("unix:private/");
	const struct postfix_master *master = &guard->options.postfix->master;
	struct str name;

	if (!str_starts(endpoint, prefix))
		return false;
	name = str_slice(endpoint, prefix.length, endpoint.length);
	for (size_t i = 0; i < master->count; i++) {
		const struct postfix_service *service = &master->services[i];

		if (!str_equal(service->name, name) ||
		    !str_equal(service->type, STR("unix")) ||
		    !str_equal(service->command, STR("spawn")))
			continue;
		for (size_t a = 0; a < service->argument_count; a++)
			if (str_ends(service->arguments[a], STR("mtaguardd")))
				return true;
	}
	return false;
}

bool
guard_has_policy(const struct guard *guard, struct str endpoint)
{
	const struct policy *policy = guard->options.policy;

	return policy != NULL &&
	    (is_listener(guard, endpoint, policy->policy_listeners,
		 policy->policy_listener_count) ||
		is_passed(guard, endpoint) || is_spawned(guard, endpoint));
}

bool
guard_has_milter(const struct guard *guard, struct str endpoint)
{
	const struct policy *policy = guard->options.policy;

	return policy != NULL &&
	    is_listener(guard, endpoint, policy->milter_listeners,
		policy->milter_listener_count);
}

static void
request_init(const struct guard *guard, const struct session *session,
    struct request *request)
{
	*request = (struct request){
		.session = *session,
		.now = guard->options.now,
		.mta = REQUEST_MTA_POSTFIX,
	};
}

/* The policy protocol has addresses without brackets, and dequoted. */
static struct str
internal_form(struct str path)
{
	if (str_starts(path, STR("<")) && str_ends(path, STR(">")))
		return str_slice(path, 1, path.length - 1);
	return path;
}

static bool
has_quotes(struct str path)
{
	struct str before, after;

	return str_cut(path, '"', &before, &after);
}

/* Words a decision as serve/attr.h does for the policy protocol. */
static struct str
action_print(const struct decision *decision, struct arena *arena)
{
	switch (decision->verdict) {
	case VERDICT_CONTINUE:
		return STR("DUNNO");
	case VERDICT_ASK_MTA:
		return decision->observe
		    ? STR("warn_if_reject reject_unauth_destination")
		    : STR("reject_unauth_destination");
	case VERDICT_REJECT:
	case VERDICT_DEFER:
		if (decision->observe)
			return STR("DUNNO");
		return str_from(arena_print(arena,
		    "%u " STR_FORMAT " " STR_FORMAT, decision->code,
		    STR_ARGS(decision->dsn), STR_ARGS(decision->text)));
	}
	abort();
}

static bool
ask(void *state, struct str endpoint, const struct session *session,
    struct arena *arena, struct str *action)
{
	struct guard *guard = state;
	struct decision decision;
	struct request request;

	if (!guard_has_policy(guard, endpoint))
		return false;
	request_init(guard, session, &request);
	request.protocol = REQUEST_POLICY;
	if (session->form == MAILBOX_ARGUMENT && !has_quotes(session->sender) &&
	    !has_quotes(session->recipient)) {
		request.session.form = MAILBOX_INTERNAL;
		request.session.sender = internal_form(session->sender);
		request.session.recipient = internal_form(session->recipient);
	}
	policy_decide(guard->options.policy, &request, guard->scratch, NULL,
	    &decision);
	*action = action_print(&decision, arena);
	return true;
}

/* What a milter's absence means: only accept lets a recipient pass. */
static bool
milter_is_open(struct str action)
{
	return str_equal_nocase(action, STR("accept")) ||
	    str_equal_nocase(action, STR("quarantine"));
}

struct str
guard_endpoint_option(struct str token, const char *name)
{
	struct str found = STR("");
	struct str part, value;

	if (str_starts(token, STR("{")) && str_ends(token, STR("}")))
		token = str_slice(token, 1, token.length - 1);
	while (token.length > 0) {
		str_cut(token, ',', &part, &token);
		part = str_trim(part);
		if (str_starts(part, STR("{")))
			part = str_slice(part, 1, part.length);
		if (str_ends(part, STR("}")))
			part = str_slice(part, 0, part.length - 1);
		if (str_cut(part, '=', &part, &value) &&
		    str_equal(str_trim(part), str_from(name)))
			found = str_trim(value);
	}
	return found;
}

struct str
guard_endpoint(struct str token)
{
	if (str_starts(token, STR("{")))
		token = str_trim(str_slice(token, 1, token.length));
	for (size_t i = 0; i < token.length; i++)
		if (token.data[i] == ',' || token.data[i] == '}' ||
		    token.data[i] == ' ')
			return str_slice(token, 0, i);
	return token;
}

/* Whether the service asks no milter at all (postconf(5)). */
static bool
has_no_milters(const struct guard_options *options)
{
	struct postfix_value override;
	struct error error;
	struct str token;

	if (!postfix_value(options->postfix, options->service,
		"receive_override_options", &override, &error))
		return false;
	while (postfix_list_next(&override.text, &token))
		if (str_equal_nocase(token, STR("no_milters")))
			return true;
	return false;
}

static void
find_milter(struct guard *guard)
{
	const struct guard_options *options = &guard->options;
	struct postfix_value milters, action, maps;
	struct error error;
	struct str rest, token;

	if (options->policy == NULL || has_no_milters(options) ||
	    !postfix_value(options->postfix, options->service, "smtpd_milters",
		&milters, &error) ||
	    !postfix_value(options->postfix, options->service,
		"milter_default_action", &action, &error) ||
	    !postfix_value(options->postfix, options->service,
		"smtpd_milter_maps", &maps, &error))
		return;
	if (maps.text.length > 0)
		guard->milter_maps_place = maps.place;
	rest = milters.text;
	while (postfix_list_next(&rest, &token)) {
		struct str endpoint = guard_endpoint(token);

		if (!guard_has_milter(guard, endpoint))
			continue;
		struct str own = guard_endpoint_option(token, "default_action");
		guard->milter = true;
		guard->milter_lets_pass =
		    milter_is_open(own.length > 0 ? own : action.text);
	}
}

/* Of another host's files alone, this host's units say nothing. */
static void
find_passed(struct guard *guard, struct arena *arena)
{
	const struct policy *policy = guard->options.policy;
	const struct mta_host *host = guard->options.postfix->host;
	static const struct str prefix = STR_INIT("systemd:");

	if (policy == NULL || host->elsewhere)
		return;
	for (size_t i = 0; i < policy->policy_listener_count; i++) {
		struct str at = policy->policy_listeners[i].at;

		if (str_starts(at, prefix))
			guard_systemd_sockets(host->tree,
			    str_slice(at, prefix.length, at.length), arena,
			    &guard->passed);
	}
}

static void
scratch_free(void *scratch)
{
	policy_scratch_free(scratch);
}

struct guard *
guard_new(const struct guard_options *options, struct arena *arena)
{
	struct guard *guard = arena_alloc(arena, sizeof(*guard));

	guard->options = *options;
	guard->scratch = policy_scratch_new();
	arena_cleanup(arena, scratch_free, guard->scratch);
	guard->up = (struct restrictions_guard){ .state = guard, .ask = ask };
	find_passed(guard, arena);
	guard->down = guard->up;
	guard->down.down = true;
	find_milter(guard);
	return guard;
}

const struct restrictions_guard *
guard_restrictions(struct guard *guard, bool down)
{
	return down ? &guard->down : &guard->up;
}

bool
guard_is_wired(const struct guard *guard, struct restrictions *restrictions)
{
	const struct restriction_element *elements;
	size_t count;

	restrictions_elements(restrictions, &elements, &count);
	for (size_t i = 0; i < count; i++)
		if (str_equal(elements[i].restriction,
			STR("check_policy_service")) &&
		    guard_has_policy(guard,
			guard_endpoint(elements[i].argument)))
			return true;
	return guard->milter;
}

bool
guard_milter_refuses(struct guard *guard, const struct session *session,
    const struct ruling *ruling, bool down)
{
	struct decision decision;
	struct request request;

	if (!guard->milter)
		return false;
	if (down)
		return !guard->milter_lets_pass;
	request_init(guard, session, &request);
	request.protocol = REQUEST_MILTER;
	request.macros = true;
	request.rcpt_mailer = ruling->transport;
	request.rcpt_host = ruling->nexthop;
	request.rcpt_addr = ruling->resolved;
	policy_decide(guard->options.policy, &request, guard->scratch, NULL,
	    &decision);
	return !decision.observe &&
	    (decision.verdict == VERDICT_REJECT ||
		decision.verdict == VERDICT_DEFER);
}

bool
guard_milter_is_certain(const struct guard *guard, struct place *place)
{
	*place = guard->milter_maps_place;
	return place->file == NULL;
}

bool
guard_trusts(struct guard *guard, const struct policy_grant *grant,
    const struct address *address)
{
	struct table_key key = { .address = address };

	return grant->from.count == 0 ||
	    table_list_find(&grant->from, &key, guard->scratch->tables, NULL) !=
	    LOOKUP_MISSING;
}

const struct policy *
guard_policy_widened(const struct policy *policy, struct arena *arena)
{
	struct policy *wide = arena_alloc(arena, sizeof(*wide));
	struct policy_grant *grants =
	    arena_alloc(arena, (policy->grant_count + 1) * sizeof(*grants));
	bool widened = false;

	*wide = *policy;
	wide->grants = grants;
	for (size_t i = 0; i < policy->grant_count; i++) {
		grants[i] = policy->grants[i];
		widened |= grants[i].senders.count + grants[i].to.count > 0;
		grants[i].senders.count = grants[i].to.count = 0;
	}
	return widened ? wide : NULL;
}
