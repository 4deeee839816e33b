/*
 * test_policyd.c - the policy server: order, limits, deadlines, room, end.
 *
 * The linker puts __wrap_malloc() before malloc(), to count the calls of a
 * request.
 */
#include "serve/policyd.h"

#include "base/clock.h"
#include "tests/lib/policy_server.h"
#include "tests/lib/tap.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PIPELINED = 20000,
};

static _Atomic int allocations;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *
__wrap_malloc(size_t size)
{
	if (policy_server_is_here())
		allocations++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	if (policy_server_is_here())
		allocations++;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	if (policy_server_is_here())
		allocations++;
	return __real_realloc(memory, size);
}

static bool
hear(int client, const char *want)
{
	char reply[8192];

	reply[client_hear(client, reply, strlen(want))] = '\0';
	return CHECK_STR(reply, want);
}

static void
each_request_gets_one_reply_in_order(void)
{
	struct policy_server server;

	policy_server_start(&server, (struct policyd_options){ 0 });
	int client = client_dial(&server);
	client_say(client, RCPT);
	hear(client, DENIED);
	client_say(client, RCPT DATA RCPT "junk\n\n" DATA);
	hear(client, DENIED DUNNO DENIED);
	hear(client,
	    "action=451 4.3.0 Relay guard cannot read the request\n\n" DUNNO);
	/* And nothing else: Postfix would take it for a disconnect. */
	CHECK(!client_is_readable(client, SOON));
	close(client);
	CHECK(policy_server_stop(&server));
}

static void
a_request_may_come_in_any_parts(void)
{
	static const char text[] = RCPT;
	struct policy_server server;

	policy_server_start(&server, (struct policyd_options){ 0 });
	for (size_t split = 1; split < sizeof(text) - 1; split += 7) {
		char first[sizeof(text)];
		int client = client_dial(&server);

		memcpy(first, text, split);
		first[split] = '\0';
		client_say(client, first);
		client_say(client, text + split);
		hear(client, DENIED);
		close(client);
	}
	CHECK(policy_server_stop(&server));
}

static void
requests_over_a_limit_are_skipped_and_deferred(void)
{
	static char text[300 * 1024];
	struct policy_server server;

	policy_server_start(&server, (struct policyd_options){ 0 });
	int client = client_dial(&server);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	client_say(client, "request=smtpd_access_policy\nhelo_name=");
	client_say(client, text);
	client_say(client, "\nrecipient=a@b\n\n" RCPT);
	hear(client,
	    "action=451 4.3.0 Relay guard cannot read the request\n\n" DENIED);
	CHECK(!client_is_readable(client, SOON));
	close(client);
	CHECK(policy_server_stop(&server));
}

static void
what_is_observed_is_never_refused(void)
{
	struct policy_server server;

	policy_server_start(&server, (struct policyd_options){ 0 });
	server.policy.mode = POLICY_OBSERVE;
	int client = client_dial(&server);
	client_say(client, RCPT "junk\n\n");
	hear(client, DUNNO DUNNO);
	close(client);
	CHECK(policy_server_stop(&server));
}

/* Writes requests, and reads nothing, until the server takes no more. */
static size_t
stuff(int client, const char *requests, size_t length, int patience)
{
	struct pollfd wait = { .fd = client, .events = POLLOUT };
	size_t sent = 0;

	while (sent < length && poll(&wait, 1, patience) == 1) {
		ssize_t now = send(client, requests + sent, length - sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (now <= 0)
			break;
		sent += (size_t)now;
	}
	return sent;
}

static char *
make_requests(size_t *length)
{
	size_t one = sizeof(RCPT) - 1;
	char *requests = malloc(PIPELINED * one);

	if (requests == NULL)
		tap_bail("no memory");
	for (size_t i = 0; i < PIPELINED; i++)
		memcpy(requests + i * one, RCPT, one);
	*length = PIPELINED * one;
	return requests;
}

static void
a_slow_reader_gets_every_reply(void)
{
	struct policy_server server;
	size_t length, heard = 0;
	char *requests = make_requests(&length);

	policy_server_start(&server, (struct policyd_options){ 0 });
	int client = client_dial(&server);
	size_t sent = stuff(client, requests, length, SOON);
	CHECK(sent < length);
	while (heard < PIPELINED * (sizeof(DENIED) - 1)) {
		char bytes[4096];
		size_t rest = PIPELINED * (sizeof(DENIED) - 1) - heard;
		size_t got = client_hear(client, bytes,
		    rest < sizeof(bytes) ? rest : sizeof(bytes));
		if (got == 0)
			break;
		heard += got;
		sent += stuff(client, requests + sent, length - sent, 0);
	}
	CHECK_INT((long long)heard, PIPELINED * (sizeof(DENIED) - 1));
	CHECK(!client_is_readable(client, SOON));
	close(client);
	free(requests);
	CHECK(policy_server_stop(&server));
}

static void
only_what_is_unfinished_has_a_deadline(void)
{
	struct policy_server server;
	size_t length;
	char *requests = make_requests(&length);
	char bytes[65536];

	policy_server_start(&server,
	    (struct policyd_options){ .half_deadline = SOON });
	int idle = client_dial(&server), half = client_dial(&server),
	    deaf = client_dial(&server);
	int rested = client_dial(&server), trickle = client_dial(&server);
	client_say(rested, RCPT);
	hear(rested, DENIED);
	client_say(half, RCPT "request=smtpd_access_policy\n");
	hear(half, DENIED);
	size_t sent = stuff(deaf, requests, length, SOON);
	CHECK(sent < length);
	int64_t start = clock_monotonic();
	client_say(trickle, "r");
	/* More bytes do not give it more time. */
	while (!client_is_readable(trickle, SOON / 10) &&
	    clock_monotonic() - start < PATIENCE * 1000000LL)
		(void)!send(trickle, "e", 1, MSG_NOSIGNAL);
	/* The loop counts from where it began its round. */
	CHECK(clock_monotonic() - start >= SOON * 900000LL);
	CHECK(client_ends(trickle));
	CHECK(client_ends(half));
	while (client_hear(deaf, bytes, sizeof(bytes)) == sizeof(bytes))
		continue;
	CHECK(client_ends(deaf));
	client_say(idle, RCPT);
	hear(idle, DENIED);
	client_say(rested, RCPT);
	hear(rested, DENIED);
	close(idle);
	close(half);
	close(deaf);
	close(rested);
	close(trickle);
	free(requests);
	CHECK(policy_server_stop(&server));
}

static void
the_longest_idle_makes_room(void)
{
	struct policy_server server;

	policy_server_start(&server,
	    (struct policyd_options){ .connections = 3 });
	int half = client_dial(&server);
	client_say(half, "request=smtpd_access_policy\n");
	int longest = client_dial(&server), idle = client_dial(&server);
	client_say(longest, RCPT);
	hear(longest, DENIED);
	client_say(idle, RCPT);
	hear(idle, DENIED);

	int late = client_dial(&server);
	client_say(late, RCPT);
	hear(late, DENIED);
	CHECK(client_ends(longest));
	client_say(idle, RCPT);
	hear(idle, DENIED);
	client_say(half, "\n");
	hear(half, DUNNO);
	close(longest);
	close(idle);
	close(half);
	close(late);
	CHECK(policy_server_stop(&server));
}

static void
one_in_the_middle_is_never_closed_for_room(void)
{
	struct policy_server server;

	policy_server_start(&server,
	    (struct policyd_options){ .connections = 2 });
	int a = client_dial(&server), b = client_dial(&server);
	client_say(a, "request=smtpd_access_policy\n");
	client_say(b, "request=smtpd_access_policy\n");
	int c = client_dial(&server);
	client_say(c, RCPT);
	CHECK(!client_is_readable(c, SOON));
	client_say(b, "\n");
	hear(b, DUNNO);
	hear(c, DENIED);
	client_say(a, "\n");
	hear(a, DUNNO);
	close(a);
	close(b);
	close(c);
	CHECK(policy_server_stop(&server));
}

static void
what_came_before_the_end_is_answered(void)
{
	enum {
		CLIENTS = 40
	};
	struct policy_server server;
	int clients[CLIENTS];

	policy_server_start(&server, (struct policyd_options){ 0 });
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = client_dial(&server);
		client_say(clients[i], i % 2 == 0 ? RCPT "reque" : RCPT DATA);
	}
	int64_t start = clock_monotonic();
	CHECK(policy_server_stop(&server));
	CHECK(clock_monotonic() - start < 2000 * 1000000LL);
	for (int i = 0; i < CLIENTS; i++) {
		tap_case("client %d", i);
		hear(clients[i], i % 2 == 0 ? DENIED : DENIED DUNNO);
		CHECK(client_ends(clients[i]));
		close(clients[i]);
	}
}

static void
a_request_needs_no_heap(void)
{
	struct policy_server server;

	policy_server_start(&server, (struct policyd_options){ 0 });
	int client = client_dial(&server);
	client_say(client, RCPT);
	hear(client, DENIED);
	allocations = 0;
	for (int i = 0; i < 100; i++) {
		client_say(client, RCPT DATA);
		hear(client, DENIED DUNNO);
	}
	CHECK_INT(allocations, 0);
	int other = client_dial(&server);
	client_say(other, RCPT);
	hear(other, DENIED);
	CHECK(allocations > 0); /* they are counted */
	close(client);
	close(other);
	CHECK(policy_server_stop(&server));
}

static const struct tap_test tests[] = {
	TAP_TEST(each_request_gets_one_reply_in_order),
	TAP_TEST(a_request_may_come_in_any_parts),
	TAP_TEST(requests_over_a_limit_are_skipped_and_deferred),
	TAP_TEST(what_is_observed_is_never_refused),
	TAP_TEST(a_slow_reader_gets_every_reply),
	TAP_TEST(only_what_is_unfinished_has_a_deadline),
	TAP_TEST(the_longest_idle_makes_room),
	TAP_TEST(one_in_the_middle_is_never_closed_for_room),
	TAP_TEST(what_came_before_the_end_is_answered),
	TAP_TEST(a_request_needs_no_heap),
};

int
main(void)
{
	return TAP_RUN(tests);
}
