/*
 * test_table_pcre.c - pcre: patterns in the format of pcre_table(5).
 */
#include "table/table.h"

#include "tests/lib/lists.h"
#include "tests/lib/tap.h"

static const struct {
	enum table_subject subject;
	const char *text;
	const char *key;
	enum lookup result;
} meanings[] = {
	{ TABLE_DOMAINS, "/^example\\.org$/ OK\n", "a@example.org",
	    LOOKUP_FOUND },
	{ TABLE_DOMAINS, "/^EXAMPLE\\.org$/\n", "a@example.org", LOOKUP_FOUND },
	{ TABLE_DOMAINS, "/^EXAMPLE\\.org$/i\n", "a@example.org",
	    LOOKUP_MISSING },
	{ TABLE_DOMAINS, "/^.*@example\\.org$/\n", "a@example.org",
	    LOOKUP_FOUND },
	{ TABLE_DOMAINS, "/^.*@example\\.org$/\n", "a@b@example.org",
	    LOOKUP_MISSING },
	{ TABLE_DOMAINS, "#^a@.*$# Relay\n", "a@example.org", LOOKUP_MISSING },
	{ TABLE_DOMAINS, "%^a@.*$% Relay\n", "a@example.org", LOOKUP_FOUND },
	{ TABLE_DOMAINS, "!/@example\\.org$/ OK\n", "a@example.org",
	    LOOKUP_MISSING },
	{ TABLE_DOMAINS, "!/@example\\.org$/ OK\n", "a@example.net",
	    LOOKUP_FOUND },
	{ TABLE_DOMAINS, "if /@example\\.org$/\n/^a@.*$/ OK\nendif\n/^c@.*$/\n",
	    "a@example.org", LOOKUP_FOUND },
	{ TABLE_DOMAINS, "if /@example\\.org$/\n/^a@.*$/ OK\nendif\n/^c@.*$/\n",
	    "a@example.net", LOOKUP_MISSING },
	{ TABLE_DOMAINS, "if /@example\\.org$/\n/^a@.*$/ OK\nendif\n/^c@.*$/\n",
	    "c@example.net", LOOKUP_FOUND },
	{ TABLE_DOMAINS, "if !/^b/\n/^.*@.*$/\nendif\n", "b@b.example",
	    LOOKUP_MISSING },
	{ TABLE_DOMAINS, "if !/^b@/\n/^.*@.*$/\nendif\n", "c@b.example",
	    LOOKUP_FOUND },
	{ TABLE_DOMAINS, "if /@/\nif /^a/\nendif\n/^b@.*$/\nendif\n",
	    "b@x.example", LOOKUP_FOUND },
	{ TABLE_DOMAINS, "/^a\n b@x\\.example$/x\n  OK\n", "ab@x.example",
	    LOOKUP_FOUND },
	{ TABLE_NETWORKS, "/^10\\..*$/ OK\n", "10.1.2.3", LOOKUP_FOUND },
	{ TABLE_NETWORKS, "!/^10\\./ OK\n", "11.1.2.3", LOOKUP_FOUND },
	{ TABLE_WORDS, "/^.bob.$/ OK\n", "xBobx", LOOKUP_FOUND },
	{ TABLE_WORDS, "!/bob/ OK\n", "xBobx", LOOKUP_MISSING },
	{ TABLE_DOMAINS, "", "a@example.org", LOOKUP_MISSING },
};

static void
files_mean_what_they_mean_to_postfix(void)
{
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < TAP_COUNT(meanings); i++) {
		tap_case("%s in %s", meanings[i].key, meanings[i].text);
		lists_write(&lists, "pcre", meanings[i].text);
		if (CHECK(lists_make(&lists, meanings[i].subject, "pcre:pcre")))
			CHECK_INT(lists_find(&lists, meanings[i].key),
			    meanings[i].result);
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static void
mistakes_have_their_place(void)
{
	static const struct {
		const char *text;
		const char *mistake;
	} cases[] = {
		{ "/^a$/ OK\n/^b$/ REJECT\n",
		    "pcre:2: result \"REJECT\" in a list: only OK, RELAY or "
		    "none; leave out what is not to be listed" },
		{ "/@example\\.org$/ OK\n",
		    "pcre:1: pattern \"@example\\.org$\" would match a part: "
		    "it must begin with ^ and end with $, as in "
		    "^(a|b)@example\\.com$" },
		{ "/^a$/X OK\n",
		    "pcre:1: unknown flag in \"X OK\" after a pattern; known "
		    "are i m s x A E U" },
		{ "example.org OK\n",
		    "pcre:1: \"example.org OK\" is not a /pattern/" },
		{ "/^a\n", "pcre:1: no \"/\" at the end of the pattern /^a" },
		{ " /^a$/\n", "pcre:1: \" /^a$/\" is not a /pattern/" },
		{ "if /a/\n/^a$/\n", "pcre:1: if without endif" },
		{ "endif\n", "pcre:1: endif without if" },
		{ "if /a/ OK\nendif\n", "pcre:1: \"OK\" after if" },
		{ "/^a$/\nif /a/\nendif x\n", "pcre:3: \"x\" after endif" },
		{ "/^a($/\n",
		    "pcre:1: pattern \"^a($\", after byte 4: missing closing "
		    "parenthesis" },
	};
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%s", cases[i].text);
		lists_write(&lists, "pcre", cases[i].text);
		CHECK(!lists_make(&lists, TABLE_DOMAINS, "pcre:pcre"));
		CHECK_STR(lists_mistake(&lists), cases[i].mistake);
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static void
a_failed_rule_fails_the_lookup(void)
{
	static const char key[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab@example.org";
	static const char *const texts[] = {
		"/^(a+)+@.*$/\n/^.*@.*$/\n",
		"!/^(a+)+@/\n/^.*@.*$/\n",
		"if /^(a+)+@/\nendif\n/^.*@.*$/\n",
		"if !/^(a+)+@/\nendif\n/^.*@.*$/\n",
	};
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < TAP_COUNT(texts); i++) {
		tap_case("%s", texts[i]);
		lists_write(&lists, "pcre", texts[i]);
		if (CHECK(lists_make(&lists, TABLE_DOMAINS, "pcre:pcre")))
			CHECK_INT(lists_find(&lists, key), LOOKUP_FAILED);
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static const struct tap_test tests[] = {
	TAP_TEST(files_mean_what_they_mean_to_postfix),
	TAP_TEST(mistakes_have_their_place),
	TAP_TEST(a_failed_rule_fails_the_lookup),
};

int
main(void)
{
	return TAP_RUN(tests);
}
