/*
 * route_postfix.c - the next hop of Postfix: relayhost, and what goes past
 * it (trivial-rewrite(8), transport(5)).
 */
#include "mta/route.h"

#include "mta/postfix.h"
#include "mta/postfix_list.h"
#include "mta/postfix_table.h"

/* As the process sees it that resolves addresses: -o counts there alone. */
static struct postfix_value
value_of(const struct route_search *search, const char *name)
{
	const struct postfix *postfix = search->mta->postfix;
	const struct postfix_service *resolver = NULL;
	struct postfix_value value = { .text = STR("") };
	struct error error;

	for (size_t i = 0; i < postfix->master.count; i++) {
		const struct postfix_service *service =
		    &postfix->master.services[i];

		if (str_equal(service->command, STR("trivial-rewrite")))
			resolver = service;
	}
	if (!postfix_value(postfix, resolver, name, &value, &error))
		value.text = STR("");
	return value;
}

static bool
is_own(const struct route_search *search, struct str host)
{
	struct postfix_value names = value_of(search, "mydestination");
	struct postfix_list_source source = {
		.kind = POSTFIX_STRINGS,
		.text = names.text,
		.place = names.place,
	};
	struct postfix_answer answer = { .found = POSTFIX_MISSING };
	struct postfix_list list;

	if (str_equal_nocase(host, value_of(search, "myhostname").text))
		return true;
	postfix_list_read(&source, search->mta->postfix->tables, search->arena,
	    &list, NULL);
	postfix_list_find(&list, host, search->arena, &answer);
	return answer.found == POSTFIX_FOUND;
}

static bool
is_dead(struct str transport)
{
	return str_equal(transport, STR("error")) ||
	    str_equal(transport, STR("retry")) ||
	    str_equal(transport, STR("discard"));
}

/* Transports that deliver on the host itself. */
static bool
is_local(struct str transport)
{
	return str_equal(transport, STR("local")) ||
	    str_equal(transport, STR("virtual"));
}

/* "transport:nexthop" of a map or of default_transport. */
static void
apply(const struct route_search *search, struct route_way *way, struct str text)
{
	struct str transport, hop;

	str_cut(text, ':', &transport, &hop);
	hop = str_trim(hop);
	way->text = text;
	if (is_dead(transport))
		way->end = ROUTE_NOWHERE;
	else if (hop.length > 0)
		route_to(search, way, hop);
	else
		way->end = ROUTE_DIRECT;
	way->text = text;
}

struct listing {
	struct route_search *search;
	const char *parameter;
	bool hosts; /* values are next hops, without a transport */
};

static bool
list_entry(void *state, const struct postfix_entry *entry)
{
	struct listing *listing = state;
	struct str transport, hop;

	if (entry->kind == POSTFIX_ENTRY_IF ||
	    entry->kind == POSTFIX_ENTRY_ENDIF ||
	    str_equal_nocase(entry->value, STR("DUNNO")))
		return true;
	str_cut(entry->value, ':', &transport, &hop);
	/* "" and ":": as if it were not listed. */
	if (!listing->hosts &&
	    (is_local(transport) || is_dead(transport) ||
		(transport.length == 0 && str_trim(hop).length == 0)))
		return true;
	struct route_way *way = route_other(listing->search, ROUTE_DIRECT,
	    listing->parameter, entry->place);
	way->key = entry->key;
	if (listing->hosts)
		route_to(listing->search, way, entry->value);
	else
		apply(listing->search, way, entry->value);
	return true;
}

static void
list_maps(struct route_search *search, const char *parameter, bool hosts)
{
	struct postfix_value maps = value_of(search, parameter);
	struct listing listing = { search, parameter, hosts };
	struct str rest = maps.text, spec;

	while (postfix_list_next(&rest, &spec)) {
		struct postfix_table *table =
		    postfix_table_open(search->mta->postfix->tables, spec);
		const char *reason = NULL;
		enum postfix_found found =
		    postfix_table_each(table, list_entry, &listing, &reason);

		if (found == POSTFIX_FOUND)
			continue;
		struct route_way *way =
		    route_other(search, ROUTE_UNKNOWN, parameter, maps.place);
		way->text = spec;
		way->reason = reason;
	}
}

/* "transport_maps" with a key "*" is the usual way of all mail. */
static bool
take_everything(struct route_search *search)
{
	for (const struct route_way *way = search->route->others; way != NULL;
	     way = way->next) {
		if (!str_equal(way->key, STR("*")) ||
		    strcmp(way->parameter, "transport_maps") != 0)
			continue;
		struct route_way *usual =
		    route_usual(search, way->end, "transport_maps", way->place);

		usual->hop = way->hop;
		usual->text = way->text;
		usual->reason = way->reason;
		return true;
	}
	return false;
}

/* Filters take all mail that they get, wherever it is for. */
static void
list_filters(struct route_search *search)
{
	const struct postfix *postfix = search->mta->postfix;
	struct postfix_value value = value_of(search, "content_filter");

	if (value.text.length > 0)
		apply(search,
		    route_other(search, ROUTE_DIRECT, "content_filter",
			value.place),
		    value.text);
	for (size_t i = 0; i < postfix->master.count; i++) {
		const struct postfix_service *service =
		    &postfix->master.services[i];
		struct error error;

		if (postfix_service_override(service, STR("content_filter")) ==
			NULL ||
		    !postfix_value(postfix, service, "content_filter", &value,
			&error) ||
		    value.text.length == 0)
			continue;
		struct route_way *way = route_other(search, ROUTE_DIRECT,
		    "content_filter", value.place);

		way->key = service->name;
		apply(search, way, value.text);
	}
}

void
route_postfix(struct route_search *search)
{
	struct postfix_value relay = value_of(search, "relayhost");
	struct postfix_value usual = value_of(search, "default_transport");
	struct postfix_value fallback = value_of(search, "smtp_fallback_relay");
	struct str transport, hop, host, rest = relay.text;

	search->is_own = is_own;
	list_maps(search, "transport_maps", false);
	list_maps(search, "sender_dependent_relayhost_maps", true);
	list_maps(search, "sender_dependent_default_transport_maps", false);
	list_filters(search);
	if (fallback.text.length > 0)
		route_to(search,
		    route_other(search, ROUTE_HOP, "smtp_fallback_relay",
			fallback.place),
		    fallback.text);
	if (take_everything(search))
		return;
	str_cut(usual.text, ':', &transport, &hop);
	if (is_dead(transport) || str_trim(hop).length > 0) {
		apply(search,
		    route_usual(search, ROUTE_DIRECT, "default_transport",
			usual.place),
		    usual.text);
		return;
	}
	struct route_way *way =
	    route_usual(search, ROUTE_DIRECT, "relayhost", relay.place);
	if (postfix_list_next(&rest, &host))
		route_to(search, way, host);
	/* A list: what is tried if the first does not answer. */
	while (postfix_list_next(&rest, &host))
		route_to(search,
		    route_other(search, ROUTE_HOP, "relayhost", relay.place),
		    host);
}
