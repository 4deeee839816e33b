/*
 * load_milter.c - ask a milter as fast as it answers, as Postfix asks.
 *
 * A session is CONNECT, HELO, and then messages (transactions) of MAIL, five
 * RCPT and ABORT. All that needs no answer goes into one write with the next
 * command that does. The sessions stand in a file, a command a line with tabs
 * between its words:
 *
 *	C HOST ADDRESS
 *	H NAME
 *	M SENDER
 *	R RECIPIENT [refused]
 *	A
 *	Q
 *	D COMMAND NAME VALUE NAME VALUE ...   the macros before a command
 *
 *	load_milter [-c CONNECTIONS] [-t SECONDS | -n TRANSACTIONS] SOCKET FILE
 *	    [any]
 */
#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	EVENTS = 64,
	REPLY = 4096,
	PACKET = 1024,
	LENGTH_BYTES = 4,
	SMTP_PORT = 25000, /* that a client calls from */
};

/* What a command is to the protocol, version 6 as Postfix 3 speaks it. */
#define ACTIONS 0x1ffu
#define STEPS   0x1fffffu

/* One write, and the answer it waits for. */
struct turn {
	char *bytes;
	size_t length;
	bool refused; /* what the answer has to be */
	bool ends_message;
	bool ends_session; /* no answer comes */
};

struct session {
	size_t first; /* of the turns */
	size_t count;
};

struct peer {
	int descriptor;
	size_t session;
	size_t turn; /* asked last; 0: the negotiation */
	int64_t sent;
	size_t length;
	char reply[REPLY];
};

struct run {
	struct load load;
	struct turn *turns;
	struct session *sessions;
	size_t turn_count;
	size_t session_count;
	size_t next;
	uint64_t messages;
	bool any;
	/* while the file is read */
	char *pending;
	size_t pending_length;
	bool ends_message;
};

static void *
grow(const struct run *run, void *array, size_t count, size_t size)
{
	/* The capacity is the next power of two. */
	if ((count & (count - 1)) != 0)
		return array;
	array = realloc(array, (count > 0 ? count * 2 : 1) * size);
	if (array == NULL)
		load_die(&run->load, "memory");
	return array;
}

static void
packet_add(struct run *run, char command, const char *bytes, size_t length)
{
	uint32_t size = htonl((uint32_t)length + 1);
	size_t whole = LENGTH_BYTES + 1 + length;
	char *grown = realloc(run->pending, run->pending_length + whole);

	if (grown == NULL)
		load_die(&run->load, "memory");
	run->pending = grown;
	grown += run->pending_length;
	memcpy(grown, &size, sizeof(size));
	grown[LENGTH_BYTES] = command;
	memcpy(grown + LENGTH_BYTES + 1, bytes, length);
	run->pending_length += whole;
}

static struct turn *
turn_add(struct run *run)
{
	run->turns =
	    grow(run, run->turns, run->turn_count, sizeof(*run->turns));
	struct turn *turn = &run->turns[run->turn_count++];
	*turn = (struct turn){
		.bytes = run->pending,
		.length = run->pending_length,
	};
	run->pending = NULL;
	run->pending_length = 0;
	run->sessions[run->session_count - 1].count++;
	return turn;
}

static void
session_add(struct run *run)
{
	uint32_t options[] = { htonl(6), htonl(ACTIONS), htonl(STEPS) };

	run->sessions = grow(run, run->sessions, run->session_count,
	    sizeof(*run->sessions));
	run->sessions[run->session_count++].first = run->turn_count;
	packet_add(run, 'O', (const char *)options, sizeof(options));
	turn_add(run);
}

/* Puts the words of a line, from a first one on, behind each other. */
static size_t
words_join(char **words, size_t first, size_t count, char *packet)
{
	size_t length = 0;

	for (size_t i = first; i < count && words[i] != NULL; i++) {
		size_t size = strlen(words[i]) + 1;

		if (length + size > PACKET)
			break;
		memcpy(packet + length, words[i], size);
		length += size;
	}
	return length;
}

static void
connect_add(struct run *run, char **words, size_t count)
{
	char packet[PACKET];
	uint16_t port = htons(SMTP_PORT);
	size_t length = words_join(words, 1, 2, packet);

	packet[length++] = strchr(words[2], ':') != NULL ? '6' : '4';
	memcpy(packet + length, &port, sizeof(port));
	length += sizeof(port);
	length += words_join(words, 2, count, packet + length);
	packet_add(run, 'C', packet, length);
}

static void
line_add(struct run *run, char **words, size_t count)
{
	char packet[PACKET];

	switch (words[0][0]) {
	case 'C':
		connect_add(run, words, count);
		return;
	case 'D':
		packet[0] = words[1][0];
		packet_add(run, 'D', packet,
		    1 + words_join(words, 2, count, packet + 1));
		return;
	case 'R':
		packet_add(run, 'R', packet, words_join(words, 1, 2, packet));
		turn_add(run)->refused = count > 2;
		return;
	case 'A':
		packet_add(run, 'A', packet, 0);
		run->turns[run->turn_count - 1].ends_message = true;
		return;
	case 'Q':
		packet_add(run, 'Q', packet, 0);
		turn_add(run)->ends_session = true;
		return;
	default:
		packet_add(run, words[0][0], packet,
		    words_join(words, 1, count, packet));
	}
}

static void
sessions_read(struct run *run, const char *path)
{
	size_t length;
	char *text = load_file(&run->load, path, &length);
	char *line;

	while ((line = strsep(&text, "\n")) != NULL && *line != '\0') {
		char *words[32] = { NULL };
		size_t count = 0;

		while (
		    count < 32 && (words[count] = strsep(&line, "\t")) != NULL)
			count++;
		if (words[0][0] == 'D' && words[1][0] == 'C')
			session_add(run);
		line_add(run, words, count);
	}
	if (run->session_count == 0)
		load_die(&run->load, "no sessions");
}

static void
ask(struct run *run, struct peer *peer)
{
	const struct turn *turn =
	    &run->turns[run->sessions[peer->session].first + peer->turn];

	peer->length = 0;
	peer->sent = load_now();
	if (write(peer->descriptor, turn->bytes, turn->length) !=
	    (ssize_t)turn->length)
		load_die(&run->load, "write");
}

static void
begin(struct run *run, struct peer *peer)
{
	peer->descriptor = load_connect(&run->load, peer);
	peer->session = run->next++ % run->session_count;
	peer->turn = 0;
	ask(run, peer);
}

/* Reads what has come of an answer; true when it is whole. */
static bool
take_answer(struct run *run, struct peer *peer, const struct turn *turn)
{
	uint32_t size;
	ssize_t got = read(peer->descriptor, peer->reply + peer->length,
	    REPLY - peer->length);

	if (got <= 0)
		load_die(&run->load, "the milter has closed a connection");
	peer->length += (size_t)got;
	if (peer->length <= LENGTH_BYTES)
		return false;
	memcpy(&size, peer->reply, sizeof(size));
	if (peer->length < LENGTH_BYTES + ntohl(size))
		return false;
	if (peer->turn == 0)
		return true;
	bool refused = peer->reply[LENGTH_BYTES] != 'c';
	load_answer(&run->load, peer->sent, refused);
	run->load.wrong += !run->any && refused != turn->refused;
	return true;
}

/* Goes on after an answer; false when this connection is done. */
static bool
advance(struct run *run, struct peer *peer)
{
	const struct session *session = &run->sessions[peer->session];
	const struct turn *turn = &run->turns[session->first + peer->turn];

	if (!take_answer(run, peer, turn))
		return true;
	run->messages += turn->ends_message;
	peer->turn++;
	turn++;
	ask(run, peer);
	if (!turn->ends_session)
		return true;
	close(peer->descriptor);
	if (run->load.end == 0 ? run->messages >= run->load.count
			       : !load_goes_on(&run->load))
		return false;
	begin(run, peer);
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
		begin(run, peer);
	}
	while (open > 0) {
		struct epoll_event events[EVENTS];
		int count = load_wait(&run->load, events, EVENTS);

		for (int i = 0; i < count; i++) {
			struct peer *peer = events[i].data.ptr;

			if (advance(run, peer))
				continue;
			free(peer);
			open--;
		}
	}
}

int
main(int argc, char **argv)
{
	struct run run = { .next = 0 };
	char **rest = load_options(&run.load, "load_milter", argc, argv);

	errno = EINVAL;
	if (rest[0] == NULL)
		load_die(&run.load, "no file of sessions");
	sessions_read(&run, rest[0]);
	run.any = rest[1] != NULL;
	run_all(&run);
	load_print(&run.load, run.messages);
	return EXIT_SUCCESS;
}
