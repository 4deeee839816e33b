/*
 * mailbox.c - a mail address, and all that is sent in its place.
 */
#include "mail/mailbox.h"

#include "base/utf8.h"

#include <string.h>

enum {
	BYTE_PLAIN,
	BYTE_SPACE,   /* plain inside a local part that was quoted */
	BYTE_BRACKET, /* plain around an address literal */
	BYTE_HIGH,    /* plain as part of UTF-8 */
	BYTE_ROUTING,
};

/* What each byte of an address can be; controls, DEL and 8-bit: see below. */
/* clang-format off */
static const unsigned char kinds[128] = {
	[' '] = BYTE_SPACE, ['['] = BYTE_BRACKET, [']'] = BYTE_BRACKET,
	['%'] = BYTE_ROUTING, ['!'] = BYTE_ROUTING, ['@'] = BYTE_ROUTING,
	[':'] = BYTE_ROUTING, [','] = BYTE_ROUTING, [';'] = BYTE_ROUTING,
	['\\'] = BYTE_ROUTING, ['"'] = BYTE_ROUTING,
	['('] = BYTE_ROUTING, [')'] = BYTE_ROUTING,
	['<'] = BYTE_ROUTING, ['>'] = BYTE_ROUTING,
	[0x7f] = BYTE_ROUTING,
};
/* clang-format on */

/* The kinds that occur in text, as a set of bits. */
static unsigned
kinds_in(struct str text)
{
	unsigned set = 0;

	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte >= 0x80)
			set |= 1u << BYTE_HIGH;
		else if (byte < 0x20)
			set |= 1u << BYTE_ROUTING;
		else
			set |= 1u << kinds[byte];
	}
	return set;
}

/* Whether text has nothing but what is plain, and kinds of the set allowed. */
static bool
is_plain(struct str text, unsigned allowed)
{
	unsigned set = kinds_in(text) & ~(1u << BYTE_PLAIN);

	if ((set & ~(allowed | 1u << BYTE_HIGH)) != 0)
		return false;
	return (set & 1u << BYTE_HIGH) == 0 || utf8_valid(text);
}

/* Whether a local part, without its quotes, is one name and nothing more. */
static bool
local_is_plain(struct str local)
{
	return local.length > 0 && is_plain(local, 1u << BYTE_SPACE) &&
	    local.data[0] != ' ' && local.data[local.length - 1] != ' ';
}

/* Reads [192.0.2.1] or [IPv6:2001:db8::1]. */
static bool
literal_parse(struct str text, struct address *literal)
{
	struct str tag = STR("IPv6:");
	struct str inside = str_slice(text, 1, text.length - 1);
	struct str start = str_slice(inside, 0,
	    inside.length < tag.length ? inside.length : tag.length);
	bool tagged = str_equal_nocase(start, tag);
	struct error error;

	if (tagged)
		inside = str_slice(inside, tag.length, inside.length);
	bool colon = inside.length > 0 &&
	    memchr(inside.data, ':', inside.length) != NULL;
	return tagged == colon && address_parse(inside, literal, &error);
}

/* Reads what is after the @. */
static void
domain_read(struct str text, struct mailbox_space *space,
    struct mailbox *mailbox)
{
	mailbox->domain = text;
	mailbox->kind = MAILBOX_BAD_DOMAIN;
	if (text.length > 2 && text.data[0] == '[' &&
	    text.data[text.length - 1] == ']') {
		if (literal_parse(text, &mailbox->literal))
			mailbox->kind = MAILBOX_LITERAL;
	} else if (domain_normalize(text, &space->domain, &mailbox->domain)) {
		mailbox->kind = MAILBOX_DOMAIN;
	}
	if (mailbox->kind == MAILBOX_BAD_DOMAIN &&
	    !is_plain(text, 1u << BYTE_BRACKET))
		mailbox->routing = true;
}

/* Splits at the last @, where every MTA does who does not see routing. */
static void
split(struct str text, struct mailbox_space *space, struct mailbox *mailbox)
{
	struct str domain;

	if (str_cut_last(text, '@', &mailbox->local, &domain))
		domain_read(domain, space, mailbox);
}

/*
 * Takes the quotes off a quoted string at the start of text. False: it does
 * not end, or is longer than space.
 */
static bool
dequote(struct str text, struct mailbox_space *space, struct str *local,
    struct str *rest)
{
	size_t length = 0;

	for (size_t i = 1; i < text.length; i++) {
		char c = text.data[i];

		if (c == '"') {
			*local = (struct str){ space->local, length };
			*rest = str_slice(text, i + 1, text.length);
			return true;
		}
		if (c == '\\' && ++i == text.length)
			return false;
		if (length == sizeof(space->local))
			return false;
		space->local[length++] = text.data[i];
	}
	return false;
}

/* Reads "al ice" or "al ice"@example.com, with quotes; false: it is neither. */
static bool
quoted_read(struct str text, struct mailbox_space *space,
    struct mailbox *mailbox)
{
	struct str local, rest;

	if (!dequote(text, space, &local, &rest))
		return false;
	if (rest.length > 0 &&
	    (rest.data[0] != '@' ||
		memrchr(rest.data, '@', rest.length) != rest.data))
		return false;
	mailbox->local = local;
	mailbox->routing = !local_is_plain(local);
	if (rest.length > 0)
		domain_read(str_slice(rest, 1, rest.length), space, mailbox);
	return true;
}

/* Reads what a client has written, without the brackets around it. */
static void
argument_read(struct str text, struct mailbox_space *space,
    struct mailbox *mailbox)
{
	if (text.length > 0 && text.data[0] == '"' &&
	    quoted_read(text, space, mailbox))
		return;
	split(text, space, mailbox);
	/* Where nothing is quoted, a space ends the address. */
	if (mailbox->local.length == 0 || !is_plain(mailbox->local, 0))
		mailbox->routing = true;
}

static bool
in_brackets(struct str text)
{
	return text.length >= 2 && text.data[0] == '<' &&
	    text.data[text.length - 1] == '>';
}

void
mailbox_parse(struct str text, enum mailbox_form form,
    struct mailbox_space *space, struct mailbox *mailbox)
{
	*mailbox = (struct mailbox){
		.text = text,
		.local = text,
		.domain = str_slice(text, text.length, text.length),
		.kind = MAILBOX_NO_DOMAIN,
	};
	switch (form) {
	case MAILBOX_INTERNAL:
		mailbox->null = text.length == 0;
		if (mailbox->null)
			return;
		split(text, space, mailbox);
		if (!local_is_plain(mailbox->local))
			mailbox->routing = true;
		return;
	case MAILBOX_ARGUMENT:
		mailbox->null = text.length == 0 || str_equal(text, STR("<>"));
		if (in_brackets(text))
			text = str_slice(text, 1, text.length - 1);
		mailbox->local = text;
		if (!mailbox->null)
			argument_read(text, space, mailbox);
		return;
	}
}

bool
mailbox_has_routing(const struct mailbox *mailbox)
{
	return mailbox->routing;
}

bool
mailbox_domain(const struct mailbox *mailbox, struct str *domain)
{
	*domain = mailbox->domain;
	return mailbox->kind == MAILBOX_DOMAIN;
}

bool
mailbox_is_bare_postmaster(const struct mailbox *mailbox)
{
	return mailbox->kind == MAILBOX_NO_DOMAIN && !mailbox->routing &&
	    str_equal_nocase(mailbox->local, STR("postmaster"));
}
