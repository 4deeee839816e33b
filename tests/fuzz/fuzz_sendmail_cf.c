/*
 * fuzz_sendmail_cf.c - any sendmail.cf and class file is read in bounds, and
 * what its macros stand for is found or refused.
 */
#include "mta/sendmail_cf.h"
#include "mta/sendmail_class.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	const struct sendmail_site site = { STR("mx.example.test"), NULL };
	struct sendmail_classes classes;
	struct problems problems;
	struct sendmail_cf cf;
	struct str expanded;

	problems_init(&problems, arena);
	sendmail_cf_read("x.cf", text, arena, &cf, &problems);
	/* No root has a file: what F lines name is missing or refused. */
	sendmail_classes_read(&cf, &site, tree_new(arena, "/nonexistent", NULL),
	    arena, &classes, &problems);
	for (size_t i = 0; i < cf.count; i++) {
		const struct sendmail_line *line = &cf.lines[i];
		struct netblock block;

		if (line->line == 0)
			abort();
		sendmail_cf_expand(&cf, line, NULL, line->value, arena,
		    &expanded);
		sendmail_member_block(line->value, &block);
		sendmail_member_in_vain(line->value);
	}
	arena_free(arena);
	return 0;
}
