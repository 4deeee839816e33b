/*
 * attr.h - Postfix's policy-delegation protocol: reading requests, printing
 * actions.
 *
 * The one place that knows this protocol (SMTPD_POLICY_README; Postfix
 * src/util/attr_scan_plain.c, src/smtpd/smtpd_check.c). It includes no
 * header of any library, so that explain and replay read requests with it.
 */
#ifndef SERVE_ATTR_H
#define SERVE_ATTR_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "policy/decision.h"
#include "policy/request.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	ATTR_REQUEST_MAX = 64 * 1024, /* bytes of one request */
	ATTR_LINE_MAX = 16 * 1024,    /* bytes of one line */
	ATTR_COUNT_MAX = 128,         /* attributes of one request */
	ATTR_REPLY_MAX = 512,         /* bytes of one reply, with its end */
};

enum attr_result {
	ATTR_DONE, /* a whole request was read */
	ATTR_MORE, /* the input ends inside a request */
	ATTR_BAD,  /* a whole request was read that must not be judged */
	ATTR_OVER, /* over a limit: skip to its blank line, then refuse */
};

/* How far a request that has come in part was searched for its end. */
struct attr_state {
	size_t searched;
};

/*
 * Reads the request at the start of input: lines "name=value" up to an empty
 * line; LF ends a line, CRLF is tolerated. With DONE and BAD, used is the
 * length of the request with its blank line. The request borrows from the
 * input. BAD (the error says why, for the log): no or another "request"
 * attribute, a known attribute twice, a line without "=", a NUL. The state
 * is zero for a new request and kept while the answer is MORE and the same
 * bytes, with more behind them, come again.
 *
 * Unknown attributes are ignored. A client_address that is not an address
 * is SESSION_CLIENT_UNKNOWN.
 */
enum attr_result attr_parse(struct attr_state *state, struct str input,
    size_t *used, struct request *request, struct error *error);

/*
 * Looks for the end of a request over the limits. True: used is the length
 * with its blank line. False: all of input can be thrown away but its last
 * byte(s), used tells how much.
 */
bool attr_skip(struct str input, size_t *used);

/*
 * Prints "action=...\n\n": one of three words of our own, or a code of 4xx or
 * 5xx and a sentence, which is asserted. Never an empty or all-digit action,
 * OK, RELAY or permit. decision->observe turns refusals into DUNNO, and the
 * question to the MTA into warn_if_reject. The reply has room for
 * ATTR_REPLY_MAX bytes.
 */
void attr_print(const struct decision *decision, struct buf *reply);

/* The decision for a request that must not be judged: 451 4.3.0. */
void attr_refuse(struct decision *decision);

#endif
