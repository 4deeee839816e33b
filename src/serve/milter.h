/*
 * milter.h - the Sendmail/Postfix milter over libmilter.
 */
#ifndef SERVE_MILTER_H
#define SERVE_MILTER_H

#include "base/error.h"
#include "policy/policy.h"
#include "serve/slot.h"

#include <stdbool.h>

/*
 * Makes libmilter listen at one address. libmilter has one socket a process,
 * so a second entry of listen.milter is an error.
 */
bool milter_open(struct slot *slot, const struct policy_listener *listener,
    struct error *error);

/* Runs smfi_main() in a thread of its own. */
bool milter_start(struct error *error);

/* Whether the thread still serves. */
bool milter_running(void);

/* Negotiates with our own socket, for readiness and the watchdog; takes at
 * most the given milliseconds. */
bool milter_answers(unsigned milliseconds, struct error *error);

/*
 * Unlinks, lets running callbacks end for at most half a second. Sessions
 * that are open are dropped: libmilter cannot drain.
 */
void milter_stop(void);

#endif
