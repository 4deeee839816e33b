/*
 * test_recipient_rewrite.c - the argument of RCPT TO, and its canonical form.
 */
#include "mta/recipient_rewrite.h"

#include "tests/lib/tap.h"

static const struct recipient_rules defaults = {
	.swap_bangpath = true,
	.percent_hack = true,
	.append_origin = true,
	.origin = STR_INIT("ours.test"),
	.domain = STR_INIT("test"),
};

static const char *
text_of(struct arena *arena, struct str text)
{
	return arena_print(arena, STR_FORMAT, STR_ARGS(text));
}

static void
an_argument_is_one_address_or_none(void)
{
	static const struct {
		const char *argument;
		const char *internal;
		enum recipient_argument is, strict;
	} cases[] = {
		{ "<u@a.test>", "u@a.test", ARGUMENT_ADDRESS,
		    ARGUMENT_ADDRESS },
		{ "u@a.test", "u@a.test", ARGUMENT_ADDRESS, ARGUMENT_ADDRESS },
		{ "<>", "", ARGUMENT_ADDRESS, ARGUMENT_ADDRESS },
		{ "<\"a b\"@a.test>", "a b@a.test", ARGUMENT_ADDRESS,
		    ARGUMENT_ADDRESS },
		{ "<\"u@x\"@a.test>", "u@x@a.test", ARGUMENT_ADDRESS,
		    ARGUMENT_ADDRESS },
		{ "<@a,@b:u@a.test>", "u@a.test", ARGUMENT_ADDRESS,
		    ARGUMENT_ADDRESS },
		{ "<u(text)@a.test>", "u@a.test", ARGUMENT_ADDRESS,
		    ARGUMENT_BAD },
		{ "<,u@a.test>", "u@a.test", ARGUMENT_ADDRESS, ARGUMENT_BAD },
		{ "<u@a.test,v@a.test>", "", ARGUMENT_BAD, ARGUMENT_BAD },
		{ "<a b@a.test>", "", ARGUMENT_BAD, ARGUMENT_BAD },
		{ "<Name <u@a.test>>", "", ARGUMENT_OBSCURE, ARGUMENT_OBSCURE },
		{ "<g: u@a.test;>", "", ARGUMENT_OBSCURE, ARGUMENT_OBSCURE },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct str argument = str_from(cases[i].argument), internal;

		tap_case("%s", cases[i].argument);
		CHECK_INT(recipient_argument_read(argument, true, arena,
			      &internal),
		    cases[i].strict);
		CHECK_INT(recipient_argument_read(argument, false, arena,
			      &internal),
		    cases[i].is);
		if (cases[i].is == ARGUMENT_ADDRESS)
			CHECK_STR(text_of(arena, internal), cases[i].internal);
		arena_free(arena);
	}
}

static void
addresses_get_their_canonical_form(void)
{
	static const struct {
		const char *internal, *rewritten, *without;
	} cases[] = {
		{ "u", "u@ours.test", "u@ours.test" },
		{ "u@a.test", "u@a.test", "u@a.test" },
		{ "u@a.test.", "u@a.test", "u@a.test" },
		{ "u@a.test..", "u@a.test..", "u@a.test.." },
		{ "u%a.test", "u@a.test", "u%a.test@ours.test" },
		{ "u%b%a.test", "u%b@a.test", "u%b%a.test@ours.test" },
		{ "a.test!u", "u@a.test", "a.test!u@ours.test" },
		{ "a.test!b!u", "b!u@a.test", "a.test!b!u@ours.test" },
		{ "u%a.test@b.test", "u%a.test@b.test", "u%a.test@b.test" },
		{ "@a:u@b.test", "u@b.test", "u@b.test" },
		{ "a b", "a b@ours.test", "a b@ours.test" },
		{ "u@x@a.test", "u@x@a.test", "u@x@a.test" },
		{ "u@", "u@", "u@" },
	};
	struct recipient_rules none = defaults;

	none.swap_bangpath = none.percent_hack = false;
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct str internal = str_from(cases[i].internal);

		tap_case("%s", cases[i].internal);
		CHECK_STR(text_of(arena,
			      recipient_rewrite(&defaults, internal, arena)),
		    cases[i].rewritten);
		CHECK_STR(text_of(arena,
			      recipient_rewrite(&none, internal, arena)),
		    cases[i].without);
		arena_free(arena);
	}
}

static void
short_domains_get_the_rest(void)
{
	struct recipient_rules rules = defaults;
	struct arena *arena = arena_new(0);

	rules.append_domain = true;
	CHECK_STR(text_of(arena,
		      recipient_rewrite(&rules, STR("u@mail"), arena)),
	    "u@mail.test");
	CHECK_STR(text_of(arena,
		      recipient_rewrite(&rules, STR("u@[192.0.2.1]"), arena)),
	    "u@[192.0.2.1]");
	CHECK_STR(text_of(arena, recipient_rewrite(&rules, STR("u@"), arena)),
	    "u@");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(an_argument_is_one_address_or_none),
	TAP_TEST(addresses_get_their_canonical_form),
	TAP_TEST(short_domains_get_the_rest),
};

int
main(void)
{
	return TAP_RUN(tests);
}
