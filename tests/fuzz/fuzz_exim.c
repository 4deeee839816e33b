/*
 * fuzz_exim.c - any text is a configuration of Exim, or told mistakes: it has
 * listeners or an error, and its ACLs say something to a stranger.
 */
#include "mta/exim.h"
#include "mta/exim_acl.h"
#include "mta/exim_expand.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(struct exim *exim)
{
	const struct exim_listener *list;
	struct exim_ruling ruling;
	struct address stranger;
	struct error error = { "" };
	size_t count = 0;

	if (!exim_listeners(exim, exim->arena, &list, &count, &error) &&
	    error.text[0] == '\0')
		abort();
	if (!address_parse(STR("203.0.114.9"), &stranger, &error))
		abort();
	struct exim_message message = exim_message_new(exim, exim->arena,
	    &stranger, STR("victim"), STR("elsewhere.example"));
	exim_acl_judge(&message, &ruling);
	if (ruling.accepted == EXIM_UNSURE && ruling.reason == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct exim_source source = { "input", { (const char *)data, size } };
	struct mta_host host = {
		.tree = tree_new(arena, "/nonexistent", NULL),
		.hostname = STR("mail.ours.test"),
	};
	struct exim exim = { .arena = arena,
		.host = &host,
		.path = "input",
		.shown = "input" };
	struct exim_text text = {
		.tree = host.tree,
		.arena = arena,
		.problems = &exim.problems,
		.sources = &source,
		.source_count = 1,
	};

	problems_init(&exim.problems, arena);
	exim_read(&text, &exim);
	ask(&exim);
	arena_free(arena);
	return 0;
}
