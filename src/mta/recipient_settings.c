/*
 * recipient_settings.c - the settings by which addresses are resolved.
 */
#include "mta/recipient_resolve.h"

/* Where a value goes. */
struct flag_row {
	const char *name;
	size_t offset; /* in struct recipient_resolver */
};

struct list_row {
	const char *name;
	enum postfix_list_kind kind;
	size_t offset;
};

#define AT(field) offsetof(struct recipient_resolver, field)

static const struct flag_row flags[] = {
	{ "swap_bangpath", AT(rules.swap_bangpath) },
	{ "allow_percent_hack", AT(rules.percent_hack) },
	{ "append_at_myorigin", AT(rules.append_origin) },
	{ "append_dot_mydomain", AT(rules.append_domain) },
	{ "resolve_dequoted_address", AT(rules.resolve_dequoted) },
	{ "resolve_null_domain", AT(rules.resolve_null) },
	{ "resolve_numeric_domain", AT(rules.resolve_numeric) },
	{ "allow_min_user", AT(rules.allow_minus) },
};

static const struct flag_row texts[] = {
	{ "myorigin", AT(rules.origin) },
	{ "mydomain", AT(rules.domain) },
	{ "myhostname", AT(rules.hostname) },
	{ "empty_address_recipient", AT(rules.empty) },
	{ "local_transport", AT(local_transport) },
	{ "virtual_transport", AT(virtual_transport) },
	{ "relay_transport", AT(relay_transport) },
	{ "default_transport", AT(default_transport) },
	{ "relayhost", AT(relayhost) },
	{ "recipient_delimiter", AT(delimiters) },
	{ "empty_address_default_transport_maps_lookup_key", AT(empty_sender) },
};

static const struct list_row lists[] = {
	{ "mydestination", POSTFIX_STRINGS, AT(destination) },
	{ "virtual_alias_domains", POSTFIX_STRINGS, AT(alias_domains) },
	{ "virtual_mailbox_domains", POSTFIX_STRINGS, AT(mailbox_domains) },
	{ "relay_domains", POSTFIX_DOMAINS, AT(relay_domains) },
};

static const struct flag_row maps[] = {
	{ "transport_maps", AT(transport_maps) },
	{ "sender_dependent_default_transport_maps",
	    AT(sender_transport_maps) },
	{ "relocated_maps", AT(relocated_maps) },
};

/* What a table of transports that we cannot read may say. */
static const struct str transports[] = {
	STR_INIT("smtp:"),
	STR_INIT("error:"),
	{ NULL, 0 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void *
field(struct recipient_resolver *resolver, size_t offset)
{
	return (char *)resolver + offset;
}

/* A value of myorigin that is a file's name stands for its first line. */
static void
read_origin(const struct postfix *postfix, struct arena *arena,
    struct recipient_rules *rules)
{
	struct error error;
	struct str text, line, rest;

	if (!str_starts(rules->origin, STR("/")))
		return;
	const char *path = arena_copy(arena, rules->origin).data;
	/* Another host's own file is often not at hand; this is what is in it
	 * most of the time. */
	rules->origin = rules->domain;
	if (tree_read(postfix->host->tree, path, 0, arena, &text, &error) !=
	    LOOKUP_FOUND)
		return;
	str_cut(text, '\n', &line, &rest);
	rules->origin = str_trim(line);
}

static bool
read_flags(const struct postfix *postfix, struct recipient_resolver *resolver,
    struct error *error)
{
	struct postfix_value value;

	for (size_t i = 0; i < COUNT(flags); i++)
		if (!postfix_flag(postfix, NULL, flags[i].name,
			field(resolver, flags[i].offset), &value, error))
			return false;
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (!postfix_value(postfix, NULL, texts[i].name, &value, error))
			return false;
		*(struct str *)field(resolver, texts[i].offset) = value.text;
	}
	return true;
}

/* Whether parent_domain_matches_subdomains names a parameter. */
static bool
names_parents(const struct postfix *postfix, const char *name, bool *parents,
    struct error *error)
{
	struct postfix_value value;
	struct str rest, token;

	*parents = false;
	if (!postfix_value(postfix, NULL, "parent_domain_matches_subdomains",
		&value, error))
		return false;
	rest = value.text;
	while (postfix_list_next(&rest, &token))
		if (str_equal(token, str_from(name)))
			*parents = true;
	return true;
}

static bool
read_lists(const struct postfix *postfix, struct arena *arena,
    struct recipient_resolver *resolver, struct error *error)
{
	struct postfix_value value;

	for (size_t i = 0; i < COUNT(lists); i++) {
		struct postfix_list_source source = { .kind = lists[i].kind };

		if (!postfix_value(postfix, NULL, lists[i].name, &value,
			error) ||
		    !names_parents(postfix, lists[i].name, &source.parents,
			error))
			return false;
		source.text = value.text;
		source.place = value.place;
		postfix_list_read(&source, postfix->tables, arena,
		    field(resolver, lists[i].offset), NULL);
	}
	for (size_t i = 0; i < COUNT(maps); i++) {
		if (!postfix_value(postfix, NULL, maps[i].name, &value, error))
			return false;
		mail_maps_read(value.text, value.place, postfix->tables, arena,
		    field(resolver, maps[i].offset));
	}
	return names_parents(postfix, "transport_maps",
	    &resolver->transport_parents, error);
}

bool
recipient_resolver_read(const struct postfix *postfix, struct arena *arena,
    struct recipient_resolver *resolver, struct error *error)
{
	*resolver = (struct recipient_resolver){ .postfix = postfix };
	if (!read_flags(postfix, resolver, error) ||
	    !read_lists(postfix, arena, resolver, error))
		return false;
	read_origin(postfix, arena, &resolver->rules);
	resolver->transport_maps.candidates = transports;
	resolver->sender_transport_maps.candidates = transports;
	return true;
}
