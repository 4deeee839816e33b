/*
 * proof_dns.c - DNS as it is at its worst: as a stranger would have it.
 */
#include "check/proof_dns.h"

enum {
	PREFERENCE = 10,
	PREFERENCE_BACKUP = 20,
};

/* An address of the stranger's, to which his names lead. */
static const struct address stranger = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
    0xff, 203, 0, 113, 25 } };

/*
 * Whether a name is asked for in a list of bad or good clients or domains:
 * below the argument of reject_rbl_client and its like.
 */
static bool
is_listing(const struct proof_space *space, struct str name)
{
	for (size_t i = 0; i < space->element_count; i++) {
		struct str restriction = space->elements[i].restriction;
		struct str zone, filter;

		if (!str_starts(restriction, STR("reject_rbl")) &&
		    !str_starts(restriction, STR("reject_rhsbl")) &&
		    !str_starts(restriction, STR("permit_dnswl")) &&
		    !str_starts(restriction, STR("permit_rhswl")))
			continue;
		str_cut(space->elements[i].argument, '=', &zone, &filter);
		if (zone.length > 0 && name.length > zone.length &&
		    str_equal_nocase(zone,
			str_slice(name, name.length - zone.length,
			    name.length)))
			return true;
	}
	return false;
}

static struct resolver_record *
record_add(struct resolver_answer *answer, struct resolver_record *records,
    struct str text)
{
	struct resolver_record *record = &records[answer->count++];

	record->preference = PREFERENCE;
	record->text = text;
	record->address = stranger;
	return record;
}

/* An IPv4 address by which others reach us. */
static struct address
own_address(const struct proof_space *space)
{
	const struct postfix *postfix = space->postfix;

	for (size_t i = 0; i < postfix->own_count; i++) {
		const struct address *own = &postfix->own[i].address;

		if (address_is_ipv4(own) && own->bytes[12] != 127)
			return *own;
	}
	return stranger;
}

static bool
find(void *state, struct str name, enum resolver_type type, struct arena *arena,
    struct resolver_answer *answer)
{
	struct proof_space *space = state;
	struct resolver_record *records =
	    arena_alloc(arena, 2 * sizeof(*records));

	*answer = (struct resolver_answer){ .records = records };
	answer->lookup = LOOKUP_MISSING;
	space->dns_asked++;
	if (is_listing(space, name))
		return true;
	switch (type) {
	case RESOLVER_AAAA:
		return true;
	case RESOLVER_A:
		record_add(answer, records, name);
		if (str_equal_nocase(name, space->hostname))
			records->address = own_address(space);
		break;
	case RESOLVER_NS:
		record_add(answer, records, name);
		break;
	case RESOLVER_MX:
		record_add(answer, records, STR("mx." PROOF_VICTIM_NAME));
		if (str_equal_nocase(name, STR(PROOF_BACKUP_NAME)))
			record_add(answer, records, space->hostname)
			    ->preference = PREFERENCE_BACKUP;
		break;
	}
	answer->lookup = LOOKUP_FOUND;
	return true;
}

struct restrictions_resolver
proof_dns(struct proof_space *space)
{
	return (struct restrictions_resolver){ .state = space, .find = find };
}
