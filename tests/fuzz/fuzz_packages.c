/*
 * fuzz_packages.c - any status of dpkg, and any header of rpm's, gives packages
 * with names.
 */
#include "host/packages.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct package package;

	for (const struct package *each =
		 packages_parse_dpkg(text, "status", arena);
	     each != NULL; each = each->next)
		if (each->name.length == 0 || each->place.line == 0)
			abort();
	if (packages_parse_rpm(text, arena, &package) &&
	    package.name.length == 0)
		abort();
	arena_free(arena);
	return 0;
}
