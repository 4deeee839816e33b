/*
 * fuzz_aliases.c - any text is a file of aliases, and any value of it, or
 * line of a .forward or :include: file, has targets of which none is empty.
 */
#include "mta/aliases_text.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take_apart(struct str value, enum aliases_dialect dialect, struct arena *arena)
{
	struct alias_target target;

	while (aliases_target_next(&value, dialect, arena, &target))
		if (target.local.length > target.text.length ||
		    (target.kind == ALIAS_TARGET_ADDRESS &&
			target.text.length == 0))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, line;

	for (int i = ALIASES_POSTFIX; i <= ALIASES_EXIM; i++) {
		enum aliases_dialect dialect = (enum aliases_dialect)i;
		struct arena *arena = arena_new(0);
		struct alias_entries entries;
		struct alias_lines lines = { text, 0 };

		aliases_text_read("input", text, dialect, arena, &entries);
		for (size_t j = 0; j < entries.count; j++) {
			if (aliases_text_find(&entries,
				entries.entries[j].name) == NULL)
				abort();
			take_apart(entries.entries[j].value, dialect, arena);
		}
		while (aliases_line_next(&lines, &line))
			take_apart(line, dialect, arena);
		arena_free(arena);
	}
	return 0;
}
