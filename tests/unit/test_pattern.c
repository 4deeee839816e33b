/*
 * test_pattern.c - regular expressions, of which none can take long.
 */
#include "table/pattern.h"

#include "base/clock.h"

#include "tests/lib/tap.h"

#include <stdio.h>

static void
anchored_patterns_match_the_whole(void)
{
	static const struct {
		const char *pattern;
		unsigned options;
		const char *text;
		enum lookup result;
	} cases[] = {
		{ "^a.c$", PATTERN_WHOLE, "abc", LOOKUP_FOUND },
		{ "^a.c$", PATTERN_WHOLE, "abcd", LOOKUP_MISSING },
		{ "^a.c$", PATTERN_WHOLE, "xabc", LOOKUP_MISSING },
		{ "^a.c$", PATTERN_WHOLE, "abc\n", LOOKUP_MISSING },
		{ "^a|b$", PATTERN_WHOLE, "a", LOOKUP_FOUND },
		{ "^a|b$", PATTERN_WHOLE, "ax", LOOKUP_MISSING },
		{ "^a|b$", PATTERN_WHOLE, "xb", LOOKUP_MISSING },
		{ "^(?m)a$|$", PATTERN_WHOLE, "x\na\nx", LOOKUP_MISSING },
		{ "^(a)(b)(c)\\2$", PATTERN_WHOLE, "abcb", LOOKUP_FOUND },
		{ "b", 0, "abc", LOOKUP_FOUND },
		{ "b", PATTERN_ANCHORED, "abc", LOOKUP_MISSING },
		{ "B", 0, "abc", LOOKUP_MISSING },
		{ "B", PATTERN_CASELESS, "abc", LOOKUP_FOUND },
		{ "c$", 0, "abc\n", LOOKUP_MISSING },
		{ "a.c", PATTERN_DOTALL, "a\nc", LOOKUP_FOUND },
		{ "a b", PATTERN_EXTENDED, "ab", LOOKUP_FOUND },
	};
	struct pattern_scratch *scratch = pattern_scratch_new();
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct error error;
		const struct pattern *pattern =
		    pattern_compile(str_from(cases[i].pattern),
			cases[i].options, arena, &error);

		tap_case("%s with %s", cases[i].pattern, cases[i].text);
		if (CHECK(pattern != NULL))
			CHECK_INT(pattern_match(pattern,
				      str_from(cases[i].text), scratch),
			    cases[i].result);
	}
	arena_free(arena);
	pattern_scratch_free(scratch);
}

static void
mistakes_are_told(void)
{
	static const struct {
		const char *pattern;
		unsigned options;
		const char *error;
	} cases[] = {
		{ "", 0, "an empty pattern would match all" },
		{ "a(", 0,
		    "pattern \"a(\", after byte 2: missing closing "
		    "parenthesis" },
		{ "example\\.com$", PATTERN_WHOLE,
		    "pattern \"example\\.com$\" would match a part: it must "
		    "begin with ^ and end with $, as in "
		    "^(a|b)@example\\.com$" },
		{ "^a\\$", PATTERN_WHOLE,
		    "pattern \"^a\\$\" would match a part: it must begin with "
		    "^ and end with $, as in ^(a|b)@example\\.com$" },
		{ "^a$", PATTERN_WHOLE | PATTERN_MULTILINE,
		    "flag m in pattern \"^a$\": ^ and $ would match inside" },
		{ "(*UTF)a", 0,
		    "pattern \"(*UTF)a\", after byte 6: using UTF is disabled "
		    "by the application" },
	};
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct error error;

		tap_case("\"%s\"", cases[i].pattern);
		if (CHECK(pattern_compile(str_from(cases[i].pattern),
			      cases[i].options, arena, &error) == NULL))
			CHECK_STR(error.text, cases[i].error);
	}
	arena_free(arena);
}

static void
delimiters_and_flags_are_read(void)
{
	static const struct {
		const char *text;
		const char *pattern; /* NULL: a mistake */
		unsigned options;
		const char *rest;
	} cases[] = {
		{ "/a/", "a", 0, "" },
		{ "/a/i", "a", PATTERN_CASELESS, "" },
		{ "/a/ii", "a", 0, "" },
		{ "/a\\/b/xU  OK", "a\\/b", PATTERN_EXTENDED | PATTERN_UNGREEDY,
		    "OK" },
		{ "!a/b!", "a/b", 0, "" },
		{ "/a/E\tRELAY ", "a", 0, "RELAY" },
		{ "/a", NULL, 0, "no \"/\" at the end of the pattern /a" },
		{ "/a\\/", NULL, 0,
		    "no \"/\" at the end of the pattern /a\\/" },
		{ "aba", NULL, 0, "\"aba\" is not a /pattern/" },
		{ "", NULL, 0, "\"\" is not a /pattern/" },
		{ "/a/q", NULL, 0,
		    "unknown flag in \"q\" after a pattern; known are i m s x "
		    "A E U" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct str rest = str_from(cases[i].text), pattern;
		unsigned options = 0;
		struct error error;
		bool read = pattern_cut(&rest, &pattern, &error) &&
		    pattern_flags(&rest, &options, &error);

		tap_case("%s", cases[i].text);
		CHECK_INT(read, cases[i].pattern != NULL);
		if (!read) {
			CHECK_STR(error.text, cases[i].rest);
			continue;
		}
		CHECK(str_equal(pattern, str_from(cases[i].pattern)));
		CHECK_INT(options, cases[i].options);
		CHECK(str_equal(rest, str_from(cases[i].rest)));
	}
}

static void
a_catastrophe_is_given_up_at_once(void)
{
	static const char *const patterns[] = {
		"^(a+)+$",
		"^(a|aa)+$",
		"^(.*?,){11}P$",
		"(*NO_JIT)^(a+)+$",
	};
	char text[65];
	struct pattern_scratch *scratch = pattern_scratch_new();
	struct arena *arena = arena_new(0);

	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(text) - 1; i += 2)
		text[i + 1] = 'a';
	text[63] = 'b';
	text[64] = '\0';
	for (size_t i = 0; i < TAP_COUNT(patterns); i++) {
		struct error error;
		const struct pattern *pattern =
		    pattern_compile(str_from(patterns[i]), 0, arena, &error);

		tap_case("%s", patterns[i]);
		if (!CHECK(pattern != NULL))
			continue;
		int64_t start = clock_monotonic();
		enum lookup result =
		    pattern_match(pattern, str_from(text), scratch);
		int64_t spent = clock_monotonic() - start;
		CHECK_INT(result, i == 2 ? LOOKUP_MISSING : LOOKUP_FAILED);
		CHECK(spent < 50 * 1000 * 1000);
	}
	arena_free(arena);
	pattern_scratch_free(scratch);
}

static void
a_limit_of_memory_is_an_error(void)
{
	struct arena *arena = arena_new(64 * 1024);
	struct error error;

	arena_alloc(arena, 62 * 1024);
	CHECK(
	    pattern_compile(STR("(abcdefgh){200}"), 0, arena, &error) == NULL);
	CHECK_STR(error.text,
	    "pattern \"(abcdefgh){200}\", after byte 15: failed to allocate "
	    "heap "
	    "memory");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(anchored_patterns_match_the_whole),
	TAP_TEST(mistakes_are_told),
	TAP_TEST(delimiters_and_flags_are_read),
	TAP_TEST(a_catastrophe_is_given_up_at_once),
	TAP_TEST(a_limit_of_memory_is_an_error),
};

int
main(void)
{
	return TAP_RUN(tests);
}
