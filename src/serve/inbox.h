/*
 * inbox.h - the bytes that a peer has sent and that are not judged yet.
 *
 * Small for most requests. For a long one it is made large, once, and small
 * again when that is judged; of large ones there are only so many at a time.
 */
#ifndef SERVE_INBOX_H
#define SERVE_INBOX_H

#include "base/str.h"
#include "serve/attr.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	INBOX_SMALL = 8 * 1024,
	INBOX_LARGE = ATTR_REQUEST_MAX,
	INBOX_LARGE_MOST = 128,
};

struct inbox {
	char *bytes; /* small, or a large buffer */
	size_t capacity;
	size_t first; /* of the bytes that are not judged */
	size_t last;
	size_t *large_count; /* shared by all that share the limit */
	char small[INBOX_SMALL];
};

enum inbox_result {
	INBOX_READ,
	INBOX_NOTHING, /* now */
	INBOX_END,     /* and never more */
	INBOX_FAILED,
};

/* Leaves the memory for small requests untouched. */
void inbox_init(struct inbox *inbox, size_t *large_count);
void inbox_free(struct inbox *inbox);

/* Calls read(2) once, for as much as there is room. */
enum inbox_result inbox_read(struct inbox *inbox, int descriptor);

/* What is not judged; lives until the inbox is changed. */
struct str inbox_text(const struct inbox *inbox);

/* Forgets the first bytes. */
void inbox_consume(struct inbox *inbox, size_t length);

/* Makes room behind the bytes; to be called when none can be consumed. */
void inbox_compact(struct inbox *inbox);

/*
 * Whether there is room, or comes to be with inbox_compact(). If not, makes
 * the inbox large; false if it may not be made larger.
 */
bool inbox_make_room(struct inbox *inbox);

#endif
