/*
 * log.c - one event, one line; no caller ever waits for the log.
 */
#include "base/log.h"

#include "base/log_ring.h"
#include "base/log_sink.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	SLOTS = 1024,
	NAP = 10,      /* milliseconds between two batches */
	NAPS = 20,     /* without a line, before sleeping until woken */
	FLUSH = 100,   /* milliseconds; then look whether to end */
	CLOSING = 300, /* milliseconds for what is left, at the end */
	JOINING = 500, /* milliseconds, at most, that closing takes */
	RESERVE = 64,  /* bytes of a line for what ends it */
	TEXT_MAX = 1024,
};

static const struct str level_names[] = {
	[LOG_LEVEL_ERROR] = STR_INIT("error"),
	[LOG_LEVEL_WARNING] = STR_INIT("warning"),
	[LOG_LEVEL_INFO] = STR_INIT("info"),
	[LOG_LEVEL_DEBUG] = STR_INIT("debug"),
};

static struct {
	_Atomic unsigned level;
	_Atomic unsigned format;
	_Atomic unsigned long dropped;
	_Atomic unsigned long untold; /* of those, not yet told in a line */
	atomic_bool open;
	atomic_bool asleep;  /* the writer waits for the descriptor */
	_Atomic int64_t end; /* when the writer gives up; 0: never */
	int wake;
	pthread_t writer;
	bool stuck; /* a writer that would not end still runs */
	struct log_ring ring;
	struct log_sink sink;
} the_log = { .level = LOG_LEVEL_INFO, .format = LOG_FORMAT_TEXT };

static int64_t
now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void
wake(void)
{
	uint64_t one = 1;

	/* If it is full, the writer is awake already. */
	if (write(the_log.wake, &one, sizeof(one)) < 0)
		return;
}

static bool
time_is_up(void)
{
	int64_t end = atomic_load(&the_log.end);

	return end != 0 && now(CLOCK_MONOTONIC) >= end;
}

static bool
flush(void)
{
	while (!log_sink_flush(&the_log.sink, FLUSH))
		if (time_is_up())
			return false;
	return true;
}

/* Writes what is in the ring; false: nothing was. */
static bool
drain(void)
{
	const struct log_record *record;
	bool any = false;

	while ((record = log_ring_first(&the_log.ring)) != NULL) {
		any = true;
		if (!log_sink_add(&the_log.sink, record)) {
			if (!flush())
				return false;
			continue;
		}
		log_ring_next(&the_log.ring);
	}
	return flush() && any;
}

static void
nap(int milliseconds)
{
	struct pollfd ready = { .fd = the_log.wake, .events = POLLIN };
	uint64_t count;

	if (poll(&ready, 1, milliseconds) > 0 &&
	    read(the_log.wake, &count, sizeof(count)) < 0)
		return;
}

/*
 * While lines come, the writer looks every few milliseconds, so that those
 * who write need no system call to wake it.
 */
static void *
writer_main(void *unused)
{
	unsigned idle = 0;

	(void)unused;
	for (;;) {
		bool ending = atomic_load(&the_log.end) != 0;

		if (drain())
			idle = 0;
		else if (ending)
			return NULL;
		else if (idle < NAPS)
			idle++;
		if (idle < NAPS) {
			nap(ending ? 0 : NAP);
			continue;
		}
		/* Look again after saying so: a line may just have come. */
		atomic_exchange(&the_log.asleep, true);
		if (log_ring_first(&the_log.ring) == NULL &&
		    atomic_load(&the_log.end) == 0)
			nap(-1);
		atomic_store(&the_log.asleep, false);
	}
}

/* Starts the writer with every signal blocked: they belong to others. */
static int
writer_start(void)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&the_log.writer, NULL, writer_main, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failure;
}

bool
log_open(const struct log_options *options, struct error *error)
{
	if (atomic_load(&the_log.open) || the_log.stuck)
		return error_set(error, "the log is open already");
	log_adjust(options->level, options->format);
	the_log.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (the_log.wake < 0)
		return error_set(error, "eventfd: %s", strerror(errno));
	if (!log_ring_init(&the_log.ring, SLOTS)) {
		close(the_log.wake);
		return error_set(error, "no memory for the log");
	}
	log_sink_open(&the_log.sink, options);
	atomic_store(&the_log.end, 0);
	atomic_store(&the_log.asleep, false);

	int failure = writer_start();
	if (failure != 0) {
		log_ring_free(&the_log.ring);
		close(the_log.wake);
		return error_set(error, "thread of the log: %s",
		    strerror(failure));
	}
	atomic_store(&the_log.open, true);
	return true;
}

bool
log_is_open(void)
{
	return atomic_load(&the_log.open);
}

void
log_adjust(enum log_level level, enum log_format format)
{
	atomic_store(&the_log.level, level);
	atomic_store(&the_log.format, format);
}

void
log_close(void)
{
	struct timespec end;

	if (!atomic_exchange(&the_log.open, false))
		return;
	atomic_store(&the_log.end, now(CLOCK_MONOTONIC) + CLOSING);
	wake();

	/* A writer that waits in a write(2) is left behind, with its ring. */
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += JOINING * 1000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	if (pthread_timedjoin_np(the_log.writer, NULL, &end) != 0) {
		the_log.stuck = true;
		return;
	}
	log_sink_close(&the_log.sink);
	log_ring_free(&the_log.ring);
	close(the_log.wake);
}

bool
log_begin(struct log_line *line, enum log_level level, const char *event)
{
	if (level > atomic_load_explicit(&the_log.level, memory_order_relaxed))
		return false;
	line->level = level;
	line->format = (enum log_format)atomic_load_explicit(&the_log.format,
	    memory_order_relaxed);
	line->buf = (struct buf){ .data = line->bytes,
		.capacity = sizeof(line->bytes) - RESERVE };
	switch (line->format) {
	case LOG_FORMAT_TEXT:
		break;
	case LOG_FORMAT_JSON:
		buf_add(&line->buf, STR("{\"level\":\""));
		buf_add(&line->buf, level_names[level]);
		buf_add_char(&line->buf, '"');
		break;
	}
	log_add_text(line, "event", event);
	return true;
}

static void
add_key(struct log_line *line, const char *key)
{
	if (line->buf.length > 0)
		buf_add_char(&line->buf,
		    line->format == LOG_FORMAT_JSON ? ',' : ' ');
	if (line->format == LOG_FORMAT_JSON)
		buf_add_char(&line->buf, '"');
	buf_add(&line->buf, str_from(key));
	buf_add(&line->buf,
	    line->format == LOG_FORMAT_JSON ? STR("\":") : STR("="));
}

/* A sentence: only what would break the line or the quotes is escaped. */
static void
add_sentence(struct buf *buf, struct str text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.data[i];

		if (c == ' ')
			buf_add_char(buf, ' ');
		else if (c == '"')
			buf_add(buf, STR("\\\""));
		else
			buf_add_escaped(buf, str_slice(text, i, i + 1));
	}
}

/*
 * Adds a value, or as much of its start as fits into half of the room that is
 * left: a long value must not push out those after it, nor be cut inside of
 * an escape.
 */
static void
add_value(struct log_line *line, struct str value,
    void (*add)(struct buf *buf, struct str text))
{
	struct buf *whole = &line->buf;
	struct buf part = { .data = whole->data + whole->length,
		.capacity = (whole->capacity - whole->length) / 2 };
	struct str rest = value;

	add(&part, rest);
	while (part.full && rest.length > 0) {
		part.full = false;
		part.length = 0;
		rest.length /= 2;
		add(&part, rest);
	}
	whole->length += part.length;
	if (rest.length < value.length)
		buf_add(whole, STR("..."));
}

/*
 * Adds what needs no escape and fits by far, as nearly all does; false: it is
 * not so. A refusal has a dozen of these, and floods have thousands.
 */
static bool
add_plain(struct log_line *line, const char *key, struct str value)
{
	struct buf *buf = &line->buf;
	size_t length = strlen(key);
	size_t room = buf->capacity - buf->length;

	if (line->format != LOG_FORMAT_TEXT ||
	    room / 2 < length + value.length + 2 || !buf_is_plain(value))
		return false;
	char *at = buf->data + buf->length;
	if (buf->length > 0)
		*at++ = ' ';
	at = mempcpy(at, key, length);
	*at++ = '=';
	if (value.length > 0)
		at = mempcpy(at, value.data, value.length);
	buf->length = (size_t)(at - buf->data);
	return true;
}

void
log_add(struct log_line *line, const char *key, struct str value)
{
	size_t start = line->buf.length;

	if (add_plain(line, key, value))
		return;
	add_key(line, key);
	switch (line->format) {
	case LOG_FORMAT_TEXT:
		add_value(line, value, buf_add_escaped);
		break;
	case LOG_FORMAT_JSON:
		buf_add_char(&line->buf, '"');
		add_value(line, value, buf_add_json);
		buf_add_char(&line->buf, '"');
		break;
	}
	/* A key without its end would spoil the line. */
	if (line->buf.full) {
		line->buf.length = start;
		line->buf.full = false;
	}
}

void
log_add_text(struct log_line *line, const char *key, const char *value)
{
	log_add(line, key, str_from(value));
}

void
log_add_number(struct log_line *line, const char *key, unsigned long value)
{
	size_t start = line->buf.length;

	add_key(line, key);
	buf_add_number(&line->buf, value);
	if (line->buf.full) {
		line->buf.length = start;
		line->buf.full = false;
	}
}

/* Without a writer, what there is to say is said at once. */
static void
write_now(const struct log_line *line)
{
	const struct log_options options = { .target = LOG_TARGET_STDERR };
	struct log_record record = { .time = now(CLOCK_REALTIME),
		.level = line->level,
		.format = line->format,
		.length = line->buf.length };
	struct log_sink sink;

	memcpy(record.bytes, line->bytes, record.length);
	log_sink_open(&sink, &options);
	log_sink_add(&sink, &record);
	log_sink_flush(&sink, FLUSH);
}

void
log_end(struct log_line *line)
{
	unsigned long untold = atomic_exchange(&the_log.untold, 0);

	line->buf.capacity = sizeof(line->bytes);
	if (untold > 0)
		log_add_number(line, "dropped", untold);
	if (line->format == LOG_FORMAT_JSON)
		buf_add_char(&line->buf, '}');
	if (!atomic_load(&the_log.open)) {
		write_now(line);
		return;
	}
	if (!log_ring_put(&the_log.ring, now(CLOCK_REALTIME), line->level,
		line->format, buf_str(&line->buf))) {
		atomic_fetch_add(&the_log.dropped, 1);
		atomic_fetch_add(&the_log.untold, untold + 1);
		return;
	}
	/* An exchange on both sides: one of them sees what the other did. */
	if (atomic_exchange(&the_log.asleep, false))
		wake();
}

void
log_say(enum log_level level, const char *event, const char *format, ...)
{
	char text[TEXT_MAX];
	struct log_line line;
	va_list arguments;

	if (!log_begin(&line, level, event))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	add_key(&line, "text");
	buf_add_char(&line.buf, '"');
	switch (line.format) {
	case LOG_FORMAT_TEXT:
		add_value(&line, str_from(text), add_sentence);
		break;
	case LOG_FORMAT_JSON:
		add_value(&line, str_from(text), buf_add_json);
		break;
	}
	buf_add_char(&line.buf, '"');
	log_end(&line);
}

unsigned long
log_dropped(void)
{
	return atomic_load(&the_log.dropped);
}
