/*
 * test_host.c - the addresses and gateways of this host, as ip(8) knows them.
 */
#include "base/host.h"

#include "tests/lib/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool
have_ip(void)
{
	return system("ip -j address >/dev/null 2>&1") == 0;
}

static json_t *
ask_ip(const char *command)
{
	FILE *pipe = popen(command, "r");
	json_error_t error;

	if (pipe == NULL)
		tap_bail("%s: %s", command, strerror(errno));
	json_t *answer = json_loadf(pipe, 0, &error);
	pclose(pipe);
	/* Where nothing is to be listed, it may write nothing at all. */
	return answer != NULL ? answer : json_array();
}

static struct address
address_of(const char *text)
{
	struct address address = { { 0 } };
	struct error error = { "" };

	if (!address_parse(str_from(text), &address, &error))
		tap_bail("%s", error.text);
	return address;
}

static const struct host_interface *
interface_of(const struct host *host, const char *name,
    const struct address *address)
{
	for (size_t i = 0; i < host->interface_count; i++)
		if (strcmp(host->interfaces[i].name, name) == 0 &&
		    memcmp(&host->interfaces[i].address, address,
			sizeof(*address)) == 0)
			return &host->interfaces[i];
	return NULL;
}

/* Checks what is known of the interface that has an address. */
static void
check_interface(const struct host *host, json_t *link, json_t *entry,
    const struct address *address)
{
	const char *name = json_string_value(json_object_get(link, "ifname"));
	const char *kind = json_string_value(
	    json_object_get(json_object_get(link, "linkinfo"), "info_kind"));
	const char *type =
	    json_string_value(json_object_get(link, "link_type"));
	long long bits =
	    json_integer_value(json_object_get(entry, "prefixlen"));
	const struct host_interface *found = interface_of(host, name, address);

	if (!CHECK(found != NULL))
		return;
	CHECK_INT(found->prefix, bits + (address_is_ipv4(address) ? 96 : 0));
	CHECK_INT(found->loopback, strcmp(type, "loopback") == 0);
	CHECK_INT(found->bridge, kind != NULL && strcmp(kind, "bridge") == 0);
}

/* Checks every address that ip lists, and returns how many these are. */
static size_t
check_addresses(const struct host *host)
{
	json_t *links = ask_ip("ip -j -d address"), *link, *entry;
	size_t i, k, count = 0;

	json_array_foreach(links, i, link)
	{
		json_array_foreach(json_object_get(link, "addr_info"), k, entry)
		{
			const char *local =
			    json_string_value(json_object_get(entry, "local"));

			if (local == NULL)
				continue;
			struct address address = address_of(local);
			tap_case("address %s", local);
			CHECK(host_has_address(host, &address));
			check_interface(host, link, entry, &address);
			count++;
		}
	}
	json_decref(links);
	return count;
}

static void
check_gateway(const struct host *host, const json_t *entry)
{
	const char *gateway =
	    json_string_value(json_object_get(entry, "gateway"));

	if (gateway == NULL)
		gateway = json_string_value(
		    json_object_get(json_object_get(entry, "via"), "host"));
	if (gateway == NULL)
		return;
	struct address address = address_of(gateway);
	tap_case("gateway %s", gateway);
	CHECK(host_has_gateway(host, &address));
}

static void
check_gateways(const struct host *host, const char *command)
{
	json_t *routes = ask_ip(command), *route, *hop;
	size_t i, k;

	json_array_foreach(routes, i, route)
	{
		check_gateway(host, route);
		json_array_foreach(json_object_get(route, "nexthops"), k, hop)
		    check_gateway(host, hop);
	}
	json_decref(routes);
}

static void
check_host(struct host *host, struct arena *arena)
{
	struct error error = { "" };

	if (!CHECK(host_read(arena, host, &error)))
		tap_bail("%s", error.text);
	size_t count = check_addresses(host);
	tap_case("no address but those");
	CHECK(host->address_count <= count);
	check_gateways(host, "ip -j -4 route show table all default");
	check_gateways(host, "ip -j -6 route show table all default");
}

static void
this_host_is_read_as_ip_reads_it(void)
{
	struct arena *arena = arena_new(0);
	struct address stranger = address_of("192.0.2.254");
	struct host host;

	if (!have_ip()) {
		tap_skip("no ip(8) that prints JSON");
		arena_free(arena);
		return;
	}
	check_host(&host, arena);
	CHECK(!host_has_address(&host, &stranger));
	arena_free(arena);
}

/* Whether a command succeeds that makes what a test looks at. */
static bool
run(const char *command)
{
	return system(command) == 0;
}

/* Waits for the watch to tell of a change. */
static bool
told(int watch)
{
	struct pollfd ready = { .fd = watch, .events = POLLIN };

	return poll(&ready, 1, 5000) == 1 && host_watch_read(watch);
}

static const struct {
	const char *command;
	const char *gateway; /* that has come; or an address has */
	const char *address;
} changes[] = {
	{ "ip address add 192.0.2.1/24 dev guard0", NULL, "192.0.2.1" },
	{ "ip -6 address add 2001:db8::1/64 dev guard0 nodad", NULL,
	    "2001:db8::1" },
	{ "ip link add guards type bridge && "
	  "ip address add 172.17.0.1/16 dev guards && "
	  "ip link set guards up",
	    NULL, "172.17.0.1" },
	{ "ip address add 198.51.100.1 peer 198.51.100.2 dev guard0", NULL,
	    "198.51.100.1" },
	{ "ip route add default via 192.0.2.254", "192.0.2.254", NULL },
	{ "ip route add default metric 5 table 7 nexthop via "
	  "192.0.2.8 nexthop via 192.0.2.9",
	    "192.0.2.9", NULL },
	{ "ip route add default via inet6 fe80::7 dev guard0 "
	  "metric 9",
	    "fe80::7", NULL },
	{ "ip -6 route add default via fe80::1 dev guard0", "fe80::1", NULL },
	{ "ip -6 route add default metric 7 "
	  "nexthop via 2001:db8::8 dev guard0 "
	  "nexthop via 2001:db8::9 dev guard0",
	    "2001:db8::9", NULL },
	{ "ip nexthop add id 5 via 192.0.2.77 dev guard0 && "
	  "ip route add default nhid 5 table 9",
	    "192.0.2.77", NULL },
};

static void
changes_are_told(struct arena *arena, struct host *first, int watch)
{
	struct host before = *first;

	for (size_t i = 0; i < TAP_COUNT(changes); i++) {
		struct host host;
		struct error error;

		host_watch_read(watch);
		tap_case("%s", changes[i].command);
		if (!CHECK(run(changes[i].command)))
			continue;
		CHECK(told(watch));
		CHECK(host_read(arena, &host, &error));
		CHECK(!host_equal(&before, &host));
		if (changes[i].gateway != NULL) {
			struct address a = address_of(changes[i].gateway);
			CHECK(host_has_gateway(&host, &a));
			CHECK(!host_has_gateway(&before, &a));
		}
		if (changes[i].address != NULL) {
			struct address a = address_of(changes[i].address);
			CHECK(host_has_address(&host, &a));
			CHECK(!host_has_address(&before, &a));
		}
		before = host;
	}
}

static void
a_changing_host_is_followed(void)
{
	struct error error = { "" };
	struct host host;

	if (!have_ip()) {
		tap_skip("no ip(8) that prints JSON");
		return;
	}
	if (unshare(CLONE_NEWNET) != 0) {
		tap_skip("may not make a network namespace");
		return;
	}
	if (!run("ip link set lo up && "
		 "ip link add guard0 type veth peer name guard1 && "
		 "ip link set guard1 up && ip link set guard0 up")) {
		tap_skip("the kernel has no veth links");
		return;
	}

	struct arena *arena = arena_new(0);
	struct address loopback = address_of("127.0.0.1");
	struct address loopback6 = address_of("::1");
	int watch = host_watch(&error);
	if (!CHECK(watch >= 0) || !CHECK(host_read(arena, &host, &error)))
		tap_bail("%s", error.text);
	CHECK(host_has_address(&host, &loopback));
	CHECK(host_has_address(&host, &loopback6));
	CHECK_INT(host.gateway_count, 0);
	changes_are_told(arena, &host, watch);
	check_host(&host, arena);

	struct address peer = address_of("198.51.100.2");
	CHECK(!host_has_address(&host, &peer));
	CHECK_INT(host.gateway_count, 8);
	while (host_watch_read(watch))
		;
	tap_case("nothing more");
	CHECK(!host_watch_read(watch));
	close(watch);
	arena_free(arena);
}

static void
a_host_can_be_described(void)
{
	static const struct {
		const char *address;
		unsigned prefix;
		bool loopback;
	} cases[] = {
		{ "127.0.0.1", 104, true },
		{ "::1", 128, true },
		{ "198.51.100.10", 120, false },
		{ "2001:db8:1::10", 64, false },
		{ "127.0.0.2", 128, true },
	};
	struct arena *arena = arena_new(0);
	struct host host;
	struct error error = { "" };

	CHECK(host_parse(STR("198.51.100.10/24, 2001:db8:1::10/64,127.0.0.2"),
	    arena, &host, &error));
	CHECK_INT(host.interface_count, TAP_COUNT(cases));
	CHECK_INT(host.address_count, TAP_COUNT(cases));
	CHECK_INT(host.gateway_count, 0);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct address address = address_of(cases[i].address);
		const struct host_interface *found = &host.interfaces[i];

		tap_case("%s", cases[i].address);
		CHECK(host_has_address(&host, &address));
		CHECK(memcmp(&found->address, &address, sizeof(address)) == 0);
		CHECK_INT(found->prefix, cases[i].prefix);
		CHECK_INT(found->loopback, cases[i].loopback);
		CHECK(!found->bridge);
	}
	CHECK(host_parse(STR(""), arena, &host, &error));
	CHECK_INT(host.address_count, 2);
	arena_free(arena);
}

static void
a_wrong_description_is_refused(void)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{ "eth0", "\"eth0\" is not an IP address" },
		{ "192.0.2.1/33", "\"33\" is not the length of a prefix" },
		{ "192.0.2.1/", "\"\" is not the length of a prefix" },
		{ "192.0.2.1,,192.0.2.2", "\"\" is not an IP address" },
		{ "2001:db8::1/129", "\"129\" is not the length of a prefix" },
	};
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct error error = { "" };
		struct host host;

		tap_case("\"%s\"", cases[i].text);
		CHECK(
		    !host_parse(str_from(cases[i].text), arena, &host, &error));
		CHECK_STR(error.text, cases[i].error);
	}
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_host_can_be_described),
	TAP_TEST(a_wrong_description_is_refused),
	TAP_TEST(this_host_is_read_as_ip_reads_it),
	TAP_TEST(a_changing_host_is_followed),
};

int
main(void)
{
	return TAP_RUN(tests);
}
