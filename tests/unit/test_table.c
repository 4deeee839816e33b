/*
 * test_table.c - lists of values: what matches, what is a mistake, what is
 * shared from one load to the next.
 */
#include "table/table.h"

#include "tests/lib/lists.h"
#include "tests/lib/tap.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

struct match {
	enum table_subject subject;
	const char *values;
	const char *key;
	const char *found; /* NULL: missing */
};

static void
expect_matches(const struct match *cases, size_t count)
{
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < count; i++) {
		const struct match *match = &cases[i];

		tap_case("%s in %s", match->key, match->values);
		if (CHECK(lists_make(&lists, match->subject, match->values))) {
			CHECK_INT(lists_find(&lists, match->key),
			    match->found != NULL ? LOOKUP_FOUND
						 : LOOKUP_MISSING);
			CHECK_STR(lists.found,
			    match->found != NULL ? match->found : "");
		}
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static void
networks_hold_addresses(void)
{
	static const struct match cases[] = {
		{ TABLE_NETWORKS, "10.0.0.0/8", "10.1.2.3", "10.0.0.0/8" },
		{ TABLE_NETWORKS, "10.0.0.0/8", "::ffff:10.1.2.3",
		    "10.0.0.0/8" },
		{ TABLE_NETWORKS, "10.0.0.0/8\n10.1.0.0/16", "10.1.2.3",
		    "10.1.0.0/16" },
		{ TABLE_NETWORKS, "10.0.0.0/8\n::1", "::1", "::1" },
		{ TABLE_NETWORKS, "10.0.0.0/8\n::1", "192.0.2.1", NULL },
		{ TABLE_NETWORKS, "::/0", "192.0.2.1", NULL },
		{ TABLE_NETWORKS, "fe80::/10", "fe80::1", "fe80::/10" },
		{ TABLE_NETWORKS, "/^192\\.0\\.2\\.[0-9]$/", "192.0.2.7",
		    "/^192\\.0\\.2\\.[0-9]$/" },
		{ TABLE_NETWORKS, "/^192\\.0\\.2\\.[0-9]$/", "192.0.2.77",
		    NULL },
		{ TABLE_NETWORKS, "/^2001:db8:.*$/", "2001:DB8:0:0::1",
		    "/^2001:db8:.*$/" },
	};

	expect_matches(cases, TAP_COUNT(cases));
}

static void
domains_match_addresses(void)
{
	static const struct match cases[] = {
		{ TABLE_DOMAINS, "example.org", "a@example.org",
		    "example.org" },
		{ TABLE_DOMAINS, "Example.ORG.", "a@EXAMPLE.org",
		    "example.org" },
		{ TABLE_DOMAINS, "example.org", "a@mx.example.org", NULL },
		{ TABLE_DOMAINS, ".example.org", "a@mx.example.org",
		    ".example.org" },
		{ TABLE_DOMAINS, ".example.org", "a@a.b.example.org",
		    ".example.org" },
		{ TABLE_DOMAINS, ".example.org", "a@example.org", NULL },
		{ TABLE_DOMAINS,
		    "b\xc3\xbc"
		    "cher.example",
		    "a@xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ TABLE_DOMAINS, "xn--bcher-kva.example",
		    "a@B\xc3\x9c"
		    "CHER.example",
		    "xn--bcher-kva.example" },
		{ TABLE_DOMAINS, "localhost", "a@localhost", "localhost" },
		{ TABLE_DOMAINS, "[192.0.2.1]", "a@[192.0.2.1]",
		    "[192.0.2.1]" },
		{ TABLE_DOMAINS, "[192.0.2.1]", "a@[192.0.2.2]", NULL },
		{ TABLE_DOMAINS, "[IPv6:2001:db8:0::1]", "a@[IPv6:2001:DB8::1]",
		    "[IPv6:2001:db8::1]" },
		{ TABLE_DOMAINS, "Bob@Example.org", "bOB@example.ORG",
		    "bob@example.org" },
		{ TABLE_DOMAINS, "bob@example.org", "al@example.org", NULL },
		{ TABLE_DOMAINS, "bob@example.org", "bob@example.com", NULL },
		{ TABLE_DOMAINS, "abuse@", "Abuse@example.com", "abuse@" },
		{ TABLE_DOMAINS, "abuse@", "abuse2@example.com", NULL },
		{ TABLE_DOMAINS, "abuse@", "abuse", NULL },
		{ TABLE_DOMAINS, "abuse@[192.0.2.1]", "abuse@[192.0.2.1]",
		    "abuse@[192.0.2.1]" },
		{ TABLE_DOMAINS, "/^list-.*@example\\.net$/",
		    "list-a@EXAMPLE.net", "/^list-.*@example\\.net$/" },
		{ TABLE_DOMAINS, "^list-.*@example\\.net$",
		    "list-a@example.net", "^list-.*@example\\.net$" },
		{ TABLE_DOMAINS, "/^LIST-.*@EXAMPLE\\.net$/",
		    "list-a@example.net", "/^LIST-.*@EXAMPLE\\.net$/" },
		{ TABLE_DOMAINS, "/^list-.*$/", "list-a@example.net", NULL },
		{ TABLE_DOMAINS, "/^list-.*$/", "a@list-1.example",
		    "/^list-.*$/" },
		{ TABLE_DOMAINS, "/^\\[192\\.0\\.2\\.1\\]$/", "a@[192.0.2.1]",
		    "/^\\[192\\.0\\.2\\.1\\]$/" },
	};

	expect_matches(cases, TAP_COUNT(cases));
}

static void
routing_never_matches(void)
{
	static const char all[] =
	    "example.org\n.example.org\na@\n/^.*@.*$/\n/^.*$/";
	static const struct match cases[] = {
		{ TABLE_DOMAINS, all, "a%b@example.org", NULL },
		{ TABLE_DOMAINS, all, "b!a@example.org", NULL },
		{ TABLE_DOMAINS, all, "@example.org:a@example.org", NULL },
		{ TABLE_DOMAINS, all, "a@b@example.org", NULL },
		{ TABLE_SENDERS, all, "a%b@example.org", NULL },
		{ TABLE_SENDERS, all, "a@b@example.org", NULL },
		{ TABLE_DOMAINS, all, "a", NULL },
		{ TABLE_DOMAINS, all, "a@", NULL },
		{ TABLE_DOMAINS, all, "a@-", NULL },
		{ TABLE_SENDERS, all, "", NULL },
		{ TABLE_DOMAINS, all, "c@example.com", "/^.*@.*$/" },
	};

	expect_matches(cases, TAP_COUNT(cases));
}

static void
words_are_compared_as_they_are(void)
{
	static const struct match cases[] = {
		{ TABLE_WORDS, "bob", "bob", "bob" },
		{ TABLE_WORDS, "bob", "Bob", NULL },
		{ TABLE_WORDS, "bob@example.org", "bob@example.org",
		    "bob@example.org" },
		{ TABLE_WORDS, "sha256:AB:CD", "sha256:AB:CD", "sha256:AB:CD" },
		{ TABLE_WORDS,
		    "b\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6",
		    "b\xc3\xb6", NULL },
		{ TABLE_WORDS, "/^b.b$/", "bob", "/^b.b$/" },
		{ TABLE_WORDS, "/^b|c$/", "bob", NULL },
		{ TABLE_WORDS, "/^B.*$/", "bob", NULL },
		{ TABLE_WORDS, "/^B.*$/i", "bob", "/^B.*$/i" },
		{ TABLE_WORDS, "/^.*$/", "", NULL },
	};

	expect_matches(cases, TAP_COUNT(cases));
}

static const struct {
	enum table_subject subject;
	const char *values;
	const char *mistake;
} mistakes[] = {
	{ TABLE_DOMAINS, "*.example.org",
	    "policy:1: \"*.example.org\": for all domains below one, "
	    "write .example.org" },
	{ TABLE_DOMAINS, "example.org\n@example.org",
	    "policy:2: \"@example.org\": for a whole domain, write "
	    "example.org" },
	{ TABLE_DOMAINS, "192.0.2.1",
	    "policy:1: \"192.0.2.1\" is no domain; as an address "
	    "literal, write [192.0.2.1]" },
	{ TABLE_DOMAINS, "2001:db8::1",
	    "policy:1: \"2001:db8::1\" is no domain; as an address "
	    "literal, write [IPv6:2001:db8::1]" },
	{ TABLE_DOMAINS, "[192.0.2.0/24]",
	    "policy:1: \"[192.0.2.0/24]\" is not an address literal "
	    "such as [192.0.2.1] or [IPv6:2001:db8::1]" },
	{ TABLE_DOMAINS, "exa mple.org",
	    "policy:1: \"exa mple.org\" is not a domain" },
	{ TABLE_DOMAINS, ".", "policy:1: \".\" is not a domain" },
	{ TABLE_DOMAINS, "a@.example.org",
	    "policy:1: \"a@.example.org\": an address names one "
	    "domain; use a pattern" },
	{ TABLE_DOMAINS, "a%b@example.org",
	    "policy:1: \"a%b\" before the @ can match no address: "
	    "only plain local parts do" },
	{ TABLE_DOMAINS, "a b@example.org",
	    "policy:1: \"a b\" before the @ can match no address: "
	    "only plain local parts do" },
	{ TABLE_DOMAINS, "example.org\n\nx", "policy:2: an empty value" },
	{ TABLE_DOMAINS, "/example\\.org/",
	    "policy:1: pattern \"example\\.org\" would match a part: "
	    "it must begin with ^ and end with $, as in "
	    "^(a|b)@example\\.com$" },
	{ TABLE_WORDS,
	    "/^(alice|bob|carol|dave|erin|frank|grace|heidi|ivan|judy|kim|leo|"
	    "mallory|niaj|olivia|peggy)/",
	    "policy:1: pattern \"^(alice|bob|carol|dave|erin|frank|grace|heidi|"
	    "ivan|judy|kim|leo|mallory|niaj|oli...\" would match a part: it "
	    "must begin with ^ and end with $, as in ^(a|b)@example\\.com$" },
	{ TABLE_WORDS, "/alice/",
	    "policy:1: pattern \"alice\" would match a part: it must begin "
	    "with ^ and end with $, as in ^(a|b)@example\\.com$" },
	{ TABLE_DOMAINS, "/^a$/ OK", "policy:1: \"OK\" after a pattern" },
	{ TABLE_NETWORKS, "10.0.0.1/8",
	    "policy:1: \"10.0.0.1/8\" has bits after its prefix: the "
	    "network is 10.0.0.0/8" },
	{ TABLE_DOMAINS, "filee:/x",
	    "policy:1: filee:/x: unknown kind of table; known are "
	    "file:, cidr:, pcre: and /pattern/" },
	{ TABLE_NETWORKS, "hash:/x",
	    "policy:1: hash:/x: unknown kind of table; known are "
	    "file:, cidr:, pcre: and /pattern/" },
	{ TABLE_WORDS, "hash:/x",
	    "policy:1: hash:/x: unknown kind of table; known are "
	    "file:, cidr:, pcre: and /pattern/" },
	{ TABLE_DOMAINS, "postfix:relay_domains",
	    "policy:1: postfix:relay_domains: the values of an MTA are "
	    "not known here" },
	{ TABLE_DOMAINS, "file:", "policy:1: file:: names no file" },
};

static void
mistakes_name_what_is_right(void)
{
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < TAP_COUNT(mistakes); i++) {
		tap_case("%s", mistakes[i].values);
		CHECK(!lists_make(&lists, mistakes[i].subject,
		    mistakes[i].values));
		CHECK_STR(lists_mistake(&lists), mistakes[i].mistake);
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static void
a_file_has_one_value_a_line(void)
{
	struct lists lists;

	lists_open(&lists);
	lists_write(&lists, "domains",
	    "# ours\n\nexample.org\r\n  .example.net  \n"
	    "/^list [ab]@example\\.com$/x\nlast.example");
	CHECK(lists_make(&lists, TABLE_DOMAINS, "file:domains"));
	CHECK_INT(lists_find(&lists, "a@example.org"), LOOKUP_FOUND);
	CHECK(strncmp(lists.found, "file:/", 6) == 0);
	CHECK_INT(lists_find(&lists, "a@x.example.net"), LOOKUP_FOUND);
	CHECK_INT(lists_find(&lists, "lista@example.com"), LOOKUP_FOUND);
	CHECK_INT(lists_find(&lists, "a@last.example"), LOOKUP_FOUND);
	CHECK_INT(lists_find(&lists, "a@ours"), LOOKUP_MISSING);
	lists_drop(&lists);

	lists_write(&lists, "networks", "10.0.0.0/8\n2001:db8::/32\n");
	CHECK(lists_make(&lists, TABLE_NETWORKS, "::1\nfile:networks"));
	CHECK_INT(lists_find(&lists, "10.1.1.1"), LOOKUP_FOUND);
	CHECK_INT(lists_find(&lists, "::1"), LOOKUP_FOUND);
	CHECK_STR(lists.found, "::1");
	CHECK_INT(lists_find(&lists, "192.0.2.1"), LOOKUP_MISSING);
	lists_drop(&lists);

	lists_write(&lists, "empty", "");
	CHECK(lists_make(&lists, TABLE_NETWORKS, "file:empty"));
	CHECK_INT(lists_find(&lists, "192.0.2.1"), LOOKUP_MISSING);
	lists_close(&lists);
}

static void
mistakes_in_a_file_have_its_place(void)
{
	static const struct {
		const char *text;
		const char *mistake;
	} cases[] = {
		{ "example.org\nexample.net OK\n",
		    "domains:2: a second column in \"example.net OK\": is this "
		    "an access table? Then name it with cidr: or pcre:, else "
		    "leave the second column out" },
		{ "/^a@b$/ REJECT\n",
		    "domains:1: a second column in \"/^a@b$/ REJECT\": is this "
		    "an access table? Then name it with cidr: or pcre:, else "
		    "leave the second column out" },
		{ "# x\n\n*.example.org\n",
		    "domains:3: \"*.example.org\": for all domains below one, "
		    "write .example.org" },
	};
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%s", cases[i].text);
		lists_write(&lists, "domains", cases[i].text);
		CHECK(!lists_make(&lists, TABLE_DOMAINS, "file:domains"));
		CHECK_STR(lists_mistake(&lists), cases[i].mistake);
		lists_drop(&lists);
	}
	tap_case("no file");
	CHECK(!lists_make(&lists, TABLE_DOMAINS, "a.example\nfile:absent"));
	CHECK(
	    strncmp(lists_mistake(&lists), "policy:2: file:absent: ", 23) == 0);
	lists_close(&lists);
}

static void
a_file_of_another_kind_is_not_told_line_by_line(void)
{
	static char text[1000 * 5 + 1];
	struct lists lists;

	lists_open(&lists);
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + i * 5, "a b\n\n", 5);
	lists_write(&lists, "domains", text);
	CHECK(!lists_make(&lists, TABLE_DOMAINS, "file:domains"));
	CHECK_INT(lists.problems.errors, 21);
	lists_close(&lists);
}

static void
a_limit_of_memory_is_an_error(void)
{
	struct lists lists;
	static char text[20000 * 13 + 1];

	lists_open(&lists);
	for (unsigned i = 0; i < 20000; i++)
		snprintf(text + (size_t)i * 13, 14, "d%05u.test\n\n", i);
	lists_write(&lists, "domains", text);
	lists.options.limit = 256 * 1024;
	CHECK(!lists_make(&lists, TABLE_DOMAINS, "file:domains"));
	CHECK_STR(lists_mistake(&lists),
	    "domains:0: needs more than its limit of 0 MiB");
	lists_drop(&lists);

	lists.options.limit = 0;
	lists.options.file_limit = 1000;
	CHECK(!lists_make(&lists, TABLE_DOMAINS, "file:domains"));
	lists_drop(&lists);

	lists.options.file_limit = 0;
	CHECK(lists_make(&lists, TABLE_DOMAINS, "file:domains"));
	CHECK_INT(lists_find(&lists, "a@d19999.test"), LOOKUP_FOUND);
	lists_close(&lists);
}

/* Loads the list of a file into an arena of its own, beside lists->list. */
static struct arena *
load_again(struct lists *lists, enum table_subject subject,
    struct table_list *list)
{
	struct arena *arena = arena_new(0);
	struct table_options options = lists->options;
	struct table_value value = { .text = STR("file:domains") };

	options.files = files_new(arena, NULL);
	CHECK(table_list_make(&value, 1, subject, &options, arena, list,
	    &lists->problems));
	return arena;
}

static void
a_reload_shares_what_has_not_changed(void)
{
	struct table_list second, third;
	struct lists lists;

	lists_open(&lists);
	lists_write(&lists, "domains", "example.org\n");
	CHECK(lists_make(&lists, TABLE_DOMAINS, "file:domains"));
	struct arena *arena = load_again(&lists, TABLE_DOMAINS, &second);
	CHECK(lists.list.tables[0] == second.tables[0]);
	size_t one = table_store_size(lists.store);

	lists_write(&lists, "domains", "example.org\nexample.net\n");
	struct arena *other = load_again(&lists, TABLE_DOMAINS, &third);
	CHECK(third.tables[0] != second.tables[0]);
	CHECK(table_store_size(lists.store) > one);

	arena_free(arena);
	CHECK_INT(lists_find(&lists, "a@example.org"), LOOKUP_FOUND);
	CHECK_INT(lists_find(&lists, "a@example.net"), LOOKUP_MISSING);
	lists_drop(&lists);
	CHECK_INT(table_store_size(lists.store), one);
	arena_free(other);
	CHECK_INT(table_store_size(lists.store), 0);
	lists_close(&lists);
}

static void
values_of_two_subjects_share_no_table(void)
{
	struct table_list words;
	struct lists lists;

	lists_open(&lists);
	lists_write(&lists, "domains", "10.0.0.1\n");
	CHECK(lists_make(&lists, TABLE_NETWORKS, "file:domains"));
	struct arena *arena = load_again(&lists, TABLE_WORDS, &words);
	CHECK(lists.list.tables[0] != words.tables[0]);
	CHECK_INT(lists_find(&lists, "10.0.0.1"), LOOKUP_FOUND);
	arena_free(arena);
	lists_close(&lists);
}

static void *
fake_open(const void *state, struct table_build *build, struct error *error)
{
	const enum lookup **opened;

	if (str_equal(build->argument, STR("bad"))) {
		error_write(error, "no such parameter");
		return NULL;
	}
	opened = arena_alloc(build->arena, sizeof(*opened));
	*opened = str_equal(build->argument, STR("mine")) ? state : NULL;
	return opened;
}

static enum lookup
fake_find(const void *opened, struct table_scratch *scratch, struct str *found)
{
	const enum lookup *const *answer = opened;

	(void)scratch;
	(void)found;
	return *answer != NULL ? **answer : LOOKUP_MISSING;
}

static void
sources_of_others_are_asked(void)
{
	enum lookup answer = LOOKUP_FOUND;
	struct table_source source = {
		.prefix = "postfix:",
		.state = &answer,
		.open = fake_open,
		.find = fake_find,
	};
	struct lists lists;

	lists_open(&lists);
	lists.options.sources = &source;
	lists.options.source_count = 1;
	CHECK(lists_make(&lists, TABLE_DOMAINS,
	    "postfix:other\npostfix:mine\nexample.org"));
	CHECK_INT(lists_find(&lists, "a@example.net"), LOOKUP_FOUND);
	CHECK_STR(lists.found, "postfix:mine");
	CHECK_INT(lists_find(&lists, "a%b@example.net"), LOOKUP_MISSING);
	answer = LOOKUP_FAILED;
	CHECK_INT(lists_find(&lists, "a@example.net"), LOOKUP_FAILED);
	CHECK_INT(lists_find(&lists, "a@example.org"), LOOKUP_FOUND);
	lists_drop(&lists);

	CHECK(!lists_make(&lists, TABLE_DOMAINS, "postfix:bad"));
	CHECK_STR(lists_mistake(&lists),
	    "policy:1: postfix:bad: no such parameter");
	lists_close(&lists);
}

static void
a_failed_pattern_fails_unless_another_value_matches(void)
{
	static const char key[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab@example.org";
	struct lists lists;

	lists_open(&lists);
	CHECK(lists_make(&lists, TABLE_DOMAINS, "/^(a+)+@example\\.org$/"));
	CHECK_INT(lists_find(&lists, key), LOOKUP_FAILED);
	CHECK_INT(lists_find(&lists, "aa@example.org"), LOOKUP_FOUND);
	lists_drop(&lists);
	CHECK(lists_make(&lists, TABLE_DOMAINS,
	    "/^(a+)+@example\\.org$/\n/^.*@example\\.org$/"));
	CHECK_INT(lists_find(&lists, key), LOOKUP_FOUND);
	lists_close(&lists);
}

static void
a_lookup_uses_no_heap(void)
{
	struct lists lists;
	struct mailbox_space *space = calloc(1, sizeof(*space));
	struct mailbox mailbox;
	struct table_key key = { .mailbox = &mailbox };
	struct str found;

	lists_open(&lists);
	lists_write(&lists, "domains", "a.example\n.b.example\nx@c.example\n");
	lists_write(&lists, "patterns", "/^x@d\\.example$/ OK\n");
	CHECK(lists_make(&lists, TABLE_DOMAINS,
	    "e.example\nfile:domains\n/^y@f\\.example$/\npcre:patterns"));
	mailbox_parse(STR("Y@f.example"), MAILBOX_INTERNAL, space, &mailbox);
	size_t before = mallinfo2().uordblks;
	CHECK_INT(table_list_find(&lists.list, &key, lists.scratch, &found),
	    LOOKUP_FOUND);
	mailbox_parse(STR("none@f.example"), MAILBOX_INTERNAL, space, &mailbox);
	CHECK_INT(table_list_find(&lists.list, &key, lists.scratch, &found),
	    LOOKUP_MISSING);
	CHECK_INT(mallinfo2().uordblks, before);
	free(space);
	lists_close(&lists);
}

static const struct tap_test tests[] = {
	TAP_TEST(networks_hold_addresses),
	TAP_TEST(domains_match_addresses),
	TAP_TEST(routing_never_matches),
	TAP_TEST(words_are_compared_as_they_are),
	TAP_TEST(mistakes_name_what_is_right),
	TAP_TEST(a_file_has_one_value_a_line),
	TAP_TEST(mistakes_in_a_file_have_its_place),
	TAP_TEST(a_file_of_another_kind_is_not_told_line_by_line),
	TAP_TEST(a_limit_of_memory_is_an_error),
	TAP_TEST(values_of_two_subjects_share_no_table),
	TAP_TEST(a_reload_shares_what_has_not_changed),
	TAP_TEST(sources_of_others_are_asked),
	TAP_TEST(a_failed_pattern_fails_unless_another_value_matches),
	TAP_TEST(a_lookup_uses_no_heap),
};

int
main(void)
{
	return TAP_RUN(tests);
}
