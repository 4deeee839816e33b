/*
 * role_derive.c - the roles that a configuration shows.
 */
#include "check/role.h"

#include "mta/exim.h"
#include "mta/exim_expand.h"
#include "mta/postfix.h"
#include "mta/postfix_list.h"
#include "mta/sendmail.h"

enum {
	SMTPS = 465,
	SUBMISSION = 587,
};

/* What has been found so far. */
struct signs {
	struct arena *arena;
	unsigned roles;
	const char *from;
};

/* Takes a role, and the first sign of it. */
static void
take(struct signs *signs, enum policy_role role, const char *sign)
{
	if ((signs->roles & role) != 0)
		return;
	signs->roles |= role;
	signs->from = arena_print(signs->arena, "%s%s%s", signs->from,
	    signs->from[0] != '\0' ? "; " : "", sign);
}

static void
look_at_port(struct signs *signs, unsigned port)
{
	if (port == SMTPS || port == SUBMISSION)
		take(signs, POLICY_ROLE_SUBMISSION,
		    arena_print(signs->arena, "a service on port %u", port));
}

/* "class w has example.com (local-host-names:3)" */
static const char *
sign_at(struct signs *signs, const char *what, struct str value,
    struct place place)
{
	return arena_print(signs->arena, "%s " STR_FORMAT " (%s:%u)", what,
	    STR_ARGS(value), place.file, place.line);
}

/* "relay_domains = example.com (main.cf:12)" */
static const char *
sign_of(struct signs *signs, const char *name,
    const struct postfix_value *value)
{
	enum {
		SHOWN = 60, /* bytes of a value */
	};
	struct str text = value->text;
	const char *more = "";

	if (text.length > SHOWN) {
		text.length = SHOWN;
		more = "...";
	}
	if (value->place.file == NULL)
		return arena_print(signs->arena, "%s = " STR_FORMAT "%s", name,
		    STR_ARGS(text), more);
	return arena_print(signs->arena, "%s = " STR_FORMAT "%s (%s:%u)", name,
	    STR_ARGS(text), more, value->place.file, value->place.line);
}

/* A value that somebody has written; false: a default, or not to be had. */
static bool
is_written(const struct postfix *postfix, const struct postfix_service *service,
    const char *name, struct postfix_value *value)
{
	struct error error;

	return postfix_value(postfix, service, name, value, &error) &&
	    (value->origin == POSTFIX_FROM_MAIN ||
		value->origin == POSTFIX_FROM_MASTER) &&
	    str_trim(value->text).length > 0;
}

/* localhost, localhost.example.com, or the name of the host itself. */
static bool
is_own_name(const struct postfix *postfix, struct str name)
{
	struct postfix_value myhostname;
	struct error error;

	return str_equal_nocase(name, STR("localhost")) ||
	    (name.length > 10 &&
		str_equal_nocase(str_slice(name, 0, 10), STR("localhost."))) ||
	    (postfix_value(postfix, NULL, "myhostname", &myhostname, &error) &&
		str_equal_nocase(name, myhostname.text));
}

/* Whether mydestination has more than the names of the host. */
static bool
receives_for_others(const struct postfix *postfix, struct postfix_value *value)
{
	struct str rest, token;

	if (!is_written(postfix, NULL, "mydestination", value))
		return false;
	rest = value->text;
	while (postfix_list_next(&rest, &token))
		if (!is_own_name(postfix, token))
			return true;
	return false;
}

static void
look_for_mx(struct signs *signs, const struct postfix *postfix)
{
	static const char *const domains[] = {
		"virtual_mailbox_domains",
		"virtual_alias_domains",
		"relay_domains",
	};
	struct postfix_value value;

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (is_written(postfix, NULL, domains[i], &value))
			take(signs, POLICY_ROLE_MX,
			    sign_of(signs, domains[i], &value));
	if (receives_for_others(postfix, &value))
		take(signs, POLICY_ROLE_MX,
		    sign_of(signs, "mydestination", &value));
}

/* Whether mynetworks, as it is written, has more than loopback. */
static bool
trusts_others(const struct postfix *postfix,
    const struct postfix_service *service, struct postfix_value *value)
{
	static const struct str loopback[] = {
		STR_INIT("127."),
		STR_INIT("[::1]"),
		STR_INIT("::1"),
		STR_INIT("[::ffff:127."),
		STR_INIT("!"),
	};
	struct str rest, token;

	if (!is_written(postfix, service, "mynetworks", value))
		return false;
	rest = value->text;
	while (postfix_list_next(&rest, &token)) {
		bool own = false;

		for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]);
		     i++)
			own |= str_starts(token, loopback[i]);
		if (!own)
			return true;
	}
	return false;
}

static void
look_at_listener(struct signs *signs, const struct postfix *postfix,
    const struct postfix_listener *listener)
{
	const struct postfix_service *service = listener->smtpd;
	struct postfix_value value;
	struct error error;
	bool sasl = false;

	if (!listener->reachable)
		return;
	look_at_port(signs, listener->port);
	if (postfix_flag(postfix, service, "smtpd_sasl_auth_enable", &sasl,
		&value, &error) &&
	    sasl)
		take(signs, POLICY_ROLE_SUBMISSION,
		    sign_of(signs, "smtpd_sasl_auth_enable", &value));
	if (trusts_others(postfix, service, &value))
		take(signs, POLICY_ROLE_SITE_RELAY,
		    sign_of(signs, "mynetworks", &value));
	look_for_mx(signs, postfix);
}

static void
look_at_postfix(struct signs *signs, const struct postfix *postfix)
{
	const struct postfix_listener *listeners;
	size_t count;

	postfix_listeners(postfix, &listeners, &count);
	for (size_t i = 0; i < count; i++)
		look_at_listener(signs, postfix, &listeners[i]);
}

/* Of a Sendmail, the names that it takes mail for, and those it relays for. */
static void
look_at_class(struct signs *signs, const struct sendmail *sendmail,
    struct str name, const char *what)
{
	const struct sendmail_class *class =
	    sendmail_class_find(&sendmail->classes, name);

	for (size_t i = 0; i < class->count; i++) {
		const struct sendmail_member *member = &class->members[i];
		struct netblock block;
		bool network = sendmail_member_block(member->word, &block);

		/* What the host gives itself has no place. */
		if (member->place.file == NULL || member->word.length == 0 ||
		    member->word.data[0] == '[' ||
		    str_equal_nocase(member->word, STR("localhost")) ||
		    str_equal_nocase(member->word, sendmail->site.hostname) ||
		    (network && address_is_loopback(&block.address)))
			continue;
		take(signs, network ? POLICY_ROLE_SITE_RELAY : POLICY_ROLE_MX,
		    sign_at(signs, what, member->word, member->place));
	}
}

static void
look_at_sendmail(struct signs *signs, const struct sendmail *sendmail)
{
	bool reachable = false;

	for (size_t i = 0; i < sendmail->listener_count; i++) {
		const struct sendmail_listener *listener =
		    &sendmail->listeners[i];

		if (listener->loopback || listener->local)
			continue;
		reachable = true;
		look_at_port(signs, listener->number);
	}
	if (!reachable)
		return;
	look_at_class(signs, sendmail, STR("w"), "class w has");
	look_at_class(signs, sendmail, STR("R"), "class R has");
}

/* Whether an item of a list of hosts is more than this host itself. */
static bool
is_other_host(struct str item)
{
	return item.length > 0 && item.data[0] != '!' && item.data[0] != '@' &&
	    item.data[0] != '+' && !str_starts(item, STR("127.")) &&
	    !str_equal(item, STR("::1")) && !str_equal(item, STR("localhost"));
}

/* Whether a domain is more than a name of the host. */
static bool
is_other_domain(const struct exim *exim, struct str item)
{
	return item.length > 0 && item.data[0] != '!' && item.data[0] != '@' &&
	    item.data[0] != '+' && !str_equal(item, STR("localhost")) &&
	    !str_starts(item, STR("localhost.")) &&
	    !str_equal_nocase(item, exim_main(exim, "primary_hostname").value);
}

/* The lists that "accept" names: "+relay_from_hosts", or items. */
static void
look_at_list(struct signs *signs, const struct exim *exim, bool hosts,
    struct str list, struct place place)
{
	struct exim_items items = exim_items_of(list);
	struct str item;

	while (exim_items_next(&items, signs->arena, &item)) {
		const struct exim_named_list *named =
		    item.length > 1 && item.data[0] == '+'
		    ? exim_list_named(exim, hosts ? "hostlist" : "domainlist",
			  str_slice(item, 1, item.length))
		    : NULL;
		struct exim_items inner =
		    exim_items_of(named != NULL ? named->value : item);
		struct place at = named != NULL ? named->place : place;

		while (exim_items_next(&inner, signs->arena, &item))
			if (hosts ? is_other_host(item)
				  : is_other_domain(exim, item))
				take(signs,
				    hosts ? POLICY_ROLE_SITE_RELAY
					  : POLICY_ROLE_MX,
				    sign_at(signs, hosts ? "hosts" : "domains",
					item, at));
	}
}

static void
look_at_statement(struct signs *signs, const struct exim *exim,
    const struct exim_statement *statement)
{
	const struct exim_options *conditions = &statement->conditions;

	if (statement->verb != EXIM_ACCEPT)
		return;
	for (size_t i = 0; i < conditions->count; i++) {
		const struct exim_option *one = &conditions->options[i];
		bool hosts = str_equal(one->name, STR("hosts"));

		if (!one->negated &&
		    (hosts || str_equal(one->name, STR("domains"))))
			look_at_list(signs, exim, hosts, one->value,
			    one->place);
	}
}

static void
look_at_exim(struct signs *signs, const struct exim *exim)
{
	const struct exim_listener *listeners;
	struct error error;
	size_t count = 0;
	bool reachable = false;

	if (!exim_listeners(exim, signs->arena, &listeners, &count, &error))
		return;
	for (size_t i = 0; i < count; i++) {
		if (listeners[i].loopback)
			continue;
		reachable = true;
		look_at_port(signs, listeners[i].port);
	}
	if (!reachable)
		return;
	if (exim->authenticators.count > 0)
		take(signs, POLICY_ROLE_SUBMISSION,
		    sign_at(signs, "authenticator",
			exim->authenticators.drivers[0].name,
			exim->authenticators.drivers[0].place));
	for (size_t i = 0; i < exim->acl_count; i++)
		for (size_t j = 0; j < exim->acls[i].count; j++)
			look_at_statement(signs, exim,
			    &exim->acls[i].statements[j]);
}

unsigned
role_derive(const struct mta_list *mtas, struct arena *arena, const char **from)
{
	struct signs signs = { .arena = arena, .from = "" };

	for (size_t i = 0; i < mtas->count; i++) {
		const struct mta *mta = &mtas->mtas[i];

		if (mta->postfix != NULL)
			look_at_postfix(&signs, mta->postfix);
		if (mta->sendmail != NULL)
			look_at_sendmail(&signs, mta->sendmail);
		if (mta->exim != NULL)
			look_at_exim(&signs, mta->exim);
	}
	if (signs.roles == 0)
		take(&signs, POLICY_ROLE_NULL_CLIENT,
		    "nothing says that others send here, or that it receives "
		    "mail of more than itself");
	*from = arena_print(arena, "derived: %s", signs.from);
	return signs.roles;
}
