/*
 * fuzz_syslog.c - any configuration of a syslog daemon gives rules with a part
 * of mail's messages in them.
 */
#include "host/syslog.h"
#include "host/syslog_ng.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
run(void (*parse)(struct syslog_reading *reading, struct str text,
	const char *file),
    struct str text)
{
	struct arena *arena = arena_new(0);
	struct syslog syslog = { .state = LOOKUP_FOUND };
	struct syslog_reading reading = { .arena = arena, .syslog = &syslog };

	parse(&reading, text, "f");
	for (const struct syslog_rule *rule = syslog.first; rule != NULL;
	     rule = rule->next)
		if ((rule->severities & SYSLOG_ALL) == 0 ||
		    (rule->severities & ~(unsigned)SYSLOG_ALL) != 0)
			abort();
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };

	run(syslog_parse, text);
	run(syslog_ng_parse, text);
	return 0;
}
