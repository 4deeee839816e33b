/*
 * policyd.h - the policy-delegation server: sockets, connections, answers.
 */
#ifndef SERVE_POLICYD_H
#define SERVE_POLICYD_H

#include "base/error.h"
#include "policy/policy.h"
#include "serve/slot.h"
#include "serve/store.h"

#include <stdbool.h>

struct policyd_options {
	struct slot *slot;
	size_t connections;     /* the most at once, 0: 1000; beyond, the
				  * one that is idle for longest is closed */
	unsigned half_deadline; /* milliseconds for the rest of a request and
				  * for taking a reply, 0: 10 000 */
	struct store *store;    /* of counters; NULL: none */
};

struct policyd;

/*
 * Makes a server that serves nothing yet. From here on the process ignores
 * SIGPIPE: a peer that has gone is an error of write(2).
 */
struct policyd *policyd_new(const struct policyd_options *options,
    struct error *error);

/*
 * Listens. "unix:/path" is made with its mode and group; a stale socket is
 * replaced, a live instance is an error and left alone. "inet:host:port",
 * "inet:[v6]:port" (host "*": all), "systemd:NAME" (NAME empty: all that
 * were passed).
 */
bool policyd_listen(struct policyd *policyd,
    const struct policy_listener *listener, struct error *error);

/*
 * Serves one connection that is open already, for spawn(8); policyd_run()
 * returns when it ends. The descriptors stay the caller's, and do not block
 * until policyd_free(). Input may be a file.
 */
bool policyd_adopt(struct policyd *policyd, int input, int output,
    struct error *error);

/*
 * Runs until policyd_stop(). Calls ready() once every socket answers and
 * then tick() about once a second.
 */
bool policyd_run(struct policyd *policyd, void (*ready)(void *pointer),
    void (*tick)(void *pointer), void *pointer, struct error *error);

/*
 * Ends the loop from any thread or a signal handler: listeners are closed
 * and unlinked, requests already received whole are answered, replies begun
 * are finished, for at most half a second.
 */
void policyd_stop(struct policyd *policyd);

void policyd_free(struct policyd *policyd);

#endif
