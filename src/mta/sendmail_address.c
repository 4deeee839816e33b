/*
 * sendmail_address.c - addresses of clients as Sendmail writes them, and the
 * networks that a beginning of one is.
 */
#include "mta/sendmail_class.h"

#include "base/buf.h"

#include <string.h>

enum {
	MAPPED = 12, /* bytes before the IPv4 part of a mapped address */
	GROUPS = 8,
};

static bool
is_mapped(const struct address *address)
{
	static const uint8_t start[MAPPED] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0xff };

	return memcmp(address->bytes, start, MAPPED) == 0;
}

/* All eight groups without leading zeros: Debian builds with IPV6_FULL. */
void
sendmail_print_address(const struct address *address, struct buf *buf)
{
	const uint8_t *b = address->bytes;

	if (is_mapped(address)) {
		buf_print(buf, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
		return;
	}
	buf_add(buf, STR("IPv6"));
	for (unsigned i = 0; i < GROUPS; i++)
		buf_print(buf, ":%x", (unsigned)b[2 * i] << 8 | b[2 * i + 1]);
}

/* Reads one to four octets: 10, 10.1, 10.1.2, 10.1.2.3, each dot optional. */
static bool
parse_octets(struct str word, struct netblock *block)
{
	unsigned count = 0;
	struct str part;

	memset(block, 0, sizeof(*block));
	block->address.bytes[10] = block->address.bytes[11] = 0xff;
	if (str_ends(word, STR(".")))
		word.length--;
	do {
		unsigned long octet;
		bool more = str_cut(word, '.', &part, &word);

		if (count == 4 || !str_number(part, 255, &octet))
			return false;
		block->address.bytes[MAPPED + count++] = (uint8_t)octet;
		if (!more)
			break;
	} while (true);
	block->prefix = 96 + 8 * count;
	return true;
}

static bool
parse_group(struct str text, unsigned *group)
{
	*group = 0;
	if (text.length == 0 || text.length > 4)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		const char *digits = "0123456789abcdef";
		char c = text.data[i];

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		const char *found = c != '\0' ? strchr(digits, c) : NULL;
		if (found == NULL)
			return false;
		*group = *group << 4 | (unsigned)(found - digits);
	}
	return true;
}

/* Reads groups after "IPv6:": 2001:db8, without :: in it. */
static bool
parse_groups(struct str word, struct netblock *block)
{
	unsigned count = 0, group;
	bool more = true;
	struct str part;

	memset(block, 0, sizeof(*block));
	if (str_ends(word, STR(":")))
		word.length--;
	while (more) {
		more = str_cut(word, ':', &part, &word);
		if (count == GROUPS || !parse_group(part, &group))
			return false;
		block->address.bytes[2 * count] = (uint8_t)(group >> 8);
		block->address.bytes[2 * count + 1] = (uint8_t)group;
		count++;
	}
	block->prefix = 16 * count;
	return true;
}

bool
sendmail_member_block(struct str word, struct netblock *block)
{
	struct str start = STR("IPv6:");

	if (word.length > start.length &&
	    str_equal_nocase(str_slice(word, 0, start.length), start))
		return parse_groups(str_slice(word, start.length, word.length),
		    block);
	return word.length > 0 && word.data[0] >= '0' && word.data[0] <= '9' &&
	    parse_octets(word, block);
}

bool
sendmail_member_in_vain(struct str word)
{
	struct netblock block;
	struct error error;

	if (sendmail_member_block(word, &block))
		return false;
	if (word.length > 2 && word.data[0] == '[' &&
	    word.data[word.length - 1] == ']')
		word = str_slice(word, 1, word.length - 1);
	if (str_starts(word, STR("IPv6:")))
		word = str_slice(word, 5, word.length);
	struct str address, bits;

	str_cut(word, '/', &address, &bits);
	return address_parse(address, &block.address, &error);
}

bool
sendmail_site_macro(const void *state, struct str name, struct str *value)
{
	const struct sendmail_site *site = state;
	struct str label;

	if (str_equal(name, STR("m")))
		return str_cut(site->hostname, '.', &label, value);
	*value = site->hostname;
	return str_equal(name, STR("w")) || str_equal(name, STR("j")) ||
	    str_equal(name, STR("k"));
}
