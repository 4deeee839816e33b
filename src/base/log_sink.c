/*
 * log_sink.c - where the lines of the log end: standard error or syslog.
 */
#include "base/log_sink.h"

#include <errno.h>
#include <paths.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static const struct {
	int priority;
	const char *name;
} levels[] = {
	[LOG_LEVEL_ERROR] = { .priority = LOG_ERR, .name = "error" },
	[LOG_LEVEL_WARNING] = { .priority = LOG_WARNING, .name = "warning" },
	[LOG_LEVEL_INFO] = { .priority = LOG_INFO, .name = "info" },
	[LOG_LEVEL_DEBUG] = { .priority = LOG_DEBUG, .name = "debug" },
};

/*
 * Whether our standard error goes to the journal: the variable alone may be
 * inherited by a process whose standard error was turned elsewhere.
 */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char ours[64];

	if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
		return false;
	snprintf(ours, sizeof(ours), "%llu:%llu",
	    (unsigned long long)status.st_dev,
	    (unsigned long long)status.st_ino);
	return strcmp(stream, ours) == 0;
}

void
log_sink_open(struct log_sink *sink, const struct log_options *options)
{
	*sink = (struct log_sink){ .options = *options, .descriptor = -1 };
	sink->journal = is_journal();
}

void
log_sink_close(struct log_sink *sink)
{
	if (sink->descriptor >= 0)
		close(sink->descriptor);
	sink->descriptor = -1;
}

/* The second is the same for many lines, and costs as much as all else. */
static void
add_time(struct log_sink *sink, struct buf *buf, int64_t milliseconds)
{
	time_t second = (time_t)(milliseconds / 1000);
	unsigned rest = (unsigned)(milliseconds % 1000);
	struct tm parts;

	if (second != sink->second || sink->second_text[0] == '\0') {
		gmtime_r(&second, &parts);
		strftime(sink->second_text, sizeof(sink->second_text),
		    "%Y-%m-%dT%H:%M:%S.", &parts);
		sink->second = second;
	}
	buf_add(buf, str_from(sink->second_text));
	buf_add_char(buf, (char)('0' + rest / 100));
	buf_add_char(buf, (char)('0' + rest / 10 % 10));
	buf_add_char(buf, (char)('0' + rest % 10));
	buf_add_char(buf, 'Z');
}

/* What comes before a line on standard error; the rest of the line. */
static struct str
frame_stderr(struct log_sink *sink, const struct log_record *record,
    struct buf *buf)
{
	struct str line = { record->bytes, record->length };

	if (sink->journal) {
		buf_add_char(buf, '<');
		buf_add_number(buf,
		    (unsigned long)levels[record->level].priority);
		buf_add_char(buf, '>');
	} else if (record->format == LOG_FORMAT_TEXT) {
		add_time(sink, buf, record->time);
		buf_add_char(buf, ' ');
		buf_add(buf, str_from(levels[record->level].name));
		buf_add_char(buf, ' ');
	} else {
		buf_add(buf, STR("{\"time\":\""));
		add_time(sink, buf, record->time);
		buf_add(buf, STR("\","));
		line = str_slice(line, 1, line.length);
	}
	return line;
}

/* The same for syslog, in the form that syslog(3) uses (RFC 3164). */
static void
frame_syslog(const struct log_sink *sink, const struct log_record *record,
    struct buf *buf)
{
	/* The months must not be those of a locale. */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(record->time / 1000);
	struct tm parts;

	localtime_r(&seconds, &parts);
	buf_print(buf, "<%d>%.3s %2d %02d:%02d:%02d %s[%ld]: ",
	    LOG_MAIL | levels[record->level].priority,
	    months + 3 * parts.tm_mon, parts.tm_mday, parts.tm_hour,
	    parts.tm_min, parts.tm_sec, sink->options.name, (long)getpid());
}

bool
log_sink_add(struct log_sink *sink, const struct log_record *record)
{
	struct str line = { record->bytes, record->length };
	struct buf buf = { .data = sink->bytes,
		.capacity = sizeof(sink->bytes),
		.length = sink->length };

	switch (sink->options.target) {
	case LOG_TARGET_STDERR:
		line = frame_stderr(sink, record, &buf);
		buf_add(&buf, line);
		buf_add_char(&buf, '\n');
		break;
	case LOG_TARGET_SYSLOG:
		/* A datagram is one line. */
		if (sink->length > 0)
			return false;
		frame_syslog(sink, record, &buf);
		buf_add(&buf, line);
		break;
	}
	if (buf.full)
		return false;
	sink->length = buf.length;
	return true;
}

static void
syslog_connect(struct log_sink *sink)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = sink->options.socket;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    path != NULL ? path : _PATH_LOG);
	sink->descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sink->descriptor >= 0 &&
	    connect(sink->descriptor, (const struct sockaddr *)&address,
		sizeof(address)) != 0)
		log_sink_close(sink);
}

static bool
flush_syslog(struct log_sink *sink, int milliseconds)
{
	if (sink->descriptor < 0)
		syslog_connect(sink);
	if (sink->descriptor < 0) {
		poll(NULL, 0, milliseconds);
		return false;
	}

	struct pollfd ready = { .fd = sink->descriptor, .events = POLLOUT };
	if (poll(&ready, 1, milliseconds) <= 0)
		return false;
	ssize_t sent = send(sink->descriptor, sink->bytes, sink->length,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno == EMSGSIZE)
		return true;
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		/* The other side has gone; another may come. */
		log_sink_close(sink);
		poll(NULL, 0, milliseconds);
	}
	return sent >= 0;
}

static bool
flush_stderr(struct log_sink *sink, int milliseconds)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };

	while (sink->start < sink->length) {
		if (poll(&ready, 1, milliseconds) <= 0)
			return false;
		/* No more than a ready pipe takes at once: PIPE_BUF. */
		ssize_t written = write(STDERR_FILENO,
		    sink->bytes + sink->start, sink->length - sink->start);
		if (written < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (written < 0)
			return true;
		sink->start += (size_t)written;
	}
	return true;
}

bool
log_sink_flush(struct log_sink *sink, int milliseconds)
{
	bool done = true;

	if (sink->length == 0)
		return true;
	switch (sink->options.target) {
	case LOG_TARGET_STDERR:
		done = flush_stderr(sink, milliseconds);
		break;
	case LOG_TARGET_SYSLOG:
		done = flush_syslog(sink, milliseconds);
		break;
	}
	if (done)
		sink->start = sink->length = 0;
	return done;
}
