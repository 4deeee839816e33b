/*
 * route_sendmail.c - the next hop of Sendmail: the smart host ($S), the
 * mailer table, and the host to which submit.cf hands mail.
 */
#include "mta/route.h"

#include "mta/sendmail.h"

#include <string.h>

static bool
is_own(const struct route_search *search, struct str host)
{
	const struct sendmail *sendmail = search->mta->sendmail;

	return sendmail_class_has(sendmail_class_find(&sendmail->classes,
				      STR("w")),
		   host, NULL) == LOOKUP_FOUND;
}

/* "mailer:host", "[host]", "host": the mailer, and the host. */
static void
cut_mailer(struct str text, struct str *mailer, struct str *host)
{
	*mailer = STR("");
	*host = str_trim(text);
	if (host->length > 0 && host->data[0] != '[' && str_has(*host, ':'))
		str_cut(*host, ':', mailer, host);
}

static void
apply(const struct route_search *search, struct route_way *way, struct str text)
{
	struct str mailer, host;

	cut_mailer(text, &mailer, &host);
	if (str_equal(mailer, STR("error")) ||
	    str_equal(mailer, STR("discard")))
		way->end = ROUTE_NOWHERE;
	else if (host.length > 0 && str_equal(host, STR("%0")))
		way->end = ROUTE_DIRECT;
	else if (host.length > 0)
		route_to(search, way, host);
	way->text = text;
}

static bool
list_entry(void *state, const struct postfix_entry *entry)
{
	struct route_search *search = state;
	struct str mailer, host;

	cut_mailer(entry->value, &mailer, &host);
	if (str_equal(mailer, STR("local")) ||
	    str_equal(mailer, STR("error")) ||
	    str_equal(mailer, STR("discard")))
		return true;
	struct route_way *way =
	    route_other(search, ROUTE_DIRECT, "mailertable", entry->place);
	way->key = entry->key;
	apply(search, way, entry->value);
	return true;
}

static void
list_mailers(struct route_search *search)
{
	const struct sendmail_map *map =
	    sendmail_map_find(search->mta->sendmail, STR("mailertable"));
	const char *reason = NULL;

	if (map == NULL)
		return;
	enum postfix_found found =
	    sendmail_map_each(map, list_entry, search, &reason);
	if (found == POSTFIX_FOUND)
		return;
	struct route_way *way =
	    route_other(search, ROUTE_UNKNOWN, "mailertable", map->place);
	way->text = map->path;
	way->reason = reason;
}

/* What a D line of a configuration comes to; false: there is none. */
static bool
macro(const struct route_search *search, const struct sendmail_cf *cf,
    struct str name, struct str *value, struct place *place)
{
	const struct sendmail *sendmail = search->mta->sendmail;
	const struct sendmail_names names = { &sendmail->site,
		sendmail_site_macro };
	const struct sendmail_line *line = sendmail_cf_macro(cf, name);

	if (line == NULL)
		return false;
	*place = sendmail_place(cf, line);
	if (!sendmail_cf_expand(cf, NULL, &names, line->value, search->arena,
		value))
		*value = line->value;
	*value = str_trim(*value);
	return value->length > 0;
}

void
route_sendmail(struct route_search *search)
{
	const struct sendmail *sendmail = search->mta->sendmail;
	struct place place = { sendmail->path, 0 };
	struct str value;

	search->is_own = is_own;
	bool smart = macro(search, &sendmail->cf, STR("S"), &value, &place);
	struct route_way *usual =
	    route_usual(search, ROUTE_DIRECT, "SMART_HOST (DS)", place);
	if (smart)
		apply(search, usual, value);
	list_mailers(search);
	/* Programs of the host hand their mail over by submit.cf. */
	if (sendmail->submit_unread != NULL)
		route_other(search, ROUTE_UNKNOWN, "MTAHost of submit.cf",
		    sendmail->submit_place)
		    ->reason = sendmail->submit_unread;
	if (sendmail->submit.path == NULL ||
	    !macro(search, &sendmail->submit, STR("MTAHost"), &value, &place))
		return;
	struct route_way way = { .end = ROUTE_DIRECT };
	route_to(search, &way, value);
	if (way.end == ROUTE_SELF)
		return;
	struct route_way *other =
	    route_other(search, way.end, "MTAHost of submit.cf", place);
	route_to(search, other, value);
}
