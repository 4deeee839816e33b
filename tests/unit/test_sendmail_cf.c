/*
 * test_sendmail_cf.c - sendmail.cf as it is written, and what its classes
 * hold.
 */
#include "mta/sendmail.h"

#include "base/buf.h"

#include "tests/lib/sendmail_files.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <string.h>

static const char text[] = "# a comment\n"                       /* 1 */
			   "\tthat goes on\n"                    /* 2 */
			   "V10/Berkeley\n"                      /* 3 */
			   "Djmx.$m # j\n"                       /* 4 */
			   "D{Long}a$?xyes$|no$.\n"              /* 5 */
			   "Cw one $j\n"                         /* 6 */
			   "C{List}x y\n"                        /* 7 */
			   "\tz # more\n"                        /* 8 */
			   "FR-o /etc/mail/r %[^\\#]\n"          /* 9 */
			   "O LogLevel=9\n"                      /* 10 */
			   "OL15\n"                              /* 11 */
			   "O PrivacyOptions=a,\n"               /* 12 */
			   " b\n"                                /* 13 */
			   "Kaccess hash -T<TMPF> -o /etc/a\n"   /* 14 */
			   "SOne=3\n"                            /* 15 */
			   "R$* $#x\t\t$#error $: \"5\"\tnote\n" /* 16 */
			   "STwo\n"                              /* 17 */
			   "R$-\t$@ $1 # note\n"                 /* 18 */
			   "SOne\n"                              /* 19 */
			   "R$+\t$: $1\n"                        /* 20 */
			   "Mlocal,\tP=/bin/x, F=lsD\n"          /* 21 */
			   "Xguard, S=unix:/run/x, F=T\n"        /* 22 */
			   "?what\n";                            /* 23 */

static const char *
text_of(struct arena *arena, struct str value)
{
	return arena_copy(arena, value).data;
}

static void
lines_are_read_with_their_places(void)
{
	static const struct {
		char kind;
		const char *name;
		const char *value;
		unsigned line;
	} cases[] = {
		{ 'V', "", "10/Berkeley", 3 },
		{ 'D', "j", "mx.$m", 4 },
		{ 'D', "Long", "a$?xyes$|no$.", 5 },
		{ 'C', "w", "one $j", 6 },
		{ 'C', "List", "x y\n\tz", 7 },
		{ 'F', "R", "-o /etc/mail/r %[^#]", 9 },
		{ 'O', "LogLevel", "9", 10 },
		{ 'O', "PrivacyOptions", "a,\n b", 12 },
		{ 'K', "access", "hash -T<TMPF> -o /etc/a", 14 },
		{ 'S', "One", "3", 15 },
		{ 'R', "$* $#x", "$#error $: \"5\"", 16 },
		{ 'R', "$-", "$@ $1", 18 },
		{ 'M', "local", "P=/bin/x, F=lsD", 21 },
		{ 'X', "guard", "S=unix:/run/x, F=T", 22 },
	};
	struct arena *arena = arena_new(0);
	struct problems problems;
	struct sendmail_cf cf;

	problems_init(&problems, arena);
	sendmail_cf_read("sendmail.cf", str_from(text), arena, &cf, &problems);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		const struct sendmail_line *line = sendmail_cf_next(&cf,
		    cases[i].kind, str_from(cases[i].name), NULL);

		tap_case("%c %s", cases[i].kind, cases[i].name);
		if (!CHECK(line != NULL))
			continue;
		CHECK_STR(text_of(arena, line->value), cases[i].value);
		CHECK_INT(line->line, cases[i].line);
	}
	CHECK_INT(problems.warnings, 1);
	CHECK_INT(problems.first->place.line, 23);
	arena_free(arena);
}

static void
the_last_line_of_an_option_counts(void)
{
	struct arena *arena = arena_new(0);
	struct problems problems;
	struct sendmail_cf cf;

	problems_init(&problems, arena);
	sendmail_cf_read("sendmail.cf", str_from(text), arena, &cf, &problems);
	const struct sendmail_line *line =
	    sendmail_cf_option(&cf, STR("loglevel"));
	if (CHECK(line != NULL)) {
		CHECK_INT(line->line, 11);
		CHECK_STR(text_of(arena, line->value), "15");
	}
	const struct sendmail_ruleset *ruleset =
	    sendmail_cf_ruleset(&cf, STR("One"));
	if (CHECK(ruleset != NULL)) {
		CHECK_INT(ruleset->count, 2);
		CHECK_INT(ruleset->rules[1]->line, 20);
	}
	CHECK(sendmail_cf_ruleset(&cf, STR("Three")) == NULL);
	arena_free(arena);
}

static void
macros_are_expanded(void)
{
	static const char definitions[] = "Dxset\n"
					  "De\n"
					  "D{Name}deep $x\n"
					  "Dl$l\n"
					  "Da$b$b$b$b$b$b$b$b\n"
					  "Db$c$c$c$c$c$c$c$c\n"
					  "Dc$d$d$d$d$d$d$d$d\n"
					  "Dd$f$f$f$f$f$f$f$f\n"
					  "Df$g$g$g$g$g$g$g$g\n"
					  "Dg$e$e$e$e$e$e$e$e\n";
	static const struct {
		const char *text;
		const char *expanded; /* NULL: nobody knows */
	} cases[] = {
		{ "plain", "plain" },
		{ "a$x.", "aset." },
		{ "${Name}!", "deep set!" },
		{ "$?x on $| off $.", " on " },
		{ "$?e on $| off $.", " off " },
		{ "$?u on $| off $.", " off " },
		{ "$?x $?e a $| b $. $.", "  b  " },
		{ "$w $m", "mx.example.test example.test" },
		{ "$$x", "$x" },
		{ "$&x", NULL },
		{ "$u", NULL },
		{ "$l", NULL },
		{ "$a", NULL },
		{ "$.", NULL },
		{ "${open", NULL },
	};
	const struct sendmail_site site = { STR("mx.example.test"), NULL };
	const struct sendmail_names names = { &site, sendmail_site_macro };
	struct arena *arena = arena_new(0);
	struct problems problems;
	struct sendmail_cf cf;
	struct str expanded;

	problems_init(&problems, arena);
	sendmail_cf_read("x.cf", str_from(definitions), arena, &cf, &problems);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		bool known = sendmail_cf_expand(&cf, NULL, &names,
		    str_from(cases[i].text), arena, &expanded);

		tap_case("%s", cases[i].text);
		CHECK_INT(known, cases[i].expanded != NULL);
		if (known && cases[i].expanded != NULL)
			CHECK_STR(text_of(arena, expanded), cases[i].expanded);
	}
	arena_free(arena);
}

/* The words of a class, with blanks between them, and "?" for unknown. */
static const char *
words_of(struct arena *arena, const struct sendmail_class *class)
{
	const char *words = "";

	for (size_t i = 0; i < class->count; i++)
		words = arena_print(arena, "%s%s" STR_FORMAT, words,
		    words[0] != '\0' ? " " : "",
		    STR_ARGS(class->members[i].word));
	return class->unknown != NULL ? arena_print(arena, "%s?", words)
				      : words;
}

static void
classes_hold_what_sendmail_reads(void)
{
	static const struct {
		const char *lines;
		const char *words; /* of class x */
	} cases[] = {
		{ "Cxb a\nC{x}c\n", "a b c" },
		{ "C{x}a #c\n", "a" },
		{ "Cy1 2\nCx$=y 3\nCylate\n", "1 2 3" },
		{ "C{Long}1\nCx$={Long}\n", "1" },
		{ "DQq\nCx$Q p$Q.r\n", "pq.r q" },
		{ "Cx$&f\n", "?" },
		{ "Fx/etc/words\n", "# first lead second" },
		{ "Fx/etc/words %s\n", "# first lead second" },
		{ "Fx/etc/words %[^\\#]\n", "first lead more second" },
		{ "Fx-o /etc/none\n", "" },
		{ "Fx/etc/none\n", "?" },
		{ "Fx/etc\n", "?" },
		{ "Fx|/bin/words\n", "?" },
		{ "Fx@LDAP\n", "?" },
		{ "Fx/etc/words %*s%s\n", "?" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct sendmail_files files;

		sendmail_files_begin(&files);
		tap_case("%s", cases[i].lines);
		sendmail_files_put(&files, "etc/words",
		    "#none\nfirst more # x\n\n  # c\n\t lead\nsecond");
		sendmail_files_put(&files, "etc/mail/sendmail.cf",
		    cases[i].lines);
		CHECK_STR(words_of(files.arena,
			      sendmail_class_find(&sendmail_files_read(&files)
						       ->classes,
				  STR("x"))),
		    cases[i].words);
		sendmail_files_end(&files);
	}
}

static void
the_host_is_in_its_own_classes(void)
{
	struct sendmail_files files;

	sendmail_files_begin(&files);
	sendmail_files_put(&files, "etc/mail/sendmail.cf", "Cwlocalhost\n");
	const struct sendmail *sendmail = sendmail_files_read(&files);
	const struct sendmail_class *w =
	    sendmail_class_find(&sendmail->classes, STR("w"));
	const struct sendmail_member *member = NULL;
	CHECK_INT(sendmail_class_has(w, STR("MX.example.test"), &member),
	    LOOKUP_FOUND);
	CHECK(member != NULL && member->place.file == NULL);
	CHECK_INT(sendmail_class_has(w, STR("[198.51.100.25]"), NULL),
	    LOOKUP_FOUND);
	CHECK_INT(sendmail_class_has(w, STR("[IPv6:2001:db8:25:0:0:0:0:25]"),
		      NULL),
	    LOOKUP_FOUND);
	CHECK_INT(sendmail_class_has(w, STR("example.test"), NULL),
	    LOOKUP_MISSING);
	CHECK_INT(sendmail_class_has(sendmail_class_find(&sendmail->classes,
					 STR("m")),
		      STR("example.test"), NULL),
	    LOOKUP_FOUND);
	sendmail_files_end(&files);
}

static void
class_r_matches_by_tokens(void)
{
	static const struct {
		const char *word;
		const char *text; /* a domain, or an address */
		bool client;
		enum lookup found;
	} cases[] = {
		{ "partner.test", "partner.test", false, LOOKUP_FOUND },
		{ "partner.test", "a.Partner.Test", false, LOOKUP_FOUND },
		{ "partner.test", "notpartner.test", false, LOOKUP_MISSING },
		{ "partner.test", "partner.test.org", false, LOOKUP_MISSING },
		{ ".partner.test", "a.partner.test", false, LOOKUP_FOUND },
		{ ".partner.test", "partner.test", false, LOOKUP_MISSING },
		{ "test", "partner.test", false, LOOKUP_FOUND },
		{ "10.1", "10.1.2.3", true, LOOKUP_FOUND },
		{ "10.1", "10.11.2.3", true, LOOKUP_MISSING },
		{ "10.1", "100.1.2.3", true, LOOKUP_MISSING },
		{ "10.1.", "10.1.2.3", true, LOOKUP_FOUND },
		{ "10.1.2.3", "10.1.2.3", true, LOOKUP_FOUND },
		{ "10.1.2.3", "10.1.2.33", true, LOOKUP_MISSING },
		{ "10.1.0.0/16", "10.1.2.3", true, LOOKUP_MISSING },
		{ "[10.1.2.3]", "10.1.2.3", true, LOOKUP_MISSING },
		{ "IPv6:2001:db8", "2001:db8::1", true, LOOKUP_FOUND },
		{ "IPv6:2001:db8", "2001:db80::1", true, LOOKUP_MISSING },
		{ "2001:db8", "2001:db8::1", true, LOOKUP_MISSING },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		const struct sendmail_member member = { str_from(cases[i].word),
			{ NULL, 0 } };
		const struct sendmail_class class = { .members = &member,
			.count = 1 };
		struct address address;
		struct error error;

		tap_case("%s: %s", cases[i].word, cases[i].text);
		if (!cases[i].client)
			CHECK_INT(sendmail_class_has_domain(&class,
				      str_from(cases[i].text), NULL),
			    cases[i].found);
		else if (CHECK(address_parse(str_from(cases[i].text), &address,
			     &error)))
			CHECK_INT(sendmail_class_has_client(&class, &address,
				      NULL),
			    cases[i].found);
	}
}

static void
beginnings_of_addresses_are_networks(void)
{
	static const struct {
		const char *word;
		const char *block; /* NULL: it is none */
		bool vain;
	} cases[] = {
		{ "10", "10.0.0.0/8", false },
		{ "10.1", "10.1.0.0/16", false },
		{ "10.1.", "10.1.0.0/16", false },
		{ "10.1.2.3", "10.1.2.3/32", false },
		{ "IPv6:2001:db8", "2001:db8::/32", false },
		{ "ipv6:2001:DB8:1", "2001:db8:1::/48", false },
		{ "partner.test", NULL, false },
		{ "1st.test", NULL, false },
		{ "10.1.0.0/16", NULL, true },
		{ "[10.1.2.3]", NULL, true },
		{ "2001:db8::/32", NULL, true },
		{ "10.256", NULL, false },
		{ "10.1.2.3.4", NULL, false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct netblock block, wanted;
		struct error error;
		bool is =
		    sendmail_member_block(str_from(cases[i].word), &block);

		tap_case("%s", cases[i].word);
		CHECK_INT(is, cases[i].block != NULL);
		CHECK_INT(sendmail_member_in_vain(str_from(cases[i].word)),
		    cases[i].vain);
		if (is && cases[i].block != NULL &&
		    CHECK(netblock_parse(str_from(cases[i].block), &wanted,
			&error)))
			CHECK(memcmp(&block, &wanted, sizeof(block)) == 0);
	}
}

static void
ports_and_filters_are_read(void)
{
	static const char lines[] =
	    "O InputMailFilters=guard, other\n"
	    "O DaemonPortOptions=Name=MTA\n"
	    "O DaemonPortOptions=Addr=127.0.0.1, Port=587, M=Ea\n"
	    "O DaemonPortOptions=Family=inet6, Addr=IPv6:::1, Port=submission\n"
	    "O DaemonPortOptions=Port=26, InputFilter=a;b, Addr=192.0.2.1\n"
	    "Xguard, S=local:/run/g, F=T, T=C:5s;S:5s\n"
	    "Xunused, S=inet:9@localhost\n";
	static const struct {
		unsigned port;
		bool any, loopback, filter;
	} ports[] = {
		{ 25, true, false, false },
		{ 587, false, true, false },
		{ 587, false, true, false },
		{ 26, false, false, true },
	};
	struct sendmail_files files;

	sendmail_files_begin(&files);
	sendmail_files_put(&files, "etc/mail/sendmail.cf", lines);
	const struct sendmail *sendmail = sendmail_files_read(&files);
	CHECK_INT(sendmail->listener_count, TAP_COUNT(ports));
	for (size_t i = 0; i < TAP_COUNT(ports); i++) {
		const struct sendmail_listener *listener =
		    &sendmail->listeners[i];

		tap_case("port %zu", i);
		CHECK_INT(listener->number, ports[i].port);
		CHECK_INT(listener->any, ports[i].any);
		CHECK_INT(listener->loopback, ports[i].loopback);
		CHECK_INT(listener->has_filter, ports[i].filter);
	}
	tap_case("filters");
	CHECK_INT(sendmail->filter_count, 2);
	CHECK(sendmail->filters[0].listed && !sendmail->filters[1].listed);
	CHECK_STR(text_of(files.arena, sendmail->filters[0].flags), "T");
	CHECK_STR(text_of(files.arena, sendmail->filters[0].timeouts),
	    "C:5s;S:5s");
	sendmail_files_end(&files);
}

static void
what_has_no_end_is_not_read_on(void)
{
	enum {
		LINES = SENDMAIL_LINES_MAX + 1,
		COPIES = 200,
	};
	struct sendmail_files files;
	struct sendmail *sendmail;
	struct error error;

	tap_case("lines");
	sendmail_files_begin(&files);
	char *many = arena_alloc(files.arena, LINES * 3 + 1);
	for (size_t i = 0; i < LINES; i++)
		memcpy(many + i * 3, "Px\n", 3);
	sendmail_files_put(&files, "etc/mail/sendmail.cf", many);
	CHECK(!sendmail_read(&files.host, "/etc/mail/sendmail.cf", files.arena,
	    &sendmail, &error));
	CHECK_STR(error.text, "has more than 50000 control lines");
	sendmail_files_end(&files);

	tap_case("classes that double each other");
	sendmail_files_begin(&files);
	const char *copies = "Cxa b c\n";
	for (size_t i = 0; i < COPIES; i++)
		copies = arena_print(files.arena, "%sCy$=x\nCx$=y\n", copies);
	sendmail_files_put(&files, "etc/mail/sendmail.cf", copies);
	const struct sendmail_class *x =
	    sendmail_class_find(&sendmail_files_read(&files)->classes,
		STR("x"));
	CHECK_INT(sendmail_class_has(x, STR("a"), NULL), LOOKUP_FOUND);
	CHECK_INT(sendmail_class_has(x, STR("d"), NULL), LOOKUP_FAILED);
	sendmail_files_end(&files);
}

static const struct tap_test tests[] = {
	TAP_TEST(lines_are_read_with_their_places),
	TAP_TEST(the_last_line_of_an_option_counts),
	TAP_TEST(macros_are_expanded),
	TAP_TEST(classes_hold_what_sendmail_reads),
	TAP_TEST(the_host_is_in_its_own_classes),
	TAP_TEST(class_r_matches_by_tokens),
	TAP_TEST(beginnings_of_addresses_are_networks),
	TAP_TEST(ports_and_filters_are_read),
	TAP_TEST(what_has_no_end_is_not_read_on),
};

int
main(void)
{
	return TAP_RUN(tests);
}
