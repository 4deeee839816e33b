/*
 * buf.h - text being written into memory of a fixed size.
 *
 * Nothing is ever written past the end. What does not fit is left out and
 * remembered, so that a writer checks once, at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t capacity;
	size_t length;
	bool full; /* something did not fit */
};

/* A buf over an array; the array outlives it. */
#define BUF(array) ((struct buf){ .data = (array), .capacity = sizeof(array) })

void buf_add(struct buf *buf, struct str text);

static inline void
buf_add_char(struct buf *buf, char c)
{
	if (buf->length < buf->capacity)
		buf->data[buf->length++] = c;
	else
		buf->full = true;
}

void buf_add_number(struct buf *buf, unsigned long number);
void buf_print(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Adds text so that it stays one word of printable ASCII: bytes outside 0x21
 * to 0x7e and the backslash become \xNN.
 */
void buf_add_escaped(struct buf *buf, struct str text);

/* Whether buf_add_escaped() would add the text as it is. */
bool buf_is_plain(struct str text);

/* The same as the inside of a JSON string; invalid UTF-8 becomes \u00NN. */
void buf_add_json(struct buf *buf, struct str text);

/* What was written so far; lives as long as the memory. */
static inline struct str
buf_str(const struct buf *buf)
{
	return (struct str){ buf->data, buf->length };
}

#endif
