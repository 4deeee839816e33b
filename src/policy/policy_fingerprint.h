/*
 * policy_fingerprint.h - fingerprints of certificates, as they are listed and
 * as Postfix sends them.
 */
#ifndef POLICY_POLICY_FINGERPRINT_H
#define POLICY_POLICY_FINGERPRINT_H

#include "policy/policy_values.h"

/*
 * Makes the list of fingerprints: "sha256:AB:CD:...", or "file:" with one a
 * line. They are kept as Postfix sends them (ccert_fingerprint): upper case,
 * with colons, without the name of the algorithm.
 */
bool policy_fingerprints_make(struct policy_reader *reader,
    const struct policy_node *node, const struct policy_strings *strings,
    struct table_list *list);

#endif
