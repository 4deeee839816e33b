/*
 * sendmail_replay.c - ask the real Sendmail whom it lets relay.
 */
#include "check/sendmail_replay.h"

#include "base/buf.h"
#include "base/child.h"
#include "base/lines.h"

#include <string.h>

enum {
	PROGRAM_MAX = 16 << 20, /* bytes: of a program that is looked at */
	OUTPUT_MAX = 32 << 20,
	QUESTION_MAX = 4096, /* bytes: what one question is asked with */
};

/* Where distributions have it; sendmail(1) may be another's. */
static const char *const programs[] = {
	"/usr/libexec/sendmail/sendmail", /* Debian 12 */
	"/usr/lib/sm.bin/sendmail",       /* Debian before */
	"/usr/sbin/sendmail.sendmail",    /* alternatives of Red Hat */
	"/usr/sbin/sendmail",
	"/usr/lib/sendmail",
};

/* Whether a program is Sendmail: no other's knows this rule set. */
static bool
is_sendmail(struct tree *tree, const char *path)
{
	static const char mark[] = "check_rcpt";
	struct arena *arena = arena_new(0);
	struct error error;
	struct str text;
	bool found = tree_read(tree, path, PROGRAM_MAX, arena, &text, &error) ==
		LOOKUP_FOUND &&
	    text.length > 0 &&
	    memmem(text.data, text.length, mark, sizeof(mark) - 1) != NULL;

	arena_free(arena);
	return found;
}

const char *
sendmail_program(const struct mta_host *host, struct arena *arena)
{
	if (!host->may_run || !tree_is_host(host->tree))
		return NULL;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (is_sendmail(host->tree, programs[i]))
			return arena_print(arena, "%s", programs[i]);
	return NULL;
}

/* Whether a text cannot become a command of the test mode. */
static bool
is_plain(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~' ||
		    text.data[i] == '$')
			return false;
	return true;
}

static void
print_question(const struct sendmail_question *question, struct buf *buf)
{
	char address[64];
	struct buf client = BUF(address);
	bool named = question->client_name.length > 0;

	sendmail_print_address(&question->client, &client);
	buf_print(buf, ".D{client_addr}" STR_FORMAT "\n",
	    STR_ARGS(buf_str(&client)));
	if (named)
		buf_print(buf, ".D{client_name}" STR_FORMAT "\n",
		    STR_ARGS(question->client_name));
	else
		buf_print(buf, ".D{client_name}[" STR_FORMAT "]\n",
		    STR_ARGS(buf_str(&client)));
	buf_print(buf, ".D{client_resolve}%s\n", named ? "OK" : "FAIL");
	buf_print(buf, ".D{auth_type}" STR_FORMAT "\n",
	    STR_ARGS(question->login));
	buf_print(buf, ".Df%s" STR_FORMAT "\n",
	    question->sender.length == 0 ? "<>" : "",
	    STR_ARGS(question->sender));
	buf_print(buf, "check_rcpt <" STR_FORMAT ">\n",
	    STR_ARGS(question->recipient));
	buf_print(buf, "canonify,parse " STR_FORMAT "\n",
	    STR_ARGS(question->recipient));
}

static bool
print_questions(const struct sendmail_question *questions, size_t count,
    struct buf *buf, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_plain(questions[i].client_name) ||
		    !is_plain(questions[i].login) ||
		    !is_plain(questions[i].sender) ||
		    !is_plain(questions[i].recipient))
			return error_set(error,
			    "an address has a character that the test mode "
			    "of Sendmail does not take");
		print_question(&questions[i], buf);
	}
	if (buf->full)
		return error_set(error, "a question is too long");
	return true;
}

/* A line of the answer: which rule set, whether it returns, and what. */
struct said {
	struct str ruleset;
	bool returns;
	struct str text;
};

static bool
read_said(struct str line, struct said *said)
{
	struct str colon, rest, word;

	while (str_starts(line, STR("> ")))
		line = str_slice(line, 2, line.length);
	if (!str_cut(line, ':', &colon, &said->text))
		return false;
	rest = colon;
	if (!sendmail_word_next(&rest, &said->ruleset) ||
	    !sendmail_word_next(&rest, &word))
		return false;
	said->returns = str_equal(word, STR("returns"));
	said->text = str_trim(said->text);
	return said->returns || str_equal(word, STR("input"));
}

/* What is being read: the question, and how deep in rule sets we are. */
struct reading {
	struct sendmail_question *questions;
	size_t count;
	size_t next;
	unsigned judging; /* check_rcpt within check_rcpt */
	unsigned parsing;
	bool accepted;
	bool judged;
};

static bool
is_refusal(struct str text)
{
	static const struct str refusals[] = {
		STR_INIT("$# error"),
		STR_INIT("$# discard"),
		STR_INIT("$# TEMP"),
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (str_starts(text, refusals[i]))
			return true;
	return false;
}

static bool
is_local(struct str text)
{
	return str_starts(text, STR("$# local ")) || is_refusal(text);
}

/* Follows one rule set; true when its outermost call has returned. */
static bool
leave(unsigned *depth, const struct said *said)
{
	if (!said->returns) {
		++*depth;
		return false;
	}
	if (*depth > 0)
		--*depth;
	return *depth == 0;
}

static void
take_said(struct reading *reading, const struct said *said)
{
	if (str_equal(said->ruleset, STR("check_rcpt")) &&
	    leave(&reading->judging, said)) {
		reading->judged = true;
		reading->accepted = !is_refusal(said->text);
	}
	if (!reading->judged || reading->judging > 0 ||
	    !str_equal(said->ruleset, STR("parse")) ||
	    !leave(&reading->parsing, said))
		return;
	if (reading->next < reading->count)
		reading->questions[reading->next++].reply = !reading->accepted
		    ? SENDMAIL_REFUSES
		    : is_local(said->text) ? SENDMAIL_DELIVERS
					   : SENDMAIL_RELAYS;
	reading->judged = false;
}

static bool
read_answers(struct str output, struct sendmail_question *questions,
    size_t count, struct error *error)
{
	struct reading reading = { .questions = questions, .count = count };
	struct lines lines = lines_of(output);
	struct str line;
	struct said said;

	while (lines_next(&lines, &line))
		if (read_said(line, &said))
			take_said(&reading, &said);
	if (reading.next == count)
		return true;
	for (size_t i = 0; i < count; i++)
		questions[i].reply = SENDMAIL_UNASKED;
	return error_set(error, "it answered %zu of %zu questions",
	    reading.next, count);
}

bool
sendmail_ask(const struct sendmail *sendmail,
    struct sendmail_question *questions, size_t count, struct arena *arena,
    struct error *error)
{
	const char *program = sendmail_program(sendmail->host, arena);
	const char *const arguments[] = { "-C", sendmail->cf.path, "-bt",
		NULL };
	struct buf input = { .capacity = count * QUESTION_MAX };
	struct child_answer answer;

	for (size_t i = 0; i < count; i++)
		questions[i].reply = SENDMAIL_UNASKED;
	/* What it reads must be what we have read. */
	if (program == NULL ||
	    strcmp(tree_shown(sendmail->host->tree, "/etc/mail/access"),
		"/etc/mail/access") != 0)
		return error_set(error, "there is no Sendmail to be asked");
	/* It sleeps a minute to wait for a name, and then goes on. */
	if (!str_has(sendmail->site.hostname, '.'))
		return error_set(error,
		    "this host's name has no domain: Sendmail would wait");
	input.data = arena_alloc(arena, input.capacity + 1);
	if (!print_questions(questions, count, &input, error))
		return false;
	const struct child child = {
		.program = program,
		.arguments = arguments,
		.input = buf_str(&input),
		.deadline = SENDMAIL_REPLAY_DEADLINE,
		.limit = OUTPUT_MAX,
	};
	if (!child_ask(&child, arena, &answer, error)) {
		error_prefix(error, "%s", program);
		return false;
	}
	return read_answers(answer.output, questions, count, error);
}
