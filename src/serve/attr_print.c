/*
 * attr_print.c - Postfix's policy-delegation protocol: printing actions.
 */
#include "serve/attr.h"

#include <assert.h>

/*
 * A text that cannot make another action of a code: digits alone permit, and
 * what is not printed is taken as an end or as a space.
 */
static bool
is_sentence(struct str text)
{
	if (text.length == 0 || text.length > DECISION_TEXT)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return (text.data[0] >= 'A' && text.data[0] <= 'Z') ||
	    (text.data[0] >= 'a' && text.data[0] <= 'z');
}

static bool
is_refusal_code(const struct decision *decision)
{
	unsigned class = decision->code / 100;

	return class == (decision->verdict == VERDICT_REJECT ? 5 : 4);
}

static void
print_refusal(const struct decision *decision, struct buf *reply)
{
	assert(is_refusal_code(decision));
	assert(is_sentence(decision->text));
	buf_add_number(reply, decision->code);
	buf_add_char(reply, ' ');
	if (decision->dsn.length > 0) {
		buf_add(reply, decision->dsn);
		buf_add_char(reply, ' ');
	}
	buf_add(reply, decision->text);
}

static void
print_action(const struct decision *decision, struct buf *reply)
{
	switch (decision->verdict) {
	case VERDICT_CONTINUE:
		buf_add(reply, STR("DUNNO"));
		return;
	case VERDICT_ASK_MTA:
		if (decision->observe)
			buf_add(reply, STR("warn_if_reject "));
		buf_add(reply, STR("reject_unauth_destination"));
		return;
	case VERDICT_REJECT:
	case VERDICT_DEFER:
		if (decision->observe)
			buf_add(reply, STR("DUNNO"));
		else
			print_refusal(decision, reply);
		return;
	}
}

void
attr_print(const struct decision *decision, struct buf *reply)
{
	buf_add(reply, STR("action="));
	print_action(decision, reply);
	buf_add(reply, STR("\n\n"));
	assert(!reply->full);
}

void
attr_refuse(struct decision *decision)
{
	*decision = (struct decision){
		.verdict = VERDICT_DEFER,
		.cause = DECISION_MALFORMED,
		.code = 451,
		.dsn = STR("4.3.0"),
		.text = STR("Relay guard cannot read the request"),
		.rule = STR("malformed"),
	};
}
