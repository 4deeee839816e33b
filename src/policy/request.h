/*
 * request.h - what the engine is asked: a session, and what only the asking
 * protocol knows.
 *
 * Filled by serve/attr.c from a policy request and by serve/milter.c from
 * callbacks and macros; by explain and by tests from either.
 */
#ifndef POLICY_REQUEST_H
#define POLICY_REQUEST_H

#include "base/str.h"
#include "mail/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum request_protocol {
	REQUEST_POLICY, /* the MTA can be asked to judge the destination */
	REQUEST_MILTER, /* it cannot: its macros say what it made of it */
};

/* Which MTA wrote the macros of a milter request. */
enum request_mta {
	REQUEST_MTA_UNKNOWN,
	REQUEST_MTA_POSTFIX,
	REQUEST_MTA_SENDMAIL,
};

struct request {
	enum request_protocol protocol;
	struct session session;
	int64_t now; /* seconds since 1970, set by the front end */
	enum request_mta mta;
	struct str rcpt_mailer;    /* {rcpt_mailer}; empty: not told */
	struct str rcpt_host;      /* {rcpt_host} */
	struct str rcpt_addr;      /* {rcpt_addr} */
	bool macros;               /* whether {rcpt_mailer} was told at all */
	struct str policy_context; /* of check_policy_service */
};

/*
 * The facts that a grant may ask for, and which protocol carries them: the
 * one table of what a front end cannot say.
 */
enum request_fact {
	REQUEST_CLIENT,
	REQUEST_SENDER,
	REQUEST_RECIPIENT,
	REQUEST_PORT,
	REQUEST_LOGIN,
	REQUEST_TLS,
	REQUEST_CERTIFICATE,
	REQUEST_FACTS,
};

struct request_fact_row {
	const char *name;   /* of the fact, for messages */
	bool policy;        /* whether the policy protocol carries it */
	bool milter;        /* whether the milter protocol does */
	const char *reason; /* why not, where one does not */
};

extern const struct request_fact_row request_facts[REQUEST_FACTS];

#endif
