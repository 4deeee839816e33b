/*
 * route_exim.c - the next hop of Exim: the router that takes mail for the
 * rest of the world.
 */
#include "mta/route.h"

#include "mta/exim.h"
#include "mta/exim_expand.h"
#include "mta/exim_router.h"

static bool
is_own(const struct route_search *search, struct str host)
{
	return str_equal_nocase(host,
	    exim_main(search->mta->exim, "primary_hostname").value);
}

/* The first host of "smtp.example.com::587 byname": colons are doubled. */
static struct str
first_host(struct arena *arena, struct str hosts)
{
	size_t at = 0;
	struct str item;

	while (at < hosts.length && hosts.data[at] != ' ' &&
	    hosts.data[at] != '\t')
		at++;
	struct str list = str_slice(hosts, 0, at);
	if (hosts.length > 1 && hosts.data[0] == '"')
		str_cut(str_slice(hosts, 1, hosts.length), '"', &list, &item);
	struct exim_items items = exim_items_of(list);
	return exim_items_next(&items, arena, &item) ? item : STR("");
}

struct hunt {
	struct route_search *search;
	struct exim_message message;
	const struct exim_driver *router;
};

static const char *
shown(const struct hunt *hunt)
{
	return arena_print(hunt->search->arena, "router " STR_FORMAT,
	    STR_ARGS(hunt->router->name));
}

static void
unknown(const struct hunt *hunt, struct route_way *way)
{
	way->end = ROUTE_UNKNOWN;
	way->reason = hunt->message.reason != NULL ? hunt->message.reason
						   : "depends on the sender";
}

/* What a router does with the mail that it takes; false: it declines. */
static bool
take(struct hunt *hunt, struct route_way *way)
{
	struct str driver = exim_router_driver(hunt->router), hosts;
	const struct exim_option *data =
	    exim_option(&hunt->router->options, "data");

	if (str_equal(driver, STR("dnslookup"))) {
		way->end = ROUTE_DIRECT;
		return true;
	}
	if (str_equal(driver, STR("redirect"))) {
		way->end = ROUTE_NOWHERE;
		return data != NULL &&
		    (str_starts(data->value, STR(":fail:")) ||
			str_starts(data->value, STR(":blackhole:")));
	}
	if (!str_equal(driver, STR("manualroute")))
		return false;
	switch (exim_router_hosts(&hunt->message, hunt->router, &hosts)) {
	case EXIM_NO:
		return false;
	case EXIM_UNSURE:
		unknown(hunt, way);
		return true;
	case EXIM_YES:
		break;
	}
	struct str host = first_host(hunt->search->arena, hosts);
	route_to(hunt->search, way, host);
	if (host.length == 0)
		way->reason = "the router names no host";
	return true;
}

/* A router for some addresses only, that sends their mail elsewhere. */
static void
past(struct hunt *hunt)
{
	struct str driver = exim_router_driver(hunt->router);
	const struct exim_option *domains =
	    exim_option(&hunt->router->options, "domains");
	struct str hosts = STR(""), list = STR("");

	if (!str_equal(driver, STR("manualroute")) || domains == NULL)
		return;
	/* A list that comes to nothing takes no mail at all. */
	if (exim_expand(&hunt->message, domains->value, &list) == EXIM_NO)
		return;
	struct route_way *way = route_other(hunt->search, ROUTE_UNKNOWN,
	    shown(hunt), hunt->router->place);
	way->key = str_trim(list);
	if (exim_router_hosts(&hunt->message, hunt->router, &hosts) == EXIM_YES)
		route_to(hunt->search, way,
		    first_host(hunt->search->arena, hosts));
	else
		unknown(hunt, way);
}

void
route_exim(struct route_search *search)
{
	const struct exim *exim = search->mta->exim;
	static const struct host_users nobody = { .complete = true };
	struct hunt hunt = { .search = search };
	struct route_way found = { .end = ROUTE_NOWHERE };

	search->is_own = is_own;
	hunt.message = exim_message_new(exim, search->arena, NULL,
	    STR("somebody"), STR("elsewhere.example"));
	for (size_t i = 0; i < exim->routers.count; i++) {
		hunt.router = &exim->routers.drivers[i];
		enum exim_truth truth =
		    exim_router_takes(&hunt.message, hunt.router, &nobody);

		if (truth == EXIM_NO) {
			past(&hunt);
			continue;
		}
		if (truth == EXIM_UNSURE)
			unknown(&hunt, &found);
		else if (!take(&hunt, &found))
			continue;
		struct route_way *usual = route_usual(search, found.end,
		    shown(&hunt), hunt.router->place);
		usual->hop = found.hop;
		usual->text = found.text;
		usual->reason = found.reason;
		return;
	}
	struct route_way *none = route_usual(search,
	    exim->unread != NULL ? ROUTE_UNKNOWN : ROUTE_NOWHERE, "routers",
	    (struct place){ exim->shown, 0 });
	none->reason = "no router takes mail for the rest of the world";
}
