/*
 * host.c - what this host is on the network: its addresses and gateways.
 */
#include "base/host.h"

#include "base/netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Addresses being collected. */
struct collection {
	struct arena *arena;
	struct address *addresses;
	size_t count;
	size_t capacity;
};

/* A link of the host: what its addresses share. */
struct link {
	struct link *next;
	int index;
	const char *name;
	bool loopback;
	bool bridge;
};

/* All that is being read. */
struct reading {
	struct arena *arena;
	struct link *links;
	struct collection addresses;
	struct collection gateways;
	struct host_interface *interfaces;
	size_t interface_count;
	size_t interface_capacity;
};

static bool
address_of(struct str bytes, struct address *address)
{
	*address = (struct address){ .bytes = { [10] = 0xff, [11] = 0xff } };
	if (bytes.length == 4)
		memcpy(address->bytes + 12, bytes.data, 4);
	else if (bytes.length == 16)
		memcpy(address->bytes, bytes.data, 16);
	else
		return false;
	return true;
}

static void
collect(struct collection *collection, const struct address *address)
{
	if (collection->count == collection->capacity) {
		size_t capacity = 2 * collection->capacity + 16;
		struct address *more =
		    arena_alloc(collection->arena, capacity * sizeof(*more));

		if (collection->count > 0)
			memcpy(more, collection->addresses,
			    collection->count * sizeof(*more));
		collection->addresses = more;
		collection->capacity = capacity;
	}
	collection->addresses[collection->count++] = *address;
}

/* The next place in the list of interfaces. */
static struct host_interface *
add_interface(struct reading *reading)
{
	if (reading->interface_count == reading->interface_capacity) {
		size_t capacity = 2 * reading->interface_capacity + 16;
		struct host_interface *more =
		    arena_alloc(reading->arena, capacity * sizeof(*more));

		if (reading->interface_count > 0)
			memcpy(more, reading->interfaces,
			    reading->interface_count * sizeof(*more));
		reading->interfaces = more;
		reading->interface_capacity = capacity;
	}
	return &reading->interfaces[reading->interface_count++];
}

/* Whether the information about the kind of a link says that it is a bridge. */
static bool
is_bridge(struct str information)
{
	struct str value;
	unsigned type;

	while (netlink_attribute(&information, &type, &value))
		if (type == IFLA_INFO_KIND)
			return str_equal(value, STR("bridge\0")) ||
			    str_equal(value, STR("bridge"));
	return false;
}

static void
begin_links(void *state)
{
	struct reading *reading = state;

	reading->links = NULL;
}

static void
read_link(void *state, struct str message)
{
	struct reading *reading = state;
	struct ifinfomsg header;
	struct str value;
	unsigned type;

	if (message.length < sizeof(header))
		return;
	memcpy(&header, message.data, sizeof(header));
	struct link *link = arena_alloc(reading->arena, sizeof(*link));
	link->index = header.ifi_index;
	link->loopback = (header.ifi_flags & IFF_LOOPBACK) != 0;
	link->name = "";
	link->next = reading->links;
	reading->links = link;

	struct str rest =
	    str_slice(message, NLMSG_ALIGN(sizeof(header)), message.length);
	while (netlink_attribute(&rest, &type, &value))
		if (type == IFLA_IFNAME)
			link->name = arena_copy(reading->arena, value).data;
		else if (type == IFLA_LINKINFO)
			link->bridge = is_bridge(value);
}

static void
begin_addresses(void *state)
{
	struct reading *reading = state;

	reading->addresses.count = 0;
	reading->interface_count = 0;
}

/* The address of a link: where there is a peer, IFA_ADDRESS is the peer's. */
static void
read_address(void *state, struct str message)
{
	struct reading *reading = state;
	struct ifaddrmsg header;
	struct str value, local = { NULL, 0 }, other = { NULL, 0 };
	struct address address;
	unsigned type;

	if (message.length < sizeof(header))
		return;
	memcpy(&header, message.data, sizeof(header));
	struct str rest =
	    str_slice(message, NLMSG_ALIGN(sizeof(header)), message.length);
	while (netlink_attribute(&rest, &type, &value))
		if (type == IFA_LOCAL)
			local = value;
		else if (type == IFA_ADDRESS)
			other = value;
	if (!address_of(local.length > 0 ? local : other, &address))
		return;
	collect(&reading->addresses, &address);

	struct host_interface *interface = add_interface(reading);
	*interface = (struct host_interface){
		.name = "",
		.address = address,
		.prefix = header.ifa_prefixlen +
		    (header.ifa_family == AF_INET ? 96 : 0),
	};
	for (const struct link *link = reading->links; link != NULL;
	     link = link->next)
		if (link->index == (int)header.ifa_index) {
			interface->name = link->name;
			interface->loopback = link->loopback;
			interface->bridge = link->bridge;
		}
}

static void
begin_routes(void *state)
{
	struct reading *reading = state;

	reading->gateways.count = 0;
}

static void
add_gateway(struct collection *collection, struct str bytes)
{
	struct address address;

	if (address_of(bytes, &address))
		collect(collection, &address);
}

/* The gateways among the attributes of a route or of one of its next hops. */
static void
read_gateways(struct str attributes, struct collection *collection)
{
	struct str value;
	unsigned type;

	while (netlink_attribute(&attributes, &type, &value))
		if (type == RTA_GATEWAY)
			add_gateway(collection, value);
		else if (type == RTA_VIA && value.length > 2)
			/* After the family comes the address. */
			add_gateway(collection,
			    str_slice(value, 2, value.length));
}

static void
read_multipath(struct str hops, struct collection *collection)
{
	struct rtnexthop header;
	struct str attributes;

	while (hops.length >= sizeof(header)) {
		memcpy(&header, hops.data, sizeof(header));
		if (!netlink_take(&hops, &header, sizeof(header),
			header.rtnh_len, &attributes))
			return;
		read_gateways(attributes, collection);
	}
}

/* The next hops of a default route, in whichever table. */
static void
read_route(void *state, struct str message)
{
	struct reading *reading = state;
	struct collection *collection = &reading->gateways;
	struct rtmsg header;
	struct str value;
	unsigned type;

	if (message.length < sizeof(header))
		return;
	memcpy(&header, message.data, sizeof(header));
	if (header.rtm_dst_len != 0 || header.rtm_type != RTN_UNICAST ||
	    (header.rtm_flags & RTM_F_CLONED) != 0)
		return;

	struct str attributes =
	    str_slice(message, NLMSG_ALIGN(sizeof(header)), message.length);
	read_gateways(attributes, collection);
	while (netlink_attribute(&attributes, &type, &value))
		if (type == RTA_MULTIPATH)
			read_multipath(value, collection);
}

/* All zero asks for every family; not shorter than its relatives. */
static const struct rtmsg any;

#define ROUTE_ANY NETLINK_ROUTE, &any, sizeof(any), false

static const struct netlink_dump dumps[] = {
	{ RTM_GETLINK, RTM_NEWLINK, begin_links, read_link, ROUTE_ANY },
	{ RTM_GETADDR, RTM_NEWADDR, begin_addresses, read_address, ROUTE_ANY },
	{ RTM_GETROUTE, RTM_NEWROUTE, begin_routes, read_route, ROUTE_ANY },
};

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct address));
}

/* Sorts, and leaves out what stands there twice. */
static void
arrange(struct collection *collection)
{
	size_t kept = 0;

	if (collection->count == 0)
		return;
	qsort(collection->addresses, collection->count,
	    sizeof(*collection->addresses), compare);
	for (size_t i = 1; i < collection->count; i++)
		if (compare(&collection->addresses[i],
			&collection->addresses[kept]) != 0)
			collection->addresses[++kept] =
			    collection->addresses[i];
	collection->count = kept + 1;
}

static void
finish(struct reading *reading, struct host *host)
{
	arrange(&reading->addresses);
	arrange(&reading->gateways);
	*host = (struct host){
		.addresses = reading->addresses.addresses,
		.address_count = reading->addresses.count,
		.gateways = reading->gateways.addresses,
		.gateway_count = reading->gateways.count,
		.interfaces = reading->interfaces,
		.interface_count = reading->interface_count,
	};
}

bool
host_read(struct arena *arena, struct host *host, struct error *error)
{
	struct reading reading = {
		.arena = arena,
		.addresses = { .arena = arena },
		.gateways = { .arena = arena },
	};

	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++)
		if (!netlink_dump(&dumps[i], &reading, error))
			return false;
	finish(&reading, host);
	return true;
}

static bool
describe(struct reading *reading, struct str text, const char *name,
    struct error *error)
{
	struct host_interface *interface = add_interface(reading);
	struct str host, length;
	bool has_length = str_cut(text, '/', &host, &length);
	unsigned long bits = 128;

	*interface = (struct host_interface){ .name = name };
	if (!address_parse(host, &interface->address, error))
		return false;
	unsigned offset = address_is_ipv4(&interface->address) ? 96 : 0;
	if (has_length && !str_number(length, 128 - offset, &bits))
		return error_set(error,
		    "\"" STR_FORMAT "\" is not the length of a prefix",
		    STR_ARGS(length));
	interface->prefix = has_length ? offset + (unsigned)bits : 128;
	interface->loopback = address_is_loopback(&interface->address);
	collect(&reading->addresses, &interface->address);
	return true;
}

bool
host_parse(struct str text, struct arena *arena, struct host *host,
    struct error *error)
{
	struct reading reading = {
		.arena = arena,
		.addresses = { .arena = arena },
	};
	struct str rest = text, word;
	unsigned number = 0;

	if (!describe(&reading, STR("127.0.0.1/8"), "lo", error) ||
	    !describe(&reading, STR("::1/128"), "lo", error))
		return false;
	while (rest.length > 0) {
		str_cut(rest, ',', &word, &rest);
		if (!describe(&reading, str_trim(word),
			arena_print(arena, "eth%u", number++), error))
			return false;
	}
	finish(&reading, host);
	return true;
}

static bool
has(const struct address *list, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (compare(&list[i], address) == 0)
			return true;
	return false;
}

bool
host_has_address(const struct host *host, const struct address *address)
{
	return has(host->addresses, host->address_count, address);
}

bool
host_has_gateway(const struct host *host, const struct address *address)
{
	return has(host->gateways, host->gateway_count, address);
}

static bool
same(const struct address *a, size_t a_count, const struct address *b,
    size_t b_count)
{
	return a_count == b_count &&
	    (a_count == 0 || memcmp(a, b, a_count * sizeof(*a)) == 0);
}

bool
host_equal(const struct host *a, const struct host *b)
{
	return same(a->addresses, a->address_count, b->addresses,
		   b->address_count) &&
	    same(a->gateways, a->gateway_count, b->gateways, b->gateway_count);
}

int
host_watch(struct error *error)
{
	return netlink_open(SOCK_NONBLOCK,
	    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
		RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	    error);
}

bool
host_watch_read(int descriptor)
{
	char bytes[4096];
	bool changed = false;

	for (;;) {
		ssize_t length = recv(descriptor, bytes, sizeof(bytes), 0);

		if (length > 0) {
			changed = true;
		} else if (length < 0 && errno == ENOBUFS) {
			/* Some were lost: then there were some. */
			changed = true;
		} else if (length == 0 || errno != EINTR) {
			return changed;
		}
	}
}
