/*
 * policy_advice.c - what can be used, but will surprise: warnings about a
 * policy as a whole.
 */
#include "policy/policy_advice.h"

#include "policy/grants.h"

/* Whether a list has an address for sure. */
static bool
list_has(const struct table_list *list, const struct address *address,
    struct table_scratch *scratch)
{
	struct table_key key = { .address = address };
	struct str found;

	return table_list_find(list, &key, scratch, &found) == LOOKUP_FOUND;
}

/* Whether mail from an address needs nothing but to come from there. */
static bool
is_granted(const struct policy *policy, const struct address *address,
    int64_t now, struct table_scratch *scratch)
{
	bool distrusted = list_has(&policy->never_trust, address, scratch);

	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct policy_grant *grant = &policy->grants[i];

		if (grant->login || grant->tls ||
		    grant->certificates.count > 0 ||
		    (grant->until != 0 && grant->until <= now) ||
		    (distrusted && !grant->gateway))
			continue;
		if (list_has(&grant->from, address, scratch))
			return true;
	}
	return false;
}

/*
 * Without such a grant, what this host itself sends over SMTP is refused:
 * cron's mail through a local relay, a web application, a mailing list.
 */
static void
advise_loopback(const struct policy *policy, int64_t now,
    struct table_scratch *scratch, struct problems *problems)
{
	static const struct {
		const char *name;
		struct address address;
	} loopback[] = {
		{
		    .name = "127.0.0.1",
		    .address = { { [10] = 0xff,
			[11] = 0xff,
			[12] = 127,
			[15] = 1 } },
		},
		{
		    .name = "::1",
		    .address = { { [15] = 1 } },
		},
	};

	for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++)
		if (!is_granted(policy, &loopback[i].address, now, scratch))
			problems_warning(problems,
			    (struct place){ .file = policy->path },
			    "no grant of relay covers %s: mail of this host "
			    "itself to the outside is refused there",
			    loopback[i].name);
}

/* Addresses that are nobody's: no network of a site has all of a family. */
static const struct probe {
	const char *family;
	struct address addresses[3];
} probes[] = {
	{
	    .family = "IPv4",
	    .addresses = {
		{ { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 } },
		{ { [10] = 0xff, [11] = 0xff, 198, 51, 100, 1 } },
		{ { [10] = 0xff, [11] = 0xff, 203, 0, 113, 1 } },
	    },
	},
	{
	    .family = "IPv6",
	    .addresses = {
		{ { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
		{ { 0x2a, [15] = 1 } },
		{ { 0x3f, 0xff, [15] = 1 } },
	    },
	},
};

static bool
covers_all(const struct table_list *list, const struct probe *probe,
    struct table_scratch *scratch)
{
	for (size_t i = 0; i < 3; i++)
		if (!list_has(list, &probe->addresses[i], scratch))
			return false;
	return true;
}

/* A grant to whole families of addresses is an open relay. */
static void
advise_everybody(const struct policy *policy, struct table_scratch *scratch,
    struct problems *problems)
{
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct policy_grant *grant = &policy->grants[i];

		if (grant->login || grant->certificates.count > 0)
			continue;
		for (size_t j = 0; j < sizeof(probes) / sizeof(probes[0]); j++)
			if (covers_all(&grant->from, &probes[j], scratch))
				problems_warning(problems, grant->place,
				    "the grant \"" STR_FORMAT "\" holds for "
				    "all of %s: it makes an open relay",
				    STR_ARGS(grant->name), probes[j].family);
	}
}

/* So are destinations that everything matches. */
static void
advise_everywhere(const struct policy *policy, struct table_scratch *scratch,
    struct problems *problems)
{
	struct domain_space space;
	struct mailbox mailbox = {
		.text = STR("probe@mtaguard.invalid"),
		.local = STR("probe"),
		.kind = MAILBOX_DOMAIN,
	};
	struct table_key key = { .mailbox = &mailbox };
	struct str found;

	if (domain_normalize(STR("mtaguard.invalid"), &space,
		&mailbox.domain) &&
	    table_list_find(&policy->destinations, &key, scratch, &found) ==
		LOOKUP_FOUND)
		problems_warning(problems, policy->destinations.place,
		    "destinations hold for any domain (" STR_FORMAT
		    "): they make an open relay",
		    STR_ARGS(found));
}

/* So does taking what leaves for what stays. */
static void
advise_transports(const struct policy *policy, struct problems *problems)
{
	for (size_t i = 0; i < policy->own_transport_count; i++)
		if (policy->destinations_mta &&
		    str_equal(policy->own_transports[i], STR("smtp")))
			problems_warning(problems, policy->own_transports_place,
			    "own_transports name \"smtp\", by which mail "
			    "leaves for all the world: in the milter, \"mta\" "
			    "makes an open relay");
}

/* A grant that asks for what a front end cannot know never holds there. */
static void
advise_facts(const struct policy *policy, enum request_protocol protocol,
    const char *name, struct problems *problems)
{
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct policy_grant *grant = &policy->grants[i];
		enum request_fact missing;

		if (!grants_carried(grant, protocol, &missing))
			problems_warning(problems, grant->place,
			    "the grant \"" STR_FORMAT "\" never holds in the "
			    "%s: %s",
			    STR_ARGS(grant->name), name,
			    request_facts[missing].reason);
	}
}

void
policy_advise(const struct policy *policy, int64_t now,
    struct problems *problems)
{
	struct table_scratch *scratch = table_scratch_new();

	advise_loopback(policy, now, scratch, problems);
	advise_everybody(policy, scratch, problems);
	advise_everywhere(policy, scratch, problems);
	advise_transports(policy, problems);
	table_scratch_free(scratch);
	if (policy->policy_listener_count > 0)
		advise_facts(policy, REQUEST_POLICY, "policy protocol",
		    problems);
	if (policy->milter_listener_count > 0)
		advise_facts(policy, REQUEST_MILTER, "milter", problems);
}
