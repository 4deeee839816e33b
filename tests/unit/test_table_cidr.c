/*
 * test_table_cidr.c - cidr: networks in the format of cidr_table(5).
 */
#include "table/table.h"

#include "tests/lib/lists.h"
#include "tests/lib/tap.h"

static const struct {
	const char *text;
	const char *address;
	enum lookup result;
} meanings[] = {
	{ "10.0.0.0/8 OK\n", "10.1.2.3", LOOKUP_FOUND },
	{ "10.0.0.0/8 relay\n", "10.1.2.3", LOOKUP_FOUND },
	{ "10.0.0.0/8\n", "10.1.2.3", LOOKUP_FOUND },
	{ "10.0.0.0/8\n", "11.1.2.3", LOOKUP_MISSING },
	{ "# no\n\n10.0.0.1\tOK\n", "10.0.0.1", LOOKUP_FOUND },
	{ "10.0.0.1\n  # between\n\n   OK\n", "10.0.0.1", LOOKUP_FOUND },
	{ "[2001:db8::]/32 OK\n", "2001:db8::1", LOOKUP_FOUND },
	{ "[2001:db8::/32] OK\n", "2001:db8::1", LOOKUP_FOUND },
	{ "!10.0.0.0/8 OK\n", "10.1.2.3", LOOKUP_MISSING },
	{ "!10.0.0.0/8 OK\n", "11.1.2.3", LOOKUP_FOUND },
	{ "!10.0.0.0/8 OK\n", "2001:db8::1", LOOKUP_MISSING },
	{ "! !10.0.0.0/8 OK\n", "10.1.2.3", LOOKUP_FOUND },
	{ "if 10.0.0.0/8\n10.1.0.0/16\nendif\n", "10.1.2.3", LOOKUP_FOUND },
	{ "if 10.0.0.0/8\n0.0.0.0/0\nendif\n", "11.1.2.3", LOOKUP_MISSING },
	{ "if 10.0.0.0/8\n10.1.0.0/16\nendif\n10.2.0.0/16\n", "10.2.0.1",
	    LOOKUP_FOUND },
	{ "IF !10.0.0.0/8\n0.0.0.0/0\nENDIF\n", "11.1.2.3", LOOKUP_FOUND },
	{ "if !10.0.0.0/8\n0.0.0.0/0\nendif\n", "10.1.2.3", LOOKUP_MISSING },
	{ "if !10.0.0.0/8\n::/0\nendif\n", "2001:db8::1", LOOKUP_MISSING },
	{ "if 10.0.0.0/8\nif !10.1.0.0/16\n10.0.0.0/8\nendif\nendif\n",
	    "10.1.2.3", LOOKUP_MISSING },
	{ "if 10.0.0.0/8\nif !10.1.0.0/16\n10.0.0.0/8\nendif\nendif\n",
	    "10.2.2.3", LOOKUP_FOUND },
	{ "if 10.0.0.0/8\nif 10.1.0.0/16\nendif\n10.2.0.0/16\n"
	  "endif\n",
	    "10.2.2.3", LOOKUP_FOUND },
	{ "if 11.0.0.0/8\nif 10.1.0.0/16\n10.0.0.0/8\nendif\nendif\n"
	  "if 10.0.0.0/8\n10.0.0.0/9\nendif\n",
	    "10.1.2.3", LOOKUP_FOUND },
	{ "if 10.0.0.0/8\nif 0.0.0.0/0\n0.0.0.0/0\nendif\nendif\n", "192.0.2.1",
	    LOOKUP_MISSING },
	{ "", "10.1.2.3", LOOKUP_MISSING },
};

static void
files_mean_what_they_mean_to_postfix(void)
{
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < TAP_COUNT(meanings); i++) {
		tap_case("%s in %s", meanings[i].address, meanings[i].text);
		lists_write(&lists, "cidr", meanings[i].text);
		if (CHECK(lists_make(&lists, TABLE_NETWORKS, "cidr:cidr")))
			CHECK_INT(lists_find(&lists, meanings[i].address),
			    meanings[i].result);
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static void
mistakes_have_their_place(void)
{
	static const struct {
		const char *text;
		const char *mistake;
	} cases[] = {
		{ "10.0.0.0/8 OK\n10.1.0.0/16 REJECT\n",
		    "cidr:2: result \"REJECT\" in a list: only OK, RELAY or "
		    "none; leave out what is not to be listed" },
		{ "10.0.0.0/8\n  OK\n  and more\n",
		    "cidr:1: result \"OK  and more\" in a list: only OK, RELAY "
		    "or none; leave out what is not to be listed" },
		{ "10.0.0.0/8 permit_mynetworks\n",
		    "cidr:1: result \"permit_mynetworks\" in a list: only OK, "
		    "RELAY or none; leave out what is not to be listed" },
		{ "\n10.0.0.1/8 OK\n",
		    "cidr:2: \"10.0.0.1/8\" has bits after its prefix: the "
		    "network is 10.0.0.0/8" },
		{ "::ffff:10.0.0.0/104 OK\n",
		    "cidr:1: \"::ffff:10.0.0.0/104\" is IPv4 inside IPv6: "
		    "write 10.0.0.0/8" },
		{ "  10.0.0.0/8 OK\n",
		    "cidr:1: white space at the start goes on with a line "
		    "before, and there is none" },
		{ "if 10.0.0.0/8\n10.1.0.0/16\n", "cidr:1: if without endif" },
		{ "10.1.0.0/16\nendif\n", "cidr:2: endif without if" },
		{ "if 10.0.0.0/8 OK\nendif\n", "cidr:1: \"OK\" after if" },
		{ "if 10.0.0.0/8\nendif 10.0.0.0/8\n",
		    "cidr:2: \"10.0.0.0/8\" after endif" },
		{ "if\nendif\n",
		    "cidr:1: \"\" is not an IP address or network" },
		{ "/^10\\./ OK\n",
		    "cidr:1: \"/^10\\./\" is not an IP address or network" },
	};
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%s", cases[i].text);
		lists_write(&lists, "cidr", cases[i].text);
		CHECK(!lists_make(&lists, TABLE_NETWORKS, "cidr:cidr"));
		CHECK_STR(lists_mistake(&lists), cases[i].mistake);
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static void
only_networks_can_be_listed(void)
{
	struct lists lists;

	lists_open(&lists);
	lists_write(&lists, "cidr", "10.0.0.0/8 OK\n");
	CHECK(!lists_make(&lists, TABLE_DOMAINS, "cidr:cidr"));
	CHECK_STR(lists_mistake(&lists),
	    "cidr:0: cidr: lists networks, and here are other values: use "
	    "file: or pcre:");
	lists_close(&lists);
}

static const struct tap_test tests[] = {
	TAP_TEST(files_mean_what_they_mean_to_postfix),
	TAP_TEST(mistakes_have_their_place),
	TAP_TEST(only_networks_can_be_listed),
};

int
main(void)
{
	return TAP_RUN(tests);
}
