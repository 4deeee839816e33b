/*
 * test_milter_hostile.c - peers of the milter that are no MTA.
 */
#include "tests/lib/milter_guard.h"
#include "tests/lib/milter_talk.h"
#include "tests/lib/tap.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum {
	HALF_OPEN = 1000,
	HALF_PACKETS = 100,
	GOOD_RECIPIENTS = 1000,
	RANDOM_SESSIONS = 400,
};

static const char policy[] =
    "networks = { local = [ \"127.0.0.0/8\" ]; };\n"
    "destinations = [ \"example.test\" ];\n"
    "relay = ({ name = \"host\"; from = \"local\"; });\n";

static void
open_only(struct milter_client *client)
{
	if (!milter_client_open(client, milter_guard_path()))
		tap_bail("no session: %s", client->error);
}

/* Another session is served as if nothing had been. */
static void
check_still_serves(void)
{
	struct milter_client client;

	milter_talk_begin(&client, "203.0.113.66", NULL);
	milter_talk_mail(&client, "<>", NULL);
	CHECK_STR(milter_talk_rcpt(&client, "<bob@example.test>", NULL),
	    "continue");
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "554 5.7.1 <v@elsewhere.test>: Relay access denied");
	milter_talk_end(&client);
}

/* Bytes that end a session, at once or when the peer says no more. */
static void
bytes_that_are_no_packet_end_the_session(void)
{
	static const struct {
		const char *what;
		size_t length;
		const char *bytes;
	} cases[] = {
		{ "a length of zero", 5, "\0\0\0\0O" },
		{ "a length of 4 GiB", 5, "\xff\xff\xff\xffO" },
		{ "a length above the limit", 5, "\x00\x02\x00\x00R" },
		{ "an unknown command", 5, "\0\0\0\1Z" },
		{ "a command of NUL", 5, "\0\0\0\1\0" },
		{ "a negotiation too short", 9, "\0\0\0\5O\0\0\0\6" },
		{ "an old version", 17,
		    "\0\0\0\15O\0\0\0\1\0\0\1\xff\0\x1f\xff\xff" },
		{ "MAIL without an argument", 5, "\0\0\0\1M" },
		{ "an HTTP request", 18, "GET / HTTP/1.0\r\n\r\n" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct milter_client client;

		tap_case("%s", cases[i].what);
		open_only(&client);
		CHECK(milter_client_write(&client, cases[i].bytes,
		    cases[i].length));
		CHECK(milter_client_is_closed(&client));
		milter_client_close(&client);
	}
	check_still_serves();
}

/* Packets in a session that has been negotiated. */
static void
wrong_packets_are_never_accepted(void)
{
	static const struct {
		const char *what;
		char command;
		size_t length;
		const char *bytes;
	} cases[] = {
		{ "CONNECT without a family", 'C', 5, "host" },
		{ "CONNECT of an unknown family", 'C', 8, "host\0X\0\0" },
		{ "CONNECT with a cut port", 'C', 7,
		    "host\0"
		    "4\0" },
		{ "CONNECT with a wrong address", 'C', 12,
		    "host\0"
		    "4\0\1nil\0" },
		{ "CONNECT with an open address", 'C', 10,
		    "host\0"
		    "4\0\1"
		    "12" },
		{ "HELO without an end", 'H', 2, "ab" },
		{ "MAIL without an end", 'M', 2, "ab" },
		{ "MAIL of nothing", 'M', 0, "" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct milter_client client;

		tap_case("%s", cases[i].what);
		milter_talk_open(&client);
		client.timeout = 200; /* some are left without an answer */
		CHECK(milter_client_send(&client, cases[i].command,
		    cases[i].bytes, cases[i].length));
		const char *answer =
		    milter_talk_rcpt(&client, "<bob@example.test>", NULL);
		CHECK(strcmp(answer, "continue") != 0);
		milter_client_close(&client);
	}
	check_still_serves();
}

static void
a_recipient_before_its_session_is_not_accepted(void)
{
	static const char *const arguments[] = { "<bob@example.test>", NULL };
	struct milter_client client;
	struct milter_answer answer;

	/* libmilter lets MAIL through without CONNECT. */
	tap_case("without CONNECT");
	milter_talk_open(&client);
	CHECK(milter_client_mail(&client, arguments, &answer));
	CHECK(milter_client_rcpt(&client, arguments, &answer));
	CHECK_INT(answer.command, 't');
	milter_client_close(&client);

	/* It waits for the answers that nobody has agreed to leave out. */
	tap_case("without a negotiation");
	open_only(&client);
	CHECK(milter_client_send(&client, 'M', "<>", 3));
	CHECK(milter_client_send(&client, 'R', "<bob@example.test>", 19));
	CHECK(milter_client_send(&client, 'Q', NULL, 0));
	while (milter_client_read(&client, &answer))
		CHECK(answer.command == 't');
	CHECK_STR(client.error, "read: closed");
	milter_client_close(&client);

	tap_case("without MAIL");
	milter_talk_begin(&client, "203.0.113.66", NULL);
	client.timeout = 200;
	CHECK(!milter_client_rcpt(&client, arguments, &answer));
	milter_client_close(&client);
	check_still_serves();
}

static void
a_second_connect_starts_anew(void)
{
	struct milter_client client;
	struct milter_answer answer;

	/* QUIT_NC: the next connection comes over the same socket. */
	milter_talk_begin(&client, "127.0.0.1", NULL);
	milter_talk_mail(&client, "<>", NULL);
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "continue");
	CHECK(milter_client_end(&client, &answer));
	CHECK(milter_client_send(&client, 'K', NULL, 0));
	CHECK(milter_client_connect(&client, "h", '4', 1, "203.0.113.66",
	    &answer));
	CHECK(milter_client_helo(&client, "h", &answer));
	milter_talk_mail(&client, "<>", NULL);
	CHECK_STR(milter_talk_rcpt(&client, "<v@elsewhere.test>", NULL),
	    "554 5.7.1 <v@elsewhere.test>: Relay access denied");
	milter_talk_end(&client);
}

static void
a_packet_may_come_byte_by_byte(void)
{
	static const char packet[] = "\0\0\0\x14R<bob@example.test>";
	struct milter_client client;
	struct milter_answer answer;

	milter_talk_begin(&client, "203.0.113.66", NULL);
	milter_talk_mail(&client, "<>", NULL);
	for (size_t i = 0; i < sizeof(packet); i++)
		CHECK(milter_client_write(&client, packet + i, 1));
	CHECK(milter_client_read(&client, &answer));
	CHECK_INT(answer.command, 'c');
	milter_talk_end(&client);
}

/* Numbers that are the same in each run. */
static unsigned
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33);
}

/* A session of packets with any bytes, from after its negotiation on. */
static void
play_random(uint64_t *state)
{
	static const char commands[] = "ACDEHKLMNOQRTUBZ";
	struct milter_client client;
	char bytes[64];

	milter_talk_open(&client);
	unsigned packets = 1 + next_random(state) % 12;
	for (unsigned i = 0; i < packets; i++) {
		size_t length = next_random(state) % sizeof(bytes);
		for (size_t k = 0; k < length; k++)
			bytes[k] = (char)next_random(state);
		if (length > 0 && next_random(state) % 2 == 0)
			bytes[length - 1] = '\0';
		char command =
		    commands[next_random(state) % (sizeof(commands) - 1)];
		if (!milter_client_send(&client, command, bytes, length))
			break;
	}
	milter_client_close(&client);
}

static void
random_sessions_harm_nobody(void)
{
	uint64_t state = 20261120;

	for (unsigned i = 0; i < RANDOM_SESSIONS; i++)
		play_random(&state);
	check_still_serves();
}

static bool
raise_descriptors(rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return false;
	if (limit.rlim_cur >= wanted)
		return true;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur >= wanted;
}

static int
compare(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static long
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
half_open_connections_do_not_slow_a_good_one(void)
{
	static struct milter_client halves[HALF_OPEN];
	static long times[GOOD_RECIPIENTS];
	struct milter_client good;

	if (!raise_descriptors(2 * HALF_OPEN + 100)) {
		tap_skip("too few descriptors");
		return;
	}
	for (size_t i = 0; i < HALF_OPEN; i++)
		open_only(&halves[i]);
	milter_talk_begin(&good, "203.0.113.66", NULL);
	milter_talk_mail(&good, "<>", NULL);
	for (size_t i = 0; i < GOOD_RECIPIENTS; i++) {
		long before = microseconds();
		const char *answer =
		    milter_talk_rcpt(&good, "<bob@example.test>", NULL);
		times[i] = microseconds() - before;
		if (strcmp(answer, "continue") != 0)
			CHECK_STR(answer, "continue");
	}
	milter_talk_end(&good);
	qsort(times, GOOD_RECIPIENTS, sizeof(times[0]), compare);
	long p99 = times[GOOD_RECIPIENTS * 99 / 100];
	tap_case("p99 %ld us", p99);
	CHECK(p99 < 10000);
	for (size_t i = 0; i < HALF_OPEN; i++)
		milter_client_close(&halves[i]);
	check_still_serves();
}

/*
 * Each packet that stops in the middle holds a thread of libmilter, and may
 * hold back sessions that came at the same moment: what is promised is only
 * that all is well when such peers have gone.
 */
static void
packets_that_stop_in_the_middle_are_given_up_with_their_peers(void)
{
	static struct milter_client halves[HALF_PACKETS];

	for (size_t i = 0; i < HALF_PACKETS; i++) {
		open_only(&halves[i]);
		CHECK(milter_client_write(&halves[i], "\0\0\0\15O", 1 + i % 5));
	}
	for (size_t i = 0; i < HALF_PACKETS; i++)
		milter_client_close(&halves[i]);
	for (int i = 0; i < 20; i++)
		check_still_serves();
}

static const struct tap_test tests[] = {
	TAP_TEST(bytes_that_are_no_packet_end_the_session),
	TAP_TEST(wrong_packets_are_never_accepted),
	TAP_TEST(a_recipient_before_its_session_is_not_accepted),
	TAP_TEST(a_second_connect_starts_anew),
	TAP_TEST(a_packet_may_come_byte_by_byte),
	TAP_TEST(random_sessions_harm_nobody),
	TAP_TEST(half_open_connections_do_not_slow_a_good_one),
	TAP_TEST(packets_that_stop_in_the_middle_are_given_up_with_their_peers),
};

int
main(void)
{
	milter_guard_start(policy);
	milter_talk_to(milter_guard_path());
	int status = TAP_RUN(tests);
	milter_guard_stop();
	return status;
}
