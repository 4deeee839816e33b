/*
 * sendmail_openings.c - what classes and the access table open.
 */
#include "mta/sendmail_openings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Names with one label that are nobody's in the world (RFC 6762, G). */
static const struct str private_names[] = {
	STR_INIT("localhost"),
	STR_INIT("localdomain"),
	STR_INIT("local"),
	STR_INIT("lan"),
	STR_INIT("internal"),
	STR_INIT("intranet"),
	STR_INIT("private"),
	STR_INIT("corp"),
	STR_INIT("home"),
};

void
openings_init(struct openings *openings, const struct sendmail *sendmail,
    struct arena *arena)
{
	*openings = (struct openings){ .sendmail = sendmail, .arena = arena };
	openings->end = &openings->first;
	openings->doubts_end = &openings->doubts;
}

static struct sendmail_opening *
append(struct openings *openings, const struct sendmail_opening *opening)
{
	struct sendmail_opening *copy =
	    arena_alloc(openings->arena, sizeof(*copy));

	*copy = *opening;
	copy->next = NULL;
	*openings->end = copy;
	openings->end = &copy->next;
	return copy;
}

void
openings_add_line(struct openings *openings, enum sendmail_knob knob,
    unsigned line)
{
	append(openings,
	    &(struct sendmail_opening){
		.knob = knob,
		.place = { openings->sendmail->cf.path, line },
	    });
}

void
openings_add(struct openings *openings, enum sendmail_knob knob,
    enum sendmail_who who, enum sendmail_where where,
    const struct sendmail_line *rule)
{
	openings_add_value(openings, knob, who, where, STR(""),
	    sendmail_place(&openings->sendmail->cf, rule));
}

void
openings_add_value(struct openings *openings, enum sendmail_knob knob,
    enum sendmail_who who, enum sendmail_where where, struct str value,
    struct place place)
{
	append(openings,
	    &(struct sendmail_opening){
		.knob = knob,
		.who = who,
		.where = where,
		.value = value,
		.place = place,
	    });
}

static void
add_doubt(struct openings *openings, struct place place, const char *text)
{
	struct sendmail_doubt *doubt;

	/* Several rules ask the same class or table. */
	for (const struct sendmail_doubt *old = openings->doubts; old != NULL;
	     old = old->next)
		if (strcmp(old->text, text) == 0)
			return;
	doubt = arena_alloc(openings->arena, sizeof(*doubt));
	*doubt = (struct sendmail_doubt){ NULL, text, place };
	*openings->doubts_end = doubt;
	openings->doubts_end = &doubt->next;
}

void
openings_doubt(struct openings *openings, const struct sendmail_line *rule,
    const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	add_doubt(openings, sendmail_place(&openings->sendmail->cf, rule),
	    arena_print(openings->arena, "%s", text));
}

static bool
is_private(struct str name)
{
	for (size_t i = 0; i < sizeof(private_names) / sizeof(private_names[0]);
	     i++)
		if (str_equal_nocase(name, private_names[i]))
			return true;
	return false;
}

/* Whether a name, with what is below it, is a part of the whole world. */
static bool
is_top_level(struct str name, bool below)
{
	while (name.length > 0 && name.data[0] == '.')
		name = str_slice(name, 1, name.length);
	if (!below || name.length == 0 || is_private(name))
		return false;
	/* Alone, as in a network or a literal, a number is no domain. */
	return !str_has(name, '.') && !str_has(name, ':') &&
	    (name.data[0] < '0' || name.data[0] > '9');
}

static void
add_name(struct openings *openings, enum sendmail_knob knob, bool client,
    struct str name, bool below, struct place place)
{
	append(openings,
	    &(struct sendmail_opening){
		.knob = knob,
		.who = client ? SENDMAIL_NAMES : SENDMAIL_ANYONE,
		.where = client ? SENDMAIL_ANYWHERE : SENDMAIL_DOMAIN,
		.value = name,
		.below = below,
		.top_level = is_top_level(name, below),
		.place = place,
	    });
}

/* The place of a member, or of the file where the host has given it. */
static struct place
place_of(const struct openings *openings, const struct sendmail_member *member)
{
	if (member->place.file != NULL)
		return member->place;
	return (struct place){ openings->sendmail->cf.path, 0 };
}

static const struct sendmail_class *
known_class(struct openings *openings, struct str name)
{
	const struct sendmail_class *class =
	    sendmail_class_find(&openings->sendmail->classes, name);

	if (class->unknown != NULL)
		add_doubt(openings, class->unknown_place,
		    arena_print(openings->arena,
			"what class " STR_FORMAT " holds is not known: %s",
			STR_ARGS(name), class->unknown));
	return class;
}

static void
add_members(struct openings *openings, struct str name, bool client, bool below)
{
	const struct sendmail_class *class =
	    sendmail_class_find(&openings->sendmail->classes, name);
	enum sendmail_knob knob = str_equal(name, STR("m"))
	    ? SENDMAIL_KNOB_ENTIRE_DOMAIN
	    : SENDMAIL_KNOB_RELAY_DOMAIN;
	struct netblock block;

	for (size_t i = 0; i < class->count; i++) {
		const struct sendmail_member *member = &class->members[i];

		if (!sendmail_member_block(member->word, &block) &&
		    !sendmail_member_in_vain(member->word))
			add_name(openings, knob, client, member->word, below,
			    place_of(openings, member));
	}
}

void
openings_add_domains(struct openings *openings, struct str class, bool below)
{
	known_class(openings, class);
	add_members(openings, class, false, below);
}

void
openings_add_names(struct openings *openings, struct str class, bool below)
{
	add_members(openings, class, true, below);
}

static void
add_network(struct openings *openings, enum sendmail_knob knob,
    struct str value, const struct netblock *block, struct place place)
{
	append(openings,
	    &(struct sendmail_opening){
		.knob = knob,
		.who = SENDMAIL_NETWORK,
		.where = SENDMAIL_ANYWHERE,
		.value = value,
		.block = *block,
		.place = place,
	    });
}

void
openings_add_networks(struct openings *openings)
{
	const struct sendmail_class *class =
	    sendmail_class_find(&openings->sendmail->classes, STR("R"));
	struct netblock block;

	for (size_t i = 0; i < class->count; i++)
		if (sendmail_member_block(class->members[i].word, &block))
			add_network(openings, SENDMAIL_KNOB_RELAY_DOMAIN,
			    class->members[i].word, &block,
			    place_of(openings, &class->members[i]));
}

void
openings_add_own_addresses(struct openings *openings)
{
	const struct sendmail_class *class = known_class(openings, STR("w"));
	struct netblock block;

	for (size_t i = 0; i < class->count; i++) {
		struct str word = class->members[i].word;

		/* What the host has found out itself is its own. */
		if (class->members[i].place.file == NULL || word.length < 3 ||
		    word.data[0] != '[')
			continue;
		word = str_slice(word, 1, word.length - 1);
		if (sendmail_member_block(word, &block))
			add_network(openings, SENDMAIL_KNOB_OWN_NAME, word,
			    &block, class->members[i].place);
	}
}

void
openings_add_logins(struct openings *openings)
{
	const struct sendmail_class *class =
	    known_class(openings, STR("TrustAuthMech"));

	for (size_t i = 0; i < class->count; i++)
		openings_add_value(openings, SENDMAIL_KNOB_AUTH, SENDMAIL_LOGIN,
		    SENDMAIL_ANYWHERE, class->members[i].word,
		    place_of(openings, &class->members[i]));
}

/* ---- the access table ---- */

static const struct str tags[] = {
	[OPENINGS_TO] = STR_INIT("to:"),
	[OPENINGS_CONNECT] = STR_INIT("connect:"),
	[OPENINGS_FROM] = STR_INIT("from:"),
	[OPENINGS_ISSUER] = STR_INIT("certissuer:"),
	[OPENINGS_SUBJECT] = STR_INIT("certsubject:"),
};

/* One pass over the table for one tag. */
struct listing {
	struct openings *openings;
	enum openings_tag tag;
	bool full_addresses; /* To:user@domain counts */
	bool domains;        /* From:domain counts, not only addresses */
};

static bool
starts_nocase(struct str text, struct str start)
{
	return text.length >= start.length &&
	    str_equal_nocase(str_slice(text, 0, start.length), start);
}

/* Whether a key has a tag: something before a colon, and no IPv6 address. */
static bool
has_tag(struct str key)
{
	struct str tag, rest;

	return str_cut(key, ':', &tag, &rest) &&
	    !str_equal_nocase(tag, STR("ipv6"));
}

/* What a key says for the tag that is listed; false: nothing. */
static bool
take_tag(const struct listing *listing, struct str key, struct str *value)
{
	struct str tag = tags[listing->tag];

	*value = key;
	if (starts_nocase(key, tag)) {
		*value = str_slice(key, tag.length, key.length);
		return true;
	}
	return !has_tag(key) &&
	    (listing->tag == OPENINGS_TO || listing->tag == OPENINGS_CONNECT);
}

static void
add_recipient(const struct listing *listing, struct str value,
    struct place place)
{
	struct openings *openings = listing->openings;
	bool address = str_has(value, '@');
	struct netblock block;

	if (address) {
		if (listing->full_addresses)
			openings_add_value(openings, SENDMAIL_KNOB_ACCESS,
			    SENDMAIL_ANYONE, SENDMAIL_ADDRESS, value, place);
		return;
	}
	if (!sendmail_member_block(value, &block))
		add_name(openings, SENDMAIL_KNOB_ACCESS, false, value, true,
		    place);
}

static void
add_client(const struct listing *listing, struct str value, struct place place)
{
	struct openings *openings = listing->openings;
	struct netblock block;

	if (value.length == 0 || str_has(value, '@'))
		return;
	if (sendmail_member_block(value, &block))
		add_network(openings, SENDMAIL_KNOB_ACCESS, value, &block,
		    place);
	else if (!sendmail_member_in_vain(value))
		add_name(openings, SENDMAIL_KNOB_ACCESS, true, value, true,
		    place);
}

static void
add_sender(const struct listing *listing, struct str value, struct place place)
{
	if (listing->domains || str_has(value, '@'))
		openings_add_value(listing->openings, SENDMAIL_KNOB_MAIL_FROM,
		    SENDMAIL_FORGER, SENDMAIL_ANYWHERE, value, place);
}

static bool
take_entry(void *state, const struct postfix_entry *entry)
{
	const struct listing *listing = state;
	struct str value;

	if (!str_equal_nocase(str_trim(entry->value), STR("RELAY")) ||
	    !take_tag(listing, entry->key, &value) || value.length == 0)
		return true;
	value = arena_copy(listing->openings->arena, value);
	switch (listing->tag) {
	case OPENINGS_TO:
		add_recipient(listing, value, entry->place);
		break;
	case OPENINGS_CONNECT:
		add_client(listing, value, entry->place);
		break;
	case OPENINGS_FROM:
		add_sender(listing, value, entry->place);
		break;
	case OPENINGS_ISSUER:
	case OPENINGS_SUBJECT:
		openings_add_value(listing->openings, SENDMAIL_KNOB_TLS,
		    SENDMAIL_CERTIFICATE, SENDMAIL_ANYWHERE, value,
		    entry->place);
		break;
	}
	return true;
}

/* Whether a rule set asks the access table for a form of an address. */
static bool
asks_for(const struct sendmail *sendmail, const char *ruleset, const char *what)
{
	const struct sendmail_ruleset *rules =
	    sendmail_cf_ruleset(&sendmail->cf, str_from(ruleset));
	size_t length = strlen(what);

	for (size_t i = 0; rules != NULL && i < rules->count; i++) {
		struct str right = rules->rules[i]->value;

		for (size_t j = 0; j + length <= right.length; j++)
			if (memcmp(right.data + j, what, length) == 0)
				return true;
	}
	return false;
}

void
openings_add_access(struct openings *openings, enum openings_tag tag)
{
	const struct sendmail *sendmail = openings->sendmail;
	const struct sendmail_map *map =
	    sendmail_map_find(sendmail, STR("access"));
	struct listing listing = {
		.openings = openings,
		.tag = tag,
		.full_addresses =
		    asks_for(sendmail, "Rcpt_ok", "SearchList <+ To>"),
		.domains = asks_for(sendmail, "Relay_ok", "<D:$2>"),
	};
	const char *reason;

	if (map == NULL)
		return;
	if (sendmail_map_each(map, take_entry, &listing, &reason) !=
	    POSTFIX_FOUND)
		add_doubt(openings, map->place,
		    arena_print(openings->arena,
			"what the access table says is not known: %s",
			reason != NULL ? reason : "it cannot be listed"));
}

void
openings_add_certificates(struct openings *openings)
{
	if (sendmail_cf_ruleset(&openings->sendmail->cf, STR("RelayTLS")) ==
		NULL ||
	    sendmail_map_find(openings->sendmail, STR("access")) == NULL)
		return;
	openings_add_access(openings, OPENINGS_ISSUER);
	openings_add_access(openings, OPENINGS_SUBJECT);
}
