/*
 * postfix_listen.c - where the services of an instance can be reached
 * (Postfix src/master/master_ent.c).
 */
#include "mta/postfix_internal.h"
#include "mta/postfix_network.h"

#include "base/lines.h"

#include <string.h>

enum {
	SERVICES_MAX = 16 << 20,
	PORT_MAX = 65535,
};

/* The names that every services(5) has, should the tree have none. */
static const struct {
	const char *name;
	unsigned port;
} ports[] = {
	{ "smtp", 25 },
	{ "mail", 25 },
	{ "qmqp", 628 },
	{ "smtps", 465 },
	{ "ssmtp", 465 },
	{ "submissions", 465 },
	{ "urd", 465 },
	{ "submission", 587 },
};

/* Where a service name says that it listens. */
struct place_name {
	struct str host; /* empty: where inet_interfaces says */
	struct str port;
};

/* "[host]:port", "host:port", "port". */
static bool
split_name(struct str name, struct place_name *split)
{
	struct str rest;

	if (str_starts(name, STR("["))) {
		if (!str_cut(name, ']', &split->host, &rest) ||
		    !str_starts(rest, STR(":")))
			return false;
		split->host = str_slice(split->host, 1, split->host.length);
		split->port = str_slice(rest, 1, rest.length);
	} else if (!str_cut_last(name, ':', &split->host, &split->port)) {
		split->host = STR("");
		split->port = name;
	}
	return split->port.length > 0;
}

/* Whether a line of services(5) names a TCP port: "smtp 25/tcp mail". */
static bool
names_port(struct str line, struct str name, unsigned *port)
{
	struct str text, comment, number, protocol, word[2];
	unsigned long value;
	unsigned words = 0;
	bool found = false;

	str_cut(line, '#', &text, &comment);
	for (size_t at = 0, end; at < text.length; at = end + 1) {
		for (end = at; end < text.length; end++)
			if (strchr(" \t\r", text.data[end]) != NULL)
				break;
		if (end == at)
			continue;
		struct str next = str_slice(text, at, end);
		if (words < 2)
			word[words] = next;
		found = found || (words != 1 && str_equal(next, name));
		words++;
	}
	if (!found || words < 2)
		return false;
	if (!str_cut(word[1], '/', &number, &protocol) ||
	    !str_equal(protocol, STR("tcp")) ||
	    !str_number(number, PORT_MAX, &value))
		return false;
	*port = (unsigned)value;
	return true;
}

/* Looks a name up in /etc/services of the tree, then in our own table. */
static enum lookup
find_port(const struct postfix *postfix, struct str name, unsigned *port)
{
	struct str text = { NULL, 0 }, line;
	struct error error;
	unsigned long number;

	*port = 0;
	if (str_number(name, PORT_MAX, &number)) {
		*port = (unsigned)number;
		return LOOKUP_FOUND;
	}
	struct arena *scratch = arena_new(0);
	enum lookup found = tree_read(postfix->host->tree, "/etc/services",
	    SERVICES_MAX, scratch, &text, &error);
	struct lines lines = lines_of(text);
	while (*port == 0 && lines_next(&lines, &line))
		names_port(line, name, port);
	arena_free(scratch);
	for (size_t i = 0; *port == 0 && i < sizeof(ports) / sizeof(ports[0]);
	     i++)
		if (str_equal(name, str_from(ports[i].name)))
			*port = ports[i].port;
	if (*port != 0)
		return LOOKUP_FOUND;
	/* Another tree than a host's own may have no services(5) at all. */
	return found == LOOKUP_FOUND ? LOOKUP_MISSING : LOOKUP_FAILED;
}

static struct postfix_endpoint
endpoint_of(const struct address *address, unsigned port)
{
	bool any = address_is_any(address);

	return (struct postfix_endpoint){
		.address = *address,
		.ipv6 = !address_is_ipv4(address),
		.any = any,
		.loopback = !any && address_is_loopback(address),
		.port = port,
	};
}

/* Everywhere: one endpoint a family. */
static size_t
any_endpoints(const struct postfix *postfix, unsigned port,
    struct postfix_endpoint *endpoints)
{
	static const struct address any[] = {
		{ .bytes = { [10] = 0xff, [11] = 0xff } },
		{ .bytes = { 0 } },
	};
	size_t count = 0;

	if (postfix->ipv4)
		endpoints[count++] = endpoint_of(&any[0], port);
	if (postfix->ipv6)
		endpoints[count++] = endpoint_of(&any[1], port);
	return count;
}

/* Those of the host that a service names. */
static bool
find_named(const struct postfix *postfix, struct str host,
    struct postfix_listener *listener, struct error *error)
{
	struct postfix_addresses found = { NULL, 0, 0 };
	struct address literal;
	struct error ignored;

	if (postfix_name_find(postfix, host, postfix->ipv4, postfix->ipv6,
		postfix->arena, &found) != LOOKUP_FOUND) {
		if (address_parse(host, &literal, &ignored))
			return error_set(error,
			    "inet_protocols leaves the family of " STR_FORMAT
			    " out",
			    STR_ARGS(host));
		listener->unsure = arena_print(postfix->arena,
		    "/etc/hosts does not know " STR_FORMAT, STR_ARGS(host));
		return true;
	}
	struct postfix_endpoint *endpoints =
	    arena_alloc(postfix->arena, found.count * sizeof(*endpoints));
	for (size_t i = 0; i < found.count; i++)
		endpoints[i] = endpoint_of(&found.list[i], listener->port);
	listener->endpoints = endpoints;
	listener->endpoint_count = found.count;
	return true;
}

/* The endpoints of a service, by its name; false: master dies of it. */
static bool
find_endpoints(const struct postfix *postfix,
    const struct postfix_service *service, struct postfix_listener *listener,
    struct error *error)
{
	struct place_name name;
	struct postfix_endpoint *endpoints = arena_alloc(postfix->arena,
	    (postfix->own_count + 2) * sizeof(*endpoints));
	size_t count = 0;

	listener->endpoints = endpoints;
	if (!split_name(service->name, &name))
		return error_set(error, "no port in \"" STR_FORMAT "\"",
		    STR_ARGS(service->name));
	switch (find_port(postfix, name.port, &listener->port)) {
	case LOOKUP_FOUND:
		break;
	case LOOKUP_FAILED:
		listener->unsure = "the port's name is not known without "
				   "/etc/services";
		break;
	case LOOKUP_MISSING:
		return error_set(error, "/etc/services has no port " STR_FORMAT,
		    STR_ARGS(name.port));
	}
	if (name.host.length == 0 && postfix->own_all) {
		count = any_endpoints(postfix, listener->port, endpoints);
	} else if (name.host.length == 0) {
		for (; count < postfix->own_count; count++)
			endpoints[count] =
			    endpoint_of(&postfix->own[count].address,
				listener->port);
		listener->unsure = postfix->own_unsure;
	} else {
		return find_named(postfix, name.host, listener, error);
	}
	listener->endpoint_count = count;
	return true;
}

/* The service of type pass that postscreen hands its clients to. */
static const struct postfix_service *
behind_postscreen(const struct postfix *postfix,
    const struct postfix_service *postscreen)
{
	struct postfix_value value;
	struct error error;

	if (!postfix_value(postfix, postscreen, "smtpd_service_name", &value,
		&error))
		return NULL;
	for (size_t i = 0; i < postfix->master.count; i++) {
		const struct postfix_service *service =
		    &postfix->master.services[i];

		if (str_equal(service->type, STR("pass")) &&
		    str_equal(service->name, value.text) &&
		    str_equal(service->command, STR("smtpd")))
			return service;
	}
	return NULL;
}

/* The service whose -o count for whoever connects; NULL: it is no SMTP. */
static const struct postfix_service *
server_of(const struct postfix *postfix, const struct postfix_service *service)
{
	if (!str_equal(service->type, STR("inet")))
		return NULL;
	if (str_equal(service->command, STR("smtpd")))
		return service;
	if (str_equal(service->command, STR("postscreen")))
		return behind_postscreen(postfix, service);
	return NULL;
}

void
postfix_listeners(const struct postfix *postfix,
    const struct postfix_listener **listeners, size_t *count)
{
	struct postfix_listener *list = arena_alloc(postfix->arena,
	    (postfix->master.count + 1) * sizeof(*list));

	*count = 0;
	for (size_t i = 0; i < postfix->master.count; i++) {
		struct postfix_listener *listener = &list[*count];
		struct error error;

		listener->inet = &postfix->master.services[i];
		listener->smtpd = server_of(postfix, listener->inet);
		if (listener->smtpd == NULL ||
		    !find_endpoints(postfix, listener->inet, listener, &error))
			continue;
		listener->reachable = listener->unsure != NULL;
		for (size_t k = 0; k < listener->endpoint_count; k++)
			if (!listener->endpoints[k].loopback)
				listener->reachable = true;
		(*count)++;
	}
	*listeners = list;
}

void
postfix_check_endpoints(struct postfix *postfix)
{
	for (size_t i = 0; i < postfix->master.count; i++) {
		const struct postfix_service *service =
		    &postfix->master.services[i];
		struct place place = { postfix->master.path, service->line };
		struct postfix_listener listener = { .inet = service };
		struct error error;

		if (!str_equal(service->type, STR("inet")))
			continue;
		if (!find_endpoints(postfix, service, &listener, &error))
			postfix_dies(postfix, place,
			    "%s: Postfix does not start", error.text);
		else if (listener.unsure != NULL &&
		    listener.unsure != postfix->own_unsure)
			postfix_doubt(postfix, place,
			    "where " STR_FORMAT " listens is not known: %s",
			    STR_ARGS(service->name), listener.unsure);
		if (str_equal(service->command, STR("postscreen")) &&
		    server_of(postfix, service) == NULL)
			problems_error(&postfix->problems, place,
			    "postscreen has no smtpd of type pass behind it: "
			    "nobody is served");
	}
}
