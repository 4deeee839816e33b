/*
 * test_domain.c - which names are one domain, and which are none.
 */
#include "mail/domain.h"

#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>

/* 63 bytes, the longest label. */
#define LABEL "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void
a_domain_has_one_normal_form(void)
{
	static const struct {
		const char *text;
		const char *normal;
	} cases[] = {
		{ "example.com", "example.com" },
		{ "EXAMPLE.Com", "example.com" },
		{ "example.com.", "example.com" },
		{ "localhost", "localhost" },
		{ "a-b.c_d.3com", "a-b.c_d.3com" },
		{ "_dmarc.example.com", "_dmarc.example.com" },
		{ "1.2.3.4a", "1.2.3.4a" },
		{ LABEL ".com", LABEL ".com" },
		{ "b\xc3\xbc"
		  "cher.example",
		    "xn--bcher-kva.example" },
		{ "B\xc3\x9c"
		  "CHER.EXAMPLE.",
		    "xn--bcher-kva.example" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "XN--BCHER-KVA.example", "xn--bcher-kva.example" },
		/* u and a combining diaeresis */
		{ "bu\xcc\x88"
		  "cher.example",
		    "xn--bcher-kva.example" },
		/* non-transitional: a sharp s is no ss */
		{ "fa\xc3\x9f.de", "xn--fa-hia.de" },
		/* mapped as UTS 46 says: ideographic full stop, soft hyphen */
		{ "relay\xe3\x80\x82test", "relay.test" },
		{ "re\xc2\xadlay.test", "relay.test" },
		{ "\xe7\x94\xa8\xe6\x88\xb7.example", "xn--zouo53b.example" },
		{ "_x.b\xc3\xbc"
		  "cher.example",
		    "_x.xn--bcher-kva.example" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct domain_space space;
		struct str domain;
		char copy[sizeof(space.bytes) + 1];

		tap_case("%s", cases[i].text);
		if (!CHECK(domain_normalize(str_from(cases[i].text), &space,
			&domain)))
			continue;
		snprintf(copy, sizeof(copy), STR_FORMAT, STR_ARGS(domain));
		CHECK_STR(copy, cases[i].normal);
	}
}

static void
what_is_no_domain_is_refused(void)
{
	static const struct str cases[] = {
		STR_INIT(""),
		STR_INIT("."),
		STR_INIT(".."),
		STR_INIT("example.com.."),
		STR_INIT(".example.com"),
		STR_INIT("example..com"),
		STR_INIT("-example.com"),
		STR_INIT("example-.com"),
		STR_INIT("example.com-"),
		STR_INIT("exa mple.com"),
		STR_INIT("example.com "),
		STR_INIT("example.com\n"),
		STR_INIT("example.com\0"),
		STR_INIT("exa\0mple.com"),
		STR_INIT("example.com:25"),
		STR_INIT("example,com"),
		STR_INIT("user@example.com"),
		STR_INIT("[192.0.2.1]"),
		STR_INIT("192.0.2.1"),
		STR_INIT("3325256713"),
		STR_INIT("2001:db8::1"),
		STR_INIT(LABEL "x.com"),
		STR_INIT("\xff.example"),
		STR_INIT("b\xc3"),
		STR_INIT("b\xc3\xbc\0x.example"),
		STR_INIT("b\xc3\xbc..example"),
		STR_INIT("b\xc3\xbc.example.."),
		STR_INIT("b\xc3\xbc.exa mple"),
		STR_INIT("b\xc3\xbc.exa/mple"),
		/* an ideographic full stop is no root dot */
		STR_INIT("relay.test\xe3\x80\x82"),
		STR_INIT("-b\xc3\xbc.example"),
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct domain_space space;
		struct str domain;

		tap_case("row %zu: %s", i, cases[i].data);
		CHECK(!domain_normalize(cases[i], &space, &domain));
	}
}

static void
a_name_has_at_most_253_bytes(void)
{
	static const char four[] = LABEL "." LABEL "." LABEL "." LABEL;
	struct domain_space space;
	struct str domain;

	CHECK_INT(sizeof(four) - 1, 255);
	tap_case("253 bytes");
	CHECK(domain_normalize((struct str){ four, 253 }, &space, &domain));
	CHECK_INT(domain.length, 253);
	tap_case("254 bytes");
	CHECK(!domain_normalize((struct str){ four, 254 }, &space, &domain));
	tap_case("much more, in letters that IDNA throws away");
	char *padded = calloc(1, 8001);
	if (!CHECK(padded != NULL))
		return;
	for (size_t i = 0; i < 8000; i += 2)
		memcpy(padded + i, "\xc2\xad", 2);
	memcpy(padded, "a.test", 6);
	CHECK(!domain_normalize(str_from(padded), &space, &domain));
	free(padded);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_domain_has_one_normal_form),
	TAP_TEST(what_is_no_domain_is_refused),
	TAP_TEST(a_name_has_at_most_253_bytes),
};

int
main(void)
{
	return TAP_RUN(tests);
}
