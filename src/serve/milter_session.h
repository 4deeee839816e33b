/*
 * milter_session.h - what one milter session has been told so far.
 *
 * Callbacks and macros come one by one; a request is put together from them
 * at each RCPT. What has to live from one callback to the next is copied into
 * memory of fixed size, taken when the session starts, so that a decision
 * needs no heap. Text that is longer than its place is not cut: the session
 * or the transaction that it belongs to cannot be judged.
 *
 * Knows nothing of libmilter: macros come through a function.
 */
#ifndef SERVE_MILTER_SESSION_H
#define SERVE_MILTER_SESSION_H

#include "base/error.h"
#include "policy/policy.h"
#include "policy/request.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* The macros that we ask the MTA for, and read. */
enum milter_macro {
	MILTER_V, /* "Postfix 3.7.11", "8.17.1": which MTA */
	MILTER_CLIENT_ADDR,
	MILTER_CLIENT_NAME,
	MILTER_CLIENT_PTR,
	MILTER_CLIENT_RESOLVE,
	MILTER_DAEMON_PORT,
	MILTER_TLS_VERSION,
	MILTER_CIPHER,
	MILTER_AUTH_TYPE,
	MILTER_AUTH_AUTHEN,
	MILTER_QUEUE_ID,
	MILTER_RCPT_MAILER,
	MILTER_RCPT_HOST,
	MILTER_RCPT_ADDR,
	MILTER_MACROS,
};

/* How a macro's value is found; NULL: not told. */
struct milter_macros {
	const char *(*get)(void *pointer, enum milter_macro macro);
	void *pointer;
};

struct milter_session;

/* NULL without memory. */
struct milter_session *milter_session_new(void);
void milter_session_free(struct milter_session *session);

/*
 * A connection: all that was known before is forgotten. Without an address,
 * the session is one of a program of this host if the macros say so (sendmail
 * -bs), and else one of an unknown client.
 */
void milter_session_connect(struct milter_session *session,
    const struct sockaddr *address, const struct milter_macros *macros);

/* HELO or EHLO; again after STARTTLS. Ends a transaction. */
void milter_session_helo(struct milter_session *session, const char *helo,
    const struct milter_macros *macros);

/* A transaction begins: sender is the argument of MAIL, verbatim. */
void milter_session_mail(struct milter_session *session, const char *sender,
    const struct milter_macros *macros);

/* The transaction ends, if there is one; the connection goes on. */
void milter_session_reset(struct milter_session *session);

/*
 * The request to judge at RCPT; it borrows recipient, macros and session.
 * NULL and an error, for the log, if it must not be judged.
 */
const struct request *milter_session_rcpt(struct milter_session *session,
    const char *recipient, const struct milter_macros *macros, int64_t now,
    struct error *error);

/*
 * Whether the MTA has itself refused the recipient of a request: such are
 * told for statistics only, and the answer is not listened to.
 */
bool milter_session_refused(const struct request *request);

/* What is known of the client, for the log. */
struct str milter_session_client(const struct milter_session *session);

/* The session's own, for its decisions. */
struct policy_scratch *milter_session_scratch(struct milter_session *session);

#endif
