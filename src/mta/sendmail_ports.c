/*
 * sendmail_ports.c - where Sendmail listens, and the filters that it asks:
 * O DaemonPortOptions, O InputMailFilters and X lines (Sendmail daemon.c,
 * milter.c).
 */
#include "mta/sendmail.h"

#include <string.h>

static const struct {
	struct str name;
	unsigned number;
} ports[] = {
	{ STR_INIT("smtp"), 25 },
	{ STR_INIT("mail"), 25 },
	{ STR_INIT("smtps"), 465 },
	{ STR_INIT("submissions"), 465 },
	{ STR_INIT("urd"), 465 },
	{ STR_INIT("submission"), 587 },
	{ STR_INIT("msa"), 587 },
};

static unsigned
port_number(struct str port)
{
	unsigned long number;

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (str_equal(port, ports[i].name))
			return ports[i].number;
	return str_number(port, 65535, &number) ? (unsigned)number : 0;
}

/* Keys are told by their first letter, as Sendmail tells them. */
static void
read_port_key(struct sendmail_listener *listener, char key, struct str value)
{
	switch (key) {
	case 'A':
		listener->addr = value;
		break;
	case 'F':
		listener->ipv6 = str_equal(value, STR("inet6")) ||
		    str_equal(value, STR("6"));
		listener->local = str_equal(value, STR("local")) ||
		    str_equal(value, STR("unix"));
		break;
	case 'I':
		listener->has_filter = true;
		listener->filters = value;
		break;
	case 'M':
		listener->flags = value;
		break;
	case 'N':
		listener->name = value;
		break;
	case 'P':
		listener->port = value;
		break;
	}
}

/* A name that every host's files give to its loopback interface. */
static bool
is_localhost(struct str name)
{
	return str_equal_nocase(name, STR("localhost")) ||
	    str_equal_nocase(name, STR("localhost.localdomain"));
}

static void
resolve_address(struct sendmail_listener *listener)
{
	struct str text = listener->addr;
	struct error error;

	if (listener->local) {
		listener->known = listener->loopback = true;
		return;
	}
	if (str_starts(text, STR("IPv6:")))
		text = str_slice(text, 5, text.length);
	if (text.length == 0) {
		listener->any = listener->known = true;
	} else if (is_localhost(text)) {
		listener->known = listener->loopback = true;
	} else if (address_parse(text, &listener->address, &error)) {
		listener->known = true;
		listener->any = address_is_any(&listener->address);
		listener->loopback = address_is_loopback(&listener->address);
	}
}

static void
read_listener(struct sendmail_listener *listener, struct str text,
    struct place place)
{
	struct str key, value;

	listener->place = place;
	listener->port = STR("smtp");
	while (sendmail_part_next(&text, ',', &key, &value))
		if (key.length > 0)
			read_port_key(listener, key.data[0], value);
	listener->number = port_number(listener->port);
	resolve_address(listener);
}

static size_t
count_lines(const struct sendmail_cf *cf, char kind, struct str name)
{
	const struct sendmail_line *line = NULL;
	size_t count = 0;

	while ((line = sendmail_cf_next(cf, kind, name, line)) != NULL)
		count++;
	return count;
}

void
sendmail_read_listeners(struct sendmail *sendmail)
{
	const struct str option = STR("DaemonPortOptions");
	const struct sendmail_line *line = NULL;
	size_t count = count_lines(&sendmail->cf, 'O', option);
	struct sendmail_listener *listeners =
	    arena_alloc(sendmail->arena, (count + 1) * sizeof(*listeners));

	while (
	    (line = sendmail_cf_next(&sendmail->cf, 'O', option, line)) != NULL)
		read_listener(&listeners[sendmail->listener_count++],
		    line->value, sendmail_place(&sendmail->cf, line));
	if (count == 0)
		read_listener(&listeners[sendmail->listener_count++], STR(""),
		    (struct place){ sendmail->cf.path, 0 });
	sendmail->listeners = listeners;
}

static bool
is_listed(struct str list, struct str name)
{
	struct str key, value;

	while (sendmail_part_next(&list, ',', &key, &value))
		if (str_equal_nocase(key, name))
			return true;
	return false;
}

static void
read_filter(struct sendmail_filter *filter, const struct sendmail_line *line)
{
	struct str text = line->value, key, value;

	filter->name = line->name;
	while (sendmail_part_next(&text, ',', &key, &value)) {
		switch (key.length > 0 ? key.data[0] : '\0') {
		case 'S':
			filter->socket = value;
			break;
		case 'F':
			filter->flags = value;
			break;
		case 'T':
			filter->timeouts = value;
			break;
		}
	}
}

void
sendmail_read_filters(struct sendmail *sendmail)
{
	const struct sendmail_line *line = NULL;
	const struct sendmail_line *option =
	    sendmail_cf_option(&sendmail->cf, STR("InputMailFilters"));
	struct sendmail_filter *filters = arena_alloc(sendmail->arena,
	    (count_lines(&sendmail->cf, 'X', STR("")) + 1) * sizeof(*filters));

	sendmail->filters = filters;
	while ((line = sendmail_cf_next(&sendmail->cf, 'X', STR(""), line)) !=
	    NULL) {
		struct sendmail_filter *filter =
		    &filters[sendmail->filter_count++];

		read_filter(filter, line);
		filter->place = sendmail_place(&sendmail->cf, line);
		filter->listed =
		    option != NULL && is_listed(option->value, filter->name);
	}
}
