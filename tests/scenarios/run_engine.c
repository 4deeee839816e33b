/*
 * run_engine.c - plays the scenarios in process: each step is a request of
 * the policy protocol and of a milter behind Postfix and behind Sendmail.
 */
#include "policy/policy.h"

#include "tests/lib/scenario.h"
#include "tests/lib/tap.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	enum scenario_protocol protocol;
	const char *name;
} protocols[] = {
	{ SCENARIO_POLICY, "policy" },
	{ SCENARIO_POSTFIX_MILTER, "postfix-milter" },
	{ SCENARIO_SENDMAIL_MILTER, "sendmail-milter" },
};

/* One scenario with its policy in force. */
struct play {
	struct arena *arena;
	struct table_store *store;
	struct problems problems;
	struct scenario scenario;
	struct policy *policy;
	struct policy_scratch *scratch;
	struct scenario_space *space;
};

static const char *
top(const char *variable)
{
	const char *directory = getenv(variable);

	return directory != NULL ? directory : ".";
}

static struct policy *
load(struct play *play)
{
	const struct scenario *scenario = &play->scenario;
	struct policy_options options = {
		.path = scenario->path,
		.text = scenario->policy,
		.store = play->store,
		.files = files_new(play->arena, NULL),
		.host = &scenario->host,
		.now = SCENARIO_NOW,
	};

	if (scenario->policy_path != NULL)
		options.path = arena_print(play->arena, "%s/%s",
		    top("top_srcdir"), scenario->policy_path);
	return policy_load(&options, &play->problems);
}

static bool
start(struct play *play, const char *path)
{
	struct error error;

	*play = (struct play){
		.arena = arena_new(0),
		.store = table_store_new(),
		.scratch = policy_scratch_new(),
		.space = malloc(sizeof(*play->space)),
	};
	problems_init(&play->problems, play->arena);
	bool is_read =
	    scenario_read(path, play->arena, &play->scenario, &error);
	if (!is_read) {
		tap_case("%s", error.text);
		return CHECK(is_read);
	}
	play->policy = load(play);
	if (play->policy != NULL)
		return true;
	const struct problem *first = play->problems.first;
	tap_case("%s:%u: %s", first->place.file, first->place.line,
	    first->text);
	return CHECK(play->policy != NULL);
}

static void
finish(struct play *play)
{
	policy_free(play->policy);
	policy_scratch_free(play->scratch);
	table_store_free(play->store);
	arena_free(play->arena);
	free(play->space);
}

static enum verdict
expected_verdict(const struct scenario_expectation *expect,
    enum scenario_protocol protocol)
{
	if (expect->ask && protocol == SCENARIO_POLICY)
		return VERDICT_ASK_MTA;
	if (expect->answer == SCENARIO_PASS)
		return VERDICT_CONTINUE;
	return expect->code >= 500 ? VERDICT_REJECT : VERDICT_DEFER;
}

/* Whether a decision is what was expected, in its words too. */
static bool
is_expected(const struct decision *decision,
    const struct scenario_expectation *expect, enum scenario_protocol protocol)
{
	enum verdict verdict = expected_verdict(expect, protocol);

	if (decision->verdict != verdict ||
	    decision->observe != expect->observe)
		return false;
	if (verdict == VERDICT_CONTINUE || verdict == VERDICT_ASK_MTA)
		return decision->code == 0;
	if (expect->dsn.length > 0 && !str_equal(decision->dsn, expect->dsn))
		return false;
	return decision->code == expect->code &&
	    str_starts(decision->text, expect->text);
}

static void
check_step(struct play *play, const struct scenario_step *step, size_t index)
{
	enum scenario_protocol protocol = protocols[index].protocol;
	struct request request;
	struct decision decision;

	tap_case("%s:%u %s: " STR_FORMAT, strrchr(play->scenario.path, '/') + 1,
	    step->line, protocols[index].name, STR_ARGS(step->text));
	if (!CHECK(scenario_request(&play->scenario, step, protocol,
		play->space, &request)))
		return;
	policy_decide(play->policy, &request, play->scratch, NULL, &decision);
	if (CHECK(is_expected(&decision, &step->expect, protocol)))
		return;
	printf("# got %s" STR_FORMAT " (" STR_FORMAT ") %u " STR_FORMAT
	       " " STR_FORMAT "\n",
	    decision.observe ? "observe " : "",
	    STR_ARGS(verdict_name(decision.verdict)),
	    STR_ARGS(decision_cause_name(decision.cause)), decision.code,
	    STR_ARGS(decision.dsn), STR_ARGS(decision.text));
}

/* Plays one step by each protocol that carries it; one must. */
static void
play_step(struct play *play, const struct scenario_step *step)
{
	bool carried = false;

	for (size_t i = 0; i < TAP_COUNT(protocols); i++) {
		struct scenario_driver driver = {
			.protocol = protocols[i].protocol,
			.place = SCENARIO_ENGINE,
		};

		if (scenario_cannot(&play->scenario, step, driver) != NULL)
			continue;
		carried = true;
		check_step(play, step, i);
	}
	if (!carried) {
		tap_case("%s:%u", play->scenario.path, step->line);
		CHECK(carried);
	}
}

static void
play_file(const char *path)
{
	struct play play;

	if (start(&play, path))
		for (size_t i = 0; i < play.scenario.step_count; i++) {
			const struct scenario_step *step =
			    &play.scenario.steps[i];

			if (step->expect.answer != SCENARIO_SILENT)
				play_step(&play, step);
		}
	finish(&play);
}

static void
the_engine_plays_each_scenario(void)
{
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/tests/scenarios/*.scn",
	    top("top_srcdir"));
	if (glob(pattern, 0, NULL, &found) != 0)
		tap_bail("no scenarios in %s", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		play_file(found.gl_pathv[i]);
	globfree(&found);
}

static const struct tap_test tests[] = {
	TAP_TEST(the_engine_plays_each_scenario),
};

int
main(void)
{
	return TAP_RUN(tests);
}
