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

/*
 * Runs smfi_main() in a thread of its own. libmilter waits there for SIGHUP,
 * SIGTERM and SIGINT to stop itself; the calling thread, if it is the main
 * one, gets them first as long as it handles them and does not block them.
 */
bool milter_start(struct error *error);

/* Whether the thread still serves. */
bool milter_running(void);

/* Negotiates with our own socket, for readiness and the watchdog; takes at
 * most the given milliseconds. */
bool milter_answers(unsigned milliseconds, struct error *error);

/*
 * Unlinks, lets running decisions end for at most half a second; none begins
 * after it, so that the policy can be freed and the log closed. Open sessions
 * have their recipients deferred until the process ends, and end with it:
 * libmilter cannot drain. Just before the end of the process.
 */
void milter_stop(void);

#endif
