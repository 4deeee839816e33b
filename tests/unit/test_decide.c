/*
 * test_decide.c - what the engine decides, and why.
 */
#include "policy/policy.h"

#include "tests/lib/policy_build.h"
#include "tests/lib/tap.h"

static void
only_recipients_and_etrn_are_judged(void)
{
	static const struct {
		enum session_stage stage;
		const char *recipient;
		enum verdict verdict;
	} cases[] = {
		{ SESSION_CONNECT, NULL, VERDICT_CONTINUE },
		{ SESSION_HELO, NULL, VERDICT_CONTINUE },
		{ SESSION_MAIL, NULL, VERDICT_CONTINUE },
		{ SESSION_RCPT, "v@far.test", VERDICT_REJECT },
		{ SESSION_RCPT, NULL, VERDICT_REJECT },
		{ SESSION_DATA, "v@far.test", VERDICT_CONTINUE },
		{ SESSION_END_OF_MESSAGE, "v@far.test", VERDICT_CONTINUE },
		{ SESSION_VRFY, "v@far.test", VERDICT_REJECT },
		{ SESSION_VRFY, NULL, VERDICT_CONTINUE },
		{ SESSION_ETRN, NULL, VERDICT_REJECT },
		{ SESSION_OTHER, "v@far.test", VERDICT_REJECT },
		{ SESSION_OTHER, NULL, VERDICT_CONTINUE },
	};
	struct policy_build build;

	policy_build_init(&build);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct asked asked = {
			.client = "203.0.113.9",
			.stage = cases[i].stage,
			.recipient = cases[i].recipient,
		};
		struct decision decision = policy_build_decide(&build, &asked);

		tap_case(STR_FORMAT " %s",
		    STR_ARGS(session_stage_name(cases[i].stage)),
		    cases[i].recipient);
		CHECK_INT(decision.verdict, cases[i].verdict);
		if (decision.verdict == VERDICT_CONTINUE)
			CHECK_INT(decision.cause, DECISION_STAGE);
	}
	policy_build_free(&build);
}

static void
refusals_are_worded_for_the_client_and_the_log(void)
{
	struct policy_build build;
	struct asked asked = {
		.client = "203.0.113.9",
		.recipient = "v@far.test",
		.stage = SESSION_RCPT,
	};

	policy_build_init(&build);
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com");
	struct decision decision = policy_build_decide(&build, &asked);
	CHECK_INT(decision.code, 554);
	CHECK_INT(decision.observe, false);
	CHECK_INT(decision.charge_count, 0);
	CHECK_INT(decision.place.line, 1);
	CHECK(str_equal(decision.dsn, STR("5.7.1")));
	CHECK(str_equal(decision.text, STR("Relay access denied")));
	CHECK(str_equal(decision.rule, STR("relay")));

	asked.recipient = "a%b@example.com";
	decision = policy_build_decide(&build, &asked);
	CHECK_INT(decision.cause, DECISION_ROUTING);
	CHECK(str_starts(decision.text, STR("Relay access denied")));

	asked.recipient = "a@example.com";
	decision = policy_build_decide(&build, &asked);
	CHECK_INT(decision.verdict, VERDICT_CONTINUE);
	CHECK_INT(decision.code, 0);
	CHECK_INT(decision.text.length, 0);
	CHECK(str_equal(decision.rule, STR("destinations")));

	build.policy.mode = POLICY_OBSERVE;
	asked.recipient = "v@far.test";
	decision = policy_build_decide(&build, &asked);
	CHECK_INT(decision.observe, true);
	CHECK_INT(decision.verdict, VERDICT_REJECT);
	policy_build_free(&build);
}

static void
ports_for_granted_clients_refuse_the_others(void)
{
	static const struct {
		const char *client;
		const char *sender;
		unsigned port;
		enum verdict verdict;
		enum decision_cause cause;
	} cases[] = {
		{ "203.0.113.9", "a@x.test", 587, VERDICT_REJECT,
		    DECISION_CLIENT },
		{ "203.0.113.9", "a@x.test", 25, VERDICT_CONTINUE,
		    DECISION_DESTINATION },
		{ "203.0.113.9", "a@x.test", 0, VERDICT_CONTINUE,
		    DECISION_DESTINATION },
		{ "10.1.2.3", "a@x.test", 587, VERDICT_CONTINUE,
		    DECISION_GRANT },
		/* It is named, though not for this sender. */
		{ "10.1.2.3", "a@y.test", 587, VERDICT_CONTINUE,
		    DECISION_DESTINATION },
	};
	static const unsigned ports[] = { 587 };
	struct policy_build build;

	policy_build_init(&build);
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com");
	build.policy.client_count = 1;
	build.clients[0].ports = (struct policy_ports){ ports, 1 };
	policy_build_grant(&build, "site", "10.0.0.0/8")->senders =
	    policy_build_list(&build, TABLE_SENDERS, "x.test");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct asked asked = {
			.client = cases[i].client,
			.sender = cases[i].sender,
			.recipient = "bob@example.com",
			.port = cases[i].port,
			.stage = SESSION_RCPT,
		};
		struct decision decision = policy_build_decide(&build, &asked);

		tap_case("%s %s port %u", cases[i].client, cases[i].sender,
		    cases[i].port);
		CHECK_INT(decision.verdict, cases[i].verdict);
		CHECK_INT(decision.cause, cases[i].cause);
		if (cases[i].cause == DECISION_CLIENT)
			CHECK(str_equal(decision.text,
			    STR("Client host rejected: Access denied")));
	}
	policy_build_free(&build);
}

static void
what_could_not_be_looked_up_defers(void)
{
	struct policy_build build;
	struct asked asked = {
		.client = "10.1.2.3",
		.sender = "a@x.test",
		.recipient = "v@far.test",
		.stage = SESSION_RCPT,
	};
	struct decision decision;

	policy_build_init(&build);
	struct policy_grant *grant =
	    policy_build_grant(&build, "broken", "10.0.0.0/8");
	grant->senders = policy_build_list(&build, TABLE_SENDERS, "fail:");

	tap_case("a sender");
	decision = policy_build_decide(&build, &asked);
	CHECK_INT(decision.verdict, VERDICT_DEFER);
	CHECK_INT(decision.cause, DECISION_FAILED);
	CHECK_INT(decision.code, 451);
	CHECK(str_equal(decision.dsn, STR("4.7.1")));

	tap_case("the MTA knows nothing of our grants");
	build.policy.destinations_mta = true;
	CHECK_INT(policy_build_decide(&build, &asked).verdict, VERDICT_DEFER);
	build.policy.destinations_mta = false;

	tap_case("another condition does not hold anyway");
	asked.client = "203.0.113.9";
	CHECK_INT(policy_build_decide(&build, &asked).verdict, VERDICT_REJECT);
	asked.client = "10.1.2.3";

	tap_case("the destination is ours anyway");
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com");
	asked.recipient = "bob@example.com";
	CHECK_INT(policy_build_decide(&build, &asked).verdict,
	    VERDICT_CONTINUE);
	asked.recipient = "v@far.test";

	tap_case("another grant covers");
	policy_build_grant(&build, "whole", "10.0.0.0/8");
	CHECK_INT(policy_build_decide(&build, &asked).verdict,
	    VERDICT_CONTINUE);
	build.policy.grant_count = 1;

	policy_build_free(&build);
}

static void
what_could_not_be_looked_up_is_not_missing(void)
{
	struct policy_build build;
	struct asked asked = {
		.client = "10.1.2.3",
		.recipient = "v@far.test",
		.stage = SESSION_RCPT,
	};

	policy_build_init(&build);
	policy_build_grant(&build, "site", "10.0.0.0/8");
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com");

	tap_case("never_trust");
	CHECK_INT(policy_build_decide(&build, &asked).verdict,
	    VERDICT_CONTINUE);
	build.policy.never_trust =
	    policy_build_list(&build, TABLE_NETWORKS, "fail:");
	CHECK_INT(policy_build_decide(&build, &asked).verdict, VERDICT_DEFER);

	tap_case("whether a grant names the client");
	build.policy.client_count = 1;
	asked.recipient = "bob@example.com";
	CHECK_INT(policy_build_decide(&build, &asked).verdict, VERDICT_DEFER);

	tap_case("a destination");
	build.policy.client_count = 0;
	build.policy.grant_count = 0;
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com fail:");
	CHECK_INT(policy_build_decide(&build, &asked).verdict,
	    VERDICT_CONTINUE);
	asked.recipient = "v@far.test";
	CHECK_INT(policy_build_decide(&build, &asked).verdict, VERDICT_DEFER);
	build.policy.destinations_mta = true;
	CHECK_INT(policy_build_decide(&build, &asked).verdict, VERDICT_DEFER);
	policy_build_free(&build);
}

static void
etrn_is_for_our_domains_and_granted_clients(void)
{
	static const struct {
		const char *client;
		const char *domain;
		bool mta;
		bool milter;
		bool passes;
	} cases[] = {
		{ "203.0.113.9", "example.com", false, false, true },
		{ "203.0.113.9", "EXAMPLE.com.", false, false, true },
		{ "203.0.113.9", "far.test", false, false, false },
		{ "203.0.113.9", "", false, false, false },
		{ "203.0.113.9", "#hold", false, false, false },
		{ "203.0.113.9", "far.test", true, false, true },
		{ "203.0.113.9", "far.test", true, true, false },
		{ "10.1.2.3", "far.test", false, false, true },
	};
	struct policy_build build;

	policy_build_init(&build);
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com");
	policy_build_grant(&build, "site", "10.0.0.0/8");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct asked asked = {
			.client = cases[i].client,
			.stage = SESSION_ETRN,
			.milter = cases[i].milter,
		};
		struct request request = asked_request(&asked);

		tap_case("%s %s", cases[i].client, cases[i].domain);
		request.session.etrn_domain = str_from(cases[i].domain);
		build.policy.destinations_mta = cases[i].mta;
		CHECK_INT(policy_build_judge(&build, &request).verdict ==
			VERDICT_CONTINUE,
		    cases[i].passes);
	}
	policy_build_free(&build);
}

static void
each_verdict_and_cause_has_a_name(void)
{
	CHECK(str_equal(verdict_name(VERDICT_CONTINUE), STR("continue")));
	CHECK(str_equal(verdict_name(VERDICT_ASK_MTA), STR("ask-mta")));
	CHECK(str_equal(verdict_name(VERDICT_REJECT), STR("reject")));
	CHECK(str_equal(verdict_name(VERDICT_DEFER), STR("defer")));
	for (int i = 0; i < DECISION_CAUSES; i++)
		CHECK(decision_cause_name((enum decision_cause)i).length > 0);
}

static void
each_fact_not_carried_has_a_reason(void)
{
	for (int i = 0; i < REQUEST_FACTS; i++) {
		const struct request_fact_row *row = &request_facts[i];

		tap_case("%s", row->name);
		CHECK_INT(row->policy && row->milter, row->reason == NULL);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(only_recipients_and_etrn_are_judged),
	TAP_TEST(refusals_are_worded_for_the_client_and_the_log),
	TAP_TEST(ports_for_granted_clients_refuse_the_others),
	TAP_TEST(what_could_not_be_looked_up_defers),
	TAP_TEST(what_could_not_be_looked_up_is_not_missing),
	TAP_TEST(etrn_is_for_our_domains_and_granted_clients),
	TAP_TEST(each_verdict_and_cause_has_a_name),
	TAP_TEST(each_fact_not_carried_has_a_reason),
};

int
main(void)
{
	return TAP_RUN(tests);
}
