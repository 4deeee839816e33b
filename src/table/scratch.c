/*
 * scratch.c - the key of one look-up, in each form in which tables want it.
 */
#include "table/scratch.h"

#include "base/ascii.h"

#include <stdio.h>
#include <stdlib.h>

struct table_scratch *
table_scratch_new(void)
{
	struct table_scratch *scratch = calloc(1, sizeof(*scratch));

	if (scratch == NULL) {
		fprintf(stderr, "mtaguard: no memory to look up values\n");
		abort();
	}
	scratch->patterns = pattern_scratch_new();
	return scratch;
}

void
table_scratch_free(struct table_scratch *scratch)
{
	if (scratch == NULL)
		return;
	pattern_scratch_free(scratch->patterns);
	free(scratch);
}

void
scratch_print_literal(const struct address *address, struct buf *buf)
{
	buf_add(buf, address_is_ipv4(address) ? STR("[") : STR("[IPv6:"));
	address_print(address, buf);
	buf_add_char(buf, ']');
}

static bool
mailbox_begin(struct table_scratch *scratch, const struct mailbox *mailbox)
{
	struct buf literal = BUF(scratch->literal);

	if (mailbox == NULL || mailbox->null || mailbox->routing)
		return false;
	switch (mailbox->kind) {
	case MAILBOX_NO_DOMAIN:
	case MAILBOX_BAD_DOMAIN:
		scratch->domain = STR("");
		break;
	case MAILBOX_DOMAIN:
		scratch->domain = mailbox->domain;
		break;
	case MAILBOX_LITERAL:
		scratch_print_literal(&mailbox->literal, &literal);
		scratch->domain = buf_str(&literal);
		break;
	}
	return true;
}

bool
scratch_begin(struct table_scratch *scratch, enum table_subject subject,
    const struct table_key *key)
{
	scratch->subject = subject;
	scratch->key = key;
	scratch->whole = (struct str){ NULL, 0 };
	scratch->address = (struct str){ NULL, 0 };
	switch (subject) {
	case TABLE_NETWORKS:
		return key->address != NULL;
	case TABLE_DOMAINS:
	case TABLE_SENDERS:
		return mailbox_begin(scratch, key->mailbox);
	case TABLE_WORDS:
		return key->word.length > 0;
	}
	return false;
}

bool
scratch_has_domain(const struct table_scratch *scratch)
{
	switch (scratch->subject) {
	case TABLE_DOMAINS:
	case TABLE_SENDERS:
		return scratch->domain.length > 0;
	case TABLE_NETWORKS:
	case TABLE_WORDS:
		break;
	}
	return true;
}

/* The text of the key, written into buf where it has none of its own. */
static struct str
text_make(struct table_scratch *scratch, struct buf *buf)
{
	switch (scratch->subject) {
	case TABLE_NETWORKS:
		address_print(scratch->key->address, buf);
		break;
	case TABLE_DOMAINS:
	case TABLE_SENDERS:
		buf_add(buf, scratch->key->mailbox->local);
		buf_add_char(buf, '@');
		buf_add(buf, scratch->domain);
		break;
	case TABLE_WORDS:
		return scratch->key->word;
	}
	return buf_str(buf);
}

struct str
scratch_text(struct table_scratch *scratch, bool domain_only)
{
	struct buf buf = BUF(scratch->whole_bytes);

	if (domain_only && scratch->subject != TABLE_NETWORKS &&
	    scratch->subject != TABLE_WORDS)
		return scratch->domain;
	if (scratch->whole.data == NULL)
		scratch->whole = text_make(scratch, &buf);
	return scratch->whole;
}

struct str
scratch_address(struct table_scratch *scratch)
{
	struct str local = scratch->key->mailbox->local;
	struct buf buf = BUF(scratch->address_bytes);

	if (scratch->address.data != NULL)
		return scratch->address;
	for (size_t i = 0; i < local.length && !buf.full; i++)
		buf_add_char(&buf, ascii_lower(local.data[i]));
	buf_add_char(&buf, '@');
	buf_add(&buf, scratch->domain);
	scratch->address = buf.full ? STR("") : buf_str(&buf);
	return scratch->address;
}

struct str
scratch_user(struct table_scratch *scratch)
{
	struct str address = scratch_address(scratch);

	if (address.length == 0)
		return address;
	return str_slice(address, 0, scratch->key->mailbox->local.length + 1);
}
