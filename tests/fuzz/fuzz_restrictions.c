/*
 * fuzz_restrictions.c - any main.cf is compiled, and any recipient judged by
 * it: the input is main.cf, and its first line, without "#", the recipient.
 */
#include "mta/restrictions.h"

#include "base/tree.h"
#include "mta/postfix.h"
#include "tests/fuzz/tree_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool held)
{
	if (!held)
		abort();
}

/* What a ruling promises, whatever was read. */
static void
judge(const struct postfix *postfix, struct str recipient, struct arena *arena)
{
	struct session session = {
		.stage = SESSION_RCPT,
		.form = MAILBOX_ARGUMENT,
		.client_kind = SESSION_CLIENT_ADDRESS,
		.helo = STR("client.test"),
		.sender = STR("a@far.test"),
		.recipient = recipient,
	};
	struct error error;
	struct ruling ruling;

	address_parse(STR("203.0.113.9"), &session.client, &error);
	struct restrictions *restrictions = restrictions_new(
	    &(struct restrictions_options){
		.postfix = postfix,
		.service = &postfix->master.services[0],
	    },
	    arena);
	restrictions_judge(restrictions, &session, true, arena, &ruling);
	expect(ruling.decided != NULL);
	expect(!ruling.fatal || ruling.kind == RULING_REJECT);
	switch (ruling.kind) {
	case RULING_ACCEPT:
		expect(ruling.code == 250);
		return;
	case RULING_REJECT:
		expect(ruling.fatal || ruling.code / 100 == 5);
		return;
	case RULING_DEFER:
		expect(ruling.code / 100 == 4);
		return;
	case RULING_UNKNOWN:
		expect(ruling.unknown != NULL && ruling.unknown->reason);
		return;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, recipient, rest;
	struct arena *arena = arena_new(0);
	const struct host network = { .interface_count = 0 };
	struct mta_host host = {
		.tree = tree_file(arena, data, size),
		.network = &network,
		.hostname = STR("mail.ours.test"),
		.version = STR("3.7.11"),
	};
	struct postfix *postfix;
	struct error error;

	tree_mount(host.tree, "/etc/postfix/main.cf",
	    arena_print(arena, "%s/t", tree_file_root));
	str_cut(text, '\n', &recipient, &rest);
	if (str_starts(recipient, STR("#")))
		recipient = str_slice(recipient, 1, recipient.length);
	if (postfix_read(&host, "/etc/postfix", arena, &postfix, &error))
		judge(postfix, recipient, arena);
	arena_free(arena);
	return 0;
}
