/*
 * policy_grant.h - the settings relay and clients: who may send to the rest
 * of the world.
 */
#ifndef POLICY_POLICY_GRANT_H
#define POLICY_POLICY_GRANT_H

#include "policy/policy_settings.h"

/* Reads the list of grants into a struct policy. */
void policy_grants_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);

/* Reads "granted" or a list of groups into a struct policy. */
void policy_clients_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);

#endif
