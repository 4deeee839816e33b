/*
 * fuzz_policy_file.c - any text at all is a policy or told mistakes.
 *
 * A text that names files by a path is left out: what it does would depend on
 * the machine.
 */
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether a text names files: then what it does depends on the machine. */
static bool
names_files(const uint8_t *data, size_t size)
{
	static const char *const words[] = { "@", "file:", "cidr:", "pcre:" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(data, size, words[i], strlen(words[i])) != NULL &&
		    memmem(data, size, "/", 1) != NULL)
			return true;
	return false;
}

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
	if (size == 0 || names_files(data, size))
		return 0;

	struct arena *arena = arena_new(0);
	struct problems problems;
	problems_init(&problems, arena);
	struct policy_options options = {
		.path = "fuzzed",
		.text = { (const char *)data, size },
		.files = files_new(arena, NULL),
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
