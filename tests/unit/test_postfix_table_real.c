/*
 * test_postfix_table_real.c - tables that look random are looked up in as
 * postmap(1) does.
 */
#include "base/buf.h"
#include "mta/postfix_table.h"
#include "tests/lib/random.h"
#include "tests/lib/table_dir.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	ROUNDS = 8,
	LINES = 40,
	KEYS = 60,
};

struct words {
	const char *const *words;
	size_t count;
};

#define WORDS(array)                    \
	{                               \
		array, TAP_COUNT(array) \
	}

/* What lines and keys of one kind of table are made of. */
struct grammar {
	const char *type;
	bool compiled; /* postmap makes a file of it */
	struct words pieces;
	struct words values;
	struct words keys;
};

static const char *const text_pieces[] = { "a", "B", "example", ".org", "@",
	"user", "+x", "\"q r\"", "\\", "\"", " ", "\t", "#", ":", "192.0.2.1",
	"=", "\xc3\xa4", "\r" };
static const char *const text_values[] = { "OK", "REJECT no", "", " ", "a  b ",
	"x\n y", "x\n# c\n\n z", "\"v\"", "x # y", "\tt\r" };
static const char *const text_keys[] = { "a", "B", "b", "example", ".org", "@",
	"user", "+x", "\"q r\"", "\\", ":", "192.0.2.1", "=" };
static const char *const cidr_pieces[] = { "10.0.0.0/8", "10.1.0.0/16",
	"10.1.2.3", "[2001:db8::]/32", "2001:db8::1", "::/0", "0.0.0.0/0",
	"!10.1.0.0/16", "! 2001:db8::/64", "if 10.0.0.0/8", "endif", "if ::/0",
	"if !10.0.0.0/9", "endif", "endif ", "10.1.2.3/24", "10.0.0.0/33",
	"10/8", "[10.0.0.0]/8", "!!10.0.0.0/8", "IF 10.1.0.0/16", "EndIf",
	"::ffff:0:0/96", "if 10.0.0.0/8 x", "endif x", "[::1", "10.0.0.0/", "!",
	"if", "010.0.0.0/8", "2001:DB8::/33", "#", " " };
static const char *const cidr_values[] = { " OK", " x  y ", "", "\tz", "\n w",
	"\r\n", " r\r\n" };
static const char *const cidr_keys[] = { "10.0.0.1", "10.1.2.3", "10.200.1.1",
	"2001:db8::1", "2001:DB8::1", "2001:db8:8000::1", "::1", "192.0.2.1",
	"::ffff:10.1.2.3", "10.1.2", "x", "[::1]", "010.1.2.3" };
static const char *const pattern_pieces[] = { "/a/", "/^b/i", "!/c/", "if /a/",
	"if !/b/", "endif", "/(a)(b)?/", "/a.b/s", "/(a|b)+c$/", "/[a-c]{2}/",
	"#a#", "/a\\/b/", "/(/", "/a", "//", "/A/i", "/x y/", "/a/q", "endif x",
	"if /c/ z", "/^.{1,3}$/", "! !/a/", "|a\\|c|", "a", "/a/m", "/./",
	"if/a/", "endif", "iffy", "_a_", "!", "IF /B/", "/a*(b*)c/", " ", "#" };
static const char *const pattern_values[] = { " OK", " <$1>", " <${2}|$1>",
	" a$$b", "", " $", " $x", " $(1)x", " ${1", " $0", " x\n y $1", "\tv ",
	" $1$$$1", " ${1}${1}", " $3", " $-" };
static const char *const pattern_keys[] = { "a", "b", "c", "ab", "AB", "abc",
	"bc", "x y", "a/b", "a|c", "cab", "aab", "A", "b\\c" };

/* clang-format off */
static const struct grammar grammars[] = {
	{ "texthash", false, WORDS(text_pieces), WORDS(text_values),
	    WORDS(text_keys) },
	{ "hash", true, WORDS(text_pieces), WORDS(text_values),
	    WORDS(text_keys) },
	{ "btree", true, WORDS(text_pieces), WORDS(text_values),
	    WORDS(text_keys) },
	{ "lmdb", true, WORDS(text_pieces), WORDS(text_values),
	    WORDS(text_keys) },
	{ "cdb", true, WORDS(text_pieces), WORDS(text_values),
	    WORDS(text_keys) },
	{ "cidr", false, WORDS(cidr_pieces), WORDS(cidr_values),
	    WORDS(cidr_keys) },
	{ "pcre", false, WORDS(pattern_pieces), WORDS(pattern_values),
	    WORDS(pattern_keys) },
	{ "regexp", false, WORDS(pattern_pieces), WORDS(pattern_values),
	    WORDS(pattern_keys) },
};
/* clang-format on */

static struct table_dir dir;
static struct str types; /* that postmap knows, a line each */

static void
add_word(struct buf *buf, const struct words *words, struct random *random)
{
	size_t i = random_below(random, (unsigned)words->count);

	buf_add(buf, str_from(words->words[i]));
}

/* A text of lines; those of keys and values have keys of several pieces. */
static void
write_table(const struct grammar *grammar, struct random *random)
{
	static char bytes[64 * 1024];
	struct buf buf = BUF(bytes);
	bool keys = grammar->keys.words == text_keys;

	for (unsigned i = random_below(random, LINES); i > 0; i--) {
		unsigned pieces = keys ? 1 + random_below(random, 2) : 1;

		while (pieces-- > 0)
			add_word(&buf, &grammar->pieces, random);
		if (keys)
			buf_add(&buf, STR(" "));
		add_word(&buf, &grammar->values, random);
		buf_add(&buf, STR("\n"));
	}
	table_dir_write(&dir, "table", buf_str(&buf));
}

/* Keys a line each, in bytes that last until the next call. */
static struct str
make_keys(const struct grammar *grammar, struct random *random)
{
	static char bytes[64 * 1024];
	struct buf buf = BUF(bytes);

	for (size_t i = 0; i < grammar->keys.count; i++) {
		const char *word = grammar->keys.words[i];

		if (word[0] != '\0')
			buf_print(&buf, "%s\n", word);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		add_word(&buf, &grammar->keys, random);
		add_word(&buf, &grammar->keys, random);
		buf_add(&buf, STR("\n"));
	}
	return buf_str(&buf);
}

/* Takes "key<TAB>value" off the start of what postmap says. */
static bool
take_answer(struct str *output, struct str key, struct str *value)
{
	struct str line, rest, answered;

	str_cut(*output, '\n', &line, &rest);
	if (!str_starts(line, key))
		return false;
	answered = str_slice(line, key.length, line.length);
	if (!str_starts(answered, STR("\t")))
		return false;
	*value = str_slice(answered, 1, answered.length);
	*output = rest;
	return true;
}

static void
show_table(void)
{
	struct str text, line;
	struct error error;

	if (tree_read(dir.tree, table_dir_path(&dir, "table"), 0, dir.arena,
		&text, &error) != LOOKUP_FOUND)
		return;
	while (text.length > 0) {
		str_cut(text, '\n', &line, &text);
		printf("# table: " STR_FORMAT "\n", STR_ARGS(line));
	}
}

static void
compare_keys(struct postfix_table *table, struct str keys, struct str output)
{
	struct str key, value;
	size_t wrong = 0;

	while (keys.length > 0) {
		struct postfix_answer answer;

		str_cut(keys, '\n', &key, &keys);
		if (key.length == 0)
			continue;
		bool real = take_answer(&output, key, &value);
		postfix_table_find(table, key, dir.arena, &answer);
		bool same = real == (answer.found == POSTFIX_FOUND);
		if (same && real)
			same = str_equal(value, answer.value);
		if (same)
			continue;
		printf("# key \"" STR_FORMAT "\": Postfix %s \"" STR_FORMAT
		       "\", here %d \"" STR_FORMAT "\"\n",
		    STR_ARGS(key), real ? "finds" : "misses",
		    STR_ARGS(real ? value : STR("")), answer.found,
		    STR_ARGS(answer.value));
		wrong++;
	}
	if (!CHECK_INT(wrong, 0))
		show_table();
	CHECK_INT(output.length, 0);
}

static bool
count_entry(void *state, const struct postfix_entry *entry)
{
	size_t *count = state;

	*count += entry->key.length > 0;
	return true;
}

/* Whether a line of "postmap -s" is an entry: its key may have tabs, too. */
static bool
line_is_entry(struct postfix_table *table, struct str line)
{
	for (size_t i = 0; i < line.length; i++) {
		struct postfix_answer answer;

		if (line.data[i] != '\t')
			continue;
		postfix_table_find(table, str_slice(line, 0, i), dir.arena,
		    &answer);
		if (answer.found == POSTFIX_FOUND &&
		    str_equal(answer.value,
			str_slice(line, i + 1, line.length)))
			return true;
	}
	return false;
}

/* What "postmap -s" lists is what each() tells, and what is found. */
static void
compare_lists(struct postfix_table *table, struct str output)
{
	size_t count = 0, listed = 0, wrong = 0;
	const char *reason;
	struct str line;

	CHECK_INT(postfix_table_each(table, count_entry, &count, &reason),
	    POSTFIX_FOUND);
	for (; output.length > 0; listed++) {
		str_cut(output, '\n', &line, &output);
		wrong += !line_is_entry(table, line);
	}
	CHECK_INT(count, (long long)listed);
	CHECK_INT(wrong, 0);
}

static bool
is_broken(struct postfix_table *table)
{
	const char *reason;
	struct place place;

	return postfix_table_state(table, &reason, &place) == POSTFIX_BROKEN;
}

static void
round_run(const struct grammar *grammar, unsigned seed)
{
	struct random random = { .state = seed };
	struct str output, number;
	const char *spec;

	table_dir_again(&dir);
	write_table(grammar, &random);
	struct str keys = make_keys(grammar, &random);
	table_dir_write(&dir, "keys", keys);
	if (grammar->compiled &&
	    !table_dir_run(&dir,
		arena_print(dir.arena, "rm -f table.*; postmap -c . %s:table",
		    grammar->type),
		&output))
		tap_bail("postmap %s fails", grammar->type);
	spec = arena_print(dir.arena, "%s:%s", grammar->type,
	    table_dir_path(&dir, "table"));
	struct postfix_table *table =
	    postfix_table_open(dir.tables, str_from(spec));
	if (strcmp(grammar->type, "texthash") == 0 && is_broken(table)) {
		/* postmap(1) warns, and takes the first; smtpd(8) does not. */
		table_dir_run(&dir,
		    arena_print(dir.arena,
			"postmap -c . -q x '%s' 2>&1 | grep -c duplicate",
			spec),
		    &number);
		CHECK(!str_equal(str_trim(number), STR("0")));
		return;
	}
	table_dir_run(&dir,
	    arena_print(dir.arena, "postmap -c . -q - '%s' <keys", spec),
	    &output);
	compare_keys(table, keys, output);
	/* The one of cdb is empty. */
	if (!grammar->compiled || strcmp(grammar->type, "cdb") == 0)
		return;
	table_dir_run(&dir,
	    arena_print(dir.arena, "postmap -c . -s '%s'", spec), &output);
	compare_lists(table, output);
}

static bool
knows(const char *type)
{
	struct str rest = types, line;

	while (rest.length > 0) {
		str_cut(rest, '\n', &line, &rest);
		if (str_equal(line, str_from(type)))
			return true;
	}
	return false;
}

static void
answers_are_those_of_postmap(void)
{
	const char *seed = getenv("SEED"); /* to look further */

	for (size_t i = 0; i < TAP_COUNT(grammars); i++) {
		if (!knows(grammars[i].type)) {
			tap_skip(arena_print(dir.arena,
			    "this Postfix has no %s", grammars[i].type));
			continue;
		}
		for (unsigned round = 0; round < ROUNDS; round++) {
			unsigned start = round;

			if (seed != NULL)
				start += (unsigned)strtoul(seed, NULL, 10);
			tap_case("%s, seed %u", grammars[i].type, start);
			round_run(&grammars[i], start);
		}
	}
}

/* Somebody runs postmap(1) while the entries are told. */
static bool
change_file(void *state, const struct postfix_entry *entry)
{
	const char *command = state;
	struct str output;

	(void)entry;
	CHECK(table_dir_run(&dir, command, &output));
	return true;
}

static void
a_file_that_changes_while_it_is_listed_is_unknown(void)
{
	static const char *const kinds[] = { "hash", "btree" };

	for (size_t i = 0; i < TAP_COUNT(kinds); i++) {
		char command[64];
		struct str output;
		const char *reason = NULL;
		size_t count = 0;

		tap_case("%s", kinds[i]);
		table_dir_again(&dir);
		table_dir_write(&dir, "table", STR("a OK\n"));
		snprintf(command, sizeof(command), "postmap -c . %s:table",
		    kinds[i]);
		if (!CHECK(table_dir_run(&dir, command, &output)))
			continue;
		struct postfix_table *table = postfix_table_open(dir.tables,
		    str_from(arena_print(dir.arena, "%s:%s", kinds[i],
			table_dir_path(&dir, "table"))));
		CHECK_INT(postfix_table_each(table, count_entry, &count,
			      &reason),
		    POSTFIX_FOUND);
		CHECK_INT(postfix_table_each(table, change_file, command,
			      &reason),
		    POSTFIX_UNKNOWN);
		CHECK(reason != NULL &&
		    str_ends(str_from(reason),
			STR("was changed while it was read")));
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(answers_are_those_of_postmap),
	TAP_TEST(a_file_that_changes_while_it_is_listed_is_unknown),
};

int
main(void)
{
	struct str output;
	int status;

	table_dir_open(&dir, true);
	table_dir_write(&dir, "main.cf", STR("compatibility_level = 3.6\n"));
	table_dir_write(&dir, "master.cf", STR(""));
	if (!table_dir_run(&dir,
		"command -v postmap && postconf -c . mail_version", &output)) {
		printf("1..0 # SKIP no postmap\n");
		table_dir_close(&dir);
		return 0;
	}
	struct arena *arena = arena_new(0);
	table_dir_run(&dir, "postconf -c . -m", &output);
	types = arena_copy(arena, output);
	status = TAP_RUN(tests);
	table_dir_close(&dir);
	arena_free(arena);
	return status;
}
