/*
 * sendmail_guard.c - our own guard, where Sendmail asks it.
 */
#include "check/sendmail_guard.h"

#include <string.h>

/* The path of a socket of the file system; false: it is none. */
static bool
socket_path(struct str socket, struct str *path)
{
	static const struct str prefixes[] = {
		STR_INIT("unix:"),
		STR_INIT("local:"),
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (str_starts(socket, prefixes[i])) {
			*path = str_slice(socket, prefixes[i].length,
			    socket.length);
			return true;
		}
	*path = socket;
	return socket.length > 0 && socket.data[0] == '/';
}

/* The ports of inet:port@host, and of inet:host:port. */
static bool
same_port(struct str socket, struct str listener)
{
	struct str family, rest, port, host, at, number;

	if (!str_cut(socket, ':', &family, &rest) ||
	    !str_starts(family, STR("inet")) ||
	    !str_starts(listener, STR("inet:")))
		return false;
	str_cut(rest, '@', &port, &host);
	return str_cut_last(listener, ':', &at, &number) &&
	    str_equal(port, number);
}

static bool
same_socket(struct str socket, struct str listener)
{
	struct str path, at;

	if (socket_path(socket, &path))
		return socket_path(listener, &at) && str_equal(path, at);
	return same_port(socket, listener);
}

bool
sendmail_is_guard(const struct sendmail_filter *filter,
    const struct policy *policy)
{
	static const char directory[] = "/mtaguard/";
	struct str path;

	if (policy == NULL)
		return socket_path(filter->socket, &path) &&
		    memmem(path.data, path.length, directory,
			sizeof(directory) - 1) != NULL;
	for (size_t i = 0; i < policy->milter_listener_count; i++)
		if (same_socket(filter->socket, policy->milter_listeners[i].at))
			return true;
	return false;
}

static bool
is_named(struct str list, struct str name)
{
	struct str key, value;

	while (sendmail_part_next(&list, ';', &key, &value))
		if (str_equal_nocase(key, name))
			return true;
	return false;
}

const struct sendmail_filter *
sendmail_guard_of(const struct sendmail *sendmail,
    const struct sendmail_listener *listener, const struct policy *policy)
{
	for (size_t i = 0; i < sendmail->filter_count; i++) {
		const struct sendmail_filter *filter = &sendmail->filters[i];
		bool asked = listener->has_filter
		    ? is_named(listener->filters, filter->name)
		    : filter->listed;

		if (asked && sendmail_is_guard(filter, policy))
			return filter;
	}
	return NULL;
}

bool
sendmail_filter_opens(const struct sendmail_filter *filter)
{
	return filter->flags.length == 0 ||
	    memchr("RT4", filter->flags.data[0], 3) == NULL;
}
