/*
 * cmd_explain_requests.c - policy requests on standard input, as Postfix
 * sends them.
 */
#include "cmd_explain.h"

#include "serve/attr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	INPUT_SIZE = 2 * ATTR_REQUEST_MAX,
};

/* What has been read and not yet answered. */
struct input {
	char *bytes;
	size_t length;
	bool ended;
};

static bool
input_read(struct input *input)
{
	ssize_t count;

	do
		count = read(STDIN_FILENO, input->bytes + input->length,
		    INPUT_SIZE - input->length);
	while (count < 0 && errno == EINTR);
	if (count < 0) {
		perror("mtaguard explain: standard input");
		return false;
	}
	input->ended = count == 0;
	input->length += (size_t)count;
	return true;
}

static void
input_drop(struct input *input, size_t count)
{
	input->length -= count;
	memmove(input->bytes, input->bytes + count, input->length);
}

/* Drops line ends before a request: requests may be put together by hand. */
static void
input_drop_blank(struct input *input)
{
	size_t count = 0;

	while (count < input->length &&
	    (input->bytes[count] == '\n' || input->bytes[count] == '\r'))
		count++;
	if (count > 0)
		input_drop(input, count);
}

/* Reads on to the end of a request that is over the limits. */
static bool
input_skip(struct input *input)
{
	for (;;) {
		size_t used = 0;
		bool done =
		    attr_skip((struct str){ input->bytes, input->length },
			&used);

		input_drop(input, used);
		if (done || input->ended)
			return true;
		if (!input_read(input))
			return false;
	}
}

/* Takes one request from the input and answers it; false: it is not whole. */
static bool
explain_request(struct explain *explain, struct input *input,
    struct attr_state *state, unsigned long number, enum attr_result *result)
{
	struct request request;
	struct error error;
	char bytes[24];
	struct buf id = BUF(bytes);
	size_t used = 0;

	*result = attr_parse(state, (struct str){ input->bytes, input->length },
	    &used, &request, &error);
	buf_add_number(&id, number);
	switch (*result) {
	case ATTR_MORE:
		return false;
	case ATTR_DONE:
		explain_judge(explain, buf_str(&id), &request);
		break;
	case ATTR_BAD:
	case ATTR_OVER:
		explain_refuse(explain, buf_str(&id), &error);
		break;
	}
	if (*result != ATTR_OVER)
		input_drop(input, used);
	return true;
}

static enum command_exit
answer_requests(struct explain *explain, struct input *input)
{
	struct attr_state state = { 0 };
	unsigned long number = 1;

	while (!input->ended) {
		enum attr_result result = ATTR_DONE;

		if (!input_read(input))
			return COMMAND_MISSING;
		for (;;) {
			if (state.searched == 0)
				input_drop_blank(input);
			if (input->length == 0 ||
			    !explain_request(explain, input, &state, number,
				&result))
				break;
			number++;
			state = (struct attr_state){ 0 };
			if (result == ATTR_OVER && !input_skip(input))
				return COMMAND_MISSING;
		}
	}
	if (input->length == 0)
		return COMMAND_DONE;
	fprintf(stderr,
	    "mtaguard explain: standard input: request %lu does not end in an "
	    "empty line\n",
	    number);
	return COMMAND_DATA;
}

enum command_exit
explain_requests(struct explain *explain)
{
	struct input input = { .bytes = malloc(INPUT_SIZE) };

	if (input.bytes == NULL) {
		perror("mtaguard explain");
		return COMMAND_INTERNAL;
	}
	enum command_exit status = answer_requests(explain, &input);
	free(input.bytes);
	return status;
}
