/*
 * check_postfix_networks.c - whom Postfix trusts by its address.
 */
#include "base/netblock_use.h"
#include "check/check_postfix.h"
#include "check/expected_networks.h"
#include "check/groups.h"
#include "mta/postfix_list.h"

#include <string.h>

enum {
	IPV4_BITS = 96, /* before an IPv4 address, in a netblock */
	/* A public block of more addresses than these is not one site's. */
	WIDE_IPV4 = IPV4_BITS + 24,
	WIDE_IPV6 = 48,
	/* Shorter prefixes than these are nobody's. */
	WORLD_IPV4 = IPV4_BITS + 8,
	WORLD_IPV6 = 7, /* fc00::/7 is the shortest that means a site */
	ADDRESS_ALONE = IPV4_BITS + 31, /* from here on, a point of its own */
};

/* What a look at one trusted network may say. */
struct trusted {
	struct check_run *run;
	const struct postfix_service *service; /* NULL: the instance */
	struct netblock block;
	struct place place;
	const char *text; /* "10.0.0.0/8", or what stands for the default */
	bool negated;
	bool asks_neighbours; /* every network of the host matters */
	unsigned told;
};

typedef void (*trusted_look)(struct trusted *trusted);

static void world_look(struct trusted *trusted);

static bool
is_ipv4(const struct netblock *block)
{
	return block->prefix >= IPV4_BITS && address_is_ipv4(&block->address);
}

/*
 * No registry gives anybody a block as wide as that: two halves, or eight
 * eighths, are the whole Internet as well.
 */
static bool
is_world(const struct netblock *block)
{
	return block->prefix < (is_ipv4(block) ? WORLD_IPV4 : WORLD_IPV6);
}

bool
check_postfix_is_mapped(struct str text)
{
	return str_starts(text, STR("::ffff:")) ||
	    str_starts(text, STR("[::ffff:"));
}

static void
element_look(struct trusted *trusted, const struct postfix_element *element,
    trusted_look look)
{
	trusted->negated = element->negated;
	trusted->block = element->block;
	trusted->text = arena_print(trusted->run->arena, STR_FORMAT,
	    STR_ARGS(element->text));
	if (element->place.file != NULL)
		trusted->place = element->place;
	if (!element->negated && !check_postfix_is_mapped(element->text))
		look(trusted);
}

/* What a table lists counts as if it stood in the list itself. */
struct table_look {
	struct trusted *trusted;
	trusted_look look;
};

static bool
entry_look(void *state, const struct postfix_entry *entry)
{
	struct table_look *table = state;
	struct trusted *trusted = table->trusted;
	struct error ignored;

	trusted->place = entry->place;
	trusted->text =
	    arena_print(trusted->run->arena, STR_FORMAT, STR_ARGS(entry->key));
	if (entry->kind == POSTFIX_ENTRY_ANY) {
		trusted->text = "a table that has every address";
		trusted->block = (struct netblock){ .prefix = 0 };
		table->look(trusted);
	} else if (!entry->negated &&
	    netblock_parse(entry->key, &trusted->block, &ignored)) {
		table->look(trusted);
	}
	return true;
}

static void
table_look(struct trusted *trusted, const struct postfix_element *element,
    trusted_look look)
{
	struct table_look table = { trusted, look };
	const char *reason = NULL;

	if (element->negated)
		return;
	if (postfix_table_each(element->table, entry_look, &table, &reason) !=
	    POSTFIX_FOUND)
		check_unknown(trusted->run, trusted->place,
		    STR_FORMAT " cannot be read: %s",
		    STR_ARGS(postfix_table_spec(element->table)),
		    reason != NULL ? reason : "no reason was given");
}

static void
defaults_look(struct trusted *trusted, trusted_look look)
{
	const struct netblock *blocks;
	struct postfix_value style;
	size_t count;
	struct error error;

	if (!postfix_value(trusted->run->mta->postfix, trusted->service,
		"mynetworks_style", &style, &error) ||
	    !postfix_default_networks(trusted->run->mta->postfix,
		trusted->service, trusted->run->arena, &blocks, &count,
		&error)) {
		check_unknown(trusted->run, trusted->place, "%s", error.text);
		return;
	}
	trusted->place = check_postfix_place(trusted->run, &style);
	const char *unknown =
	    postfix_neighbours_unknown(trusted->run->mta->postfix,
		trusted->service, trusted->run->arena);
	if (unknown != NULL && trusted->asks_neighbours)
		check_unknown(trusted->run, trusted->place, "%s", unknown);
	for (size_t i = 0; i < count; i++) {
		char bytes[64];
		struct buf text = BUF(bytes);

		netblock_print(&blocks[i], &text);
		trusted->block = blocks[i];
		trusted->text = arena_print(trusted->run->arena,
		    STR_FORMAT " (mynetworks_style = " STR_FORMAT ")",
		    STR_ARGS(buf_str(&text)), STR_ARGS(style.text));
		look(trusted);
	}
}

/* Where a byte of mynetworks stands in main.cf. */
static struct place
place_in_main(const void *state, size_t offset)
{
	const struct postfix_main *main = state;

	return postfix_setting_place(main,
	    postfix_main_find(main, STR("mynetworks")), offset);
}

bool
check_postfix_networks(struct check_run *run,
    const struct postfix_service *service, struct place *place,
    struct postfix_list *list, bool *set, struct problems *problems)
{
	const struct postfix *postfix = run->mta->postfix;
	struct postfix_value value;
	struct postfix_list_source source = { .kind = POSTFIX_CLIENTS };

	*set = false;
	if (!check_postfix_value(run, service, "mynetworks", &value))
		return false;
	*place = check_postfix_place(run, &value);
	if (value.origin == POSTFIX_FROM_DEFAULT ||
	    value.origin == POSTFIX_FROM_NOWHERE)
		return true;
	*set = true;
	source.text = value.text;
	source.place = *place;
	/* What was expanded stands nowhere as it is. */
	if (value.origin == POSTFIX_FROM_MAIN &&
	    str_equal(value.text, value.raw)) {
		source.place_of = place_in_main;
		source.state = &postfix->main;
	}
	postfix_list_read(&source, postfix->tables, run->arena, list, problems);
	return true;
}

/* Looks at every network that a service (NULL: the instance) trusts. */
static void
networks_look(struct check_run *run, const struct postfix_service *service,
    trusted_look look, unsigned *told)
{
	struct trusted trusted = { .run = run,
		.service = service,
		.asks_neighbours = look != world_look };
	struct postfix_list list;
	bool set;

	if (!check_postfix_networks(run, service, &trusted.place, &list, &set,
		NULL))
		return;
	if (!set) {
		defaults_look(&trusted, look);
		*told += trusted.told;
		return;
	}
	struct place place = trusted.place;
	for (size_t i = 0; i < list.count; i++) {
		trusted.place = place;
		if (list.elements[i].kind == POSTFIX_ELEMENT_BLOCK)
			element_look(&trusted, &list.elements[i], look);
		else if (list.elements[i].kind == POSTFIX_ELEMENT_TABLE)
			table_look(&trusted, &list.elements[i], look);
	}
	*told += trusted.told;
}

/* Looks at those of the instance, and of services that have their own. */
static void
all_networks_look(struct check_run *run, trusted_look look, const char *good)
{
	const struct postfix_listener *listeners;
	struct postfix_value value;
	unsigned told = 0;
	size_t count;

	networks_look(run, NULL, look, &told);
	postfix_listeners(run->mta->postfix, &listeners, &count);
	for (size_t i = 0; i < count; i++)
		if (postfix_service_override(listeners[i].smtpd,
			STR("mynetworks")) != NULL ||
		    postfix_service_override(listeners[i].smtpd,
			STR("mynetworks_style")) != NULL)
			networks_look(run, listeners[i].smtpd, look, &told);
	if (told > 0 || run->result->findings != NULL ||
	    !check_postfix_value(run, NULL, "mynetworks", &value))
		return;
	check_pass(run, check_postfix_place(run, &value), "%s", good);
}

static struct check_finding *
tell(struct trusted *trusted, const char *why)
{
	struct check_finding *finding = check_fail(trusted->run, trusted->place,
	    "%s is trusted to relay: %s", trusted->text, why);

	finding->value = trusted->text;
	trusted->told++;
	return finding;
}

static void
world_look(struct trusted *trusted)
{
	if (is_world(&trusted->block))
		tell(trusted,
		    trusted->block.prefix % IPV4_BITS == 0
			? "that is the whole Internet"
			: "that is a large part of the Internet");
}

static void
world_run(struct check_run *run)
{
	all_networks_look(run, world_look,
	    "no trusted network is the whole Internet");
}

static bool
is_host_network(const struct host *host, const struct netblock *block)
{
	for (size_t i = 0; i < host->interface_count; i++)
		if (host->interfaces[i].prefix <= block->prefix) {
			struct netblock own = {
				.address = host->interfaces[i].address,
				.prefix = host->interfaces[i].prefix,
			};

			netblock_mask(&own);
			if (netblock_contains(&own, &block->address))
				return true;
		}
	return false;
}

/*
 * The network of a public address of the host that a block holds, and more.
 * Of IPv6 a site has many; an address without a network says nothing.
 */
static bool
has_host_network(const struct host *host, const struct netblock *block,
    struct netblock *own)
{
	for (size_t i = 0; i < host->interface_count && is_ipv4(block); i++) {
		*own = (struct netblock){
			.address = host->interfaces[i].address,
			.prefix = host->interfaces[i].prefix,
		};
		netblock_mask(own);
		if (own->prefix < ADDRESS_ALONE &&
		    block->prefix < own->prefix &&
		    netblock_is_within(own, block))
			return true;
	}
	return false;
}

static void
public_look(struct trusted *trusted)
{
	const struct netblock *block = &trusted->block;
	const struct host *host = trusted->run->context->host->network;
	unsigned wide = is_ipv4(block) ? WIDE_IPV4 : WIDE_IPV6;
	char bytes[64];
	struct buf text = BUF(bytes);
	struct netblock own;

	if (is_world(block) || netblock_is_site(block))
		return;
	if (has_host_network(host, block, &own)) {
		netblock_print(&own, &text);
		tell(trusted,
		    arena_print(trusted->run->arena,
			"a public network wider than this host's "
			"own, " STR_FORMAT,
			STR_ARGS(buf_str(&text))));
		return;
	}
	if (block->prefix >= wide)
		return;
	if (is_host_network(host, block))
		tell(trusted,
		    "all neighbours in the public network of this host");
	else
		tell(trusted, "a public network too wide for one site");
}

static void
neighbours_look(struct trusted *trusted)
{
	const struct netblock *block = &trusted->block;
	enum expected expected = expected_network(trusted->run, block);

	if (expected == EXPECTED_NO)
		tell(trusted, "what is expected of this host does not name it");
	if (expected != EXPECTED_NOTHING)
		return;
	public_look(trusted);
	/* A default is nobody's decision, so any neighbour is too many. */
	if (strstr(trusted->text, "mynetworks_style") != NULL &&
	    !netblock_is_site(block) && block->prefix < 128 &&
	    trusted->told == 0)
		tell(trusted, "all neighbours, by a default");
}

static void
public_run(struct check_run *run)
{
	all_networks_look(run, neighbours_look,
	    "no trusted network is public and wide, or not expected");
}

static void
private_look(struct trusted *trusted)
{
	/* The half of fc00::/7 that is in use (RFC 4193). */
	static const struct netblock own_half = { { { 0xfd } }, 8 };

	if (is_world(&trusted->block) ||
	    expected_network(trusted->run, &trusted->block) == EXPECTED_YES ||
	    (!netblock_has_range(&trusted->block, NETBLOCK_PRIVATE) &&
		!netblock_is_within(&own_half, &trusted->block)))
		return;
	tell(trusted,
	    "all of a private range, and with it every container, VPN and "
	    "proxy that is ever made there");
}

static void
private_run(struct check_run *run)
{
	all_networks_look(run, private_look,
	    "no private range is trusted as a whole");
}

static const char *
print_address(struct check_run *run, const struct address *address)
{
	char bytes[64];
	struct buf text = BUF(bytes);

	address_print(address, &text);
	return arena_print(run->arena, STR_FORMAT, STR_ARGS(buf_str(&text)));
}

static void
gateway_look(struct trusted *trusted)
{
	struct check_run *run = trusted->run;
	const struct host *host = run->context->host->network;

	for (size_t i = 0; i < host->gateway_count; i++)
		if (netblock_contains(&trusted->block, &host->gateways[i]))
			tell(trusted,
			    arena_print(run->arena,
				"the gateway %s is in it, whose address "
				"strangers have behind NAT",
				print_address(run, &host->gateways[i])));
	for (size_t i = 0; i < host->interface_count; i++) {
		const struct host_interface *interface = &host->interfaces[i];

		if (interface->bridge &&
		    netblock_contains(&trusted->block, &interface->address) &&
		    trusted->block.prefix < 128)
			tell(trusted,
			    arena_print(run->arena,
				"the bridge %s (%s) is in it; whoever comes "
				"through a proxy of containers has its "
				"address",
				interface->name,
				print_address(run, &interface->address)));
	}
}

static void
gateway_run(struct check_run *run)
{
	const struct mta_host *host = run->context->host;

	if ((!host->may_run || host->elsewhere) &&
	    host->network->gateway_count == 0) {
		check_not_applicable(run,
		    "the routes of another host are not known here");
		return;
	}
	all_networks_look(run, gateway_look,
	    "no gateway and no bridge is in a trusted network");
}

static const struct check checks[] = {
	{
	    .id = "postfix-mynetworks-world",
	    .title = "mynetworks does not hold the whole Internet",
	    .severity = CHECK_CRITICAL,
	    .rationale = "Whoever is in mynetworks may relay anywhere.",
	    .remedy = "Name the networks of your own hosts in mynetworks.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_server_relay_set_trusted" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = world_run,
	},
	{
	    .id = "postfix-mynetworks-public",
	    .title = "mynetworks holds no public network beyond the host's "
		     "own, and none that is not expected",
	    .severity = CHECK_HIGH,
	    .rationale =
		"A provider's network has other customers in it. With "
		"mynetworks_style = subnet or class, the default below "
		"compatibility level 2, all neighbours may relay.",
	    .remedy = "Name your own addresses in mynetworks, or set "
		      "mynetworks_style = host.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_server_relay_set_trusted" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = public_run,
	},
	{
	    .id = "postfix-mynetworks-private",
	    .title = "mynetworks holds no private range as a whole",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"Container engines, VPNs and load balancers take their "
		"addresses from the same ranges, and strangers come with "
		"them.",
	    .remedy = "Name the networks that are really used.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_server_relay_set_trusted" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = private_run,
	},
	{
	    .id = "postfix-mynetworks-gateway",
	    .title = "mynetworks holds no gateway and no bridge of containers",
	    .severity = CHECK_HIGH,
	    .rationale =
		"Behind NAT or the proxy of a container engine every stranger "
		"has the address of the gateway. It is the most frequent "
		"cause of open relays.",
	    .remedy =
		"Leave the gateway out of mynetworks; publish ports of "
		"containers so that the client's address is kept, for IPv6 "
		"too.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = 1u << MTA_POSTFIX,
	    .run = gateway_run,
	},
};

const struct check_group check_postfix_networks_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
