/*
 * fuzz_attr.c - any bytes are a policy request, a part of one, or none; and
 * the answer is the same wherever they are split.
 */
#include "serve/attr.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SPLITS = 16,
	BYTE_BY_BYTE = 256, /* longest input that is given byte by byte */
};

struct answer {
	enum attr_result result;
	size_t used;
	struct request request;
};

static void
expect(bool held)
{
	if (!held)
		abort();
}

static bool
is_inside(struct str part, struct str whole)
{
	return part.length == 0 ||
	    (part.data >= whole.data &&
		part.data + part.length <= whole.data + whole.length);
}

static void
expect_whole_lines(const struct answer *answer, struct str input)
{
	const struct session *session = &answer->request.session;
	struct str text = str_slice(input, 0, answer->used);

	expect(answer->used > 0 && answer->used <= input.length);
	expect(text.data[answer->used - 1] == '\n');
	expect(answer->result != ATTR_DONE ||
	    memchr(text.data, '\0', text.length) == NULL);
	expect(is_inside(session->recipient, text));
	expect(is_inside(session->sender, text));
	expect(is_inside(session->login, text));
	expect(is_inside(session->client_text, text));
	expect(is_inside(answer->request.policy_context, text));
	expect(session->recipient.length == 0 ||
	    memchr(session->recipient.data, '\n', session->recipient.length) ==
		NULL);
	expect(session->server_port <= UINT16_MAX);
}

static void
expect_same(const struct answer *got, const struct answer *want)
{
	expect(got->result == want->result);
	if (want->result == ATTR_DONE || want->result == ATTR_BAD)
		expect(got->used == want->used);
	if (want->result == ATTR_DONE)
		expect(memcmp(&got->request, &want->request,
			   sizeof(want->request)) == 0);
}

/* Gives the bytes in steps of a length. */
static struct answer
parse(struct str input, size_t step)
{
	struct attr_state state = { 0 };
	struct answer answer = { .result = ATTR_MORE };
	struct error error = { "" };
	size_t length = 0;

	do {
		length +=
		    step < input.length - length ? step : input.length - length;
		answer.result = attr_parse(&state, str_slice(input, 0, length),
		    &answer.used, &answer.request, &error);
	} while (answer.result == ATTR_MORE && length < input.length);
	expect(answer.result == ATTR_DONE || answer.result == ATTR_MORE ||
	    error.text[0] != '\0');
	return answer;
}

/* Skipping finds the end of what was read as one request. */
static void
expect_skipped(struct str input, const struct answer *answer)
{
	size_t used;

	if (input.data[0] == '\n' || input.data[0] == '\r')
		return; /* an empty request; never over a limit */
	expect(attr_skip(input, &used));
	expect(used == answer->used);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = { (const char *)data, size };
	struct answer whole = parse(input, size > 0 ? size : 1);

	if (whole.result == ATTR_DONE || whole.result == ATTR_BAD) {
		expect_whole_lines(&whole, input);
		expect_skipped(input, &whole);
	}
	for (size_t i = 1; i <= SPLITS; i++) {
		struct answer part = parse(input, size / i + 1);

		expect_same(&part, &whole);
	}
	if (size <= BYTE_BY_BYTE) {
		struct answer part = parse(input, 1);

		expect_same(&part, &whole);
	}
	return 0;
}
