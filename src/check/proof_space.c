/*
 * proof_space.c - the sessions of strangers that one service of Postfix can
 * tell apart.
 */
#include "check/proof_space.h"

#include "base/hash.h"
#include "mta/recipient_resolve.h"

#include <ctype.h>
#include <string.h>

static size_t
slot_of(const struct proof_seen *seen, uint64_t hash)
{
	size_t at = hash & (seen->capacity - 1);

	while (seen->slots[at] != 0 && seen->slots[at] != hash)
		at = (at + 1) & (seen->capacity - 1);
	return at;
}

static void
seen_grow(struct proof_seen *seen, struct arena *arena)
{
	struct proof_seen grown = {
		.capacity = seen->capacity == 0 ? 256 : 2 * seen->capacity,
		.count = seen->count,
	};

	grown.slots = arena_alloc(arena, grown.capacity * sizeof(*grown.slots));
	for (size_t i = 0; i < seen->capacity; i++)
		if (seen->slots[i] != 0)
			grown.slots[slot_of(&grown, seen->slots[i])] =
			    seen->slots[i];
	*seen = grown;
}

bool
proof_seen_add(struct proof_seen *seen, uint64_t hash, struct arena *arena)
{
	if (2 * seen->count >= seen->capacity)
		seen_grow(seen, arena);
	hash += hash == 0;
	size_t slot = slot_of(seen, hash);
	if (seen->slots[slot] == hash)
		return false;
	seen->slots[slot] = hash;
	seen->count++;
	return true;
}

bool
proof_seen_has(const struct proof_seen *seen, uint64_t hash)
{
	hash += hash == 0;
	return seen->capacity > 0 && seen->slots[slot_of(seen, hash)] == hash;
}

unsigned
proof_fact(enum proof_attribute attribute)
{
	static const unsigned facts[] = {
		[PROOF_ADDRESS] = FACT_ADDRESS,
		[PROOF_NAME] = FACT_NAME | FACT_REVERSE,
		[PROOF_REVERSE] = FACT_REVERSE,
		[PROOF_HELO] = FACT_HELO,
		[PROOF_SENDER] = FACT_SENDER,
		[PROOF_RECIPIENT] = FACT_RECIPIENT,
	};

	return facts[attribute];
}

void
proof_atom_set(struct session *session, enum proof_attribute attribute,
    const struct proof_atom *atom)
{
	switch (attribute) {
	case PROOF_ADDRESS:
		session->client = atom->address;
		session->client_text = atom->text;
		return;
	case PROOF_NAME:
		session->client_name = atom->text;
		/* Whoever has a verified name has it in the reverse zone. */
		if (atom->text.length > 0)
			session->reverse_name = atom->text;
		return;
	case PROOF_REVERSE:
		if (session->client_name.length == 0)
			session->reverse_name = atom->text;
		return;
	case PROOF_HELO:
		session->helo = atom->text;
		return;
	case PROOF_SENDER:
		session->sender = atom->text;
		return;
	case PROOF_RECIPIENT:
		session->recipient = atom->text;
		return;
	}
}

static void
atom_append(struct proof_space *space, enum proof_attribute attribute,
    const struct proof_atom *atom)
{
	struct proof_atoms *atoms = &space->atoms[attribute];

	if (!proof_seen_add(&atoms->seen, hash_str(atom->text, hash_seed()),
		space->arena))
		return;
	if (atoms->count == PROOF_ATOMS_MAX) {
		proof_space_gap(space, NULL,
		    "more different values matter than can be gone through",
		    (struct place){ 0 });
		return;
	}
	if (atoms->atoms == NULL)
		atoms->atoms = arena_alloc(space->arena,
		    PROOF_ATOMS_MAX * sizeof(*atoms->atoms));
	atoms->atoms[atoms->count] = *atom;
	atoms->atoms[atoms->count++].text =
	    arena_copy(space->arena, atom->text);
}

void
proof_atom_add(struct proof_space *space, enum proof_attribute attribute,
    struct str text)
{
	if (text.length <= PROOF_TEXT_MAX)
		atom_append(space, attribute,
		    &(struct proof_atom){ .text = text });
	else
		proof_space_gap(space, NULL,
		    "some of what may matter is longer than the search tries",
		    (struct place){ 0 });
}

void
proof_address_add(struct proof_space *space, const struct address *address)
{
	struct proof_atom atom = { .address = *address };
	char text[64];
	struct buf buf = BUF(text);

	address_print(address, &buf);
	atom.text = buf_str(&buf);
	atom_append(space, PROOF_ADDRESS, &atom);
}

void
proof_space_gap(struct proof_space *space,
    const struct restriction_element *element, const char *reason,
    struct place place)
{
	struct str name = STR("the search");

	space->complete = false;
	if (element != NULL) {
		const char *shown =
		    arena_print(space->arena, STR_FORMAT "%s" STR_FORMAT,
			STR_ARGS(element->restriction.length > 0
				? element->restriction
				: element->parameter),
			element->argument.length > 0 ? " " : "",
			STR_ARGS(element->argument));

		name = str_from(shown);
		if (place.file == NULL)
			place = element->place;
	}
	proof_unknown_add(space->service, name, reason, place, space->arena);
}

bool
proof_is_public_suffix(struct str domain)
{
	static const char *const generic[] = { "ac", "co", "com", "edu", "gob",
		"gov", "gv", "mil", "ne", "net", "or", "org" };
	static const char *const special[] = { "corp", "home", "internal",
		"intranet", "invalid", "lan", "local", "localdomain",
		"localhost" };
	struct str name, top;

	if (!str_cut(domain, '.', &name, &top)) {
		for (size_t i = 0; i < sizeof(special) / sizeof(special[0]);
		     i++)
			if (str_equal_nocase(name, str_from(special[i])))
				return false;
		return true;
	}
	if (str_has(top, '.') || top.length != 2)
		return false;
	for (size_t i = 0; i < sizeof(generic) / sizeof(generic[0]); i++)
		if (str_equal_nocase(name, str_from(generic[i])))
			return true;
	return false;
}

static uint64_t
domain_hash(struct str domain)
{
	char lower[PROOF_TEXT_MAX];
	size_t length =
	    domain.length < PROOF_TEXT_MAX ? domain.length : PROOF_TEXT_MAX;

	for (size_t i = 0; i < length; i++)
		lower[i] = (char)tolower((unsigned char)domain.data[i]);
	return hash_str((struct str){ lower, length }, hash_seed());
}

void
proof_claim(struct proof_space *space, struct str domain, bool whole)
{
	if (str_starts(domain, STR(".")))
		domain = str_slice(domain, 1, domain.length);
	if (domain.length > 0 && (whole || !proof_is_public_suffix(domain)))
		proof_seen_add(&space->claimed, domain_hash(domain),
		    space->arena);
}

bool
proof_is_claimed(const struct proof_space *space, struct str domain)
{
	struct str label;

	if (proof_seen_has(&space->claimed, domain_hash(domain)))
		return true;
	while (str_cut(domain, '.', &label, &domain))
		if (!proof_is_public_suffix(domain) &&
		    proof_seen_has(&space->claimed, domain_hash(domain)))
			return true;
	return false;
}

struct str
proof_action(struct str answer)
{
	static const char *const refusals[] = { "reject", "defer" };
	struct str verb, rest;

	str_cut(answer, ' ', &verb, &rest);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (str_equal_nocase(verb, str_from(refusals[i])))
			return verb;
	return answer;
}

/* What all elements that look at an attribute say, as one number. */
static uint64_t
answers_of(struct proof_space *space, enum proof_attribute attribute,
    const struct proof_atom *atom, struct arena *work)
{
	struct session session = space->base;
	uint64_t hash = hash_seed();
	unsigned long asked = space->dns_asked;
	bool resolved = false;

	proof_atom_set(&session, attribute, atom);
	for (size_t i = 0; i < space->element_count; i++) {
		bool resolves = space->elements[i].restriction.length == 0;
		struct str answer;

		if ((space->elements[i].facts & proof_fact(attribute)) == 0)
			continue;
		/* All that resolve a recipient say what becomes of it. */
		if (resolves && resolved)
			continue;
		resolved |= resolves;
		restrictions_ask(space->restrictions, i, &session, work,
		    &answer);
		hash = hash_str(proof_action(answer), hash + i);
	}
	/* What needs no DNS makes the better witness. */
	return hash + (space->dns_asked != asked);
}

bool
proof_atom_is_possible(const struct proof_space *space,
    enum proof_attribute attribute, struct str text, struct arena *work)
{
	struct session session = space->base;

	switch (attribute) {
	case PROOF_ADDRESS:
	case PROOF_HELO:
		return true;
	case PROOF_NAME:
	case PROOF_REVERSE:
		return text.length == 0 || recipient_host_valid(text);
	case PROOF_SENDER:
	case PROOF_RECIPIENT:
		break;
	}
	proof_atom_set(&session, attribute,
	    &(struct proof_atom){ .text = text });
	return restrictions_take(space->restrictions, &session, work);
}

uint64_t
proof_kind(const struct proof_space *space, enum proof_attribute attribute,
    const struct proof_atom *atom)
{
	struct str local, domain;

	/* Without HELO the whole list of HELO is left out. */
	if (attribute == PROOF_HELO)
		return atom->text.length == 0;
	if (attribute != PROOF_SENDER && attribute != PROOF_RECIPIENT)
		return 0;
	str_cut_last(atom->text, '@', &local, &domain);
	if (str_ends(domain, STR(">")))
		domain.length--;
	/* Where our addresses are not known, any MX may be this host, so it
	 * looks like others; but it alone has us as a second one. */
	if (space->postfix->own_unsure != NULL &&
	    str_equal_nocase(domain, STR(PROOF_BACKUP_NAME)))
		return 2;
	return proof_is_claimed(space, domain);
}

/* Keeps the first of those atoms that get the same answers. */
static void
reduce(struct proof_space *space, enum proof_attribute attribute)
{
	struct proof_atoms *atoms = &space->atoms[attribute];
	struct proof_seen seen = { 0 };
	struct arena *work = arena_new(0);
	size_t kept = 0;

	for (size_t i = 0; i < atoms->count; i++) {
		struct proof_atom *atom = &atoms->atoms[i];
		uint64_t answers = answers_of(space, attribute, atom, work);

		uint64_t kind = proof_kind(space, attribute, atom);

		/* Whether a sender of ours exists may be asked beside the
		 * lists. */
		if (attribute == PROOF_SENDER && kind != 0)
			kind = hash_str(atom->text, 0);
		answers += kind;
		if (!proof_seen_has(&seen, answers) &&
		    proof_atom_is_possible(space, attribute, atom->text,
			work)) {
			proof_seen_add(&seen, answers, space->arena);
			atoms->atoms[kept++] = *atom;
		}
		arena_reset(work);
	}
	arena_free(work);
	atoms->count = kept;
}

/* Whether an address is in a network of loopback. */
static bool
is_loopback(const struct host *host, const struct address *address)
{
	for (size_t i = 0; i < host->interface_count; i++) {
		const struct host_interface *interface = &host->interfaces[i];
		struct netblock network = { interface->address,
			interface->prefix };

		if (!interface->loopback)
			continue;
		netblock_mask(&network);
		if (netblock_contains(&network, address))
			return true;
	}
	return false;
}

/*
 * Neighbours whom a default trusts (mynetworks_style = subnet or class) were
 * named by nobody, so they are strangers like all others.
 */
static void
neighbours_collect(struct proof_space *space)
{
	const struct host *host = space->options->host->network;
	const struct netblock *blocks;
	struct postfix_value value;
	struct error error;
	size_t count;

	if (!postfix_value(space->postfix, space->smtpd, "mynetworks", &value,
		&error) ||
	    value.origin != POSTFIX_FROM_DEFAULT ||
	    !postfix_default_networks(space->postfix, space->smtpd,
		space->arena, &blocks, &count, &error))
		return;
	for (size_t i = 0; i < count; i++) {
		struct address next = blocks[i].address;
		bool ipv4 = address_is_ipv4(&next);

		/* Its first addresses are those of the network and of us. */
		for (uint8_t last = 1; last < 4; last++) {
			next.bytes[15] =
			    (uint8_t)(blocks[i].address.bytes[15] | last);
			if (next.bytes[ipv4 ? 12 : 0] != 0 &&
			    netblock_contains(&blocks[i], &next) &&
			    !host_has_address(host, &next) &&
			    !is_loopback(host, &next) &&
			    (ipv4 ? space->ipv4 : space->ipv6))
				proof_address_add(space, &next);
		}
	}
}

static void
addresses_collect(struct proof_space *space)
{
	struct proof_addresses chosen;

	proof_addresses_choose(&space->blocks, space->options->host->network,
	    space->arena, &chosen);
	for (size_t i = 0; i < chosen.count; i++)
		if (address_is_ipv4(&chosen.addresses[i]) ? space->ipv4
							  : space->ipv6)
			proof_address_add(space, &chosen.addresses[i]);
}

void
proof_space_fill(struct proof_space *space)
{
	space->complete = true;
	space->blocks.arena = space->arena;
	restrictions_elements(space->restrictions, &space->elements,
	    &space->element_count);
	proof_domains_find(space);
	/* What comes first stands for those that are like it. */
	proof_vectors_collect(space);
	proof_keys_collect(space);
	proof_patterns_collect(space);
	addresses_collect(space);
	neighbours_collect(space);
	for (unsigned i = 0; i < PROOF_ATTRIBUTES; i++)
		reduce(space, (enum proof_attribute)i);
}
