/*
 * sendmail_replay.h - ask the real Sendmail whom it lets relay.
 *
 * Its test mode (sendmail -C FILE -bt) runs the rule set that judges a
 * recipient as the daemon does, with the client and the sender that we set as
 * macros. One process answers all questions. It needs no rights beyond
 * reading, writes nothing and sends nothing.
 */
#ifndef CHECK_SENDMAIL_REPLAY_H
#define CHECK_SENDMAIL_REPLAY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/netblock.h"
#include "base/str.h"
#include "mta/sendmail.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SENDMAIL_REPLAY_DEADLINE = 5000, /* milliseconds, for all questions */
};

enum sendmail_reply {
	SENDMAIL_UNASKED,  /* it has not answered */
	SENDMAIL_REFUSES,  /* for good, or for now */
	SENDMAIL_DELIVERS, /* accepted, for a mailbox of this host */
	SENDMAIL_RELAYS,   /* accepted, for another host */
};

/* One session, and what came of it. */
struct sendmail_question {
	struct address client;
	struct str client_name; /* verified; empty: it has none */
	struct str login;       /* the mechanism; empty: nobody logged in */
	struct str sender;      /* empty: a bounce */
	struct str recipient;
	enum sendmail_reply reply; /* the answer */
};

/*
 * The program that would be started with a configuration: its path, in the
 * arena; NULL: it is not there, or may not be run.
 */
const char *sendmail_program(const struct mta_host *host, struct arena *arena);

/*
 * Asks all questions. False: it could not be asked, the error says why, and
 * every reply is SENDMAIL_UNASKED. A name with a dot at its end is not looked
 * up in DNS, and is judged as without the dot.
 */
bool sendmail_ask(const struct sendmail *sendmail,
    struct sendmail_question *questions, size_t count, struct arena *arena,
    struct error *error);

#endif
