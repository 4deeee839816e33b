/*
 * outbox.c - replies until the peer has taken them.
 */
#include "serve/outbox.h"

#include <errno.h>
#include <unistd.h>

void
outbox_init(struct outbox *outbox)
{
	outbox->length = 0;
	outbox->written = 0;
}

bool
outbox_has_room(const struct outbox *outbox)
{
	return sizeof(outbox->bytes) - outbox->length >= ATTR_REPLY_MAX;
}

void
outbox_add(struct outbox *outbox, const struct decision *decision)
{
	struct buf reply = {
		.data = outbox->bytes + outbox->length,
		.capacity = sizeof(outbox->bytes) - outbox->length,
	};

	attr_print(decision, &reply);
	outbox->length += reply.length;
}

enum outbox_result
outbox_flush(struct outbox *outbox, int descriptor)
{
	while (outbox->written < outbox->length) {
		ssize_t sent =
		    write(descriptor, outbox->bytes + outbox->written,
			outbox->length - outbox->written);

		if (sent >= 0)
			outbox->written += (size_t)sent;
		else if (errno != EINTR)
			return errno == EAGAIN ? OUTBOX_LATER : OUTBOX_FAILED;
	}
	outbox_init(outbox);
	return OUTBOX_EMPTY;
}
