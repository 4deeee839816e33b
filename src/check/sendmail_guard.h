/*
 * sendmail_guard.h - our own guard, where Sendmail asks it.
 */
#ifndef CHECK_SENDMAIL_GUARD_H
#define CHECK_SENDMAIL_GUARD_H

#include "mta/sendmail.h"
#include "policy/policy.h"

#include <stdbool.h>

/*
 * Whether a filter is the guard: its socket is one on which the policy file
 * says that the guard's milter listens; without a policy (NULL), one below a
 * directory that is named after it.
 */
bool sendmail_is_guard(const struct sendmail_filter *filter,
    const struct policy *policy);

/* The guard that a port asks; NULL: it asks none. */
const struct sendmail_filter *sendmail_guard_of(const struct sendmail *sendmail,
    const struct sendmail_listener *listener, const struct policy *policy);

/* Whether mail goes on where a filter does not answer. */
bool sendmail_filter_opens(const struct sendmail_filter *filter);

#endif
