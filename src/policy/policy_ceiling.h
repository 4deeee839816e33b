/*
 * policy_ceiling.h - the setting networks_ceiling: how far networks may reach
 * that somebody else configures, such as postfix:mynetworks.
 */
#ifndef POLICY_POLICY_CEILING_H
#define POLICY_POLICY_CEILING_H

#include "policy/policy_settings.h"

/*
 * Reads networks, and the word "host" for loopback and the host's own
 * addresses, into the reader's table options.
 */
void policy_ceiling_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);

#endif
