/*
 * sendmail_source.h - the lists of Sendmail as values of a policy file.
 *
 *	sendmail:w       names of class w, and address literals in it
 *	sendmail:R       of class R the domains, with what is below them; in
 *	                 a list of networks, its beginnings of addresses
 *	sendmail:access  what the access table has RELAY for: To: domains,
 *	                 or Connect: networks
 *	sendmail:mta     all for which Sendmail takes mail: w, R and access;
 *	                 nothing where there is no sendmail.cf
 *	sendmail:NAME    any other class, braces or not: its words
 *
 * They are read with the policy and compiled into tables of our own, since a
 * decision touches neither files nor heap; a change of sendmail.cf, of the
 * file of a class or of the access table is a change of the policy. Where a
 * part is not known (a program, a map that cannot be read), a look-up that
 * finds nothing is FAILED.
 *
 * A top-level domain does not stand for all domains below it, and networks
 * beyond the bounds of the load (networks_ceiling) are left out; each is
 * warned of. Names of clients are never a reason to trust them.
 */
#ifndef MTA_SENDMAIL_SOURCE_H
#define MTA_SENDMAIL_SOURCE_H

#include "base/error.h"
#include "base/lookup.h"
#include "base/str.h"
#include "table/table.h"

/* The state of a source; it outlives all tables made of it. */
struct sendmail_source {
	struct str hostname; /* gethostname(2) */
	const char *path;    /* of sendmail.cf */
};

/* For struct table_source. */
void *sendmail_source_open(const void *state, struct table_build *build,
    struct error *error);
enum lookup sendmail_source_find(const void *opened,
    struct table_scratch *scratch, struct str *found);

#endif
