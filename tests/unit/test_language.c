/*
 * test_language.c - strings between which pattern tables tell a difference.
 */
#include "check/language.h"

#include "table/pattern.h"

#include "tests/lib/random.h"
#include "tests/lib/tap.h"

#include <stdio.h>

enum {
	RULES = 4,
	LIMIT = 20000,
};

static const char any[] = "^[a-zA-Z0-9.@%+_-]*$";

/* One table of patterns, caseless as those of Postfix. */
static void
find_one(struct arena *arena, const char *const *patterns, const char *shape,
    bool posix, struct language_answer *answer)
{
	struct language_rule *rules =
	    arena_alloc(arena, RULES * sizeof(*rules));
	struct language_table *table = arena_alloc(arena, sizeof(*table));

	table->rules = rules;
	while (table->count < RULES && patterns[table->count] != NULL) {
		rules[table->count] = (struct language_rule){
			.pattern = str_from(patterns[table->count]),
			.options = PATTERN_CASELESS,
			.posix = posix,
			.inside = -1,
		};
		table->count++;
	}
	language_find(
	    &(struct language_question){
		.tables = table,
		.count = 1,
		.shape = shape,
		.limit = LIMIT,
	    },
	    arena, answer);
}

/* Which rule decides, by the library that the MTA uses. */
static int
decided_by(const char *const *patterns, struct str text, struct arena *arena,
    struct pattern_scratch *scratch)
{
	for (int i = 0; i < RULES && patterns[i] != NULL; i++) {
		struct error error;
		const struct pattern *pattern =
		    pattern_compile(str_from(patterns[i]),
			PATTERN_CASELESS | PATTERN_DOTALL, arena, &error);

		if (pattern != NULL &&
		    pattern_match(pattern, text, scratch) == LOOKUP_FOUND)
			return i;
	}
	return LANGUAGE_NONE;
}

/* As bits: whether none decides, then each rule; verified by matching. */
static unsigned
deciding_rules(const char *const *patterns,
    const struct language_answer *answer, struct arena *arena)
{
	struct pattern_scratch *scratch = pattern_scratch_new();
	unsigned deciding = 0;

	for (size_t i = 0; i < answer->count; i++) {
		int rule = answer->members[i].decides[0];

		CHECK_INT(decided_by(patterns, answer->members[i].text, arena,
			      scratch),
		    rule);
		deciding |= 1u << (rule + 1);
	}
	pattern_scratch_free(scratch);
	return deciding;
}

static void
every_rule_that_can_decide_has_a_member(void)
{
	static const struct {
		const char *patterns[RULES];
		int deciding; /* rules that can decide, as bits */
		bool none;    /* whether none may match */
	} cases[] = {
		{ { "@attacker\\.example$" }, 1, true },
		{ { "." }, 1, true }, /* the empty string */
		{ { "^" }, 1, false },
		{ { "@.*@" }, 1, true },
		{ { "^[^@%!]+@relay\\.example$", "@relay\\.example$" }, 3,
		    true },
		{ { "example", "^a@b\\.example$" }, 1, true },
		{ { "^a", "^[^a]", "b" }, 3, true },
		{ { "(foo|bar)+baz", "ba?z", "b" }, 7, true },
		{ { "^a{3}$", "^a{2,4}$", "^a*$", "a{2,}" }, 15, true },
		{ { "^(?!owner-)(.*)-outgoing@(.*)", "-outgoing" }, 3, true },
		{ { "^(?=.*x)(?!.*y)[xyz]+$", "^[xyz]+$" }, 3, true },
		{ { "\\bspam\\b", "spam" }, 3, true },
		{ { "\\d\\w\\W", "\\x41\\x42" }, 3, true },
		{ { "(?i)ABC", "(?-i)ABC", "(?-i:ABD)", "abd" }, 13, true },
		{ { "^[[:alpha:]]+$", "^[[:alnum:]]+$", "^[^[:alnum:]]*$" }, 7,
		    true },
		{ { "^a(?#x)b$", "^a(?#x)", "a" }, 7, true },
		{ { "^a(?#x)*b$" }, 0, false },
		{ { "^a(?#x)(?#y){2}b$" }, 0, false },
		{ { "^(?=a)[(]x|y" }, 0, false },
		{ { "^(?=a)*b" }, 0, false },
		{ { "x++" }, 0, false },
		{ { "(a)\\1" }, 0, false },
		{ { "(?<=a)b" }, 0, false },
		{ { "a(?=b)" }, 0, false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct language_answer answer;

		tap_case("/%s/", cases[i].patterns[0]);
		find_one(arena, cases[i].patterns, any, false, &answer);
		CHECK_INT(answer.complete, cases[i].deciding != 0);
		CHECK_INT(deciding_rules(cases[i].patterns, &answer, arena),
		    (unsigned)cases[i].deciding << 1 | cases[i].none);
		arena_free(arena);
	}
}

static void
members_have_the_shape(void)
{
	static const char *const patterns[RULES] = { "friend\\.example$",
		"^mail\\.friend\\.example$" };
	static const char shape[] =
	    "^([a-z0-9-]+\\.)*[a-z0-9-]*stranger[a-z0-9-]*\\.[a-z]+$";
	struct arena *arena = arena_new(0);
	struct language_answer answer;
	bool found = false;

	find_one(arena, patterns, shape, false, &answer);
	CHECK(answer.complete);
	for (size_t i = 0; i < answer.count; i++)
		if (answer.members[i].decides[0] == 0) {
			found = true;
			CHECK(str_equal(answer.members[i].text,
			    STR("strangerfriend.example")));
		}
	CHECK(found);
	CHECK_INT(answer.count, 2);
	arena_free(arena);
}

static void
ifs_hold_for_what_stands_in_them(void)
{
	static const struct language_rule rules[] = {
		{ .pattern = STR_INIT("^a"), .condition = true, .inside = -1 },
		{ .pattern = STR_INIT("x$"), .inside = 0 },
		{ .pattern = STR_INIT("b"),
		    .negated = true,
		    .condition = true,
		    .inside = -1 },
		{ .pattern = STR_INIT("^c$"), .inside = 2 },
		{ .pattern = STR_INIT("^abx$"), .inside = 2 },
	};
	static const struct language_table table = { rules, 5 };
	struct arena *arena = arena_new(0);
	struct language_answer answer;
	unsigned decided = 0;

	language_find(
	    &(struct language_question){
		.tables = &table,
		.count = 1,
		.shape = any,
		.limit = LIMIT,
	    },
	    arena, &answer);
	CHECK(answer.complete);
	for (size_t i = 0; i < answer.count; i++)
		if (answer.members[i].decides[0] >= 0)
			decided |= 1u << answer.members[i].decides[0];
	CHECK_INT(decided, 1u << 1 | 1u << 3);
	arena_free(arena);
}

static void
two_tables_are_told_apart_together(void)
{
	static const struct language_rule first[] = {
		{ .pattern = STR_INIT("a"), .inside = -1 },
		{ .pattern = STR_INIT("b"), .inside = -1 },
	};
	static const struct language_rule second[] = {
		{ .pattern = STR_INIT("ba"), .inside = -1 },
	};
	static const struct language_table tables[] = { { first, 2 },
		{ second, 1 } };
	struct arena *arena = arena_new(0);
	struct language_answer answer;

	language_find(
	    &(struct language_question){
		.tables = tables,
		.count = 2,
		.shape = any,
		.limit = LIMIT,
	    },
	    arena, &answer);
	CHECK(answer.complete);
	/* none; a; b; and a with ba: what has ba has a */
	CHECK_INT(answer.count, 4);
	arena_free(arena);
}

static void
many_words_do_not_multiply(void)
{
	enum {
		WORDS = 60
	};
	struct language_rule rules[WORDS];
	struct language_table table = { rules, WORDS };
	struct arena *arena = arena_new(0);
	struct language_answer answer;

	for (size_t i = 0; i < WORDS; i++) {
		const char *word = arena_print(arena, "w%zus", i + 100);

		rules[i] = (struct language_rule){
			.pattern = str_from(word),
			.inside = -1,
		};
	}
	language_find(
	    &(struct language_question){
		.tables = &table,
		.count = 1,
		.shape = any,
		.limit = LIMIT,
	    },
	    arena, &answer);
	CHECK(answer.complete);
	CHECK_INT(answer.count, WORDS + 1);
	arena_free(arena);
}

static void
too_much_is_told(void)
{
	static const char *const patterns[RULES] = { "a.{30}b", "b.{29}c",
		"c.{28}a", "^(a|b).{25}$" };
	struct arena *arena = arena_new(0);
	struct language_answer answer;

	find_one(arena, patterns, any, false, &answer);
	CHECK(!answer.complete);
	CHECK(answer.reason != NULL);
	arena_free(arena);
}

/* What a walk over all strings finds, and only that. */
static void
random_patterns_agree_with_all_short_strings(void)
{
	static const char *const pieces[] = { "a", "b", "[ab]", "[^a]", ".",
		"(a|b)", "a*", "b+", "(ab)?", "^", "$", "(a|bb)*", "a{2}",
		"\\bb", "." };
	struct pattern_scratch *scratch = pattern_scratch_new();
	struct random random = { 42 };

	for (unsigned round = 0; round < 300; round++) {
		struct arena *arena = arena_new(0);
		const char *patterns[RULES] = { NULL };
		struct language_answer answer;
		unsigned found = 0, wanted = 0;

		for (size_t i = 0; i < RULES - 1; i++) {
			patterns[i] = "";
			for (size_t n = 0; n < 1 + random_below(&random, 4);
			     n++)
				patterns[i] =
				    arena_print(arena, "%s%s", patterns[i],
					pieces[random_below(&random,
					    TAP_COUNT(pieces))]);
		}
		find_one(arena, patterns, "^[ab]{0,6}$", false, &answer);
		for (size_t i = 0; i < answer.count; i++)
			found |= 1u << (answer.members[i].decides[0] + 1);
		for (unsigned length = 0; length <= 6; length++)
			for (unsigned bits = 0; bits < 1u << length; bits++) {
				char text[8];

				for (unsigned i = 0; i < length; i++)
					text[i] = bits >> i & 1 ? 'b' : 'a';
				wanted |= 1u
				    << (decided_by(patterns,
					    (struct str){ text, length }, arena,
					    scratch) +
					   1);
			}
		tap_case("/%s/ /%s/ /%s/", patterns[0], patterns[1],
		    patterns[2]);
		if (answer.complete)
			CHECK_INT(found, wanted);
		arena_free(arena);
	}
	pattern_scratch_free(scratch);
}

static const struct tap_test tests[] = {
	TAP_TEST(every_rule_that_can_decide_has_a_member),
	TAP_TEST(members_have_the_shape),
	TAP_TEST(ifs_hold_for_what_stands_in_them),
	TAP_TEST(two_tables_are_told_apart_together),
	TAP_TEST(many_words_do_not_multiply),
	TAP_TEST(too_much_is_told),
	TAP_TEST(random_patterns_agree_with_all_short_strings),
};

int
main(void)
{
	return TAP_RUN(tests);
}
