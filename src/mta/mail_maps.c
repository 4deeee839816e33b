/*
 * mail_maps.c - tables that are asked one after the other, and the keys by
 * which a mail address is looked up in them.
 */
#include "mta/mail_maps.h"

#include "mta/address_tokens.h"

#include <string.h>

const struct str mail_maps_membership[] = {
	STR_INIT("found"),
	{ NULL, 0 },
};

void
mail_maps_read(struct str value, struct place place,
    struct postfix_tables *tables, struct arena *arena, struct mail_maps *maps)
{
	struct str rest = value, token;
	size_t count = 0;

	*maps = (struct mail_maps){
		.place = place,
		.candidates = mail_maps_membership,
		.each_key = true,
	};
	while (postfix_list_next(&rest, &token))
		count++;
	maps->tables = arena_alloc(arena, (count + 1) * sizeof(*maps->tables));
	rest = value;
	while (postfix_list_next(&rest, &token))
		maps->tables[maps->count++] = postfix_table_open(tables, token);
}

/* Tries one of the things that an unreadable table may say. */
static void
choose(const struct mail_maps *maps, struct postfix_table *table,
    struct str key, const struct mail_lookup *lookup,
    struct postfix_answer *answer)
{
	struct choice choice = {
		.what = table,
		.key = maps->each_key ? key : STR(""),
		.reason = answer->reason,
		.place =
		    answer->place.file != NULL ? answer->place : maps->place,
		.options = 1,
	};

	while (maps->candidates[choice.options - 1].length > 0)
		choice.options++;
	unsigned taken = choices_take(lookup->choices, &choice);
	answer->found = taken == 0 ? POSTFIX_MISSING : POSTFIX_FOUND;
	answer->key = key;
	if (taken > 0)
		answer->value = maps->candidates[taken - 1];
}

void
mail_maps_find(const struct mail_maps *maps, struct str key, bool partial,
    const struct mail_lookup *lookup, struct postfix_answer *answer)
{
	*answer = (struct postfix_answer){ .found = POSTFIX_MISSING };
	for (size_t i = 0; i < maps->count; i++) {
		struct postfix_table *table = maps->tables[i];

		if (partial && postfix_table_is_pattern(table))
			continue;
		postfix_table_find(table, key, lookup->arena, answer);
		if (answer->found == POSTFIX_UNKNOWN)
			choose(maps, table, key, lookup, answer);
		/* Postfix takes an empty value for a broken table. */
		if (answer->found == POSTFIX_FOUND && answer->value.length == 0)
			answer->found = POSTFIX_BROKEN;
		if (answer->found != POSTFIX_MISSING)
			return;
	}
}

/* A name of which "owner-x" and "x-request" are no extensions. */
static bool
is_whole_name(struct str local, struct str delimiters)
{
	static const struct str names[] = {
		STR_INIT("postmaster"),
		STR_INIT("mailer-daemon"),
		STR_INIT("double-bounce"),
	};
	bool minus = str_has(delimiters, '-');

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal_nocase(local, names[i]))
			return true;
	if (!minus)
		return false;
	if (local.length >= 6 &&
	    str_equal_nocase(str_slice(local, 0, 6), STR("owner-")))
		return true;
	return local.length >= 8 &&
	    str_equal_nocase(str_slice(local, local.length - 8, local.length),
		STR("-request"));
}

size_t
mail_extension(struct str local, struct str delimiters)
{
	if (delimiters.length == 0 || is_whole_name(local, delimiters))
		return local.length;
	for (size_t i = 1; i < local.length; i++)
		if (str_has(delimiters, local.data[i]))
			return i;
	return local.length;
}

/* One address being looked up, taken apart. */
struct parts {
	struct str local, bare, domain; /* bare: without the extension */
	bool has_domain;
};

static struct str
print_parts(const struct mail_lookup *lookup, struct str local, char sign,
    struct str domain)
{
	return str_from(arena_print(lookup->arena, STR_FORMAT "%c" STR_FORMAT,
	    STR_ARGS(local), sign, STR_ARGS(domain)));
}

/* Looks a key with a local part up: as it is quoted first, then bare. */
static void
find_quoted(const struct mail_maps *maps, struct str key, bool partial,
    const struct mail_lookup *lookup, struct postfix_answer *answer)
{
	struct str quoted = address_quote(key, lookup->arena);

	mail_maps_find(maps, quoted, partial, lookup, answer);
	if (answer->found == POSTFIX_MISSING && !str_equal(quoted, key))
		mail_maps_find(maps, key, partial, lookup, answer);
}

void
mail_maps_find_domain(const struct mail_maps *maps, struct str domain,
    bool dots, bool partial, const struct mail_lookup *lookup,
    struct postfix_answer *answer)
{
	*answer = (struct postfix_answer){ .found = POSTFIX_MISSING };
	while (domain.length > 0) {
		size_t next = 1;

		mail_maps_find(maps, domain, partial, lookup, answer);
		if (answer->found != POSTFIX_MISSING)
			return;
		while (next < domain.length && domain.data[next] != '.')
			next++;
		if (next >= domain.length)
			return;
		domain =
		    str_slice(domain, dots ? next : next + 1, domain.length);
		partial = true;
	}
}

/* Looks user@ or user up, with the extension and without. */
static void
find_local(const struct mail_maps *maps, const struct parts *parts, bool at,
    const struct mail_lookup *lookup, struct postfix_answer *answer)
{
	struct str keys[] = { parts->local, parts->bare };
	size_t count = parts->bare.length < parts->local.length ? 2 : 1;

	for (size_t i = 0; i < count; i++) {
		struct str key = keys[i];

		if (at)
			key = print_parts(lookup, key, '@', STR(""));
		find_quoted(maps, key, true, lookup, answer);
		if (answer->found != POSTFIX_MISSING)
			return;
	}
}

/* The keys after the full address. */
static void
find_parts(const struct mail_maps *maps, const struct parts *parts,
    unsigned keys, const struct mail_lookup *lookup,
    struct postfix_answer *answer)
{
	if (parts->bare.length < parts->local.length && parts->has_domain)
		find_quoted(maps,
		    print_parts(lookup, parts->bare, '@', parts->domain), true,
		    lookup, answer);
	if (answer->found == POSTFIX_MISSING && (keys & MAIL_KEY_LOCAL) != 0)
		find_local(maps, parts, false, lookup, answer);
	if (!parts->has_domain)
		return;
	if (answer->found == POSTFIX_MISSING &&
	    (keys & MAIL_KEY_AT_DOMAIN) != 0)
		mail_maps_find(maps,
		    print_parts(lookup, STR(""), '@', parts->domain), true,
		    lookup, answer);
	if (answer->found == POSTFIX_MISSING &&
	    (keys & (MAIL_KEY_DOMAIN | MAIL_KEY_DOT_DOMAIN)) != 0)
		mail_maps_find_domain(maps, parts->domain,
		    (keys & MAIL_KEY_DOT_DOMAIN) != 0, true, lookup, answer);
	if (answer->found == POSTFIX_MISSING && (keys & MAIL_KEY_USER_AT) != 0)
		find_local(maps, parts, true, lookup, answer);
}

void
mail_maps_find_address(const struct mail_maps *maps, struct str address,
    struct str delimiters, unsigned keys, const struct mail_lookup *lookup,
    struct postfix_answer *answer)
{
	struct parts parts;

	*answer = (struct postfix_answer){ .found = POSTFIX_MISSING };
	if (maps->count == 0)
		return;
	parts.has_domain =
	    str_cut_last(address, '@', &parts.local, &parts.domain);
	parts.bare =
	    str_slice(parts.local, 0, mail_extension(parts.local, delimiters));
	find_quoted(maps, address, false, lookup, answer);
	if (answer->found == POSTFIX_MISSING)
		find_parts(maps, &parts, keys, lookup, answer);
}
