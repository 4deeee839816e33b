/*
 * policyd.c - the policy-delegation server: sockets, connections, answers.
 */
#include "serve/policyd.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/audit.h"
#include "serve/connection.h"
#include "serve/listen.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECTIONS = 1000,
	HALF_DEADLINE = 10000, /* milliseconds */
	DRAIN_DEADLINE = 500,  /* milliseconds */
	ACCEPTS = 64,          /* at one wake-up, so that peers get on */
};

struct policyd {
	struct connection_home home;
	struct listen_sockets sockets;
	struct event **accept_events; /* one a socket, while running */
	struct event *stop_event;
	struct event *tick_event;
	struct event *end_event;
	int stop_descriptor;
	size_t connections; /* the most at once */
	bool told_full;     /* until nobody waits to be accepted */
	bool adopted;       /* ends with its connection */
	int adopted_input;  /* and their flags before */
	int adopted_output;
	int input_flags;
	int output_flags;
	void (*tick)(void *pointer);
	void *pointer;
};

/* Waits for new connections, or does not. */
static void
set_accepting(struct policyd *policyd, bool wanted)
{
	policyd->home.wants_room = !wanted;
	for (size_t i = 0; i < policyd->sockets.count; i++) {
		if (wanted)
			event_add(policyd->accept_events[i], NULL);
		else
			event_del(policyd->accept_events[i]);
	}
}

static void
on_room(void *pointer)
{
	struct policyd *policyd = pointer;

	if (!policyd->home.draining)
		set_accepting(policyd, true);
}

/* No more connections until one has gone: no spinning, and one line. */
static void
pause_accepting(struct policyd *policyd, const char *reason)
{
	set_accepting(policyd, false);
	if (policyd->told_full)
		return;
	policyd->told_full = true;
	log_say(LOG_LEVEL_WARNING, "full",
	    "%zu connections, and no more can be accepted: %s",
	    policyd->home.count, reason);
}

static bool
is_out_of_resources(int reason)
{
	return reason == EMFILE || reason == ENFILE || reason == ENOBUFS ||
	    reason == ENOMEM;
}

static bool
is_pending(int listening)
{
	struct pollfd wait = { .fd = listening, .events = POLLIN };

	return poll(&wait, 1, 0) == 1;
}

/* All have been let in: when there is no place again, that is news. */
static bool
nobody_waits(struct policyd *policyd, int listening)
{
	if (is_pending(listening))
		return false;
	policyd->told_full = false;
	return true;
}

/* At the limit, one has to go; but only if there is another one to come. */
static bool
make_place(struct policyd *policyd, int listening)
{
	if (policyd->home.count < policyd->connections)
		return true;
	if (nobody_waits(policyd, listening))
		return false;
	if (connection_close_idle(&policyd->home))
		return true;
	pause_accepting(policyd, "all are in the middle of a request");
	return false;
}

/* Accepts one; false: no more for now. */
static bool
accept_one(struct policyd *policyd, int listening)
{
	struct connection_home *home = &policyd->home;

	if (!make_place(policyd, listening))
		return false;
	int accepted =
	    accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (accepted >= 0) {
		if (!connection_new(home, accepted, accepted))
			log_say(LOG_LEVEL_ERROR, "memory",
			    "no memory for a connection");
		return true;
	}
	if (errno == EINTR || errno == ECONNABORTED)
		return true;
	if (errno == EAGAIN)
		policyd->told_full = false;
	if (is_out_of_resources(errno)) {
		const char *reason = strerror(errno);

		/* Linux wants the descriptor before it looks who is there. */
		if (nobody_waits(policyd, listening))
			return false;
		if (connection_close_idle(home))
			return true;
		pause_accepting(policyd, reason);
	}
	return false;
}

static void
on_accept(int descriptor, short what, void *pointer)
{
	(void)what;
	for (int i = 0; i < ACCEPTS; i++)
		if (!accept_one(pointer, descriptor))
			return;
}

static void
on_tick(int descriptor, short what, void *pointer)
{
	struct policyd *policyd = pointer;

	(void)descriptor;
	(void)what;
	policyd->home.now = clock_wall();
	audit_tick(policyd->home.now);
	if (policyd->home.wants_room)
		policyd->home.room(policyd);
	if (policyd->tick != NULL)
		policyd->tick(policyd->pointer);
}

/* Asks for the end of the loop once nobody waits for a reply any more. */
static void
end_when_empty(void *pointer)
{
	struct policyd *policyd = pointer;

	if (policyd->home.count == 0)
		event_base_loopbreak(policyd->home.base);
}

static void
free_accept_events(struct policyd *policyd)
{
	if (policyd->accept_events == NULL)
		return;
	for (size_t i = 0; i < policyd->sockets.count; i++)
		if (policyd->accept_events[i] != NULL)
			event_free(policyd->accept_events[i]);
	free(policyd->accept_events);
	policyd->accept_events = NULL;
}

static void
drain_connections(struct policyd *policyd)
{
	struct connection_home *home = &policyd->home;
	struct connection *next = connection_first(home);

	/* Each may go while it is drained, but no other one does. */
	while (next != NULL) {
		struct connection *connection = next;

		next = connection_next(connection);
		connection_drain(connection);
	}
}

static void
on_end(int descriptor, short what, void *pointer)
{
	struct policyd *policyd = pointer;

	(void)descriptor;
	(void)what;
	event_base_loopbreak(policyd->home.base);
}

static void
on_stop(int descriptor, short what, void *pointer)
{
	struct policyd *policyd = pointer;
	struct timeval wait = { .tv_usec = DRAIN_DEADLINE * 1000 };

	(void)descriptor;
	(void)what;
	event_del(policyd->stop_event);
	/* Before the sockets go: nobody is to find them without an answer. */
	for (size_t i = 0; i < policyd->sockets.count; i++)
		on_accept(policyd->sockets.sockets[i].descriptor, 0, policyd);
	free_accept_events(policyd);
	listen_close(&policyd->sockets);
	policyd->home.draining = true;
	policyd->home.wants_room = true;
	policyd->home.room = end_when_empty;
	event_add(policyd->end_event, &wait);
	drain_connections(policyd);
	end_when_empty(policyd);
}

static bool
make_events(struct policyd *policyd)
{
	struct event_base *base = policyd->home.base;

	policyd->stop_event = event_new(base, policyd->stop_descriptor,
	    EV_READ | EV_PERSIST, on_stop, policyd);
	policyd->tick_event = event_new(base, -1, EV_PERSIST, on_tick, policyd);
	policyd->end_event = evtimer_new(base, on_end, policyd);
	return policyd->stop_event != NULL && policyd->tick_event != NULL &&
	    policyd->end_event != NULL &&
	    event_add(policyd->stop_event, NULL) == 0;
}

struct policyd *
policyd_new(const struct policyd_options *options, struct error *error)
{
	struct policyd *policyd = calloc(1, sizeof(*policyd));

	if (policyd == NULL) {
		error_write(error, "no memory");
		return NULL;
	}
	signal(SIGPIPE, SIG_IGN);
	connection_home_init(&policyd->home);
	policyd->stop_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	policyd->connections =
	    options->connections > 0 ? options->connections : CONNECTIONS;
	policyd->home.base = event_base_new();
	policyd->home.slot = options->slot;
	policyd->home.store = options->store;
	policyd->home.scratch = policy_scratch_new();
	policyd->home.half_deadline =
	    options->half_deadline > 0 ? options->half_deadline : HALF_DEADLINE;
	policyd->home.now = clock_wall();
	policyd->home.room = on_room;
	policyd->home.pointer = policyd;
	if (policyd->stop_descriptor >= 0 && policyd->home.base != NULL &&
	    policyd->home.scratch != NULL && make_events(policyd))
		return policyd;
	error_write(error, "cannot make an event loop: %s", strerror(errno));
	policyd_free(policyd);
	return NULL;
}

bool
policyd_listen(struct policyd *policyd, const struct policy_listener *listener,
    struct error *error)
{
	return listen_open(&policyd->sockets, listener, error);
}

static int
unblock(int descriptor)
{
	int flags = fcntl(descriptor, F_GETFL);

	if (flags >= 0)
		fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
	return flags;
}

bool
policyd_adopt(struct policyd *policyd, int input, int output,
    struct error *error)
{
	int own_input = fcntl(input, F_DUPFD_CLOEXEC, 0);
	int own_output = fcntl(output, F_DUPFD_CLOEXEC, 0);

	if (own_input < 0 || own_output < 0) {
		error_write(error, "cannot serve descriptors %d and %d: %s",
		    input, output, strerror(errno));
		if (own_input >= 0)
			close(own_input);
		return false;
	}
	policyd->adopted = true;
	policyd->adopted_input = input;
	policyd->adopted_output = output;
	policyd->input_flags = unblock(input);
	policyd->output_flags = unblock(output);
	policyd->home.room = end_when_empty;
	policyd->home.wants_room = true;
	if (connection_new(&policyd->home, own_input, own_output))
		return true;
	return error_set(error, "no memory for a connection");
}

static bool
start_accepting(struct policyd *policyd)
{
	size_t count = policyd->sockets.count;

	policyd->accept_events =
	    calloc(count > 0 ? count : 1, sizeof(*policyd->accept_events));
	if (policyd->accept_events == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		policyd->accept_events[i] = event_new(policyd->home.base,
		    policyd->sockets.sockets[i].descriptor,
		    EV_READ | EV_PERSIST, on_accept, policyd);
		if (policyd->accept_events[i] == NULL ||
		    event_add(policyd->accept_events[i], NULL) != 0)
			return false;
	}
	return true;
}

bool
policyd_run(struct policyd *policyd, void (*ready)(void *pointer),
    void (*tick)(void *pointer), void *pointer, struct error *error)
{
	struct timeval second = { .tv_sec = 1 };

	policyd->tick = tick;
	policyd->pointer = pointer;
	if (policyd->adopted && policyd->home.count == 0)
		return true;
	if (!start_accepting(policyd) ||
	    event_add(policyd->tick_event, &second) != 0)
		return error_set(error, "no memory for events");
	if (ready != NULL)
		ready(pointer);
	if (event_base_dispatch(policyd->home.base) < 0)
		return error_set(error, "the event loop failed: %s",
		    strerror(errno));
	return true;
}

void
policyd_stop(struct policyd *policyd)
{
	uint64_t one = 1;
	int before = errno;

	/* If it is full, the loop has been told already. */
	if (write(policyd->stop_descriptor, &one, sizeof(one)) < 0)
		errno = before;
}

static void
free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

void
policyd_free(struct policyd *policyd)
{
	if (policyd == NULL)
		return;
	policyd->home.wants_room = false;
	while (connection_first(&policyd->home) != NULL)
		connection_close(connection_first(&policyd->home));
	if (policyd->adopted) {
		fcntl(policyd->adopted_input, F_SETFL, policyd->input_flags);
		fcntl(policyd->adopted_output, F_SETFL, policyd->output_flags);
	}
	free_accept_events(policyd);
	listen_close(&policyd->sockets);
	free_event(policyd->stop_event);
	free_event(policyd->tick_event);
	free_event(policyd->end_event);
	if (policyd->home.base != NULL)
		event_base_free(policyd->home.base);
	policy_scratch_free(policyd->home.scratch);
	if (policyd->stop_descriptor >= 0)
		close(policyd->stop_descriptor);
	free(policyd);
}
