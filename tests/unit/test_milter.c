/*
 * test_milter.c - sessions with the milter, as MTAs have them and a bit beyond.
 */
#include "tests/lib/milter_guard.h"
#include "tests/lib/milter_talk.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char listed[] =
    "networks = { local = [ \"127.0.0.0/8\", \"::1\" ]; };\n"
    "destinations = [ \"example.test\" ];\n"
    "relay = (\n"
    "  { name = \"host\"; from = \"local\"; },\n"
    "  { name = \"users\"; login = true; tls = true; ports = [ 587 ]; }\n"
    ");\n";

static const char by_mta[] =
    "networks = { local = [ \"127.0.0.0/8\" ]; };\n"
    "destinations = [ \"mta\" ];\n"
    "relay = ({ name = \"host\"; from = \"local\"; });\n";

static const char denied[] = "Relay access denied";

/* A stranger's session in which MAIL has been said. */
static void
begin_stranger(struct milter_client *client)
{
	milter_talk_begin(client, "203.0.113.66",
	    MACROS({ "v", "Postfix 3.7.11" }, { "{daemon_port}", "25" }));
	milter_talk_mail(client, "<a@outside.test>", NULL);
}

static void
only_what_is_needed_is_negotiated(void)
{
	static const uint32_t silent = 0x1000 | 0x2000 | 0x4000;
	static const uint32_t unwanted = 0x10 | 0x20 | 0x40 | 0x100 | 0x200;
	static const uint32_t rejected = 0x800;
	struct milter_client client;

	milter_talk_open(&client);
	CHECK_INT(client.version, 6);
	CHECK_INT(client.actions, 0x100);
	CHECK_INT(client.steps, silent | unwanted | rejected);
	CHECK_STR(client.symbols[0],
	    "v {client_addr} {client_name} "
	    "{client_ptr} {client_resolve} "
	    "{daemon_port}");
	CHECK_STR(client.symbols[1], "{tls_version} {cipher}");
	CHECK_STR(client.symbols[2],
	    "i {auth_type} {auth_authen} {tls_version} {cipher}");
	CHECK_STR(client.symbols[3], "i {rcpt_mailer} {rcpt_host} {rcpt_addr}");
	CHECK_STR(client.symbols[4], "");
	CHECK_STR(client.symbols[5], "");
	CHECK_STR(client.symbols[6], "");
	milter_talk_end(&client);
}

static void
an_mta_that_can_less_is_served_too(void)
{
	static const char *const sender[] = { "<a@outside.test>", NULL };
	struct milter_client client;
	struct milter_answer answer;

	if (!CHECK(milter_client_open(&client, milter_guard_path())) ||
	    !CHECK(milter_client_negotiate(&client, 0x3f, 0x7f)))
		return;
	CHECK_INT(client.actions, 0);
	CHECK_INT(client.steps & ~0x7fu, 0);
	/* It waits for answers that we have no reason to give. */
	CHECK(milter_client_connect(&client, "h", '4', 1, "203.0.113.66",
	    &answer));
	CHECK_INT(answer.command, 'c');
	CHECK(milter_client_helo(&client, "h", &answer));
	CHECK_INT(answer.command, 'c');
	CHECK(milter_client_mail(&client, sender, &answer));
	CHECK_INT(answer.command, 'c');
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "554 5.7.1 <v@elsewhere.test>: Relay access denied");
	CHECK_STR(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
	    "continue");
	milter_talk_end(&client);
}

static void
a_stranger_reaches_our_domains_only(void)
{
	static const struct {
		const char *recipient;
		const char *answer; /* how it starts */
	} cases[] = {
		{ "<bob@example.test>", "continue" },
		{ "bob@example.test", "continue" },
		{ "<BOB+tag@Example.Test>", "continue" },
		{ "<bob@example.test.>", "continue" },
		{ "<\"quoted user\"@example.test>", "continue" },
		{ "<postmaster>", "continue" },
		{ "<PostMaster>", "continue" },
		{ "<v@elsewhere.test>",
		    "554 5.7.1 <v@elsewhere.test>: Relay access denied" },
		{ "v@elsewhere.test",
		    "554 5.7.1 <v@elsewhere.test>: Relay access denied" },
		{ "<v@sub.example.test>", "554 5.7.1 <v@sub.example.test>: " },
		{ "<bob@example.test>,<v@elsewhere.test>",
		    "554 5.7.1 <bob@example.test>,<v@elsewhere.test>: " },
		{ "<v@elsewhere.test>,<bob@example.test>", "554 5.7.1 " },
		{ "<bob@example.test> <v@elsewhere.test>", "554 5.7.1 " },
		{ "<bob@example.test>v@elsewhere.test", "554 5.7.1 " },
		{ "<@example.test:v@elsewhere.test>", "554 5.7.1 " },
		{ "<@a.test,@b.test:bob@example.test>", "554 5.7.1 " },
		{ "<v%elsewhere.test@example.test>",
		    "554 5.7.1 <v%%elsewhere.test@example.test>: " },
		{ "<v%elsewhere.test>", "554 5.7.1 <v%%elsewhere.test>: " },
		{ "<100%sure%n@example.test>",
		    "554 5.7.1 <100%%sure%%n@example.test>: " },
		{ "<elsewhere.test!v>", "554 5.7.1 " },
		{ "<elsewhere.test!v@example.test>", "554 5.7.1 " },
		{ "<\"v@elsewhere.test\"@example.test>", "554 5.7.1 " },
		{ "<v@elsewhere.test@example.test>", "554 5.7.1 " },
		{ "<v@[203.0.113.9]>", "554 5.7.1 " },
		{ "<bob@example.test\r\n>", "554 5.7.1 " },
		{ "<bob\x01@example.test>", "554 5.7.1 <bob\\x01@" },
		{ "<>", "554 5.7.1 <>: " },
		{ "", "554 5.7.1 <>: " },
	};
	struct milter_client client;

	begin_stranger(&client);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		const char *answer =
		    milter_talk_rcpt(&client, cases[i].recipient, NULL);
		tap_case("%zu: %.60s", i, answer);
		CHECK(strncmp(answer, cases[i].answer,
			  strlen(cases[i].answer)) == 0);
	}
	milter_talk_end(&client);
}

static void
a_granted_client_reaches_the_world(void)
{
	static const char *const clients[] = { "127.0.0.1", "127.9.9.9",
		"::ffff:127.0.0.1", "::1" };
	struct milter_client client;

	for (size_t i = 0; i < TAP_COUNT(clients); i++) {
		tap_case("%s", clients[i]);
		milter_talk_begin(&client, clients[i], NULL);
		milter_talk_mail(&client, "<>", NULL);
		CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
		    "continue");
		milter_talk_end(&client);
	}
}

static void
an_unknown_client_is_nobodys(void)
{
	struct milter_client client;

	milter_talk_begin(&client, NULL,
	    MACROS({ "v", "Postfix 3.7.11" }, { "{client_addr}", "unknown" },
		{ "{daemon_port}", "25" }));
	milter_talk_mail(&client, "<>", NULL);
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "554 5.7.1 <v@elsewhere.test>: Relay access denied");
	milter_talk_end(&client);
}

static void
local_submission_passes(void)
{
	struct milter_client client;

	milter_talk_begin(&client, NULL,
	    MACROS({ "v", "8.17.1.9" }, { "{client_addr}", "0" }));
	milter_talk_mail(&client, "<root@example.test>", NULL);
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "continue");
	milter_talk_end(&client);
}

static void
a_login_counts_with_tls_and_port(void)
{
	static const struct {
		const char *port;
		const char *tls;
		const char *type;
		const char *login;
		bool granted;
	} cases[] = {
		{ "587", "TLSv1.3", "PLAIN", "carol", true },
		{ "25", "TLSv1.3", "PLAIN", "carol", false },
		{ "587", "", "PLAIN", "carol", false },
		{ "587", "TLSv1.3", "", "", false },
		{ "587", "TLSv1.3", "ANONYMOUS", "carol", false },
		{ "587", "TLSv1.3", "XCLIENT", "carol", false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct milter_client client;

		tap_case("%zu", i);
		milter_talk_begin(&client, "203.0.113.66",
		    MACROS({ "{daemon_port}", cases[i].port }));
		milter_talk_mail(&client, "<carol@example.test>",
		    MACROS({ "{auth_type}", cases[i].type },
			{ "{auth_authen}", cases[i].login },
			{ "{tls_version}", cases[i].tls }));
		CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
		    cases[i].granted
			? "continue"
			: "554 5.7.1 <v@elsewhere.test>: Relay access denied");
		milter_talk_end(&client);
	}
}

static void
starttls_brings_a_second_helo(void)
{
	struct milter_client client;
	struct milter_answer answer;

	milter_talk_begin(&client, "203.0.113.66",
	    MACROS({ "{daemon_port}", "587" }));
	CHECK(milter_client_macros(&client, 'H',
	    MACROS({ "{tls_version}", "TLSv1.3" }, { "{cipher}", "AES" })));
	CHECK(milter_client_helo(&client, "second.test", &answer));
	milter_talk_mail(&client, "<carol@example.test>",
	    MACROS({ "{auth_type}", "PLAIN" }, { "{auth_authen}", "carol" }));
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "continue");

	/* The next transaction is still in TLS and logged in. */
	CHECK(milter_client_abort(&client));
	milter_talk_mail(&client, "<carol@example.test>",
	    MACROS({ "{auth_type}", "PLAIN" }, { "{auth_authen}", "carol" }));
	CHECK_STR(milter_talk_rcpt(&client, "<w@elsewhere.test>", NULL),
	    "continue");
	milter_talk_end(&client);
}

static void
abort_ends_the_transaction_and_nothing_else(void)
{
	struct milter_client client;
	struct milter_answer answer;

	begin_stranger(&client);
	for (int i = 0; i < 3; i++) {
		tap_case("after %d aborts", 2 * i);
		CHECK_STR(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
		    "continue");
		CHECK(milter_client_abort(&client));
		CHECK(milter_client_abort(&client));
		milter_talk_mail(&client, "<b@outside.test>", NULL);
	}
	tap_case("end of a message");
	CHECK_STR(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
	    "continue");
	CHECK(milter_client_end(&client, &answer));
	CHECK_INT(answer.command, 'c');
	CHECK(milter_client_abort(&client));
	milter_talk_mail(&client, "<>", NULL);
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "554 5.7.1 <v@elsewhere.test>: Relay access denied");
	milter_talk_end(&client);
}

static void
what_is_over_the_limits_is_deferred(void)
{
	static char huge[60 * 1024];
	struct milter_client client;
	struct milter_answer answer;

	memset(huge, 'a', sizeof(huge) - 1);
	begin_stranger(&client);
	tap_case("recipient");
	CHECK(strncmp(milter_talk_rcpt(&client, huge, NULL), "451 4.3.0 ",
		  10) == 0);
	CHECK_STR(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
	    "continue");

	tap_case("sender");
	CHECK(milter_client_abort(&client));
	milter_talk_mail(&client, huge, NULL);
	CHECK(strncmp(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
		  "451 4.3.0 ", 10) == 0);
	CHECK(milter_client_abort(&client));
	milter_talk_mail(&client, "<>", NULL);
	CHECK_STR(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
	    "continue");

	tap_case("HELO");
	CHECK(milter_client_abort(&client));
	CHECK(milter_client_helo(&client, huge, &answer));
	milter_talk_mail(&client, "<>", NULL);
	CHECK(strncmp(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
		  "451 4.3.0 ", 10) == 0);
	milter_talk_end(&client);
}

static void
what_the_mta_has_refused_continues(void)
{
	struct milter_client client;

	begin_stranger(&client);
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>",
		      MACROS({ "{rcpt_mailer}", "error" },
			  { "{rcpt_host}", "5.7.1" },
			  { "{rcpt_addr}", "Relay access denied" })),
	    "continue");
	/* It could still accept this one. */
	CHECK(strstr(milter_talk_rcpt(&client, "<v@elsewhere.test>",
			 MACROS({ "{rcpt_mailer}", "error" },
			     { "{rcpt_host}", "5.7.1 no" },
			     { "{rcpt_addr}", "v@elsewhere.test" })),
		  denied) != NULL);
	milter_talk_end(&client);
}

static void
the_mta_says_which_recipients_are_its_own(void)
{
	static const struct {
		const char *version;
		const char *recipient;
		const char *mailer;
		const char *address;
		bool own;
	} cases[] = {
		{ "Postfix 3.7.11", "<bob@a.test>", "local", "bob@a.test",
		    true },
		{ "Postfix 3.7.11", "<bob@a.test>", "relay", "bob@a.test",
		    true },
		{ "Postfix 3.7.11", "<bob@a.test>", "smtp", "bob@a.test",
		    false },
		{ "Postfix 3.7.11", "<bob%b.test@a.test>", "local",
		    "bob@a.test", false },
		{ "8.17.1.9", "<bob@a.test>", "local", "bob", true },
		{ "8.17.1.9", "<bob@a.test>", "esmtp", "bob@a.test", false },
		{ "8.17.1.9", "<bob@a.test>", "relay", "bob@a.test", false },
		{ "8.17.1.9", "<info@a.test>", "esmtp", "someone@else.test",
		    true },
		{ "8.17.1.9", "<bob@a.test>,<v@b.test>", "local", "bob",
		    false },
	};

	milter_guard_policy(by_mta);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct milter_client client;

		tap_case("%zu: %s", i, cases[i].recipient);
		milter_talk_begin(&client, "203.0.113.66",
		    MACROS({ "v", cases[i].version },
			{ "{daemon_port}", "25" }));
		milter_talk_mail(&client, "<>", NULL);
		const char *answer =
		    milter_talk_rcpt(&client, cases[i].recipient,
			MACROS({ "{rcpt_mailer}", cases[i].mailer },
			    { "{rcpt_host}", "" },
			    { "{rcpt_addr}", cases[i].address }));
		if (cases[i].own)
			CHECK_STR(answer, "continue");
		else
			CHECK(strstr(answer, denied) != NULL);
		milter_talk_end(&client);
	}
	milter_guard_policy(listed);
}

static void
an_mta_without_macros_is_deferred(void)
{
	struct milter_client client;

	milter_guard_policy(by_mta);
	begin_stranger(&client);
	CHECK(strncmp(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
		  "451 4.7.1 ", 10) == 0);
	milter_talk_end(&client);
	milter_guard_policy(listed);
}

static void
observing_refuses_nobody(void)
{
	char text[sizeof(listed) + 32];
	struct milter_client client;

	snprintf(text, sizeof(text), "mode = \"observe\";\n%s", listed);
	milter_guard_policy(text);
	begin_stranger(&client);
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "continue");
	milter_talk_end(&client);
	milter_guard_policy(listed);
}

static void
each_decision_has_the_policy_in_force(void)
{
	static const char other[] =
	    "networks = { local = [ \"127.0.0.1\" ]; };\n"
	    "destinations = [ \"elsewhere.test\" ];\n"
	    "relay = ({ name = \"host\"; from = \"local\"; });\n";
	struct milter_client client;

	begin_stranger(&client);
	CHECK_STR(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
	    "continue");
	milter_guard_policy(other);
	CHECK(strstr(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
		  denied) != NULL);
	CHECK_STR(milter_talk_rcpt(&client, "<bob@elsewhere.test>", NULL),
	    "continue");
	milter_guard_policy(listed);
	CHECK(strstr(milter_talk_rcpt(&client, "<bob@elsewhere.test>", NULL),
		  denied) != NULL);
	milter_talk_end(&client);
}

/* The last one: after it nobody serves. */
static void
stopping_is_quick_and_refuses_open_sessions(void)
{
	struct milter_client sessions[8];

	for (size_t i = 0; i < TAP_COUNT(sessions); i++)
		begin_stranger(&sessions[i]);
	CHECK(milter_guard_stop() < 1000);
	CHECK(access(milter_guard_path(), F_OK) != 0);
	/* libmilter's threads live on; none may use the policy. */
	for (size_t i = 0; i < TAP_COUNT(sessions); i++) {
		const char *answer =
		    milter_talk_rcpt(&sessions[i], "<bob@example.test>", NULL);
		tap_case("%zu: %s", i, answer);
		CHECK(strcmp(answer, "continue") != 0);
		milter_client_close(&sessions[i]);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(only_what_is_needed_is_negotiated),
	TAP_TEST(an_mta_that_can_less_is_served_too),
	TAP_TEST(a_stranger_reaches_our_domains_only),
	TAP_TEST(a_granted_client_reaches_the_world),
	TAP_TEST(an_unknown_client_is_nobodys),
	TAP_TEST(local_submission_passes),
	TAP_TEST(a_login_counts_with_tls_and_port),
	TAP_TEST(starttls_brings_a_second_helo),
	TAP_TEST(abort_ends_the_transaction_and_nothing_else),
	TAP_TEST(what_is_over_the_limits_is_deferred),
	TAP_TEST(what_the_mta_has_refused_continues),
	TAP_TEST(the_mta_says_which_recipients_are_its_own),
	TAP_TEST(an_mta_without_macros_is_deferred),
	TAP_TEST(observing_refuses_nobody),
	TAP_TEST(each_decision_has_the_policy_in_force),
	TAP_TEST(stopping_is_quick_and_refuses_open_sessions),
};

int
main(void)
{
	milter_guard_start(listed);
	milter_talk_to(milter_guard_path());
	return TAP_RUN(tests);
}
