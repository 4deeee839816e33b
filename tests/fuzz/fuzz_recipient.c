/*
 * fuzz_recipient.c - any argument of RCPT TO is an address or none; what comes
 * of rewriting is quoted and read again as the same.
 */
#include "mta/recipient_rewrite.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	/* Longer ones take time, and Postfix has a limit as well. */
	LONGEST = 4096,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool held)
{
	if (!held)
		abort();
}

/*
 * Rewriting has an end, and an address with a domain keeps one, or gets that
 * of the host where it was the source route's.
 */
static void
rewrite(const struct recipient_rules *rules, struct str internal,
    struct arena *arena)
{
	struct str local, domain, quoted = address_quote(internal, arena);
	struct str rewritten = recipient_rewrite(rules, internal, arena);
	struct address_tokens tokens;
	size_t at;

	expect(quoted.length >= internal.length);
	expect(quoted.length <= 2 * internal.length + 2);
	address_tokens_read(quoted, arena, &tokens);
	if (tokens.count == 0 || rewritten.length == 0)
		return;
	if (rules->append_origin &&
	    address_tokens_find_last(&tokens, '@', &at) && at > 0)
		expect(str_cut_last(rewritten, '@', &local, &domain));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct str internal;

	if (size == 0 || size > LONGEST)
		return 0;
	const struct recipient_rules rules = {
		.swap_bangpath = data[0] & 1,
		.percent_hack = data[0] & 2,
		.append_origin = data[0] & 4,
		.append_domain = data[0] & 8,
		.origin = STR("ours.test"),
		.domain = STR("ours.test"),
	};
	arena = arena_new(0);
	struct str argument = { (const char *)data + 1, size - 1 };
	recipient_argument_read(argument, data[0] & 16, arena, &internal);
	rewrite(&rules, internal, arena);
	rewrite(&rules, argument, arena);
	arena_free(arena);
	return 0;
}
