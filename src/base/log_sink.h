/*
 * log_sink.h - where the lines of the log end: standard error or syslog.
 *
 * Used by the thread that writes, and by it alone: it may wait here.
 */
#ifndef BASE_LOG_SINK_H
#define BASE_LOG_SINK_H

#include "base/buf.h"
#include "base/log.h"
#include "base/log_ring.h"

#include <stdbool.h>
#include <stddef.h>

struct log_sink {
	struct log_options options;
	int descriptor; /* of syslog; -1: not connected */
	bool journal;   /* standard error is read by journald */
	char bytes[4096];
	size_t start; /* of what is to be written */
	size_t length;
	int64_t second; /* that second_text says */
	char second_text[32];
};

/* The strings of the options outlive the sink. */
void log_sink_open(struct log_sink *sink, const struct log_options *options);
void log_sink_close(struct log_sink *sink);

/* Adds a line to the batch; false: no room, so flush first. */
bool log_sink_add(struct log_sink *sink, const struct log_record *record);

/*
 * Writes the batch; false: not all could be written in about that time. What
 * can never be written is thrown away.
 */
bool log_sink_flush(struct log_sink *sink, int milliseconds);

#endif
