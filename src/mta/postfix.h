/*
 * postfix.h - one Postfix instance as it is really configured.
 *
 * main.cf and master.cf with places, the host's addresses as Postfix sees
 * them, and every table that its settings name, opened when first asked for.
 */
#ifndef MTA_POSTFIX_H
#define MTA_POSTFIX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/netblock.h"
#include "base/problems.h"
#include "base/str.h"
#include "mta/mta.h"
#include "mta/postfix_main.h"
#include "mta/postfix_master.h"
#include "mta/postfix_scope.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_tables; /* mta/postfix_table.h */

/* Where a service can be reached. */
struct postfix_endpoint {
	struct address address; /* where it is not any */
	bool ipv6;
	bool any;      /* every address of the family */
	bool loopback; /* nobody but this host reaches it */
	unsigned port;
};

struct postfix {
	struct arena *arena; /* owns all below */
	const struct mta_host *host;
	struct str instance;      /* "-": the default one */
	const char *directory;    /* config_directory */
	struct postfix_site site; /* version, host name */
	struct postfix_main main;
	struct postfix_master master;
	struct problems problems;
	const char *fatal; /* why no process would start, or NULL */
	struct place fatal_place;
	const char *unread; /* why main.cf or master.cf is not known, or NULL:
			     * then nothing else is certain */
	struct place unread_place;
	/*
	 * Why it cannot be told whether it starts and how: a file that cannot
	 * be read, a name that only DNS may know. NULL: it can.
	 */
	const char *unsure;
	struct place unsure_place;
	bool master_missing; /* then master is the stock smtp line alone */
	bool master_needed;  /* and without it this instance does not start */
	struct postfix_scope scope; /* of the instance, without a service */
	struct postfix_tables *tables;
	const bool *unused; /* beside main.sorted: nothing asks for it */
	/* inet_interfaces and inet_protocols, resolved (own_inet_addr.c). */
	const struct netblock *own; /* addresses, with the interface's mask */
	size_t own_count;
	bool own_all;           /* inet_interfaces = all */
	const char *own_unsure; /* why there may be more of them, or NULL */
	const struct address *proxies; /* proxy_interfaces */
	size_t proxy_count;
	bool ipv4, ipv6; /* inet_protocols */
};

/*
 * Reads the instance in a configuration directory. False only where neither
 * main.cf nor master.cf is there; what else is wrong is in problems, fatal and
 * unsure. Without a master.cf the instance has the stock smtp line, which is
 * what a case of a test means by leaving it away; a real host does not start.
 */
bool postfix_read(const struct mta_host *host, const char *directory,
    struct arena *arena, struct postfix **postfix, struct error *error);

/* As a service (NULL: the instance) sees it. */
struct postfix_scope postfix_scope_of(const struct postfix *postfix,
    const struct postfix_service *service);

/*
 * The effective value of a parameter for a service (NULL: the instance).
 * False where Postfix would die of it.
 */
bool postfix_value(const struct postfix *postfix,
    const struct postfix_service *service, const char *name,
    struct postfix_value *value, struct error *error);

/* yes or no; false: neither, of which Postfix dies. */
bool postfix_flag(const struct postfix *postfix,
    const struct postfix_service *service, const char *name, bool *flag,
    struct postfix_value *value, struct error *error);

/*
 * Why the smtpd of a service dies of a value that no other program reads, and
 * where that stands; NULL: it does not.
 */
const char *postfix_smtpd_fatal(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    struct place *place);

/*
 * Whether strangers may talk SMTP with it: an inet service whose command is
 * smtpd (or postscreen: then pass is the smtpd behind it, whose -o count).
 */
struct postfix_listener {
	const struct postfix_service *inet;  /* the line with the endpoint */
	const struct postfix_service *smtpd; /* the line whose -o count */
	const struct postfix_endpoint *endpoints;
	size_t endpoint_count;
	bool reachable;     /* on more than loopback */
	unsigned port;      /* 0: unsure */
	const char *unsure; /* why the endpoints are not all, or NULL */
};

/* All listeners, in the order of master.cf, in the postfix's arena. */
void postfix_listeners(const struct postfix *postfix,
    const struct postfix_listener **listeners, size_t *count);

/*
 * Whether the networks that permit_mynetworks trusts hold an address, or a
 * verified client name (mynetworks, or its default by mynetworks_style), as a
 * service sees them: mta/postfix_list.h. The default as netblocks:
 */
bool postfix_default_networks(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    const struct netblock **blocks, size_t *count, struct error *error);

/*
 * Why that default may hold neighbours of the host whom nobody here knows:
 * mynetworks_style is subnet or class, and the interfaces were not given.
 * NULL: it holds what postfix_default_networks() says.
 */
const char *postfix_neighbours_unknown(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena);

#endif
