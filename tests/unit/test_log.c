/*
 * test_log.c - one event, one line; no caller ever waits for the log.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/lines.h"
#include "tests/lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What standard error was, and what it is while a test catches the log. */
static int stderr_before;
static int caught;

/* Turns standard error into a pipe, whose other end is read by hand. */
static void
catch_start(void)
{
	int ends[2];

	if (pipe(ends) != 0 || (stderr_before = dup(STDERR_FILENO)) < 0 ||
	    dup2(ends[1], STDERR_FILENO) < 0)
		tap_bail("pipe: %s", strerror(errno));
	close(ends[1]);
	caught = ends[0];
}

/* Returns all that was written since, and lets standard error be itself. */
static const char *
catch_end(void)
{
	static char text[8 << 20];
	size_t length = 0;
	ssize_t got;

	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	while (
	    (got = read(caught, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	close(caught);
	text[length] = '\0';
	return text;
}

static void
open_log(const struct log_options *options)
{
	struct error error;

	if (!log_open(options, &error))
		tap_bail("log_open: %s", error.text);
}

static const struct log_options plain = {
	.name = "test",
	.level = LOG_LEVEL_INFO,
};

static const struct log_options json = {
	.name = "test",
	.level = LOG_LEVEL_INFO,
	.format = LOG_FORMAT_JSON,
};

/* The line without the time before it. */
static const char *
after_time(const char *line)
{
	const char *space = strchr(line, ' ');

	return space == NULL ? "" : space + 1;
}

static void
a_line_has_keys_in_order_and_escaped_values(void)
{
	struct log_line line;

	catch_start();
	open_log(&plain);
	if (log_begin(&line, LOG_LEVEL_WARNING, "test")) {
		log_add(&line, "rcpt", STR("a b\n\"c\"\\\xff@example.com"));
		log_add_number(&line, "port", 25);
		log_add_text(&line, "mode", "enforce");
		log_add(&line, "helo", STR(""));
		log_end(&line);
	}
	log_close();
	const char *text = catch_end();
	CHECK_STR(after_time(text),
	    "warning event=test rcpt=a\\x20b\\x0a\"c\"\\x5c\\xff@example.com "
	    "port=25 mode=enforce helo=\n");
	/* 2026-11-20T10:00:00.123Z */
	CHECK(strlen(text) > 24 && text[10] == 'T' && text[23] == 'Z');
}

static void
a_sentence_is_readable_and_stays_one_line(void)
{
	catch_start();
	open_log(&plain);
	log_say(LOG_LEVEL_ERROR, "policy", "%s:%d: no \"%s\"\n", "a.conf", 3,
	    "x\\y");
	log_close();
	CHECK_STR(after_time(catch_end()),
	    "error event=policy text=\"a.conf:3: no "
	    "\\\"x\\x5cy\\\"\\x0a\"\n");
}

static void
levels_are_heeded(void)
{
	static const struct {
		enum log_level wanted;
		unsigned lines;
	} cases[] = {
		{ LOG_LEVEL_ERROR, 1 },
		{ LOG_LEVEL_WARNING, 2 },
		{ LOG_LEVEL_INFO, 3 },
		{ LOG_LEVEL_DEBUG, 4 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		catch_start();
		open_log(&plain);
		log_adjust(cases[i].wanted, LOG_FORMAT_TEXT);
		for (unsigned level = 0; level < 4; level++)
			log_say((enum log_level)level, "test", "%u", level);
		log_close();

		struct lines lines = lines_of(str_from(catch_end()));
		struct str line;
		while (lines_next(&lines, &line))
			;
		tap_case("level %d", cases[i].wanted);
		CHECK_INT(lines.number, cases[i].lines);
	}
	log_adjust(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
}

/* Checks that a line is JSON, and gives it back. */
static json_t *
parsed(struct str line)
{
	json_error_t error = { .text = "nothing wrong" };
	json_t *object =
	    json_loadb(line.data, line.length, JSON_ALLOW_NUL, &error);

	tap_case("%s in " STR_FORMAT, error.text, STR_ARGS(line));
	CHECK(json_is_object(object));
	return object;
}

static void
json_lines_are_json(void)
{
	char hostile[256];
	struct log_line line;

	for (size_t i = 0; i < sizeof(hostile); i++)
		hostile[i] = (char)(unsigned char)i;
	catch_start();
	open_log(&json);
	if (log_begin(&line, LOG_LEVEL_INFO, "test")) {
		log_add(&line, "all", (struct str){ hostile, 256 });
		log_add_number(&line, "port", 25);
		log_end(&line);
	}
	log_say(LOG_LEVEL_ERROR, "policy", "line %d: \"%s\"", 3, "\x01");
	log_close();

	struct lines lines = lines_of(str_from(catch_end()));
	struct str text;
	CHECK(lines_next(&lines, &text));
	json_t *object = parsed(text);
	CHECK_STR(json_string_value(json_object_get(object, "event")), "test");
	CHECK_STR(json_string_value(json_object_get(object, "level")), "info");
	CHECK_INT(json_integer_value(json_object_get(object, "port")), 25);
	CHECK(json_is_string(json_object_get(object, "time")));
	CHECK(json_is_string(json_object_get(object, "all")));
	json_decref(object);

	CHECK(lines_next(&lines, &text));
	object = parsed(text);
	CHECK_STR(json_string_value(json_object_get(object, "text")),
	    "line 3: \"\x01\"");
	json_decref(object);
}

static void
long_values_are_cut_and_leave_room_for_others(void)
{
	static char value[5000], bytes[5000], pairs[5000];
	const struct log_options *const formats[] = { &plain, &json };

	memset(value, 'v', sizeof(value));
	memset(bytes, '\x01', sizeof(bytes));
	for (size_t i = 0; i < sizeof(pairs); i++)
		pairs[i] = i % 2 == 0 ? '\xc3' : '\xbc';
	for (size_t i = 0; i < TAP_COUNT(formats); i++) {
		struct log_line line;

		catch_start();
		open_log(formats[i]);
		if (log_begin(&line, LOG_LEVEL_INFO, "test")) {
			log_add(&line, "a", (struct str){ value, 5000 });
			log_add(&line, "b", (struct str){ bytes, 5000 });
			log_add(&line, "c", (struct str){ pairs, 4999 });
			log_add(&line, "d", STR("the last one"));
			for (unsigned k = 0; k < 200; k++)
				log_add_number(&line, "again", k);
			log_end(&line);
		}
		log_close();

		const char *text = catch_end();
		tap_case("format %zu", i);
		CHECK(strstr(text, "vvvv...") != NULL);
		CHECK(strstr(text, "01...") != NULL);
		CHECK(strstr(text,
			  i == 0 ? "d=the\\x20last\\x20one"
				 : "\"d\":\"the last one\"") != NULL);
		CHECK(strlen(text) < LOG_LINE_MAX + 64);
		if (i == 1)
			json_decref(parsed(str_from(text)));
	}
}

enum {
	THREADS = 4,
	LINES = 200,
	TEXT_MAX = 4 << 20, /* more than the ring and a pipe hold */
};

static void *
write_lines(void *pointer)
{
	const unsigned *thread = pointer;

	for (unsigned i = 0; i < LINES; i++) {
		struct log_line line;

		if (!log_begin(&line, LOG_LEVEL_INFO, "test"))
			continue;
		log_add_number(&line, "thread", *thread);
		log_add_number(&line, "number", i);
		log_end(&line);
	}
	return NULL;
}

static void
lines_of_a_thread_stay_in_order_and_whole(void)
{
	pthread_t threads[THREADS];
	unsigned numbers[THREADS], next[THREADS] = { 0 }, wrong = 0;

	catch_start();
	open_log(&plain);
	for (unsigned i = 0; i < THREADS; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, write_lines,
			&numbers[i]) != 0)
			tap_bail("no thread");
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	log_close();

	struct lines lines = lines_of(str_from(catch_end()));
	struct str line;
	while (lines_next(&lines, &line)) {
		unsigned thread, number;

		if (sscanf(after_time(line.data),
			"info event=test thread=%u number=%u", &thread,
			&number) != 2 ||
		    thread >= THREADS || number != next[thread]++)
			wrong++;
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(lines.number, THREADS * LINES);
	CHECK_INT(log_dropped(), 0);
}

/* Reads a pipe until it has ended, into text of TEXT_MAX bytes. */
static void *
read_later(void *pointer)
{
	char *text = pointer;
	size_t length = 0;
	ssize_t got;

	while ((got = read(caught, text + length, TEXT_MAX - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	return NULL;
}

/* The sum of all N in dropped=N. */
static unsigned long
sum_dropped(const char *text)
{
	static const char key[] = " dropped=";
	unsigned long sum = 0;

	while ((text = strstr(text, key)) != NULL) {
		text += strlen(key);
		sum += strtoul(text, NULL, 10);
	}
	return sum;
}

static void
nobody_waits_when_standard_error_is_full(void)
{
	unsigned long before = log_dropped();
	int64_t slowest = 0;
	pthread_t reader;
	static char text[TEXT_MAX];

	catch_start();
	open_log(&plain);
	for (unsigned i = 0; i < 5000; i++) {
		int64_t start = clock_monotonic();

		log_say(LOG_LEVEL_INFO, "test", "%0200u", i);
		if (clock_monotonic() - start > slowest)
			slowest = clock_monotonic() - start;
	}
	CHECK(log_dropped() > before);
	tap_case("the slowest of 5000 took %lld us",
	    (long long)(slowest / 1000));
	CHECK(slowest < 200000000);

	/* Once somebody reads, the next line tells how many are missing. */
	if (pthread_create(&reader, NULL, read_later, text) != 0)
		tap_bail("no thread");
	int64_t deadline = clock_monotonic() + 5000000000;
	unsigned long dropped;
	do {
		dropped = log_dropped();
		log_say(LOG_LEVEL_INFO, "test", "after");
		poll(NULL, 0, 1);
	} while (log_dropped() != dropped && clock_monotonic() < deadline);
	log_close();
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	pthread_join(reader, NULL);
	close(caught);
	CHECK_INT(sum_dropped(text), log_dropped() - before);
}

static void
the_journal_gets_priorities_and_no_time(void)
{
	struct stat status;
	char stream[64];

	catch_start();
	fstat(STDERR_FILENO, &status);
	snprintf(stream, sizeof(stream), "%llu:%llu",
	    (unsigned long long)status.st_dev,
	    (unsigned long long)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	open_log(&plain);
	log_say(LOG_LEVEL_WARNING, "test", "one");
	log_close();
	CHECK_STR(catch_end(), "<4>event=test text=\"one\"\n");

	catch_start();
	setenv("JOURNAL_STREAM", "1:1", 1);
	open_log(&plain);
	log_say(LOG_LEVEL_WARNING, "test", "one");
	log_close();
	unsetenv("JOURNAL_STREAM");
	tap_case("a journal that is not where our standard error goes");
	CHECK_STR(after_time(catch_end()), "warning event=test text=\"one\"\n");
}

static int
syslog_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval patience = { .tv_sec = 5 };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (descriptor < 0 ||
	    bind(descriptor, (const struct sockaddr *)&address,
		sizeof(address)) != 0)
		tap_bail("%s: %s", path, strerror(errno));
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	return descriptor;
}

static void
syslog_gets_datagrams_also_after_it_was_away(void)
{
	char directory[] = "/tmp/mtaguard-log-XXXXXX";
	char path[64], text[LOG_LINE_MAX], want[128];
	struct log_options options = { .name = "mtaguardd",
		.level = LOG_LEVEL_INFO,
		.target = LOG_TARGET_SYSLOG,
		.socket = path };

	if (mkdtemp(directory) == NULL)
		tap_bail("%s: %s", directory, strerror(errno));
	snprintf(path, sizeof(path), "%s/log", directory);
	open_log(&options);
	log_say(LOG_LEVEL_ERROR, "test", "nobody is there yet");
	for (unsigned round = 0; round < 2; round++) {
		int listener = syslog_listen(path);

		log_say(LOG_LEVEL_INFO, "test", "round %u", round);
		for (unsigned line = 0; line < 2 - round; line++) {
			ssize_t got = recv(listener, text, sizeof(text) - 1, 0);
			text[got > 0 ? got : 0] = '\0';
		}
		tap_case("%s", text);
		/* <22>Nov 20 10:00:00 mtaguardd[123]: */
		CHECK(strncmp(text, "<22>", 4) == 0);
		snprintf(want, sizeof(want),
		    " mtaguardd[%ld]: event=test text=\"round %u\"",
		    (long)getpid(), round);
		CHECK_STR(strlen(text) > 19 ? text + 19 : "", want);
		close(listener);
		unlink(path);
	}
	log_close();
	rmdir(directory);
}

static void
without_a_writer_lines_are_written_at_once(void)
{
	catch_start();
	log_say(LOG_LEVEL_WARNING, "test", "early");
	log_say(LOG_LEVEL_DEBUG, "test", "not wanted");
	CHECK_STR(after_time(catch_end()),
	    "warning event=test text=\"early\"\n");
}

static void
a_second_writer_is_refused(void)
{
	struct error error;

	open_log(&plain);
	CHECK(!log_open(&plain, &error));
	CHECK_STR(error.text, "the log is open already");
	log_close();
	log_close();
}

/* Last: it leaves a writer behind. */
static void
closing_ends_though_nobody_reads(void)
{
	int64_t start = clock_monotonic();

	catch_start();
	open_log(&plain);
	for (unsigned i = 0; i < 1000; i++)
		log_say(LOG_LEVEL_INFO, "test", "%0200u", i);
	log_close();
	CHECK(clock_monotonic() - start < 4000000000);
	dup2(stderr_before, STDERR_FILENO);
	close(caught);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_line_has_keys_in_order_and_escaped_values),
	TAP_TEST(a_sentence_is_readable_and_stays_one_line),
	TAP_TEST(levels_are_heeded),
	TAP_TEST(json_lines_are_json),
	TAP_TEST(long_values_are_cut_and_leave_room_for_others),
	TAP_TEST(lines_of_a_thread_stay_in_order_and_whole),
	TAP_TEST(nobody_waits_when_standard_error_is_full),
	TAP_TEST(the_journal_gets_priorities_and_no_time),
	TAP_TEST(syslog_gets_datagrams_also_after_it_was_away),
	TAP_TEST(without_a_writer_lines_are_written_at_once),
	TAP_TEST(a_second_writer_is_refused),
	TAP_TEST(closing_ends_though_nobody_reads),
};

int
main(void)
{
	unsetenv("JOURNAL_STREAM");
	return TAP_RUN(tests);
}
