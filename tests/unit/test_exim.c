/*
 * test_exim.c - the model of an Exim: its text, listeners and ACLs.
 */
#include "mta/exim.h"

#include "base/buf.h"
#include "mta/exim_acl.h"
#include "mta/exim_expand.h"
#include "tests/lib/tap.h"

struct fixture {
	struct arena *arena;
	struct mta_host host;
	struct host network;
	struct exim exim;
};

static void
open_text(struct fixture *fixture, const char *content)
{
	struct exim_source source = { "exim.conf", str_from(content) };
	struct error error = { "" };

	fixture->arena = arena_new(0);
	if (!host_parse(STR("198.51.100.10/24"), fixture->arena,
		&fixture->network, &error))
		tap_bail("%s", error.text);
	fixture->host = (struct mta_host){
		.tree = tree_new(fixture->arena, "/nonexistent", NULL),
		.network = &fixture->network,
		.hostname = STR("mail.ours.test"),
	};
	fixture->exim = (struct exim){ .arena = fixture->arena,
		.host = &fixture->host,
		.path = "exim.conf",
		.shown = "exim.conf" };
	problems_init(&fixture->exim.problems, fixture->arena);
	struct exim_text text = {
		.tree = fixture->host.tree,
		.arena = fixture->arena,
		.problems = &fixture->exim.problems,
		.sources = &source,
		.source_count = 1,
	};
	exim_read(&text, &fixture->exim);
}

static void
options_are_read_as_exim_reads_them(void)
{
	static const struct {
		const char *text, *name, *value;
		unsigned line;
	} cases[] = {
		{ "x = a b \n", "x", "a b", 1 },
		{ "# c\n\n  x = a\\\n   # inside\n   b\n", "x", "ab", 3 },
		{ "x = \"a\\tb\"\n", "x", "a\tb", 1 },
		{ "hide x = secret\n", "x", "secret", 1 },
		{ "x = a\nx = b\n", "x", "b", 2 },
		{ "NAME = a\nx = NAME\n", "x", "a", 1 },
		{ "NAME = a\nx = NAMENAME b\n", "x", "aa b", 2 },
		{ "A = 1\nAB = 2\nx = AB\n", "x", "2", 2 },
		{ "A = 1\nA == 2\nx = <A>\n", "x", "<2>", 3 },
		{ "A = 1\nB = A2\nx = -B\n", "x", "-12", 3 },
		{ ".ifdef NO\nx = 1\n.else\nx = 2\n.endif\n", "x", "2", 4 },
		{ "A = 1\n.ifdef A\nx = 1\n.else\nx = 2\n.endif\n", "x", "1",
		    3 },
		{ ".ifndef A\nx = 1\n.elifdef B\nx = 2\n.endif\n", "x", "1",
		    2 },
		{ ".ifdef A\n.ifndef B\nx = 1\n.endif\n.endif\nx = 3\n", "x",
		    "3", 6 },
		{ "B = 1\n.ifdef A\nx=1\n.elifdef B\nx = 2\n.else\nx = 3\n"
		  ".endif\n",
		    "x", "2", 5 },
		{ "A = 1\n.ifdef NONE A\nx = 1\n.endif\n", "x", "1", 3 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct fixture fixture;

		tap_case("%s", cases[i].text);
		open_text(&fixture, cases[i].text);
		const struct exim_option *option =
		    exim_option(&fixture.exim.main, cases[i].name);
		if (CHECK(option != NULL)) {
			CHECK(
			    str_equal(option->value, str_from(cases[i].value)));
			CHECK_INT(option->place.line, cases[i].line);
		}
		CHECK(fixture.exim.problems.first == NULL);
		arena_free(fixture.arena);
	}
}

static void
mistakes_have_their_places(void)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *problem;
	} cases[] = {
		{ "A = 1\nA = 2\n", 2, "macro A is defined twice" },
		{ "x = 1\n.endif\n", 2, ".endif without .ifdef" },
		{ ".ifdef A\n", 0, ".ifdef without .endif at the end" },
		{ "begin nonsense\n", 1, "there is no section \"nonsense\"" },
		{ "begin acl\naccept\n", 2, "a statement outside of an ACL" },
		{ ".include /no/such\n", 1,
		    "/no/such cannot be read: no such file" },
		{ "begin routers\n driver = accept\n", 2,
		    "an option before the first name of the section" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct fixture fixture;

		tap_case("%s", cases[i].text);
		open_text(&fixture, cases[i].text);
		const struct problem *problem = fixture.exim.problems.first;
		if (CHECK(problem != NULL)) {
			CHECK_STR(problem->text, cases[i].problem);
			if (cases[i].line > 0)
				CHECK_INT(problem->place.line, cases[i].line);
		}
		arena_free(fixture.arena);
	}
}

static void
lists_are_taken_apart(void)
{
	static const struct {
		const char *list, *items;
	} cases[] = {
		{ "", "" },
		{ " a : b ", "[a][b]" },
		{ ":", "[]" },
		{ "a :", "[a]" },
		{ "127.0.0.1 : ::::1", "[127.0.0.1][::1]" },
		{ "<; ::1 ; 127.0.0.1", "[::1][127.0.0.1]" },
		{ "<;a;;b;c", "[a;b][c]" },
		{ "a : : b", "[a][][b]" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct exim_items items =
		    exim_items_of(str_from(cases[i].list));
		char text[256];
		struct buf buf = BUF(text);
		struct str item;

		tap_case("%s", cases[i].list);
		while (exim_items_next(&items, arena, &item))
			buf_print(&buf, "[" STR_FORMAT "]", STR_ARGS(item));
		CHECK_STR(arena_copy(arena, buf_str(&buf)).data,
		    cases[i].items);
		arena_free(arena);
	}
}

static void
listeners_are_those_of_the_options(void)
{
	static const struct {
		const char *text, *listeners; /* port, any, loopback, tls */
	} cases[] = {
		{ "", "25* 25*" },
		{ "local_interfaces = 127.0.0.1\n", "25l" },
		{ "local_interfaces = <; 127.0.0.1 ; ::1\n", "25l 25l" },
		{ "local_interfaces = 127.0.0.1 : ::::1\n", "25l 25l" },
		{ "local_interfaces = 127.0.0.9 : 192.0.2.1\n", "25l 25" },
		{ "local_interfaces = 127.0.0.1.587\n", "587l" },
		{ "local_interfaces = <; [::1]:587 ; [192.0.2.1]:26\n",
		    "587l 26" },
		{ "local_interfaces = 0.0.0.0\n"
		  "daemon_smtp_ports = smtp : 465 : submission\n"
		  "tls_on_connect_ports = 465\n",
		    "25* 465*t 587*" },
		{ "disable_ipv6 = true\n", "25*" },
		{ "disable_ipv6\n", "25*" },
		{ "local_interfaces = mail.ours.test\n",
		    "\"mail.ours.test\" in local_interfaces is no address" },
		{ "daemon_smtp_ports = nonsense\n",
		    "\"nonsense\" in daemon_smtp_ports is no port" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct fixture fixture;
		const struct exim_listener *list;
		struct error error = { "" };
		char text[256];
		struct buf buf = BUF(text);
		size_t count = 0;

		tap_case("%s", cases[i].text);
		open_text(&fixture, cases[i].text);
		if (!exim_listeners(&fixture.exim, fixture.arena, &list, &count,
			&error))
			buf_print(&buf, "%s", error.text);
		for (size_t j = 0; j < count; j++)
			buf_print(&buf, "%s%u%s%s%s", j > 0 ? " " : "",
			    list[j].port, list[j].any ? "*" : "",
			    list[j].loopback ? "l" : "",
			    list[j].tls_on_connect ? "t" : "");
		CHECK_STR(arena_copy(fixture.arena, buf_str(&buf)).data,
		    cases[i].listeners);
		arena_free(fixture.arena);
	}
}

#define MAIN                                                        \
	"domainlist local_domains = @ : ours.test\n"                \
	"domainlist relay_to_domains =\n"                           \
	"hostlist relay_from_hosts = 127.0.0.1 : 198.51.100.0/24\n" \
	"acl_smtp_rcpt = check\nbegin acl\ncheck:\n"

static const struct {
	const char *text;
	enum exim_truth accepted;
	unsigned line;
} acls[] = {
	{ "", EXIM_NO, 0 },
	{ "acl_smtp_rcpt = accept\n", EXIM_YES, 1 },
	{ MAIN " accept\n", EXIM_YES, 7 },
	{ MAIN " deny\n accept\n", EXIM_NO, 7 },
	{ MAIN " accept domains = +local_domains\n", EXIM_NO, 0 },
	{ MAIN " accept hosts = +relay_from_hosts\n deny\n", EXIM_NO, 8 },
	{ MAIN " accept hosts = *\n", EXIM_YES, 7 },
	{ MAIN " accept hosts = 0.0.0.0/0\n", EXIM_YES, 7 },
	{ MAIN " accept hosts = 203.0.0.0/8\n", EXIM_YES, 7 },
	{ MAIN " accept hosts = ! 10.0.0.0/8\n", EXIM_YES, 7 },
	{ MAIN " accept hosts = *.com\n", EXIM_YES, 7 },
	{ MAIN " accept hosts = *.ours.test\n", EXIM_NO, 0 },
	{ MAIN " accept authenticated = *\n", EXIM_NO, 0 },
	{ MAIN " accept senders = *@ours.test\n", EXIM_YES, 7 },
	{ MAIN " deny senders = *@bad.test\n accept\n", EXIM_YES, 8 },
	{ MAIN " accept verify = certificate\n", EXIM_NO, 0 },
	{ MAIN " require domains = +local_domains\n accept\n", EXIM_NO, 7 },
	{ MAIN " require verify = sender\n accept\n", EXIM_YES, 8 },
	{ MAIN " accept domains = +local_domains\n endpass\n"
	       " verify = recipient\n accept\n",
	    EXIM_YES, 10 },
	{ MAIN " accept hosts = *\n endpass\n authenticated = *\n"
	       " accept\n",
	    EXIM_NO, 0 },
	{ MAIN " deny !domains = +local_domains\n accept\n", EXIM_NO, 7 },
	{ MAIN " deny condition = ${lookup pgsql{x}}\n accept\n", EXIM_UNSURE,
	    8 },
	{ MAIN " accept condition = ${lookup pgsql{x}}\n", EXIM_UNSURE, 7 },
	{ MAIN " accept condition = ${if eq{a}{a}}\n", EXIM_YES, 7 },
	{ MAIN " accept condition = ${if >{$rcpt_count}{10}}\n", EXIM_NO, 0 },
	{ MAIN " deny !acl = other\n accept\nother:\n accept\n", EXIM_YES, 8 },
	{ MAIN " accept acl = loop\nloop:\n accept acl = loop\n", EXIM_UNSURE,
	    7 },
	{ MAIN " accept hosts = net-iplsearch;/etc/x\n", EXIM_UNSURE, 7 },
	{ MAIN " accept hosts = <; ::/0\n", EXIM_NO, 0 },
	{ MAIN " warn message = x\n accept nonsense = x\n", EXIM_UNSURE, 8 },
	{ "acl_smtp_connect = deny\n" MAIN " accept\n", EXIM_NO, 1 },
	{ "acl_smtp_data = deny\n" MAIN " accept\n", EXIM_NO, 1 },
	{ "acl_smtp_predata = deny\n" MAIN " accept\n", EXIM_NO, 1 },
	{ "acl_smtp_data = later\n" MAIN " accept\n"
	  "later:\n deny spam = nobody\n accept\n",
	    EXIM_YES, 8 },
	{ "acl_smtp_helo = deny\n" MAIN " accept\n", EXIM_UNSURE, 0 },
	{ "acl_smtp_helo = deny\nhosts_require_helo =\n" MAIN " accept\n",
	    EXIM_YES, 9 },
	{ "acl_smtp_helo = deny\nhosts_require_helo = *\n" MAIN " accept\n",
	    EXIM_NO, 0 },
	{ MAIN " accept hosts = \\N^.*\\N\n", EXIM_YES, 7 },
	{ MAIN " accept hosts = \\N\\.com$\\N\n", EXIM_NO, 0 },
	{ MAIN " accept hosts = \\N^.*\\.com$\\N\n", EXIM_UNSURE, 7 },
	{ MAIN " accept hosts = \\N^.*\\.ours\\.test$\\N\n", EXIM_NO, 0 },
	{ MAIN " accept hosts = ^.*$\n", EXIM_UNSURE, 7 },
	{ MAIN " accept hosts = ^(\n", EXIM_UNSURE, 7 },
	{ MAIN " accept hosts = gw.ours.test\n", EXIM_NO, 0 },
	{ MAIN " accept hosts = !gw.ours.test\n", EXIM_UNSURE, 7 },
	{ MAIN " deny hosts = gw.ours.test : *\n accept\n", EXIM_UNSURE, 8 },
	{ MAIN " accept domains = \\N^elsewhere\\N\n", EXIM_YES, 7 },
	{ MAIN " accept domains = \\N^mail\\.\\N\n", EXIM_UNSURE, 7 },
	{ MAIN " accept domains = \\N^(.*\\.)?ours\\.test$\\N\n", EXIM_NO, 0 },
	{ MAIN " discard senders = *@bad.test\n accept\n", EXIM_YES, 8 },
	{ MAIN " discard\n", EXIM_NO, 7 },
	{ MAIN " deny acl = other\n accept\nother:\n accept senders = a@b\n",
	    EXIM_YES, 8 },
	{ MAIN " accept dnslists = white.test\n", EXIM_UNSURE, 7 },
	{ MAIN " deny dnslists = black.test\n accept\n", EXIM_YES, 8 },
	{ MAIN " accept condition = ${if eq{$local_part}{x}}\n", EXIM_UNSURE,
	    7 },
	{ "tls_advertise_hosts =\n" MAIN " accept encrypted = *\n", EXIM_NO,
	    0 },
	{ "tls_try_verify_hosts = *\n" MAIN " accept verify = certificate\n",
	    EXIM_UNSURE, 8 },
	{ "tls_try_verify_hosts = *\ntls_verify_certificates = /ca.pem\n" MAIN
	  " accept verify = certificate\n",
	    EXIM_NO, 0 },
};

/* What a client without a name is told. */
static const struct {
	const char *text;
	enum exim_truth accepted;
} nameless[] = {
	{ MAIN " accept hosts = *.com\n", EXIM_NO },
	{ MAIN " accept hosts = +include_unknown : *.ours.test\n", EXIM_YES },
	{ MAIN " accept hosts = +ignore_unknown : *.ours.test : *\n",
	    EXIM_YES },
	{ MAIN " accept hosts = *.ours.test : *\n", EXIM_NO },
	{ MAIN " deny hosts = *.bad.test : *\n accept\n", EXIM_YES },
	{ MAIN " accept hosts = \\N^.*\\N\n", EXIM_NO },
	{ MAIN " accept verify = reverse_host_lookup\n", EXIM_NO },
	{ MAIN " accept condition = ${if eq{$sender_host_name}{}}\n",
	    EXIM_YES },
};

static void
acls_say_who_may_relay(void)
{
	struct address stranger;
	struct error error;

	address_parse(STR("203.0.114.9"), &stranger, &error);
	for (size_t i = 0; i < TAP_COUNT(acls); i++) {
		struct fixture fixture;
		struct exim_ruling ruling;

		tap_case("%s", acls[i].text);
		open_text(&fixture, acls[i].text);
		struct exim_message message =
		    exim_message_new(&fixture.exim, fixture.arena, &stranger,
			STR("victim"), STR("elsewhere.example"));
		exim_acl_judge(&message, &ruling);
		CHECK_INT(ruling.accepted, acls[i].accepted);
		if (acls[i].line > 0)
			CHECK_INT(ruling.place.line, acls[i].line);
		if (ruling.accepted == EXIM_UNSURE)
			CHECK(ruling.reason != NULL);
		arena_free(fixture.arena);
	}
}

static void
clients_without_a_name_are_judged_as_such(void)
{
	struct address stranger;
	struct error error;

	address_parse(STR("203.0.114.9"), &stranger, &error);
	for (size_t i = 0; i < TAP_COUNT(nameless); i++) {
		struct fixture fixture;
		struct exim_ruling ruling;

		tap_case("%s", nameless[i].text);
		open_text(&fixture, nameless[i].text);
		struct exim_message message =
		    exim_message_new(&fixture.exim, fixture.arena, &stranger,
			STR("victim"), STR("elsewhere.example"));
		message.nameless = true;
		exim_acl_judge(&message, &ruling);
		CHECK_INT(ruling.accepted, nameless[i].accepted);
		arena_free(fixture.arena);
	}
}

static void
senders_are_matched_as_they_are(void)
{
	static const struct {
		const char *list, *sender;
		enum exim_truth matches;
	} cases[] = {
		{ ":", "", EXIM_YES },
		{ ":", "a@b.test", EXIM_NO },
		{ "*@b.test", "", EXIM_NO },
		{ "*@b.test", "a@B.test", EXIM_YES },
		{ "*@*.b.test", "a@c.b.test", EXIM_YES },
		{ "a@b.test", "a@b.test", EXIM_YES },
		{ "a@b.test", "c@b.test", EXIM_NO },
		{ "b.test", "a@b.test", EXIM_YES },
		{ "\\N^a.*@\\N", "ab@b.test", EXIM_YES },
		{ "!*@b.test : *", "a@b.test", EXIM_NO },
		{ "lsearch;/none", "a@b.test", EXIM_UNSURE },
	};
	struct fixture fixture;

	open_text(&fixture, "");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct exim_message message =
		    exim_message_new(&fixture.exim, fixture.arena, NULL,
			STR("victim"), STR("elsewhere.example"));

		tap_case("%s has %s", cases[i].list, cases[i].sender);
		CHECK_INT(exim_match_sender(&message, str_from(cases[i].list),
			      str_from(cases[i].sender)),
		    cases[i].matches);
	}
	arena_free(fixture.arena);
}

static const struct {
	const char *text, *value; /* NULL: unsure; "!": fails */
} expansions[] = {
	{ "plain", "plain" },
	{ "\\$x", "$x" },
	{ "$local_part@$domain", "victim@elsewhere.example" },
	{ "${local_part}", "victim" },
	{ "${if eq{a}{b}{yes}{no}}", "no" },
	{ "${if eqi{A}{a}{yes}}", "yes" },
	{ "${if exists{/x}{/x}{}}", "" },
	{ "${if exists{/x}{y}fail}", "!" },
	{ "${if and{{eq{a}{a}}{eq{a}{b}}}{y}{n}}", "n" },
	{ "${if or{{eq{a}{b}}{eq{a}{a}}}{y}{n}}", "y" },
	{ "${if !eq{a}{b}{y}{n}}", "y" },
	{ "${if ! match_ip{$sender_host_address}{10.0.0.0/8}{y}{n}}", "y" },
	{ "${if <{2}{10}{y}{n}}", "y" },
	{ "${if def:home{y}{n}}", "n" },
	{ "${lc:AB}", "AB" },
	{ "a\\N$x\\.y\\Nb", "a$x\\.yb" },
	{ "${if match{abc}{b}{y}{n}}", "y" },
	{ "${if match{abc}{B}{y}{n}}", "n" },
	{ "${run{/bin/true}}", NULL },
	{ "${lookup mysql{x}}", NULL },
	{ "$nonsense", NULL },
	{ "${if eq{a", NULL },
	{ "${", NULL },
};

static void
expansions_come_to_values(void)
{
	struct address stranger;
	struct error error;

	address_parse(STR("203.0.114.9"), &stranger, &error);
	for (size_t i = 0; i < TAP_COUNT(expansions); i++) {
		struct fixture fixture;
		struct str value;

		tap_case("%s", expansions[i].text);
		open_text(&fixture, "");
		struct exim_message message =
		    exim_message_new(&fixture.exim, fixture.arena, &stranger,
			STR("victim"), STR("elsewhere.example"));
		enum exim_truth truth =
		    exim_expand(&message, str_from(expansions[i].text), &value);
		if (expansions[i].value == NULL)
			CHECK_INT(truth, EXIM_UNSURE);
		else if (strcmp(expansions[i].value, "!") == 0)
			CHECK_INT(truth, EXIM_NO);
		else if (CHECK_INT(truth, EXIM_YES))
			CHECK(str_equal(value, str_from(expansions[i].value)));
		arena_free(fixture.arena);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(options_are_read_as_exim_reads_them),
	TAP_TEST(mistakes_have_their_places),
	TAP_TEST(lists_are_taken_apart),
	TAP_TEST(listeners_are_those_of_the_options),
	TAP_TEST(acls_say_who_may_relay),
	TAP_TEST(clients_without_a_name_are_judged_as_such),
	TAP_TEST(senders_are_matched_as_they_are),
	TAP_TEST(expansions_come_to_values),
};

int
main(void)
{
	return TAP_RUN(tests);
}
