/*
 * recipient_resolve.h - whose an address is, and how its mail would go on.
 *
 * Postfix strips its own domains off an address, opens what routes in its
 * local part, and finds a class and a transport for what is left
 * (src/trivial-rewrite/resolve.c, transport.c). All services share this: a
 * service's own -o does not count here.
 */
#ifndef MTA_RECIPIENT_RESOLVE_H
#define MTA_RECIPIENT_RESOLVE_H

#include "base/arena.h"
#include "base/str.h"
#include "mta/mail_maps.h"
#include "mta/postfix.h"
#include "mta/postfix_list.h"
#include "mta/recipient_rewrite.h"
#include "mta/restrictions.h"

#include <stdbool.h>

/* The lists and tables by which addresses are resolved. */
struct recipient_resolver {
	const struct postfix *postfix;
	struct recipient_rules rules;
	struct postfix_list destination; /* mydestination */
	struct postfix_list alias_domains;
	struct postfix_list mailbox_domains;
	struct postfix_list relay_domains;
	struct mail_maps transport_maps;
	/* sender_dependent_default_transport_maps */
	struct mail_maps sender_transport_maps;
	struct str empty_sender; /* what is looked up there for <> */
	struct mail_maps relocated_maps;
	bool transport_parents; /* parent_domain_matches_subdomains */
	struct str local_transport, virtual_transport, relay_transport,
	    default_transport;
	struct str relayhost;
	struct str delimiters; /* recipient_delimiter */
};

struct resolution {
	bool error;  /* no valid address: 501 */
	bool failed; /* a table could not be asked: 451 */
	struct place failed_place;
	enum recipient_class class;
	struct place class_place; /* of the element that made it ours */
	bool routed;
	struct str recipient; /* in small letters */
	struct str domain;    /* of it */
	struct str transport, nexthop;
};

/* False where Postfix would die of a setting. */
bool recipient_resolver_read(const struct postfix *postfix, struct arena *arena,
    struct recipient_resolver *resolver, struct error *error);

/* Takes the rewritten address in the internal form; sender may be "". */
void recipient_resolve(const struct recipient_resolver *resolver,
    struct str address, struct str sender, const struct mail_lookup *lookup,
    struct resolution *resolution);

/* Whether mail for a domain is delivered here (resolve_local.c). */
enum postfix_found recipient_is_local(const struct recipient_resolver *resolver,
    struct str domain, const struct mail_lookup *lookup, struct place *place);

/* FOUND, MISSING or BROKEN: one that is unknown is chosen. */
void recipient_list_find(const struct postfix_list *list, struct str domain,
    const struct mail_lookup *lookup, struct postfix_answer *answer);

/* Whether an address is one of this host's, or of its proxies. */
bool recipient_address_is_own(const struct postfix *postfix,
    const struct address *address);

/* A host name, or an address without brackets (valid_hostname.c). */
bool recipient_host_valid(struct str name);
bool recipient_address_valid(struct str text, struct address *address);

/* 192.0.2.1 or IPv6:2001:db8::1, as between brackets. */
bool recipient_literal_valid(struct str text, struct address *address);

#endif
