/*
 * test_scenario.c - reading scenarios, and making requests of their steps.
 */
#include "tests/lib/scenario.h"

#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a scenario from a string, by way of a file. */
static bool
read_text(const char *text, struct arena *arena, struct scenario *scenario,
    struct error *error)
{
	char path[] = "scenario-XXXXXX";
	int descriptor = mkstemp(path);
	FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;

	if (file == NULL)
		tap_bail("no temporary file");
	fputs(text, file);
	fclose(file);
	bool read = scenario_read(path, arena, scenario, error);
	unlink(path);
	return read;
}

static const char sample[] =
    "# a sample\n"
    "policy {\n"
    "destinations = [ \"example.com\" ];\n"
    "}\n"
    "host: address 192.0.2.25 gateway 192.0.2.1\n"
    "mta: ours=example.com,example.org forward=info@example.com:x@far.test\n"
    "\n"
    "session client=203.0.113.9 port=587 login=tom tls=TLSv1.3\n"
    "mail <a@b.test> SIZE=100\n"
    "rcpt <\"a b\"@example.com> NOTIFY=NEVER -> ask pass\n"
    "now 2027-07-01\n"
    "rcpt <@r.test:v@far.test> -> observe 554 5.7.1 Relay access denied\n"
    "only milter: verbatim\n"
    "session client=local\n"
    "rcpt <v\\x01w@far.test> -> 554\n"
    "only policy: dequoted\n"
    "rcpt <info@example.com> -> pass\n";

static bool
read_sample(struct arena *arena, struct scenario *scenario)
{
	struct error error;

	return read_text(sample, arena, scenario, &error) ||
	    tap_check_str(error.text, "", "reads the sample", __FILE__,
		__LINE__);
}

static void
what_stands_before_the_sessions_is_read(void)
{
	struct arena *arena = arena_new(0);
	struct scenario scenario;

	if (read_sample(arena, &scenario)) {
		CHECK(str_equal(scenario.policy,
		    STR("destinations = [ \"example.com\" ];\n")));
		CHECK_INT(scenario.policy_line, 3);
		CHECK_INT(scenario.host.address_count, 1);
		CHECK_INT(scenario.host.gateway_count, 1);
		CHECK_INT(scenario.mta_count, 3);
		CHECK(str_equal(scenario.mta[1].key, STR("example.org")));
		CHECK(str_equal(scenario.mta[2].value, STR("x@far.test")));
	}
	arena_free(arena);
}

static void
steps_know_their_session(void)
{
	struct arena *arena = arena_new(0);
	struct scenario scenario;

	if (read_sample(arena, &scenario) && CHECK(scenario.step_count == 5)) {
		const struct scenario_step *step = scenario.steps;

		CHECK(str_equal(step[0].parameters, STR("SIZE=100")));
		CHECK(str_equal(step[1].session.sender, STR("<a@b.test>")));
		CHECK(str_equal(step[1].session.login, STR("tom")));
		CHECK(str_equal(step[1].parameters, STR("NOTIFY=NEVER")));
		CHECK_INT(step[1].line, 10);
		CHECK_INT(step[1].session.server_port, 587);
		CHECK_INT(step[1].now, SCENARIO_NOW);
		CHECK_INT(step[2].now, 1814400000);
		CHECK_INT(step[2].number, 0);
		CHECK_INT(step[3].number, 1);
		CHECK_INT(step[3].session.sender.length, 0);
		CHECK(str_equal(step[3].session.recipient,
		    STR("<v\x01w@far.test>")));
	}
	arena_free(arena);
}

static void
expectations_are_read(void)
{
	struct arena *arena = arena_new(0);
	struct scenario scenario;

	if (read_sample(arena, &scenario)) {
		const struct scenario_step *step = scenario.steps;

		CHECK_INT(step[0].expect.answer, SCENARIO_SILENT);
		CHECK_INT(step[1].expect.answer, SCENARIO_PASS);
		CHECK(step[1].expect.ask && !step[1].expect.observe);
		CHECK(step[2].expect.observe);
		CHECK_INT(step[2].expect.code, 554);
		CHECK(str_equal(step[2].expect.dsn, STR("5.7.1")));
		CHECK(
		    str_equal(step[2].expect.text, STR("Relay access denied")));
		CHECK_INT(step[3].expect.dsn.length, 0);
	}
	arena_free(arena);
}

static void
only_is_for_a_step_or_a_session(void)
{
	struct arena *arena = arena_new(0);
	struct scenario scenario;

	if (read_sample(arena, &scenario)) {
		const struct scenario_step *step = scenario.steps;

		CHECK_INT(step[2].only, SCENARIO_ANY_PROTOCOL);
		CHECK_INT(step[3].only, SCENARIO_MILTER);
		CHECK_INT(step[4].only, SCENARIO_POLICY);
	}
	arena_free(arena);
}

static void
mistakes_are_told_with_their_line(void)
{
	static const struct {
		const char *text;
		const char *error; /* after the name of the file */
	} cases[] = {
		{ "policy: x\nsession\n", ":2: a session needs client=" },
		{ "policy: x\nfoo\n", ":2: no step \"foo\"" },
		{ "policy: x\nrcpt <a@b> -> pass\n",
		    ":2: a step before any session" },
		{ "policy: x\nsession client=1.2.3.4\nrcpt <a@b>\n",
		    ":3: rcpt without an expectation" },
		{ "policy: x\nsession client=1.2.3.4\nrcpt <a@b> -> maybe\n",
		    ":3: \"maybe\" is no answer" },
		{ "policy: x\nonly policy: boredom\n",
		    ":2: no reason \"boredom\"" },
		{ "policy: x\nonly milter: dequoted\n",
		    ":2: the reason is one for other protocols" },
		{ "policy: x\nsession colour=red\n",
		    ":2: a session has no \"colour\"" },
		{ "policy {\nmode = 1;\n",
		    ":2: the policy does not end in a line }" },
		{ "session client=1.2.3.4\nrcpt <a@b> -> pass\n",
		    ": no policy" },
		{ "policy: x\n", ": no steps" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct scenario scenario;
		struct error error;

		tap_case("%s", cases[i].text);
		if (CHECK(!read_text(cases[i].text, arena, &scenario, &error)))
			CHECK_STR(error.text + strlen("scenario-XXXXXX"),
			    cases[i].error);
		arena_free(arena);
	}
}

/* What Postfix 3.7 and 3.12 were seen to send, and what they refuse. */
static void
arguments_become_what_postfix_sends(void)
{
	static const struct {
		const char *argument;
		const char *internal; /* NULL: refused, or not known */
	} cases[] = {
		{ "<a@example.com>", "a@example.com" },
		{ "a@example.com", "a@example.com" },
		{ "<>", "" },
		{ "<\"al ice\"@example.com>", "al ice@example.com" },
		{ "<\"v@far.test\"@example.com>", "v@far.test@example.com" },
		{ "<\"v@far.test\">", "v@far.test" },
		{ "<\"\"@example.com>", "@example.com" },
		{ "<\"x\\\"y=z\"@example.com>", "x\"y=z@example.com" },
		{ "<v\\@far.test@example.com>", "v@far.test@example.com" },
		{ "<@a.test,@b.test:u@c.test>", "u@c.test" },
		{ "<@a.test:@b.test:u@c.test>", "@b.test:u@c.test" },
		{ "<v%far.test@example.com>", "v%far.test@example.com" },
		{ "<far.test!v>", "far.test!v" },
		{ "<bob>", "bob" },
		{ "<bob@[192.0.2.1]>", "bob@[192.0.2.1]" },
		{ "<bob@[IPv6:2001:db8::1]>", "bob@[IPv6:2001:db8::1]" },
		{ "<v(@example.com)@far.test>", "v@far.test" },
		{ "<v @far.test>", "v@far.test" },
		{ "<a@b.test>,<c@d.test>", NULL },
		{ "<smtp:far.test!v>", NULL },
		{ "<@a.test v@far.test>", NULL },
		{ "<\"v@far.test>", NULL },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		char space[256];
		struct str internal;
		bool known = scenario_internal(str_from(cases[i].argument),
		    space, sizeof(space), &internal);

		tap_case("%s", cases[i].argument);
		CHECK_INT(known, cases[i].internal != NULL);
		if (known && cases[i].internal != NULL)
			CHECK(str_equal(internal, str_from(cases[i].internal)));
	}
}

static void
requests_carry_what_their_protocol_can(void)
{
	static struct scenario_space space;
	struct arena *arena = arena_new(0);
	struct scenario scenario;
	struct request request;

	if (read_sample(arena, &scenario)) {
		const struct scenario_step *step = &scenario.steps[1];

		CHECK(scenario_request(&scenario, step, SCENARIO_POLICY, &space,
		    &request));
		CHECK_INT(request.session.form, MAILBOX_INTERNAL);
		CHECK(str_equal(request.session.recipient,
		    STR("a b@example.com")));
		CHECK(!request.macros);

		CHECK(scenario_request(&scenario, step, SCENARIO_POSTFIX_MILTER,
		    &space, &request));
		CHECK_INT(request.session.form, MAILBOX_ARGUMENT);
		CHECK_INT(request.mta, REQUEST_MTA_POSTFIX);
		CHECK(request.macros);
		CHECK(str_equal(request.rcpt_mailer, STR("local")));

		step = &scenario.steps[4];
		CHECK(scenario_request(&scenario, step,
		    SCENARIO_SENDMAIL_MILTER, &space, &request));
		CHECK(str_equal(request.rcpt_mailer, STR("esmtp")));
		CHECK(str_equal(request.rcpt_addr, STR("x@far.test")));
	}
	arena_free(arena);
}

static void
drivers_say_what_they_cannot_carry(void)
{
	struct arena *arena = arena_new(0);
	struct scenario scenario;

	if (read_sample(arena, &scenario)) {
		const struct scenario_step *step = scenario.steps;
		struct scenario_driver policy = { SCENARIO_POLICY,
			SCENARIO_ENGINE };
		struct scenario_driver milter = { SCENARIO_POSTFIX_MILTER,
			SCENARIO_ENGINE };
		struct scenario_driver daemon = { SCENARIO_POLICY,
			SCENARIO_DAEMON };

		CHECK(scenario_cannot(&scenario, &step[1], policy) == NULL);
		CHECK(scenario_cannot(&scenario, &step[1], milter) == NULL);
		CHECK_STR(scenario_cannot(&scenario, &step[1], daemon),
		    "a daemon has the addresses and gateways of the machine");
		CHECK_STR(scenario_cannot(&scenario, &step[3], policy),
		    "a milter sees the quotes and routes that Postfix takes "
		    "off");
		CHECK_STR(scenario_cannot(&scenario, &step[4], milter),
		    "Postfix takes quotes and one source route off before it "
		    "asks");
	}
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(what_stands_before_the_sessions_is_read),
	TAP_TEST(steps_know_their_session),
	TAP_TEST(expectations_are_read),
	TAP_TEST(only_is_for_a_step_or_a_session),
	TAP_TEST(mistakes_are_told_with_their_line),
	TAP_TEST(arguments_become_what_postfix_sends),
	TAP_TEST(requests_carry_what_their_protocol_can),
	TAP_TEST(drivers_say_what_they_cannot_carry),
};

int
main(void)
{
	return TAP_RUN(tests);
}
