/*
 * daemon_test.c - "mtaguardd test": what is wrong with a policy file.
 */
#include "daemon.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/host.h"
#include "base/problems.h"
#include "sources.h"
#include "table/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static void
print_good(const struct policy *policy, const struct files *files,
    const struct problems *problems)
{
	printf("%s: policy is good (%zu grants, %zu listeners, %zu files",
	    policy->path, policy->grant_count,
	    policy->policy_listener_count + policy->milter_listener_count,
	    files_count(files));
	if (problems->warnings > 0)
		printf(", %u warnings", problems->warnings);
	printf(")\n");
}

static int
test(const struct daemon_options *options, struct arena *arena,
    struct table_store *store)
{
	struct problems problems;
	struct error error;
	struct host host;

	problems_init(&problems, arena);
	if (access(options->path, R_OK) != 0) {
		fprintf(stderr, "%s: %s\n", options->path, strerror(errno));
		return EX_NOINPUT;
	}
	if (!host_read(arena, &host, &error)) {
		fprintf(stderr, "mtaguardd: %s\n", error.text);
		return EX_SOFTWARE;
	}
	struct policy_options load = {
		.path = options->path,
		.store = store,
		.files = files_new(arena, NULL),
		.host = &host,
		.now = clock_wall(),
	};
	load.sources = sources_of_host(&load.source_count);
	struct policy *policy = policy_load(&load, &problems);
	problems_print(&problems, stderr);
	if (policy == NULL)
		return EX_CONFIG;
	print_good(policy, load.files, &problems);
	policy_free(policy);
	return fflush(stdout) == 0 ? EX_OK : EX_SOFTWARE;
}

int
daemon_test(const struct daemon_options *options)
{
	struct arena *arena = arena_new(0);
	struct table_store *store = table_store_new();
	int status = test(options, arena, store);

	table_store_free(store);
	arena_free(arena);
	return status;
}
