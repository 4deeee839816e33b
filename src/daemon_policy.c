/*
 * daemon_policy.c - the policy server as a front end of the daemon.
 */
#include "daemon.h"

#include "base/log.h"
#include "daemon_signals.h"
#include "serve/policyd.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static size_t
listeners(const struct policy *policy, const struct policy_listener **listeners)
{
	*listeners = policy->policy_listeners;
	return policy->policy_listener_count;
}

static bool
open_policy(struct daemon *daemon, const struct policy *policy,
    struct error *error)
{
	const struct policyd_options options = {
		.slot = &daemon->slot,
		.connections = daemon->connections,
	};

	daemon->policyd = policyd_new(&options, error);
	if (daemon->policyd == NULL)
		return false;
	if (daemon->options->stdio)
		return policyd_adopt(daemon->policyd, STDIN_FILENO,
		    STDOUT_FILENO, error);
	for (size_t i = 0; i < policy->policy_listener_count; i++)
		if (!policyd_listen(daemon->policyd,
			&policy->policy_listeners[i], error))
			return false;
	return true;
}

static void
is_ready(void *pointer)
{
	struct daemon *daemon = pointer;

	atomic_fetch_add(&daemon->turns, 1);
	daemon_wake(daemon->wake);
}

static void
turn(void *pointer)
{
	struct daemon *daemon = pointer;

	atomic_fetch_add(&daemon->turns, 1);
}

static void *
serve(void *pointer)
{
	struct daemon *daemon = pointer;
	struct error error;

	if (!policyd_run(daemon->policyd, is_ready, turn, daemon, &error))
		log_say(LOG_LEVEL_ERROR, "daemon", "%s", error.text);
	atomic_store(&daemon->ended, true);
	daemon_wake(daemon->wake);
	return NULL;
}

static bool
start(struct daemon *daemon, struct error *error)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&daemon->thread, NULL, serve, daemon);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failure != 0)
		return error_set(error, "thread of the policy server: %s",
		    strerror(failure));
	daemon->started = true;
	return true;
}

static bool
running(struct daemon *daemon)
{
	return !atomic_load(&daemon->ended);
}

/* The loop has gone round since the last time that we looked. */
static bool
answers(struct daemon *daemon)
{
	unsigned long turns = atomic_load(&daemon->turns);
	bool moved = turns != daemon->seen;

	daemon->seen = turns;
	return moved;
}

static void
stop(struct daemon *daemon)
{
	if (daemon->started) {
		policyd_stop(daemon->policyd);
		pthread_join(daemon->thread, NULL);
	}
	if (daemon->policyd != NULL)
		policyd_free(daemon->policyd);
	daemon->policyd = NULL;
}

const struct daemon_front daemon_policy = {
	.name = "policy",
	.setting = "listen.policy",
	.listeners = listeners,
	.open = open_policy,
	.start = start,
	.running = running,
	.answers = answers,
	.stop = stop,
};
