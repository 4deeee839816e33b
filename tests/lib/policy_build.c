/*
 * policy_build.c - policies made by hand, for tests of the engine.
 */
#include "tests/lib/policy_build.h"

#include "tests/lib/tap.h"

#include <string.h>

static void *
fail_open(const void *state, struct table_build *build, struct error *error)
{
	(void)state;
	(void)error;
	return arena_alloc(build->arena, 1);
}

static enum lookup
fail_find(const void *opened, struct table_scratch *scratch, struct str *found)
{
	(void)opened;
	(void)scratch;
	(void)found;
	return LOOKUP_FAILED;
}

static const struct table_source fail_source = {
	.prefix = "fail:",
	.open = fail_open,
	.find = fail_find,
};

static const struct str own_transports[] = {
	STR_INIT("local"),
	STR_INIT("virtual"),
	STR_INIT("relay"),
};

void
policy_build_init(struct policy_build *build)
{
	*build = (struct policy_build){
		.arena = arena_new(0),
		.store = table_store_new(),
	};
	build->policy = (struct policy){
		.arena = build->arena,
		.grants = build->grants,
		.clients = build->clients,
		.own_transports = own_transports,
		.own_transport_count = TAP_COUNT(own_transports),
		.host.addresses = build->addresses,
		.host.gateways = build->gateways,
		.never_trust.subject = TABLE_NETWORKS,
		.destinations.subject = TABLE_DOMAINS,
		.destinations.place = { .file = "test.conf", .line = 1 },
	};
}

void
policy_build_free(struct policy_build *build)
{
	arena_free(build->arena);
	table_store_free(build->store);
}

struct table_list
policy_build_list(struct policy_build *build, enum table_subject subject,
    const char *values)
{
	struct table_options options = {
		.sources = &fail_source,
		.source_count = 1,
		.directory = ".",
		.store = build->store,
	};
	struct table_list list = { .subject = subject };
	struct table_value array[32];
	struct str rest = str_from(values);
	struct problems problems;
	size_t count = 0;

	problems_init(&problems, build->arena);
	while (rest.length > 0) {
		if (count == TAP_COUNT(array))
			tap_bail("too many values");
		array[count] = (struct table_value){ .place.line = 1 };
		str_cut(rest, ' ', &array[count].text, &rest);
		count++;
	}
	if (count > 0 &&
	    !table_list_make(array, count, subject, &options, build->arena,
		&list, &problems))
		tap_bail("%s: %s", values, problems.first->text);
	list.place = (struct place){ .file = "test.conf", .line = 1 };
	return list;
}

struct policy_grant *
policy_build_grant(struct policy_build *build, const char *name,
    const char *from)
{
	size_t index = build->policy.grant_count++;
	struct policy_grant *grant = &build->grants[index];

	if (index == POLICY_BUILD_GRANTS)
		tap_bail("too many grants");
	*grant = (struct policy_grant){
		.name = str_from(name),
		.place = { .file = "test.conf", .line = 10 + (unsigned)index },
		.from = policy_build_list(build, TABLE_NETWORKS, from),
		.null_sender = true,
	};
	return grant;
}

static void
add_address(struct address *addresses, size_t *count, const char *text)
{
	struct error error;

	if (*count == POLICY_BUILD_ADDRESSES ||
	    !address_parse(str_from(text), &addresses[(*count)++], &error))
		tap_bail("%s: cannot be added", text);
}

void
policy_build_address(struct policy_build *build, const char *text)
{
	add_address(build->addresses, &build->policy.host.address_count, text);
}

void
policy_build_gateway(struct policy_build *build, const char *text)
{
	add_address(build->gateways, &build->policy.host.gateway_count, text);
}

static struct str
told(const char *text)
{
	return text == NULL ? (struct str){ "", 0 } : str_from(text);
}

struct request
asked_request(const struct asked *asked)
{
	struct request request = {
		.protocol = asked->milter ? REQUEST_MILTER : REQUEST_POLICY,
		.now = 1000,
		.session = {
		    .stage = asked->stage,
		    .form = asked->milter ? MAILBOX_ARGUMENT
					  : MAILBOX_INTERNAL,
		    .sender = told(asked->sender),
		    .recipient = told(asked->recipient),
		    .login = told(asked->login),
		    .login_method = told(asked->method),
		    .tls_version = told(asked->tls),
		    .server_port = asked->port,
		},
	};
	struct error error;

	if (asked->client == NULL)
		return request;
	if (strcmp(asked->client, "local") == 0)
		request.session.client_kind = SESSION_CLIENT_LOCAL;
	else if (address_parse(str_from(asked->client), &request.session.client,
		     &error))
		request.session.client_kind = SESSION_CLIENT_ADDRESS;
	return request;
}

struct decision
policy_build_judge(const struct policy_build *build,
    const struct request *request)
{
	struct policy_scratch *scratch = policy_scratch_new();
	struct decision decision;

	policy_decide(&build->policy, request, scratch, NULL, &decision);
	policy_scratch_free(scratch);
	return decision;
}

struct decision
policy_build_decide(const struct policy_build *build, const struct asked *asked)
{
	struct request request = asked_request(asked);

	return policy_build_judge(build, &request);
}
