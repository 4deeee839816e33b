/*
 * role_derive.c - the roles that a configuration shows.
 */
#include "check/role.h"

#include "mta/postfix.h"
#include "mta/postfix_list.h"

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
	enum {
		SMTPS = 465,
		SUBMISSION = 587,
	};
	const struct postfix_service *service = listener->smtpd;
	struct postfix_value value;
	struct error error;
	bool sasl = false;

	if (!listener->reachable)
		return;
	if (listener->port == SMTPS || listener->port == SUBMISSION)
		take(signs, POLICY_ROLE_SUBMISSION,
		    arena_print(signs->arena, "a service on port %u",
			listener->port));
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

unsigned
role_derive(const struct mta_list *mtas, struct arena *arena, const char **from)
{
	struct signs signs = { .arena = arena, .from = "" };

	for (size_t i = 0; i < mtas->count; i++)
		if (mtas->mtas[i].postfix != NULL)
			look_at_postfix(&signs, mtas->mtas[i].postfix);
	if (signs.roles == 0)
		take(&signs, POLICY_ROLE_NULL_CLIENT,
		    "nothing says that others send here, or that it receives "
		    "mail of more than itself");
	*from = arena_print(arena, "derived: %s", signs.from);
	return signs.roles;
}
