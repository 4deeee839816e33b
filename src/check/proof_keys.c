/*
 * proof_keys.c - atoms from the keys of tables and the elements of lists.
 *
 * A table may have a million keys. Each is looked at once, and made an atom
 * only if its form and what all tables say to it have not been seen together
 * before.
 */
#include "check/proof_space.h"

#include "base/hash.h"

#include <string.h>

enum {
	TEXT = 600,
	PARTS_MAX = 64, /* "user@" keys and domains that are combined */
};

/* How a key reads, apart from what it names. */
enum form {
	FORM_ADDRESS,
	FORM_LOCAL,  /* user@ */
	FORM_DOMAIN, /* example.com */
	FORM_BELOW,  /* .example.com, or what is below example.com */
	FORM_SUFFIX, /* com: what anybody can have below it */
	FORM_NAME,   /* of a client or HELO */
};

struct parts {
	struct str texts[PARTS_MAX];
	size_t count;
	bool full;                                 /* there were more */
	const struct restriction_element *element; /* of one of them */
};

struct keys {
	struct proof_space *space;
	const struct restriction_element *element;
	size_t number;
	struct proof_seen seen;  /* answers of all elements */
	struct proof_seen found; /* those where a key was found in its table */
	struct arena *work;
	struct parts locals[PROOF_ATTRIBUTES];
	struct parts domains[PROOF_ATTRIBUTES];
	bool claims;  /* the element says which domains are ours */
	bool exact;   /* and means them alone, not what is below */
	bool negated; /* or says which are not */
	/* What the key at hand stands for in a table of actions. */
	struct str value;
	bool final; /* it means the same to every session */
};

/* The lists that say whose a domain is. */
static const char *const domain_lists[] = {
	"mydestination",
	"relay_domains",
	"virtual_alias_domains",
	"virtual_mailbox_domains",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Which of them an element is; COUNT(domain_lists): none. */
static size_t
domain_list_of(const struct restriction_element *element)
{
	size_t i = 0;

	while (i < COUNT(domain_lists) &&
	    (element->restriction.length > 0 ||
		!str_equal(element->parameter, str_from(domain_lists[i]))))
		i++;
	return i;
}

/* What all elements say to an atom but the one that has the key. */
static uint64_t
others_say(struct keys *keys, enum proof_attribute attribute,
    const struct session *session, uint64_t hash)
{
	const struct proof_space *space = keys->space;
	/* Those that resolve an address are asked as one. */
	bool resolved = keys->element->restriction.length == 0;

	for (size_t i = 0; i < space->element_count; i++) {
		const struct restriction_element *element = &space->elements[i];
		bool resolves = element->restriction.length == 0;
		struct str answer;

		if (i == keys->number || (resolves && resolved) ||
		    (element->table == NULL && element->list == NULL) ||
		    (element->facts & proof_fact(attribute)) == 0)
			continue;
		resolved |= resolves;
		restrictions_ask(space->restrictions, i, session, keys->work,
		    &answer);
		hash = hash_str(proof_action(answer), hash + i);
	}
	return hash;
}

/*
 * Makes an atom of a text if it may tell something new. Its own table is asked,
 * too, since not every key can be found in it: but only until one key of the
 * same value was, with the same answers of all others.
 */
static void
offer(struct keys *keys, enum proof_attribute attribute, enum form form,
    struct str text)
{
	struct proof_space *space = keys->space;
	struct proof_atom atom = { .text = text };
	struct session session = space->base;
	uint64_t others = (uint64_t)keys->number << 16 |
	    (unsigned)attribute << 8 | (unsigned)form;
	uint64_t meant, said;
	struct str answer, verb, value;

	if ((keys->element->facts & proof_fact(attribute)) == 0)
		return;
	proof_atom_set(&session, attribute, &atom);
	others = others_say(keys, attribute, &session, others) +
	    proof_kind(space, attribute, &atom);
	meant = hash_str(proof_action(keys->value), others);
	if (keys->final && proof_seen_has(&keys->found, meant))
		return;
	restrictions_ask(space->restrictions, keys->number, &session,
	    keys->work, &answer);
	said = hash_str(proof_action(answer), others + keys->number);
	if (!proof_seen_has(&keys->seen, said)) {
		if (!proof_atom_is_possible(space, attribute, text, keys->work))
			return;
		proof_seen_add(&keys->seen, said, space->arena);
		proof_atom_add(space, attribute, text);
	}
	str_cut(answer, ' ', &verb, &value);
	if (keys->final && str_equal(value, keys->value))
		proof_seen_add(&keys->found, meant, space->arena);
}

static void
part_add(struct keys *keys, struct parts *parts, struct str text)
{
	for (size_t i = 0; i < parts->count; i++)
		if (str_equal(parts->texts[i], text))
			return;
	parts->full = parts->count == PARTS_MAX;
	parts->element = keys->element;
	if (!parts->full)
		parts->texts[parts->count++] =
		    arena_copy(keys->space->arena, text);
}

/* An address of a local part, and of up to two parts of a domain. */
static void
offer_mail(struct keys *keys, enum proof_attribute attribute, enum form form,
    struct str local, const char *below, struct str domain)
{
	char text[TEXT];
	struct buf buf = BUF(text);
	size_t before = keys->space->atoms[attribute].count;

	buf_print(&buf, "<" STR_FORMAT "@%s" STR_FORMAT ">", STR_ARGS(local),
	    below, STR_ARGS(domain));
	if (buf.full || domain.length == 0)
		return;
	offer(keys, attribute, form, buf_str(&buf));
	if (keys->space->atoms[attribute].count > before) {
		struct str whole =
		    str_slice(buf_str(&buf), local.length + 2, buf.length - 1);

		part_add(keys, &keys->domains[attribute], whole);
	}
}

static void
mail_domain(struct keys *keys, enum proof_attribute attribute,
    struct str domain)
{
	bool dotted = str_starts(domain, STR("."));
	struct str user = STR("user");

	if (dotted)
		domain = str_slice(domain, 1, domain.length);
	if (!dotted)
		offer_mail(keys, attribute, FORM_DOMAIN, user, "", domain);
	offer_mail(keys, attribute, FORM_BELOW, user, "sub.", domain);
	if (!proof_is_public_suffix(domain))
		return;
	offer_mail(keys, attribute, FORM_SUFFIX, user, PROOF_VICTIM_LABEL ".",
	    domain);
}

/* A key of a table that is asked with addresses of mail. */
static void
mail_key(struct keys *keys, enum proof_attribute attribute, struct str key)
{
	struct str local, domain;

	if (!str_cut_last(key, '@', &local, &domain)) {
		mail_domain(keys, attribute, key);
		return;
	}
	if (domain.length == 0) {
		offer_mail(keys, attribute, FORM_LOCAL, local, "",
		    STR(PROOF_VICTIM_NAME));
		part_add(keys, &keys->locals[attribute], local);
		return;
	}
	if (local.length == 0)
		local = STR("user");
	offer_mail(keys, attribute, FORM_ADDRESS, local, "", domain);
}

/* A name that a client may have, or say. */
static void
name_key(struct keys *keys, enum proof_attribute attribute, struct str key)
{
	char text[TEXT];
	struct buf below = BUF(text);
	bool dotted = str_starts(key, STR("."));
	struct netblock block;
	bool suffix;

	/* The key of an address is no name, though HELO may say it. */
	if (attribute != PROOF_HELO && proof_block_of_key(key, &block))
		return;
	if (dotted)
		key = str_slice(key, 1, key.length);
	suffix = proof_is_public_suffix(key);
	if (suffix || attribute != PROOF_NAME) {
		buf_print(&below, "%s" STR_FORMAT,
		    suffix ? PROOF_STRANGER_LABEL "." : "sub.", STR_ARGS(key));
		if (!below.full)
			offer(keys, attribute, FORM_BELOW, buf_str(&below));
	}
	/* What has a name of its own in a list of clients is not a
	 * stranger's; what HELO says, and reverse zones, may be anything. */
	if (attribute != PROOF_NAME && !dotted)
		offer(keys, attribute, FORM_NAME, key);
}

static void
key_collect(struct keys *keys, struct str key)
{
	static const enum proof_attribute names[] = { PROOF_NAME, PROOF_REVERSE,
		PROOF_HELO };
	static const enum proof_attribute mails[] = { PROOF_SENDER,
		PROOF_RECIPIENT };
	unsigned facts = keys->element->facts;
	struct netblock block;

	if (key.length == 0)
		return;
	if (key.length > TEXT / 2) {
		proof_space_gap(keys->space, keys->element,
		    "a key is longer than what is tried", (struct place){ 0 });
		return;
	}
	if ((facts & (FACT_ADDRESS | FACT_REVERSE)) != 0 &&
	    proof_block_of_key(key, &block))
		proof_blocks_add(&keys->space->blocks, &block);
	for (size_t i = 0; i < COUNT(names); i++)
		if ((facts & proof_fact(names[i])) != 0)
			name_key(keys, names[i], key);
	for (size_t i = 0; i < COUNT(mails); i++)
		if ((facts & proof_fact(mails[i])) != 0)
			mail_key(keys, mails[i], key);
	if (keys->claims && !keys->negated)
		proof_claim(keys->space, key, keys->exact);
}

/* A value that asks nothing more, as other names of restrictions would. */
static bool
is_final(struct str value)
{
	static const char *const words[] = { "ok", "dunno", "reject", "defer" };
	unsigned long code;
	struct str verb, rest;

	str_cut(value, ' ', &verb, &rest);
	for (size_t i = 0; i < COUNT(words); i++)
		if (str_equal_nocase(verb, str_from(words[i])))
			return true;
	return str_number(verb, 999, &code);
}

static bool
entry_collect(void *state, const struct postfix_entry *entry)
{
	struct keys *keys = state;

	arena_reset(keys->work);
	switch (entry->kind) {
	case POSTFIX_ENTRY_KEY:
		keys->value = entry->value;
		keys->final = keys->element->restriction.length > 0 &&
		    is_final(entry->value);
		key_collect(keys, entry->key);
		break;
	case POSTFIX_ENTRY_BLOCK:
	case POSTFIX_ENTRY_IF: {
		struct netblock block;
		struct error error;

		if (postfix_block_parse(entry->key, &block, &error))
			proof_blocks_add(&keys->space->blocks, &block);
		break;
	}
	case POSTFIX_ENTRY_ANY:
	case POSTFIX_ENTRY_REGEX: /* proof_patterns.c */
	case POSTFIX_ENTRY_ENDIF:
		break;
	}
	return true;
}

static void
table_collect(struct keys *keys, struct postfix_table *table)
{
	const char *reason = NULL, *ignored;
	struct place place = { 0 };

	/* One that Postfix itself cannot look up gives no values. What it
	 * means is the evaluator's; a gap is what we cannot read. */
	if (postfix_table_state(table, &reason, &place) == POSTFIX_BROKEN)
		return;
	switch (postfix_table_each(table, entry_collect, keys, &reason)) {
	case POSTFIX_FOUND:
	case POSTFIX_MISSING:
	case POSTFIX_BROKEN:
		return;
	case POSTFIX_UNKNOWN:
		break;
	}
	/* Of one that cannot be opened, the evaluator answers UNKNOWN. */
	if (postfix_table_state(table, &ignored, &place) == POSTFIX_FOUND)
		proof_space_gap(keys->space, keys->element, reason, place);
}

static void
list_collect(struct keys *keys, const struct postfix_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct postfix_element *element = &list->elements[i];

		keys->negated = element->negated;
		keys->final = false;
		switch (element->kind) {
		case POSTFIX_ELEMENT_TEXT:
			key_collect(keys, element->text);
			break;
		case POSTFIX_ELEMENT_BLOCK:
			proof_blocks_add(&keys->space->blocks, &element->block);
			break;
		case POSTFIX_ELEMENT_TABLE:
			table_collect(keys, element->table);
			break;
		case POSTFIX_ELEMENT_BROKEN:
			break;
		}
	}
}

/* A local part that a key names, in each domain that one names. */
static void
combine(struct keys *keys, enum proof_attribute attribute)
{
	const struct parts *locals = &keys->locals[attribute];
	const struct parts *domains = &keys->domains[attribute];

	if (locals->full || (locals->count > 0 && domains->full))
		proof_space_gap(keys->space, locals->element,
		    "there are too many \"user@\" keys, or domains, to try "
		    "each with each",
		    (struct place){ 0 });
	for (size_t l = 0; l < locals->count; l++)
		for (size_t d = 0; d < domains->count; d++) {
			char text[TEXT];
			struct buf buf = BUF(text);

			buf_print(&buf, "<" STR_FORMAT "@" STR_FORMAT ">",
			    STR_ARGS(locals->texts[l]),
			    STR_ARGS(domains->texts[d]));
			if (!buf.full)
				proof_atom_add(keys->space, attribute,
				    buf_str(&buf));
		}
}

/* The keys of the elements that say which domains are ours, or of the rest. */
static void
elements_collect(struct keys *keys, bool claims)
{
	const struct proof_space *space = keys->space;

	for (size_t i = 0; i < space->element_count; i++) {
		const struct restriction_element *element = &space->elements[i];

		keys->element = element;
		keys->number = i;
		keys->claims = domain_list_of(element) < COUNT(domain_lists);
		keys->exact = element->list != NULL &&
		    element->list->kind == POSTFIX_STRINGS;
		keys->negated = false;
		if (keys->claims != claims)
			continue;
		if (element->list != NULL)
			list_collect(keys, element->list);
		else if (element->table != NULL)
			table_collect(keys, element->table);
	}
}

void
proof_keys_collect(struct proof_space *space)
{
	struct keys keys = {
		.space = space,
		.work = arena_new(0),
	};

	/* Whose a domain is tells keys apart: so the lists of that go first. */
	elements_collect(&keys, true);
	elements_collect(&keys, false);
	combine(&keys, PROOF_SENDER);
	combine(&keys, PROOF_RECIPIENT);
	arena_free(keys.work);
	proof_claim(space, space->hostname, false);
}

/* The first domain that a list names. */
static struct str
first_domain(const struct postfix_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct postfix_element *element = &list->elements[i];

		if (element->kind == POSTFIX_ELEMENT_TEXT &&
		    !element->negated && element->text.length > 0 &&
		    element->text.data[0] != '.')
			return element->text;
	}
	return STR("");
}

void
proof_domains_find(struct proof_space *space)
{
	struct str *const domains[] = { &space->ours, &space->relayed,
		&space->aliased, &space->mailboxes };

	for (size_t i = 0; i < space->element_count; i++) {
		const struct restriction_element *element = &space->elements[i];

		size_t number = domain_list_of(element);

		if (element->list != NULL && number < COUNT(domain_lists))
			*domains[number] = first_domain(element->list);
	}
	if (space->ours.length == 0)
		space->ours = space->hostname;
}
