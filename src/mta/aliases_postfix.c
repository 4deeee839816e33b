/*
 * aliases_postfix.c - where mail for a name ends: as Postfix delivers it.
 *
 * cleanup(8) rewrites the recipient by canonical and virtual maps, again and
 * again; trivial-rewrite(8) says whose it is; local(8) goes through aliases
 * and .forward. What an alias names outside comes back to cleanup(8).
 */
#include "mta/aliases.h"

#include "base/buf.h"
#include "mta/postfix.h"
#include "mta/postfix_list.h"
#include "mta/postfix_table.h"

#include <string.h>

enum stage {
	STAGE_CANONICAL, /* as it was asked for */
	STAGE_VIRTUAL,   /* before virtual_alias_maps */
	STAGE_LOCAL,     /* in local(8): a name without a domain */
};

struct postfix_walk {
	const struct postfix *postfix;
	struct str origin, mydomain, delimiter;
	bool append_domain;
	struct postfix_list local, aliased, hosted;
};

static const struct postfix_walk *
of(const struct alias_walk *walk)
{
	return walk->state;
}

static struct postfix_value
value_of(struct alias_walk *walk, const char *name)
{
	struct postfix_value value = { .text = STR("") };
	struct error error;

	/* One that Postfix dies of is empty here, and a finding elsewhere. */
	if (!postfix_value(of(walk)->postfix, NULL, name, &value, &error))
		value.text = STR("");
	return value;
}

static struct str
join(struct alias_walk *walk, struct str local, const char *between,
    struct str domain)
{
	return str_from(arena_print(walk->arena, STR_FORMAT "%s" STR_FORMAT,
	    STR_ARGS(local), between, STR_ARGS(domain)));
}

static void
list_open(struct alias_walk *walk, const char *name, struct postfix_list *list)
{
	struct postfix_value value = value_of(walk, name);
	struct postfix_list_source source = {
		.kind = POSTFIX_STRINGS,
		.text = value.text,
		.place = value.place,
	};

	postfix_list_read(&source, of(walk)->postfix->tables, walk->arena, list,
	    NULL);
}

static enum postfix_found
list_has(struct alias_walk *walk, const struct postfix_list *list,
    struct str domain)
{
	struct postfix_answer answer = { .found = POSTFIX_MISSING };

	postfix_list_find(list, domain, walk->arena, &answer);
	return answer.found;
}

/* An address literal of one of the interfaces: user@[192.0.2.1]. */
static bool
is_own_literal(const struct postfix *postfix, struct str domain)
{
	static const struct str ipv6 = STR_INIT("[IPv6:");
	struct address address;
	struct error error;

	if (domain.length < 2 || domain.data[0] != '[' ||
	    domain.data[domain.length - 1] != ']')
		return false;
	size_t start = str_starts(domain, ipv6) ? ipv6.length : 1;
	if (!address_parse(str_slice(domain, start, domain.length - 1),
		&address, &error))
		return false;
	for (size_t i = 0; i < postfix->own_count; i++)
		if (memcmp(&postfix->own[i].address, &address,
			sizeof(address)) == 0)
			return true;
	for (size_t i = 0; i < postfix->proxy_count; i++)
		if (memcmp(&postfix->proxies[i], &address, sizeof(address)) ==
		    0)
			return true;
	return false;
}

static enum postfix_found
is_local(struct alias_walk *walk, struct str domain)
{
	if (is_own_literal(of(walk)->postfix, domain))
		return POSTFIX_FOUND;
	return list_has(walk, &of(walk)->local, domain);
}

/* The address in full, in lower case: trivial-rewrite(8), local context. */
static void
qualify(struct alias_walk *walk, struct alias_node *node)
{
	const struct postfix_walk *state = of(walk);

	if (node->domain.length == 0)
		node->domain = state->origin;
	if (node->domain.length > 0 && state->append_domain &&
	    !str_has(node->domain, '.') && node->domain.data[0] != '[')
		node->domain = join(walk, node->domain, ".", state->mydomain);
	if (node->domain.length > 0 &&
	    node->domain.data[node->domain.length - 1] == '.')
		node->domain.length--;
	node->domain = arena_lower(walk->arena, node->domain);
}

static void
settle(struct alias_walk *walk, struct alias_node *node)
{
	qualify(walk, node);
	if (node->stage != STAGE_LOCAL)
		return;
	if (is_local(walk, node->domain) == POSTFIX_FOUND)
		node->domain = STR("");
	else
		node->stage = STAGE_VIRTUAL;
}

/* The local part before its address extension; false: it has none. */
static bool
cut_extension(struct alias_walk *walk, struct str local, struct str *base)
{
	struct str delimiter = of(walk)->delimiter;

	for (size_t i = 1; i < local.length; i++)
		if (str_has(delimiter, local.data[i])) {
			*base = str_slice(local, 0, i);
			return true;
		}
	return false;
}

/*
 * One table under a parameter; the source of a map that was never built is
 * read instead, and the route says so: newaliases(1) would make the same.
 */
static bool
find_unbuilt(struct alias_walk *walk, struct str spec, struct str key,
    struct postfix_answer *answer)
{
	static const struct str indexed[] = { STR_INIT("hash"),
		STR_INIT("btree"), STR_INIT("lmdb"), STR_INIT("cdb"),
		STR_INIT("dbm"), STR_INIT("sdbm") };
	struct str type, name, text;
	struct alias_entries entries;
	struct error error;
	bool known = false;

	str_cut(spec, ':', &type, &name);
	for (size_t i = 0; i < sizeof(indexed) / sizeof(indexed[0]); i++)
		known |= str_equal(type, indexed[i]);
	const char *path = arena_copy(walk->arena, name).data;
	if (!known ||
	    tree_read(walk->tree, path, 0, walk->arena, &text, &error) !=
		LOOKUP_FOUND)
		return false;
	const char *shown = tree_shown(walk->tree, path);
	walk->route->unbuilt = shown;
	aliases_text_read(shown, text, walk->dialect, walk->arena, &entries);
	const struct alias_entry *entry = aliases_text_find(&entries, key);
	answer->found = entry == NULL ? POSTFIX_MISSING : POSTFIX_FOUND;
	if (entry != NULL) {
		answer->value = entry->value;
		answer->place = entry->place;
	}
	return true;
}

struct maps {
	struct postfix_value value;
	bool aliases; /* in the form of aliases(5) */
};

/* Looks a key up in all tables of a parameter, in their order. */
static void
maps_find(struct alias_walk *walk, const struct maps *maps, struct str key,
    struct postfix_answer *answer)
{
	struct str rest = maps->value.text, spec;

	*answer = (struct postfix_answer){ .found = POSTFIX_MISSING };
	while (answer->found == POSTFIX_MISSING &&
	    postfix_list_next(&rest, &spec)) {
		struct postfix_table *table =
		    postfix_table_open(of(walk)->postfix->tables, spec);

		postfix_table_find(table, key, walk->arena, answer);
		bool unbuilt = answer->found == POSTFIX_BROKEN ||
		    postfix_table_is_source(table);
		if (unbuilt && maps->aliases)
			find_unbuilt(walk, spec, key, answer);
		if (answer->place.file == NULL)
			answer->place = maps->value.place;
	}
}

/* The forms of an address under which it is looked up (mail_addr_find(3)). */
static void
address_find(struct alias_walk *walk, const char *parameter,
    const struct alias_node *node, struct postfix_answer *answer)
{
	struct maps maps = { .value = value_of(walk, parameter) };
	struct str base = node->local;
	bool extended = cut_extension(walk, node->local, &base);
	bool local = is_local(walk, node->domain) == POSTFIX_FOUND ||
	    str_equal(node->domain, arena_lower(walk->arena, of(walk)->origin));
	struct str keys[] = {
		join(walk, node->local, "@", node->domain),
		extended ? join(walk, base, "@", node->domain) : STR(""),
		local ? node->local : STR(""),
		local && extended ? base : STR(""),
		join(walk, STR(""), "@", node->domain),
	};

	*answer = (struct postfix_answer){ .found = POSTFIX_MISSING };
	if (maps.value.text.length == 0)
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) &&
	     answer->found == POSTFIX_MISSING;
	     i++)
		if (keys[i].length > 0)
			maps_find(walk, &maps,
			    arena_lower(walk->arena, keys[i]), answer);
}

/* True: the answer ends the way, well or not. */
static bool
undecided(struct alias_walk *walk, const struct alias_node *node,
    const struct postfix_answer *answer, const char *parameter)
{
	if (answer->found == POSTFIX_MISSING || answer->found == POSTFIX_FOUND)
		return false;
	alias_walk_end(walk, node,
	    answer->found == POSTFIX_BROKEN ? ALIAS_NOWHERE : ALIAS_UNKNOWN,
	    node->local, answer->place,
	    arena_print(walk->arena, "%s: %s", parameter,
		answer->reason != NULL ? answer->reason : "cannot be read"));
	return true;
}

static void
by_virtual_mailbox(struct alias_walk *walk, const struct alias_node *node)
{
	struct postfix_value maps = value_of(walk, "virtual_mailbox_maps");
	struct str whole = join(walk, node->local, "@", node->domain);
	struct postfix_answer answer;

	address_find(walk, "virtual_mailbox_maps", node, &answer);
	if (undecided(walk, node, &answer, "virtual_mailbox_maps"))
		return;
	if (answer.found == POSTFIX_FOUND || maps.text.length == 0)
		alias_walk_end(walk, node, ALIAS_FILE, whole, answer.place,
		    "a mailbox of a virtual domain");
	else
		alias_walk_end(walk, node, ALIAS_NOWHERE, whole, maps.place,
		    "no such mailbox in virtual_mailbox_maps");
}

static bool
throws_away(struct str transport)
{
	static const struct str dead[] = { STR_INIT("error:"),
		STR_INIT("retry:"), STR_INIT("discard:"), STR_INIT("error"),
		STR_INIT("retry"), STR_INIT("discard") };

	for (size_t i = 0; i < sizeof(dead) / sizeof(dead[0]); i++)
		if (i < 3 ? str_starts(transport, dead[i])
			  : str_equal(transport, dead[i]))
			return true;
	return false;
}

/* Class local: local(8), unless another transport was put in its place. */
static void
enter_local(struct alias_walk *walk, const struct alias_node *node)
{
	struct postfix_value transport = value_of(walk, "local_transport");
	struct alias_by by = { "mydestination", node->place, STAGE_LOCAL };
	struct str name, rest;

	if (throws_away(transport.text)) {
		alias_walk_end(walk, node, ALIAS_NOWHERE, node->local,
		    transport.place,
		    arena_print(walk->arena, "local_transport is " STR_FORMAT,
			STR_ARGS(transport.text)));
		return;
	}
	str_cut(transport.text, ':', &name, &rest);
	if (name.length > 0 && !str_equal(name, STR("local"))) {
		alias_walk_end(walk, node, ALIAS_UNKNOWN, node->local,
		    transport.place,
		    arena_print(walk->arena,
			"local_transport is " STR_FORMAT
			", which does not look at aliases",
			STR_ARGS(transport.text)));
		return;
	}
	alias_walk_name(walk, node, node->local, STR(""), &by);
}

/* What trivial-rewrite(8) makes of an address that no map changes. */
static void
resolve(struct alias_walk *walk, const struct alias_node *node)
{
	const struct postfix_walk *state = of(walk);
	struct str whole = join(walk, node->local, "@", node->domain);
	enum postfix_found local = is_local(walk, node->domain);
	enum postfix_found aliased = POSTFIX_MISSING, hosted = POSTFIX_MISSING;

	if (local == POSTFIX_MISSING)
		aliased = list_has(walk, &state->aliased, node->domain);
	if (local == POSTFIX_MISSING && aliased == POSTFIX_MISSING)
		hosted = list_has(walk, &state->hosted, node->domain);
	if (local == POSTFIX_FOUND) {
		enter_local(walk, node);
	} else if (aliased == POSTFIX_FOUND) {
		alias_walk_end(walk, node, ALIAS_NOWHERE, whole, node->place,
		    "no such address in virtual_alias_maps");
	} else if (hosted == POSTFIX_FOUND) {
		by_virtual_mailbox(walk, node);
	} else if (local != POSTFIX_MISSING || aliased != POSTFIX_MISSING ||
	    hosted != POSTFIX_MISSING) {
		alias_walk_end(walk, node, ALIAS_UNKNOWN, whole, node->place,
		    "whether the domain is local stands in a table that cannot "
		    "be read");
	} else {
		struct postfix_value transport =
		    value_of(walk, "default_transport");
		bool dead = throws_away(transport.text);

		alias_walk_end(walk, node, dead ? ALIAS_NOWHERE : ALIAS_OFFHOST,
		    whole, dead ? transport.place : node->place,
		    dead ? "default_transport throws it away" : NULL);
	}
}

/* A step through one set of maps; false: they do not change the address. */
static bool
rewritten(struct alias_walk *walk, const struct alias_node *node,
    const char *parameter)
{
	struct postfix_answer answer;
	struct alias_by by = { parameter, node->place, STAGE_VIRTUAL };

	address_find(walk, parameter, node, &answer);
	if (answer.found == POSTFIX_MISSING)
		return false;
	if (undecided(walk, node, &answer, parameter))
		return true;
	by.place = answer.place;
	/* "@old @new": the local part stays. */
	if (answer.value.length > 1 && answer.value.data[0] == '@')
		answer.value = join(walk, node->local, "", answer.value);
	alias_walk_value(walk, node, answer.value, &by);
	return true;
}

/* Of an account: .forward, or else the mailbox. */
static void
deliver(struct alias_walk *walk, const struct alias_node *node,
    struct str account)
{
	struct postfix_value command = value_of(walk, "mailbox_command");
	const struct host_user *user = host_users_find(&walk->users, account);
	const char *how = command.text.length > 0
	    ? arena_print(walk->arena, "by mailbox_command " STR_FORMAT,
		  STR_ARGS(command.text))
	    : NULL;
	struct str rest = value_of(walk, "forward_path").raw, path;

	while (
	    user != NULL && !node->exact && postfix_list_next(&rest, &path)) {
		const char *name = alias_user_path(path, user, walk->arena);

		if (name != NULL &&
		    alias_walk_forward(walk, node, user, name, STAGE_LOCAL))
			return;
	}
	alias_walk_mailbox(walk, node, account, how);
}

/* Who gets the mail for a name that is no account, or for all names. */
static bool
handed_on(struct alias_walk *walk, const struct alias_node *node, bool account)
{
	static const struct {
		const char *parameter;
		bool strangers; /* only for names that are no account */
	} takers[] = {
		{ "mailbox_transport_maps", false },
		{ "mailbox_transport", false },
		{ "fallback_transport_maps", true },
		{ "fallback_transport", true },
	};

	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++) {
		struct postfix_value value =
		    value_of(walk, takers[i].parameter);

		if (value.text.length == 0 || (takers[i].strangers && account))
			continue;
		alias_walk_end(walk, node, ALIAS_UNKNOWN, node->local,
		    value.place,
		    arena_print(walk->arena,
			"%s hands it to " STR_FORMAT ", which is not followed",
			takers[i].parameter, STR_ARGS(value.text)));
		return true;
	}
	struct postfix_value luser = value_of(walk, "luser_relay");
	struct alias_by by = { "luser_relay", luser.place, STAGE_LOCAL };
	if (account || luser.text.length == 0 || str_has(luser.text, '$'))
		return false;
	alias_walk_value(walk, node, luser.text, &by);
	return true;
}

static void
local(struct alias_walk *walk, const struct alias_node *node)
{
	struct maps maps = { value_of(walk, "alias_maps"), true };
	struct str name = arena_lower(walk->arena, node->local), base;
	struct postfix_answer answer = { .found = POSTFIX_MISSING };

	if (!node->exact) {
		maps_find(walk, &maps, name, &answer);
		if (answer.found == POSTFIX_MISSING &&
		    cut_extension(walk, name, &base))
			maps_find(walk, &maps, base, &answer);
	}
	if (undecided(walk, node, &answer, "alias_maps"))
		return;
	if (answer.found == POSTFIX_FOUND) {
		struct alias_by by = { "alias_maps", answer.place,
			STAGE_LOCAL };

		alias_walk_value(walk, node, answer.value, &by);
	} else {
		if (host_users_find(&walk->users, name) == NULL)
			cut_extension(walk, name, &name);
		bool account = host_users_find(&walk->users, name) != NULL;

		if (!handed_on(walk, node, account))
			deliver(walk, node, name);
	}
}

static void
step(struct alias_walk *walk, const struct alias_node *node)
{
	if (node->stage == STAGE_LOCAL)
		local(walk, node);
	else if (node->stage == STAGE_CANONICAL &&
	    (rewritten(walk, node, "recipient_canonical_maps") ||
		rewritten(walk, node, "canonical_maps")))
		return;
	else if (node->exact || !rewritten(walk, node, "virtual_alias_maps"))
		resolve(walk, node);
}

/* myorigin may be a file that has the name in its first line. */
static struct str
origin(struct alias_walk *walk)
{
	struct str name = value_of(walk, "myorigin").text, text, rest;
	struct error error;

	if (name.length == 0 || name.data[0] != '/')
		return name;
	if (tree_read(walk->tree, arena_copy(walk->arena, name).data, 0,
		walk->arena, &text, &error) != LOOKUP_FOUND)
		return STR("");
	str_cut(text, '\n', &name, &rest);
	return str_trim(name);
}

void
aliases_postfix_follow(const struct mta *mta, const struct mta_host *host,
    struct str name, struct alias_walk *walk)
{
	struct postfix_walk state = { .postfix = mta->postfix };
	struct postfix_value value;
	struct error error;

	(void)host;
	walk->state = &state;
	walk->dialect = ALIASES_POSTFIX;
	walk->settle = settle;
	walk->step = step;
	state.origin = origin(walk);
	state.mydomain = value_of(walk, "mydomain").text;
	state.delimiter = value_of(walk, "recipient_delimiter").text;
	if (!postfix_flag(mta->postfix, NULL, "append_dot_mydomain",
		&state.append_domain, &value, &error))
		state.append_domain = false;
	list_open(walk, "mydestination", &state.local);
	list_open(walk, "virtual_alias_domains", &state.aliased);
	list_open(walk, "virtual_mailbox_domains", &state.hosted);
	alias_walk_run(walk, name);
}
