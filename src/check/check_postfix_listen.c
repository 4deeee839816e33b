/*
 * check_postfix_listen.c - where Postfix listens.
 */
#include "check/check_postfix.h"
#include "check/groups.h"
#include "mta/postfix_list.h"

/* The words by which inet_interfaces names nothing but loopback. */
static const char *const loopback_words[] = {
	"loopback-only",
	"localhost",
	"127.0.0.1",
	"::1",
	"[::1]",
};

static bool
is_loopback_word(struct str token)
{
	for (size_t i = 0;
	     i < sizeof(loopback_words) / sizeof(loopback_words[0]); i++)
		if (str_equal_nocase(token, str_from(loopback_words[i])))
			return true;
	return false;
}

/* Whether what is wanted of inet_interfaces is loopback alone. */
static bool
wants_loopback(struct str wanted)
{
	struct str token;

	while (postfix_list_next(&wanted, &token))
		if (!is_loopback_word(token))
			return false;
	return true;
}

static bool
has_all(struct str list, struct str of)
{
	struct str token, rest, other;

	while (postfix_list_next(&of, &token)) {
		bool found = false;

		rest = list;
		while (!found && postfix_list_next(&rest, &other))
			found = str_equal_nocase(token, other);
		if (!found)
			return false;
	}
	return true;
}

static const char *
endpoint_print(struct check_run *run, const struct postfix_endpoint *endpoint)
{
	char bytes[64];
	struct buf text = BUF(bytes);

	if (endpoint->any)
		return endpoint->ipv6 ? "every IPv6 address"
				      : "every IPv4 address";
	address_print(&endpoint->address, &text);
	return arena_print(run->arena, STR_FORMAT, STR_ARGS(buf_str(&text)));
}

/* Whether a line of master.cf names a host, so that inet_interfaces is moot. */
static bool
names_host(const struct postfix_service *service)
{
	struct str host, port;

	return str_cut_last(service->name, ':', &host, &port) &&
	    host.length > 0;
}

static void
listener_look(struct check_run *run, const struct postfix_listener *listener)
{
	const struct postfix_service *inet = listener->inet;
	struct postfix_value value;
	struct place place = check_postfix_service_place(run, inet);
	struct check_finding *finding;

	for (size_t i = 0; i < listener->endpoint_count; i++) {
		const struct postfix_endpoint *endpoint =
		    &listener->endpoints[i];

		if (endpoint->loopback)
			continue;
		value.text = inet->name;
		if (!names_host(inet)) {
			if (!check_postfix_value(run, NULL, "inet_interfaces",
				&value))
				return;
			place = check_postfix_place(run, &value);
		}
		finding = check_fail(run, place, "%s listens on %s",
		    check_postfix_name(run, listener),
		    endpoint_print(run, endpoint));
		finding->value =
		    arena_print(run->arena, STR_FORMAT, STR_ARGS(value.text));
		finding->wanted = "loopback-only";
	}
}

static void
loopback_check(struct check_run *run)
{
	struct postfix_value value;

	if (check_postfix_each(run, false, listener_look) > 0)
		return;
	if (!check_postfix_value(run, NULL, "inet_interfaces", &value))
		return;
	struct check_finding *finding =
	    check_pass(run, check_postfix_place(run, &value),
		"no smtpd can be reached but over loopback");
	finding->value =
	    arena_print(run->arena, STR_FORMAT, STR_ARGS(value.text));
}

/* What the site expects is another list than loopback. */
static void
expected_check(struct check_run *run, const struct check_parameter *wanted)
{
	struct postfix_value value;
	struct check_finding *finding;

	if (!check_postfix_value(run, NULL, "inet_interfaces", &value))
		return;
	bool same = has_all(value.text, wanted->value) &&
	    has_all(wanted->value, value.text);
	struct place place = check_postfix_place(run, &value);
	if (same)
		finding = check_pass(run, place,
		    "inet_interfaces is what is expected of this host");
	else
		finding = check_fail(run, place,
		    "inet_interfaces is not what is expected of this host");
	finding->value =
	    arena_print(run->arena, STR_FORMAT, STR_ARGS(value.text));
	finding->wanted =
	    arena_print(run->arena, STR_FORMAT, STR_ARGS(wanted->value));
}

/* Whether the policy file itself, and not a profile, says a parameter. */
static bool
is_expected(const struct check_run *run,
    const struct check_parameter *parameter)
{
	const struct policy *policy = run->context->policy;

	for (size_t i = 0; policy != NULL && i < policy->expectation_count; i++)
		if (policy->expectations[i].place.line ==
			parameter->place.line &&
		    policy->expectations[i].place.file == parameter->place.file)
			return true;
	return false;
}

static void
interfaces_run(struct check_run *run)
{
	const struct postfix *postfix = run->mta->postfix;
	struct check_parameter wanted = { .value = STR("loopback-only") };

	if (postfix->fatal != NULL) {
		check_fail(run, postfix->fatal_place,
		    "Postfix does not start, so what it will listen on is not "
		    "what is written: %s",
		    postfix->fatal);
		return;
	}
	bool given =
	    check_parameter(run, "var_postfix_inet_interfaces", &wanted);
	if (!wants_loopback(wanted.value)) {
		expected_check(run, &wanted);
		return;
	}
	if (!(given && is_expected(run, &wanted)) &&
	    check_postfix_is_server(run))
		return;
	loopback_check(run);
}

static const struct check checks[] = {
	{
	    .id = "postfix-inet-interfaces",
	    .title =
		"Postfix listens on loopback only, or where it is meant to",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"A host that only sends its own mail needs no port that "
		"others reach; what listens can be attacked, and relays when "
		"it is misconfigured.",
	    .remedy =
		"Set inet_interfaces = loopback-only in main.cf, give the "
		"services of master.cf no other address, and restart Postfix "
		"(a reload does not change where it listens). If this host is "
		"meant to receive mail, say so: roles = [ \"mx\" ] in the "
		"policy file, or --role mx.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_network_listening_disabled" },
		    { "cce", "CCE-82174-4" },
		    { "cce", "CCE-90825-1" },
		    { "cce", "CCE-87280-4" },
		    { "cce", "CCE-91595-9" },
		    { "cce", "CCE-91280-8" },
		    { "cce", "CCE-96218-3" },
		    { "cce", "CCE-93912-4" },
		    { "cis", "2.1.21" },
		    { "cis", "2.1.22" },
		    { "cis", "2.1.23" },
		    { "cis", "2.2.15" },
		    { "cis", "2.2.16" },
		    { "anssi", "R74" },
		    { "pci-dss", "1.4.2" },
		    { "stig", "SLES-15-300150330" },
		    { "stig", "RHEL-06-000249" },
		    { "nist", "CM-7" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = interfaces_run,
	},
};

const struct check_group check_postfix_listen_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
