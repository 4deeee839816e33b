/*
 * test_attr_print.c - printing the actions of the policy protocol.
 */
#include "serve/attr.h"

#include "tests/lib/tap.h"

#include <stdio.h>

static void
check_text(struct str got, const char *want)
{
	char text[ATTR_REPLY_MAX + 1];

	snprintf(text, sizeof(text), STR_FORMAT, STR_ARGS(got));
	CHECK_STR(text, want);
}

static void
actions_are_one_line_and_an_empty_one(void)
{
	static const struct {
		struct decision decision;
		const char *reply;
	} cases[] = {
		{ { .verdict = VERDICT_CONTINUE }, "action=DUNNO\n\n" },
		{ { .verdict = VERDICT_CONTINUE, .observe = true },
		    "action=DUNNO\n\n" },
		{ { .verdict = VERDICT_ASK_MTA },
		    "action=reject_unauth_destination\n\n" },
		{ { .verdict = VERDICT_ASK_MTA, .observe = true },
		    "action=warn_if_reject reject_unauth_destination\n\n" },
		{ { .verdict = VERDICT_REJECT,
		      .code = 554,
		      .dsn = STR_INIT("5.7.1"),
		      .text = STR_INIT("Relay access denied") },
		    "action=554 5.7.1 Relay access denied\n\n" },
		{ { .verdict = VERDICT_REJECT,
		      .observe = true,
		      .code = 554,
		      .dsn = STR_INIT("5.7.1"),
		      .text = STR_INIT("Relay access denied") },
		    "action=DUNNO\n\n" },
		{ { .verdict = VERDICT_DEFER,
		      .code = 451,
		      .dsn = STR_INIT("4.7.1"),
		      .text = STR_INIT("Try again later") },
		    "action=451 4.7.1 Try again later\n\n" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		char bytes[ATTR_REPLY_MAX];
		struct buf reply = BUF(bytes);

		attr_print(&cases[i].decision, &reply);
		check_text(buf_str(&reply), cases[i].reply);
	}
}

static void
the_longest_text_fits_into_a_reply(void)
{
	char text[DECISION_TEXT];
	char bytes[ATTR_REPLY_MAX];
	struct buf reply = BUF(bytes);
	struct decision decision = {
		.verdict = VERDICT_REJECT,
		.code = 554,
		.dsn = STR("5.7.1"),
		.text = { text, sizeof(text) },
	};

	memset(text, 'x', sizeof(text));
	attr_print(&decision, &reply);
	CHECK(!reply.full);
	CHECK(str_ends(buf_str(&reply), STR("x\n\n")));
}

static void
what_cannot_be_judged_is_deferred(void)
{
	char bytes[ATTR_REPLY_MAX];
	struct buf reply = BUF(bytes);
	struct decision decision;

	attr_refuse(&decision);
	CHECK_INT(decision.verdict, VERDICT_DEFER);
	CHECK_INT(decision.cause, DECISION_MALFORMED);
	attr_print(&decision, &reply);
	CHECK(str_starts(buf_str(&reply), STR("action=451 4.3.0 ")));
}

static const struct tap_test tests[] = {
	TAP_TEST(actions_are_one_line_and_an_empty_one),
	TAP_TEST(the_longest_text_fits_into_a_reply),
	TAP_TEST(what_cannot_be_judged_is_deferred),
};

int
main(void)
{
	return TAP_RUN(tests);
}
