/*
 * connection.c - one connection of the policy server: its bytes in, its
 * states, its bytes out.
 *
 * An event does its work and ends in settle(), the one place that says what
 * is waited for next.
 */
#include "serve/connection.h"

#include "base/log.h"
#include "serve/audit.h"
#include "serve/inbox.h"
#include "serve/outbox.h"
#include "serve/question.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DRAIN_READS = 16, /* of one connection, when the server ends */
};

struct connection {
	TAILQ_ENTRY(connection) all;
	TAILQ_ENTRY(connection) idle;
	struct connection_home *home;
	enum connection_state state;
	enum connection_timer timer;
	struct event *read_event;
	struct event *write_event;
	struct event *timer_event;
	int input;
	int output;
	bool is_file;    /* input is always ready, and no event says so */
	bool is_reading; /* read_event is waited for */
	bool is_idle;    /* in home.idle */
	bool is_asking;  /* the store is being called just now */
	bool ended;      /* the peer sends no more */
	bool skipping;   /* to the end of a request over the limits */

	struct question *question; /* NULL until the store is first asked */

	struct attr_state parsed;

	struct outbox outbox;
	struct inbox inbox;
};

static void on_readable(int descriptor, short what, void *pointer);
static void on_writable(int descriptor, short what, void *pointer);
static void on_timer(int descriptor, short what, void *pointer);

void
connection_home_init(struct connection_home *home)
{
	TAILQ_INIT(&home->all);
	TAILQ_INIT(&home->idle);
}

static bool
is_inside_request(const struct connection *connection)
{
	return inbox_text(&connection->inbox).length > 0 ||
	    connection->skipping;
}

/* Reads once; false if nothing came. */
static bool
fill(struct connection *connection)
{
	switch (inbox_read(&connection->inbox, connection->input)) {
	case INBOX_READ:
		return true;
	case INBOX_NOTHING:
		return false;
	case INBOX_END:
		connection->ended = true;
		return false;
	case INBOX_FAILED:
		connection->state = CONNECTION_CLOSED;
		return false;
	}
	return false;
}

static void
stop_timer(struct connection *connection)
{
	if (connection->timer == CONNECTION_TIMER_NONE)
		return;
	evtimer_del(connection->timer_event);
	connection->timer = CONNECTION_TIMER_NONE;
}

/* The bytes of a request, or a part of one, have been judged. */
static void
consume(struct connection *connection, size_t used)
{
	inbox_consume(&connection->inbox, used);
	connection->parsed = (struct attr_state){ 0 };
}

/* A request has come to its end: the next one has its own time. */
static void
end_request(struct connection *connection, size_t used)
{
	consume(connection, used);
	connection->skipping = false;
	stop_timer(connection);
}

/* Writes the replies; what the peer does not take makes it WRITING. */
static void
flush(struct connection *connection)
{
	switch (outbox_flush(&connection->outbox, connection->output)) {
	case OUTBOX_EMPTY:
		return;
	case OUTBOX_LATER:
		connection->state = CONNECTION_WRITING;
		return;
	case OUTBOX_FAILED:
		connection->state = CONNECTION_CLOSED;
		return;
	}
}

static void advance(struct connection *connection);
static void settle(struct connection *connection);

/* The store has answered, or its time is over: go on with the replies. */
static void
end_waiting(struct connection *connection)
{
	stop_timer(connection);
	connection->state = CONNECTION_READING;
	if (connection->is_asking)
		return; /* it answered at once */
	advance(connection);
	settle(connection);
}

static void
on_store(void *pointer, const struct store_answer *answer)
{
	/* No rule asks for a count yet; what it says is for those to come. */
	(void)answer;
	end_waiting(pointer);
}

/* Asks the store for the counts of a decision whose reply stands ready. */
static void
ask_store(struct connection *connection, const struct decision *decision)
{
	struct store *store = connection->home->store;

	if (connection->question == NULL)
		connection->question = malloc(sizeof(*connection->question));
	if (connection->question == NULL ||
	    !question_fill(connection->question, decision)) {
		log_say(LOG_LEVEL_WARNING, "store",
		    "the counters of a request are too long to be asked for");
		return;
	}
	connection->state = CONNECTION_WAITING;
	connection->is_asking = true;
	store->charge(store->state, connection->question->charges,
	    connection->question->count, on_store, connection);
	connection->is_asking = false;
}

static void
judge(struct connection *connection, struct request *request)
{
	struct connection_home *home = connection->home;
	struct slot_lease lease = slot_take(home->slot);
	struct decision decision;

	request->now = home->now;
	policy_decide(lease.policy, request, home->scratch, NULL, &decision);
	audit_decision(request, &decision, lease.policy->generation);
	outbox_add(&connection->outbox, &decision);
	if (home->store != NULL && decision.charge_count > 0)
		ask_store(connection, &decision);
	slot_put(home->slot, lease);
}

/* Answers a request that cannot be judged. */
static void
refuse(struct connection *connection)
{
	struct slot_lease lease = slot_take(connection->home->slot);
	struct decision decision;

	attr_refuse(&decision);
	decision.observe = lease.policy->mode == POLICY_OBSERVE;
	slot_put(connection->home->slot, lease);
	outbox_add(&connection->outbox, &decision);
}

/* Begins to skip a request that is too long for us. */
static void
skip(struct connection *connection, const char *reason)
{
	audit_malformed(STR("unknown"), reason);
	connection->skipping = true;
}

static bool
skip_on(struct connection *connection, struct str input)
{
	size_t used;
	bool found = attr_skip(input, &used);

	if (!found) {
		consume(connection, used);
		return false;
	}
	end_request(connection, used);
	refuse(connection);
	return true;
}

/* The rest of a request is to come; true if it will have to be skipped. */
static bool
wait_for_rest(struct connection *connection)
{
	if (inbox_make_room(&connection->inbox))
		return false;
	skip(connection, "no memory for a long request");
	return true;
}

/* Takes the next request out of the bytes; false if that needs more. */
static bool
take_request(struct connection *connection)
{
	struct str input = inbox_text(&connection->inbox);
	struct request request;
	struct error error;
	size_t used;

	if (input.length == 0)
		return false;
	if (connection->skipping)
		return skip_on(connection, input);
	switch (
	    attr_parse(&connection->parsed, input, &used, &request, &error)) {
	case ATTR_DONE:
		judge(connection, &request);
		end_request(connection, used);
		return true;
	case ATTR_BAD:
		audit_malformed(request.session.client_text, error.text);
		refuse(connection);
		end_request(connection, used);
		return true;
	case ATTR_OVER:
		skip(connection, error.text);
		return true;
	case ATTR_MORE:
		return wait_for_rest(connection);
	}
	return false;
}

/* Answers all whole requests that are there. */
static void
advance(struct connection *connection)
{
	while (connection->state == CONNECTION_READING) {
		if (!outbox_has_room(&connection->outbox))
			flush(connection);
		else if (!take_request(connection))
			break;
	}
	if (connection->state == CONNECTION_READING)
		flush(connection);
	inbox_compact(&connection->inbox);
}

static void
start_timer(struct connection *connection, enum connection_timer timer,
    unsigned milliseconds)
{
	struct timeval wait = {
		.tv_sec = milliseconds / 1000,
		.tv_usec = (suseconds_t)(milliseconds % 1000) * 1000,
	};

	if (connection->timer == timer)
		return;
	if (evtimer_add(connection->timer_event, &wait) != 0) {
		connection->state = CONNECTION_CLOSED;
		return;
	}
	connection->timer = timer;
}

static void
set_reading(struct connection *connection, bool wanted)
{
	if (wanted && connection->is_file)
		event_active(connection->read_event, EV_READ, 0);
	else if (wanted && !connection->is_reading &&
	    event_add(connection->read_event, NULL) != 0)
		connection->state = CONNECTION_CLOSED;
	else if (!wanted && connection->is_reading)
		event_del(connection->read_event);
	connection->is_reading = wanted;
}

static void
set_idle(struct connection *connection, bool idle)
{
	struct connection_home *home = connection->home;

	if (connection->is_idle && idle && TAILQ_NEXT(connection, idle) == NULL)
		return;
	if (connection->is_idle)
		TAILQ_REMOVE(&home->idle, connection, idle);
	if (idle)
		TAILQ_INSERT_TAIL(&home->idle, connection, idle);
	connection->is_idle = idle;
}

static void
settle_reading(struct connection *connection)
{
	struct connection_home *home = connection->home;
	bool inside = is_inside_request(connection);

	if (inside)
		start_timer(connection, CONNECTION_TIMER_HALF,
		    home->half_deadline);
	else
		stop_timer(connection);
	set_idle(connection, !inside);
	set_reading(connection, true);
	if (!inside && home->wants_room)
		home->room(home->pointer);
}

/* Reads what has come until now, for the last time. */
static void
drain(struct connection *connection)
{
	for (int i = 0;
	     i < DRAIN_READS && connection->state == CONNECTION_READING; i++) {
		if (connection->ended || !fill(connection))
			connection->state = CONNECTION_CLOSED;
		else
			advance(connection);
	}
	if (connection->state == CONNECTION_READING)
		connection->state = CONNECTION_CLOSED;
}

/* Says what this connection waits for, or ends it. */
static void
settle(struct connection *connection)
{
	if (connection->state == CONNECTION_READING) {
		if (connection->ended)
			connection->state = CONNECTION_CLOSED;
		else if (connection->home->draining)
			drain(connection);
	}
	switch (connection->state) {
	case CONNECTION_READING:
		settle_reading(connection);
		break;
	case CONNECTION_WAITING:
		set_idle(connection, false);
		set_reading(connection, false);
		start_timer(connection, CONNECTION_TIMER_STORE, STORE_DEADLINE);
		break;
	case CONNECTION_WRITING:
		set_idle(connection, false);
		set_reading(connection, false);
		if (event_add(connection->write_event, NULL) != 0)
			connection->state = CONNECTION_CLOSED;
		start_timer(connection, CONNECTION_TIMER_WRITE,
		    connection->home->half_deadline);
		break;
	case CONNECTION_CLOSED:
		break;
	}
	if (connection->state == CONNECTION_CLOSED)
		connection_close(connection);
}

static void
on_readable(int descriptor, short what, void *pointer)
{
	struct connection *connection = pointer;

	(void)descriptor;
	(void)what;
	if (fill(connection))
		advance(connection);
	else if (connection->ended && is_inside_request(connection))
		audit_malformed(STR("unknown"),
		    "the connection ended inside a request");
	settle(connection);
}

static void
on_writable(int descriptor, short what, void *pointer)
{
	struct connection *connection = pointer;

	(void)descriptor;
	(void)what;
	connection->state = CONNECTION_READING;
	flush(connection);
	if (connection->state == CONNECTION_READING) {
		stop_timer(connection);
		advance(connection);
	}
	settle(connection);
}

static void
on_timer(int descriptor, short what, void *pointer)
{
	struct connection *connection = pointer;
	struct store *store = connection->home->store;
	enum connection_timer timer = connection->timer;

	(void)descriptor;
	(void)what;
	connection->timer = CONNECTION_TIMER_NONE;
	switch (timer) {
	case CONNECTION_TIMER_NONE:
		return;
	case CONNECTION_TIMER_HALF:
		audit_malformed(STR("unknown"),
		    "the rest of a request did not come in time");
		break;
	case CONNECTION_TIMER_STORE:
		store->cancel(store->state, connection);
		end_waiting(connection);
		return;
	case CONNECTION_TIMER_WRITE:
		audit_malformed(STR("unknown"),
		    "replies were not taken in time");
		break;
	}
	connection_close(connection);
}

static void
close_descriptors(struct connection *connection)
{
	/* The end comes after the replies, also where bytes stay unread. */
	shutdown(connection->output, SHUT_WR);
	close(connection->input);
	if (connection->output != connection->input)
		close(connection->output);
}

static void
free_memory(struct connection *connection)
{
	if (connection->read_event != NULL)
		event_free(connection->read_event);
	if (connection->write_event != NULL)
		event_free(connection->write_event);
	if (connection->timer_event != NULL)
		event_free(connection->timer_event);
	inbox_free(&connection->inbox);
	free(connection->question);
	free(connection);
}

static bool
make_events(struct connection *connection)
{
	struct event_base *base = connection->home->base;

	connection->read_event =
	    event_new(base, connection->is_file ? -1 : connection->input,
		EV_READ | EV_PERSIST, on_readable, connection);
	connection->write_event = event_new(base, connection->output, EV_WRITE,
	    on_writable, connection);
	connection->timer_event = evtimer_new(base, on_timer, connection);
	return connection->read_event != NULL &&
	    connection->write_event != NULL && connection->timer_event != NULL;
}

bool
connection_new(struct connection_home *home, int input, int output)
{
	struct connection *connection = malloc(sizeof(*connection));
	struct stat status;

	if (connection == NULL) {
		close(input);
		if (output != input)
			close(output);
		return false;
	}
	/* The buffers stay untouched until they are used. */
	memset(connection, 0, offsetof(struct connection, outbox));
	connection->home = home;
	connection->input = input;
	connection->output = output;
	outbox_init(&connection->outbox);
	inbox_init(&connection->inbox, &home->large);
	connection->is_file =
	    fstat(input, &status) == 0 && S_ISREG(status.st_mode);
	if (!make_events(connection)) {
		close_descriptors(connection);
		free_memory(connection);
		return false;
	}
	home->count++;
	TAILQ_INSERT_TAIL(&home->all, connection, all);
	settle(connection);
	return true;
}

void
connection_close(struct connection *connection)
{
	struct connection_home *home = connection->home;

	if (connection->state == CONNECTION_WAITING)
		home->store->cancel(home->store->state, connection);
	set_idle(connection, false);
	TAILQ_REMOVE(&home->all, connection, all);
	home->count--;
	close_descriptors(connection);
	free_memory(connection);
	if (home->wants_room)
		home->room(home->pointer);
}

void
connection_drain(struct connection *connection)
{
	assert(connection->home->draining);
	settle(connection);
}

struct connection *
connection_first(const struct connection_home *home)
{
	return TAILQ_FIRST(&home->all);
}

struct connection *
connection_next(const struct connection *connection)
{
	return TAILQ_NEXT(connection, all);
}

/* Whether a request has come that only was not read yet. */
static bool
has_unread(const struct connection *connection)
{
	char byte;

	return recv(connection->input, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool
connection_close_idle(struct connection_home *home)
{
	struct connection *connection;

	TAILQ_FOREACH(connection, &home->idle, idle)
	{
		if (has_unread(connection))
			continue;
		connection_close(connection);
		return true;
	}
	return false;
}
