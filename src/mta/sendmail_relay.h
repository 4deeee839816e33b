/*
 * sendmail_relay.h - who may relay what through a Sendmail, as its rules say.
 *
 * The rule sets that judge a recipient (check_rcpt and what it calls) are
 * written by Sendmail's own m4 files, feature by feature; so each rule that
 * lets a recipient pass is known by its text, and what it opens by the
 * classes and maps that it asks. A rule that nobody knows is told as such: it
 * may open anything.
 *
 * What is meant for this host itself (its own names, local users, loopback)
 * is no opening.
 */
#ifndef MTA_SENDMAIL_RELAY_H
#define MTA_SENDMAIL_RELAY_H

#include "base/arena.h"
#include "base/netblock.h"
#include "base/place.h"
#include "base/str.h"
#include "mta/sendmail.h"

#include <stdbool.h>
#include <stddef.h>

enum sendmail_who {
	SENDMAIL_ANYONE,
	SENDMAIL_FORGER,      /* whoever writes a sender that is trusted */
	SENDMAIL_NETWORK,     /* clients in block */
	SENDMAIL_NAMES,       /* clients with a verified name, value */
	SENDMAIL_LOGIN,       /* who logs in, with the mechanism value */
	SENDMAIL_CERTIFICATE, /* who has one of the issuer or subject value */
};

enum sendmail_where {
	SENDMAIL_ANYWHERE,
	SENDMAIL_DOMAIN,  /* value */
	SENDMAIL_ADDRESS, /* value */
	SENDMAIL_MX,      /* every domain with an MX that is this host */
	SENDMAIL_ROUTED,  /* whatever u%anywhere@value is routed to */
};

/* What has opened it: FEATURE() or file, as sendmail.mc names it. */
enum sendmail_knob {
	SENDMAIL_KNOB_RULES,      /* check_rcpt refuses nobody */
	SENDMAIL_KNOB_LOCAL_RULE, /* Local_check_rcpt, Local_Relay_Auth */
	SENDMAIL_KNOB_DEFERRED,   /* DeliveryMode=deferred */
	SENDMAIL_KNOB_RELAY_DOMAIN,
	SENDMAIL_KNOB_OWN_NAME,
	SENDMAIL_KNOB_ENTIRE_DOMAIN,
	SENDMAIL_KNOB_ACCESS,
	SENDMAIL_KNOB_BASED_ON_MX,
	SENDMAIL_KNOB_LOCAL_FROM,
	SENDMAIL_KNOB_MAIL_FROM,
	SENDMAIL_KNOB_LOOSE,
	SENDMAIL_KNOB_AUTH,
	SENDMAIL_KNOB_TLS,
};

struct sendmail_opening {
	const struct sendmail_opening *next;
	enum sendmail_knob knob;
	enum sendmail_who who;
	enum sendmail_where where;
	struct str value;
	bool below; /* and what is below the name or domain */
	/* The name or domain has one label, so it is half of the world. */
	bool top_level;
	struct netblock block;
	struct place place;
};

struct sendmail_doubt {
	const struct sendmail_doubt *next;
	const char *text; /* what is not known, and what it may open */
	struct place place;
};

struct sendmail_relay {
	const struct sendmail_opening *openings;
	const struct sendmail_doubt *doubts;
};

void sendmail_relay_read(const struct sendmail *sendmail, struct arena *arena,
    struct sendmail_relay *relay);

/* "FEATURE(`promiscuous_relay')" and the like, for a person. */
const char *sendmail_knob_name(enum sendmail_knob knob);

/* Whether strangers, whom nobody has named, may send anywhere by it. */
bool sendmail_opening_is_open(const struct sendmail_opening *opening);

#endif
