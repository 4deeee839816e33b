/*
 * fuzz_reply.c - whatever is asked, the reply is one action in one line, and
 * none that permits. The first byte chooses the policy.
 */
#include "serve/attr.h"

#include "policy/policy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool held)
{
	if (!held)
		abort();
}

static bool
is_digits(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

/* One of the actions that this project says, and nothing like a permit. */
static void
expect_safe(struct str reply)
{
	static const struct str words[] = {
		STR_INIT("DUNNO"),
		STR_INIT("reject_unauth_destination"),
		STR_INIT("warn_if_reject"),
		STR_INIT("451"),
		STR_INIT("554"),
	};
	struct str word, rest;
	bool known = false;

	expect(str_starts(reply, STR("action=")));
	expect(str_ends(reply, STR("\n\n")));
	reply = str_slice(reply, sizeof("action=") - 1, reply.length - 2);
	for (size_t i = 0; i < reply.length; i++)
		expect(reply.data[i] >= ' ' && reply.data[i] <= '~');
	expect(!is_digits(reply));
	str_cut(reply, ' ', &word, &rest);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		known = known || str_equal(word, words[i]);
	expect(known);
	expect(!is_digits(word) || rest.length > 0);
}

static void
expect_reply(const struct decision *decision)
{
	char bytes[ATTR_REPLY_MAX];
	struct buf reply = BUF(bytes);

	attr_print(decision, &reply);
	expect(!reply.full);
	expect_safe(buf_str(&reply));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy_scratch *scratch;
	struct attr_state state = { 0 };
	struct decision decision;
	struct request request;
	struct error error;
	size_t used;

	if (size == 0)
		return 0;
	if (scratch == NULL)
		scratch = policy_scratch_new();
	const struct policy policy = {
		.mode = data[0] & 1 ? POLICY_OBSERVE : POLICY_ENFORCE,
		.destinations_mta = (data[0] & 2) != 0,
	};
	struct str input = { (const char *)data + 1, size - 1 };
	switch (attr_parse(&state, input, &used, &request, &error)) {
	case ATTR_DONE:
		policy_decide(&policy, &request, scratch, NULL, &decision);
		expect(policy.mode != POLICY_OBSERVE ||
		    decision.verdict == VERDICT_CONTINUE || decision.observe);
		break;
	case ATTR_BAD:
	case ATTR_OVER:
		attr_refuse(&decision);
		break;
	case ATTR_MORE:
		return 0;
	}
	expect_reply(&decision);
	return 0;
}
