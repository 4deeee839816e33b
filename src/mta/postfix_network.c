/*
 * postfix_network.c - the addresses that a Postfix has for its own, and the
 * networks that it trusts unasked.
 */
#include "mta/postfix_network.h"

#include "base/ascii.h"
#include "base/lines.h"
#include "mta/postfix_list.h"

#include <string.h>

enum {
	IPV4_BITS = 96, /* bits before the IPv4 part of an address */
	HOSTS_MAX = 16 << 20,
};

/* How much of its network each address of the host stands for. */
enum style {
	STYLE_SUBNET,
	STYLE_CLASS,
	STYLE_HOST,
};

static const struct {
	const char *name;
	enum style style;
} styles[] = {
	{ "subnet", STYLE_SUBNET },
	{ "class", STYLE_CLASS },
	{ "host", STYLE_HOST },
};

static void
add_address(struct postfix_addresses *addresses, struct arena *arena,
    const struct address *address)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (memcmp(&addresses->list[i], address, sizeof(*address)) == 0)
			return;
	if (addresses->count == addresses->capacity) {
		size_t capacity = 2 * addresses->capacity + 8;
		struct address *more =
		    arena_alloc(arena, capacity * sizeof(*more));

		if (addresses->count > 0)
			memcpy(more, addresses->list,
			    addresses->count * sizeof(*more));
		addresses->list = more;
		addresses->capacity = capacity;
	}
	addresses->list[addresses->count++] = *address;
}

/* Takes the next word off a line of /etc/hosts. */
static bool
next_word(struct str *rest, struct str *word)
{
	size_t start = 0, end;

	while (start < rest->length && strchr(" \t\r", rest->data[start]))
		start++;
	for (end = start; end < rest->length; end++)
		if (strchr(" \t\r", rest->data[end]) != NULL)
			break;
	*word = str_slice(*rest, start, end);
	*rest = str_slice(*rest, end, rest->length);
	return word->length > 0;
}

/* Whether a line of /etc/hosts is about a name; then its address. */
static bool
names_host(struct str line, struct str name, struct address *address)
{
	struct str text, comment, word;
	struct error error;

	str_cut(line, '#', &text, &comment);
	if (!next_word(&text, &word) || !address_parse(word, address, &error))
		return false;
	while (next_word(&text, &word))
		if (str_equal_nocase(word, name))
			return true;
	return false;
}

/* Which families are wanted. */
struct families {
	bool ipv4, ipv6;
};

static bool
is_wanted(const struct families *families, const struct address *address)
{
	return address_is_ipv4(address) ? families->ipv4 : families->ipv6;
}

static enum lookup
find_in_hosts(const struct postfix *postfix, struct str name,
    const struct families *families, struct arena *arena,
    struct postfix_addresses *addresses)
{
	struct str text = { NULL, 0 }, line;
	struct address address;
	struct error error;
	enum lookup found = LOOKUP_MISSING;

	if (tree_read(postfix->host->tree, "/etc/hosts", HOSTS_MAX, arena,
		&text, &error) == LOOKUP_FAILED)
		return LOOKUP_FAILED;
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line))
		if (names_host(line, name, &address) &&
		    is_wanted(families, &address)) {
			add_address(addresses, arena, &address);
			found = LOOKUP_FOUND;
		}
	return found;
}

/* Every resolver knows this name, also where /etc/hosts does not. */
static void
add_localhost(const struct families *families, struct arena *arena,
    struct postfix_addresses *addresses)
{
	static const struct str loopback[] = { STR_INIT("127.0.0.1"),
		STR_INIT("::1") };

	for (size_t i = 0; i < 2; i++) {
		struct address address;
		struct error error;

		if (address_parse(loopback[i], &address, &error) &&
		    is_wanted(families, &address))
			add_address(addresses, arena, &address);
	}
}

enum lookup
postfix_name_find(const struct postfix *postfix, struct str name, bool ipv4,
    bool ipv6, struct arena *arena, struct postfix_addresses *addresses)
{
	struct families families = { ipv4, ipv6 };
	struct address address;
	struct error error;

	if (str_starts(name, STR("[")) && str_ends(name, STR("]")))
		name = str_slice(name, 1, name.length - 1);
	if (address_parse(name, &address, &error)) {
		if (!is_wanted(&families, &address))
			return LOOKUP_MISSING;
		add_address(addresses, arena, &address);
		return LOOKUP_FOUND;
	}
	enum lookup found =
	    find_in_hosts(postfix, name, &families, arena, addresses);
	if (found != LOOKUP_FOUND && str_equal_nocase(name, STR("localhost"))) {
		add_localhost(&families, arena, addresses);
		return LOOKUP_FOUND;
	}
	return found;
}

/* inet_protocols: a list of all, ipv4, ipv6. */
static bool
read_protocols(const struct postfix *postfix,
    const struct postfix_service *service, struct postfix_own *own,
    struct error *error)
{
	struct postfix_value value;
	struct str rest, word;

	if (!postfix_value(postfix, service, "inet_protocols", &value, error))
		return false;
	rest = value.text;
	while (postfix_list_next(&rest, &word)) {
		bool all = str_equal_nocase(word, STR("all"));
		bool ipv4 = all || str_equal_nocase(word, STR("ipv4"));
		bool ipv6 = all || str_equal_nocase(word, STR("ipv6"));

		if (!ipv4 && !ipv6) {
			own->place = value.place;
			return error_set(error,
			    "inet_protocols has \"" STR_FORMAT
			    "\", which is none of all, ipv4, ipv6: Postfix "
			    "does not start",
			    STR_ARGS(word));
		}
		own->ipv4 = own->ipv4 || ipv4;
		own->ipv6 = own->ipv6 || ipv6;
	}
	if (!own->ipv4 && !own->ipv6)
		own->ipv4 = own->ipv6 = true;
	return true;
}

static void
add_block(struct postfix_own *own, struct arena *arena,
    const struct netblock *block)
{
	if (own->count == own->capacity) {
		size_t capacity = 2 * own->capacity + 8;
		struct netblock *more =
		    arena_alloc(arena, capacity * sizeof(*more));

		if (own->count > 0)
			memcpy(more, own->list, own->count * sizeof(*more));
		own->list = more;
		own->capacity = capacity;
	}
	own->list[own->count++] = *block;
}

/* Adds an address of an interface, but not twice. */
static void
add_own(struct postfix_own *own, struct arena *arena,
    const struct address *address, unsigned prefix)
{
	for (size_t i = 0; i < own->count; i++)
		if (memcmp(&own->list[i].address, address, sizeof(*address)) ==
		    0)
			return;
	add_block(own, arena, &(struct netblock){ *address, prefix });
}

/* The addresses of the interfaces, or those of loopback alone. */
static void
add_interfaces(const struct postfix *postfix, struct postfix_own *own,
    struct arena *arena, bool loopback_only)
{
	const struct host *network = postfix->host->network;
	struct families families = { own->ipv4, own->ipv6 };

	for (size_t i = 0; i < network->interface_count; i++) {
		const struct host_interface *interface =
		    &network->interfaces[i];

		if (is_wanted(&families, &interface->address) &&
		    (!loopback_only ||
			address_is_loopback(&interface->address)))
			add_own(own, arena, &interface->address,
			    interface->prefix);
	}
	if (postfix->host->network_unknown && !loopback_only)
		own->unsure = "the interfaces of the host are not known "
			      "(give them with --interfaces)";
}

/* An address of inet_interfaces must be one of the host. */
static bool
add_listed(const struct postfix *postfix, struct postfix_own *own,
    struct arena *arena, const struct address *address, struct error *error)
{
	const struct host *network = postfix->host->network;
	char shown[64];
	struct buf buf = BUF(shown);

	for (size_t i = 0; i < network->interface_count; i++)
		if (memcmp(&network->interfaces[i].address, address,
			sizeof(*address)) == 0) {
			add_own(own, arena, address,
			    network->interfaces[i].prefix);
			return true;
		}
	if (postfix->host->network_unknown) {
		add_own(own, arena, address, 128);
		return true;
	}
	address_print(address, &buf);
	return error_set(error,
	    "inet_interfaces has " STR_FORMAT
	    ", which no interface of the host has: Postfix does not start",
	    STR_ARGS(buf_str(&buf)));
}

/* Whether DNS may know it: "#" and "all" are no names of hosts. */
static bool
may_be_name(struct str word)
{
	if (str_equal_nocase(word, STR("all")) ||
	    str_equal_nocase(word, STR("loopback-only")))
		return false;
	for (size_t i = 0; i < word.length; i++) {
		char c = word.data[i];

		if (!ascii_is_word(c) && c != '-' && c != '.')
			return false;
	}
	struct str label, rest;
	unsigned long number;
	str_cut_last(word, '.', &rest, &label);
	return !str_number(label.length > 0 ? label : word, ~0ul, &number);
}

static bool
add_word(const struct postfix *postfix, struct postfix_own *own,
    struct arena *arena, struct str word, struct error *error)
{
	struct postfix_addresses found = { NULL, 0, 0 };

	if (postfix_name_find(postfix, word, own->ipv4, own->ipv6, arena,
		&found) != LOOKUP_FOUND) {
		if (!may_be_name(word))
			return error_set(error,
			    "inet_interfaces has \"" STR_FORMAT
			    "\", which is no address and no name of a host: "
			    "Postfix does not start",
			    STR_ARGS(word));
		own->unsure = arena_print(arena,
		    "inet_interfaces has " STR_FORMAT
		    ", which /etc/hosts does not know: Postfix starts only "
		    "if DNS does",
		    STR_ARGS(word));
		return true;
	}
	for (size_t i = 0; i < found.count; i++)
		if (!add_listed(postfix, own, arena, &found.list[i], error))
			return false;
	return true;
}

bool
postfix_own_find(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    struct postfix_own *own, struct error *error)
{
	struct postfix_value value;
	struct str rest, word;

	*own = (struct postfix_own){ .list = NULL };
	if (!read_protocols(postfix, service, own, error) ||
	    !postfix_value(postfix, service, "inet_interfaces", &value, error))
		return false;
	own->place = value.place;
	if (str_equal(value.text, STR("all"))) {
		own->all = true;
		add_interfaces(postfix, own, arena, false);
		return true;
	}
	if (str_equal(value.text, STR("loopback-only"))) {
		add_interfaces(postfix, own, arena, true);
		return true;
	}
	rest = value.text;
	while (postfix_list_next(&rest, &word))
		if (!add_word(postfix, own, arena, word, error))
			return false;
	return true;
}

/* The length of the prefix of a classful network. */
static unsigned
class_prefix(const struct address *address)
{
	unsigned first = address->bytes[IPV4_BITS / 8];

	if (first < 128)
		return IPV4_BITS + 8;
	if (first < 192)
		return IPV4_BITS + 16;
	return IPV4_BITS + 24;
}

static unsigned
style_prefix(enum style style, const struct netblock *own)
{
	switch (style) {
	case STYLE_HOST:
		return 128;
	case STYLE_CLASS:
		if (address_is_ipv4(&own->address))
			return class_prefix(&own->address);
		return own->prefix;
	case STYLE_SUBNET:
		break;
	}
	return own->prefix;
}

static bool
read_style(const struct postfix *postfix, const struct postfix_service *service,
    enum style *style, struct error *error)
{
	struct postfix_value value;

	if (!postfix_value(postfix, service, "mynetworks_style", &value, error))
		return false;
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (str_equal(value.text, str_from(styles[i].name))) {
			*style = styles[i].style;
			return true;
		}
	error_write(error,
	    "mynetworks_style is \"" STR_FORMAT
	    "\", which is none of subnet, class, host: Postfix does not start",
	    STR_ARGS(value.text));
	if (value.place.file != NULL)
		error_prefix(error, "%s:%u", value.place.file,
		    value.place.line);
	return false;
}

static bool
same_block(const struct netblock *a, const struct netblock *b)
{
	return a->prefix == b->prefix &&
	    memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

bool
postfix_default_networks(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    const struct netblock **blocks, size_t *count, struct error *error)
{
	struct postfix_own own, networks = { .list = NULL };
	enum style style;

	*count = 0;
	if (!read_style(postfix, service, &style, error) ||
	    !postfix_own_find(postfix, service, arena, &own, error))
		return false;
	for (size_t i = 0; i < own.count; i++) {
		struct netblock block = {
			own.list[i].address,
			style_prefix(style, &own.list[i]),
		};
		bool known = false;

		netblock_mask(&block);
		for (size_t k = 0; k < networks.count; k++)
			known = known || same_block(&networks.list[k], &block);
		if (!known)
			add_block(&networks, arena, &block);
	}
	*blocks = networks.list;
	*count = networks.count;
	return true;
}

const char *
postfix_neighbours_unknown(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena)
{
	struct postfix_own own;
	struct error error;
	enum style style;

	if (!postfix->host->network_unknown ||
	    !read_style(postfix, service, &style, &error) ||
	    style == STYLE_HOST ||
	    !postfix_own_find(postfix, service, arena, &own, &error))
		return NULL;
	bool outside = own.unsure != NULL;
	for (size_t i = 0; i < own.count; i++)
		outside = outside || !address_is_loopback(&own.list[i].address);
	return outside ? "the networks of the host, which mynetworks_style "
			 "trusts, are not known (give them with --interfaces)"
		       : NULL;
}

bool
postfix_default_networks_text(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    struct str *text, struct error *error)
{
	const struct netblock *blocks;
	size_t count;

	if (!postfix_default_networks(postfix, service, arena, &blocks, &count,
		error))
		return false;
	size_t capacity = count * 64 + 1;
	struct buf buf = { arena_alloc(arena, capacity), capacity, 0, false };
	for (size_t i = 0; i < count; i++) {
		bool ipv4 = address_is_ipv4(&blocks[i].address);

		buf_print(&buf, "%s%s", i > 0 ? " " : "", ipv4 ? "" : "[");
		address_print(&blocks[i].address, &buf);
		buf_print(&buf, "%s/%u", ipv4 ? "" : "]",
		    blocks[i].prefix - (ipv4 ? IPV4_BITS : 0));
	}
	*text = buf_str(&buf);
	return true;
}
