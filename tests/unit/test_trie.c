/*
 * test_trie.c - the longest network that holds an address, against a search
 * through all of them.
 */
#include "table/trie.h"

#include "tests/lib/random.h"
#include "tests/lib/tap.h"

#include <stdio.h>

enum {
	NETWORKS = 3000,
	PROBES = 20000,
};

static struct trie_network networks[NETWORKS];

/* A random block; IPv6 crowds below a few prefixes, as networks do. */
static struct netblock
random_block(struct random *random, bool ipv4)
{
	static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
		0xff };
	struct netblock block = { .prefix = 128 };

	for (size_t i = 0; i < 16; i++)
		block.address.bytes[i] = (uint8_t)random_below(random, 256);
	if (ipv4) {
		memcpy(&block.address, mapped, sizeof(mapped));
		block.address.bytes[12] = (uint8_t)random_below(random, 8);
		block.prefix = 96 + random_below(random, 33);
	} else {
		memset(&block.address, 0, 4 + random_below(random, 8));
		block.address.bytes[0] = 0x20;
		block.prefix = random_below(random, 129);
	}
	netblock_mask(&block);
	return block;
}

/* The value of the longest network that holds an address, the slow way. */
static bool
search(size_t count, const struct address *address, uint32_t *value)
{
	const struct trie_network *best = NULL;

	for (size_t i = 0; i < count; i++)
		if (netblock_contains(&networks[i].block, address) &&
		    (best == NULL ||
			networks[i].block.prefix > best->block.prefix))
			best = &networks[i];
	if (best != NULL)
		*value = best->value;
	return best != NULL;
}

/* An address near a network: in it, at its borders, or anywhere. */
static struct address
random_address(struct random *random, size_t count)
{
	struct netblock near = random_block(random, random_below(random, 2));

	if (random_below(random, 4) > 0)
		near = networks[random_below(random, (unsigned)count)].block;
	unsigned flips = random_below(random, 3);
	for (unsigned i = 0; i < flips; i++) {
		unsigned first = address_is_ipv4(&near.address) ? 96 : 0;
		unsigned bit = first + random_below(random, 128 - first);

		near.address.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
	return near.address;
}

static size_t
disagreements(struct random *random, size_t count, const struct trie *trie)
{
	size_t wrong = 0;

	for (size_t i = 0; i < PROBES; i++) {
		struct address address = random_address(random, count);
		uint32_t got = 0, want = 0;
		bool is = trie_find(trie, &address, &got);

		wrong +=
		    is != search(count, &address, &want) || (is && got != want);
	}
	return wrong;
}

static void
random_networks_are_found_as_by_search(void)
{
	static const size_t counts[] = { 1, 2, 10, 300, NETWORKS };

	for (size_t i = 0; i < TAP_COUNT(counts); i++) {
		struct random random = { .state = 1000 + i };
		struct arena *arena = arena_new(0);
		struct error error;

		for (size_t n = 0; n < counts[i]; n++)
			networks[n] = (struct trie_network){
				.block = random_block(&random, n % 2 == 0),
				.value = (uint32_t)n,
			};
		const struct trie *trie =
		    trie_build(networks, counts[i], arena, &error);
		tap_case("%zu networks", counts[i]);
		if (CHECK(trie != NULL))
			CHECK_INT(disagreements(&random, counts[i], trie), 0);
		arena_free(arena);
	}
}

static void
networks_of_one_value_are_found_as_by_search(void)
{
	struct random random = { .state = 77 };
	struct arena *arena = arena_new(0);
	struct error error;

	for (size_t n = 0; n < NETWORKS; n++)
		networks[n] = (struct trie_network){
			.block = random_block(&random, n % 2 == 0),
		};
	/* Not everything, which random blocks of prefix 0 would hold. */
	size_t kept = 0;
	for (size_t n = 0; n < NETWORKS; n++)
		if (networks[n].block.prefix > 8 &&
		    networks[n].block.prefix != 96)
			networks[kept++] = networks[n];
	const struct trie *trie = trie_build(networks, kept, arena, &error);
	if (CHECK(trie != NULL))
		CHECK_INT(disagreements(&random, kept, trie), 0);
	arena_free(arena);
}

static void
borders_are_exact(void)
{
	static const char *const blocks[] = { "10.0.0.0/8", "10.1.0.0/16",
		"192.0.2.1", "2001:db8::/32", "2001:db8::1", "::/1" };
	static const struct {
		const char *address;
		int value; /* -1: none */
	} cases[] = {
		{ "9.255.255.255", -1 },
		{ "10.0.0.0", 0 },
		{ "10.1.0.0", 1 },
		{ "10.1.255.255", 1 },
		{ "10.2.0.0", 0 },
		{ "11.0.0.0", -1 },
		{ "192.0.2.0", -1 },
		{ "192.0.2.1", 2 },
		{ "::ffff:192.0.2.1", 2 },
		{ "192.0.2.2", -1 },
		{ "2001:db7:ffff::1", 5 },
		{ "2001:db8::", 3 },
		{ "2001:db8::1", 4 },
		{ "2001:db8::2", 3 },
		{ "8000::", -1 },
		{ "::", 5 },
	};
	struct trie_network some[TAP_COUNT(blocks)];
	struct arena *arena = arena_new(0);
	struct error error;

	for (size_t i = 0; i < TAP_COUNT(blocks); i++) {
		some[i].value = (uint32_t)i;
		CHECK(netblock_parse(str_from(blocks[i]), &some[i].block,
		    &error));
	}
	const struct trie *trie =
	    trie_build(some, TAP_COUNT(some), arena, &error);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct address address;
		uint32_t value;

		tap_case("%s", cases[i].address);
		CHECK(address_parse(str_from(cases[i].address), &address,
		    &error));
		bool is = trie_find(trie, &address, &value);
		CHECK_INT(is ? (int)value : -1, cases[i].value);
	}
	arena_free(arena);
}

static void
no_network_holds_nothing(void)
{
	struct arena *arena = arena_new(0);
	struct address address;
	struct error error;
	const struct trie *trie = trie_build(NULL, 0, arena, &error);

	CHECK(address_parse(STR("192.0.2.1"), &address, &error));
	CHECK(!trie_find(trie, &address, NULL));
	CHECK(address_parse(STR("2001:db8::1"), &address, &error));
	CHECK(!trie_find(trie, &address, NULL));
	arena_free(arena);
}

static void
the_whole_of_a_family_is_not_the_other(void)
{
	struct arena *arena = arena_new(0);
	struct trie_network all = { .value = 7 };
	struct address address;
	struct error error;
	uint32_t value;

	CHECK(netblock_parse(STR("::/0"), &all.block, &error));
	const struct trie *trie = trie_build(&all, 1, arena, &error);
	CHECK(address_parse(STR("192.0.2.1"), &address, &error));
	CHECK(!trie_find(trie, &address, NULL));
	CHECK(address_parse(STR("2001:db8::1"), &address, &error));
	CHECK(trie_find(trie, &address, &value));
	CHECK_INT(value, 7);
	arena_free(arena);
}

static void
a_limit_of_memory_is_an_error(void)
{
	struct arena *arena = arena_new(64 * 1024);
	struct random random = { .state = 5 };
	struct error error;

	for (size_t i = 0; i < NETWORKS; i++)
		networks[i] = (struct trie_network){
			.block = random_block(&random, false),
			.value = (uint32_t)i,
		};
	CHECK(trie_build(networks, NETWORKS, arena, &error) == NULL);
	CHECK_STR(error.text, "needs more than its limit of 0 MiB");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(random_networks_are_found_as_by_search),
	TAP_TEST(networks_of_one_value_are_found_as_by_search),
	TAP_TEST(borders_are_exact),
	TAP_TEST(no_network_holds_nothing),
	TAP_TEST(the_whole_of_a_family_is_not_the_other),
	TAP_TEST(a_limit_of_memory_is_an_error),
};

int
main(void)
{
	return TAP_RUN(tests);
}
