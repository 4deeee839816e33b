/*
 * milter_reply.h - a refusal in the words that the MTA passes to its client.
 */
#ifndef SERVE_MILTER_REPLY_H
#define SERVE_MILTER_REPLY_H

#include "base/str.h"
#include "policy/decision.h"

#include <stdbool.h>

enum {
	MILTER_REPLY_CODE = 4, /* "554", with its NUL; all alike */
	MILTER_REPLY_DSN = 16,
	/* Percent signs are doubled, and the MTA halves them again. */
	MILTER_REPLY_TEXT = 2 * DECISION_TEXT + 1,
};

/* Ready for smfi_setreply(), whose parameters are not const. */
struct milter_reply {
	char code[MILTER_REPLY_CODE];
	char dsn[MILTER_REPLY_DSN];
	char text[MILTER_REPLY_TEXT];
};

/*
 * Words a decision that refuses. The recipient stands before the text as the
 * client wrote it, in one pair of angle brackets; printable ASCII, and cut
 * short where both together would have more than DECISION_TEXT bytes, so that
 * the reason is always whole. Asserted: a code of 4xx or 5xx, with its DSN.
 */
void milter_reply_write(const struct decision *decision, struct str recipient,
    struct milter_reply *reply);

/* The decision for what cannot be judged: 451 4.3.0. */
void milter_reply_unjudged(struct decision *decision);

#endif
