/*
 * test_network.c - networks as people write them, and what is wrong with some.
 */
#include "table/network.h"

#include "tests/lib/tap.h"

static void
one_way_of_writing_is_taken(void)
{
	static const char *const texts[] = { "192.0.2.1", "192.0.2.0/24",
		"0.0.0.0/0", "2001:db8::1", "2001:DB8::/32", "::1", "::/0" };

	for (size_t i = 0; i < TAP_COUNT(texts); i++) {
		struct netblock block;
		struct error error;

		tap_case("%s", texts[i]);
		CHECK(network_parse(str_from(texts[i]), &block, &error));
	}
}

static const struct {
	const char *text;
	const char *error;
} refused[] = {
	{ "192.0.2.1/24",
	    "\"192.0.2.1/24\" has bits after its prefix: the network "
	    "is 192.0.2.0/24" },
	{ "10.1.2.3/0",
	    "\"10.1.2.3/0\" has bits after its prefix: the network is "
	    "0.0.0.0/0" },
	{ "2001:db8::1/64",
	    "\"2001:db8::1/64\" has bits after its prefix: the network "
	    "is 2001:db8::/64" },
	{ "::ffff:192.0.2.0/120",
	    "\"::ffff:192.0.2.0/120\" is IPv4 inside IPv6: write "
	    "192.0.2.0/24" },
	{ "::ffff:192.0.2.1",
	    "\"::ffff:192.0.2.1\" is IPv4 inside IPv6: write "
	    "192.0.2.1" },
	{ "::ffff:0:0/90",
	    "\"::ffff:0:0/90\" has bits after its prefix: the network "
	    "is ::ffc0:0:0/90" },
	{ "10/8",
	    "\"10/8\" is not four octets without leading zeros: write "
	    "10.0.0.0/8" },
	{ "10.0.0",
	    "\"10.0.0\" is not four octets without leading zeros: "
	    "write 10.0.0.0" },
	{ "192.0.02.1",
	    "\"192.0.02.1\" is not four octets without leading zeros: "
	    "write 192.0.2.1" },
	{ "192.0.2.300", "\"192.0.2.300\" is not an IPv4 address or network" },
	{ "1.2.3.4.5", "\"1.2.3.4.5\" is not an IPv4 address or network" },
	{ "[2001:db8::]/32",
	    "\"[2001:db8::]/32\": write it without brackets, "
	    "2001:db8::/32" },
	{ "192.0.2.0/33", "\"192.0.2.0/33\": prefix length 33 is above 32" },
	{ "192.0.2.0/", "\"192.0.2.0/\": no prefix length after the slash" },
	{ "192.0.2.0/255.255.255.0",
	    "\"192.0.2.0/255.255.255.0\": no prefix length after the "
	    "slash" },
	{ "example.com", "\"example.com\" is not an IP address or network" },
	{ "fe80::1%eth0", "\"fe80::1%eth0\" is not an IP address or network" },
	{ "", "\"\" is not an IP address or network" },
};

static void
others_are_told_what_is_right(void)
{
	for (size_t i = 0; i < TAP_COUNT(refused); i++) {
		struct netblock block;
		struct error error;

		tap_case("\"%s\"", refused[i].text);
		if (CHECK(!network_parse(str_from(refused[i].text), &block,
			&error)))
			CHECK_STR(error.text, refused[i].error);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(one_way_of_writing_is_taken),
	TAP_TEST(others_are_told_what_is_right),
};

int
main(void)
{
	return TAP_RUN(tests);
}
