/*
 * fuzz_language.c - what is said to be decided by a pattern is decided by it
 * in the library, too, and no pattern takes long.
 */
#include "check/language.h"
#include "table/pattern.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	STATES = 200,
	PATTERN_BYTES = 200,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
compare(struct str text, unsigned options, const struct language_answer *answer,
    struct arena *arena)
{
	struct pattern_scratch *scratch = pattern_scratch_new();
	struct error error;
	const struct pattern *pattern =
	    pattern_compile(text, options, arena, &error);

	for (size_t i = 0; pattern != NULL && i < answer->count; i++) {
		const struct language_member *member = &answer->members[i];
		bool matches = member->decides[0] == 0;
		enum lookup found =
		    pattern_match(pattern, member->text, scratch);

		if (found != LOOKUP_FAILED &&
		    matches != (found == LOOKUP_FOUND))
			abort();
	}
	pattern_scratch_free(scratch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > PATTERN_BYTES)
		return 0;
	struct arena *arena = arena_new(0);
	struct str text = { (const char *)data + 1, size - 1 };
	unsigned options = PATTERN_DOTALL |
	    (data[0] &
		(PATTERN_CASELESS | PATTERN_EXTENDED | PATTERN_ANCHORED));
	struct language_rule rule = {
		.pattern = text,
		.options = options,
		.posix = (data[0] & 0x80) != 0,
		.inside = -1,
	};
	const struct language_table table = { &rule, 1 };
	struct language_answer answer;

	language_find(
	    &(struct language_question){
		.tables = &table,
		.count = 1,
		.shape = "^[!-~]*$",
		.limit = STATES,
	    },
	    arena, &answer);
	if (!rule.posix)
		compare(text, options, &answer, arena);
	arena_free(arena);
	return 0;
}
