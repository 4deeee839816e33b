/*
 * recorded.c - configurations of Postfix, sessions, and what the real Postfix
 * said to each.
 */
#include "tests/lib/recorded.h"

#include "base/tree.h"
#include "tests/lib/tap.h"

#include <stdlib.h>

/* One line of the world's DNS. */
struct dns_line {
	struct str name, type, value;
};

struct world {
	struct dns_line *lines;
	size_t count, capacity;
	struct arena *arena;
};

/* The policy servers that the real Postfix had; 10099 did not answer. */
static const struct {
	struct str endpoint;
	struct str action;
} servers[] = {
	{ STR_INIT("inet:127.0.0.1:10040"), STR_INIT("DUNNO") },
	{ STR_INIT("inet:127.0.0.1:10041"), STR_INIT("OK") },
	{ STR_INIT("inet:127.0.0.1:10042"), STR_INIT("REJECT") },
	{ STR_INIT("inet:127.0.0.1:10043"), STR_INIT("DEFER_IF_PERMIT") },
	{ STR_INIT("inet:127.0.0.1:10044"),
	    STR_INIT("PREPEND X-Policy: seen") },
	{ STR_INIT("inet:127.0.0.1:10045"), STR_INIT("permit_mynetworks") },
	{ STR_INIT("inet:127.0.0.1:10046"), STR_INIT("RELAY") },
	{ STR_INIT("inet:127.0.0.1:10047"), STR_INIT("DEFER") },
	{ STR_INIT("inet:127.0.0.1:10048"), STR_INIT("DISCARD") },
	{ STR_INIT("inet:127.0.0.1:10099"), STR_INIT("") },
};

static bool
ask_policy(void *state, struct str endpoint, const struct session *session,
    struct arena *arena, struct str *action)
{
	(void)state;
	(void)session;
	(void)arena;
	for (size_t i = 0; i < TAP_COUNT(servers); i++)
		if (str_equal(endpoint, servers[i].endpoint)) {
			*action = servers[i].action;
			return true;
		}
	return false;
}

static const struct str types[] = {
	[RESOLVER_A] = STR_INIT("A"),
	[RESOLVER_AAAA] = STR_INIT("AAAA"),
	[RESOLVER_MX] = STR_INIT("MX"),
	[RESOLVER_NS] = STR_INIT("NS"),
};

static void
record_fill(struct resolver_record *record, enum resolver_type type,
    struct str value)
{
	struct str preference = STR("0"), host = value;
	unsigned long number;
	struct error error;

	if (type == RESOLVER_A || type == RESOLVER_AAAA) {
		address_parse(value, &record->address, &error);
		return;
	}
	if (type == RESOLVER_MX && str_cut(value, ' ', &preference, &host) &&
	    str_number(preference, 65535, &number))
		record->preference = (unsigned)number;
	record->text = host;
}

static bool
ask_dns(void *state, struct str name, enum resolver_type type,
    struct arena *arena, struct resolver_answer *answer)
{
	const struct world *world = state;
	struct resolver_record *records =
	    arena_alloc(arena, (world->count + 1) * sizeof(*records));

	*answer = (struct resolver_answer){ .records = records };
	for (size_t i = 0; i < world->count; i++)
		if (str_equal_nocase(world->lines[i].name, name) &&
		    str_equal(world->lines[i].type, types[type]))
			record_fill(&records[answer->count++], type,
			    world->lines[i].value);
	answer->lookup = answer->count > 0 ? LOOKUP_FOUND : LOOKUP_MISSING;
	return true;
}

static struct str
read_text(struct arena *arena, const char *path)
{
	struct tree *tree = tree_new(arena, NULL, NULL);
	struct error error;
	struct str text;

	if (tree_read(tree, path, 0, arena, &text, &error) != LOOKUP_FOUND)
		tap_bail("%s: %s", path, error.text);
	return text;
}

static void
add_dns(struct world *world, struct str text)
{
	struct dns_line line;
	struct str rest;

	str_cut(text, ' ', &line.name, &rest);
	str_cut(rest, ' ', &line.type, &line.value);
	if (world->count == world->capacity)
		tap_bail("more DNS than expected");
	world->lines[world->count++] = line;
}

/* What the file "case" says. */
struct description {
	struct str vectors, interfaces, verdicts, classes;
};

static void
read_line(struct str line, struct description *description, struct world *world)
{
	const struct {
		struct str word;
		struct str *value;
	} words[] = {
		{ STR("vectors"), &description->vectors },
		{ STR("interfaces"), &description->interfaces },
		{ STR("verdicts"), &description->verdicts },
		{ STR("classes"), &description->classes },
	};
	struct str word, value;

	str_cut(line, ' ', &word, &value);
	if (str_equal(word, STR("dns")))
		add_dns(world, value);
	for (size_t i = 0; i < TAP_COUNT(words); i++)
		if (str_equal(word, words[i].word))
			*words[i].value = value;
}

static struct world *
read_description(struct arena *arena, const char *directory,
    struct description *description)
{
	struct world *world = arena_alloc(arena, sizeof(*world));
	struct str line, rest;

	world->arena = arena;
	world->capacity = 256;
	world->lines =
	    arena_alloc(arena, world->capacity * sizeof(*world->lines));
	rest = read_text(arena, arena_print(arena, "%s/../dns", directory));
	while (str_cut(rest, '\n', &line, &rest))
		add_dns(world, line);
	*description = (struct description){
		.interfaces = STR("198.51.100.10/24,2001:db8:1::10/64"),
	};
	rest = read_text(arena, arena_print(arena, "%s/case", directory));
	while (str_cut(rest, '\n', &line, &rest))
		read_line(line, description, world);
	return world;
}

static void
set_column(struct recorded_session *recorded, struct str name, struct str value)
{
	struct session *session = &recorded->session;
	const struct {
		struct str name;
		struct str *field;
	} columns[] = {
		{ STR("id"), &recorded->id },
		{ STR("client_addr"), &session->client_text },
		{ STR("client_name"), &session->client_name },
		{ STR("reverse_name"), &session->reverse_name },
		{ STR("sasl_login"), &session->login },
		{ STR("helo"), &session->helo },
		{ STR("sender"), &session->sender },
		{ STR("recipient"), &session->recipient },
		{ STR("tls"), &session->tls_version },
	};
	unsigned long port;

	if (str_equal(name, STR("port")) && str_number(value, 65535, &port))
		session->server_port = (unsigned)port;
	for (size_t i = 0; i < TAP_COUNT(columns); i++)
		if (str_equal(name, columns[i].name))
			*columns[i].field = value;
}

/* Reads one session; the header names its columns. */
static void
read_session(struct str header, struct str line,
    struct recorded_session *recorded)
{
	struct session *session = &recorded->session;
	struct str name, value, mark = STR("cert:");
	struct error error;
	bool more = true;

	session->stage = SESSION_RCPT;
	session->form = MAILBOX_ARGUMENT;
	session->client_kind = SESSION_CLIENT_ADDRESS;
	while (more) {
		more = str_cut(header, '\t', &name, &header);
		str_cut(line, '\t', &value, &line);
		set_column(recorded, name, value);
	}
	if (!address_parse(session->client_text, &session->client, &error))
		tap_bail("%s", error.text);
	if (str_equal(session->helo, STR("-")))
		session->helo = STR("");
	if (session->login.length > 0)
		session->login_method = STR("PLAIN");
	if (str_starts(session->tls_version, mark)) {
		session->certificate = str_slice(session->tls_version,
		    mark.length, session->tls_version.length);
		session->tls_version = STR("yes");
	}
}

static void
read_sessions(struct recorded *recorded, struct str text,
    const struct description *description)
{
	struct recorded_session *sessions;
	struct str header, line;
	size_t count = description->verdicts.length;

	sessions =
	    arena_alloc(recorded->arena, (count + 1) * sizeof(*sessions));
	str_cut(text, '\n', &header, &text);
	while (str_cut(text, '\n', &line, &text)) {
		struct recorded_session *session = &sessions[recorded->count];

		if (recorded->count == count)
			tap_bail("%s: more sessions than verdicts",
			    recorded->name);
		read_session(header, line, session);
		session->verdict = description->verdicts.data[recorded->count];
		session->class = description->classes.data[recorded->count];
		recorded->count++;
	}
	if (recorded->count != count)
		tap_bail("%s: more verdicts than sessions", recorded->name);
	recorded->sessions = sessions;
}

/* The host that the real Postfix ran on. */
static void
open_host(struct recorded *recorded, const char *directory,
    const struct description *description)
{
	struct arena *arena = recorded->arena;
	struct mta_host *host = &recorded->host;
	struct error error;

	if (!host_parse(description->interfaces, arena, &recorded->network,
		&error))
		tap_bail("%s", error.text);
	host->tree = tree_new(arena, NULL, NULL);
	host->network = &recorded->network;
	host->hostname = STR("mail.ours.test");
	host->version = STR("3.7.11");
	tree_mount(host->tree, "/etc/postfix", directory);
	tree_mount(host->tree, "/etc/mailname",
	    arena_print(arena, "%s/../mailname", directory));
	tree_mount(host->tree, "/etc/passwd",
	    arena_print(arena, "%s/../passwd", directory));
	tree_mount(host->tree, "/etc/aliases",
	    arena_print(arena, "%s/../aliases", directory));
	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = { "db", "lmdb", "cdb" };

		tree_mount(host->tree,
		    arena_print(arena, "/etc/aliases.%s", ends[i]),
		    arena_print(arena, "%s/../aliases.%s", directory, ends[i]));
	}
}

struct recorded *
recorded_read(const char *directory)
{
	struct arena *arena = arena_new(0);
	struct recorded *recorded = arena_alloc(arena, sizeof(*recorded));
	struct description description;
	struct postfix *postfix;
	struct error error;

	recorded->arena = arena;
	recorded->name = directory;
	struct world *world = read_description(arena, directory, &description);
	open_host(recorded, directory, &description);
	if (!postfix_read(&recorded->host, "/etc/postfix", arena, &postfix,
		&error))
		tap_bail("%s: %s", directory, error.text);
	recorded->postfix = postfix;
	postfix_listeners(postfix, &recorded->listeners,
	    &recorded->listener_count);
	read_sessions(recorded,
	    read_text(arena,
		arena_print(arena, "%s/../vectors/" STR_FORMAT ".tsv",
		    directory, STR_ARGS(description.vectors))),
	    &description);
	recorded->guard = (struct restrictions_guard){ .ask = ask_policy };
	recorded->resolver = (struct restrictions_resolver){ world, ask_dns };
	return recorded;
}

void
recorded_free(struct recorded *recorded)
{
	arena_free(recorded->arena);
}

/* Every session was made with the host's own address, none with loopback. */
static bool
is_reached(const struct postfix_endpoint *endpoint,
    const struct session *session)
{
	return endpoint->port == session->server_port &&
	    endpoint->ipv6 == !address_is_ipv4(&session->client) &&
	    (endpoint->any || !endpoint->loopback);
}

const struct postfix_listener *
recorded_listener(const struct recorded *recorded,
    const struct session *session)
{
	for (size_t i = 0; i < recorded->listener_count; i++) {
		const struct postfix_listener *listener =
		    &recorded->listeners[i];

		for (size_t j = 0; j < listener->endpoint_count; j++)
			if (is_reached(&listener->endpoints[j], session))
				return listener;
	}
	return NULL;
}

const char **
recorded_cases(const char *directory, struct arena *arena)
{
	struct tree *tree = tree_new(arena, NULL, NULL);
	const char **names, **cases;
	struct error error;
	size_t count, found = 0;

	if (tree_list(tree, directory, arena, &names, &count, &error) !=
	    LOOKUP_FOUND)
		tap_bail("%s: %s", directory, error.text);
	cases = arena_alloc(arena, (count + 1) * sizeof(*cases));
	for (size_t i = 0; i < count; i++) {
		const char *path =
		    arena_print(arena, "%s/%s", directory, names[i]);
		struct stat status;

		if (tree_stat(tree, arena_print(arena, "%s/case", path),
			&status, &error) == LOOKUP_FOUND)
			cases[found++] = path;
	}
	return cases;
}
