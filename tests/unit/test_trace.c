/*
 * test_trace.c - the steps to a decision, as explain tells them.
 */
#include "policy/trace.h"

#include "tests/lib/policy_build.h"
#include "tests/lib/tap.h"

#include <stdlib.h>
#include <string.h>

static void
steps_are_told_in_their_order(void)
{
	struct policy_build build;
	struct asked asked = {
		.client = "203.0.113.9",
		.sender = "a\x01@x.test",
		.recipient = "v@far.test",
		.stage = SESSION_RCPT,
	};
	struct request request = asked_request(&asked);
	struct policy_scratch *scratch = policy_scratch_new();
	struct trace *trace = malloc(sizeof(*trace));
	struct decision decision;

	policy_build_init(&build);
	policy_build_grant(&build, "site", "10.0.0.0/8");
	policy_build_grant(&build, "world", "0.0.0.0/0")->senders =
	    policy_build_list(&build, TABLE_SENDERS, "y.test");
	trace->count = 0;
	policy_decide(&build.policy, &request, scratch, trace, &decision);
	if (CHECK_INT(trace->count, 3)) {
		CHECK_STR(trace->steps[0].rule, "grant");
		CHECK(str_equal(trace->steps[0].name, STR("site")));
		CHECK_STR(trace->steps[0].outcome, "no");
		CHECK_STR(trace->steps[0].detail,
		    "from: the client is not in its networks, or never "
		    "trusted");
		CHECK_INT(trace->steps[0].place.line, 10);
		CHECK(str_equal(trace->steps[1].name, STR("world")));
		CHECK_STR(trace->steps[1].detail,
		    "senders: the sender is not in its list");
		CHECK_STR(trace->steps[2].rule, "destination");
	}

	request.session.sender = STR("a@y.test");
	trace->count = 0;
	policy_decide(&build.policy, &request, scratch, trace, &decision);
	if (CHECK_INT(trace->count, 2)) {
		CHECK_STR(trace->steps[1].outcome, "covers");
		CHECK_STR(trace->steps[1].detail,
		    "from 0.0.0.0/0; senders y.test");
	}
	policy_build_free(&build);
	policy_scratch_free(scratch);
	free(trace);
}

static void
details_are_escaped_and_never_too_long(void)
{
	struct trace *trace = malloc(sizeof(*trace));
	char text[4 * TRACE_DETAIL];

	trace->count = 0;
	trace_add(trace, "rule", STR("name"), "no", (struct place){ 0 },
	    "a\x01 b\xff\n");
	CHECK_STR(trace->steps[0].detail, "a\\x01 b\\xff\\x0a");
	memset(text, '\x01', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	trace_add(trace, "rule", STR("name"), "no", (struct place){ 0 }, "%s",
	    text);
	CHECK(strlen(trace->steps[1].detail) < TRACE_DETAIL);
	for (int i = 0; i < 2 * TRACE_STEPS; i++)
		trace_add(trace, "rule", STR("name"), "no", (struct place){ 0 },
		    "%d", i);
	CHECK_INT(trace->count, TRACE_STEPS);
	trace_add(NULL, "rule", STR("name"), "no", (struct place){ 0 }, "x");
	free(trace);
}

static const struct tap_test tests[] = {
	TAP_TEST(steps_are_told_in_their_order),
	TAP_TEST(details_are_escaped_and_never_too_long),
};

int
main(void)
{
	return TAP_RUN(tests);
}
