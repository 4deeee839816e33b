/*
 * fuzz_pcre.c - any text is a pcre: table or a told mistake, and no pattern
 * takes long.
 */
#include "tests/fuzz/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tables tables;

	if (size == 0)
		return 0;
	struct str text = { (const char *)data + 1, size - 1 };
	tables_open(&tables, data[0]);
	const void *built = table_pcre.build(&tables.build, text);
	if ((built == NULL || tables.build.mistakes > 0) !=
	    (tables.problems.errors > 0))
		abort();
	if (built != NULL && tables.build.mistakes == 0)
		tables_look(&tables, &table_pcre, built);
	tables_close(&tables);
	return 0;
}
