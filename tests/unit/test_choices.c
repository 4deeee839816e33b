/*
 * test_choices.c - every answer of what is unknown is tried, and none twice.
 */
#include "mta/choices.h"

#include "tests/lib/tap.h"

static unsigned
take(struct choices *choices, const void *what, unsigned options)
{
	return choices_take(choices,
	    &(struct choice){ .what = what, .options = options });
}

static void
all_combinations_are_tried_once(void)
{
	struct choices choices = { .count = 0 };
	unsigned seen[6] = { 0 }, runs = 0;

	do {
		unsigned high = take(&choices, NULL, 2);

		seen[3 * high + take(&choices, NULL, 3)]++;
		runs++;
	} while (choices_next(&choices));
	CHECK_INT(runs, 6);
	for (size_t i = 0; i < TAP_COUNT(seen); i++)
		CHECK_INT(seen[i], 1);
	CHECK(!choices.incomplete);
}

static void
what_depends_on_an_answer_is_asked_where_it_is_needed(void)
{
	struct choices choices = { .count = 0 };
	unsigned runs = 0;

	do {
		runs++;
		if (take(&choices, NULL, 2) == 1)
			take(&choices, NULL, 3);
	} while (choices_next(&choices));
	CHECK_INT(runs, 4);
}

static void
one_question_has_one_answer_in_a_run(void)
{
	struct choices choices = { .count = 0 };
	static const int question;
	unsigned runs = 0, differences = 0;

	do {
		runs++;
		differences += take(&choices, &question, 2) !=
		    take(&choices, &question, 2);
	} while (choices_next(&choices));
	CHECK_INT(runs, 2);
	CHECK_INT(differences, 0);
}

static void
too_many_are_given_up(void)
{
	struct choices choices = { .count = 0 };
	unsigned runs = 0;

	do {
		runs++;
		for (int i = 0; i < CHOICES_MAX; i++)
			take(&choices, NULL, 2);
	} while (choices_next(&choices));
	CHECK_INT(runs, CHOICES_RUNS);
	CHECK(choices.incomplete);
}

static const struct tap_test tests[] = {
	TAP_TEST(all_combinations_are_tried_once),
	TAP_TEST(what_depends_on_an_answer_is_asked_where_it_is_needed),
	TAP_TEST(one_question_has_one_answer_in_a_run),
	TAP_TEST(too_many_are_given_up),
};

int
main(void)
{
	return TAP_RUN(tests);
}
