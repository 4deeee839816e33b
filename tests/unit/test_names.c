/*
 * test_names.c - a set of names, against a search through all of them.
 */
#include "table/names.h"

#include "tests/lib/random.h"
#include "tests/lib/tap.h"

#include <stdio.h>

enum {
	NAMES = 2000,
	PROBES = 5000,
};

static char texts[NAMES][64];

/* A name of few letters, so that many are equal or one below the other. */
static void
random_name(struct random *random, char *text, size_t size)
{
	unsigned labels = 1 + random_below(random, 4);
	size_t used = 0;

	if (random_below(random, 3) == 0)
		text[used++] = '.';
	for (unsigned i = 0; i < labels && used + 4 < size; i++) {
		if (i > 0)
			text[used++] = '.';
		for (unsigned n = 0; n <= random_below(random, 2); n++)
			text[used++] = (char)('a' + random_below(random, 5));
	}
	text[used] = '\0';
}

static bool
listed(struct str name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (str_equal(str_from(texts[i]), name))
			return true;
	return false;
}

static bool
search(struct str domain)
{
	if (listed(domain))
		return true;
	for (size_t i = 1; i < domain.length; i++)
		if (domain.data[i] == '.' &&
		    listed(str_slice(domain, i, domain.length)))
			return true;
	return false;
}

static void
random_names_are_found_as_by_search(void)
{
	struct random random = { .state = 42 };
	struct arena *arena = arena_new(0);
	size_t bytes = 0, wrong = 0, found = 0;
	struct error error;

	for (size_t i = 0; i < NAMES; i++) {
		random_name(&random, texts[i], sizeof(texts[i]));
		bytes += strlen(texts[i]);
	}
	struct names *names = names_new(NAMES, bytes, arena, &error);
	if (!CHECK(names != NULL))
		return;
	for (size_t i = 0; i < NAMES; i++)
		names_add(names, str_from(texts[i]));
	for (size_t i = 0; i < PROBES; i++) {
		char text[64];
		struct str what;

		random_name(&random, text, sizeof(text));
		struct str domain = str_from(text[0] == '.' ? text + 1 : text);
		bool is = names_find_domain(names, domain, &what);
		found += is;
		wrong +=
		    is != search(domain) || (is && !str_ends(domain, what));
	}
	CHECK_INT(wrong, 0);
	CHECK(found > 0 && found < PROBES);
	arena_free(arena);
}

static void
a_walk_finds_parents_with_a_dot_only(void)
{
	static const char *const listed_names[] = { "example.org",
		".example.net", ".de", "user@example.com", "bob@" };
	static const struct {
		const char *domain;
		const char *found; /* NULL: none */
	} cases[] = {
		{ "example.org", "example.org" },
		{ "mx.example.org", NULL },
		{ "example.net", NULL },
		{ "a.example.net", ".example.net" },
		{ "a.b.example.net", ".example.net" },
		{ "xexample.net", NULL },
		{ "any.de", ".de" },
		{ "de", NULL },
		{ "", NULL },
	};
	struct arena *arena = arena_new(0);
	struct error error;
	struct names *names =
	    names_new(TAP_COUNT(listed_names), 100, arena, &error);

	CHECK(!names_have_addresses(names));
	for (size_t i = 0; i < TAP_COUNT(listed_names); i++)
		names_add(names, str_from(listed_names[i]));
	CHECK(names_have_addresses(names));
	CHECK(names_find(names, STR("bob@"), NULL));
	CHECK(!names_find(names, STR("bob"), NULL));
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct str found;

		tap_case("\"%s\"", cases[i].domain);
		bool is =
		    names_find_domain(names, str_from(cases[i].domain), &found);
		CHECK_INT(is, cases[i].found != NULL);
		if (is && cases[i].found != NULL)
			CHECK(str_equal(found, str_from(cases[i].found)));
	}
	arena_free(arena);
}

static void
a_limit_of_memory_is_an_error(void)
{
	struct arena *arena = arena_new(1 << 20);
	struct error error;

	CHECK(names_new(1000 * 1000, 10, arena, &error) == NULL);
	CHECK_STR(error.text, "needs more than its limit of 1 MiB");
	CHECK(names_new(10, SIZE_MAX / 4, arena, &error) == NULL);
	CHECK_STR(error.text, "more than 4 GiB of names");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(random_names_are_found_as_by_search),
	TAP_TEST(a_walk_finds_parents_with_a_dot_only),
	TAP_TEST(a_limit_of_memory_is_an_error),
};

int
main(void)
{
	return TAP_RUN(tests);
}
