/*
 * policy_expect.h - the settings expect, profile, fail_on and waivers: what
 * "mtaguard check" holds this host to. They change no decision.
 */
#ifndef POLICY_POLICY_EXPECT_H
#define POLICY_POLICY_EXPECT_H

#include "policy/policy_settings.h"

/* Each reads one setting of the file into a struct policy. */
void policy_expect_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);
void policy_profile_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);
void policy_fail_on_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);
void policy_waivers_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);

#endif
