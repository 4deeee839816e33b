/*
 * test_postfix_expand.c - $name in main.cf, as Postfix 3.7's postconf -x has
 * shown each of these rows.
 */
#include "mta/postfix_expand.h"

#include "tests/lib/tap.h"

static const struct {
	const char *name;
	const char *value;
} settings[] = {
	{ "foo", "F" },
	{ "empty", "" },
	{ "nested", "$foo $${foo}" },
	{ "brace", "{ x }" },
	{ "hollow", "$empty" },
	{ "loop", "a$loop" },
	{ "ping", "$pong" },
	{ "pong", "$ping" },
	{ "long", "$mebibyte$mebibyte$mebibyte$mebibyte$mebibyte" },
	{ "laugh", "$laugh1$laugh1$laugh1$laugh1$laugh1$laugh1" },
	{ "laugh1", "$laugh2$laugh2$laugh2$laugh2$laugh2$laugh2$laugh2" },
	{ "laugh2", "$laugh3$laugh3$laugh3$laugh3$laugh3$laugh3$laugh3" },
	{ "laugh3", "$laugh4$laugh4$laugh4$laugh4$laugh4$laugh4$laugh4" },
	{ "laugh4", "$laugh5$laugh5$laugh5$laugh5$laugh5$laugh5$laugh5" },
	{ "laugh5", "$laugh6$laugh6$laugh6$laugh6$laugh6$laugh6$laugh6" },
	{ "laugh6", "$laugh7$laugh7$laugh7$laugh7$laugh7$laugh7$laugh7" },
	{ "laugh7",
	    "ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha "
	    "ha" },
	{ "compatibility_level", "3.6" },
};

static bool
find(void *state, struct str name, struct str *value)
{
	static const char mebibyte[1 << 20] = "";

	(void)state;
	if (str_equal(name, STR("mebibyte"))) {
		*value = (struct str){ mebibyte, sizeof(mebibyte) };
		return true;
	}
	for (size_t i = 0; i < TAP_COUNT(settings); i++) {
		if (!str_equal(name, str_from(settings[i].name)))
			continue;
		*value = str_from(settings[i].value);
		return true;
	}
	return false;
}

static const struct postfix_names names = { .find = find };

static const struct {
	const char *text;
	const char *expanded;
} references[] = {
	{ "plain, text", "plain, text" },
	{ "x$$y", "x$y" },
	{ "$$$foo", "$F" },
	{ "$$", "$" },
	{ "$foo.bar ${foo}bar $(foo)", "F.bar Fbar F" },
	{ "$foo?x", "F?x" },
	{ "$undefined.x", ".x" },
	{ "${ foo }", "F" },
	{ "$nested", "F ${foo}" },
	{ "${foo?yes}${foo:no}", "yes" },
	{ "${empty:isempty}${empty?not}", "isempty" },
	{ "${undefined:none}", "none" },
	{ "${hollow?yes}", "yes" },
	{ "${foo ? {a b} : {c}}", "a b" },
	{ "${empty?{a} : {b}}", "b" },
	{ "${foo?{a}:b}", "a" },
	{ "${foo?{a} : b }z", "az" },
	{ "${empty?{a}:}", "" },
	{ "${foo?a:b}", "a:b" },
	{ "${empty:{a}}", "a" },
	{ "x${foo? a b }y", "x a b y" },
	{ "${foo?a${foo}b}", "aFb" },
	{ "${foo?{$(foo)}}", "F" },
	{ "${foo?{)}}", ")" },
	{ "$(foo?(a))", "(a)" },
	{ "${foo?{${brace}}}", "{ x }" },
	{ "${{$foo} == {F} ? {eq} : {ne}}", "eq" },
	{ "${{$foo}=={G}?{eq}:{ne}}", "ne" },
	{ "${{a}=={a}}", "true" },
	{ "${{a}=={b}}", "" },
	{ "${{a}=={b}:{d}}", "d" },
	{ "${{a}=={b}?{c}:d }z", "d z" },
	{ "${{10} < {9} ? {lt}:{ge}}", "ge" },
	{ "${{9} <= {10}?{a}:{b}}", "a" },
	{ "${{abc}<{abd}?{lt}:{ge}}", "lt" },
	{ "${{1}!={01}?{ne}:{eq}}", "eq" },
	{ "${{-1} < {1}?{a}:{b}}", "a" },
	{ "${{1 } == { 1}?{eq}:{ne}}", "eq" },
	{ "${{3.10} >level {3.6} ? {later}}", "later" },
	{ "${{3.6} ==level {3.6.0} ? {same}}", "same" },
	{ "${{$compatibility_level} <level {2} ? {subnet} : {host}}", "host" },
	{ "${ {a}=={a} ? {b} }", "b" },
};

static void
references_are_replaced(void)
{
	for (size_t i = 0; i < TAP_COUNT(references); i++) {
		struct arena *arena = arena_new(0);
		struct error error = { "" };
		struct str expanded = STR("");
		bool beyond;

		tap_case("%s", references[i].text);
		CHECK(postfix_expand(str_from(references[i].text), &names,
		    arena, &expanded, &beyond, &error));
		CHECK_STR(arena_copy(arena, expanded).data,
		    references[i].expanded);
		arena_free(arena);
	}
}

static void
what_postfix_dies_of_is_told(void)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{ "a$", "a \"$\" without a name" },
		{ "$-x", "a \"$\" without a name" },
		{ "${}", "a \"$\" without a name" },
		{ "${(foo)}", "\"(foo)\" is not part of a name" },
		{ "${foo", "\"${foo\" does not end" },
		{ "$(foo}", "\"$(foo}\" does not end" },
		{ "${foo bar}", "\"bar\" is not part of a name" },
		{ "${foo-bar}", "\"-bar\" is not part of a name" },
		{ "${foo?{a}{b}}", "\":\" is expected at \"{b}\"" },
		{ "${foo?{a}x}", "\":\" is expected at \"x\"" },
		{ "${foo?{a}:{b}c}", "\"c\" is unexpected" },
		{ "${empty:{a}:{b}}", "\":{b}\" is unexpected" },
		{ "${{a}}", "an operator and {text} are expected at \"\"" },
		{ "${{a} ~ {b} ? {c}}",
		    "an operator and {text} are expected at "
		    "\"~ {b} ? {c}\"" },
		{ "${{a}==b?{c}}",
		    "an operator and {text} are expected at \"b?{c}\"" },
		{ "${{3.x} >level {3.6} ? {L}}",
		    "\"3.x\" or \"3.6\" is no compatibility level" },
		{ "$loop", "it refers to itself, or is nested too deeply" },
		{ "$ping", "it refers to itself, or is nested too deeply" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct error error = { "" };
		struct str expanded;
		bool beyond;

		tap_case("%s", cases[i].text);
		CHECK(!postfix_expand(str_from(cases[i].text), &names, arena,
		    &expanded, &beyond, &error));
		CHECK_STR(error.text, cases[i].error);
		CHECK(!beyond);
		arena_free(arena);
	}
}

static void
what_is_more_than_we_expand_is_no_mistake(void)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{ "$long$long$long$long",
		    "its expansion is longer than 16 MiB" },
		{ "${{$long$long$long$long} == {} ? {a}}",
		    "its expansion is longer than 16 MiB" },
		{ "$laugh", "it refers to more than 20000 values" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct error error = { "" };
		struct str expanded;
		bool beyond = false;

		tap_case("%s", cases[i].text);
		CHECK(!postfix_expand(str_from(cases[i].text), &names, arena,
		    &expanded, &beyond, &error));
		CHECK_STR(error.text, cases[i].error);
		CHECK(beyond);
		arena_free(arena);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(references_are_replaced),
	TAP_TEST(what_postfix_dies_of_is_told),
	TAP_TEST(what_is_more_than_we_expand_is_no_mistake),
};

int
main(void)
{
	return TAP_RUN(tests);
}
