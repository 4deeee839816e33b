/*
 * mailbox.h - a mail address: RFC 5321's Mailbox, and all that is sent in its
 * place.
 *
 * Two forms reach us. Postfix's policy protocol has the internal form, in
 * which quotes are gone: "a b"@example.com is a b@example.com, and a quoted @
 * is one more @. A milter has the argument of MAIL or RCPT as the client
 * wrote it. Both are read into the same parts; no byte is lost or changed
 * except by dequoting.
 *
 * What is not one plain address (RFC 5321 4.1.2 Mailbox, RFC 6531 for UTF-8)
 * is not an error: it is a mailbox with routing, and nobody's.
 */
#ifndef MAIL_MAILBOX_H
#define MAIL_MAILBOX_H

#include "base/netblock.h"
#include "base/str.h"
#include "mail/domain.h"

#include <stdbool.h>

enum mailbox_form {
	MAILBOX_INTERNAL, /* of the policy protocol: dequoted, no brackets */
	MAILBOX_ARGUMENT, /* of a milter: <"a b"@example.com>, verbatim */
};

enum {
	/* The longest text that is read; Postfix's line_length_limit is 2048,
	 * and ours for one attribute is larger, so that nothing is cut. */
	MAILBOX_MAX = 16 * 1024,
};

enum mailbox_domain_kind {
	MAILBOX_NO_DOMAIN,  /* bob: the MTA appends its own */
	MAILBOX_DOMAIN,     /* bob@example.com */
	MAILBOX_LITERAL,    /* bob@[192.0.2.1], bob@[IPv6:2001:db8::1] */
	MAILBOX_BAD_DOMAIN, /* bob@, bob@-..-, bob@192.0.2.1, bob@[::1] */
};

struct mailbox {
	struct str text;   /* as it came, in either form */
	struct str local;  /* before the last @; dequoted if that is plain */
	struct str domain; /* normal form if MAILBOX_DOMAIN, else as it came */
	enum mailbox_domain_kind kind;
	struct address literal; /* if MAILBOX_LITERAL */
	bool null;    /* <>, or nothing at all: the null reverse-path */
	bool routing; /* the answer of mailbox_has_routing() */
};

/* Where a mailbox keeps what it had to change; it borrows from here. */
struct mailbox_space {
	char local[MAILBOX_MAX];
	struct domain_space domain;
};

/*
 * Reads any text. Borrows text and space. ESMTP parameters are not part of
 * the text; one pair of angle brackets around an argument may be missing, as
 * both MTAs allow. "<>" is null as an argument only: in the internal form it
 * would be a quoted name.
 */
void mailbox_parse(struct str text, enum mailbox_form form,
    struct mailbox_space *space, struct mailbox *mailbox);

/*
 * Whether there is anything in it that could name another destination than
 * the domain. That is, in the local part, quoted or not:
 *
 *   % ! @ , ; :            hacks, lists and groups, source routes, mailer:host
 *   " \ ( ) < > [ ]        what only a quoted string can have: an MTA that
 *                          forgets to quote it again sees something else
 *   controls, NUL, DEL     and bytes that are not UTF-8
 *   space or nothing       at its start or end; in the middle, if unquoted
 *
 * and beside it: text around the brackets, a quoted string that does not end,
 * any of these bytes in what is no domain. RFC 5321 allows some of it, so
 * this is stricter: a "x)y"@example.com is nobody's.
 *
 * Plain are + = - . / & ' * ? ^ _ ` { | } ~ # $ at any place, and UTF-8.
 */
bool mailbox_has_routing(const struct mailbox *mailbox);

/* Which domain it is for: mailbox->domain if kind is MAILBOX_DOMAIN. */
bool mailbox_domain(const struct mailbox *mailbox, struct str *domain);

/* RFC 5321 4.5.1: postmaster without a domain, in any case, must be ours. */
bool mailbox_is_bare_postmaster(const struct mailbox *mailbox);

#endif
