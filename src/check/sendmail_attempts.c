/*
 * sendmail_attempts.c - the attempts of a stranger at which the real Sendmail
 * is asked.
 */
#include "check/sendmail_attempts.h"

#include <string.h>

/*
 * Names that are nobody's, with the dot that keeps them from being looked up
 * (RFC 2606, RFC 5737).
 */
#define OUTSIDE "elsewhere.invalid."
#define CLIENT  "client.outside.invalid."

/* Forms of a recipient outside; %s is a domain of ours. */
static const char *const recipients[] = {
	"victim@" OUTSIDE,
	"victim%%" OUTSIDE "@%s",
	"@%s:victim@" OUTSIDE,
	"elsewhere.invalid!victim",
	"elsewhere.invalid!victim@%s",
	"\"victim@" OUTSIDE "\"@%s",
	"victim@" OUTSIDE "@%s",
	"victim@[203.0.113.9]",
};

/* Senders; %s is a domain of ours. */
static const struct {
	const char *format;
	bool forged;
} senders[] = {
	{ "probe@" OUTSIDE, false },
	{ "", false },
	{ "root@%s", true },
	{ "postmaster@%s", true },
};

static const char *const clients[] = { "", CLIENT };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct str
sendmail_own_domain(const struct sendmail *sendmail)
{
	const struct sendmail_class *w =
	    sendmail_class_find(&sendmail->classes, STR("w"));

	for (size_t i = 0; i < w->count; i++) {
		struct str word = w->members[i].word;

		if (w->members[i].place.file != NULL && word.data[0] != '[' &&
		    str_has(word, '.'))
			return word;
	}
	return sendmail->site.hostname;
}

/* Puts our domain for %s, and % for %%. */
static struct str
fill_in(struct arena *arena, const char *format, struct str domain)
{
	const char *text = "";

	for (; *format != '\0'; format++) {
		if (format[0] == '%' && format[1] == 's')
			text = arena_print(arena, "%s" STR_FORMAT, text,
			    STR_ARGS(domain));
		else
			text = arena_print(arena, "%s%c", text, *format);
		if (*format == '%')
			format++;
	}
	return str_from(text);
}

/* Addresses of strangers: those that nobody has named come first. */
static const char *const strangers[] = {
	"203.0.113.66",
	"198.51.100.66",
	"192.0.2.66",
	"198.18.3.66",
};

static bool
is_named(const struct sendmail_relay *relay, const struct address *address)
{
	for (const struct sendmail_opening *opening = relay->openings;
	     opening != NULL; opening = opening->next)
		if (opening->who == SENDMAIL_NETWORK &&
		    netblock_contains(&opening->block, address))
			return true;
	return false;
}

struct address
sendmail_stranger(const struct sendmail *sendmail,
    const struct sendmail_relay *relay)
{
	struct address address = { .bytes = { 0 } };
	struct error error;

	for (size_t i = 0; i < COUNT(strangers); i++)
		if (address_parse(str_from(strangers[i]), &address, &error) &&
		    !is_named(relay, &address) &&
		    !host_has_address(sendmail->host->network, &address))
			break;
	return address;
}

bool
sendmail_attempts_make(const struct sendmail *sendmail, struct arena *arena,
    struct sendmail_attempts *attempts)
{
	size_t count = COUNT(recipients) * COUNT(senders) * COUNT(clients);
	struct str domain = sendmail_own_domain(sendmail);
	struct sendmail_relay relay;
	struct error error;

	sendmail_relay_read(sendmail, arena, &relay);
	const struct address client_address =
	    sendmail_stranger(sendmail, &relay);
	*attempts = (struct sendmail_attempts){ .count = count };
	attempts->questions =
	    arena_alloc(arena, count * sizeof(*attempts->questions));
	attempts->forged =
	    arena_alloc(arena, count * sizeof(*attempts->forged));
	for (size_t i = 0; i < count; i++) {
		size_t recipient = i % COUNT(recipients);
		size_t sender = i / COUNT(recipients) % COUNT(senders);
		size_t client = i / COUNT(recipients) / COUNT(senders);

		attempts->forged[i] = senders[sender].forged;
		attempts->questions[i] = (struct sendmail_question){
			.client = client_address,
			.client_name = str_from(clients[client]),
			.sender =
			    fill_in(arena, senders[sender].format, domain),
			.recipient =
			    fill_in(arena, recipients[recipient], domain),
		};
	}
	attempts->asked =
	    sendmail_ask(sendmail, attempts->questions, count, arena, &error);
	if (!attempts->asked)
		attempts->why = arena_print(arena, "%s", error.text);
	return attempts->asked;
}
