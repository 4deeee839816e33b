/*
 * policy_listen.h - the setting listen: where the front ends are asked.
 */
#ifndef POLICY_POLICY_LISTEN_H
#define POLICY_POLICY_LISTEN_H

#include "policy/policy_settings.h"

/* Reads the group listen into a struct policy. */
void policy_listen_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);

#endif
