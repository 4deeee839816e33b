/*
 * fuzz_cidr.c - any text is a cidr: table or a told mistake.
 */
#include "tests/fuzz/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct tables tables;

	tables_open(&tables, TABLE_NETWORKS);
	const void *built = table_cidr.build(&tables.build, text);
	if ((built == NULL || tables.build.mistakes > 0) !=
	    (tables.problems.errors > 0))
		abort();
	if (built != NULL && tables.build.mistakes == 0)
		tables_look(&tables, &table_cidr, built);
	tables_close(&tables);
	return 0;
}
