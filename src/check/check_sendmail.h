/*
 * check_sendmail.h - what the checks of Sendmail share.
 */
#ifndef CHECK_CHECK_SENDMAIL_H
#define CHECK_CHECK_SENDMAIL_H

#include "check/check.h"
#include "mta/sendmail.h"
#include "mta/sendmail_relay.h"

enum {
	CHECK_SENDMAIL = 1u << MTA_SENDMAIL,
};

/* The model; NULL: there is none, which the check has said. */
const struct sendmail *check_sendmail_model(struct check_run *run);

/* A text for a finding, in the arena of the run. */
const char *check_sendmail_text(struct check_run *run, struct str text);

/* "203.0.113" or "203.0.113.0/24": a network as it is written, and is. */
const char *check_sendmail_block(struct check_run *run,
    const struct sendmail_opening *opening);

#endif
