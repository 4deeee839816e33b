/*
 * test_policy_scan.c - the words of a policy file, before libconfig.
 *
 * Most of these mistakes libconfig 1.5 passes in silence, or with an end of
 * the process, or tells in another line than theirs.
 */
#include "policy/policy_scan.h"

#include "base/buf.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one scan said: a line each problem, "file:line: text". */
struct said {
	char bytes[4096];
	bool good;
	struct arena *arena;
	struct policy_text text;
};

static void
collect(const struct problems *problems, struct said *said)
{
	struct buf buf = {
		.data = said->bytes,
		.capacity = sizeof(said->bytes) - 1,
	};

	for (const struct problem *problem = problems->first; problem != NULL;
	     problem = problem->next)
		buf_print(&buf, "%s%s:%u: %s%s", buf.length > 0 ? "\n" : "",
		    problem->place.file, problem->place.line,
		    problem->kind == PROBLEM_WARNING ? "warning: " : "",
		    problem->text);
	said->bytes[buf.length] = '\0';
}

/* The caller frees the arena. */
static void
scan(const char *path, struct str text, struct said *said)
{
	struct problems problems;

	said->arena = arena_new(0);
	problems_init(&problems, said->arena);
	struct policy_scan_options options = {
		.path = path,
		.text = text,
		.files = files_new(said->arena, NULL),
		.arena = said->arena,
		.places = said->arena,
		.problems = &problems,
	};
	said->good = policy_scan(&options, &said->text);
	collect(&problems, said);
}

static void
check_said(const char *path, struct str text, const char *wanted)
{
	struct said said;

	scan(path, text, &said);
	CHECK_STR(said.bytes, wanted);
	CHECK_INT(said.good, wanted[0] == '\0');
	arena_free(said.arena);
}

static void
good_texts_become_the_same_words(void)
{
	static const struct {
		const char *text;
		const char *words; /* lines begin where the place changes */
	} cases[] = {
		{ "", "" },
		{ "# nothing\n// here /*\n", "" },
		{ "a = 1;", "a=1;" },
		{ "a = 1; b : true, c = \"x\"", "a=1;b:true;c=\"x\";" },
		{ "a = 1\nb = 2", "a=1;\nb=2;" },
		{ "a = 1;;\n;b=0x1F;", "a=1;\nb=0x1F;" },
		{ "a = -2147483648;", "a=-2147483648;" },
		{ "a = +2147483647;", "a=+2147483647;" },
		{ "a = [ 1, 2, ];", "a=[1,2];" },
		{ "a = [\n\"x\"\n,\n\"y\"\n];", "a=[\n\"x\",\n\"y\"]\n;" },
		{ "a = ( { b = [ ]; }, ( ), 1 );", "a=({b=[];},(),1);" },
		{ "a = \"# \\\" // /* \\\\\"; b = 1;",
		    "a=\"# \\\" // /* \\\\\";b=1;" },
		{ "a = /* 1 */ 2 // 3", "a=2;" },
		{ "a = /* 1\n2 */ 2;\r\nb = 1;\r\n", "a=\n2;\nb=1;" },
		{ "a = \"\\x41\\d\";", "a=\"\\x41\\d\";" },
		{ "list-x_9 = True;", "list-x_9=True;" },
		{ "a = \"b\xc3\xbc\";", "a=\"b\xc3\xbc\";" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct said said;

		tap_case("%s", cases[i].text);
		scan("p", str_from(cases[i].text), &said);
		CHECK_STR(said.bytes, "");
		if (CHECK(said.good))
			CHECK_STR(policy_text_end(&said.text), cases[i].words);
		arena_free(said.arena);
	}
}

static const struct {
	const char *text;
	const char *said;
} words[] = {
	{ "a = 1;\n/* open",
	    "p:2: this comment has no end: \"*/\" is "
	    "missing" },
	{ "a = \"x;\nb = 1;",
	    "p:1: this string has no end on its "
	    "line: a \" is missing" },
	{ "a = \"x",
	    "p:1: this string has no end on its line: a \" "
	    "is missing" },
	{ "a = \"x\\\"",
	    "p:1: this string has no end on its line: a "
	    "\" is missing" },
	{ "a = \"x\ty\";",
	    "p:1: a control character (0x09) in a "
	    "string: leave it out" },
	{ "a = \"x\\x00y\";",
	    "p:1: \\x00 in a string would end it: "
	    "leave it out" },
	{ "\n\x01 a = 1;",
	    "p:2: a control character (0x01): leave it "
	    "out" },
	{ "a = 'x y';\nb = $;",
	    "p:1: ' has no meaning here: a string stands in double "
	    "quotes\n"
	    "p:2: $ has no meaning here: a string stands in double "
	    "quotes" },
	{ "a = 2147483648;",
	    "p:1: 2147483648 does not fit into 32 "
	    "bits" },
	{ "a = -2147483649;",
	    "p:1: -2147483649 does not fit into 32 "
	    "bits" },
	{ "a = 99999999999999999999999;",
	    "p:1: 99999999999999999999999 does not fit into 32 bits" },
	{ "a = 0x100000000;",
	    "p:1: 0x100000000 does not fit into 32 "
	    "bits" },
	{ "a = 5L;",
	    "p:1: 5L is neither a number nor a string: a "
	    "string stands in quotes" },
	{ "a = 1.5;",
	    "p:1: 1.5 is neither a number nor a string: a "
	    "string stands in quotes" },
	{ "a = 0660;",
	    "p:1: 0660 begins with 0, and would be read as "
	    "decimal: write it without, or in quotes" },
	{ "a = -;",
	    "p:1: - is neither a number nor a string: a string "
	    "stands in quotes" },
	{ "a = 10.0.0.0;",
	    "p:1: 10.0.0.0 is neither a number nor a "
	    "string: a string stands in quotes" },
	{ "a = [ 10.0.0.0/8, x ];",
	    "p:1: 10.0.0.0/8 is neither a number nor a string: a "
	    "string stands in quotes\n"
	    "p:1: x must be true, false, a number, or a string in "
	    "quotes: \"x\"" },
	{ "@x = 1;",
	    "p:1: \"@\" outside of a string: only @include "
	    "begins with it" },
	{ "@include foo",
	    "p:1: the name of a file in quotes must "
	    "follow @include" },
	{ "@include \"foo",
	    "p:1: this string has no end on its line: "
	    "a \" is missing" },
};

static void
mistakes_in_words_are_told(void)
{
	for (size_t i = 0; i < TAP_COUNT(words); i++) {
		tap_case("%s", words[i].text);
		check_said("p", str_from(words[i].text), words[i].said);
	}
}

static const struct {
	const char *text;
	const char *said;
} brackets[] = {
	{ "a = [ \"x\"\n\"y\" ];",
	    "p:2: a comma is missing before "
	    "this value of the list of line 1" },
	{ "a = ( { b = 1; } { b = 2; } );",
	    "p:1: a comma is missing before this value of the list of "
	    "line 1" },
	{ "a = \"x\" \"y\";",
	    "p:1: a string where the name of a "
	    "setting is wanted: was a comma or "
	    "bracket lost before it?" },
	{ "a = \"x\", \"y\";",
	    "p:1: a string where the name of a "
	    "setting is wanted: was a comma or "
	    "bracket lost before it?" },
	{ "a = [ 1,, 2 ];",
	    "p:1: a value or the end of the list is "
	    "wanted" },
	{ "a = [ , 2 ];",
	    "p:1: a value or the end of the list is "
	    "wanted" },
	{ "a = [ 1; 2 ];",
	    "p:1: \"]\" is missing: the \"[\" of line 1 "
	    "is still open" },
	{ "a = (\n{ b = 1;\n);",
	    "p:3: \")\" where \"}\" must close the "
	    "\"{\" of line 2" },
	{ "a = [ 1 );",
	    "p:1: \")\" where \"]\" must close the \"[\" of "
	    "line 1" },
	{ "a = 1; }", "p:1: \"}\" closes nothing that this file opens" },
	{ "a = {\n b = 1;\n",
	    "p:1: \"{\" is never closed: a \"}\" is "
	    "missing before line 3, where the file "
	    "ends" },
	{ "a = [ 1,",
	    "p:1: \"[\" is never closed: a \"]\" is missing "
	    "before line 1, where the file ends" },
	{ "a = [ { } ];",
	    "p:1: only values stand in [ ]: lists and "
	    "groups stand in ( )" },
	{ "a", "p:1: \"a\" has no value: the file ends here" },
	{ "a =\n", "p:1: \"a\" has no value: the file ends here" },
	{ "a = ;", "p:1: \"a\" has no value" },
	{ "a = { b = }", "p:1: \"b\" has no value" },
	{ "a 1;", "p:1: \"=\" is missing after \"a\"" },
	{ "a\n{ }", "p:1: \"=\" is missing after \"a\"" },
	{ "a = b;",
	    "p:1: b must be true, false, a number, or a string "
	    "in quotes: \"b\"" },
	{ "a = [ b ];",
	    "p:1: b must be true, false, a number, or a "
	    "string in quotes: \"b\"" },
	{ "1 = a;", "p:1: the name of a setting is wanted" },
	{ "true = 1;", "p:1: the name of a setting is wanted" },
	{ "= 1;", "p:1: the name of a setting is wanted" },
	{ "a = 1;\nb = 2;\na = 3;",
	    "p:3: \"a\" is set twice, first at "
	    "p:1" },
	{ "a = { b = 1;\n b = 2; };\nb = 3;",
	    "p:2: \"b\" is set twice, first at p:1" },
	{ "a=(((((((((((((((((1)))))))))))))))));",
	    "p:1: brackets too deep in brackets" },
};

static void
mistakes_in_brackets_are_told(void)
{
	for (size_t i = 0; i < TAP_COUNT(brackets); i++) {
		tap_case("%s", brackets[i].text);
		check_said("p", str_from(brackets[i].text), brackets[i].said);
	}
}

static void
a_nul_byte_is_told(void)
{
	check_said("p", STR("a = 1;\nb\0 = 2;"),
	    "p:2: a NUL byte: this is no text file");
}

static void
a_comment_in_a_comment_is_told(void)
{
	struct said said;

	scan("p", STR("/* a\n/* b */ c = 1;"), &said);
	CHECK(said.good);
	CHECK_STR(said.bytes,
	    "p:2: warning: \"/*\" inside the comment of line 1: does that "
	    "one lack its \"*/\"?");
	arena_free(said.arena);
}

static void
many_mistakes_are_told_at_once(void)
{
	check_said("p", STR("a = x;\nb = 99999999999;\nb = 1;\n"),
	    "p:1: x must be true, false, a number, or a string in quotes: "
	    "\"x\"\n"
	    "p:2: 99999999999 does not fit into 32 bits\n"
	    "p:3: \"b\" is set twice, first at p:2");
}

/* ---- includes, in a directory of their own ---- */

static const char *const fixtures[][2] = {
	{ "one", "b = 1;\n" },
	{ "list", "\"x\",\n\"y\"\n" },
	{ "loop", "\n@include \"loop\"\n" },
	{ "ping", "@include \"sub/pong\"\n" },
	{ "sub/pong", "\n\n@include \"../ping\"\n" },
	{ "sub/outer", "@include \"inner\"\n" },
	{ "sub/inner", "\nc = x;\n" },
	{ "open", "c = (\n" },
	{ "close", "\n);\n" },
	{ "half", "c =\n" },
	{ "bad", "c = \"\n" },
	{ "twice", "\na = 2;\n" },
};

static char folder[] = "/tmp/test_policy_scan.XXXXXX";

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

static void
make_fixtures(void)
{
	char path[16];

	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		tap_bail("cannot make %s", folder);
	if (mkdir("sub", 0700) != 0 || mkfifo("fifo", 0600) != 0 ||
	    symlink("loop", "link") != 0)
		tap_bail("cannot fill %s", folder);
	for (size_t i = 0; i < TAP_COUNT(fixtures); i++)
		write_file(fixtures[i][0], fixtures[i][1]);
	write_file("deep0", "d = 1;\n");
	for (unsigned i = 1; i <= 11; i++) {
		char text[40];

		snprintf(path, sizeof(path), "deep%u", i);
		snprintf(text, sizeof(text), "@include \"deep%u\"\n", i - 1);
		write_file(path, text);
	}
	if (truncate("deep11", POLICY_SCAN_FILE + 1) != 0)
		tap_bail("cannot make a large file");
}

static void
remove_fixtures(void)
{
	char path[16];

	for (size_t i = 0; i < TAP_COUNT(fixtures); i++)
		unlink(fixtures[i][0]);
	for (unsigned i = 0; i <= 11; i++) {
		snprintf(path, sizeof(path), "deep%u", i);
		unlink(path);
	}
	unlink("fifo");
	unlink("link");
	rmdir("sub");
	if (chdir("/") == 0)
		rmdir(folder);
}

static void
includes_are_put_in_their_place(void)
{
	static const struct {
		const char *text;
		const char *words;
	} cases[] = {
		{ "a = 1;\n@include \"one\"\nc = 2;", "a=1;\nb=1;\nc=2;" },
		{ "@include \"one\" c = 2;", "b=1;\nc=2;" },
		{ "a = [\n@include \"list\"\n];", "a=[\n\"x\",\n\"y\"]\n;" },
		{ "a = [ \"z\",\n@include \"list\"\n, \"q\" ];",
		    "a=[\"z\",\n\"x\",\n\"y\",\n\"q\"];" },
		{ "@include \"deep9\"", "d=1;" },
		{ "a = { @include \"one\"\n};\nb = 2;", "a={\nb=1;\n};\nb=2;" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct said said;

		tap_case("%s", cases[i].text);
		scan("p", str_from(cases[i].text), &said);
		CHECK_STR(said.bytes, "");
		if (CHECK(said.good))
			CHECK_STR(policy_text_end(&said.text), cases[i].words);
		arena_free(said.arena);
	}
}

static void
lines_know_their_files(void)
{
	struct said said;

	scan("p", STR("a = 1;\n\n@include \"one\"\nc = 2;"), &said);
	if (CHECK_INT(said.text.line_count, 3)) {
		CHECK_STR(policy_text_place(&said.text, 2).file, "one");
		CHECK_INT(policy_text_place(&said.text, 2).line, 1);
		CHECK_STR(policy_text_place(&said.text, 3).file, "p");
		CHECK_INT(policy_text_place(&said.text, 3).line, 4);
		CHECK_INT(policy_text_place(&said.text, 9).line, 4);
		CHECK_INT(policy_text_place(&said.text, 0).line, 1);
	}
	arena_free(said.arena);
}

static void
mistakes_of_includes_are_told(void)
{
	static const struct {
		const char *text;
		const char *said;
	} cases[] = {
		{ "@include \"absent\"",
		    "p:1: @include \"absent\": No such file or directory" },
		{ "@include \"\"", "p:1: @include \"\" names no file" },
		{ "@include \"a\\\\b\"",
		    "p:1: @include \"a\\\\b\" names no file" },
		{ "@include \"loop\"",
		    "loop:2: @include \"loop\" is a loop: that file is being "
		    "read" },
		{ "@include \"link\"",
		    "link:2: @include \"loop\" is a loop: that file is being "
		    "read" },
		{ "@include \"ping\"",
		    "sub/pong:3: @include \"sub/../ping\" is a loop: that file "
		    "is being read" },
		{ "@include \"sub/outer\"",
		    "sub/inner:2: x must be true, false, a number, or a string "
		    "in quotes: \"x\"" },
		{ "@include \"deep10\"",
		    "deep1:1: @include \"deep0\" is the 11th in one another: "
		    "at most 10 can be" },
		{ "@include \"open\"\n);",
		    "open:1: \"(\" is never closed: a \")\" is missing before "
		    "line 2, where the file ends" },
		{ "a = (\n@include \"close\"",
		    "close:2: \")\" closes nothing that this file opens" },
		{ "@include \"half\"\n1;",
		    "half:1: \"c\" has no value: the file ends here" },
		{ "@include \"bad\"",
		    "bad:1: this string has no end on its line: a \" is "
		    "missing" },
		{ "a = 1;\n@include \"twice\"",
		    "twice:2: \"a\" is set twice, first at p:1" },
		{ "a = @include \"list\"",
		    "p:1: @include between a name and its value: it stands "
		    "where a setting or a value of a list may" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%s", cases[i].text);
		check_said("p", str_from(cases[i].text), cases[i].said);
	}
}

/* The words of files_read() are its own; here, that they are passed on. */
static void
only_regular_files_of_a_size_are_read(void)
{
	static const char *const names[] = { "fifo", "sub", "deep11" };

	for (size_t i = 0; i < TAP_COUNT(names); i++) {
		struct said said;
		char text[40];

		tap_case("%s", names[i]);
		snprintf(text, sizeof(text), "\n@include \"%s\"", names[i]);
		scan("p", str_from(text), &said);
		CHECK(!said.good);
		CHECK(str_starts(str_from(said.bytes), STR("p:2: @include ")));
		arena_free(said.arena);

		scan(names[i], (struct str){ NULL, 0 }, &said);
		CHECK(!said.good);
		CHECK(str_starts(str_from(said.bytes), str_from(names[i])));
		arena_free(said.arena);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(good_texts_become_the_same_words),
	TAP_TEST(mistakes_in_words_are_told),
	TAP_TEST(mistakes_in_brackets_are_told),
	TAP_TEST(a_nul_byte_is_told),
	TAP_TEST(a_comment_in_a_comment_is_told),
	TAP_TEST(many_mistakes_are_told_at_once),
	TAP_TEST(includes_are_put_in_their_place),
	TAP_TEST(lines_know_their_files),
	TAP_TEST(mistakes_of_includes_are_told),
	TAP_TEST(only_regular_files_of_a_size_are_read),
};

int
main(void)
{
	make_fixtures();
	int status = TAP_RUN(tests);
	remove_fixtures();
	return status;
}
