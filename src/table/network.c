/*
 * network.c - a network as a person writes it in a list.
 */
#include "table/network.h"

#include "base/buf.h"

#include <string.h>

enum {
	IPV4_OFFSET = 96, /* bits before the IPv4 part of a mapped address */
	ADDRESS_BITS = 128,
};

static bool
is_digits_and_dots(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != '.' &&
		    (text.data[i] < '0' || text.data[i] > '9'))
			return false;
	return text.length > 0;
}

/*
 * Writes out four octets of what was meant to be an IPv4 address: 10 becomes
 * 10.0.0.0, 192.0.02.1 becomes 192.0.2.1. False if it cannot be known.
 */
static bool
octets_complete(struct str text, struct buf *whole)
{
	struct str octet;
	unsigned count = 0;

	while (text.length > 0) {
		unsigned long number;

		str_cut(text, '.', &octet, &text);
		if (!str_number(octet, 255, &number) || ++count > 4)
			return false;
		if (count > 1)
			buf_add_char(whole, '.');
		buf_add_number(whole, number);
	}
	for (; count < 4; count++)
		buf_add(whole, STR(".0"));
	return true;
}

/* Says what an IPv4 address that is none should have been. */
static bool
ipv4_refuse(struct str text, struct str host, struct str length,
    struct error *error)
{
	char bytes[64];
	struct buf whole = BUF(bytes);

	if (!octets_complete(host, &whole))
		return error_set(error,
		    "\"" STR_FORMAT "\" is not an IPv4 address or network",
		    STR_ARGS(text));
	if (length.length > 0) {
		buf_add_char(&whole, '/');
		buf_add(&whole, length);
	}
	return error_set(error,
	    "\"" STR_FORMAT "\" is not four octets without leading zeros: "
	    "write " STR_FORMAT,
	    STR_ARGS(text), STR_ARGS(buf_str(&whole)));
}

/* Says what would be right in place of [2001:db8::]/32. */
static bool
brackets_refuse(struct str text, struct error *error)
{
	char bytes[128];
	struct buf bare = BUF(bytes);

	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != '[' && text.data[i] != ']')
			buf_add_char(&bare, text.data[i]);
	return error_set(error,
	    "\"" STR_FORMAT "\": write it without brackets, " STR_FORMAT,
	    STR_ARGS(text), STR_ARGS(buf_str(&bare)));
}

/*
 * A mapped network would be one of IPv4 to us and one of IPv6 to others; who
 * wrote it may have meant either.
 */
static bool
mapped_refuse(struct str text, const struct netblock *block,
    struct error *error)
{
	char bytes[64];
	struct buf dotted = BUF(bytes);

	netblock_print(block, &dotted);
	return error_set(error,
	    "\"" STR_FORMAT "\" is IPv4 inside IPv6: write " STR_FORMAT,
	    STR_ARGS(text), STR_ARGS(buf_str(&dotted)));
}

/* Names the network that an address with bits after its prefix lies in. */
static bool
bits_refuse(struct str text, const struct address *address,
    unsigned long prefix, bool dotted, struct error *error)
{
	struct netblock right = {
		.address = *address,
		.prefix = (unsigned)prefix + (dotted ? IPV4_OFFSET : 0),
	};
	char bytes[64];
	struct buf network = BUF(bytes);

	netblock_mask(&right);
	netblock_print(&right, &network);
	return error_set(error,
	    "\"" STR_FORMAT
	    "\" has bits after its prefix: the network is " STR_FORMAT,
	    STR_ARGS(text), STR_ARGS(buf_str(&network)));
}

bool
network_parse(struct str text, struct netblock *block, struct error *error)
{
	struct str host, length;
	struct error detail;
	struct address address;
	unsigned long prefix;

	if (text.length > 0 && text.data[0] == '[')
		return brackets_refuse(text, error);
	if (netblock_parse(text, block, error)) {
		if (address_is_ipv4(&block->address) &&
		    memchr(text.data, ':', text.length) != NULL)
			return mapped_refuse(text, block, error);
		return true;
	}

	bool has_length = str_cut(text, '/', &host, &length);
	if (!address_parse(host, &address, &detail)) {
		if (is_digits_and_dots(host))
			return ipv4_refuse(text, host, length, error);
		return error_set(error,
		    "\"" STR_FORMAT "\" is not an IP address or network",
		    STR_ARGS(text));
	}
	bool dotted = memchr(host.data, ':', host.length) == NULL;
	if (has_length &&
	    str_number(length,
		dotted ? ADDRESS_BITS - IPV4_OFFSET : ADDRESS_BITS, &prefix))
		return bits_refuse(text, &address, prefix, dotted, error);
	error_prefix(error, "\"" STR_FORMAT "\"", STR_ARGS(text));
	return false;
}
