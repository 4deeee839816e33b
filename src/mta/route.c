/*
 * route.c - where mail for the rest of the world goes first.
 */
#include "mta/route.h"

#include "base/host.h"
#include "base/netblock.h"

static bool
port_parse(struct str text, unsigned *port)
{
	static const struct {
		struct str name;
		unsigned port;
	} names[] = {
		{ STR_INIT("smtp"), 25 },
		{ STR_INIT("submission"), 587 },
		{ STR_INIT("msa"), 587 },
		{ STR_INIT("smtps"), 465 },
		{ STR_INIT("submissions"), 465 },
	};
	unsigned long number;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*port = names[i].port;
		if (str_equal_nocase(text, names[i].name))
			return true;
	}
	if (!str_number(text, 65535, &number) || number == 0)
		return false;
	*port = (unsigned)number;
	return true;
}

/* Whether every byte can stand in a name or an address. */
static bool
is_host(struct str text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.data[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
		    strchr("-._:", c) == NULL)
			return false;
	}
	return text.length > 0 && text.data[0] != ':';
}

bool
route_hop_parse(struct str text, struct arena *arena, struct route_hop *hop)
{
	static const struct str ipv6 = STR_INIT("ipv6:");
	struct str rest = STR(""), port;

	*hop = (struct route_hop){ .port = 25 };
	text = arena_lower(arena, str_trim(text));
	if (text.length > 0 && text.data[0] == '[') {
		hop->exact = true;
		if (!str_cut(str_slice(text, 1, text.length), ']', &hop->host,
			&rest))
			return false;
		if (str_starts(hop->host, ipv6))
			hop->host =
			    str_slice(hop->host, ipv6.length, hop->host.length);
		if (rest.length > 0 && rest.data[0] != ':')
			return false;
	} else if (str_cut(text, ':', &hop->host, &port)) {
		rest = str_slice(text, hop->host.length, text.length);
	}
	if (rest.length > 0 &&
	    !port_parse(str_slice(rest, 1, rest.length), &hop->port))
		return false;
	if (hop->host.length > 1 && str_ends(hop->host, STR(".")))
		hop->host.length--;
	return is_host(hop->host);
}

bool
route_hop_same(const struct route_hop *a, const struct route_hop *b)
{
	struct address left, right;
	struct error error;

	if (a->port != b->port)
		return false;
	if (address_parse(a->host, &left, &error) &&
	    address_parse(b->host, &right, &error))
		return memcmp(&left, &right, sizeof(left)) == 0;
	return str_equal_nocase(a->host, b->host);
}

struct route_way *
route_usual(struct route_search *search, enum route_end end,
    const char *parameter, struct place place)
{
	struct route_way *way = arena_alloc(search->arena, sizeof(*way));

	*way = (struct route_way){ .end = end,
		.parameter = parameter,
		.place = place };
	search->route->usual = way;
	return way;
}

struct route_way *
route_other(struct route_search *search, enum route_end end,
    const char *parameter, struct place place)
{
	struct route_way *way = arena_alloc(search->arena, sizeof(*way));

	*way = (struct route_way){ .end = end,
		.parameter = parameter,
		.place = place };
	if (search->route->count++ < ROUTE_WAYS) {
		*search->end = way;
		search->end = &way->next;
	}
	return way;
}

/* localhost, or an address of the host. */
static bool
is_here(const struct route_search *search, struct str name)
{
	struct address address;
	struct error error;

	if (!address_parse(name, &address, &error))
		return str_equal(name, STR("localhost")) ||
		    str_starts(name, STR("localhost.")) ||
		    str_equal_nocase(name, search->host->hostname) ||
		    search->is_own(search, name);
	return address_is_loopback(&address) ||
	    (search->host->network != NULL &&
		host_has_address(search->host->network, &address));
}

void
route_to(const struct route_search *search, struct route_way *way,
    struct str text)
{
	way->text = text;
	if (!route_hop_parse(text, search->arena, &way->hop)) {
		way->end = ROUTE_UNKNOWN;
		way->reason = arena_print(search->arena,
		    "\"" STR_FORMAT "\" is no host and port", STR_ARGS(text));
		return;
	}
	/* On another port another program may listen: a filter, a tunnel. */
	way->end = way->hop.port == 25 && is_here(search, way->hop.host)
	    ? ROUTE_SELF
	    : ROUTE_HOP;
}

void
route_find(const struct mta *mta, const struct mta_host *host,
    struct arena *arena, struct route *route)
{
	static void (*const find[MTA_KINDS])(struct route_search * search) = {
		[MTA_POSTFIX] = route_postfix,
		[MTA_SENDMAIL] = route_sendmail,
		[MTA_EXIM] = route_exim,
	};
	struct route_search search = {
		.mta = mta,
		.host = host,
		.arena = arena,
		.route = route,
		.end = &route->others,
	};

	*route = (struct route){ .count = 0 };
	find[mta->kind](&search);
}
