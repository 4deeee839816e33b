/*
 * milter_client.c - the MTA's side of the milter protocol, version 6.
 */
#include "tests/lib/milter_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	LENGTH_BYTES = 4,
	OPTIONS = 3, /* words of a negotiation: version, actions, steps */
	PACKET_MAX = 256 * 1024,
	TIMEOUT = 5000,
	NO_REPLY_CONNECT = 0x1000,
	NO_REPLY_HELO = 0x2000,
	NO_REPLY_MAIL = 0x4000,
	NO_REPLY_RCPT = 0x8000,
};

/* Remembers why; false, for the caller to return. */
static bool
fail(struct milter_client *client, const char *what, const char *why)
{
	snprintf(client->error, sizeof(client->error), "%s: %s", what, why);
	return false;
}

static long
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
milter_client_open(struct milter_client *client, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*client = (struct milter_client){ .timeout = TIMEOUT };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	client->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->descriptor < 0)
		return fail(client, "socket", strerror(errno));
	if (connect(client->descriptor, (const struct sockaddr *)&address,
		sizeof(address)) == 0)
		return true;
	fail(client, path, strerror(errno));
	milter_client_close(client);
	return false;
}

void
milter_client_close(struct milter_client *client)
{
	if (client->descriptor >= 0)
		close(client->descriptor);
	client->descriptor = -1;
}

bool
milter_client_write(struct milter_client *client, const void *bytes,
    size_t length)
{
	const char *next = bytes;

	while (length > 0) {
		ssize_t count =
		    send(client->descriptor, next, length, MSG_NOSIGNAL);
		if (count < 0 && errno != EINTR)
			return fail(client, "write", strerror(errno));
		if (count > 0) {
			next += count;
			length -= (size_t)count;
		}
	}
	return true;
}

bool
milter_client_send(struct milter_client *client, char command,
    const void *bytes, size_t length)
{
	char *packet = malloc(LENGTH_BYTES + 1 + length);
	uint32_t size = htonl((uint32_t)length + 1);

	if (packet == NULL)
		return fail(client, "packet", strerror(errno));
	memcpy(packet, &size, sizeof(size));
	packet[LENGTH_BYTES] = command;
	if (length > 0)
		memcpy(packet + LENGTH_BYTES + 1, bytes, length);
	/* In one write, as Postfix does it. */
	bool sent =
	    milter_client_write(client, packet, LENGTH_BYTES + 1 + length);
	free(packet);
	return sent;
}

/* Waits for something to read. */
static bool
wait_input(struct milter_client *client, long deadline)
{
	struct pollfd wait = { .fd = client->descriptor, .events = POLLIN };

	for (;;) {
		long left = deadline - milliseconds();
		int ready = poll(&wait, 1, left > 0 ? (int)left : 0);
		if (ready > 0)
			return true;
		if (ready == 0)
			return fail(client, "read", "no answer in time");
		if (errno != EINTR)
			return fail(client, "poll", strerror(errno));
	}
}

static bool
read_all(struct milter_client *client, void *bytes, size_t length)
{
	long deadline = milliseconds() + client->timeout;
	char *next = bytes;

	while (length > 0) {
		if (!wait_input(client, deadline))
			return false;
		ssize_t count = read(client->descriptor, next, length);
		if (count == 0)
			return fail(client, "read", "closed");
		if (count < 0 && errno != EINTR)
			return fail(client, "read", strerror(errno));
		if (count > 0) {
			next += count;
			length -= (size_t)count;
		}
	}
	return true;
}

/* Reads a packet; its bytes, to be freed, have a NUL after them. */
static char *
read_packet(struct milter_client *client, char *command, size_t *length)
{
	uint32_t size;

	if (!read_all(client, &size, sizeof(size)))
		return NULL;
	size = ntohl(size);
	if (size == 0 || size > PACKET_MAX) {
		fail(client, "read", "a packet of impossible length");
		return NULL;
	}
	char *bytes = malloc(size);
	if (bytes == NULL) {
		fail(client, "read", strerror(errno));
		return NULL;
	}
	*length = size - 1;
	if (!read_all(client, command, 1) ||
	    !read_all(client, bytes, *length)) {
		free(bytes);
		return NULL;
	}
	bytes[*length] = '\0';
	return bytes;
}

bool
milter_client_read(struct milter_client *client, struct milter_answer *answer)
{
	size_t length;
	char *bytes = read_packet(client, &answer->command, &length);

	answer->text[0] = '\0';
	if (bytes == NULL)
		return false;
	snprintf(answer->text, sizeof(answer->text), "%s", bytes);
	free(bytes);
	return true;
}

bool
milter_client_is_closed(struct milter_client *client)
{
	char byte;

	long deadline = milliseconds() + client->timeout;
	for (;;) {
		if (!wait_input(client, deadline))
			return false;
		ssize_t count = read(client->descriptor, &byte, 1);
		if (count == 0 || (count < 0 && errno == ECONNRESET))
			return true;
		if (count < 0 && errno != EINTR)
			return fail(client, "read", strerror(errno));
	}
}

/* Reads the lists of macros behind the options: a stage and a string each. */
static bool
read_symbols(struct milter_client *client, const char *bytes, size_t length)
{
	while (length > 0) {
		uint32_t stage;
		if (length <= sizeof(stage))
			return fail(client, "negotiate", "a cut list");
		memcpy(&stage, bytes, sizeof(stage));
		stage = ntohl(stage);
		bytes += sizeof(stage);
		length -= sizeof(stage);
		size_t size = strnlen(bytes, length);
		if (stage >= MILTER_CLIENT_STAGES || size == length)
			return fail(client, "negotiate", "a wrong list");
		snprintf(client->symbols[stage], sizeof(client->symbols[stage]),
		    "%s", bytes);
		bytes += size + 1;
		length -= size + 1;
	}
	return true;
}

bool
milter_client_negotiate(struct milter_client *client, uint32_t actions,
    uint32_t steps)
{
	uint32_t options[OPTIONS] = { htonl(6), htonl(actions), htonl(steps) };
	char command;
	size_t length;

	if (!milter_client_send(client, 'O', options, sizeof(options)))
		return false;
	char *bytes = read_packet(client, &command, &length);
	if (bytes == NULL)
		return false;
	bool good = command == 'O' && length >= sizeof(options);
	if (good) {
		memcpy(options, bytes, sizeof(options));
		client->version = ntohl(options[0]);
		client->actions = ntohl(options[1]);
		client->steps = ntohl(options[2]);
		good = read_symbols(client, bytes + sizeof(options),
		    length - sizeof(options));
	} else {
		fail(client, "negotiate", "a wrong answer");
	}
	free(bytes);
	return good;
}

/* Text put together piece by piece, each with its NUL; on the heap. */
struct pieces {
	char *bytes;
	size_t length;
};

static void
add_bytes(struct pieces *pieces, const void *bytes, size_t length)
{
	char *grown = realloc(pieces->bytes, pieces->length + length);

	if (grown == NULL)
		abort();
	memcpy(grown + pieces->length, bytes, length);
	pieces->bytes = grown;
	pieces->length += length;
}

static void
add_text(struct pieces *pieces, const char *text)
{
	add_bytes(pieces, text, strlen(text) + 1);
}

static bool
send_pieces(struct milter_client *client, char command, struct pieces *pieces)
{
	bool sent =
	    milter_client_send(client, command, pieces->bytes, pieces->length);

	free(pieces->bytes);
	return sent;
}

bool
milter_client_macros(struct milter_client *client, char command,
    const struct milter_client_macro *macros)
{
	struct pieces pieces = { NULL, 0 };

	add_bytes(&pieces, &command, 1);
	for (; macros->name != NULL; macros++) {
		add_text(&pieces, macros->name);
		add_text(&pieces, macros->value);
	}
	return send_pieces(client, 'D', &pieces);
}

/* Reads the answer unless the filter said that there is none. */
static bool
read_answer(struct milter_client *client, uint32_t silent,
    struct milter_answer *answer)
{
	if ((client->steps & silent) == 0)
		return milter_client_read(client, answer);
	answer->command = 0;
	answer->text[0] = '\0';
	return true;
}

bool
milter_client_connect(struct milter_client *client, const char *host,
    char family, unsigned port, const char *address,
    struct milter_answer *answer)
{
	struct pieces pieces = { NULL, 0 };
	uint16_t network_port = htons((uint16_t)port);

	add_text(&pieces, host);
	add_bytes(&pieces, &family, 1);
	if (family != 'U') {
		add_bytes(&pieces, &network_port, sizeof(network_port));
		add_text(&pieces, address);
	}
	return send_pieces(client, 'C', &pieces) &&
	    read_answer(client, NO_REPLY_CONNECT, answer);
}

bool
milter_client_helo(struct milter_client *client, const char *helo,
    struct milter_answer *answer)
{
	return milter_client_send(client, 'H', helo, strlen(helo) + 1) &&
	    read_answer(client, NO_REPLY_HELO, answer);
}

static bool
send_arguments(struct milter_client *client, char command,
    const char *const *arguments)
{
	struct pieces pieces = { NULL, 0 };

	for (; *arguments != NULL; arguments++)
		add_text(&pieces, *arguments);
	return send_pieces(client, command, &pieces);
}

bool
milter_client_mail(struct milter_client *client, const char *const *arguments,
    struct milter_answer *answer)
{
	return send_arguments(client, 'M', arguments) &&
	    read_answer(client, NO_REPLY_MAIL, answer);
}

bool
milter_client_rcpt(struct milter_client *client, const char *const *arguments,
    struct milter_answer *answer)
{
	return send_arguments(client, 'R', arguments) &&
	    read_answer(client, NO_REPLY_RCPT, answer);
}

bool
milter_client_abort(struct milter_client *client)
{
	return milter_client_send(client, 'A', NULL, 0);
}

bool
milter_client_end(struct milter_client *client, struct milter_answer *answer)
{
	return milter_client_send(client, 'E', NULL, 0) &&
	    milter_client_read(client, answer);
}

bool
milter_client_quit(struct milter_client *client)
{
	return milter_client_send(client, 'Q', NULL, 0);
}
