/*
 * test_postfix_table.c - each kind of look-up table answers as Postfix does.
 */
#include "mta/postfix_table.h"

#include "base/buf.h"
#include "tests/lib/table_dir.h"
#include "tests/lib/tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

struct question {
	const char *text; /* of the file /t; NULL: there is none */
	const char *spec;
	const char *key;
	enum postfix_found found;
	const char *value;
	const char *matched; /* the answer's key */
	unsigned line;
};

static void
ask(const struct question *questions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct question *question = &questions[i];
		struct postfix_answer answer;
		struct table_dir dir;

		tap_case("%s of %s", question->key, question->spec);
		table_dir_open(&dir, false);
		if (question->text != NULL)
			table_dir_write(&dir, "t", str_from(question->text));
		struct postfix_table *table =
		    postfix_table_open(dir.tables, str_from(question->spec));
		postfix_table_find(table, str_from(question->key), dir.arena,
		    &answer);
		CHECK_INT(answer.found, question->found);
		CHECK_STR(arena_copy(dir.arena, answer.value).data,
		    question->value == NULL ? "" : question->value);
		if (question->matched != NULL)
			CHECK_STR(arena_copy(dir.arena, answer.key).data,
			    question->matched);
		if (question->found == POSTFIX_FOUND)
			CHECK_INT(answer.place.line, question->line);
		table_dir_close(&dir);
	}
}

static void
tables_without_a_file_answer(void)
{
	static const struct question questions[] = {
		{ NULL, "static:{ a  b }", "x", POSTFIX_FOUND, "a  b", NULL,
		    0 },
		{ NULL, "static:OK", "", POSTFIX_FOUND, "OK", NULL, 0 },
		{ NULL, "static:{OK", "x", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "fail:x", "x", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "inline:{a=b, {C = d e}}", "c", POSTFIX_FOUND, "d e",
		    "c", 0 },
		{ NULL, "inline:{a=b a=c}", "A", POSTFIX_FOUND, "c", "a", 0 },
		{ NULL, "inline:{a=}", "a", POSTFIX_FOUND, "", "a", 0 },
		{ NULL, "inline:{a=b}", "b", POSTFIX_MISSING, NULL, NULL, 0 },
		{ NULL, "inline:{a = b}", "a", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "inline:{}", "a", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "randmap:{x,x}", "a", POSTFIX_FOUND, "x", NULL, 0 },
		{ NULL, "randmap:{x,y}", "a", POSTFIX_UNKNOWN, NULL, NULL, 0 },
		{ NULL, "environ:x", "a", POSTFIX_UNKNOWN, NULL, NULL, 0 },
		{ NULL, "ldap:/etc/x.cf", "a", POSTFIX_UNKNOWN, NULL, NULL, 0 },
		{ NULL, "proxy:inline:{a=b}", "a", POSTFIX_FOUND, "b", "a", 0 },
		{ NULL, "hahs:/etc/x", "a", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "x", "a", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "static:", "a", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "texthash:/t", "a", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "hash:/t", "a", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "cidr:t", "a", POSTFIX_UNKNOWN, NULL, NULL, 0 },
	};

	ask(questions, TAP_COUNT(questions));
}

static void
tables_of_tables_answer(void)
{
	static const struct question questions[] = {
		{ NULL, "unionmap:{inline:{a=b},static:c}", "a", POSTFIX_FOUND,
		    "b,c", NULL, 0 },
		{ NULL, "unionmap:{inline:{a=b},static:c}", "d", POSTFIX_FOUND,
		    "c", NULL, 0 },
		{ NULL, "unionmap:{static:c,fail:x}", "a", POSTFIX_BROKEN, NULL,
		    NULL, 0 },
		{ NULL, "unionmap:{ldap:x,fail:x}", "a", POSTFIX_BROKEN, NULL,
		    NULL, 0 },
		{ NULL, "unionmap:{static:c,ldap:x}", "a", POSTFIX_UNKNOWN,
		    NULL, NULL, 0 },
		{ NULL, "unionmap:{}", "a", POSTFIX_BROKEN, NULL, NULL, 0 },
		{ NULL, "pipemap:{inline:{a=B},inline:{b=c}}", "a",
		    POSTFIX_FOUND, "c", "a", 0 },
		{ NULL, "pipemap:{inline:{a=b},fail:x}", "c", POSTFIX_MISSING,
		    NULL, NULL, 0 },
		{ NULL, "pipemap:{inline:{a=b},fail:x}", "a", POSTFIX_BROKEN,
		    NULL, NULL, 0 },
	};
	struct table_dir dir;
	char spec[4096] = "";

	ask(questions, TAP_COUNT(questions));
	tap_case("tables inside each other without end");
	for (size_t i = 0; i < 200; i++)
		strncat(spec, "pipemap:{", sizeof(spec) - strlen(spec) - 1);
	table_dir_open(&dir, false);
	struct postfix_answer answer;
	postfix_table_find(postfix_table_open(dir.tables, str_from(spec)),
	    STR("a"), dir.arena, &answer);
	CHECK_INT(answer.found, POSTFIX_BROKEN);
	table_dir_close(&dir);
}

static void
texthash_reads_keys_and_values(void)
{
	static const char *const text = "# comment\n\nKey one  two \n"
					"\"q r\"@x v\n# c\n  w\nnothing\n"
					"last x # y\nopen\" v\n";
	static const char *const twice = "a b\nc d\nA b\n";
	const struct question questions[] = {
		{ text, "texthash:/t", "KEY", POSTFIX_FOUND, "one  two", "key",
		    3 },
		{ text, "texthash:/t", "\"q r\"@x", POSTFIX_FOUND, "v  w",
		    "\"q r\"@x", 4 },
		{ text, "texthash:/t", "nothing", POSTFIX_MISSING, NULL, NULL,
		    0 },
		{ text, "texthash:/t", "last", POSTFIX_FOUND, "x # y", "last",
		    8 },
		{ text, "texthash:/t", "open\"", POSTFIX_MISSING, NULL, NULL,
		    0 },
		{ "a b", "texthash:/t", "a", POSTFIX_FOUND, "b", "a", 1 },
		{ twice, "texthash:/t", "c", POSTFIX_BROKEN, "", NULL, 3 },
		{ " a b\nc d\n", "texthash:/t", "a", POSTFIX_MISSING, NULL,
		    NULL, 0 },
	};

	ask(questions, TAP_COUNT(questions));
}

static void
cidr_compares_networks(void)
{
	static const char *const text =
	    "!10.0.0.0/8 outside\nif 10.1.0.0/16\n10.1.2.3 one\nendif\n"
	    "10.0.0.1/8 bits\n10.9.0.0/16\n[2001:db8::]/32 six\n"
	    "::ffff:0:0/96 mapped\n10.0.0.0/8 ten\n";
	const struct question questions[] = {
		{ text, "cidr:/t", "10.1.2.3", POSTFIX_FOUND, "one", "10.1.2.3",
		    3 },
		{ text, "cidr:/t", "10.1.2.4", POSTFIX_FOUND, "ten",
		    "10.0.0.0/8", 9 },
		{ text, "cidr:/t", "192.0.2.1", POSTFIX_FOUND, "outside",
		    "10.0.0.0/8", 1 },
		{ text, "cidr:/t", "2001:DB8::1", POSTFIX_FOUND, "six",
		    "[2001:db8::]/32", 7 },
		{ text, "cidr:/t", "::ffff:10.1.2.3", POSTFIX_FOUND, "mapped",
		    "::ffff:0:0/96", 8 },
		{ text, "cidr:/t", "::1", POSTFIX_MISSING, NULL, NULL, 0 },
		{ text, "cidr:/t", "10.1.2", POSTFIX_MISSING, NULL, NULL, 0 },
		{ "if 10.0.0.0/8\n0.0.0.0/0 x\n", "cidr:/t", "11.0.0.1",
		    POSTFIX_MISSING, NULL, NULL, 0 },
	};

	ask(questions, TAP_COUNT(questions));
}

static void
patterns_match(void)
{
	static const char *const text =
	    "if !/skip/\n/^(a)(b)?$/ <$1|${2}>\n!/./ empty\nendif\n"
	    "/A.C/i X$$\n/bad( x\n/z/ $1\n#/p#x r\n";
	const struct question questions[] = {
		{ text, "pcre:/t", "AB", POSTFIX_FOUND, "<A|B>", "/^(a)(b)?$/",
		    2 },
		{ text, "pcre:/t", "a", POSTFIX_FOUND, "<a|>", NULL, 2 },
		{ text, "pcre:/t", "", POSTFIX_FOUND, "empty", "/./", 3 },
		{ text, "pcre:/t", "xAbCx", POSTFIX_FOUND, "X$", "/A.C/i", 5 },
		{ text, "pcre:/t", "abc", POSTFIX_MISSING, NULL, NULL, 0 },
		{ text, "pcre:/t", "skip z", POSTFIX_MISSING, NULL, NULL, 0 },
		{ text, "regexp:/t", "ab", POSTFIX_FOUND, "<a|b>", NULL, 2 },
		{ "/a/!/b/ x\n", "regexp:/t", "ac", POSTFIX_FOUND, "x",
		    "/a/!/b/", 1 },
		{ "/a/!/b/ x\n", "regexp:/t", "ab", POSTFIX_MISSING, NULL, NULL,
		    0 },
		{ "/a\\(b\\)/x $1\n", "regexp:/t", "ab", POSTFIX_FOUND, "b",
		    NULL, 1 },
		{ "/x/ y\n/(a)\\1/ $1\n", "regexp:/t", "aa", POSTFIX_UNKNOWN,
		    NULL, NULL, 0 },
		{ "/x/ y\n/(a)\\1/ $1\n", "regexp:/t", "x", POSTFIX_FOUND, "y",
		    NULL, 1 },
		{ "/(((a{99}){99}){99}){99}/ x\n", "regexp:/t", "a",
		    POSTFIX_UNKNOWN, NULL, NULL, 0 },
		{ "/^(a+)+$/ x\n", "pcre:/t",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		    POSTFIX_UNKNOWN, NULL, NULL, 0 },
		{ "/a\\Cb/ x\n", "pcre:/t", "a", POSTFIX_UNKNOWN, NULL, NULL,
		    0 },
	};

	ask(questions, TAP_COUNT(questions));
}

static bool
add_entry(void *state, const struct postfix_entry *entry)
{
	static const char *const kinds[] = { "key", "any", "block", "regex",
		"if", "endif" };
	struct buf *buf = state;

	buf_print(buf, "%s%s %s" STR_FORMAT "=" STR_FORMAT "; ",
	    entry->negated ? "not " : "", kinds[entry->kind],
	    entry->regexp ? "posix " : "", STR_ARGS(entry->key),
	    STR_ARGS(entry->value));
	return buf->length < 150;
}

static void
entries_are_listed(void)
{
	static const struct {
		const char *text;
		const char *spec;
		const char *entries;
	} cases[] = {
		{ "a b\nC d\n", "texthash:/t", "key a=b; key c=d; " },
		{ NULL, "static:x", "any =x; " },
		{ NULL, "unionmap:{inline:{a=b},static:x}",
		    "key a=b; any =x; " },
		{ "if !10.0.0.0/8\n::/0 x\nendif\n", "cidr:/t",
		    "not if 10.0.0.0/8=; block ::/0=x; endif =; " },
		{ "!/a b/i $$\n", "pcre:/t", "not regex a b=$$; " },
		{ "/a/!/b/ x\n", "regexp:/t",
		    "not if posix b=; regex posix a=x; "
		    "not endif posix b=; " },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct table_dir dir;
		char bytes[256];
		struct buf buf = BUF(bytes);
		const char *reason;

		tap_case("%s", cases[i].spec);
		table_dir_open(&dir, false);
		if (cases[i].text != NULL)
			table_dir_write(&dir, "t", str_from(cases[i].text));
		struct postfix_table *table =
		    postfix_table_open(dir.tables, str_from(cases[i].spec));
		CHECK_INT(postfix_table_each(table, add_entry, &buf, &reason),
		    POSTFIX_FOUND);
		CHECK_STR(arena_copy(dir.arena, buf_str(&buf)).data,
		    cases[i].entries);
		table_dir_close(&dir);
	}
}

static void
lines_that_do_not_count_are_told(void)
{
	static const struct {
		const char *text;
		const char *spec;
		unsigned warnings;
		unsigned line; /* of the first */
	} cases[] = {
		{ "a b\n", "texthash:/t", 0, 0 },
		{ "a b\na c\nd\n", "texthash:/t", 2, 2 },
		{ "::/0 x\n10.0.0.1/8 x\n", "cidr:/t", 1, 2 },
		{ "if ::/0\n", "cidr:/t", 1, 1 },
		{ "/(/ x\nendif\n/a/ $1\n!/(a)/ $1\n", "pcre:/t", 4, 1 },
		{ "/a/ $x\n", "regexp:/t", 1, 1 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct table_dir dir;

		tap_case("%s: %s", cases[i].spec, cases[i].text);
		table_dir_open(&dir, false);
		table_dir_write(&dir, "t", str_from(cases[i].text));
		const struct problems *problems = postfix_table_problems(
		    postfix_table_open(dir.tables, str_from(cases[i].spec)));
		CHECK_INT(problems->warnings, cases[i].warnings);
		CHECK_INT(problems->first == NULL ? 0
						  : problems->first->place.line,
		    cases[i].line);
		table_dir_close(&dir);
	}
}

static void
accounts_come_from_the_tree(void)
{
	struct postfix_answer answer;
	struct table_dir dir;

	table_dir_open(&dir, true);
	table_dir_write(&dir, "passwd", STR("root:x:0:0::/root:/bin/sh\n"));
	table_dir_write(&dir, "nsswitch.conf", STR("passwd: files systemd\n"));
	tree_mount(dir.tree, "/etc/passwd", table_dir_path(&dir, "passwd"));
	tree_mount(dir.tree, "/etc/nsswitch.conf",
	    table_dir_path(&dir, "nsswitch.conf"));
	struct postfix_table *table =
	    postfix_table_open(dir.tables, STR("unix:passwd.byname"));
	postfix_table_find(table, STR("ROOT"), dir.arena, &answer);
	CHECK_INT(answer.found, POSTFIX_FOUND);
	CHECK_INT(answer.place.line, 1);
	postfix_table_find(table, STR("other"), dir.arena, &answer);
	CHECK_INT(answer.found, POSTFIX_MISSING);
	tap_case("with a directory of accounts elsewhere");
	table_dir_write(&dir, "nsswitch.conf", STR("passwd: files sss\n"));
	struct postfix_tables *again = postfix_tables_new(dir.arena, dir.tree);
	postfix_table_find(postfix_table_open(again, STR("unix:passwd.byname")),
	    STR("other"), dir.arena, &answer);
	CHECK_INT(answer.found, POSTFIX_UNKNOWN);
	table_dir_close(&dir);
}

static void
a_spec_is_opened_once(void)
{
	struct table_dir dir;
	const char *const *paths;

	table_dir_open(&dir, false);
	table_dir_write(&dir, "t", STR("a b\n"));
	struct postfix_table *table = postfix_table_open(dir.tables,
	    STR("unionmap:{texthash:/t,static:x}"));
	CHECK(table ==
	    postfix_table_open(dir.tables,
		STR("proxy:unionmap:{texthash:/t,static:x}")));
	CHECK(!postfix_table_is_pattern(table));
	CHECK_INT(postfix_table_files(table, dir.arena, &paths), 1);
	CHECK_STR(paths[0], "/t");
	CHECK(postfix_table_is_pattern(
	    postfix_table_open(dir.tables, STR("pipemap:{cidr:/t}"))));
	table_dir_close(&dir);
}

static const struct tap_test tests[] = {
	TAP_TEST(tables_without_a_file_answer),
	TAP_TEST(tables_of_tables_answer),
	TAP_TEST(texthash_reads_keys_and_values),
	TAP_TEST(cidr_compares_networks),
	TAP_TEST(patterns_match),
	TAP_TEST(entries_are_listed),
	TAP_TEST(lines_that_do_not_count_are_told),
	TAP_TEST(accounts_come_from_the_tree),
	TAP_TEST(a_spec_is_opened_once),
};

int
main(void)
{
	return TAP_RUN(tests);
}
