/*
 * postfix_network.h - the addresses that a Postfix has for its own, and the
 * networks that it trusts unasked (Postfix src/global/own_inet_addr.c,
 * mynetworks.c; src/util/inet_proto.c, inet_addr_host.c).
 *
 * Names are looked up in /etc/hosts of the tree alone: what only DNS knows is
 * not known.
 */
#ifndef MTA_POSTFIX_NETWORK_H
#define MTA_POSTFIX_NETWORK_H

#include "base/arena.h"
#include "base/error.h"
#include "base/netblock.h"
#include "base/place.h"
#include "base/str.h"
#include "mta/postfix.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_addresses {
	struct address *list;
	size_t count;
	size_t capacity;
};

struct postfix_own {
	struct netblock *list; /* each address with its interface's mask */
	size_t count;
	size_t capacity;
	bool all;           /* inet_interfaces = all */
	bool ipv4, ipv6;    /* inet_protocols */
	const char *unsure; /* why there may be others, or NULL */
	struct place place; /* of what tells them */
};

/* Of the instance, or as a service sees it. False: Postfix dies of it. */
bool postfix_own_find(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    struct postfix_own *own, struct error *error);

/* Adds what a name or an address, in brackets or not, stands for. */
enum lookup postfix_name_find(const struct postfix *postfix, struct str name,
    bool ipv4, bool ipv6, struct arena *arena,
    struct postfix_addresses *addresses);

/* The default of mynetworks as Postfix writes it: "127.0.0.0/8 [::1]/128". */
bool postfix_default_networks_text(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    struct str *text, struct error *error);

#endif
