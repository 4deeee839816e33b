/*
 * test_milter_reply.c - how a refusal is worded towards the MTA.
 */
#include "serve/milter_reply.h"

#include "tests/lib/tap.h"

static const struct decision relay_denied = {
	.verdict = VERDICT_REJECT,
	.cause = DECISION_RELAY,
	.code = 554,
	.dsn = STR_INIT("5.7.1"),
	.text = STR_INIT("Relay access denied"),
};

static void
the_recipient_stands_before_the_text(void)
{
	static const struct {
		const char *recipient;
		const char *text;
	} cases[] = {
		{ "<v@e.test>", "<v@e.test>: Relay access denied" },
		{ "v@e.test", "<v@e.test>: Relay access denied" },
		{ "", "<>: Relay access denied" },
		{ "<>", "<>: Relay access denied" },
		{ "<", "<<>: Relay access denied" },
		{ "<a@b>,<c@d>", "<a@b>,<c@d>: Relay access denied" },
		{ "<v%e.test@us>", "<v%%e.test@us>: Relay access denied" },
		{ "<%s%n@us>", "<%%s%%n@us>: Relay access denied" },
		{ "<\"a b\"@us>", "<\"a b\"@us>: Relay access denied" },
		{ "<a\r\nb@us>", "<a\\x0d\\x0ab@us>: Relay access denied" },
		{ "<\xc3\xa4@us>", "<\\xc3\\xa4@us>: Relay access denied" },
		{ "<a\x7f@us>", "<a\\x7f@us>: Relay access denied" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct milter_reply reply;

		tap_case("%zu", i);
		milter_reply_write(&relay_denied, str_from(cases[i].recipient),
		    &reply);
		CHECK_STR(reply.code, "554");
		CHECK_STR(reply.dsn, "5.7.1");
		CHECK_STR(reply.text, cases[i].text);
	}
}

/* Bytes that the client sees: the MTA halves the percent signs. */
static size_t
seen(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; count++)
		text += text[0] == '%' ? 2 : 1;
	return count;
}

static void
a_long_recipient_is_cut_and_the_reason_is_whole(void)
{
	static const char tail[] = "...>: Relay access denied";
	static const char bytes[] = { 'a', '%', '\xff', '\0' };
	char recipient[2000];

	for (size_t i = 0; bytes[i] != '\0'; i++) {
		for (size_t length = 300; length < sizeof(recipient);
		     length += 17) {
			struct milter_reply reply;

			memset(recipient, bytes[i], length);
			milter_reply_write(&relay_denied,
			    (struct str){ recipient, length }, &reply);
			size_t written = strlen(reply.text);
			tap_case("%zu of 0x%02x", length,
			    (unsigned char)bytes[i]);
			CHECK(seen(reply.text) <= DECISION_TEXT);
			CHECK(written <= 980);
			CHECK(str_ends(str_from(reply.text),
			    STR(">: Relay access denied")));
			if (length > DECISION_TEXT)
				CHECK(str_ends(str_from(reply.text),
				    str_from(tail)));
		}
	}
}

static void
a_reason_without_room_for_the_recipient_stands_alone(void)
{
	char reason[DECISION_TEXT];
	struct decision decision = relay_denied;
	struct milter_reply reply;

	memset(reason, 'r', sizeof(reason));
	decision.text = (struct str){ reason, sizeof(reason) };
	milter_reply_write(&decision, STR("<v@e.test>"), &reply);
	CHECK_INT((long long)strlen(reply.text), DECISION_TEXT);
	CHECK(strchr(reply.text, '<') == NULL);
}

static void
what_cannot_be_judged_is_deferred(void)
{
	struct decision decision;
	struct milter_reply reply;

	milter_reply_unjudged(&decision);
	CHECK_INT(decision.verdict, VERDICT_DEFER);
	CHECK(!decision.observe);
	milter_reply_write(&decision, STR("<v@e.test>"), &reply);
	CHECK_STR(reply.code, "451");
	CHECK_STR(reply.dsn, "4.3.0");
	CHECK(str_starts(str_from(reply.text), STR("<v@e.test>: ")));
}

static const struct tap_test tests[] = {
	TAP_TEST(the_recipient_stands_before_the_text),
	TAP_TEST(a_long_recipient_is_cut_and_the_reason_is_whole),
	TAP_TEST(a_reason_without_room_for_the_recipient_stands_alone),
	TAP_TEST(what_cannot_be_judged_is_deferred),
};

int
main(void)
{
	return TAP_RUN(tests);
}
