/*
 * check_sendmail_relay.c - who may relay through Sendmail: each knob by its
 * own severity, with its place.
 */
#include "check/check_sendmail.h"

#include "base/netblock_use.h"
#include "check/groups.h"
#include "check/sendmail_attempts.h"

typedef bool judge(struct check_run *run,
    const struct sendmail_opening *opening);

/*
 * Gives each opening to a judge, which says whether it told something; what is
 * not known is unknown for all. Returns how many were told.
 */
static unsigned
judge_all(struct check_run *run, judge *told)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	struct sendmail_relay relay;
	unsigned count = 0;

	if (sendmail == NULL)
		return 1;
	sendmail_relay_read(sendmail, run->arena, &relay);
	for (const struct sendmail_opening *opening = relay.openings;
	     opening != NULL; opening = opening->next)
		count += told(run, opening);
	for (const struct sendmail_doubt *doubt = relay.doubts; doubt != NULL;
	     doubt = doubt->next) {
		check_unknown(run, doubt->place, "%s", doubt->text);
		count++;
	}
	return count;
}

static void
show(struct check_run *run, struct check_finding *finding,
    const struct sendmail_opening *opening)
{
	if (opening->value.length > 0)
		finding->value = check_sendmail_text(run, opening->value);
}

/* ---- strangers, anywhere ---- */

static bool
is_open_to_strangers(struct check_run *run,
    const struct sendmail_opening *opening)
{
	struct check_finding *finding;

	if (!sendmail_opening_is_open(opening) ||
	    opening->who == SENDMAIL_FORGER)
		return false;
	if (opening->who == SENDMAIL_NAMES)
		finding = check_fail(run, opening->place,
		    "%s lets everybody with a name in this top-level domain "
		    "relay anywhere",
		    sendmail_knob_name(opening->knob));
	else if (opening->where == SENDMAIL_DOMAIN)
		finding = check_fail(run, opening->place,
		    "%s relays for everybody to a whole top-level domain",
		    sendmail_knob_name(opening->knob));
	else
		finding = check_fail(run, opening->place,
		    "%s lets everybody relay anywhere",
		    sendmail_knob_name(opening->knob));
	show(run, finding, opening);
	return true;
}

/* What the real program lets pass; true: something was told. */
static bool
tell_attempts(struct check_run *run, const struct sendmail *sendmail)
{
	struct sendmail_attempts attempts;
	bool told = false;

	if (!sendmail_attempts_make(sendmail, run->arena, &attempts))
		return false;
	for (size_t i = 0; i < attempts.count; i++) {
		const struct sendmail_question *question =
		    &attempts.questions[i];

		if (question->reply != SENDMAIL_RELAYS || told ||
		    attempts.forged[i])
			continue;
		struct check_finding *finding = check_fail(run,
		    (struct place){ sendmail->cf.path, 0 },
		    "Sendmail itself, asked as a stranger, accepts <%s> from "
		    "<%s>",
		    check_sendmail_text(run, question->recipient),
		    check_sendmail_text(run, question->sender));
		finding->value = "check_rcpt in test mode";
		told = true;
	}
	if (!told && attempts.asked)
		check_pass(run, (struct place){ sendmail->cf.path, 0 },
		    "Sendmail itself, asked as a stranger, refuses all %zu "
		    "attempts",
		    attempts.count);
	return true;
}

static void
open_relay_run(struct check_run *run)
{
	unsigned told = judge_all(run, is_open_to_strangers);

	if (run->mta->sendmail == NULL)
		return;
	if (!tell_attempts(run, run->mta->sendmail) && told == 0)
		check_pass(run, (struct place){ run->mta->config, 0 },
		    "no rule lets strangers relay anywhere");
}

/* ---- strangers who forge a sender ---- */

static bool
is_open_to_forgers(struct check_run *run,
    const struct sendmail_opening *opening)
{
	if (opening->who != SENDMAIL_FORGER)
		return false;
	show(run,
	    check_fail(run, opening->place,
		"%s lets everybody relay anywhere who writes a local sender, "
		"which anybody can",
		sendmail_knob_name(opening->knob)),
	    opening);
	return true;
}

static void
forged_run(struct check_run *run)
{
	if (judge_all(run, is_open_to_forgers) == 0)
		check_pass(run, (struct place){ run->mta->config, 0 },
		    "no sender address opens the relay");
}

/* ---- networks ---- */

/* Whether a block is within a network that this host stands in. */
static bool
is_own(const struct host *host, const struct netblock *block)
{
	for (size_t i = 0; i < host->interface_count; i++) {
		const struct host_interface *interface = &host->interfaces[i];
		const struct netblock around = { block->address,
			interface->prefix };

		if (interface->prefix <= block->prefix &&
		    netblock_contains(&around, &interface->address))
			return true;
	}
	return false;
}

static bool
is_single(const struct netblock *block)
{
	return block->prefix == 128;
}

static bool
is_network(struct check_run *run, const struct sendmail_opening *opening)
{
	struct check_finding *finding;
	const char *knob = sendmail_knob_name(opening->knob);
	const char *block;

	if (opening->who != SENDMAIL_NETWORK)
		return false;
	block = check_sendmail_block(run, opening);
	if (netblock_is_site(&opening->block) ||
	    is_own(run->context->host->network, &opening->block) ||
	    is_single(&opening->block))
		finding = check_pass(run, opening->place,
		    "%s lets %s relay anywhere", knob, block);
	else
		finding = check_fail(run, opening->place,
		    "%s lets %s relay anywhere, a public network that is not "
		    "this host's",
		    knob, block);
	show(run, finding, opening);
	return true;
}

static void
networks_run(struct check_run *run)
{
	if (judge_all(run, is_network) == 0)
		check_pass(run, (struct place){ run->mta->config, 0 },
		    "no network but this host itself may relay");
}

/* ---- what is named: domains and partners ---- */

static bool
is_named(struct check_run *run, const struct sendmail_opening *opening)
{
	const char *knob = sendmail_knob_name(opening->knob);
	const char *below = opening->below ? ", and what is below it" : "";
	struct check_finding *finding;

	if (opening->top_level)
		return false;
	if (opening->who == SENDMAIL_NAMES)
		finding = check_pass(run, opening->place,
		    "%s lets clients relay anywhere whose verified name is "
		    "this one%s",
		    knob, below);
	else if (opening->who == SENDMAIL_ANYONE &&
	    (opening->where == SENDMAIL_DOMAIN ||
		opening->where == SENDMAIL_ADDRESS))
		finding = check_pass(run, opening->place,
		    "%s relays for everybody to this one%s", knob, below);
	else if (opening->who == SENDMAIL_LOGIN ||
	    opening->who == SENDMAIL_CERTIFICATE)
		finding = check_pass(run, opening->place,
		    "%s lets clients relay anywhere that show this", knob);
	else
		return false;
	show(run, finding, opening);
	return true;
}

static void
named_run(struct check_run *run)
{
	if (judge_all(run, is_named) == 0)
		check_pass(run, (struct place){ run->mta->config, 0 },
		    "it relays for no other domain and no partner");
}

/* ---- domains that anybody can point here ---- */

static bool
is_mx(struct check_run *run, const struct sendmail_opening *opening)
{
	if (opening->where != SENDMAIL_MX)
		return false;
	check_fail(run, opening->place,
	    "%s relays to every domain whose owner points an MX record at "
	    "this host",
	    sendmail_knob_name(opening->knob));
	return true;
}

static void
mx_run(struct check_run *run)
{
	if (judge_all(run, is_mx) == 0)
		check_pass(run, (struct place){ run->mta->config, 0 },
		    "no MX record of others opens the relay");
}

/* ---- addresses with a route in them ---- */

static bool
is_loose(struct check_run *run, const struct sendmail_opening *opening)
{
	if (opening->where != SENDMAIL_ROUTED)
		return false;
	show(run,
	    check_fail(run, opening->place,
		"%s passes user%%anywhere on to this domain, whose servers "
		"may follow the route",
		sendmail_knob_name(opening->knob)),
	    opening);
	return true;
}

static void
loose_run(struct check_run *run)
{
	if (judge_all(run, is_loose) == 0)
		check_pass(run, (struct place){ run->mta->config, 0 },
		    "no address with a route in it is passed on");
}

/* ---- members that never match ---- */

static void
vain_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	const struct sendmail_class *class;
	bool told = false;

	if (sendmail == NULL)
		return;
	class = sendmail_class_find(&sendmail->classes, STR("R"));
	for (size_t i = 0; i < class->count; i++) {
		const struct sendmail_member *member = &class->members[i];

		if (!sendmail_member_in_vain(member->word))
			continue;
		struct check_finding *finding = check_fail(run, member->place,
		    "class R never matches a block with a slash or an address "
		    "in brackets");
		finding->value = check_sendmail_text(run, member->word);
		finding->wanted = "the octets that stay the same, as 10.1";
		told = true;
	}
	if (told)
		return;
	if (class->unknown != NULL)
		check_unknown(run, class->unknown_place, "class R: %s",
		    class->unknown);
	else
		check_pass(run, (struct place){ run->mta->config, 0 },
		    "every member of class R can match");
}

#define RELAY_REFERENCES                                                       \
	(const struct check_reference[])                                       \
	{                                                                      \
		{ "gen", "GEN004710" }, { "stig", "V-23952" }, { NULL, NULL }, \
	}

static const struct check checks[] = {
	{
	    .id = "sendmail-open-relay",
	    .title = "Sendmail relays for no stranger",
	    .severity = CHECK_CRITICAL,
	    .rationale =
		"An open relay is found within hours, sends other people's "
		"spam, and is soon on every block list. Besides "
		"FEATURE(`promiscuous_relay'), a rule of LOCAL_RULESETS, a "
		"top-level domain in relay-domains or the access table, or "
		"DeliveryMode=deferred makes one.",
	    .remedy = "Remove what the finding names from sendmail.mc or its "
		      "file, build sendmail.cf, and restart.",
	    .references = RELAY_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = open_relay_run,
	},
	{
	    .id = "sendmail-forged-sender",
	    .title = "No sender address opens the relay of Sendmail",
	    .severity = CHECK_CRITICAL,
	    .rationale =
		"Everybody can write any address in MAIL FROM, so "
		"FEATURE(`relay_local_from') and FEATURE(`relay_mail_from') "
		"open the relay for whoever knows one address of this site.",
	    .remedy = "Remove the feature; let users authenticate, or trust "
		      "their networks in relay-domains.",
	    .references = RELAY_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = forged_run,
	},
	{
	    .id = "sendmail-relay-networks",
	    .title = "The networks that may relay are this site's",
	    .severity = CHECK_HIGH,
	    .rationale =
		"Every client of a network in class R, in Connect: of the "
		"access table or as [address] in class w sends anywhere. A "
		"public network of which this host has no address is somebody "
		"else's.",
	    .remedy = "Name the hosts that send, not the network around them.",
	    .references = RELAY_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = networks_run,
	},
	{
	    .id = "sendmail-relay-partners",
	    .title = "Domains and partners that may relay are known",
	    .severity = CHECK_INFO,
	    .rationale =
		"What relay-domains and the access table name may be sent to "
		"by everybody, subdomains included, and clients whose verified "
		"name is there send anywhere. They are listed for review.",
	    .remedy = "Remove what is no longer needed; "
		      "FEATURE(`relay_hosts_only') leaves subdomains out.",
	    .references = RELAY_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = named_run,
	},
	{
	    .id = "sendmail-relay-mx",
	    .title = "MX records of others do not open the relay",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"With FEATURE(`relay_based_on_MX') or "
		"FEATURE(`bestmx_is_local') whoever points an MX record at "
		"this host makes it accept the mail of that domain.",
	    .remedy = "List the domains in relay-domains instead.",
	    .references = RELAY_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = mx_run,
	},
	{
	    .id = "sendmail-relay-routes",
	    .title = "Addresses with a route in them are not passed on",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"FEATURE(`loose_relay_check') does not take user%host@domain "
		"apart; the servers of a domain that is relayed to may, and "
		"trust this host.",
	    .remedy = "Remove FEATURE(`loose_relay_check').",
	    .references = RELAY_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = loose_run,
	},
	{
	    .id = "sendmail-relay-in-vain",
	    .title = "Every member of relay-domains can match",
	    .severity = CHECK_LOW,
	    .rationale =
		"Class R is compared by tokens: 10.1.0.0/16 and [10.1.2.3] "
		"there match nothing, whatever was intended.",
	    .remedy = "Write 10.1 for 10.1.0.0/16, and addresses without "
		      "brackets.",
	    .references =
		(const struct check_reference[]){
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .run = vain_run,
	},
};

const struct check_group check_sendmail_relay_group = {
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
