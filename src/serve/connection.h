/*
 * connection.h - one connection of the policy server: its bytes in, its
 * states, its bytes out.
 *
 * READING: requests are read, judged and answered, all that a read has
 * brought at once. WAITING: a counter store was asked. WRITING: the peer does
 * not take its replies as fast as they come. Only in READING are bytes read,
 * so that what a peer can make us keep is bounded.
 *
 * Time is measured for what is unfinished only: half a request, a question to
 * the store, a reply that is not taken. Between two requests a connection may
 * rest for ever.
 */
#ifndef SERVE_CONNECTION_H
#define SERVE_CONNECTION_H

#include "policy/policy.h"
#include "serve/attr.h"
#include "serve/slot.h"
#include "serve/store.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum connection_state {
	CONNECTION_READING,
	CONNECTION_WAITING,
	CONNECTION_WRITING,
	CONNECTION_CLOSED, /* to be freed when the event has been handled */
};

/* What the timer of a connection runs for. */
enum connection_timer {
	CONNECTION_TIMER_NONE,
	CONNECTION_TIMER_HALF,  /* the rest of a request */
	CONNECTION_TIMER_STORE, /* the answer of the store */
	CONNECTION_TIMER_WRITE, /* the peer to take its replies */
};

TAILQ_HEAD(connection_list, connection);

/* What all connections of a server share; its owner fills the first part. */
struct connection_home {
	struct event_base *base;
	struct slot *slot;
	struct store *store; /* NULL: none */
	struct policy_scratch *scratch;
	unsigned half_deadline; /* milliseconds */
	int64_t now;            /* for the requests */
	bool draining;          /* answer what has come, then close */
	bool wants_room;        /* call room() when one may be closed */
	void (*room)(void *pointer);
	void *pointer;

	size_t count;
	size_t large;                /* inboxes that are large */
	struct connection_list all;  /* of all of them */
	struct connection_list idle; /* between requests, longest first */
};

struct connection;

void connection_home_init(struct connection_home *home);

/*
 * Serves two descriptors, which do not block, may be one, and become its own.
 * False without memory; then they are closed.
 */
bool connection_new(struct connection_home *home, int input, int output);

/* Closes and frees at once; not from within an event of this connection. */
void connection_close(struct connection *connection);

/*
 * With home.draining set: answers whole requests that have come, and closes
 * once all replies are taken. May free the connection.
 */
void connection_drain(struct connection *connection);

/* All of them, the oldest first; NULL after the last. */
struct connection *connection_first(const struct connection_home *home);
struct connection *connection_next(const struct connection *connection);

/*
 * Closes the one that is idle for the longest time; false if none is. One to
 * which a request has come is not, though nobody has read it yet.
 */
bool connection_close_idle(struct connection_home *home);

#endif
