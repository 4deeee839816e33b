/*
 * test_relay.c - whose a destination is, by our list and by the MTA.
 */
#include "policy/relay.h"

#include "tests/lib/policy_build.h"
#include "tests/lib/tap.h"

static const struct {
	const char *recipient;
	enum verdict verdict;
	enum decision_cause cause;
} listed[] = {
	{ "bob@example.com", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "BOB@EXAMPLE.COM.", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "bob@mx.example.org", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "bob@xn--bcher-kva.test", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "bob@b\xc3\xbc"
	  "cher.test",
	    VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "info@far.test", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "bob@[192.0.2.25]", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "bob@[IPv6:2001:db8::25]", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "postmaster", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "PostMaster", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "bob+list@example.com", VERDICT_CONTINUE, DECISION_DESTINATION },
	{ "SRS0=ab=cd=far.test=v@example.com", VERDICT_CONTINUE,
	    DECISION_DESTINATION },
	{ "bob@example.org", VERDICT_REJECT, DECISION_RELAY },
	{ "bob@far.test", VERDICT_REJECT, DECISION_RELAY },
	{ "bob@example.com.far.test", VERDICT_REJECT, DECISION_RELAY },
	{ "bob@[192.0.2.26]", VERDICT_REJECT, DECISION_RELAY },
	{ "bob", VERDICT_REJECT, DECISION_RELAY },
	{ "postmaster@far.test", VERDICT_REJECT, DECISION_RELAY },
	{ "", VERDICT_REJECT, DECISION_RELAY },
	{ "v%far.test@example.com", VERDICT_REJECT, DECISION_ROUTING },
	{ "v@far.test@example.com", VERDICT_REJECT, DECISION_ROUTING },
	{ "far.test!v@example.com", VERDICT_REJECT, DECISION_ROUTING },
	{ "@far.test:v@example.com", VERDICT_REJECT, DECISION_ROUTING },
	{ "@example.com", VERDICT_REJECT, DECISION_ROUTING },
	{ "v%far.test@[192.0.2.25]", VERDICT_REJECT, DECISION_ROUTING },
	{ "bob@", VERDICT_REJECT, DECISION_ROUTING },
	{ "bob@example..com", VERDICT_REJECT, DECISION_ROUTING },
	{ "bob@[300.1.1.1]", VERDICT_REJECT, DECISION_ROUTING },
};

static void
the_list_decides_by_domain(void)
{
	struct policy_build build;

	policy_build_init(&build);
	policy_build_address(&build, "192.0.2.25");
	policy_build_address(&build, "2001:db8::25");
	build.policy.destinations = policy_build_list(&build, TABLE_DOMAINS,
	    "example.com .example.org xn--bcher-kva.test info@far.test");
	for (size_t i = 0; i < TAP_COUNT(listed); i++) {
		struct asked asked = {
			.client = "203.0.113.9",
			.recipient = listed[i].recipient,
			.stage = SESSION_RCPT,
		};
		struct decision decision = policy_build_decide(&build, &asked);

		tap_case("%s", listed[i].recipient);
		CHECK_INT(decision.verdict, listed[i].verdict);
		CHECK_INT(decision.cause, listed[i].cause);
	}
	policy_build_free(&build);
}

static void
postfix_is_asked_for_what_the_list_has_not(void)
{
	static const struct {
		const char *recipient;
		enum verdict verdict;
	} cases[] = {
		{ "bob@example.com", VERDICT_CONTINUE },
		{ "bob@far.test", VERDICT_ASK_MTA },
		{ "bob@[198.51.100.1]", VERDICT_ASK_MTA },
		{ "bob@[192.0.2.25]", VERDICT_CONTINUE },
		{ "bob", VERDICT_ASK_MTA },
		{ "postmaster", VERDICT_CONTINUE },
		{ "", VERDICT_REJECT },
		{ "v%far.test@example.com", VERDICT_REJECT },
		{ "v@far.test@far.test", VERDICT_REJECT },
		{ "bob@", VERDICT_REJECT },
	};
	struct policy_build build;

	policy_build_init(&build);
	policy_build_address(&build, "192.0.2.25");
	build.policy.destinations_mta = true;
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct asked asked = {
			.client = "203.0.113.9",
			.recipient = cases[i].recipient,
			.stage = SESSION_RCPT,
		};

		tap_case("%s", cases[i].recipient);
		CHECK_INT(policy_build_decide(&build, &asked).verdict,
		    cases[i].verdict);
	}
	policy_build_free(&build);
}

static const struct {
	enum request_mta mta;
	const char *argument;
	const char *mailer;
	const char *address;
	bool passes;
} told[] = {
	{ REQUEST_MTA_POSTFIX, "<b@x.test>", "local", "b@x.test", true },
	{ REQUEST_MTA_POSTFIX, "<b@x.test>", "virtual", "b@x.test", true },
	{ REQUEST_MTA_POSTFIX, "<b@x.test>", "relay", "b@x.test", true },
	{ REQUEST_MTA_POSTFIX, "<b@x.test>", "error", "b@x.test", true },
	{ REQUEST_MTA_POSTFIX, "<b@x.test>", "smtp", "b@x.test", false },
	{ REQUEST_MTA_POSTFIX, "<b@x.test>", "", "b@x.test", false },
	{ REQUEST_MTA_POSTFIX, "<b>", "local", "b@x.test", true },
	{ REQUEST_MTA_POSTFIX, "<b@x.test>", "smtp", "c@y.test", false },
	{ REQUEST_MTA_POSTFIX, "<v%y.test@x.test>", "local", "v@x.test",
	    false },
	{ REQUEST_MTA_POSTFIX, "<\"v@y.test\"@x.test>", "local", "v@y.test",
	    false },
	{ REQUEST_MTA_POSTFIX, "<>", "local", "", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "local", "b", true },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "error", "", true },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "relay", "b@x.test", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "b@x.test.", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "B@X.TEST", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "virtual", "b@x.test", false },
	/* The virtusertable forwards; DNS makes other names. */
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "c@y.test", true },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "b@y.test", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "B@y.test", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "c@x.test", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "c", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "c%z@y.test", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>", "esmtp", "", false },
	{ REQUEST_MTA_SENDMAIL, "<b>", "esmtp", "c@y.test", false },
	{ REQUEST_MTA_SENDMAIL, "<b@x.test>,<c@y.test>", "esmtp", "c@y.test",
	    false },
	{ REQUEST_MTA_SENDMAIL, "<@x.test:c@y.test>", "local", "c", false },
	{ REQUEST_MTA_UNKNOWN, "<b@x.test>", "local", "b", true },
	{ REQUEST_MTA_UNKNOWN, "<b@x.test>", "relay", "b@x.test", false },
	{ REQUEST_MTA_UNKNOWN, "<b@x.test>", "error", "b@x.test", false },
	{ REQUEST_MTA_UNKNOWN, "<b@x.test>", "esmtp", "c@y.test", false },
};

static void
a_milter_believes_the_macros_of_plain_addresses(void)
{
	struct policy_build build;

	policy_build_init(&build);
	build.policy.destinations_mta = true;
	for (size_t i = 0; i < TAP_COUNT(told); i++) {
		struct asked asked = {
			.client = "203.0.113.9",
			.recipient = told[i].argument,
			.stage = SESSION_RCPT,
			.milter = true,
		};
		struct request request = asked_request(&asked);

		tap_case("%d %s: %s %s", told[i].mta, told[i].argument,
		    told[i].mailer, told[i].address);
		request.mta = told[i].mta;
		request.macros = true;
		request.rcpt_mailer = str_from(told[i].mailer);
		request.rcpt_addr = str_from(told[i].address);
		CHECK_INT(policy_build_judge(&build, &request).verdict,
		    told[i].passes ? VERDICT_CONTINUE : VERDICT_REJECT);
	}
	policy_build_free(&build);
}

static void
without_macros_a_milter_defers(void)
{
	static const struct {
		const char *argument;
		enum verdict verdict;
	} cases[] = {
		{ "<b@far.test>", VERDICT_DEFER },
		{ "<b@example.com>", VERDICT_CONTINUE },
		{ "<postmaster>", VERDICT_CONTINUE },
		{ "<b%far.test@example.com>", VERDICT_REJECT },
	};
	struct policy_build build;

	policy_build_init(&build);
	build.policy.destinations_mta = true;
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct asked asked = {
			.client = "203.0.113.9",
			.recipient = cases[i].argument,
			.stage = SESSION_RCPT,
			.milter = true,
		};

		tap_case("%s", cases[i].argument);
		CHECK_INT(policy_build_decide(&build, &asked).verdict,
		    cases[i].verdict);
	}
	policy_build_free(&build);
}

static void
our_list_stands_whatever_the_macros_say(void)
{
	struct policy_build build;
	struct asked asked = {
		.client = "203.0.113.9",
		.recipient = "<info@example.com>",
		.stage = SESSION_RCPT,
		.milter = true,
	};
	struct request request = asked_request(&asked);

	policy_build_init(&build);
	build.policy.destinations =
	    policy_build_list(&build, TABLE_DOMAINS, "example.com");
	request.macros = true;
	request.mta = REQUEST_MTA_SENDMAIL;
	request.rcpt_mailer = STR("relay");
	request.rcpt_addr = STR("someone@far.test");
	CHECK_INT(policy_build_judge(&build, &request).verdict,
	    VERDICT_CONTINUE);

	tap_case("without \"mta\", its macros open nothing");
	request.session.recipient = STR("<v@far.test>");
	request.rcpt_mailer = STR("local");
	request.rcpt_addr = STR("v");
	CHECK_INT(policy_build_judge(&build, &request).verdict, VERDICT_REJECT);
	policy_build_free(&build);
}

static void
the_lists_of_sendmail_tell_what_its_macros_do_not(void)
{
	static const struct {
		enum request_mta mta;
		const char *values; /* of the MTA's lists */
		enum verdict verdict;
	} cases[] = {
		{ REQUEST_MTA_SENDMAIL, "", VERDICT_REJECT },
		{ REQUEST_MTA_SENDMAIL, "far.test", VERDICT_CONTINUE },
		{ REQUEST_MTA_SENDMAIL, ".far.test", VERDICT_REJECT },
		{ REQUEST_MTA_SENDMAIL, "other.test fail:", VERDICT_DEFER },
		{ REQUEST_MTA_SENDMAIL, "fail: far.test", VERDICT_CONTINUE },
		{ REQUEST_MTA_POSTFIX, "far.test", VERDICT_REJECT },
		{ REQUEST_MTA_UNKNOWN, "far.test", VERDICT_REJECT },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		const struct asked asked = {
			.client = "203.0.113.66",
			.sender = "<a@b.test>",
			.recipient = "<v@far.test>",
			.stage = SESSION_RCPT,
			.milter = true,
		};
		struct request request = asked_request(&asked);
		struct policy_build build;

		tap_case("%d: %s", (int)cases[i].mta, cases[i].values);
		policy_build_init(&build);
		build.policy.destinations_mta = true;
		build.policy.mta_destinations =
		    policy_build_list(&build, TABLE_DOMAINS, cases[i].values);
		request.macros = true;
		request.mta = cases[i].mta;
		request.rcpt_mailer = STR("esmtp");
		request.rcpt_addr = STR("v@far.test");
		CHECK_INT(policy_build_judge(&build, &request).verdict,
		    cases[i].verdict);
		policy_build_free(&build);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(the_list_decides_by_domain),
	TAP_TEST(postfix_is_asked_for_what_the_list_has_not),
	TAP_TEST(a_milter_believes_the_macros_of_plain_addresses),
	TAP_TEST(without_macros_a_milter_defers),
	TAP_TEST(our_list_stands_whatever_the_macros_say),
	TAP_TEST(the_lists_of_sendmail_tell_what_its_macros_do_not),
};

int
main(void)
{
	return TAP_RUN(tests);
}
