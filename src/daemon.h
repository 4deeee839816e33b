/*
 * daemon.h - the life of a front end: from the policy file to the last reply.
 *
 * One process is one front end. The front end serves in threads of its own;
 * the main thread has the signals, the watchdog and what is said to systemd,
 * so that neither can be kept from them by the other.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include "base/error.h"
#include "policy/policy.h"
#include "serve/loader.h"
#include "serve/slot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct daemon_options {
	const char *path;  /* of the policy file */
	const char *state; /* directory, or NULL: the default one */
	bool stdio;        /* serve one connection on standard input */
};

struct daemon;

/* What the policy server and the milter do in ways of their own. */
struct daemon_front {
	const char *name;    /* "policy": also its directory of the state */
	const char *setting; /* that says where to listen */

	/* The entries of that setting; returns their number. */
	size_t (*listeners)(const struct policy *policy,
	    const struct policy_listener **listeners);

	/* Listens; with the privileges that the process was started with. */
	bool (*open)(struct daemon *daemon, const struct policy *policy,
	    struct error *error);

	/* Begins to serve, in threads of its own. */
	bool (*start)(struct daemon *daemon, struct error *error);

	/* Whether it still serves at all. */
	bool (*running)(struct daemon *daemon);

	/* Proves that it has answered, or could, since the last time. */
	bool (*answers)(struct daemon *daemon);

	/* Ends it, in half a second at most, and frees what it has. */
	void (*stop)(struct daemon *daemon);
};

extern const struct daemon_front daemon_policy; /* daemon_policy.c */
extern const struct daemon_front daemon_milter; /* daemon_milter.c */

struct policyd;

struct daemon {
	const struct daemon_front *front;
	const struct daemon_options *options;
	struct slot slot;
	struct loader *loader;
	size_t connections; /* the most at once */
	int wake;           /* written to by the front end: it has ended */

	/* of daemon_policy.c */
	struct policyd *policyd;
	pthread_t thread;
	bool started;
	atomic_bool ended;
	_Atomic unsigned long turns; /* of the loop, about one a second; the
					* first when every socket answers */
	unsigned long seen;
};

/* Serves until a signal ends it; returns the exit status. */
int daemon_serve(const struct daemon_front *front,
    const struct daemon_options *options);

/* Says what is wrong with the policy file; returns the exit status. */
int daemon_test(const struct daemon_options *options);

#endif
