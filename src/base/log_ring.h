/*
 * log_ring.h - lines of the log between those who write them and the one who
 * takes them out.
 *
 * A queue of fixed slots. Any number of threads put lines in without ever
 * waiting; one thread takes them out, in the order in which the slots were
 * taken.
 */
#ifndef BASE_LOG_RING_H
#define BASE_LOG_RING_H

#include "base/log.h"
#include "base/str.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_record {
	int64_t time; /* milliseconds since 1970 */
	enum log_level level;
	enum log_format format;
	size_t length;
	char bytes[LOG_LINE_MAX];
};

struct log_slot {
	/* Its turn: the position that may be put here, or, one more, that
	 * has been. */
	_Atomic size_t turn;
	struct log_record record;
};

struct log_ring {
	struct log_slot *slots;
	size_t mask;
	_Atomic size_t put;
	size_t taken; /* of the taking thread alone */
};

/* Makes a ring of a power of two of slots; false: no memory. */
bool log_ring_init(struct log_ring *ring, size_t slots);
void log_ring_free(struct log_ring *ring);

/* Copies a line in; false: the ring is full. */
bool log_ring_put(struct log_ring *ring, int64_t time, enum log_level level,
    enum log_format format, struct str line);

/* The oldest line, which stays in its slot until log_ring_next(), or NULL. */
const struct log_record *log_ring_first(struct log_ring *ring);
void log_ring_next(struct log_ring *ring);

#endif
