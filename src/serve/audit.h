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
 * Writes the line: verdict= ip= port= rule= cause= rcpt= from= helo= login=
 * id= mode= policy= in this order. Never waits, no heap; from any thread.
 */
void audit_decision(const struct request *request,
    const struct decision *decision, unsigned long generation);

/* A request that was not judged, with the reason. */
void audit_malformed(struct str client, const char *reason);

/* Writes the sums of floods that have ended; about once a second. */
void audit_tick(int64_t now);

#endif
