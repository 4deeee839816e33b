/*
 * recipient_rewrite.h - addresses as Postfix puts them into canonical form.
 *
 * RCPT TO:<outside.example!u> becomes u@outside.example before anything is
 * decided (Postfix src/trivial-rewrite/rewrite.c, for the "local" context;
 * src/smtpd/smtpd.c, extract_addr()).
 */
#ifndef MTA_RECIPIENT_REWRITE_H
#define MTA_RECIPIENT_REWRITE_H

#include "base/arena.h"
#include "base/str.h"
#include "mta/address_tokens.h"

#include <stdbool.h>

struct recipient_rules {
	bool swap_bangpath;
	bool percent_hack;     /* allow_percent_hack */
	bool append_origin;    /* append_at_myorigin */
	bool append_domain;    /* append_dot_mydomain */
	bool resolve_dequoted; /* resolve_dequoted_address */
	bool resolve_null;     /* resolve_null_domain */
	bool resolve_numeric;  /* resolve_numeric_domain */
	bool allow_minus;      /* allow_min_user */
	struct str origin;     /* myorigin */
	struct str domain;     /* mydomain */
	struct str hostname;   /* myhostname */
	struct str empty;      /* empty_address_recipient */
};

enum recipient_argument {
	ARGUMENT_ADDRESS,
	ARGUMENT_BAD,     /* 501, whatever the restrictions say */
	ARGUMENT_OBSCURE, /* groups and inner brackets: not modelled */
};

/*
 * Takes the argument of MAIL or RCPT, "<u@example.com>" with its brackets or
 * without, and gives its internal form; "" of <>.
 */
enum recipient_argument recipient_argument_read(struct str argument,
    bool strict, struct arena *arena, struct str *internal);

/* Rewrites tokens in place; there is at least one. */
void recipient_rewrite_tokens(const struct recipient_rules *rules,
    struct address_tokens *tokens);

/* The same for an address in the internal form. */
struct str recipient_rewrite(const struct recipient_rules *rules,
    struct str internal, struct arena *arena);

#endif
