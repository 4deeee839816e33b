/*
 * test_buf.c - writing text into memory of a fixed size.
 */
#include "base/buf.h"

#include "tests/lib/tap.h"

static void
what_does_not_fit_is_remembered(void)
{
	char bytes[8];
	struct buf buf = BUF(bytes);

	buf_add(&buf, STR("12345678"));
	CHECK(!buf.full);
	buf_add_char(&buf, '9');
	CHECK(buf.full);
	CHECK(str_equal(buf_str(&buf), STR("12345678")));

	buf = BUF(bytes);
	buf_print(&buf, "%s", "123456789");
	CHECK(buf.full);
	CHECK(str_equal(buf_str(&buf), STR("1234567")));

	buf = BUF(bytes);
	buf_add_number(&buf, 0);
	buf_add_number(&buf, 18446744073709551615ul);
	CHECK(buf.full);
	CHECK(str_equal(buf_str(&buf), STR("01844674")));
}

static void
hostile_text_becomes_one_word(void)
{
	char bytes[64];
	struct buf buf = BUF(bytes);

	buf_add_escaped(&buf, STR("a b\\\n\x1b\xff\0~"));
	CHECK(
	    str_equal(buf_str(&buf), STR("a\\x20b\\x5c\\x0a\\x1b\\xff\\x00~")));
}

static void
json_is_valid_whatever_comes(void)
{
	static const struct {
		struct str text;
		const char *json;
	} cases[] = {
		{ STR_INIT("a\"b\\c"), "a\\\"b\\\\c" },
		{ STR_INIT("\t\x7f"), "\\u0009\\u007f" },
		{ STR_INIT("b\xc3\xbc"), "b\xc3\xbc" },
		{ STR_INIT("\xf0\x9f\x93\xa7"), "\xf0\x9f\x93\xa7" },
		{ STR_INIT("\xc0\xaf"), "\\u00c0\\u00af" },
		{ STR_INIT("\xed\xa0\x80"), "\\u00ed\\u00a0\\u0080" },
		{ STR_INIT("\xe2\x82"), "\\u00e2\\u0082" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		char bytes[64];
		struct buf buf = BUF(bytes);

		tap_case("%zu", i);
		buf_add_json(&buf, cases[i].text);
		CHECK(str_equal(buf_str(&buf), str_from(cases[i].json)));
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(what_does_not_fit_is_remembered),
	TAP_TEST(hostile_text_becomes_one_word),
	TAP_TEST(json_is_valid_whatever_comes),
};

int
main(void)
{
	return TAP_RUN(tests);
}
