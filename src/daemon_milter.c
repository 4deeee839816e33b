/*
 * daemon_milter.c - the milter as a front end of the daemon.
 */
#include "daemon.h"

#include "serve/milter.h"

enum {
	PATIENCE = 500, /* milliseconds for our own socket to answer */
};

static size_t
listeners(const struct policy *policy, const struct policy_listener **listeners)
{
	*listeners = policy->milter_listeners;
	return policy->milter_listener_count;
}

static bool
open_milter(struct daemon *daemon, const struct policy *policy,
    struct error *error)
{
	for (size_t i = 0; i < policy->milter_listener_count; i++)
		if (!milter_open(&daemon->slot, &policy->milter_listeners[i],
			error))
			return false;
	return true;
}

static bool
start(struct daemon *daemon, struct error *error)
{
	(void)daemon;
	return milter_start(error);
}

static bool
running(struct daemon *daemon)
{
	(void)daemon;
	return milter_running();
}

static bool
answers(struct daemon *daemon)
{
	struct error error;

	(void)daemon;
	return milter_answers(PATIENCE, &error);
}

static void
stop(struct daemon *daemon)
{
	/* Also where it was never started: the socket may be there. */
	(void)daemon;
	milter_stop();
}

const struct daemon_front daemon_milter = {
	.name = "milter",
	.setting = "listen.milter",
	.listeners = listeners,
	.open = open_milter,
	.start = start,
	.running = running,
	.answers = answers,
	.stop = stop,
};
