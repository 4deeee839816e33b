/*
 * cmd_wire_address.c - an address of listen, as each MTA names it.
 */
#include "cmd_wire.h"

/* Where Postfix is chrooted to; it names sockets below it relative to it. */
static const struct str queue_directory = STR_INIT("/var/spool/postfix/");

static bool
cut_kind(struct str at, const char *kind, struct str *rest)
{
	struct str name;

	return str_cut(at, ':', &name, rest) && str_equal(name, str_from(kind));
}

/* Cuts "host:port", where the host may be in brackets. */
static void
cut_host(struct str text, struct str *host, struct str *port)
{
	str_cut_last(text, ':', host, port);
	if (str_equal(*host, STR("*")))
		*host = STR("127.0.0.1");
}

bool
wire_write_postfix(struct str at, struct buf *buf)
{
	struct str rest, host, port;

	if (cut_kind(at, "unix", &rest)) {
		if (str_starts(rest, queue_directory))
			rest = str_slice(rest, queue_directory.length,
			    rest.length);
		buf_print(buf, "unix:" STR_FORMAT, STR_ARGS(rest));
		return true;
	}
	if (cut_kind(at, "inet", &rest)) {
		cut_host(rest, &host, &port);
		buf_print(buf, "inet:" STR_FORMAT ":" STR_FORMAT,
		    STR_ARGS(host), STR_ARGS(port));
		return true;
	}
	return false;
}

bool
wire_write_sendmail(struct str at, struct buf *buf)
{
	struct str rest, host, port;

	if (cut_kind(at, "unix", &rest)) {
		buf_print(buf, "unix:" STR_FORMAT, STR_ARGS(rest));
		return true;
	}
	if (!cut_kind(at, "inet", &rest))
		return false;
	cut_host(rest, &host, &port);
	bool inet6 = str_starts(host, STR("["));
	if (inet6)
		host = str_slice(host, 1, host.length - 1);
	buf_print(buf, "%s:" STR_FORMAT "@" STR_FORMAT,
	    inet6 ? "inet6" : "inet", STR_ARGS(port), STR_ARGS(host));
	return true;
}

bool
wire_find(const struct policy_listener *listeners, size_t count,
    wire_writer *write, struct buf *buf)
{
	for (size_t i = 0; i < count; i++)
		if (write(listeners[i].at, buf))
			return true;
	return false;
}
