/*
 * scratch.h - the key of one look-up, in each form in which tables want it.
 *
 * A mailbox is looked for as its domain, as local@domain in lower case, and
 * as local@domain for patterns. Each form is made when first asked for.
 */
#ifndef TABLE_SCRATCH_H
#define TABLE_SCRATCH_H

#include "base/str.h"
#include "mail/mailbox.h"
#include "table/names.h"
#include "table/pattern.h"
#include "table/table.h"

#include <stdbool.h>

struct table_scratch {
	struct pattern_scratch *patterns;
	enum table_subject subject;
	const struct table_key *key;
	struct str domain;  /* of a mailbox: the normal form, or [literal] */
	struct str whole;   /* what patterns see; no data: not yet made */
	struct str address; /* local@domain in lower case; the same */
	char literal[64];
	char whole_bytes[MAILBOX_MAX + DOMAIN_MAX + 64];
	char address_bytes[NAMES_LONGEST];
};

/*
 * Begins a look-up. False for a key that no list holds: none at all, the null
 * sender, an address with routing in it.
 */
bool scratch_begin(struct table_scratch *scratch, enum table_subject subject,
    const struct table_key *key);

/* Whether the key has a domain or is no mailbox. */
bool scratch_has_domain(const struct table_scratch *scratch);

/* The text that a pattern is matched with: of a mailbox, all or the domain. */
struct str scratch_text(struct table_scratch *scratch, bool domain_only);

/*
 * Of a mailbox, local@domain as names hold it; with the local part alone,
 * local@. Empty when it is longer than any name.
 */
struct str scratch_address(struct table_scratch *scratch);
struct str scratch_user(struct table_scratch *scratch);

/* The normal form of an address literal: [192.0.2.1], [IPv6:2001:db8::1]. */
void scratch_print_literal(const struct address *address, struct buf *buf);

#endif
