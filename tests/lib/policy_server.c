/*
 * policy_server.c - a policy server in a thread of the test, and its clients.
 */
#include "tests/lib/policy_server.h"

#include "tests/lib/tap.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static _Thread_local bool is_server;

bool
policy_server_is_here(void)
{
	return is_server;
}

static void
on_ready(void *pointer)
{
	struct policy_server *server = pointer;

	is_server = true;
	sem_post(&server->ready);
}

static void *
server_run(void *pointer)
{
	struct policy_server *server = pointer;
	struct error error;

	if (!policyd_run(server->policyd, on_ready, NULL, server, &error))
		tap_bail("policyd_run: %s", error.text);
	return NULL;
}

void
policy_server_start(struct policy_server *server,
    struct policyd_options options)
{
	char at[128];
	struct policy_listener listener = { .mode = 0600 };
	struct error error;

	memset(server, 0, sizeof(*server));
	slot_set(&server->slot, &server->policy);
	snprintf(server->directory, sizeof(server->directory),
	    "/tmp/mtaguard-policyd-XXXXXX");
	if (mkdtemp(server->directory) == NULL)
		tap_bail("mkdtemp: %s", strerror(errno));
	snprintf(server->path, sizeof(server->path), "%s/policy",
	    server->directory);
	snprintf(at, sizeof(at), "unix:%s", server->path);
	listener.at = str_from(at);
	options.slot = &server->slot;
	server->policyd = policyd_new(&options, &error);
	if (server->policyd == NULL ||
	    !policyd_listen(server->policyd, &listener, &error))
		tap_bail("%s", error.text);
	sem_init(&server->ready, 0, 0);
	if (pthread_create(&server->thread, NULL, server_run, server) != 0)
		tap_bail("pthread_create");
	sem_wait(&server->ready);
}

bool
policy_server_stop(struct policy_server *server)
{
	policyd_stop(server->policyd);
	pthread_join(server->thread, NULL);
	policyd_free(server->policyd);
	sem_destroy(&server->ready);
	return rmdir(server->directory) == 0;
}

int
client_dial(const struct policy_server *server)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    server->path);
	if (client < 0 ||
	    connect(client, (struct sockaddr *)&address, sizeof(address)) != 0)
		tap_bail("connect: %s", strerror(errno));
	return client;
}

void
client_say(int client, const char *text)
{
	size_t length = strlen(text);

	if (send(client, text, length, MSG_NOSIGNAL) != (ssize_t)length)
		tap_bail("send: %s", strerror(errno));
}

bool
client_is_readable(int client, int milliseconds)
{
	struct pollfd wait = { .fd = client, .events = POLLIN };

	return poll(&wait, 1, milliseconds) == 1;
}

size_t
client_hear(int client, char *bytes, size_t count)
{
	size_t length = 0;

	while (length < count && client_is_readable(client, PATIENCE)) {
		ssize_t got = read(client, bytes + length, count - length);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	return length;
}

bool
client_ends(int client)
{
	char byte;

	return client_is_readable(client, PATIENCE) &&
	    read(client, &byte, 1) <= 0;
}
