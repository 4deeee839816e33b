/*
 * test_str.c - cutting, comparing and reading borrowed text.
 */
#include "base/lines.h"
#include "base/str.h"

#include "tests/lib/tap.h"

static void
text_is_cut_at_separators(void)
{
	static const struct {
		const char *text;
		const char *before;
		const char *after;
		const char *before_last;
		const char *after_last;
		bool found;
	} cases[] = {
		{ "a=b=c", "a", "b=c", "a=b", "c", true },
		{ "=", "", "", "", "", true },
		{ "abc", "abc", "", "abc", "", false },
		{ "", "", "", "", "", false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct str text = str_from(cases[i].text);
		struct str before, after;

		tap_case("\"%s\"", cases[i].text);
		CHECK_INT(str_cut(text, '=', &before, &after), cases[i].found);
		CHECK(str_equal(before, str_from(cases[i].before)));
		CHECK(str_equal(after, str_from(cases[i].after)));
		CHECK_INT(str_cut_last(text, '=', &before, &after),
		    cases[i].found);
		CHECK(str_equal(before, str_from(cases[i].before_last)));
		CHECK(str_equal(after, str_from(cases[i].after_last)));
	}
}

static void
numbers_are_digits_within_a_limit(void)
{
	static const struct {
		const char *text;
		unsigned long limit;
		bool good;
		unsigned long number;
	} cases[] = {
		{ "0", 0, true, 0 },
		{ "65535", 65535, true, 65535 },
		{ "65536", 65535, false, 0 },
		{ "7", 6, false, 0 },
		{ "00025", 25, true, 25 },
		{ "99999999999999999999999", ~0ul, false, 0 },
		{ "", 9, false, 0 },
		{ "-1", 9, false, 0 },
		{ "1 ", 9, false, 0 },
		{ "0x1", 99, false, 0 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		unsigned long number = 0;

		tap_case("\"%s\" up to %lu", cases[i].text, cases[i].limit);
		CHECK_INT(str_number(str_from(cases[i].text), cases[i].limit,
			      &number),
		    cases[i].good);
		CHECK_INT(number, cases[i].number);
	}
}

static void
starts_and_ends_are_found(void)
{
	CHECK(str_starts(STR("file:/etc"), STR("file:")));
	CHECK(!str_starts(STR("fil"), STR("file:")));
	CHECK(str_starts(STR(""), STR("")));
	CHECK(str_ends(STR("a.example.org"), STR(".example.org")));
	CHECK(!str_ends(STR("org"), STR(".example.org")));
	CHECK(str_equal((struct str){ NULL, 0 }, STR("")));
	CHECK(str_equal_nocase(STR("PostMaster"), STR("postmaster")));
}

static void
lines_are_counted(void)
{
	struct lines lines = lines_of(STR("one\r\n\ntwo"));
	struct str line;

	CHECK(lines_next(&lines, &line) && str_equal(line, STR("one")));
	CHECK(lines_next(&lines, &line) && str_equal(line, STR("")));
	CHECK(lines_next(&lines, &line) && str_equal(line, STR("two")));
	CHECK_INT(lines.number, 3);
	CHECK(!lines_next(&lines, &line));
}

static const struct tap_test tests[] = {
	TAP_TEST(text_is_cut_at_separators),
	TAP_TEST(numbers_are_digits_within_a_limit),
	TAP_TEST(starts_and_ends_are_found),
	TAP_TEST(lines_are_counted),
};

int
main(void)
{
	return TAP_RUN(tests);
}
