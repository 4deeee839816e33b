/*
 * inbox.c - the bytes that a peer has sent and that are not judged yet.
 */
#include "serve/inbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_large(const struct inbox *inbox)
{
	return inbox->bytes != inbox->small;
}

static void
become_small(struct inbox *inbox)
{
	free(inbox->bytes);
	inbox->bytes = inbox->small;
	inbox->capacity = sizeof(inbox->small);
	--*inbox->large_count;
}

void
inbox_init(struct inbox *inbox, size_t *large_count)
{
	inbox->bytes = inbox->small;
	inbox->capacity = sizeof(inbox->small);
	inbox->first = 0;
	inbox->last = 0;
	inbox->large_count = large_count;
}

void
inbox_free(struct inbox *inbox)
{
	if (is_large(inbox))
		become_small(inbox);
}

enum inbox_result
inbox_read(struct inbox *inbox, int descriptor)
{
	ssize_t got = read(descriptor, inbox->bytes + inbox->last,
	    inbox->capacity - inbox->last);

	if (got > 0) {
		inbox->last += (size_t)got;
		return INBOX_READ;
	}
	if (got == 0)
		return INBOX_END;
	return errno == EAGAIN || errno == EINTR ? INBOX_NOTHING : INBOX_FAILED;
}

struct str
inbox_text(const struct inbox *inbox)
{
	return (struct str){ inbox->bytes + inbox->first,
		inbox->last - inbox->first };
}

void
inbox_consume(struct inbox *inbox, size_t length)
{
	inbox->first += length;
}

void
inbox_compact(struct inbox *inbox)
{
	struct str left = inbox_text(inbox);

	/* Half of it, so that the next read does not make it large again. */
	if (is_large(inbox) && left.length <= INBOX_SMALL / 2) {
		memcpy(inbox->small, left.data, left.length);
		become_small(inbox);
	} else if (inbox->first > 0 && left.length > 0) {
		memmove(inbox->bytes, left.data, left.length);
	}
	inbox->first = 0;
	inbox->last = left.length;
}

bool
inbox_make_room(struct inbox *inbox)
{
	if (inbox->first > 0 || inbox->last < inbox->capacity)
		return true;
	if (is_large(inbox) || *inbox->large_count >= INBOX_LARGE_MOST)
		return false;

	char *bytes = malloc(INBOX_LARGE);
	if (bytes == NULL)
		return false;
	memcpy(bytes, inbox->bytes, inbox->last);
	inbox->bytes = bytes;
	inbox->capacity = INBOX_LARGE;
	++*inbox->large_count;
	return true;
}
