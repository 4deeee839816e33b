/*
 * fuzz_postfix.c - any main.cf makes an instance of Postfix whose listeners,
 * networks and lists of domains can be asked for.
 *
 * /t is the main.cf, and every table that it names by that path.
 */
#include "mta/postfix.h"
#include "mta/recipient_resolve.h"
#include "tests/fuzz/tree_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(const struct postfix *postfix, struct arena *arena)
{
	const struct postfix_listener *listeners;
	struct recipient_resolver resolver;
	const struct netblock *blocks;
	struct error error;
	size_t count;

	if (postfix->own_count > 0 && postfix->own == NULL)
		abort();
	postfix_listeners(postfix, &listeners, &count);
	for (size_t i = 0; i < count; i++)
		if (listeners[i].port == 0 && listeners[i].unsure == NULL)
			abort();
	/* Both may fail, with a reason. */
	if (!postfix_default_networks(postfix, NULL, arena, &blocks, &count,
		&error) &&
	    error.text[0] == '\0')
		abort();
	if (!recipient_resolver_read(postfix, arena, &resolver, &error) &&
	    error.text[0] == '\0')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_file(arena, data, size);
	struct host network;
	struct mta_host host = {
		.tree = tree,
		.network = &network,
		.hostname = STR("mail.ours.test"),
		.version = STR("3.7.11"),
		.now = 1700000000,
	};
	struct postfix *postfix;
	struct error error;

	tree_mount(tree, "/etc/postfix/main.cf",
	    arena_print(arena, "%s/t", tree_file_root));
	if (!host_parse(STR("198.51.100.10/24,2001:db8::1/64"), arena, &network,
		&error) ||
	    !postfix_read(&host, "/etc/postfix", arena, &postfix, &error))
		abort();
	ask(postfix, arena);
	arena_free(arena);
	return 0;
}
