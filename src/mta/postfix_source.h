/*
 * postfix_source.h - the lists of Postfix as values of a policy file.
 *
 *	postfix:relay_domains
 *	postfix:/etc/postfix-out/relay_domains    of another instance
 *
 * A list is read with the policy and compiled into tables of our own, since a
 * decision touches neither files nor heap; a change of main.cf, or of a file
 * that the list names, is a change of the policy. It matches as it does in
 * Postfix (postfix_list.h), except that
 *
 *	a client's name is never a reason to trust it: elements of mynetworks
 *	that are names are left out;
 *	networks beyond the bounds of the load (networks_ceiling) are left out;
 *	a top-level domain does not stand for all domains below it, nor a table
 *	that has everything (static:) for all of them.
 *
 * Each is warned of. What cannot be read makes every look-up that reaches it
 * FAILED.
 */
#ifndef MTA_POSTFIX_SOURCE_H
#define MTA_POSTFIX_SOURCE_H

#include "base/error.h"
#include "base/lookup.h"
#include "base/str.h"
#include "table/table.h"

/* The state of a source; it outlives all tables made of it. */
struct postfix_source {
	struct str hostname;   /* gethostname(2) */
	const char *directory; /* config_directory, where none is named */
};

/* For struct table_source. */
void *postfix_source_open(const void *state, struct table_build *build,
    struct error *error);
enum lookup postfix_source_find(const void *opened,
    struct table_scratch *scratch, struct str *found);

#endif
