/*
 * fuzz_values.c - any text is a list of values or a told mistake, and it means
 * the same in the policy file and in a file:.
 */
#include "base/lines.h"
#include "tests/fuzz/tables.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The values as file: reads them. */
static size_t
values_of(struct str text, struct table_value *values)
{
	struct lines lines = lines_of(text);
	size_t count = 0;
	struct str line;

	while (lines_next(&lines, &line)) {
		line = str_trim(line);
		if (line.length > 0 && line.data[0] != '#')
			values[count++] = (struct table_value){ .text = line };
	}
	return count;
}

static void
compare(struct str text, uint8_t choice)
{
	struct tables file, literal;

	tables_open(&file, choice);
	tables_open(&literal, choice);
	const void *from_file = table_file.build(&file.build, text);
	struct table_value *values =
	    arena_alloc(literal.load, text.length * sizeof(*values));
	literal.build.values = values;
	literal.build.value_count = values_of(text, values);
	if (from_file != NULL && file.build.mistakes == 0 &&
	    literal.build.value_count > 0) {
		const void *from_list =
		    table_values.build(&literal.build, STR(""));

		if (from_list == NULL)
			abort();
		tables_look(&file, &table_file, from_file);
		tables_look(&literal, &table_values, from_list);
		if (memcmp(file.results, literal.results,
			sizeof(file.results)) != 0)
			abort();
	} else if (literal.build.value_count > 0) {
		table_values.build(&literal.build, STR(""));
	}
	tables_close(&literal);
	tables_close(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		compare((struct str){ (const char *)data + 1, size - 1 },
		    data[0]);
	return 0;
}
