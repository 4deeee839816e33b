/*
 * test_grants.c - which sessions a grant covers.
 */
#include "policy/grants.h"

#include "tests/lib/policy_build.h"
#include "tests/lib/tap.h"

#include <stddef.h>

/* A session that the grant "all" covers. */
static const struct asked whole = {
	.client = "10.1.2.3",
	.sender = "a@x.test",
	.recipient = "v@far.test",
	.login = "tom",
	.method = "PLAIN",
	.tls = "TLSv1.3",
	.port = 587,
	.stage = SESSION_RCPT,
};

/* Each row changes one field of it; NULL: to nothing. */
static const struct {
	size_t field;
	const char *value;
	bool granted;
} changes[] = {
	{ offsetof(struct asked, client), "10.1.255.255", true },
	{ offsetof(struct asked, client), "10.9.2.3", false },
	{ offsetof(struct asked, client), NULL, false },
	{ offsetof(struct asked, client), "unknown", false },
	{ offsetof(struct asked, client), "local", false },
	{ offsetof(struct asked, sender), "b@X.test.", true },
	{ offsetof(struct asked, sender), NULL, true },
	{ offsetof(struct asked, sender), "a@y.test", false },
	{ offsetof(struct asked, sender), "a@z.x.test", false },
	{ offsetof(struct asked, sender), "a%x@x.test", false },
	{ offsetof(struct asked, sender), "a@b@x.test", false },
	{ offsetof(struct asked, sender), "a", false },
	{ offsetof(struct asked, recipient), "w@far.test", true },
	{ offsetof(struct asked, recipient), "v@farther.test", false },
	{ offsetof(struct asked, recipient), "v%w@far.test", false },
	{ offsetof(struct asked, recipient), NULL, false },
	{ offsetof(struct asked, login), "ann", true },
	{ offsetof(struct asked, login), "eve", false },
	{ offsetof(struct asked, login), NULL, false },
	{ offsetof(struct asked, method), "plain", true },
	{ offsetof(struct asked, method), "CRAM-MD5", true },
	{ offsetof(struct asked, method), "XCLIENT", false },
	{ offsetof(struct asked, method), "xclient", false },
	{ offsetof(struct asked, method), "Anonymous", false },
	{ offsetof(struct asked, method), NULL, false },
	{ offsetof(struct asked, tls), "TLSv1.2", true },
	{ offsetof(struct asked, tls), NULL, false },
};

static void
a_grant_needs_all_of_its_conditions(void)
{
	static const unsigned other_ports[] = { 0, 25, 5870 };
	static const unsigned ports[] = { 465, 587 };
	struct policy_build build;

	policy_build_init(&build);
	struct policy_grant *grant =
	    policy_build_grant(&build, "all", "10.1.0.0/16");
	grant->senders = policy_build_list(&build, TABLE_SENDERS, "x.test");
	grant->to = policy_build_list(&build, TABLE_DOMAINS, "far.test");
	grant->logins = policy_build_list(&build, TABLE_WORDS, "ann tom");
	grant->ports = (struct policy_ports){ ports, TAP_COUNT(ports) };
	grant->login = true;
	grant->tls = true;
	for (size_t i = 0; i < TAP_COUNT(changes); i++) {
		struct asked asked = whole;
		void *at = (char *)&asked + changes[i].field;
		const char **field = at;

		tap_case("%s instead of %s", changes[i].value, *field);
		*field = changes[i].value;
		CHECK_INT(policy_build_decide(&build, &asked).verdict ==
			VERDICT_CONTINUE,
		    changes[i].granted);
	}
	CHECK_INT(policy_build_decide(&build, &whole).cause, DECISION_GRANT);
	CHECK(str_equal(policy_build_decide(&build, &whole).rule, STR("all")));
	for (size_t i = 0; i < TAP_COUNT(other_ports); i++) {
		struct asked asked = whole;

		tap_case("port %u", other_ports[i]);
		asked.port = other_ports[i];
		CHECK_INT(policy_build_decide(&build, &asked).verdict,
		    VERDICT_REJECT);
	}
	policy_build_free(&build);
}

static void
a_condition_that_does_not_hold_outweighs_one_that_failed(void)
{
	static const struct {
		const char *sender;
		const char *recipient;
		enum verdict verdict;
	} cases[] = {
		{ "a@x.test", "v@far.test", VERDICT_DEFER },
		{ "a@y.test", "v@far.test", VERDICT_REJECT },
		{ "a@x.test", "v@near.test", VERDICT_REJECT },
		{ "a%x@x.test", "v@far.test", VERDICT_REJECT },
	};
	struct policy_build build;

	policy_build_init(&build);
	struct policy_grant *grant = policy_build_grant(&build, "f", "fail:");
	grant->senders = policy_build_list(&build, TABLE_SENDERS, "x.test");
	grant->to = policy_build_list(&build, TABLE_DOMAINS, "far.test");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct asked asked = {
			.client = "10.1.2.3",
			.sender = cases[i].sender,
			.recipient = cases[i].recipient,
			.stage = SESSION_RCPT,
		};

		tap_case("%s to %s", cases[i].sender, cases[i].recipient);
		CHECK_INT(policy_build_decide(&build, &asked).verdict,
		    cases[i].verdict);
	}
	policy_build_free(&build);
}

static void
bounces_are_kept_from_senders_on_demand(void)
{
	struct policy_build build;
	struct asked asked = {
		.client = "10.1.2.3",
		.recipient = "v@far.test",
		.stage = SESSION_RCPT,
	};

	policy_build_init(&build);
	struct policy_grant *grant =
	    policy_build_grant(&build, "site", "10.0.0.0/8");
	grant->senders = policy_build_list(&build, TABLE_SENDERS, "x.test");
	CHECK_INT(policy_build_decide(&build, &asked).verdict,
	    VERDICT_CONTINUE);
	grant->null_sender = false;
	CHECK_INT(policy_build_decide(&build, &asked).verdict, VERDICT_REJECT);
	asked.milter = true;
	asked.sender = "<>";
	asked.recipient = "<v@far.test>";
	CHECK_INT(policy_build_decide(&build, &asked).verdict, VERDICT_REJECT);
	grant->null_sender = true;
	CHECK_INT(policy_build_decide(&build, &asked).verdict,
	    VERDICT_CONTINUE);
	policy_build_free(&build);
}

static void
a_grant_ends_on_its_day(void)
{
	struct policy_build build;
	struct asked asked = {
		.client = "10.1.2.3",
		.recipient = "v@far.test",
		.stage = SESSION_RCPT,
	};
	struct request request = asked_request(&asked);

	policy_build_init(&build);
	policy_build_grant(&build, "guests", "10.0.0.0/8")->until = 2000;
	request.now = 1999;
	CHECK_INT(policy_build_judge(&build, &request).verdict,
	    VERDICT_CONTINUE);
	request.now = 2000;
	CHECK_INT(policy_build_judge(&build, &request).verdict, VERDICT_REJECT);
	policy_build_free(&build);
}

static void
what_is_never_trusted_matches_no_from(void)
{
	static const struct {
		const char *client;
		bool granted;
	} cases[] = {
		{ "10.1.2.3", true },
		{ "10.0.0.1", false },
		{ "172.17.0.1", false },
		{ "local", true },
	};
	struct policy_build build;

	policy_build_init(&build);
	policy_build_gateway(&build, "10.0.0.1");
	build.policy.never_trust_gateways = true;
	build.policy.never_trust = policy_build_list(&build, TABLE_NETWORKS,
	    "172.16.0.0/12 127.0.0.0/8");
	struct policy_grant *grant =
	    policy_build_grant(&build, "any", "0.0.0.0/0");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct asked asked = {
			.client = cases[i].client,
			.recipient = "v@far.test",
			.stage = SESSION_RCPT,
		};

		tap_case("%s", cases[i].client);
		grant->gateway = false;
		CHECK_INT(policy_build_decide(&build, &asked).verdict ==
			VERDICT_CONTINUE,
		    cases[i].granted);
		grant->gateway = true;
		CHECK_INT(policy_build_decide(&build, &asked).verdict,
		    VERDICT_CONTINUE);
	}
	policy_build_free(&build);
}

static void
local_programs_match_loopback(void)
{
	static const struct {
		const char *from;
		bool granted;
	} cases[] = {
		{ "127.0.0.1", true },
		{ "127.0.0.0/8 ::1", true },
		{ "::1", true },
		{ "10.0.0.0/8", false },
		{ "127.0.0.2", false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct asked asked = {
			.client = "local",
			.recipient = "v@far.test",
			.stage = SESSION_RCPT,
			.milter = true,
		};
		struct policy_build build;

		tap_case("%s", cases[i].from);
		policy_build_init(&build);
		policy_build_grant(&build, "host", cases[i].from);
		CHECK_INT(policy_build_decide(&build, &asked).verdict ==
			VERDICT_CONTINUE,
		    cases[i].granted);
		policy_build_free(&build);
	}
}

static void
certificates_count_where_they_are_carried(void)
{
	struct policy_build build;
	struct asked asked = {
		.client = "203.0.113.9",
		.recipient = "v@far.test",
		.stage = SESSION_RCPT,
	};
	struct request request = asked_request(&asked);

	policy_build_init(&build);
	struct policy_grant *grant = policy_build_grant(&build, "partner", "");
	grant->certificates =
	    policy_build_list(&build, TABLE_WORDS, "AB:CD EF:01");
	CHECK_INT(policy_build_judge(&build, &request).verdict, VERDICT_REJECT);
	request.session.certificate = STR("AB:CE");
	CHECK_INT(policy_build_judge(&build, &request).verdict, VERDICT_REJECT);
	request.session.certificate_key = STR("EF:01");
	CHECK_INT(policy_build_judge(&build, &request).verdict,
	    VERDICT_CONTINUE);
	request.session.certificate = STR("AB:CD");
	request.session.certificate_key = STR("00:00");
	CHECK_INT(policy_build_judge(&build, &request).verdict,
	    VERDICT_CONTINUE);
	request.protocol = REQUEST_MILTER;
	request.session.form = MAILBOX_ARGUMENT;
	CHECK_INT(policy_build_judge(&build, &request).verdict, VERDICT_REJECT);
	policy_build_free(&build);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_grant_needs_all_of_its_conditions),
	TAP_TEST(a_condition_that_does_not_hold_outweighs_one_that_failed),
	TAP_TEST(bounces_are_kept_from_senders_on_demand),
	TAP_TEST(a_grant_ends_on_its_day),
	TAP_TEST(what_is_never_trusted_matches_no_from),
	TAP_TEST(local_programs_match_loopback),
	TAP_TEST(certificates_count_where_they_are_carried),
};

int
main(void)
{
	return TAP_RUN(tests);
}
