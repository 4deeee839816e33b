/*
 * policy_advice.h - what can be used, but will surprise: warnings about a
 * policy as a whole.
 */
#ifndef POLICY_POLICY_ADVICE_H
#define POLICY_POLICY_ADVICE_H

#include "policy/policy.h"

/* Adds warnings about a policy that was read without error. */
void policy_advise(const struct policy *policy, int64_t now,
    struct problems *problems);

#endif
