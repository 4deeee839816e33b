/*
 * fuzz_profile.c - any text is a profile or told mistakes; the checks that it
 * has are checks that there are, none twice.
 */
#include "check/profile.h"
#include "tests/fuzz/tree_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_selected(const struct profile *profile)
{
	for (size_t i = 0; i < profile->count; i++) {
		if (profile->selected[i].check == NULL)
			abort();
		for (size_t j = 0; j < i; j++)
			if (profile->selected[j].check ==
			    profile->selected[i].check)
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct problems problems;
	struct profile profile;
	size_t count;

	tree_file(arena, data, size);
	problems_init(&problems, arena);
	bool read =
	    profile_read(str_from(arena_print(arena, "%s/t", tree_file_root)),
		"/nonexistent", arena, &profile, &problems);
	if (read != (problems.errors == 0))
		abort();
	if (read) {
		check_selected(&profile);
		profile_parameters(&profile, NULL, arena, &count);
	}
	arena_free(arena);
	return 0;
}
