/*
 * proof_dns.h - DNS as it is at its worst: as a stranger would have it.
 *
 * The checker asks no DNS. Whatever a refusal depends on there, a stranger
 * can have: a name that resolves, an address in no block list, a domain whose
 * second MX we are. What he cannot have is another's domain.
 */
#ifndef CHECK_PROOF_DNS_H
#define CHECK_PROOF_DNS_H

#include "check/proof_space.h"

/* The resolver for the restrictions of a space; borrows it. */
struct restrictions_resolver proof_dns(struct proof_space *space);

#endif
