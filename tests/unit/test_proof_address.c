/*
 * test_proof_address.c - the client addresses that stand for all others.
 */
#include "check/proof_address.h"

#include "tests/lib/tap.h"

enum {
	BLOCKS = 5,
};

/* The addresses that are chosen, as words. */
static const char *
chosen_text(const char *const *named, const char *interfaces,
    struct arena *arena)
{
	struct proof_blocks blocks = { .arena = arena };
	struct proof_addresses chosen;
	struct host host;
	struct error error;
	const char *text = "";

	if (!CHECK(host_parse(str_from(interfaces), arena, &host, &error)))
		return text;
	for (size_t i = 0; i < BLOCKS && named[i] != NULL; i++) {
		struct netblock block;

		if (CHECK(netblock_parse(str_from(named[i]), &block, &error)))
			proof_blocks_add(&blocks, &block);
	}
	proof_addresses_choose(&blocks, &host, arena, &chosen);
	for (size_t i = 0; i < chosen.count; i++) {
		char bytes[64];
		struct buf buf = BUF(bytes);

		address_print(&chosen.addresses[i], &buf);
		text = arena_print(arena, "%s%s" STR_FORMAT, text,
		    i > 0 ? " " : "", STR_ARGS(buf_str(&buf)));
	}
	return text;
}

static void
each_piece_of_the_internet_has_one(void)
{
	static const struct {
		const char *named[BLOCKS];
		const char *interfaces;
		const char *chosen;
	} cases[] = {
		{ { NULL }, "198.51.100.10/24", "1.1.1.1 2600::1" },
		/* A wide network has one inside, and one after it. */
		{ { "8.0.0.0/6" }, "198.51.100.10/24",
		    "1.1.1.1 8.0.0.0 12.0.0.0 2600::1" },
		{ { "128.0.0.0/1" }, "198.51.100.10/24",
		    "1.1.1.1 128.0.0.0 2600::1" },
		/* What is private, named, or near is passed over. */
		{ { "10.0.0.0/7" }, "198.51.100.10/24",
		    "1.1.1.1 11.0.0.0 12.0.0.0 2600::1" },
		{ { "64.0.0.0/8", "64.0.0.0/16", "64.1.0.0/24" },
		    "198.51.100.10/24", "1.1.1.1 64.1.1.0 65.0.0.0 2600::1" },
		{ { "128.0.0.0/8" }, "128.0.0.9/16",
		    "1.1.1.1 128.1.0.0 129.0.0.0 2600::1" },
		/* Nothing is left of a network in which all is named. */
		{ { "64.0.0.0/15", "64.0.0.0/16", "64.1.0.0/16" },
		    "198.51.100.10/24", "1.1.1.1 64.2.0.0 2600::1" },
		{ { "2400::/12" }, "198.51.100.10/24",
		    "1.1.1.1 2400:: 2410:: 2600::1" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);

		tap_case("%s on %s",
		    cases[i].named[0] != NULL ? cases[i].named[0] : "nothing",
		    cases[i].interfaces);
		CHECK_STR(chosen_text(cases[i].named, cases[i].interfaces,
			      arena),
		    cases[i].chosen);
		arena_free(arena);
	}
}

static void
keys_of_access_tables_are_networks(void)
{
	static const struct {
		const char *key;
		const char *block; /* NULL: none */
	} cases[] = {
		{ "203.0.113.66", "203.0.113.66" },
		{ "203.0.113", "203.0.113.0/24" },
		{ "203.0", "203.0.0.0/16" },
		{ "203", "203.0.0.0/8" },
		{ "2001:db8", "2001:db8::/32" },
		{ "2001:db8:ffff:", "2001:db8:ffff::/48" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "example", NULL },
		{ "300", NULL },
		{ "", NULL },
		{ "mail.example.com", NULL },
		{ "1.2.3.4.5", NULL },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct netblock block;
		char bytes[64] = "";
		struct buf buf = BUF(bytes);
		bool is = proof_block_of_key(str_from(cases[i].key), &block);

		tap_case("\"%s\"", cases[i].key);
		if (!CHECK_INT(is, cases[i].block != NULL) || !is)
			continue;
		netblock_print(&block, &buf);
		CHECK(str_equal(buf_str(&buf), str_from(cases[i].block)));
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(each_piece_of_the_internet_has_one),
	TAP_TEST(keys_of_access_tables_are_networks),
};

int
main(void)
{
	return TAP_RUN(tests);
}
