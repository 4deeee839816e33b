/*
 * said.c - loading a policy from a text, and all that was said about it.
 */
#include "tests/lib/said.h"

#include "base/buf.h"

static void
load(struct said *said, const char *text, int64_t now, bool loopback)
{
	struct buf buf = {
		.data = said->text,
		.capacity = sizeof(said->text) - 1,
	};
	struct problems problems;

	said->arena = arena_new(0);
	problems_init(&problems, said->arena);
	struct policy_options options = {
		.path = "p",
		.text = str_from(text),
		.files = files_new(said->arena, NULL),
		.now = now,
	};
	said->policy = policy_load(&options, &problems);

	for (const struct problem *problem = problems.first; problem != NULL;
	     problem = problem->next) {
		struct str what = str_from(problem->text);

		if (str_starts(what, STR("no grant of relay covers")) !=
		    loopback)
			continue;
		buf_print(&buf, "%s%s", buf.length > 0 ? "\n" : "",
		    problem->place.file);
		if (problem->place.line > 0)
			buf_print(&buf, ":%u", problem->place.line);
		buf_print(&buf, ": %s" STR_FORMAT,
		    problem->kind == PROBLEM_WARNING ? "warning: " : "",
		    STR_ARGS(what));
	}
	said->text[buf.length] = '\0';
}

void
said_load(struct said *said, const char *text, int64_t now)
{
	load(said, text, now, false);
}

void
said_load_loopback(struct said *said, const char *text, int64_t now)
{
	load(said, text, now, true);
}

void
said_free(struct said *said)
{
	policy_free(said->policy);
	arena_free(said->arena);
}
