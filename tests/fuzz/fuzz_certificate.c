/*
 * fuzz_certificate.c - any text is a certificate and a key, or is told not to
 * be; a key never matches what is no certificate.
 */
#include "host/certificate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct certificate certificate;
	struct error error;
	bool matches = false;

	bool whole = certificate_parse(text, arena, &certificate, &error);
	if (certificate_parse_pair(text, text, &matches, &error) && !whole &&
	    certificate.subject.length == 0)
		abort();
	arena_free(arena);
	return 0;
}
