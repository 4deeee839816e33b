/*
 * exim_acl.h - what the ACLs of an Exim say to one recipient of one client
 * (Exim specification, chapter 43).
 *
 * A stranger chooses sender, HELO, TLS and local part as it suits him: what
 * stands in the way of only some of them stands in nobody's way.
 */
#ifndef MTA_EXIM_ACL_H
#define MTA_EXIM_ACL_H

#include "base/arena.h"
#include "base/netblock.h"
#include "base/place.h"
#include "mta/exim.h"
#include "mta/exim_expand.h"

#include <stdbool.h>

struct exim_ruling {
	enum exim_truth accepted;
	struct place place;  /* of the statement that decides, or is unsure */
	const char *text;    /* of that statement: "accept hosts = *" */
	const char *reason;  /* UNSURE: of what */
	struct place unsure; /* and where that stands */
};

/* Judges RCPT, after connecting, HELO and MAIL. */
void exim_acl_judge(struct exim_message *message, struct exim_ruling *ruling);

/*
 * Strangers from all over the address space, so that a network which is
 * everybody's holds one of them. None is in a network for examples.
 */
extern const char *const exim_strangers[];

#endif
