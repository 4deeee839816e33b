/*
 * outbox.h - replies until the peer has taken them.
 */
#ifndef SERVE_OUTBOX_H
#define SERVE_OUTBOX_H

#include "policy/decision.h"
#include "serve/attr.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	OUTBOX_SIZE = 4 * ATTR_REPLY_MAX,
};

struct outbox {
	size_t length;
	size_t written;
	char bytes[OUTBOX_SIZE];
};

enum outbox_result {
	OUTBOX_EMPTY, /* all is written */
	OUTBOX_LATER, /* the peer takes no more now */
	OUTBOX_FAILED,
};

/* Leaves the memory for replies untouched. */
void outbox_init(struct outbox *outbox);

/* Whether one more reply fits, whatever it says. */
bool outbox_has_room(const struct outbox *outbox);

/* Adds the reply for a decision; there must be room. */
void outbox_add(struct outbox *outbox, const struct decision *decision);

/* Writes all that the peer takes, with one write(2) if it takes all. */
enum outbox_result outbox_flush(struct outbox *outbox, int descriptor);

#endif
