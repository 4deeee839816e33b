/*
 * recorded.h - configurations of Postfix, sessions, and what the real Postfix
 * said to each: tests/data/postfix-verdicts.
 *
 * A case is a directory with the files of /etc/postfix, and "case", lines of
 * a word and what it is about:
 *
 *	vectors NAME          the sessions: ../vectors/NAME.tsv
 *	interfaces LIST       of the host, as for --interfaces
 *	dns NAME TYPE VALUE   beside what ../dns says
 *	verdicts LETTERS      one for each session: Accept, Reject, Defer,
 *	                      X nobody listens, F smtpd did not start,
 *	                      H the connection was dropped
 *	classes LETTERS       of the recipient: local, alias, virtual, relay,
 *	                      default, error, - unknown; a capital: it is routed
 */
#ifndef TESTS_LIB_RECORDED_H
#define TESTS_LIB_RECORDED_H

#include "base/arena.h"
#include "base/host.h"
#include "base/str.h"
#include "mail/session.h"
#include "mta/mta.h"
#include "mta/postfix.h"
#include "mta/restrictions.h"

#include <stdbool.h>
#include <stddef.h>

struct recorded_session {
	struct str id;
	struct session session;
	char verdict;
	char class;
};

struct recorded {
	struct arena *arena; /* owns all */
	const char *name;
	const struct postfix *postfix;
	const struct postfix_listener *listeners;
	size_t listener_count;
	struct mta_host host;
	struct host network;
	const struct recorded_session *sessions;
	size_t count;
	struct restrictions_guard guard;
	struct restrictions_resolver resolver;
};

/* Reads a case; bails out if it is none. To be freed. */
struct recorded *recorded_read(const char *directory);
void recorded_free(struct recorded *recorded);

/* The smtpd that a session reaches; NULL: nobody listens there. */
const struct postfix_listener *recorded_listener(const struct recorded
						     *recorded,
    const struct session *session);

/* The names of all cases in a directory, sorted; ends with NULL. */
const char **recorded_cases(const char *directory, struct arena *arena);

#endif
