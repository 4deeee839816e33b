/*
 * check_route.c - whether mail for the rest of the world goes through the
 * host that is meant.
 */
#include "check/groups.h"
#include "mta/postfix.h"
#include "mta/route.h"

#include <string.h>

enum {
	TOLD = 20, /* other ways that are told */
};

static const char *
describe(struct check_run *run, const struct route_way *way)
{
	switch (way->end) {
	case ROUTE_HOP:
	case ROUTE_SELF:
		return arena_print(run->arena, STR_FORMAT " port %u",
		    STR_ARGS(way->hop.host), way->hop.port);
	case ROUTE_DIRECT:
		return "the mail exchangers of each recipient";
	case ROUTE_NOWHERE:
		return "nowhere";
	case ROUTE_UNKNOWN:
		break;
	}
	return way->reason != NULL ? way->reason : "nobody knows where";
}

static void
find(struct check_run *run, struct route *route)
{
	route_find(run->mta, run->context->host, run->arena, route);
}

/* "smtp.$mydomain" is SSG's own default. */
static struct str
with_names(struct check_run *run, struct str text)
{
	static const struct str variable = STR_INIT("$mydomain");
	struct str name = run->context->host->hostname, host, domain;
	struct postfix_value value;
	struct error error;

	if (!str_ends(text, variable))
		return text;
	if (!str_cut(name, '.', &host, &domain))
		domain = name;
	if (run->mta->kind == MTA_POSTFIX &&
	    postfix_value(run->mta->postfix, NULL, "mydomain", &value, &error))
		domain = value.text;
	return str_from(arena_print(run->arena, STR_FORMAT STR_FORMAT,
	    STR_ARGS(str_slice(text, 0, text.length - variable.length)),
	    STR_ARGS(domain)));
}

static bool
expected(struct check_run *run, struct route_hop *hop,
    struct check_parameter *parameter)
{
	if (!check_parameter(run, "var_postfix_relayhost", parameter))
		return false;
	parameter->value = with_names(run, parameter->value);
	return route_hop_parse(parameter->value, run->arena, hop);
}

static void
relayhost_run(struct check_run *run)
{
	struct check_parameter parameter = { .value = STR("") };
	struct check_finding *finding;
	struct route_hop hop;
	struct route route;

	if (!expected(run, &hop, &parameter)) {
		if (parameter.value.length > 0)
			check_unknown(run, parameter.place,
			    "\"" STR_FORMAT "\" is no host and port",
			    STR_ARGS(parameter.value));
		else
			check_not_applicable(run,
			    "neither the policy file nor the profile says "
			    "which relayhost is meant");
		return;
	}
	find(run, &route);
	const struct route_way *usual = route.usual;
	const char *there = describe(run, usual);
	if (usual->end == ROUTE_UNKNOWN)
		finding = check_unknown(run, usual->place,
		    "%s: where mail goes is not known: %s", usual->parameter,
		    there);
	else if ((usual->end == ROUTE_HOP || usual->end == ROUTE_SELF) &&
	    route_hop_same(&usual->hop, &hop))
		finding = check_pass(run, usual->place, "by %s mail goes to %s",
		    usual->parameter, there);
	else
		finding = check_fail(run, usual->place,
		    "by %s mail for the rest of the world goes to %s",
		    usual->parameter, there);
	finding->wanted = arena_copy(run->arena, parameter.value).data;
}

static const char *
whose(struct check_run *run, const struct route_way *way)
{
	if (way->key.length == 0)
		return "mail";
	return arena_print(run->arena, "mail of \"" STR_FORMAT "\"",
	    STR_ARGS(way->key));
}

static void
bypass_run(struct check_run *run)
{
	struct check_parameter parameter;
	struct route_hop hop;
	struct route route;
	unsigned count = 0;

	find(run, &route);
	bool known = expected(run, &hop, &parameter);
	if (!known && route.usual->end != ROUTE_HOP) {
		check_not_applicable(run,
		    "mail is not meant to go through one host");
		return;
	}
	if (!known)
		hop = route.usual->hop;
	for (const struct route_way *way = route.others; way != NULL;
	     way = way->next) {
		if ((way->end == ROUTE_HOP &&
			route_hop_same(&way->hop, &hop)) ||
		    way->end == ROUTE_NOWHERE)
			continue;
		if (++count > TOLD)
			continue;
		if (way->end == ROUTE_UNKNOWN)
			check_unknown(run, way->place,
			    "%s may send mail another way: %s", way->parameter,
			    describe(run, way));
		else
			check_fail(run, way->place, "by %s %s goes to %s",
			    way->parameter, whose(run, way),
			    describe(run, way));
	}
	if (count > TOLD)
		check_fail(run, route.others->place,
		    "%zu other ways are not told", route.count - (size_t)TOLD);
	if (count == 0)
		check_pass(run, route.usual->place, "nothing goes past %s",
		    route.usual->parameter);
}

/* A way of which nobody knows whether it comes back; NULL: there is none. */
static const struct route_way *
find_unknown(const struct route *route)
{
	const struct route_way *way = route->usual;

	if (way->end == ROUTE_UNKNOWN)
		return way;
	for (way = route->others; way != NULL; way = way->next)
		if (way->end == ROUTE_UNKNOWN)
			break;
	return way;
}

static void
loop_run(struct check_run *run)
{
	struct route route;
	unsigned wrong = 0;

	find(run, &route);
	if (route.usual->end == ROUTE_SELF) {
		check_fail(run, route.usual->place,
		    "by %s mail for the rest of the world comes back to this "
		    "host",
		    route.usual->parameter)
		    ->value = describe(run, route.usual);
		wrong++;
	}
	for (const struct route_way *way = route.others;
	     way != NULL && wrong < TOLD; way = way->next) {
		if (way->end != ROUTE_SELF)
			continue;
		check_fail(run, way->place, "by %s %s comes back to this host",
		    way->parameter, whose(run, way))
		    ->value = describe(run, way);
		wrong++;
	}
	const struct route_way *unknown = find_unknown(&route);
	if (unknown != NULL)
		check_unknown(run, unknown->place, "%s: %s", unknown->parameter,
		    describe(run, unknown));
	else if (wrong == 0)
		check_pass(run, route.usual->place,
		    "mail for the rest of the world goes to %s",
		    describe(run, route.usual));
}

enum {
	EVERY_KIND = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL | 1u << MTA_EXIM,
};

static const struct check checks[] = {
	{
	    .id = "relayhost",
	    .title = "Mail for the rest of the world goes through the "
		     "relayhost that is meant",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"A site filters and records its outgoing mail in one place. "
		"A host that sends past it is not seen there.",
	    .remedy = "Postfix: relayhost = [HOST]:PORT; Sendmail: "
		      "define(`SMART_HOST', `HOST'); Exim (Debian): "
		      "dc_smarthost.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_client_configure_relayhost" },
		    { NULL, NULL },
		},
	    .kinds = EVERY_KIND,
	    .run = relayhost_run,
	},
	{
	    .id = "relayhost-bypass",
	    .title = "No table or filter sends mail past the relayhost",
	    .severity = CHECK_LOW,
	    .rationale =
		"transport_maps, sender-dependent maps, a mailertable or a "
		"router of its own send some mail elsewhere, whatever the "
		"relayhost is.",
	    .remedy = "Remove the entry, or waive it with its reason.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = EVERY_KIND,
	    .run = bypass_run,
	},
	{
	    .id = "relayhost-loop",
	    .title = "No mail is sent back to this host itself",
	    .severity = CHECK_HIGH,
	    .rationale =
		"A next hop that is this host is a loop: mail goes round "
		"until it is bounced, and is never delivered.",
	    .remedy = "Name another host, or the port on which another "
		      "program listens.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = EVERY_KIND,
	    .run = loop_run,
	},
};

const struct check_group check_route_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
