/*
 * audit.h - the log line of a decision, and the summing up of floods.
 *
 * One decision, one line: refusals at info, passes at debug. Of many
 * refusals to one client within a minute only the first lines are written,
 * and then their number.
 */
#ifndef SERVE_AUDIT_H
#define SERVE_AUDIT_H

#include "policy/decision.h"
#include "policy/request.h"

/*
 * event=decision: writes verdict= ip= port= rule= cause= rcpt= from= helo=
 * login= id= mode= policy= in this order. Never waits, no heap; from any
 * thread.
 */
void audit_decision(const struct request *request,
    const struct decision *decision, unsigned long generation);

/* event=malformed: ip= reason=, of a request that was not judged. */
void audit_malformed(struct str client, const char *reason);

/*
 * event=flood: ip= summed=, the lines about a client that were not written,
 * for each flood that has ended; to be called about once a second.
 */
void audit_tick(int64_t now);

#endif
