/*
 * fuzz_units.c - any three lines are a directory, a name in it and where its
 * link leads; the unit that is found is never another than was asked for.
 */
#include "host/units.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct str directory, name, target, wanted;
	struct unit_entry entry;
	struct unit unit;

	str_cut(rest, '\n', &directory, &rest);
	str_cut(rest, '\n', &name, &rest);
	str_cut(rest, '\n', &target, &wanted);
	if (!units_parse_link(directory, name, target, &entry))
		return 0;
	entry.path = "link";
	struct units units = { .state = LOOKUP_FOUND, .first = &entry };
	units_find(&units, wanted, &unit);
	/* An entry of a *.wants alone is no unit. */
	if (entry.holder.length > 0 && unit.enablement != UNIT_ABSENT)
		abort();
	units_find_instance(&units, wanted, &unit);
	if (entry.holder.length > 0 && unit.enablement != UNIT_ABSENT)
		abort();
	return 0;
}
