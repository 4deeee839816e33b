/*
 * milter_guard.c - the milter, run inside a test program.
 */
#include "tests/lib/milter_guard.h"

#include "base/clock.h"
#include "serve/milter.h"
#include "tests/lib/tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/milter-guard.XXXXXX";
static char path[sizeof(directory) + 16];
static struct table_store *store;
static struct slot slot;

void
milter_guard_load(const char *name, struct str text)
{
	struct arena *arena = arena_new(0);
	struct problems problems;
	struct error error;
	struct host host; /* this machine, as the daemon has it */

	if (!host_read(arena, &host, &error))
		tap_bail("no host: %s", error.text);
	problems_init(&problems, arena);
	struct policy_options options = {
		.path = name,
		.text = text,
		.store = store,
		.files = files_new(arena, NULL),
		.host = &host,
		.now = clock_wall(),
	};
	struct policy *policy = policy_load(&options, &problems);
	if (policy == NULL) {
		problems_print(&problems, stderr);
		tap_bail("%s cannot be loaded", name);
	}
	struct policy *before = slot_set(&slot, policy);
	if (before != NULL)
		policy_free(before);
	arena_free(arena);
}

void
milter_guard_policy(const char *text)
{
	milter_guard_load("policy", str_from(text));
}

const char *
milter_guard_path(void)
{
	return path;
}

/* However the program ends. */
static void
remove_directory(void)
{
	unlink(path);
	rmdir(directory);
}

void
milter_guard_start(const char *policy)
{
	struct policy_listener listener = { .mode = 0600 };
	struct error error;
	char at[sizeof(path) + 8];

	if (mkdtemp(directory) == NULL)
		tap_bail("%s: %s", directory, strerror(errno));
	atexit(remove_directory);
	snprintf(path, sizeof(path), "%s/milter", directory);
	store = table_store_new();
	milter_guard_policy(policy);
	snprintf(at, sizeof(at), "unix:%s", path);
	listener.at = str_from(at);
	if (!milter_open(&slot, &listener, &error) || !milter_start(&error) ||
	    !milter_answers(5000, &error))
		tap_bail("no milter: %s", error.text);
}

long
milter_guard_stop(void)
{
	int64_t before = clock_monotonic();
	milter_stop();
	int64_t after = clock_monotonic();

	/* Now nobody decides any more. */
	policy_free(atomic_load(&slot.policy));
	table_store_free(store);
	return (long)((after - before) / 1000000);
}
