/*
 * load_policy.c - ask a policy server as fast as it answers.
 *
 * Each connection sends a request when the one before is answered, as smtpd
 * does. The requests stand in a file, each ending in an empty line. One whose
 * recipient begins with "refused" has to be refused, any other one not, unless
 * -a says that any answer is right.
 *
 * A client address in 198.18.0.0/15 with three digits in its last two parts
 * is counted up each time it is sent: refused clients are many in real life,
 * and a log line that is summed up would cost less than one that is written.
 *
 *	load_policy [-c CONNECTIONS] [-t SECONDS | -n COUNT] SOCKET FILE [any]
 */
#include "tests/bench/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	EVENTS = 64,
	REPLY = 1024,
	FIRST = 100, /* octets of three digits */
	LAST = 255,
};

struct question {
	char *text;
	size_t length;
	char *octets; /* "100.100" in the client's address; NULL: fixed */
	bool refused;
};

struct peer {
	int descriptor;
	const struct question *asked;
	int64_t sent;
	size_t length;
	char reply[REPLY];
};

struct run {
	struct load load;
	struct question *questions;
	size_t question_count;
	size_t next;
	unsigned address; /* of the next client that changes */
	bool any;
};

static void
question_read(struct question *question, char *text, size_t length)
{
	static const char changing[] = "\nclient_address=198.18.";
	char *found = memmem(text, length, changing, sizeof(changing) - 1);

	*question = (struct question){ .text = text, .length = length };
	if (found != NULL)
		question->octets = found + sizeof(changing) - 1;
	question->refused =
	    memmem(text, length, "\nrecipient=refused", 18) != NULL;
}

static void
questions_read(struct run *run, const char *path)
{
	size_t length;
	char *text = load_file(&run->load, path, &length);
	char *blank, *end = text + length;
	size_t room = 0;

	while (
	    (blank = memmem(text, (size_t)(end - text), "\n\n", 2)) != NULL) {
		if (run->question_count == room) {
			room = room > 0 ? room * 2 : 1024;
			run->questions = realloc(run->questions,
			    room * sizeof(*run->questions));
			if (run->questions == NULL)
				load_die(&run->load, "memory");
		}
		question_read(&run->questions[run->question_count++], text,
		    (size_t)(blank + 2 - text));
		text = blank + 2;
	}
	if (run->question_count == 0)
		load_die(&run->load, "no requests");
}

static void
octet_print(char *at, unsigned value)
{
	at[0] = (char)('0' + value / 100);
	at[1] = (char)('0' + value / 10 % 10);
	at[2] = (char)('0' + value % 10);
}

static void
ask(struct run *run, struct peer *peer)
{
	const struct question *question = &run->questions[run->next];

	if (++run->next == run->question_count)
		run->next = 0;
	if (question->octets != NULL) {
		unsigned width = LAST - FIRST + 1;
		unsigned address = run->address++ % (width * width);

		octet_print(question->octets, FIRST + address / width);
		octet_print(question->octets + 4, FIRST + address % width);
	}
	peer->asked = question;
	peer->length = 0;
	peer->sent = load_now();
	if (write(peer->descriptor, question->text, question->length) !=
	    (ssize_t)question->length)
		load_die(&run->load, "write");
}

/* Reads what has come of a reply; true when it is whole. */
static bool
take_reply(struct run *run, struct peer *peer)
{
	ssize_t got = read(peer->descriptor, peer->reply + peer->length,
	    REPLY - peer->length);

	if (got <= 0)
		load_die(&run->load, "the server has closed a connection");
	peer->length += (size_t)got;
	if (peer->length < 2 ||
	    memcmp(peer->reply + peer->length - 2, "\n\n", 2) != 0)
		return false;
	bool refused =
	    peer->length < 12 || memcmp(peer->reply, "action=DUNNO", 12) != 0;
	load_answer(&run->load, peer->sent, refused);
	run->load.wrong += !run->any && refused != peer->asked->refused;
	return true;
}

static void
run_all(struct run *run)
{
	int open = run->load.connections;

	for (int i = 0; i < open; i++) {
		struct peer *peer = calloc(1, sizeof(*peer));

		if (peer == NULL)
			load_die(&run->load, "memory");
		peer->descriptor = load_connect(&run->load, peer);
		ask(run, peer);
	}
	while (open > 0) {
		struct epoll_event events[EVENTS];
		int count = load_wait(&run->load, events, EVENTS);

		for (int i = 0; i < count; i++) {
			struct peer *peer = events[i].data.ptr;

			if (!take_reply(run, peer))
				continue;
			if (load_goes_on(&run->load)) {
				ask(run, peer);
				continue;
			}
			close(peer->descriptor);
			free(peer);
			open--;
		}
	}
}

int
main(int argc, char **argv)
{
	struct run run = { .next = 0 };
	char **rest = load_options(&run.load, "load_policy", argc, argv);

	errno = EINVAL;
	if (rest[0] == NULL)
		load_die(&run.load, "no file of requests");
	questions_read(&run, rest[0]);
	run.any = rest[1] != NULL;
	run_all(&run);
	load_print(&run.load, run.load.done);
	return EXIT_SUCCESS;
}
