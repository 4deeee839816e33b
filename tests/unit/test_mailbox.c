/*
 * test_mailbox.c - reading addresses, and what is sent in their place.
 */
#include "mail/mailbox.h"

#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	NONE = MAILBOX_NO_DOMAIN,
	NAME = MAILBOX_DOMAIN,
	ADDR = MAILBOX_LITERAL,
	BAD = MAILBOX_BAD_DOMAIN,
};

struct row {
	struct str text;
	struct str local;
	struct str domain;
	int kind;
	bool routing;
};

static void
check_rows(const struct row *rows, size_t count, enum mailbox_form form)
{
	static struct mailbox_space space;

	for (size_t i = 0; i < count; i++) {
		struct mailbox mailbox;

		tap_case("row %zu: %s", i, rows[i].text.data);
		mailbox_parse(rows[i].text, form, &space, &mailbox);
		CHECK(str_equal(mailbox.text, rows[i].text));
		CHECK(str_equal(mailbox.local, rows[i].local));
		CHECK(str_equal(mailbox.domain, rows[i].domain));
		CHECK_INT(mailbox.kind, rows[i].kind);
		CHECK_INT(mailbox_has_routing(&mailbox), rows[i].routing);
	}
}

#define ROW(text, local, domain, kind, routing)                            \
	{                                                                  \
		STR_INIT(text), STR_INIT(local), STR_INIT(domain), (kind), \
		    (routing)                                              \
	}
#define RELAY "guard.example"

/* What Postfix 3.7 sent, quoted forms and all, and some more. */
static const struct row internal_rows[] = {
	ROW("bob@" RELAY, "bob", RELAY, NAME, false),
	ROW("BoB@GUARD.example.", "BoB", RELAY, NAME, false),
	ROW("bob", "bob", "", NONE, false),
	ROW("", "", "", NONE, false),
	ROW("bob+a=b@" RELAY, "bob+a=b", RELAY, NAME, false),
	ROW("prvs=1234abcdef=bob@" RELAY, "prvs=1234abcdef=bob", RELAY, NAME,
	    false),
	ROW("SRS0=HHH=TT=orig.example=alice@fwd.example",
	    "SRS0=HHH=TT=orig.example=alice", "fwd.example", NAME, false),
	ROW("owner-list-bob=example.com@" RELAY, "owner-list-bob=example.com",
	    RELAY, NAME, false),
	ROW("al ice@" RELAY, "al ice", RELAY, NAME, false),
	ROW("zo\xc3\xab@ex\xc3\xa4mple.example", "zo\xc3\xab",
	    "xn--exmple-cua.example", NAME, false),
	ROW("\xe7\x94\xa8\xe6\x88\xb7@" RELAY, "\xe7\x94\xa8\xe6\x88\xb7",
	    RELAY, NAME, false),
	ROW("a..b.@" RELAY, "a..b.", RELAY, NAME, false),
	ROW("#$&'*+-/=?^_`{|}~@" RELAY, "#$&'*+-/=?^_`{|}~", RELAY, NAME,
	    false),
	ROW("bob@[127.0.0.1]", "bob", "[127.0.0.1]", ADDR, false),
	ROW("bob@[IPv6:2001:db8::1]", "bob", "[IPv6:2001:db8::1]", ADDR, false),
	ROW("bob@[ipv6:2001:db8::1]", "bob", "[ipv6:2001:db8::1]", ADDR, false),
	ROW("bob@[::1]", "bob", "[::1]", BAD, true),
	ROW("bob@[IPv6:127.0.0.1]", "bob", "[IPv6:127.0.0.1]", BAD, true),
	ROW("bob@[300.1.1.1]", "bob", "[300.1.1.1]", BAD, false),
	ROW("bob@[]", "bob", "[]", BAD, false),
	ROW("bob@[", "bob", "[", BAD, false),
	ROW("bob@[127.0.0.1\0]", "bob", "[127.0.0.1\0]", BAD, true),
	ROW("bob@[127.0.0.1].", "bob", "[127.0.0.1].", BAD, false),
	ROW("bob@127.0.0.1", "bob", "127.0.0.1", BAD, false),
	ROW("bob@", "bob", "", BAD, false),
	ROW("bob@.", "bob", ".", BAD, false),
	ROW("bob@a..b", "bob", "a..b", BAD, false),
	ROW("bob@-..-", "bob", "-..-", BAD, false),
	ROW("bob@a b", "bob", "a b", BAD, true),
	ROW("bob@a:25", "bob", "a:25", BAD, true),
	ROW("bob@\xff.test", "bob", "\xff.test", BAD, true),
	ROW("bob@a.test\0b.test", "bob", "a.test\0b.test", BAD, true),
	ROW("@" RELAY, "", RELAY, NAME, true),
	ROW("@", "", "", BAD, true),
	ROW("victim@elsewhere.example@" RELAY, "victim@elsewhere.example",
	    RELAY, NAME, true),
	ROW("victim%elsewhere.example@" RELAY, "victim%elsewhere.example",
	    RELAY, NAME, true),
	ROW("victim%elsewhere.example", "victim%elsewhere.example", "", NONE,
	    true),
	ROW("elsewhere.example!victim@" RELAY, "elsewhere.example!victim",
	    RELAY, NAME, true),
	ROW("elsewhere.example!victim", "elsewhere.example!victim", "", NONE,
	    true),
	ROW("@elsewhere.example:victim@third.example",
	    "@elsewhere.example:victim", "third.example", NAME, true),
	ROW("smtp:outside@" RELAY, "smtp:outside", RELAY, NAME, true),
	ROW("node::victim@" RELAY, "node::victim", RELAY, NAME, true),
	ROW("a,b@" RELAY, "a,b", RELAY, NAME, true),
	ROW("a;b@" RELAY, "a;b", RELAY, NAME, true),
	ROW("x\"y=z@" RELAY, "x\"y=z", RELAY, NAME, true),
	ROW("a\\b@" RELAY, "a\\b", RELAY, NAME, true),
	ROW("a(b@" RELAY, "a(b", RELAY, NAME, true),
	ROW("a)b@" RELAY, "a)b", RELAY, NAME, true),
	ROW("<a@" RELAY, "<a", RELAY, NAME, true),
	ROW("a>@" RELAY, "a>", RELAY, NAME, true),
	ROW("[a]@" RELAY, "[a]", RELAY, NAME, true),
	ROW("c\x01"
	    "d@" RELAY,
	    "c\x01"
	    "d",
	    RELAY, NAME, true),
	ROW("c\td@" RELAY, "c\td", RELAY, NAME, true),
	ROW("c\0d@" RELAY, "c\0d", RELAY, NAME, true),
	ROW("c\x7f@" RELAY, "c\x7f", RELAY, NAME, true),
	ROW("vic\xfftim@" RELAY, "vic\xfftim", RELAY, NAME, true),
	ROW("\xed\xa0\x80@" RELAY, "\xed\xa0\x80", RELAY, NAME, true),
	ROW(" bob@" RELAY, " bob", RELAY, NAME, true),
	ROW("bob @" RELAY, "bob ", RELAY, NAME, true),
	ROW(" ", " ", "", NONE, true),
	ROW("<>", "<>", "", NONE, true),
	ROW("=recipient=x@evil@" RELAY, "=recipient=x@evil", RELAY, NAME, true),
};

static void
the_internal_form_is_split_at_the_last_at(void)
{
	check_rows(internal_rows, TAP_COUNT(internal_rows), MAILBOX_INTERNAL);
}

/* What the milters of Postfix and Sendmail were told, and some more. */
static const struct row argument_rows[] = {
	ROW("<bob@" RELAY ">", "bob", RELAY, NAME, false),
	ROW("bob@" RELAY, "bob", RELAY, NAME, false),
	ROW("<bob@" RELAY ".>", "bob", RELAY, NAME, false),
	ROW("<Bob+Tag@Guard.Example>", "Bob+Tag", RELAY, NAME, false),
	ROW("<bob>", "bob", "", NONE, false),
	ROW("<\"bob\">", "bob", "", NONE, false),
	ROW("<>", "", "", NONE, false),
	ROW("", "", "", NONE, false),
	ROW("<\"quoted user\"@" RELAY ">", "quoted user", RELAY, NAME, false),
	ROW("\"quoted user\"@" RELAY, "quoted user", RELAY, NAME, false),
	ROW("<\"b\\o\\b\"@" RELAY ">", "bob", RELAY, NAME, false),
	ROW("<bob@[127.0.0.1]>", "bob", "[127.0.0.1]", ADDR, false),
	ROW("<\xe7\x94\xa8@" RELAY ">", "\xe7\x94\xa8", RELAY, NAME, false),
	ROW("<..a..@" RELAY ">", "..a..", RELAY, NAME, false),
	ROW("<victim@elsewhere.test@" RELAY ">", "victim@elsewhere.test", RELAY,
	    NAME, true),
	ROW("<\"victim@elsewhere.test\"@" RELAY ">", "victim@elsewhere.test",
	    RELAY, NAME, true),
	ROW("<\"victim@elsewhere.test\">", "victim@elsewhere.test", "", NONE,
	    true),
	ROW("<@a.test,@b.test:c@d.test>", "@a.test,@b.test:c", "d.test", NAME,
	    true),
	ROW("<@a.test:\"b c\"@d.test>", "@a.test:\"b c\"", "d.test", NAME,
	    true),
	ROW("<bob@" RELAY ">,<victim@elsewhere.test>", "bob@" RELAY ">,<victim",
	    "elsewhere.test", NAME, true),
	ROW("<bob@" RELAY "> <victim@elsewhere.test>", "bob@" RELAY "> <victim",
	    "elsewhere.test", NAME, true),
	ROW("victim@elsewhere.test,bob@" RELAY, "victim@elsewhere.test,bob",
	    RELAY, NAME, true),
	ROW("<bob@" RELAY "> x", "<bob", RELAY "> x", BAD, true),
	ROW("x <bob@" RELAY ">", "x <bob", RELAY ">", BAD, true),
	ROW("<bob@" RELAY, "<bob", RELAY, NAME, true),
	ROW("bob@" RELAY ">", "bob", RELAY ">", BAD, true),
	ROW("<bob@" RELAY "(x)>", "bob", RELAY "(x)", BAD, true),
	ROW("<bob(x)@" RELAY ">", "bob(x)", RELAY, NAME, true),
	ROW("<<bob@" RELAY ">>", "<bob", RELAY ">", BAD, true),
	ROW("<\"bob@" RELAY ">", "\"bob", RELAY, NAME, true),
	ROW("<\"bob\\\"@" RELAY ">", "\"bob\\\"", RELAY, NAME, true),
	ROW("<\"bob\\>", "\"bob\\", "", NONE, true),
	ROW("<\"a\"b@" RELAY ">", "\"a\"b", RELAY, NAME, true),
	ROW("<\"a\".\"b\"@" RELAY ">", "\"a\".\"b\"", RELAY, NAME, true),
	ROW("<\"a\"@" RELAY "@elsewhere.test>", "\"a\"@" RELAY,
	    "elsewhere.test", NAME, true),
	ROW("<\"\"@" RELAY ">", "", RELAY, NAME, true),
	ROW("<\"\">", "", "", NONE, true),
	ROW("<\"a\\\"b\"@" RELAY ">", "a\"b", RELAY, NAME, true),
	ROW("<\" a\"@" RELAY ">", " a", RELAY, NAME, true),
	ROW("<a b@" RELAY ">", "a b", RELAY, NAME, true),
	ROW("<a\\b@" RELAY ">", "a\\b", RELAY, NAME, true),
	ROW(" <bob@" RELAY ">", " <bob", RELAY ">", BAD, true),
	ROW("< bob@" RELAY " >", " bob", RELAY " ", BAD, true),
	ROW("<@" RELAY ">", "", RELAY, NAME, true),
	ROW("<bob@>", "bob", "", BAD, false),
	ROW("<", "<", "", NONE, true),
	ROW(">", ">", "", NONE, true),
	ROW("\"", "\"", "", NONE, true),
};

static void
an_argument_is_one_address_or_it_has_routing(void)
{
	check_rows(argument_rows, TAP_COUNT(argument_rows), MAILBOX_ARGUMENT);
}

static void
an_address_literal_is_its_address(void)
{
	static const struct {
		const char *text;
		const char *address;
	} cases[] = {
		{ "a@[192.0.2.1]", "192.0.2.1" },
		{ "a@[IPv6:2001:DB8:0::1]", "2001:db8::1" },
		{ "a@[iPv6:::ffff:192.0.2.1]", "192.0.2.1" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		static struct mailbox_space space;
		struct mailbox mailbox;
		struct address want;
		struct error error;

		tap_case("%s", cases[i].text);
		mailbox_parse(str_from(cases[i].text), MAILBOX_INTERNAL, &space,
		    &mailbox);
		CHECK_INT(mailbox.kind, MAILBOX_LITERAL);
		CHECK(address_parse(str_from(cases[i].address), &want, &error));
		CHECK(memcmp(&mailbox.literal, &want, sizeof(want)) == 0);
	}
}

static void
the_null_path_and_bare_postmaster_are_known(void)
{
	static const struct {
		const char *text;
		enum mailbox_form form;
		bool null;
		bool postmaster;
	} cases[] = {
		{ "", MAILBOX_INTERNAL, true, false },
		{ "", MAILBOX_ARGUMENT, true, false },
		{ "<>", MAILBOX_ARGUMENT, true, false },
		{ "<\"\">", MAILBOX_ARGUMENT, false, false },
		{ "<@>", MAILBOX_ARGUMENT, false, false },
		{ "postmaster", MAILBOX_INTERNAL, false, true },
		{ "<POSTmaster>", MAILBOX_ARGUMENT, false, true },
		{ "Postmaster", MAILBOX_ARGUMENT, false, true },
		{ "<postmaster@example.com>", MAILBOX_ARGUMENT, false, false },
		{ "<postmaster@>", MAILBOX_ARGUMENT, false, false },
		{ "<postmaster>,<x@y.test>", MAILBOX_ARGUMENT, false, false },
		{ "postmaster ", MAILBOX_INTERNAL, false, false },
		{ "<postmasters>", MAILBOX_ARGUMENT, false, false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		static struct mailbox_space space;
		struct mailbox mailbox;

		tap_case("%s", cases[i].text);
		mailbox_parse(str_from(cases[i].text), cases[i].form, &space,
		    &mailbox);
		CHECK_INT(mailbox.null, cases[i].null);
		CHECK_INT(mailbox_is_bare_postmaster(&mailbox),
		    cases[i].postmaster);
	}
}

static void
only_a_domain_is_a_domain(void)
{
	static struct mailbox_space space;
	struct mailbox mailbox;
	struct str domain;

	mailbox_parse(STR("a@Example.COM"), MAILBOX_INTERNAL, &space, &mailbox);
	CHECK(mailbox_domain(&mailbox, &domain));
	CHECK(str_equal(domain, STR("example.com")));
	mailbox_parse(STR("a@[192.0.2.1]"), MAILBOX_INTERNAL, &space, &mailbox);
	CHECK(!mailbox_domain(&mailbox, &domain));
	mailbox_parse(STR("a"), MAILBOX_INTERNAL, &space, &mailbox);
	CHECK(!mailbox_domain(&mailbox, &domain));
}

static void
the_longest_text_is_read_whole(void)
{
	static struct mailbox_space space;
	static char text[2 * MAILBOX_MAX];
	struct mailbox mailbox;

	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 7, "@b.test", 7);
	mailbox_parse((struct str){ text, sizeof(text) }, MAILBOX_INTERNAL,
	    &space, &mailbox);
	CHECK_INT(mailbox.local.length, sizeof(text) - 7);
	CHECK(!mailbox.routing);

	tap_case("a quoted string that just fits");
	text[0] = '"';
	text[MAILBOX_MAX + 1] = '"';
	memcpy(text + MAILBOX_MAX + 2, "@b.test", 7);
	mailbox_parse((struct str){ text, MAILBOX_MAX + 9 }, MAILBOX_ARGUMENT,
	    &space, &mailbox);
	CHECK_INT(mailbox.local.length, MAILBOX_MAX);
	CHECK(!mailbox.routing);

	tap_case("one byte more is no plain address, and not cut");
	memmove(text + 2, text + 1, MAILBOX_MAX + 8);
	mailbox_parse((struct str){ text, MAILBOX_MAX + 10 }, MAILBOX_ARGUMENT,
	    &space, &mailbox);
	CHECK_INT(mailbox.local.length, MAILBOX_MAX + 3);
	CHECK(mailbox.routing);
}

static const struct tap_test tests[] = {
	TAP_TEST(the_internal_form_is_split_at_the_last_at),
	TAP_TEST(an_argument_is_one_address_or_it_has_routing),
	TAP_TEST(an_address_literal_is_its_address),
	TAP_TEST(the_null_path_and_bare_postmaster_are_known),
	TAP_TEST(only_a_domain_is_a_domain),
	TAP_TEST(the_longest_text_is_read_whole),
};

int
main(void)
{
	return TAP_RUN(tests);
}
