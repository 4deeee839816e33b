/*
 * null_policy.c - the policy server that does nothing: DUNNO to every request.
 *
 * What it costs is what the protocol costs: one epoll loop, one read and one
 * write for what has come. The guard is measured beside it.
 *
 *	null_policy SOCKET
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BUFFER = 8 * 1024,
	EVENTS = 64,
	REPLIES = 1024,
};

struct peer {
	int descriptor;
	size_t length;
	char bytes[BUFFER];
};

static const char reply[] = "action=DUNNO\n\n";

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "null_policy: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (descriptor < 0 ||
	    bind(descriptor, (const struct sockaddr *)&address,
		sizeof(address)) != 0 ||
	    listen(descriptor, 128) != 0)
		die(path);
	return descriptor;
}

static void
add(int loop, int descriptor, void *pointer)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = pointer };

	if (epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event) != 0)
		die("epoll_ctl");
}

static void
take_peer(int loop, int listener)
{
	struct peer *peer = malloc(sizeof(*peer));
	int descriptor =
	    accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (peer == NULL || descriptor < 0)
		die("accept");
	peer->descriptor = descriptor;
	peer->length = 0;
	add(loop, descriptor, peer);
}

/* Takes whole requests out of the bytes, line by line; returns how many. */
static size_t
take_requests(struct peer *peer)
{
	char *start = peer->bytes, *end = peer->bytes + peer->length;
	char *line = start, *after;
	size_t count = 0;

	while (count < REPLIES && line < end &&
	    (after = memchr(line, '\n', (size_t)(end - line))) != NULL) {
		if (after == line) {
			start = after + 1;
			count++;
		}
		line = after + 1;
	}
	peer->length = (size_t)(end - start);
	memmove(peer->bytes, start, peer->length);
	return count;
}

static void
serve(struct peer *peer)
{
	static char replies[REPLIES * sizeof(reply)];
	ssize_t got = read(peer->descriptor, peer->bytes + peer->length,
	    BUFFER - peer->length);

	if (got <= 0) {
		close(peer->descriptor);
		free(peer);
		return;
	}
	peer->length += (size_t)got;
	size_t count = take_requests(peer);
	size_t size = 0;
	for (size_t i = 0; i < count; i++) {
		memcpy(replies + size, reply, sizeof(reply) - 1);
		size += sizeof(reply) - 1;
	}
	if (size > 0 && write(peer->descriptor, replies, size) < 0)
		die("write");
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		die("usage: null_policy SOCKET");
	int listener = listen_at(argv[1]);
	int loop = epoll_create1(EPOLL_CLOEXEC);
	add(loop, listener, NULL);
	for (;;) {
		struct epoll_event events[EVENTS];
		int count = epoll_wait(loop, events, EVENTS, -1);

		for (int i = 0; i < count; i++)
			if (events[i].data.ptr == NULL)
				take_peer(loop, listener);
			else
				serve(events[i].data.ptr);
	}
}
