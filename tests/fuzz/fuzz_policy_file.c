/*
 * fuzz_policy_file.c - any text at all is a policy or told mistakes.
 *
 * What a text names is read from copies that are not there, so that nothing
 * depends on the machine.
 */
#include "policy/policy.h"

#include <stdlib.h>

#define NOWHERE "/nowhere/mtaguard"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_loaded(const struct policy *policy)
{
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct policy_grant *grant = &policy->grants[i];

		/* No grant is for everybody by mistake. */
		if (grant->from.count == 0 && grant->certificates.count == 0 &&
		    !grant->login)
			abort();
		if (grant->name.length == 0 || grant->place.line == 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;

	struct arena *arena = arena_new(0);
	struct problems problems;
	problems_init(&problems, arena);
	struct policy_options options = {
		.path = "fuzzed",
		.text = { (const char *)data, size },
		.files = files_new(arena, NOWHERE),
		.now = 1700000000,
		.memory = 16 * 1024 * 1024,
	};
	struct policy *policy = policy_load(&options, &problems);

	if ((policy != NULL) != (problems.errors == 0))
		abort();
	if (policy != NULL)
		check_loaded(policy);
	policy_free(policy);
	arena_free(arena);
	return 0;
}
