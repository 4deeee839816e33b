/*
 * log.h - one event, one line; no caller ever waits for the log.
 *
 * A line is written into a bounded ring in memory; a thread of its own takes
 * lines out and writes them in batches. When the ring is full, the line is
 * counted and the next one that fits says dropped=N.
 *
 * Lines are event=NAME and then key=value in the order in which the caller
 * adds them, values escaped as buf_add_escaped() does; or one line of JSON. A
 * value that is too long ends in "...".
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>

enum {
	LOG_LINE_MAX = 2048, /* bytes of one line */
};

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

enum log_target {
	LOG_TARGET_STDERR, /* with <N> before it where journald reads */
	LOG_TARGET_SYSLOG, /* a datagram to /dev/log, facility mail */
};

struct log_options {
	const char *name; /* of the program */
	enum log_level level;
	enum log_format format;
	enum log_target target;
	const char *socket; /* of syslog; NULL: /dev/log */
};

/* One line while it is written; on the caller's stack. */
struct log_line {
	char bytes[LOG_LINE_MAX];
	struct buf buf;
	enum log_level level;
	enum log_format format;
};

/*
 * Starts the writer; the strings of the options outlive it. Before it, and
 * after log_close(), lines go to stderr.
 */
bool log_open(const struct log_options *options, struct error *error);

bool log_is_open(void);

/* Changes level and format of what follows; a reload may do so. */
void log_adjust(enum log_level level, enum log_format format);

/*
 * Waits at most half a second for what is in the ring, and ends the writer.
 * Other threads that log have ended before.
 */
void log_close(void);

/* False: lines of this level are not wanted; then add nothing. */
bool log_begin(struct log_line *line, enum log_level level, const char *event);
void log_add(struct log_line *line, const char *key, struct str value);
void log_add_text(struct log_line *line, const char *key, const char *value);
void log_add_number(struct log_line *line, const char *key,
    unsigned long value);
void log_end(struct log_line *line);

/*
 * A line with one key, text, for what happens once: starts, errors. It is a
 * sentence in double quotes, in which a quote becomes \", and bytes outside
 * 0x20 to 0x7e and the backslash become \xNN.
 */
void log_say(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Lines that did not fit since the start. */
unsigned long log_dropped(void);

#endif
