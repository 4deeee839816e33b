/*
 * exim_router.h - the routers of an Exim: which of them takes an address,
 * and to which hosts it goes (Exim specification, chapters 15 to 22).
 */
#ifndef MTA_EXIM_ROUTER_H
#define MTA_EXIM_ROUTER_H

#include "host/users.h"
#include "mta/exim.h"
#include "mta/exim_expand.h"

#include <stdbool.h>

/*
 * Whether the preconditions of a router hold for the address of a message.
 * With check_local_user, the user is in the message afterwards.
 */
enum exim_truth exim_router_takes(struct exim_message *message,
    const struct exim_driver *router, const struct host_users *users);

/* "accept", "redirect", "manualroute", "dnslookup" … */
struct str exim_router_driver(const struct exim_driver *router);

/* Whether no router after it is tried if it declines. */
bool exim_router_is_last(const struct exim_driver *router);

/*
 * The hosts of a manualroute router for the domain of a message; NO: it has
 * none for it.
 */
enum exim_truth exim_router_hosts(struct exim_message *message,
    const struct exim_driver *router, struct str *hosts);

#endif
