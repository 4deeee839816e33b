/*
 * role.h - what a mail host is for: its roles, and from what they are
 * derived where nobody has said them.
 */
#ifndef CHECK_ROLE_H
#define CHECK_ROLE_H

#include "base/arena.h"
#include "base/str.h"
#include "mta/mta.h"
#include "policy/policy.h"

#include <stdbool.h>

/* "mx and a submission", with what stands between two; in the arena. */
const char *role_names(unsigned roles, const char *between,
    struct arena *arena);

/* "mx"; false: there is no such role. */
bool role_parse(struct str name, enum policy_role *role);

/* The names of the role's bits, in their order; NULL: no more. */
const char *role_name(unsigned index);

/*
 * The roles that a configuration shows, and from what: "derived: smtpd_sasl...
 * (main.cf:7)"; in the arena. What says that others shall send through this
 * host, or that it receives mail of more than itself, gives it a role; that
 * it can be reached does not, since that is how a server is that nobody has
 * configured. Without any such sign it is a null client.
 */
unsigned role_derive(const struct mta_list *mtas, struct arena *arena,
    const char **from);

#endif
