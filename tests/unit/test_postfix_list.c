/*
 * test_postfix_list.c - match lists decide as Postfix does.
 */
#include "mta/postfix_list.h"

#include "tests/lib/table_dir.h"
#include "tests/lib/tap.h"

struct question {
	const char *list;
	bool parents;
	const char *text; /* or the name of a client */
	const char *address;
	enum postfix_found found;
	const char *decided; /* the key of the answer; NULL: any */
};

/* The files that lists name. */
static void
files_write(struct table_dir *dir)
{
	table_dir_write(dir, "hosts",
	    STR("# a comment\na.example, b.example\n !c.example # rest\n"
		"d.example\n"));
	table_dir_write(dir, "loop", STR("x.example /loop\n"));
	table_dir_write(dir, "cidr", STR("192.0.2.0/24 REJECT\n"));
	table_dir_write(dir, "texthash", STR("a.example no\n.b.example x\n"));
	table_dir_write(dir, "pcre", STR("/^example$/ x\n"));
}

static void
ask(enum postfix_list_kind kind, const struct question *questions, size_t count)
{
	struct table_dir dir;

	table_dir_open(&dir, false);
	files_write(&dir);
	for (size_t i = 0; i < count; i++) {
		const struct question *question = &questions[i];
		struct postfix_list_source source = {
			.kind = kind,
			.parents = question->parents,
			.text = str_from(question->list),
			.place = { "main.cf", 7 },
		};
		struct postfix_answer answer;
		struct postfix_list list;
		struct address address;
		struct error error;

		tap_case("%s %s in %s", question->text,
		    question->address == NULL ? "" : question->address,
		    question->list);
		postfix_list_read(&source, dir.tables, dir.arena, &list, NULL);
		if (kind != POSTFIX_CLIENTS)
			postfix_list_find(&list, str_from(question->text),
			    dir.arena, &answer);
		else if (CHECK(address_parse(str_from(question->address),
			     &address, &error)))
			postfix_list_find_client(&list,
			    str_from(question->text), &address, dir.arena,
			    &answer);
		CHECK_INT(answer.found, question->found);
		if (question->decided != NULL)
			CHECK_STR(arena_copy(dir.arena, answer.key).data,
			    question->decided);
		CHECK((answer.reason != NULL) ==
		    (answer.found == POSTFIX_BROKEN ||
			answer.found == POSTFIX_UNKNOWN));
	}
	table_dir_close(&dir);
}

static void
strings_match_exactly(void)
{
	static const struct question questions[] = {
		{ "a, b.Example", false, "B.example", NULL, POSTFIX_FOUND,
		    "b.example" },
		{ "b.example", true, "x.b.example", NULL, POSTFIX_MISSING,
		    NULL },
		{ ".b.example", false, "x.b.example", NULL, POSTFIX_MISSING,
		    NULL },
		{ "", false, "x", NULL, POSTFIX_MISSING, NULL },
		{ "!a static:x", false, "a", NULL, POSTFIX_MISSING, "a" },
		{ "!a static:x", false, "b", NULL, POSTFIX_FOUND, NULL },
		{ "!!a", false, "a", NULL, POSTFIX_FOUND, "a" },
		{ "a !a", false, "a", NULL, POSTFIX_FOUND, "a" },
		{ "texthash:/texthash", false, "a.example", NULL, POSTFIX_FOUND,
		    "a.example" },
		{ "texthash:/texthash", false, "x.b.example", NULL,
		    POSTFIX_MISSING, NULL },
		{ "/hosts", false, "b.example", NULL, POSTFIX_FOUND, NULL },
		{ "/hosts static:x", false, "c.example", NULL, POSTFIX_MISSING,
		    "c.example" },
		{ "/hosts", false, "rest", NULL, POSTFIX_MISSING, NULL },
		{ "/hosts", false, "d.example", NULL, POSTFIX_FOUND, NULL },
		{ "!/hosts", false, "c.example", NULL, POSTFIX_FOUND, NULL },
		{ "a # b c", false, "b", NULL, POSTFIX_MISSING, NULL },
		{ "a /none", false, "a", NULL, POSTFIX_FOUND, NULL },
		{ "a /none b", false, "b", NULL, POSTFIX_BROKEN, "/none" },
		{ "/loop", false, "x.example", NULL, POSTFIX_FOUND, NULL },
		{ "/loop", false, "y.example", NULL, POSTFIX_UNKNOWN, NULL },
		{ "a !", false, "b", NULL, POSTFIX_BROKEN, NULL },
		{ "hahs:/x", false, "b", NULL, POSTFIX_BROKEN, NULL },
		{ "inline:{a=b, {c=d}} e", false, "c", NULL, POSTFIX_FOUND,
		    "c" },
		{ "inline:{a=}", false, "a", NULL, POSTFIX_FOUND, "a" },
	};

	ask(POSTFIX_STRINGS, questions, TAP_COUNT(questions));
}

static void
domains_match_with_their_parents(void)
{
	static const struct question questions[] = {
		{ "example", true, "example", NULL, POSTFIX_FOUND, NULL },
		{ "example", true, "a.b.example", NULL, POSTFIX_FOUND,
		    "example" },
		{ "example", true, "anexample", NULL, POSTFIX_MISSING, NULL },
		{ "example", false, "a.example", NULL, POSTFIX_MISSING, NULL },
		{ ".example", false, "a.b.example", NULL, POSTFIX_FOUND,
		    ".example" },
		{ ".example", false, "example", NULL, POSTFIX_MISSING, NULL },
		{ ".example", true, "a.example", NULL, POSTFIX_MISSING, NULL },
		{ "texthash:/texthash", true, "x.a.example", NULL,
		    POSTFIX_FOUND, "a.example" },
		{ "texthash:/texthash", true, "x.b.example", NULL,
		    POSTFIX_MISSING, NULL },
		{ "texthash:/texthash", false, "x.y.b.example", NULL,
		    POSTFIX_FOUND, ".b.example" },
		{ "texthash:/texthash", false, "x.a.example", NULL,
		    POSTFIX_MISSING, NULL },
		{ "pcre:/pcre", true, "a.example", NULL, POSTFIX_MISSING,
		    NULL },
		{ "pcre:/pcre", true, "Example", NULL, POSTFIX_FOUND, NULL },
		{ "", true, "", NULL, POSTFIX_MISSING, NULL },
		{ "inline:{example=x}", true, "a..example.", NULL,
		    POSTFIX_MISSING, NULL },
	};

	ask(POSTFIX_DOMAINS, questions, TAP_COUNT(questions));
}

static void
clients_match_by_name_and_address(void)
{
	static const struct question questions[] = {
		{ "10.0.0.0/8", true, "unknown", "10.1.2.3", POSTFIX_FOUND,
		    "10.0.0.0/8" },
		{ "10.1.2.3", true, "unknown", "10.1.2.3", POSTFIX_FOUND,
		    NULL },
		{ "10.1.2.3", true, "unknown", "::ffff:10.1.2.3", POSTFIX_FOUND,
		    NULL },
		{ "[2001:db8::]/32", true, "unknown", "2001:db8::1",
		    POSTFIX_FOUND, NULL },
		{ "[2001:DB8:0::1]", true, "unknown", "2001:db8::1",
		    POSTFIX_FOUND, NULL },
		{ "[::]/0", true, "unknown", "10.1.2.3", POSTFIX_MISSING,
		    NULL },
		{ "0.0.0.0/0", true, "unknown", "::1", POSTFIX_MISSING, NULL },
		{ "2001:db8::1", true, "unknown", "10.1.2.3", POSTFIX_BROKEN,
		    NULL },
		{ "0.0.0.0/0 !10.0.0.0/8", true, "unknown", "10.1.2.3",
		    POSTFIX_FOUND, NULL },
		{ "!10.0.0.0/8 0.0.0.0/0", true, "unknown", "10.1.2.3",
		    POSTFIX_MISSING, "10.0.0.0/8" },
		{ "unknown", true, "unknown", "10.1.2.3", POSTFIX_FOUND,
		    "unknown" },
		{ "example", true, "a.example", "10.1.2.3", POSTFIX_FOUND,
		    NULL },
		{ "cidr:/cidr", true, "unknown", "192.0.2.7", POSTFIX_FOUND,
		    "192.0.2.0/24" },
		{ "inline:{{2001:db8::1=x}}", true, "unknown", "2001:DB8::1",
		    POSTFIX_FOUND, NULL },
		{ "inline:{{example=x}}", true, "a.example", "10.1.2.3",
		    POSTFIX_FOUND, "example" },
		{ "10.0.0.1/8 192.0.2.1", true, "unknown", "192.0.2.1",
		    POSTFIX_BROKEN, "10.0.0.1/8" },
		{ "10.0.0.1/8 [::1]", true, "unknown", "::1", POSTFIX_FOUND,
		    "[::1]" },
		{ "192.0.2.1 10.0.0.1/8", true, "unknown", "192.0.2.1",
		    POSTFIX_FOUND, NULL },
		{ "10.0.0.0/33", true, "unknown", "10.1.2.3", POSTFIX_BROKEN,
		    NULL },
		{ "10.0.0.0 /8", true, "unknown", "10.1.2.3", POSTFIX_BROKEN,
		    "/8" },
	};

	ask(POSTFIX_CLIENTS, questions, TAP_COUNT(questions));
}

static void
the_unknown_counts_where_it_matters(void)
{
	static const struct question questions[] = {
		{ "ldap:x", true, "a", NULL, POSTFIX_UNKNOWN, NULL },
		{ "a ldap:x", true, "a", NULL, POSTFIX_FOUND, "a" },
		{ "ldap:x a", true, "a", NULL, POSTFIX_FOUND, "a" },
		{ "ldap:x b", true, "a", NULL, POSTFIX_UNKNOWN, NULL },
		{ "!ldap:x b", true, "a", NULL, POSTFIX_MISSING, NULL },
		{ "!ldap:x a", true, "a", NULL, POSTFIX_UNKNOWN, NULL },
		{ "!ldap:x ldap:y a", true, "a", NULL, POSTFIX_UNKNOWN, NULL },
		{ "ldap:x !a", true, "a", NULL, POSTFIX_UNKNOWN, NULL },
		{ "ldap:x fail:x", true, "a", NULL, POSTFIX_UNKNOWN, NULL },
	};

	ask(POSTFIX_STRINGS, questions, TAP_COUNT(questions));
}

static struct place
place_by_offset(const void *state, size_t offset)
{
	return (struct place){ state, (unsigned)offset };
}

static void
what_is_wrong_has_its_place(void)
{
	static const struct {
		const char *list;
		const char *file;
		unsigned line;
		bool fatal;
	} cases[] = {
		{ "a 10.0.0.1/8", "main.cf", 2, false },
		{ "a #", "main.cf", 2, false },
		{ "a !", "main.cf", 2, true },
		{ "a /none", "main.cf", 2, false },
		{ "a /hosts", "/hosts", 3, false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct postfix_list_source source = {
			.kind = POSTFIX_CLIENTS,
			.text = str_from(cases[i].list),
			.place_of = place_by_offset,
			.state = "main.cf",
		};
		struct problems problems;
		struct postfix_list list;
		struct table_dir dir;

		tap_case("%s", cases[i].list);
		table_dir_open(&dir, false);
		files_write(&dir);
		problems_init(&problems, dir.arena);
		postfix_list_read(&source, dir.tables, dir.arena, &list,
		    &problems);
		CHECK_INT(list.fatal != NULL, cases[i].fatal);
		if (CHECK(problems.first != NULL)) {
			const char *file = cases[i].file;

			if (file[0] == '/')
				file = tree_shown(dir.tree, file);
			CHECK_STR(problems.first->place.file, file);
			CHECK_INT(problems.first->place.line, cases[i].line);
		}
		table_dir_close(&dir);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(strings_match_exactly),
	TAP_TEST(domains_match_with_their_parents),
	TAP_TEST(clients_match_by_name_and_address),
	TAP_TEST(the_unknown_counts_where_it_matters),
	TAP_TEST(what_is_wrong_has_its_place),
};

int
main(void)
{
	return TAP_RUN(tests);
}
