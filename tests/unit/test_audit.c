/*
 * test_audit.c - the log line of a decision, and the summing up of floods.
 */
#include "serve/audit.h"

#include "base/log.h"
#include "serve/flood.h"
#include "tests/lib/tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int stderr_before;
static FILE *caught;

static void
catch_start(void)
{
	caught = tmpfile();
	if (caught == NULL || (stderr_before = dup(STDERR_FILENO)) < 0 ||
	    dup2(fileno(caught), STDERR_FILENO) < 0)
		tap_bail("cannot catch the log: %s", strerror(errno));
}

/* Returns all that was logged since. */
static const char *
catch_end(void)
{
	static char text[64 * 1024];

	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	rewind(caught);
	text[fread(text, 1, sizeof(text) - 1, caught)] = '\0';
	fclose(caught);
	return text;
}

static int
count_of(const char *text, const char *word)
{
	int count = 0;

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		count++;
	return count;
}

static void
set_client(struct request *request, const char *text)
{
	struct error error;

	request->session.client_text = str_from(text);
	request->session.client_kind = SESSION_CLIENT_UNKNOWN;
	if (address_parse(str_from(text), &request->session.client, &error))
		request->session.client_kind = SESSION_CLIENT_ADDRESS;
}

static const struct decision refusal = {
	.verdict = VERDICT_REJECT,
	.cause = DECISION_RELAY,
	.code = 554,
	.rule = STR_INIT("relay"),
};

static void
a_refusal_is_one_line_in_a_fixed_order(void)
{
	struct request request = {
		.now = 1000,
		.session = {
			.server_port = 25,
			.sender = STR("al ice@x"),
			.recipient = STR("victim\n@y"),
			.helo = STR("h"),
			.queue_id = STR("Q1"),
		},
	};

	set_client(&request, "192.0.2.1");
	catch_start();
	audit_decision(&request, &refusal, 7);
	const char *text = catch_end();
	CHECK(strstr(text,
		  "event=decision verdict=reject ip=192.0.2.1 port=25 "
		  "rule=relay cause=relay rcpt=victim\\x0a@y from=al\\x20ice@x "
		  "helo=h login= id=Q1 mode=enforce policy=7\n") != NULL);
	CHECK_INT(count_of(text, "\n"), 1);
}

static void
the_longest_values_leave_room_for_all_keys(void)
{
	static char bytes[8000];
	struct request request = { .now = 1000 };
	struct str text = { bytes, sizeof(bytes) };

	memset(bytes, 1, sizeof(bytes));
	request.session.client_text = text;
	request.session.recipient = text;
	request.session.sender = text;
	request.session.helo = text;
	request.session.login = text;
	request.session.instance = text;
	catch_start();
	audit_decision(&request, &refusal, 7);
	const char *line = catch_end();
	CHECK(strstr(line, " mode=enforce policy=7\n") != NULL);
}

static void
passes_are_for_debugging(void)
{
	struct request request = { .now = 1000 };
	struct decision pass = { .cause = DECISION_GRANT, .rule = STR("host") };

	set_client(&request, "192.0.2.2");
	catch_start();
	audit_decision(&request, &pass, 1);
	CHECK_STR(catch_end(), "");

	log_adjust(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
	catch_start();
	audit_decision(&request, &pass, 1);
	CHECK(strstr(catch_end(), "verdict=continue ip=192.0.2.2") != NULL);
	log_adjust(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
}

static void
what_is_only_observed_says_so(void)
{
	struct request request = { .now = 1000 };
	struct decision observed = refusal;

	observed.observe = true;
	set_client(&request, "192.0.2.3");
	catch_start();
	audit_decision(&request, &observed, 1);
	CHECK(strstr(catch_end(), "mode=observe") != NULL);
}

static void
a_flood_is_summed_up(void)
{
	struct request request = { .now = 5000 };

	set_client(&request, "192.0.2.4");
	catch_start();
	for (int i = 0; i < 100; i++)
		audit_decision(&request, &refusal, 1);
	audit_tick(5000 + FLOOD_WINDOW - 1);
	CHECK_INT(count_of(catch_end(), "\n"), FLOOD_LINES);

	/* Another client is not part of it. */
	set_client(&request, "192.0.2.5");
	catch_start();
	audit_decision(&request, &refusal, 1);
	CHECK_INT(count_of(catch_end(), "ip=192.0.2.5"), 1);

	catch_start();
	audit_tick(5000 + FLOOD_WINDOW);
	audit_tick(5000 + FLOOD_WINDOW);
	const char *text = catch_end();
	CHECK(strstr(text, "event=flood ip=192.0.2.4 summed=90\n") != NULL);
	CHECK_INT(count_of(text, "\n"), 1);

	/* And it begins anew. */
	request.now = 5000 + FLOOD_WINDOW;
	set_client(&request, "192.0.2.4");
	catch_start();
	audit_decision(&request, &refusal, 1);
	CHECK_INT(count_of(catch_end(), "ip=192.0.2.4"), 1);
}

static void
malformed_requests_say_why(void)
{
	catch_start();
	audit_malformed(STR("192.0.2.6"), "a NUL");
	const char *text = catch_end();
	CHECK(strstr(text, "event=malformed ip=192.0.2.6 reason=a\\x20NUL\n") !=
	    NULL);

	/* Those of nobody are a flood too. */
	catch_start();
	for (int i = 0; i < 50; i++)
		audit_malformed(STR("unknown"), "a NUL");
	CHECK(count_of(catch_end(), "\n") <= FLOOD_LINES);
}

static void
no_line_is_lost_when_clients_are_many(void)
{
	static struct flood flood;
	unsigned told = 0, admitted = 0;
	struct flood_sum sum;

	for (int i = 0; i < 20 * 4096; i++) {
		struct address client = { .bytes = {
					      [14] = (uint8_t)(i % 4096 / 256),
					      [15] = (uint8_t)i } };

		admitted += flood_admit(&flood, &client, 100, &sum);
		told += sum.count;
	}
	CHECK(admitted >= 10 * FLOOD_SETS);
	for (size_t set = 0;
	     flood_next(&flood, 100 + FLOOD_WINDOW, &set, &sum);)
		told += sum.count;
	CHECK_INT(admitted + told, 20 * 4096);
	CHECK_INT(flood.summing, 0);
}

static void
a_clock_that_is_set_back_ends_a_flood(void)
{
	static struct flood flood;
	struct address client = { .bytes = { 1 } };
	struct flood_sum sum;

	for (int i = 0; i < FLOOD_LINES + 5; i++)
		flood_admit(&flood, &client, 1000000, &sum);
	CHECK(flood_admit(&flood, &client, 500, &sum));
	CHECK_INT(sum.count, 5);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_refusal_is_one_line_in_a_fixed_order),
	TAP_TEST(the_longest_values_leave_room_for_all_keys),
	TAP_TEST(passes_are_for_debugging),
	TAP_TEST(what_is_only_observed_says_so),
	TAP_TEST(a_flood_is_summed_up),
	TAP_TEST(malformed_requests_say_why),
	TAP_TEST(no_line_is_lost_when_clients_are_many),
	TAP_TEST(a_clock_that_is_set_back_ends_a_flood),
};

int
main(void)
{
	return TAP_RUN(tests);
}
