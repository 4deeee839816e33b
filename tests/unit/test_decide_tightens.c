/*
 * test_decide_tightens.c - of random policies and requests: trusting less
 * never lets more pass.
 */
#include "policy/policy.h"

#include "tests/lib/policy_build.h"
#include "tests/lib/tap.h"

#include <stdint.h>

enum {
	POLICIES = 300,
	REQUESTS = 60, /* of each policy */
};

static const char *const clients[] = { "10.1.2.3", "10.1.9.9", "192.0.2.1",
	"203.0.113.9", "2001:db8::7", "127.0.0.1", "local", "unknown" };
static const char *const networks[] = { "10.1.2.0/24", "10.0.0.0/8",
	"192.0.2.0/24 10.1.2.3", "0.0.0.0/0", "::/0", "127.0.0.0/8 ::1",
	"203.0.113.9" };
static const char *const names[] = { "x.test", "far.test", ".far.test",
	"example.com", "a@x.test" };
static const char *const mailboxes[] = { "a@x.test", "b@x.test", "v@far.test",
	"v@sub.far.test", "bob@example.com", "v%far.test@example.com", "bob",
	"postmaster", "", "v@[127.0.0.1]" };
static const char *const logins[] = { "tom", "eve", NULL };
static const char *const methods[] = { "PLAIN", "ANONYMOUS", "XCLIENT" };
static const unsigned ports[] = { 25, 465, 587 };

static const enum session_stage stages[] = { SESSION_RCPT, SESSION_RCPT,
	SESSION_RCPT, SESSION_VRFY, SESSION_OTHER, SESSION_DATA };

static size_t
below(uint64_t *random, size_t limit)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (size_t)(*random % limit);
}

#define PICK(random, array) ((array)[below((random), TAP_COUNT(array))])

/* One chance in so many. */
static bool
chance(uint64_t *random, size_t in)
{
	return below(random, in) == 0;
}

static void
add_grant(struct policy_build *build, uint64_t *random)
{
	struct policy_grant *grant = policy_build_grant(build, "grant",
	    chance(random, 4) ? "" : PICK(random, networks));

	if (chance(random, 3))
		grant->senders = policy_build_list(build, TABLE_SENDERS,
		    PICK(random, names));
	if (chance(random, 3))
		grant->to = policy_build_list(build, TABLE_DOMAINS,
		    PICK(random, names));
	if (chance(random, 3))
		grant->ports = (struct policy_ports){
			&ports[below(random, TAP_COUNT(ports))], 1
		};
	grant->login = chance(random, 3) || grant->from.count == 0;
	grant->tls = chance(random, 4);
	grant->gateway = chance(random, 6);
	grant->null_sender = !chance(random, 3);
	grant->until = chance(random, 4) ? 500 : 0;
}

static void
make_policy(struct policy_build *build, uint64_t *random)
{
	policy_build_init(build);
	policy_build_gateway(build, "192.0.2.1");
	build->policy.never_trust_gateways = chance(random, 2);
	build->policy.destinations = policy_build_list(build, TABLE_DOMAINS,
	    chance(random, 4) ? "" : PICK(random, names));
	build->policy.destinations_mta = chance(random, 3);
	if (chance(random, 3))
		build->policy.client_count = 1;
	if (chance(random, 2))
		build->clients[0].ports = (struct policy_ports){
			&ports[below(random, TAP_COUNT(ports))], 1
		};
	for (size_t i = below(random, POLICY_BUILD_GRANTS); i > 0; i--)
		add_grant(build, random);
}

static struct asked
make_request(uint64_t *random)
{
	return (struct asked){
		.client = PICK(random, clients),
		.sender = PICK(random, mailboxes),
		.recipient = PICK(random, mailboxes),
		.login = PICK(random, logins),
		.method = PICK(random, methods),
		.tls = chance(random, 2) ? "TLSv1.3" : NULL,
		.port = PICK(random, ports),
		.stage = PICK(random, stages),
		.milter = chance(random, 3),
	};
}

/* From what the client is refused for good, to what it may. */
static int
softness(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_REJECT:
		return 0;
	case VERDICT_DEFER:
		return 0;
	case VERDICT_ASK_MTA:
		return 1;
	case VERDICT_CONTINUE:
		return 2;
	}
	return 2;
}

/* What makes a policy narrower; false: it has nothing of that. */
struct narrowing {
	const char *name;
	bool (*apply)(struct policy_build *build, uint64_t *random);
};

static bool
trust_nobody_there(struct policy_build *build, uint64_t *random)
{
	build->policy.never_trust =
	    policy_build_list(build, TABLE_NETWORKS, PICK(random, networks));
	return true;
}

static bool
trust_no_gateway(struct policy_build *build, uint64_t *random)
{
	(void)random;
	build->policy.never_trust_gateways = true;
	return true;
}

static bool
remove_a_grant(struct policy_build *build, uint64_t *random)
{
	if (build->policy.grant_count == 0)
		return false;
	size_t last = --build->policy.grant_count;
	build->grants[below(random, last + 1)] = build->grants[last];
	return true;
}

static bool
remove_the_destinations(struct policy_build *build, uint64_t *random)
{
	(void)random;
	build->policy.destinations.count = 0;
	return true;
}

static bool
ask_no_mta(struct policy_build *build, uint64_t *random)
{
	(void)random;
	build->policy.destinations_mta = false;
	return true;
}

static bool
want_granted_clients(struct policy_build *build, uint64_t *random)
{
	(void)random;
	build->policy.client_count = 1;
	build->clients[0].ports.count = 0;
	return true;
}

static bool
add_a_condition(struct policy_build *build, uint64_t *random)
{
	if (build->policy.grant_count == 0)
		return false;
	struct policy_grant *grant =
	    &build->grants[below(random, build->policy.grant_count)];
	if (chance(random, 2))
		grant->tls = true;
	else
		grant->login = true;
	return true;
}

static const struct narrowing narrowings[] = {
	{ "a never_trust", trust_nobody_there },
	{ "never_trust gateways", trust_no_gateway },
	{ "a grant less", remove_a_grant },
	{ "no list of destinations", remove_the_destinations },
	{ "no \"mta\"", ask_no_mta },
	{ "clients = \"granted\"", want_granted_clients },
	{ "one more condition", add_a_condition },
};

static struct request
request_with_macros(const struct asked *asked, uint64_t *random)
{
	static const char *const mailers[] = { "local", "smtp", "esmtp",
		"error" };
	struct request request = asked_request(asked);

	if (!asked->milter || chance(random, 4))
		return request;
	request.macros = true;
	request.mta =
	    chance(random, 2) ? REQUEST_MTA_POSTFIX : REQUEST_MTA_SENDMAIL;
	request.rcpt_mailer = str_from(PICK(random, mailers));
	request.rcpt_addr = str_from(PICK(random, mailboxes));
	return request;
}

struct tally {
	unsigned narrower; /* verdicts that have changed */
	unsigned same;
	unsigned softer;    /* the promise is broken */
	unsigned continues; /* before, so that it could have become softer */
};

/* Judges requests before and after one policy is made narrower. */
static void
try_policy(const struct narrowing *narrowing, uint64_t *random,
    struct tally *tally)
{
	struct asked asked[REQUESTS];
	struct request requests[REQUESTS];
	int before[REQUESTS];
	struct policy_build build;

	make_policy(&build, random);
	for (size_t i = 0; i < REQUESTS; i++) {
		asked[i] = make_request(random);
		requests[i] = request_with_macros(&asked[i], random);
		before[i] =
		    softness(policy_build_judge(&build, &requests[i]).verdict);
		tally->continues += before[i] == 2;
	}
	bool applied = narrowing->apply(&build, random);
	for (size_t i = 0; i < REQUESTS && applied; i++) {
		int after =
		    softness(policy_build_judge(&build, &requests[i]).verdict);

		tally->narrower += after < before[i];
		tally->same += after == before[i];
		tally->softer += after > before[i];
	}
	policy_build_free(&build);
}

static void
trusting_less_never_lets_more_pass(void)
{
	uint64_t random = 0x2545f4914f6cdd1d;

	for (size_t i = 0; i < TAP_COUNT(narrowings); i++) {
		struct tally tally = { 0 };

		for (int j = 0; j < POLICIES; j++)
			try_policy(&narrowings[i], &random, &tally);
		tap_case("%s: %u narrower, %u the same", narrowings[i].name,
		    tally.narrower, tally.same);
		CHECK_INT(tally.softer, 0);
		CHECK(tally.narrower > 0);
		CHECK(tally.same > 0);
		CHECK(tally.continues > 0);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(trusting_less_never_lets_more_pass),
};

int
main(void)
{
	return TAP_RUN(tests);
}
