/*
 * route.h - where mail for the rest of the world goes first: the next hop of
 * an MTA, and what goes another way.
 */
#ifndef MTA_ROUTE_H
#define MTA_ROUTE_H

#include "base/arena.h"
#include "base/place.h"
#include "base/str.h"
#include "mta/mta.h"

#include <stdbool.h>
#include <stddef.h>

/* A host to which mail is handed: "[smtp.example.com]:587". */
struct route_hop {
	struct str host; /* in lower case, without brackets and root dot */
	bool exact;      /* in brackets: the host itself, not its MX */
	unsigned port;   /* 25, unless another one is given */
};

enum route_end {
	ROUTE_HOP,     /* to one host */
	ROUTE_DIRECT,  /* to the MX of each recipient */
	ROUTE_SELF,    /* back to this host: a loop */
	ROUTE_NOWHERE, /* refused or thrown away */
	ROUTE_UNKNOWN,
};

/* One way out. */
struct route_way {
	const struct route_way *next;
	enum route_end end;
	struct route_hop hop;  /* of HOP and SELF */
	struct str text;       /* as it is written */
	struct str key;        /* whose mail goes there; empty: all other */
	const char *parameter; /* "relayhost", "transport_maps" */
	struct place place;
	const char *reason; /* of UNKNOWN */
};

enum {
	ROUTE_WAYS = 1000, /* that are listed; the others are counted */
};

struct route {
	const struct route_way *usual;  /* of all other mail; never NULL */
	const struct route_way *others; /* what goes past it */
	size_t count;                   /* of others, all of them */
};

void route_find(const struct mta *mta, const struct mta_host *host,
    struct arena *arena, struct route *route);

/*
 * Reads "host", "[host]", "host:port", "[192.0.2.1]:587"; a name of a port is
 * one of SMTP's. False: it is nothing of the kind.
 */
bool route_hop_parse(struct str text, struct arena *arena,
    struct route_hop *hop);

/* Whether both are the same host and port; brackets do not count. */
bool route_hop_same(const struct route_hop *a, const struct route_hop *b);

/* ---- for the MTAs, one file each: route_<mta>.c ---- */

struct route_search {
	const struct mta *mta;
	const struct mta_host *host;
	struct arena *arena;
	struct route *route;
	const struct route_way **end;
	/* Whether a name is one of this host. */
	bool (*is_own)(const struct route_search *search, struct str host);
};

/* The usual way, or one of the others. */
struct route_way *route_usual(struct route_search *search, enum route_end end,
    const char *parameter, struct place place);
struct route_way *route_other(struct route_search *search, enum route_end end,
    const char *parameter, struct place place);

/* Sets the hop of a way from its text: HOP, SELF or UNKNOWN. */
void route_to(const struct route_search *search, struct route_way *way,
    struct str text);

void route_postfix(struct route_search *search);
void route_sendmail(struct route_search *search);
void route_exim(struct route_search *search);

#endif
