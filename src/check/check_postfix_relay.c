/*
 * check_postfix_relay.c - the restriction lists that decide who may relay, as
 * auditors read them.
 *
 * Whether the lists do what they should is the business of relay-closed,
 * which evaluates them; these checks are about what stands in them.
 */
#include "check/check_postfix.h"
#include "check/groups.h"
#include "mta/postfix_expand.h"
#include "mta/postfix_list.h"
#include "mta/restriction_list.h"

#include <string.h>

/* What of a list was seen, from left to right. */
struct order {
	bool networks; /* permit_mynetworks */
	bool guard;    /* a refusal of foreign destinations */
	bool open;     /* an unconditional permit before it */
	struct str opener;
};

static struct order
order_of(struct str list)
{
	struct order order = { .opener = STR("") };
	struct str token;

	while (
	    postfix_list_next(&list, &token) && !order.guard && !order.open) {
		if (str_equal_nocase(token, STR("permit_mynetworks")))
			order.networks = true;
		else if (restriction_is_required(token))
			order.guard = true;
		else if (str_equal_nocase(token, STR("permit"))) {
			order.open = true;
			order.opener = token;
		}
	}
	return order;
}

static const char *
text_of(struct check_run *run, struct str text)
{
	return text.length > 0
	    ? arena_print(run->arena, STR_FORMAT, STR_ARGS(text))
	    : "(empty)";
}

/* Looks at one list of one service; whether it guards. */
static bool
list_guards(struct check_run *run, const struct postfix_service *service,
    const char *parameter, struct postfix_value *value, struct order *order)
{
	*order = (struct order){ .opener = STR("") };
	if (!check_postfix_value(run, service, parameter, value))
		return false;
	*order = order_of(value->text);
	return order->guard && !order->open;
}

/* Where one list refuses, the other need not. */
static void
listener_relay_look(struct check_run *run,
    const struct postfix_listener *listener)
{
	const struct postfix_service *service = listener->smtpd;
	struct postfix_value relay, recipient;
	struct order first, second;
	struct check_finding *finding;
	bool closed = list_guards(run, service, "smtpd_relay_restrictions",
	    &relay, &first);
	bool also = list_guards(run, service, "smtpd_recipient_restrictions",
	    &recipient, &second);
	const char *name = check_postfix_name(run, listener);
	struct place place = check_postfix_place(run, &relay);

	if (closed || also) {
		finding = check_pass(run,
		    closed ? place : check_postfix_place(run, &recipient),
		    "%s refuses foreign destinations in %s", name,
		    closed ? "smtpd_relay_restrictions"
			   : "smtpd_recipient_restrictions");
		finding->value =
		    text_of(run, closed ? relay.text : recipient.text);
		return;
	}
	if (first.open)
		finding = check_fail(run, place,
		    "%s: permit stands before every refusal", name);
	else
		finding = check_fail(run, place,
		    "%s: neither smtpd_relay_restrictions nor "
		    "smtpd_recipient_restrictions refuses foreign "
		    "destinations",
		    name);
	finding->value = text_of(run, relay.text);
	finding->wanted = "permit_mynetworks, permit_sasl_authenticated, "
			  "reject_unauth_destination";
}

static void
relay_run(struct check_run *run)
{
	if (check_postfix_each(run, true, listener_relay_look) == 0)
		check_not_applicable(run, "there is no smtpd in master.cf");
}

static void
recipient_run(struct check_run *run)
{
	struct postfix_value value;
	struct order order;
	struct check_finding *finding;

	if (!check_postfix_value(run, NULL, "smtpd_recipient_restrictions",
		&value))
		return;
	struct place place = check_postfix_place(run, &value);
	order = order_of(value.text);
	if (value.text.length == 0) {
		struct postfix_value relay = { .text = STR("") };

		if (list_guards(run, NULL, "smtpd_relay_restrictions", &relay,
			&order))
			finding =
			    check_pass(run, check_postfix_place(run, &relay),
				"empty, and smtpd_relay_restrictions refuses "
				"foreign destinations, as it is since Postfix "
				"2.10");
		else
			finding = check_fail(run, place,
			    "empty, and smtpd_relay_restrictions refuses no "
			    "foreign destination");
		finding->value = text_of(run, relay.text);
		return;
	}
	if (order.open)
		finding = check_fail(run, place,
		    "permit stands before every refusal: what follows it is "
		    "never asked");
	else if (order.guard)
		finding =
		    check_pass(run, place, "foreign destinations are refused");
	else
		finding = check_pass(run, place,
		    "refuses no foreign destination; "
		    "smtpd_relay_restrictions has to");
	finding->value = text_of(run, value.text);
}

/* Whether a list is exactly what the STIG demands. */
static bool
is_literal(struct str list)
{
	struct str first, second, third;

	return postfix_list_next(&list, &first) &&
	    str_equal(first, STR("permit_mynetworks")) &&
	    postfix_list_next(&list, &second) &&
	    str_equal(second, STR("reject")) &&
	    !postfix_list_next(&list, &third);
}

/*
 * What the literal text is for: that nobody but trusted networks is relayed
 * for. On a host that receives mail it would refuse all of it.
 */
static void
client_exception(struct check_run *run, struct place place, const char *value)
{
	struct postfix_value relay;
	struct order order;
	struct check_finding *finding;

	if (!list_guards(run, NULL, "smtpd_relay_restrictions", &relay,
		&order) &&
	    !list_guards(run, NULL, "smtpd_recipient_restrictions", &relay,
		&order)) {
		finding = check_fail(run, place,
		    "clients are not limited to trusted networks, and foreign "
		    "destinations are not refused either");
	} else {
		finding = check_pass(run, check_postfix_place(run, &relay),
		    "exception from the literal text: relaying is refused to "
		    "strangers by destination, which restricts the same and "
		    "lets this host receive mail; relay-closed proves it");
		value = text_of(run, relay.text);
	}
	finding->value = value;
	finding->wanted = "permit_mynetworks, reject, or a refusal of foreign "
			  "destinations";
}

static void
client_run(struct check_run *run)
{
	struct postfix_value value, interfaces;
	struct check_finding *finding;

	if (!check_postfix_value(run, NULL, "smtpd_client_restrictions",
		&value) ||
	    !check_postfix_value(run, NULL, "inet_interfaces", &interfaces))
		return;
	struct place place = check_postfix_place(run, &value);
	if (is_literal(value.text)) {
		finding = check_pass(run, place,
		    "only clients in mynetworks are served (whether those are "
		    "few, postfix-mynetworks-world tells)");
		finding->value = text_of(run, value.text);
		return;
	}
	client_exception(run, place, text_of(run, value.text));
}

/* Defaults that differ by level, and that somebody may rely on. */
static void
level_run(struct check_run *run)
{
	struct postfix_value level, relay, style;
	struct check_finding *finding;
	int order;

	if (!check_postfix_value(run, NULL, "compatibility_level", &level) ||
	    !check_postfix_value(run, NULL, "smtpd_relay_restrictions",
		&relay) ||
	    !check_postfix_value(run, NULL, "mynetworks_style", &style))
		return;
	struct place place = check_postfix_place(run, &level);
	if (!postfix_level_compare(level.text, STR("2"), &order)) {
		check_unknown(run, place,
		    "compatibility_level " STR_FORMAT " is none",
		    STR_ARGS(level.text));
		return;
	}
	if (order >= 0) {
		finding = check_pass(run, place,
		    "from level 2 on, the built-in defaults are safe");
	} else {
		bool empty = relay.origin == POSTFIX_FROM_DEFAULT &&
		    relay.text.length == 0;

		finding = check_fail(run, place,
		    "below level 2 the built-in defaults are unsafe: "
		    "%smynetworks_style = " STR_FORMAT
		    ", and relay_domains has "
		    "the subdomains of mydestination unless they are set",
		    empty ? "smtpd_relay_restrictions is empty, " : "",
		    STR_ARGS(style.text));
	}
	finding->value = text_of(run, level.text);
	finding->wanted = "3.6, or at least 2";
}

static const struct check_reference relay_references[] = {
	{ "ssg", "postfix_server_mail_smtpd_relay_restrictions" },
	{ "ssg", "postfix_server_relay" },
	{ "gen", "GEN004710" },
	{ "stig", "V-23952" },
	{ NULL, NULL },
};

static const struct check_reference client_references[] = {
	{ "ssg", "postfix_prevent_unrestricted_relay" },
	{ "cce", "CCE-84054-6" },
	{ "cce", "CCE-87232-5" },
	{ "cce", "CCE-87792-8" },
	{ "stig", "RHEL-07-040680" },
	{ "stig", "RHEL-08-040290" },
	{ "stig", "V-72297" },
	{ "stig", "V-230550" },
	{ "stig", "RHEL-09-252050" },
	{ "stig", "RHEL-10-200692" },
	{ "stig", "OL07-00-040680" },
	{ "stig", "OL08-00-040290" },
	{ "stig", "OL09-00-002425" },
	{ "stig", "TOSS-04-040700" },
	{ "gen", "GEN004710" },
	{ "stig", "V-23952" },
	{ "nist", "CM-6 b" },
	{ NULL, NULL },
};

static const struct check checks[] = {
	{
	    .id = "postfix-relay-restrictions",
	    .title = "Each smtpd refuses foreign destinations before it "
		     "permits everybody",
	    .severity = CHECK_HIGH,
	    .rationale =
		"Without reject_unauth_destination Postfix refuses to serve, "
		"or relays for the world.",
	    .remedy =
		"Set smtpd_relay_restrictions = permit_mynetworks, "
		"permit_sasl_authenticated, reject_unauth_destination, and "
		"nothing weaker with -o in master.cf.",
	    .references = relay_references,
	    .kinds = 1u << MTA_POSTFIX,
	    .run = relay_run,
	},
	{
	    .id = "postfix-recipient-restrictions",
	    .title = "smtpd_recipient_restrictions permits nobody before it "
		     "refuses",
	    .severity = CHECK_MEDIUM,
	    .rationale = "What stands behind an unconditional permit is never "
			 "asked.",
	    .remedy = "Remove permit, or put permit_mynetworks and "
		      "reject_unauth_destination before it.",
	    .references =
		(const struct check_reference[]){
		    { "ssg",
			"postfix_server_mail_smtpd_recipient_"
			"restrictions" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = recipient_run,
	},
	{
	    .id = "postfix-client-restrictions",
	    .title = "Only trusted clients are relayed for",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"The benchmarks demand smtpd_client_restrictions = "
		"permit_mynetworks, reject. On a host that receives mail, that "
		"setting would refuse all of it; refusing foreign destinations "
		"restricts relaying just as well.",
	    .remedy =
		"On a host that serves only its own networks, set "
		"smtpd_client_restrictions = permit_mynetworks, reject; on an "
		"MX, refuse foreign destinations in "
		"smtpd_relay_restrictions.",
	    .references = client_references,
	    .kinds = 1u << MTA_POSTFIX,
	    .run = client_run,
	},
	{
	    .id = "postfix-compatibility-level",
	    .title = "compatibility_level is one whose defaults are safe",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"Without compatibility_level Postfix takes the defaults of "
		"its oldest versions: no relay restrictions, the whole subnet "
		"trusted, subdomains of its own domains relayed for.",
	    .remedy = "Read COMPATIBILITY_README, set what you rely on, and "
		      "then compatibility_level = 3.6.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = 1u << MTA_POSTFIX,
	    .run = level_run,
	},
};

const struct check_group check_postfix_relay_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
