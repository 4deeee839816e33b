/*
 * name_value.c - a domain or a mail address as a person writes it in a list.
 */
#include "table/name_value.h"

#include "base/ascii.h"
#include "mail/domain.h"
#include "mail/mailbox.h"
#include "table/scratch.h"

#include <string.h>

static bool
domain_refuse(struct str text, struct error *error)
{
	struct address address;
	struct error ignored;

	if (str_starts(text, STR("*.")))
		return error_set(error,
		    "\"" STR_FORMAT
		    "\": for all domains below one, write " STR_FORMAT,
		    STR_ARGS(text), STR_ARGS(str_slice(text, 1, text.length)));
	if (address_parse(text, &address, &ignored)) {
		char bytes[64];
		struct buf literal = BUF(bytes);

		scratch_print_literal(&address, &literal);
		return error_set(error,
		    "\"" STR_FORMAT "\" is no domain; as an address literal, "
		    "write " STR_FORMAT,
		    STR_ARGS(text), STR_ARGS(buf_str(&literal)));
	}
	return error_set(error, "\"" STR_FORMAT "\" is not a domain",
	    STR_ARGS(text));
}

/* Adds the normal form of "[192.0.2.1]" or "[IPv6:2001:db8::1]". */
static bool
literal_add(struct str text, struct buf *name, struct error *error)
{
	struct mailbox_space space;
	struct mailbox mailbox;
	char bytes[128];
	struct buf whole = BUF(bytes);

	buf_add(&whole, STR("a@"));
	buf_add(&whole, text);
	mailbox_parse(buf_str(&whole), MAILBOX_INTERNAL, &space, &mailbox);
	if (whole.full || mailbox.kind != MAILBOX_LITERAL || mailbox.routing)
		return error_set(error,
		    "\"" STR_FORMAT "\" is not an address literal such as "
		    "[192.0.2.1] or [IPv6:2001:db8::1]",
		    STR_ARGS(text));
	scratch_print_literal(&mailbox.literal, name);
	return true;
}

static bool
domain_add(struct str text, struct buf *name, struct error *error)
{
	struct domain_space space;
	struct str domain, bare = text;

	if (str_starts(text, STR("[")))
		return literal_add(text, name, error);
	if (str_starts(text, STR("."))) {
		buf_add_char(name, '.');
		bare = str_slice(text, 1, text.length);
	}
	if (!domain_normalize(bare, &space, &domain))
		return domain_refuse(text, error);
	buf_add(name, domain);
	return true;
}

/* Adds a local part in lower case. */
static bool
local_add(struct str local, struct buf *name, struct error *error)
{
	for (size_t i = 0; i < local.length; i++) {
		char c = local.data[i];
		bool control = (unsigned char)c <= ' ' || c == 0x7f;

		if (control || strchr("%!@\"\\<>(),;:[]", c) != NULL)
			return error_set(error,
			    "\"" STR_FORMAT "\" before the @ can match no "
			    "address: only plain local parts do",
			    STR_ARGS(local));
		buf_add_char(name, ascii_lower(c));
	}
	buf_add_char(name, '@');
	return true;
}

bool
name_value_parse(struct str text, struct name_space *space, struct str *name,
    struct error *error)
{
	struct buf buf = BUF(space->bytes);
	struct str local, domain;

	if (!str_cut_last(text, '@', &local, &domain)) {
		if (!domain_add(text, &buf, error))
			return false;
	} else {
		if (local.length == 0)
			return error_set(error,
			    "\"" STR_FORMAT
			    "\": for a whole domain, write " STR_FORMAT,
			    STR_ARGS(text), STR_ARGS(domain));
		if (!local_add(local, &buf, error))
			return false;
		if (str_starts(domain, STR(".")))
			return error_set(error,
			    "\"" STR_FORMAT "\": an address names one domain; "
			    "use a pattern",
			    STR_ARGS(text));
		if (domain.length > 0 && !domain_add(domain, &buf, error))
			return false;
	}
	if (buf.full)
		return error_set(error, "longer than %d bytes", NAMES_LONGEST);
	*name = buf_str(&buf);
	return true;
}

/* Only an A-label or a literal can be longer than what was written. */
size_t
name_value_space(struct str text)
{
	for (size_t i = 0; i < text.length; i++) {
		struct name_space space;
		struct str name;
		struct error ignored;

		if ((unsigned char)text.data[i] < 0x80 && text.data[i] != '[')
			continue;
		if (!name_value_parse(text, &space, &name, &ignored))
			return 0;
		return name.length;
	}
	return text.length;
}
