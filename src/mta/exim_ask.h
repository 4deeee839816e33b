/*
 * exim_ask.h - what the Exim of this host says of itself: exim -bP, exim -bh.
 *
 * Only where its programs may be run, with the configuration that was read,
 * within a deadline.
 */
#ifndef MTA_EXIM_ASK_H
#define MTA_EXIM_ASK_H

#include "base/arena.h"
#include "base/error.h"
#include "base/place.h"
#include "base/str.h"
#include "mta/exim.h"

#include <stdbool.h>

/* One session of a client that Exim has been asked about. */
struct exim_session {
	const char *client; /* an address */
	const char *const *senders;
	const char *const *recipients; /* both end in NULL; each sender is
					* tried with each recipient */
};

struct exim_verdict {
	bool accepted;                  /* a recipient and a message for it */
	const char *sender, *recipient; /* the first that was accepted */
	struct str statement;           /* "accept" */
	struct place place;             /* of that statement */
};

/* False: it could not be asked, or does not say. */
bool exim_ask_session(const struct exim *exim,
    const struct exim_session *session, struct arena *arena,
    struct exim_verdict *verdict, struct error *error);

#endif
