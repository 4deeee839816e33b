/*
 * fuzz_sockets.c - any table of /proc/net, and any ACL, is taken apart within
 * its bounds.
 */
#include "host/modes.h"
#include "host/sockets.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct accounts nobody = { .state = LOOKUP_FOUND };
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct sockets sockets = { .state = LOOKUP_MISSING };
	struct modes_acl acl;

	sockets_parse(text, arena, &sockets);
	for (size_t i = 0; i < sockets.count; i++)
		if (sockets.list[i].port > 65535 ||
		    (sockets.list[i].any && sockets.list[i].loopback))
			abort();
	if (modes_parse_acl(text, &nobody, arena, &acl) &&
	    acl.state == LOOKUP_FOUND && acl.text == NULL)
		abort();
	arena_free(arena);
	return 0;
}
