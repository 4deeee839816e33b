/*
 * postfix_source.c - the lists of Postfix as values of a policy file.
 */
#include "mta/postfix_source.h"

#include "mta/postfix.h"
#include "mta/postfix_list.h"
#include "mta/postfix_members.h"

#include <string.h>

/* What the parameters that are lists hold; others are by their use. */
static const struct parameter {
	struct str name;
	enum postfix_list_kind kind;
} parameters[] = {
	{ STR_INIT("mydestination"), POSTFIX_STRINGS },
	{ STR_INIT("mynetworks"), POSTFIX_CLIENTS },
	{ STR_INIT("permit_mx_backup_networks"), POSTFIX_CLIENTS },
	{ STR_INIT("proxy_interfaces"), POSTFIX_CLIENTS },
	{ STR_INIT("relay_domains"), POSTFIX_DOMAINS },
	{ STR_INIT("virtual_alias_domains"), POSTFIX_STRINGS },
	{ STR_INIT("virtual_mailbox_domains"), POSTFIX_STRINGS },
};

static bool
kind_of(struct str name, enum table_subject subject,
    enum postfix_list_kind *kind, struct error *error)
{
	bool networks = subject == TABLE_NETWORKS;

	if (subject == TABLE_WORDS)
		return error_set(error, "lists of Postfix hold no such words");
	*kind = networks ? POSTFIX_CLIENTS : POSTFIX_STRINGS;
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (str_equal(name, parameters[i].name))
			*kind = parameters[i].kind;
	if (networks == (*kind == POSTFIX_CLIENTS))
		return true;
	return error_set(error, "holds %s, and not %s",
	    networks ? "domains" : "networks",
	    networks ? "networks" : "domains");
}

/* Takes "/etc/postfix-out/relay_domains" apart. */
static const char *
directory_of(const struct postfix_source *source, struct str argument,
    struct arena *load, struct str *name)
{
	struct str directory;

	if (!str_cut_last(argument, '/', &directory, name)) {
		*name = argument;
		return source->directory;
	}
	return arena_copy(load, directory).data;
}

/* Whether a list of that name takes a domain for all those below it too. */
static bool
matches_parents(const struct postfix *postfix, struct str name)
{
	struct postfix_value value;
	struct error ignored;
	struct str token, rest;

	if (!postfix_value(postfix, NULL, "parent_domain_matches_subdomains",
		&value, &ignored))
		return false;
	rest = value.text;
	while (postfix_list_next(&rest, &token))
		if (str_equal(token, name))
			return true;
	return false;
}

/* The networks that Postfix trusts where mynetworks is not set. */
static bool
add_default_networks(const struct postfix *postfix,
    struct postfix_members_build *members, struct error *error)
{
	struct place nowhere = { NULL, 0 };
	const struct netblock *blocks;
	size_t count;

	if (!postfix_default_networks(postfix, NULL, members->build->load,
		&blocks, &count, error))
		return false;
	for (size_t i = 0; i < count; i++)
		postfix_members_add_block(members, false, &blocks[i], nowhere);
	return true;
}

static bool
add_list(const struct postfix *postfix, const struct postfix_value *value,
    struct postfix_members_build *members)
{
	struct postfix_list_source source = {
		.kind = members->kind,
		.parents = members->parents,
		.text = value->text,
		.place = value->place,
	};
	struct postfix_list list;

	postfix_list_read(&source, postfix->tables, members->build->load, &list,
	    members->build->problems);
	for (size_t i = 0; i < list.count; i++)
		if (!postfix_members_add(members, &list.elements[i]))
			return false;
	return true;
}

static bool
read_list(const struct postfix *postfix, struct str name,
    struct postfix_members_build *members, struct error *error)
{
	const char *parameter = arena_copy(members->build->load, name).data;
	struct postfix_value value;

	if (!postfix_value(postfix, NULL, parameter, &value, error))
		return false;
	if (value.origin == POSTFIX_FROM_NOWHERE)
		return error_set(error, "Postfix knows no such parameter");
	members->parents = matches_parents(postfix, name);
	if (str_equal(name, STR("mynetworks")) &&
	    value.origin == POSTFIX_FROM_DEFAULT)
		return add_default_networks(postfix, members, error);
	return add_list(postfix, &value, members);
}

void *
postfix_source_open(const void *state, struct table_build *build,
    struct error *error)
{
	static const struct host unknown_host;
	const struct postfix_source *source = state;
	const struct host *network = build->options->host;
	struct mta_host host = {
		.tree = tree_new(build->load, NULL, build->options->files),
		.network = network != NULL ? network : &unknown_host,
		.hostname = source->hostname,
	};
	struct postfix_members_build members = { .build = build };
	struct postfix *postfix;
	struct str name;
	const char *directory =
	    directory_of(source, build->argument, build->load, &name);

	if (!kind_of(name, build->subject, &members.kind, error) ||
	    !postfix_read(&host, directory, build->load, &postfix, error))
		return NULL;
	if (postfix->fatal != NULL) {
		error_write(error, "Postfix would not start: %s",
		    postfix->fatal);
		if (postfix->fatal_place.file != NULL)
			error_prefix(error, "%s:%u", postfix->fatal_place.file,
			    postfix->fatal_place.line);
		return NULL;
	}
	if (!read_list(postfix, name, &members, error))
		return NULL;
	return postfix_members_finish(&members, error);
}

enum lookup
postfix_source_find(const void *opened, struct table_scratch *scratch,
    struct str *found)
{
	return postfix_members_find(opened, scratch, found);
}
