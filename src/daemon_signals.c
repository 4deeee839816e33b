/*
 * daemon_signals.c - signals as bytes that can be waited for.
 */
#include "daemon_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/*
 * Both ends of the pipe. A signal handler gets nothing but the number of the
 * signal: it must find the pipe by itself.
 */
static int ends[2] = { -1, -1 };

/* For a pipe that is full of other wishes: this one must not be lost. */
static volatile sig_atomic_t is_to_end;

static void
put(char byte)
{
	int saved = errno;

	/* Full: then there is enough to wake up for. */
	if (write(ends[1], &byte, 1) < 0)
		errno = saved;
}

static void
handle(int number)
{
	if (number == SIGTERM || number == SIGINT) {
		is_to_end = 1;
		put(DAEMON_WISH_END);
	} else {
		put(DAEMON_WISH_RELOAD);
	}
}

int
daemon_signals(struct error *error)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	struct sigaction action = { .sa_handler = handle,
		.sa_flags = SA_RESTART };
	sigset_t set;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		error_write(error, "pipe: %s", strerror(errno));
		return -1;
	}
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaction(caught[i], &action, NULL);
		sigaddset(&set, caught[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return ends[1];
}

void
daemon_wake(int descriptor)
{
	char byte = DAEMON_WISH_LOOK;

	/* Full: then it will wake up anyway. */
	if (write(descriptor, &byte, 1) < 0)
		return;
}

enum daemon_wish
daemon_wish(int milliseconds)
{
	struct pollfd ready = { .fd = ends[0], .events = POLLIN };
	enum daemon_wish wish = DAEMON_WISH_NONE;
	char bytes[64];
	ssize_t length;

	if (poll(&ready, 1, milliseconds) <= 0)
		return DAEMON_WISH_NONE;
	/* Of several, the one that weighs most. */
	while ((length = read(ends[0], bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < length; i++)
			if (bytes[i] > (char)wish)
				wish = (enum daemon_wish)bytes[i];
	return is_to_end ? DAEMON_WISH_END : wish;
}
