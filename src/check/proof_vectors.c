/*
 * proof_vectors.c - what every Postfix is tried with, whatever it asks: names
 * that nobody has named, its own names, and the ways of writing one address
 * inside of another.
 */
#include "check/proof_space.h"

enum {
	TEXT = 1024,
};

/* Addresses of which everybody knows that they are somebody else's. */
static const char *const strangers[] = {
	"203.0.113.66",
	"8.8.4.4",
	"9.200.1.2",
	"2001:db8:ffff::66",
};

/* "H" is for a domain that this host serves. */
static const char *const behind_ours[] = {
	"<user%outside.example@H>",
	"<outside.example!user@H>",
	"<\"user@outside.example\"@H>",
	"<\"user%outside.example\"@H>",
	"<user@outside.example@H>",
	"<@H:user@outside.example>",
	"<user@H>",
	"<postmaster@H>",
	"<root@H>",
};

static const char *const recipients[] = {
	"<user@outside.example>",
	"<USER@OUTSIDE.EXAMPLE>",
	"<user@sub.outside.example>",
	"<user+tag@outside.example>",
	"<postmaster@outside.example>",
	"<user%outside.example>",
	"<outside.example!user>",
	"<user%outside.example@>",
	"<user@[203.0.113.25]>",
	"<user@203.0.113.25>",
	"<user@[IPv6:2001:db8:ffff::25]>",
	"<user@" PROOF_BACKUP_NAME ">",
	"<user>",
	"<postmaster>",
};

static const char *const senders[] = {
	"<user@" PROOF_STRANGER_NAME ">",
	"<>",
	"<user@H>",
	"<root@H>",
	"<user@outside.example>",
	"<user>",
};

static const char *const helos[] = {
	PROOF_STRANGER_NAME,
	"",
	"H",
	"localhost",
	"[203.0.113.66]",
	"203.0.113.66",
	"x",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Adds a pattern of an atom with a domain in place of H. */
static void
add(struct proof_space *space, enum proof_attribute attribute,
    const char *pattern, struct str domain)
{
	char text[TEXT];
	struct buf buf = BUF(text);

	for (; *pattern != '\0'; pattern++)
		if (*pattern == 'H')
			buf_add(&buf, domain);
		else
			buf_add_char(&buf, *pattern);
	if (!buf.full)
		proof_atom_add(space, attribute, buf_str(&buf));
}

static void
clients_collect(struct proof_space *space)
{
	const struct proof_options *options = space->options;

	for (size_t i = 0; i < options->stranger_count; i++)
		proof_address_add(space, &options->strangers[i]);
	for (size_t i = 0; i < COUNT(strangers); i++) {
		struct address address;
		struct error error;

		if (!address_parse(str_from(strangers[i]), &address, &error) ||
		    !(address_is_ipv4(&address) ? space->ipv4 : space->ipv6) ||
		    proof_address_is_near(options->host->network, &address))
			continue;
		proof_address_add(space, &address);
	}
	proof_atom_add(space, PROOF_NAME, STR(""));
	proof_atom_add(space, PROOF_NAME, STR(PROOF_STRANGER_NAME));
	proof_atom_add(space, PROOF_REVERSE, STR(""));
	proof_atom_add(space, PROOF_REVERSE, STR(PROOF_STRANGER_NAME));
	proof_atom_add(space, PROOF_REVERSE, space->ours);
}

/* Recipients behind one domain of ours, if there is one. */
static void
behind(struct proof_space *space, struct str domain)
{
	for (size_t i = 0; domain.length > 0 && i < COUNT(behind_ours); i++)
		add(space, PROOF_RECIPIENT, behind_ours[i], domain);
}

static void
recipients_collect(struct proof_space *space)
{
	const struct postfix *postfix = space->postfix;

	for (size_t i = 0; i < COUNT(recipients); i++)
		add(space, PROOF_RECIPIENT, recipients[i], space->ours);
	behind(space, space->ours);
	behind(space, space->relayed);
	behind(space, space->aliased);
	behind(space, space->mailboxes);
	behind(space, STR("localhost"));
	for (size_t i = 0; i < postfix->own_count; i++) {
		char text[TEXT];
		struct buf buf = BUF(text);
		const struct address *own = &postfix->own[i].address;

		buf_add(&buf, address_is_ipv4(own) ? STR("[") : STR("[IPv6:"));
		address_print(own, &buf);
		buf_add_char(&buf, ']');
		behind(space, buf_str(&buf));
	}
}

void
proof_vectors_collect(struct proof_space *space)
{
	clients_collect(space);
	for (size_t i = 0; i < COUNT(helos); i++)
		add(space, PROOF_HELO, helos[i], space->ours);
	for (size_t i = 0; i < COUNT(senders); i++)
		add(space, PROOF_SENDER, senders[i], space->ours);
	recipients_collect(space);
}
