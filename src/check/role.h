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

#endif
