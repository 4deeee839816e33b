/*
 * policy_listen.c - the setting listen: where the front ends are asked.
 */
#include "policy/policy_listen.h"

#include <string.h>
#include <sys/un.h>

enum {
	PORT_MAX = 65535,
	HOST_MAX = 253,
	GROUP_MAX = 32,
};

static bool
check_unix(const struct policy_reader *reader, struct str path,
    struct place place)
{
	struct sockaddr_un address;
	size_t most = sizeof(address.sun_path) - 1;

	if (path.length == 0 || path.data[0] != '/')
		return problems_error(reader->problems, place,
		    "\"unix:" STR_FORMAT "\": the path of a socket begins "
		    "with /",
		    STR_ARGS(path));
	if (path.length > most)
		return problems_error(reader->problems, place,
		    "\"unix:" STR_FORMAT "\": the path of a socket has at most "
		    "%zu bytes, this one has %zu",
		    STR_ARGS(path), most, path.length);
	return true;
}

/* A name or address of a host, without the brackets that v6 needs. */
static bool
check_host(struct str host)
{
	struct address address;
	struct error error;

	if (host.length > 2 && host.data[0] == '[' &&
	    host.data[host.length - 1] == ']')
		return address_parse(str_slice(host, 1, host.length - 1),
		    &address, &error);
	if (str_equal(host, STR("*")))
		return true;
	for (size_t i = 0; i < host.length; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
			   "Z"
			   "0123456789.-_",
			host.data[i]) == NULL)
			return false;
	return host.length > 0 && host.length <= HOST_MAX;
}

static bool
check_inet(const struct policy_reader *reader, struct str text,
    struct place place)
{
	struct str host, port;
	unsigned long number;

	if (!str_cut_last(text, ':', &host, &port) ||
	    !str_number(port, PORT_MAX, &number) || number == 0)
		return problems_error(reader->problems, place,
		    "\"inet:" STR_FORMAT "\": a port from 1 to %d must follow "
		    "the last colon, as in \"inet:127.0.0.1:9998\"",
		    STR_ARGS(text), PORT_MAX);
	if (!check_host(host))
		return problems_error(reader->problems, place,
		    "\"inet:" STR_FORMAT "\": before the port stands an "
		    "address, a name or *; an IPv6 address in [ ]",
		    STR_ARGS(text));
	return true;
}

static bool
check_systemd(const struct policy_reader *reader, struct str name,
    struct place place)
{
	(void)reader;
	(void)name;
	(void)place;
	return true;
}

static const struct scheme {
	struct str prefix;
	bool (*check)(const struct policy_reader *reader, struct str rest,
	    struct place place);
} schemes[] = {
	{ .prefix = STR_INIT("unix:"), .check = check_unix },
	{ .prefix = STR_INIT("inet:"), .check = check_inet },
	{ .prefix = STR_INIT("systemd:"), .check = check_systemd },
};

static void
read_at(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_listener *listener = object;

	(void)setting;
	listener->at = arena_copy(reader->arena, node->text);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		struct str prefix = schemes[i].prefix;

		if (!str_starts(node->text, prefix))
			continue;
		schemes[i].check(reader,
		    str_slice(node->text, prefix.length, node->text.length),
		    node->place);
		return;
	}
	problems_error(reader->problems, node->place,
	    "\"" STR_FORMAT "\" is no address to listen at: it begins with "
	    "unix:, inet: or systemd:",
	    STR_ARGS(node->text));
}

static void
read_mode(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_listener *listener = object;
	struct str text = node->text;
	unsigned mode = 0;
	bool octal =
	    text.length == 3 || (text.length == 4 && text.data[0] == '0');

	(void)setting;
	for (size_t i = 0; octal && i < text.length; i++) {
		octal = text.data[i] >= '0' && text.data[i] <= '7';
		mode = mode * 8 + (unsigned)(text.data[i] - '0');
	}
	if (!octal) {
		problems_error(reader->problems, node->place,
		    "\"" STR_FORMAT "\" is no mode of a socket: three octal "
		    "digits are, as in \"0660\"",
		    STR_ARGS(text));
		return;
	}
	if ((mode & 2) != 0)
		problems_warning(reader->problems, node->place,
		    "mode \"" STR_FORMAT "\" lets every user of this host "
		    "connect",
		    STR_ARGS(text));
	listener->mode = mode;
}

static void
read_group(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_listener *listener = object;

	(void)setting;
	if (node->text.length > GROUP_MAX)
		problems_error(reader->problems, node->place,
		    "the name of a group has at most %d characters", GROUP_MAX);
	listener->group = arena_copy(reader->arena, node->text);
}

static const struct policy_setting listener_settings[] = {
	{
	    .name = "at",
	    .type = POLICY_SETTING_STRING,
	    .required = true,
	    .read = read_at,
	},
	{
	    .name = "mode",
	    .type = POLICY_SETTING_STRING,
	    .preset = "\"0660\"",
	    .read = read_mode,
	},
	{
	    .name = "group",
	    .type = POLICY_SETTING_STRING,
	    .preset = "\"\"",
	    .read = read_group,
	},
};

const struct policy_setting_group policy_listener_settings = {
	.name = "an entry of listen",
	.settings = listener_settings,
	.count = sizeof(listener_settings) / sizeof(listener_settings[0]),
};

/* mode and group mean something for unix sockets alone. */
static void
check_unused(struct policy_reader *reader, const struct policy_node *node,
    const struct policy_listener *listener)
{
	static const char *const of_unix[] = { "mode", "group" };

	if (listener->at.length == 0 || str_starts(listener->at, STR("unix:")))
		return;
	for (size_t i = 0; i < sizeof(of_unix) / sizeof(of_unix[0]); i++) {
		const struct policy_node *unused =
		    policy_settings_find(node, of_unix[i]);

		if (unused != NULL)
			problems_error(reader->problems, unused->place,
			    "\"%s\" means something for a unix socket only",
			    of_unix[i]);
	}
}

/* A string is short for a group that has only "at". */
static void
read_listener(struct policy_reader *reader, const struct policy_node *node,
    struct policy_listener *listener)
{
	struct policy_node at = *node;
	struct policy_node group = {
		.kind = POLICY_NODE_GROUP,
		.place = node->place,
		.children = &at,
		.count = 1,
	};

	listener->place = node->place;
	at.name = "at";
	if (node->kind == POLICY_NODE_GROUP)
		group = *node;
	policy_settings_read(reader, &policy_listener_settings, &group,
	    listener);
	check_unused(reader, &group, listener);
}

static const struct policy_listener *
read_listeners(struct policy_reader *reader, const struct policy_node *node,
    size_t *count)
{
	bool list = node->kind == POLICY_NODE_LIST;
	const struct policy_node *nodes = list ? node->children : node;
	size_t number = list ? node->count : 1;
	struct policy_listener *listeners =
	    arena_alloc(reader->arena, number * sizeof(*listeners));

	for (size_t i = 0; i < number; i++) {
		read_listener(reader, &nodes[i], &listeners[i]);
		for (size_t j = 0; j < i; j++)
			if (str_equal(listeners[j].at, listeners[i].at))
				problems_error(reader->problems,
				    listeners[i].place,
				    "\"" STR_FORMAT "\" is listed twice",
				    STR_ARGS(listeners[i].at));
	}
	*count = number;
	return listeners;
}

static void
read_policy(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy *policy = object;

	(void)setting;
	policy->policy_listeners =
	    read_listeners(reader, node, &policy->policy_listener_count);
}

static void
read_milter(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy *policy = object;

	(void)setting;
	policy->milter_listeners =
	    read_listeners(reader, node, &policy->milter_listener_count);
	for (size_t i = 0; i < policy->milter_listener_count; i++)
		if (str_starts(policy->milter_listeners[i].at, STR("systemd:")))
			problems_error(reader->problems,
			    policy->milter_listeners[i].place,
			    "the milter takes no socket from systemd: "
			    "libmilter opens its own");
	if (policy->milter_listener_count > 1)
		problems_error(reader->problems,
		    policy->milter_listeners[1].place,
		    "the milter has one address only: libmilter listens once");
}

static const struct policy_setting listen_settings[] = {
	{
	    .name = "policy",
	    .type = POLICY_SETTING_LISTENERS,
	    .read = read_policy,
	},
	{
	    .name = "milter",
	    .type = POLICY_SETTING_LISTENERS,
	    .read = read_milter,
	},
};

const struct policy_setting_group policy_listen_settings = {
	.name = "listen",
	.settings = listen_settings,
	.count = sizeof(listen_settings) / sizeof(listen_settings[0]),
};

void
policy_listen_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	(void)setting;
	policy_settings_read(reader, &policy_listen_settings, node, object);
}
