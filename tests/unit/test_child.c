/*
 * test_child.c - asking another program, within a deadline.
 */
#include "base/child.h"

#include "tests/lib/tap.h"

#include <stdlib.h>

struct question {
	const char *script;
	const char *input;
	unsigned deadline;
	size_t limit;
};

static bool
ask(const struct question *question, struct arena *arena,
    struct child_answer *answer, struct error *error)
{
	const char *const arguments[] = { "-c", question->script, NULL };
	struct child child = { "/bin/sh", arguments, str_from(question->input),
		question->deadline, question->limit };

	return child_ask(&child, arena, answer, error);
}

static void
an_answer_is_all_that_it_wrote(void)
{
	static const struct {
		const char *script, *input, *output, *errors;
		int status;
	} cases[] = {
		{ "cat", "two\nlines\n", "two\nlines\n", "", 0 },
		{ "echo out; echo err >&2; exit 3", "", "out\n", "err\n", 3 },
		{ "kill -9 $$", "", "", "", 137 },
		{ "exec >&- 2>&-; exit 5", "", "", "", 5 },
		{ "exit 0", "nobody reads this", "", "", 0 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct question question = { cases[i].script, cases[i].input,
			20000, 1000 };
		struct child_answer answer;
		struct error error = { "" };

		tap_case("%s", cases[i].script);
		if (CHECK(ask(&question, arena, &answer, &error))) {
			CHECK_STR(answer.output.data, cases[i].output);
			CHECK_STR(answer.errors.data, cases[i].errors);
			CHECK_INT(answer.status, cases[i].status);
		}
		arena_free(arena);
	}
}

static void
what_is_no_answer_is_told(void)
{
	static const struct {
		struct question question;
		const char *error;
	} cases[] = {
		{ { "exec sleep 60", "", 50, 1000 }, "no answer within 50 ms" },
		{ { "exec >&- 2>&-; exec sleep 60", "", 50, 1000 },
		    "does not end within 50 ms" },
		{ { "sleep 60 & exit 0", "", 50, 1000 },
		    "no answer within 50 ms" },
		{ { "while :; do echo y; done", "", 20000, 100 },
		    "more than 100 bytes of output" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct child_answer answer;
		struct error error = { "" };

		tap_case("%s", cases[i].question.script);
		if (CHECK(!ask(&cases[i].question, arena, &answer, &error)))
			CHECK_STR(error.text, cases[i].error);
		arena_free(arena);
	}
}

static void
a_program_that_is_not_there_is_told(void)
{
	static const char *const arguments[] = { NULL };
	struct child child = { "/nonexistent/program", arguments, STR(""), 1000,
		1000 };
	struct arena *arena = arena_new(0);
	struct child_answer answer;
	struct error error = { "" };

	if (CHECK(!child_ask(&child, arena, &answer, &error)))
		CHECK_STR(error.text,
		    "cannot be started: No such file or directory");
	arena_free(arena);
}

static void
nothing_of_our_environment_is_passed_on(void)
{
	struct arena *arena = arena_new(0);
	struct question question = { "echo \"${MTAGUARD_TEST_SECRET-none}\"",
		"", 20000, 1000 };
	struct child_answer answer;
	struct error error = { "" };

	setenv("MTAGUARD_TEST_SECRET", "leaked", 1);
	if (CHECK(ask(&question, arena, &answer, &error)))
		CHECK_STR(answer.output.data, "none\n");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(an_answer_is_all_that_it_wrote),
	TAP_TEST(what_is_no_answer_is_told),
	TAP_TEST(a_program_that_is_not_there_is_told),
	TAP_TEST(nothing_of_our_environment_is_passed_on),
};

int
main(void)
{
	return TAP_RUN(tests);
}
