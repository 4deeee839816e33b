/*
 * test_aliases_text.c - the words of aliases(5).
 */
#include "mta/aliases_text.h"

#include "base/buf.h"
#include "tests/lib/tap.h"

static void
entries_are_read_with_their_lines(void)
{
	static const char text[] = "# comment\n"
				   "root: soc@example.com,\n"
				   "\toncall@example.com\n"
				   "  # inside\n"
				   "\"first last\" : flast\n"
				   "\"q:colon\": x\n"
				   "no colon\n"
				   "ROOT: second\n"
				   "empty:\n";
	static const struct {
		const char *name, *value;
		unsigned line;
	} cases[] = {
		{ "root", "soc@example.com,\toncall@example.com", 2 },
		{ "first last", "flast", 5 },
		{ "q:colon", "x", 6 },
		{ "ROOT", "second", 8 },
		{ "empty", "", 9 },
	};
	struct arena *arena = arena_new(0);
	struct alias_entries entries;

	aliases_text_read("aliases", str_from(text), ALIASES_POSTFIX, arena,
	    &entries);
	CHECK_INT((long long)entries.count, TAP_COUNT(cases));
	for (size_t i = 0; i < TAP_COUNT(cases) && i < entries.count; i++) {
		const struct alias_entry *entry = &entries.entries[i];

		tap_case("%s", cases[i].name);
		CHECK(str_equal(entry->name, str_from(cases[i].name)));
		CHECK(str_equal(entry->value, str_from(cases[i].value)));
		CHECK_INT(entry->place.line, cases[i].line);
	}
	const struct alias_entry *root =
	    aliases_text_find(&entries, STR("Root"));
	tap_case("the first of a name counts");
	CHECK(root == &entries.entries[0]);
	arena_free(arena);
}

/* All targets of a value as "kind:text" with blanks between. */
static const char *
targets(const char *value, enum aliases_dialect dialect, struct arena *arena)
{
	static const char kinds[] = {
		[ALIAS_TARGET_ADDRESS] = 'a',
		[ALIAS_TARGET_FILE] = 'f',
		[ALIAS_TARGET_PIPE] = 'p',
		[ALIAS_TARGET_INCLUDE] = 'i',
		[ALIAS_TARGET_SPECIAL] = 's',
	};
	char text[1024];
	struct buf buf = BUF(text);
	struct str rest = str_from(value);
	struct alias_target target;

	while (aliases_target_next(&rest, dialect, arena, &target)) {
		buf_print(&buf, "%s%s%c:" STR_FORMAT, buf.length > 0 ? " " : "",
		    target.exact ? "=" : "", kinds[target.kind],
		    STR_ARGS(target.text));
		if (target.domain.length > 0)
			buf_add(&buf, STR("!"));
	}
	return arena_copy(arena, buf_str(&buf)).data;
}

static void
values_are_taken_apart(void)
{
	static const struct {
		const char *value, *postfix, *sendmail;
	} cases[] = {
		{ "", "", "" },
		{ " , ,", "", "" },
		{ "root", "a:root", "a:root" },
		{ "a,b@c , d", "a:a a:b@c! a:d", "a:a a:b@c! a:d" },
		{ "a b", "a:a a:b", "a:a b" },
		{ "\\root, x", "=a:root a:x", "=a:root a:x" },
		{ "/var/log/mail, /dev/null", "f:/var/log/mail f:/dev/null",
		    "f:/var/log/mail f:/dev/null" },
		{ "\"|/bin/prog -x, y\"", "p:/bin/prog -x, y",
		    "p:/bin/prog -x, y" },
		{ "|/bin/prog", "p:/bin/prog", "p:/bin/prog" },
		{ "|\"/bin/prog a\"", "p:/bin/prog a", "p:/bin/prog a" },
		{ ":include:/etc/list", "i:/etc/list", "i:/etc/list" },
		{ ":INCLUDE: /etc/list", "i: f:/etc/list", "i:/etc/list" },
		{ "\"a b\"@c", "a:a b@c!", "a:a b@c!" },
		{ "John Smith <j@x>, y", "a:j@x! a:y", "a:j@x! a:y" },
		{ "\"Smith, John\" <j@x>", "a:j@x!", "a:j@x!" },
		{ "a (comment, one)", "a:a", "a:a" },
		{ "(only a comment)", "", "" },
		{ "\"unterminated, x", "a:unterminated, x",
		    "a:unterminated, x" },
		{ "\"esc\\\"aped\"", "a:esc\"aped", "a:esc\"aped" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);

		tap_case("%s", cases[i].value);
		CHECK_STR(targets(cases[i].value, ALIASES_POSTFIX, arena),
		    cases[i].postfix);
		CHECK_STR(targets(cases[i].value, ALIASES_SENDMAIL, arena),
		    cases[i].sendmail);
		arena_free(arena);
	}
}

static void
exim_has_names_before_blanks_and_special_values(void)
{
	struct arena *arena = arena_new(0);
	struct alias_entries entries;

	aliases_text_read("aliases",
	    STR("root soc@example.com\nnobody: :blackhole:\nalone\n"),
	    ALIASES_EXIM, arena, &entries);
	if (CHECK_INT((long long)entries.count, 3)) {
		CHECK(str_equal(entries.entries[0].value,
		    STR("soc@example.com")));
		CHECK(str_equal(entries.entries[1].name, STR("nobody")));
		CHECK(str_equal(entries.entries[2].name, STR("alone")));
	}
	CHECK_STR(targets(":fail: no such user", ALIASES_EXIM, arena),
	    "s::fail: no such user");
	CHECK_STR(targets(":fail:", ALIASES_POSTFIX, arena), "a::fail:");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(entries_are_read_with_their_lines),
	TAP_TEST(values_are_taken_apart),
	TAP_TEST(exim_has_names_before_blanks_and_special_values),
};

int
main(void)
{
	return TAP_RUN(tests);
}
