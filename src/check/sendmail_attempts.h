/*
 * sendmail_attempts.h - the attempts of a stranger at which the real Sendmail
 * is asked.
 */
#ifndef CHECK_SENDMAIL_ATTEMPTS_H
#define CHECK_SENDMAIL_ATTEMPTS_H

#include "base/arena.h"
#include "check/sendmail_replay.h"
#include "mta/sendmail_relay.h"

#include <stdbool.h>
#include <stddef.h>

struct sendmail_attempts {
	struct sendmail_question *questions;
	bool *forged; /* with a sender of this host */
	size_t count;
	bool asked;      /* each has a reply */
	const char *why; /* not asked: why */
};

/*
 * Recipients outside, plain and in each form that hides one, from senders
 * outside, of this host, and from none, of a client with and without a name.
 * Asks them all. False: they could not be asked.
 */
bool sendmail_attempts_make(const struct sendmail *sendmail,
    struct arena *arena, struct sendmail_attempts *attempts);

/* The address of a client whom no class or table names. */
struct address sendmail_stranger(const struct sendmail *sendmail,
    const struct sendmail_relay *relay);

/* A domain of this host: of class w, with a dot in it; else the host name. */
struct str sendmail_own_domain(const struct sendmail *sendmail);

#endif
