/*
 * fuzz_mailbox.c - any text is a mailbox; one without routing is one address
 * and nothing else. The first byte of the input says which form the text has.
 */
#include "mail/mailbox.h"

#include "base/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool held)
{
	if (!held)
		abort();
}

static bool
is_inside(struct str part, const void *start, size_t size)
{
	return part.length == 0 ||
	    (part.data >= (const char *)start &&
		part.data + part.length <= (const char *)start + size);
}

/* What would be another address, or be read as one by somebody. */
static void
expect_one_address(const struct mailbox *mailbox)
{
	struct str text = mailbox->text;
	size_t at = 0;

	for (size_t i = 0; i < text.length; i++) {
		char c = text.data[i];

		expect((unsigned char)c >= 0x20 && c != 0x7f);
		expect(memchr("%!,;()", c, 6) == NULL);
		expect(c != '<' || i == 0);
		expect(c != '>' || i == text.length - 1);
		expect(c != ':' || mailbox->kind == MAILBOX_LITERAL);
		at += c == '@';
	}
	expect(at == (mailbox->kind != MAILBOX_NO_DOMAIN ? 1 : 0));
}

/* Writes the mailbox in another form, and expects the same when it is read. */
static void
expect_round_trip(const struct mailbox *mailbox, enum mailbox_form form)
{
	static struct mailbox_space space;
	struct mailbox again;
	const char *quote = form == MAILBOX_ARGUMENT ? "\"" : "";
	size_t capacity = mailbox->text.length + DOMAIN_MAX + 8;
	struct buf buf = { .data = malloc(capacity), .capacity = capacity };

	if (buf.data == NULL)
		return;
	buf_add(&buf, str_from(quote));
	buf_add(&buf, mailbox->local);
	buf_add(&buf, str_from(quote));
	if (mailbox->kind != MAILBOX_NO_DOMAIN)
		buf_add_char(&buf, '@');
	buf_add(&buf, mailbox->domain);
	expect(!buf.full);

	mailbox_parse(buf_str(&buf), form, &space, &again);
	expect(!again.routing && !again.null);
	expect(again.kind == mailbox->kind);
	expect(str_equal(again.local, mailbox->local));
	expect(str_equal(again.domain, mailbox->domain));
	free(buf.data);
}

/* In the internal form nothing is changed but the domain. */
static void
expect_nothing_lost(const struct mailbox *mailbox)
{
	struct str text = mailbox->text;
	size_t length = mailbox->local.length;

	expect(str_starts(text, mailbox->local));
	if (mailbox->kind == MAILBOX_NO_DOMAIN)
		expect(length == text.length);
	else
		expect(length < text.length && text.data[length] == '@');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mailbox_space space;
	struct mailbox mailbox;

	if (size == 0)
		return 0;
	enum mailbox_form form =
	    data[0] % 2 == 0 ? MAILBOX_INTERNAL : MAILBOX_ARGUMENT;
	struct str text = { (const char *)data + 1, size - 1 };

	mailbox_parse(text, form, &space, &mailbox);
	expect(str_equal(mailbox.text, text));
	expect(is_inside(mailbox.local, text.data, text.length) ||
	    is_inside(mailbox.local, &space, sizeof(space)));
	expect(is_inside(mailbox.domain, text.data, text.length) ||
	    is_inside(mailbox.domain, &space, sizeof(space)));
	if (form == MAILBOX_INTERNAL)
		expect_nothing_lost(&mailbox);
	if (mailbox.null)
		expect(!mailbox.routing && mailbox.local.length == 0);
	if (mailbox.routing || mailbox.null)
		return 0;
	expect_one_address(&mailbox);
	expect_round_trip(&mailbox, MAILBOX_INTERNAL);
	expect_round_trip(&mailbox, MAILBOX_ARGUMENT);
	return 0;
}
