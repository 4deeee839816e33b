/*
 * guard.h - our own guard, where an MTA asks it.
 *
 * A policy server or milter of Postfix is the guard if its endpoint is one on
 * which the policy file says that the guard listens. Then what it would say
 * to a session is known: the policy decides. Any other server is not known.
 */
#ifndef CHECK_GUARD_H
#define CHECK_GUARD_H

#include "base/arena.h"
#include "base/place.h"
#include "base/str.h"
#include "mail/session.h"
#include "mta/postfix.h"
#include "mta/restrictions.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stdint.h>

struct guard_options {
	const struct policy *policy; /* NULL: there is none */
	const struct postfix *postfix;
	const struct postfix_service *service; /* the smtpd's line */
	int64_t now;                           /* for grants that end */
};

struct guard;

/* The guard of a service; it lives as long as the arena. */
struct guard *guard_new(const struct guard_options *options,
    struct arena *arena);

/* What the evaluator asks; down says that the guard does not answer. */
const struct restrictions_guard *guard_restrictions(struct guard *guard,
    bool down);

/* Whether the endpoint of a policy service, or of a milter, is the guard's. */
bool guard_has_policy(const struct guard *guard, struct str endpoint);
bool guard_has_milter(const struct guard *guard, struct str endpoint);

/*
 * The endpoint of "{ unix:mtaguard/policy, name = value }", or of the endpoint
 * alone; and the value of one of its names: empty where it is not given.
 */
struct str guard_endpoint(struct str token);
struct str guard_endpoint_option(struct str token, const char *name);

/* Whether the restrictions ask it, or the service has it as a milter. */
bool guard_is_wired(const struct guard *guard,
    struct restrictions *restrictions);

/*
 * Whether the guard, as a milter of the service, refuses a recipient that its
 * restrictions let pass. Another milter may refuse, too; it never makes
 * something pass that was refused.
 */
bool guard_milter_refuses(struct guard *guard, const struct session *session,
    const struct ruling *ruling, bool down);

/*
 * Whether the guard is a milter for all clients; if not, the place of
 * smtpd_milter_maps, which may turn it off for some.
 */
bool guard_milter_is_certain(const struct guard *guard, struct place *place);

/* Whether a grant of the policy is for clients with an address. */
bool guard_trusts(struct guard *guard, const struct policy_grant *grant,
    const struct address *address);

/*
 * The policy with grants for all senders and recipients: what it refuses, the
 * policy refuses, too. NULL: no grant has conditions of that kind.
 */
const struct policy *guard_policy_widened(const struct policy *policy,
    struct arena *arena);

#endif
