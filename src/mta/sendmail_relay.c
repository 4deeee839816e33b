/*
 * sendmail_relay.c - the rules of check_rcpt, each known by its text.
 */
#include "mta/sendmail_relay.h"

#include "mta/sendmail_openings.h"

#include <string.h>

/* What it means that a rule lets a recipient pass. */
enum effect {
	HARMLESS,     /* for this host, or judged where it comes from */
	R_DOMAINS,    /* $* $=R: what is relayed to */
	R_HOSTS,      /* $=R alone: relay_hosts_only */
	M_DOMAINS,    /* $* $=m: relay_entire_domain */
	R_NETWORKS,   /* $=R $* of {client_addr} */
	W_CLIENTS,    /* [address] in class w */
	R_NAMES,      /* $* $=R of {client_name} */
	R_HOST_NAMES, /* $=R alone */
	M_NAMES,
	ACCESS_TO,
	ACCESS_CONNECT,
	ACCESS_FROM,
	LOCAL_FROM,
	MX,
	AUTH,
	UNQUALIFIED, /* what has no domain, if the rest was marked REMOTE */
};

/* Texts are compared without white space. */
struct known_rule {
	const char *ruleset;
	const char *left;
	const char *right;
	enum effect effect;
};

/* Of Sendmail 8.12 to 8.18: cf/m4/proto.m4 and cf/feature/ *.m4. */
static const struct known_rule known_rules[] = {
	{ "check_rcpt", "$* $| $#$*", "$#$2", HARMLESS },
	{ "check_rcpt", "$* $| $*", "$@ $>Basic_check_rcpt $1", HARMLESS },
	{ "check_rcpt", "$+ $| $#$*", "$@ $>Delay_TLS_Clt $2", HARMLESS },
	{ "check_rcpt", "$+ $| $#error $*", "$#error $2", HARMLESS },
	{ "check_rcpt", "<FRIEND> $+", "$@ $>Delay_TLS_Clt2 SPAMFRIEND",
	    HARMLESS },
	{ "check_rcpt", "<HATER> $+", "$@ $>Delay_TLS_Clt2 SPAMHATER",
	    HARMLESS },
	{ "check_rcpt", "<$+> $+", "$@ $>Delay_TLS_Clt2 $2", HARMLESS },
	{ "checkrcpt", "$* $| $#$*", "$#$2", HARMLESS },
	{ "checkrcpt", "$* $| $*", "$@ $>Basic_check_rcpt $1", HARMLESS },
	{ "Basic_check_rcpt", "< d > $*", "$@ deferred", HARMLESS },
	{ "Basic_check_rcpt", "$* $| @ $#$*", "$#$2", HARMLESS },
	{ "Basic_check_rcpt", "$* $| @ RELAY", "$@ RELAY", HARMLESS },
	{ "Basic_check_rcpt", "$* $| $#$*", "$#$2", HARMLESS },
	{ "Basic_check_rcpt", "$* $| RELAY", "$@ RELAY", HARMLESS },
	{ "Rcpt_ok", "$* $| $# $+", "$# $2", HARMLESS },
	{ "Rcpt_ok", "$* $| $# $*", "$# $2", HARMLESS },
	{ "Rcpt_ok", "$* $| $={TrustAuthMech}", "$# RELAY", AUTH },
	{ "Rcpt_ok", "$+ < @ $=w >", "$@ RELAY", HARMLESS },
	{ "Rcpt_ok", "$+ < @ $* $=R >", "$@ RELAY", R_DOMAINS },
	{ "Rcpt_ok", "$+ < @ $=R >", "$@ RELAY", R_HOSTS },
	{ "Rcpt_ok", "$+ < @ $* $=m >", "$@ RELAY", M_DOMAINS },
	{ "Rcpt_ok", "<RELAY> $*", "$@ RELAY", ACCESS_TO },
	{ "Rcpt_ok", "<$* : $=w . : $*> $*", "$@ RELAY", MX },
	{ "Rcpt_ok", "$* < @ $* @@ $=w . > $*", "$: $1 < @ $3 > $4", MX },
	{ "Rcpt_ok", "$* $=O $* < @ $* @@ $=w . > $*", "$@ $>Rcpt_ok $1 $2 $3",
	    HARMLESS },
	{ "Rcpt_ok", "<?> $+", "$@ RELAY", UNQUALIFIED },
	{ "Relay_ok", "$@", "$@ RELAY", HARMLESS },
	{ "Relay_ok", "0", "$@ RELAY", HARMLESS },
	{ "Relay_ok", "127.0.0.1", "$@ RELAY", HARMLESS },
	{ "Relay_ok", "IPv6:0:0:0:0:0:0:0:1", "$@ RELAY", HARMLESS },
	{ "Relay_ok", "IPv6:::1", "$@ RELAY", HARMLESS },
	{ "Relay_ok", "$=R $*", "$@ RELAY", R_NETWORKS },
	{ "Relay_ok", "$=w", "$@ RELAY", W_CLIENTS },
	{ "Relay_ok", "<RELAY> $*", "$@ RELAY", ACCESS_CONNECT },
	{ "Relay_ok", "<?> $=w", "$@ RELAY", HARMLESS },
	{ "Relay_ok", "<?> $* $=R", "$@ RELAY", R_NAMES },
	{ "Relay_ok", "<?> $=R", "$@ RELAY", R_HOST_NAMES },
	{ "Relay_ok", "<?> $* $=m", "$@ RELAY", M_NAMES },
	{ "Relay_ok", "<?> $+ < @ $=w >", "$@ RELAY", LOCAL_FROM },
	{ "Relay_ok", "<@> <RELAY>", "$@ RELAY", ACCESS_FROM },
	{ "RelayTLS", "RELAY", "$# RELAY", HARMLESS },
	{ "RelayTLS", "<@> RELAY", "$# RELAY", HARMLESS },
	{ "RelayTLS", "<?> $*", "$@ NO", HARMLESS },
};

/* Rules that must be there, or nobody is refused. */
struct needed_rule {
	const char *ruleset;
	const char *left;
	const char *right; /* how it begins */
	const char *lacks; /* what it is like without it */
};

static const struct needed_rule needed_rules[] = {
	{ "Basic_check_rcpt", "$*", "$#error",
	    "Basic_check_rcpt does not end with a refusal: it lets "
	    "every recipient of every client pass" },
	{ "Rcpt_ok", "<?>$*<@$+>", "$:<REMOTE>",
	    "Rcpt_ok does not mark foreign recipients: it lets every one "
	    "pass" },
};

/* The rule sets that judge a recipient and may let it pass. */
static const char *const judging[] = {
	"check_rcpt",
	"checkrcpt",
	"Basic_check_rcpt",
	"Rcpt_ok",
	"Relay_ok",
	"RelayTLS",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '"';
}

/* Whether a text begins like another, white space and quotes apart. */
static bool
starts_like(struct str text, const char *start, bool whole)
{
	size_t i = 0;

	for (; *start != '\0'; start++) {
		if (is_blank(*start))
			continue;
		while (i < text.length && is_blank(text.data[i]))
			i++;
		if (i == text.length || text.data[i] != *start)
			return false;
		i++;
	}
	while (i < text.length && is_blank(text.data[i]))
		i++;
	return !whole || i == text.length;
}

static const struct known_rule *
find_known(const char *ruleset, const struct sendmail_line *rule)
{
	for (size_t i = 0; i < COUNT(known_rules); i++)
		if (strcmp(known_rules[i].ruleset, ruleset) == 0 &&
		    starts_like(rule->name, known_rules[i].left, true) &&
		    starts_like(rule->value, known_rules[i].right, true))
			return &known_rules[i];
	return NULL;
}

/* Whether a right side may end the judgement, and not as a refusal. */
static bool
may_pass(struct str right)
{
	static const char *const refusals[] = { "$#error", "$#discard",
		"$#TEMP" };

	if (!starts_like(right, "$#", false) &&
	    !starts_like(right, "$@", false))
		return false;
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (starts_like(right, refusals[i], false))
			return false;
	return true;
}

/* Whether it makes of anything what the next rules let pass. */
static bool
may_become_relay(struct str right)
{
	for (size_t i = 0; i + 5 <= right.length; i++)
		if (memcmp(right.data + i, "RELAY", 5) == 0)
			return true;
	return false;
}

static void
apply(struct openings *openings, enum effect effect,
    const struct sendmail_line *rule)
{
	switch (effect) {
	case HARMLESS:
	case UNQUALIFIED:
		break;
	case R_DOMAINS:
		openings_add_domains(openings, STR("R"), true);
		break;
	case R_HOSTS:
		openings_add_domains(openings, STR("R"), false);
		break;
	case M_DOMAINS:
		openings_add_domains(openings, STR("m"), true);
		break;
	case R_NETWORKS:
		openings_add_networks(openings);
		break;
	case W_CLIENTS:
		openings_add_own_addresses(openings);
		break;
	case R_NAMES:
		openings_add_names(openings, STR("R"), true);
		break;
	case R_HOST_NAMES:
		openings_add_names(openings, STR("R"), false);
		break;
	case M_NAMES:
		openings_add_names(openings, STR("m"), true);
		break;
	case ACCESS_TO:
		openings_add_access(openings, OPENINGS_TO);
		break;
	case ACCESS_CONNECT:
		openings_add_access(openings, OPENINGS_CONNECT);
		break;
	case ACCESS_FROM:
		openings_add_access(openings, OPENINGS_FROM);
		break;
	case LOCAL_FROM:
		openings_add(openings, SENDMAIL_KNOB_LOCAL_FROM,
		    SENDMAIL_FORGER, SENDMAIL_ANYWHERE, rule);
		break;
	case MX:
		openings_add(openings, SENDMAIL_KNOB_BASED_ON_MX,
		    SENDMAIL_ANYONE, SENDMAIL_MX, rule);
		break;
	case AUTH:
		openings_add_logins(openings);
		break;
	}
}

static void
judge_ruleset(struct openings *openings, const char *name)
{
	const struct sendmail_ruleset *ruleset =
	    sendmail_cf_ruleset(&openings->sendmail->cf, str_from(name));
	unsigned applied = 0; /* effects done: a rule may stand there twice */

	for (size_t i = 0; ruleset != NULL && i < ruleset->count; i++) {
		const struct sendmail_line *rule = ruleset->rules[i];
		const struct known_rule *known = find_known(name, rule);

		if (known == NULL) {
			if (may_pass(rule->value) ||
			    may_become_relay(rule->value))
				openings_doubt(openings, rule,
				    "this rule of %s is none of Sendmail's "
				    "own, and may let recipients pass",
				    name);
			continue;
		}
		if ((applied & 1u << known->effect) == 0)
			apply(openings, known->effect, rule);
		applied |= 1u << known->effect;
	}
}

static const struct sendmail_line *
find_needed(const struct sendmail_ruleset *ruleset,
    const struct needed_rule *needed)
{
	for (size_t i = 0; i < ruleset->count; i++)
		if ((needed->left == NULL ||
			starts_like(ruleset->rules[i]->name, needed->left,
			    true)) &&
		    starts_like(ruleset->rules[i]->value, needed->right, false))
			return ruleset->rules[i];
	return NULL;
}

/* Whether a rule set has a rule whose right side begins so. */
static bool
has_right(const struct sendmail_cf *cf, const char *name, const char *right)
{
	const struct needed_rule rule = { name, NULL, right, NULL };
	const struct sendmail_ruleset *ruleset =
	    sendmail_cf_ruleset(cf, str_from(name));

	return ruleset != NULL && find_needed(ruleset, &rule) != NULL;
}

/*
 * Whether check_rcpt asks Basic_check_rcpt: itself, or, with delay_checks, by
 * way of checkrcpt.
 */
static bool
is_judged(const struct sendmail_cf *cf)
{
	static const char basic[] = "$@$>Basic_check_rcpt";

	return has_right(cf, "check_rcpt", basic) ||
	    (has_right(cf, "checkrcpt", basic) &&
		has_right(cf, "check_rcpt", "$:$1$|$>checkrcpt") &&
		has_right(cf, "check_rcpt", "$#error$2"));
}

static void
judge_needed(struct openings *openings)
{
	const struct sendmail_cf *cf = &openings->sendmail->cf;

	if (!is_judged(cf)) {
		openings_add(openings, SENDMAIL_KNOB_RULES, SENDMAIL_ANYONE,
		    SENDMAIL_ANYWHERE, NULL);
		return;
	}
	for (size_t i = 0; i < COUNT(needed_rules); i++) {
		const struct sendmail_ruleset *ruleset =
		    sendmail_cf_ruleset(cf, str_from(needed_rules[i].ruleset));

		if (ruleset != NULL &&
		    find_needed(ruleset, &needed_rules[i]) != NULL)
			continue;
		openings_add_line(openings, SENDMAIL_KNOB_RULES,
		    ruleset != NULL ? ruleset->line : 0);
		return;
	}
}

/* $# of Local_check_rcpt is final, whatever the others say. */
static void
judge_local(struct openings *openings, const char *name)
{
	const struct sendmail_ruleset *ruleset =
	    sendmail_cf_ruleset(&openings->sendmail->cf, str_from(name));

	for (size_t i = 0; ruleset != NULL && i < ruleset->count; i++) {
		const struct sendmail_line *rule = ruleset->rules[i];
		bool ends = starts_like(rule->value, "$#", false);

		if (ends && !may_pass(rule->value))
			continue;
		if (ends && starts_like(rule->name, "$*", true)) {
			if (i == 0)
				openings_add(openings, SENDMAIL_KNOB_LOCAL_RULE,
				    SENDMAIL_ANYONE, SENDMAIL_ANYWHERE, rule);
			else
				openings_doubt(openings, rule,
				    "this rule of %s lets pass what the rules "
				    "before it leave",
				    name);
		} else if (ends || str_has(rule->value, '>')) {
			openings_doubt(openings, rule,
			    "this rule of %s may let recipients pass", name);
		}
	}
}

static void
judge_mode(struct openings *openings)
{
	const struct sendmail_cf *cf = &openings->sendmail->cf;
	const struct sendmail_line *mode =
	    sendmail_cf_option(cf, STR("DeliveryMode"));

	if (mode != NULL && mode->value.length > 0 &&
	    mode->value.data[0] == 'd')
		openings_add(openings, SENDMAIL_KNOB_DEFERRED, SENDMAIL_ANYONE,
		    SENDMAIL_ANYWHERE, mode);
}

/* u%anywhere@ours is sent on as it is, where nobody takes it apart. */
static void
judge_loose(struct openings *openings)
{
	const struct sendmail_ruleset *ruleset =
	    sendmail_cf_ruleset(&openings->sendmail->cf, STR("Rcpt_ok"));

	if (ruleset == NULL || ruleset->count == 0 ||
	    !starts_like(ruleset->rules[0]->value, "$: $>CanonAddr", false))
		return;
	for (const struct sendmail_opening *opening = openings->first;
	     opening != NULL; opening = opening->next)
		if (opening->who == SENDMAIL_ANYONE &&
		    opening->where == SENDMAIL_DOMAIN)
			openings_add_value(openings, SENDMAIL_KNOB_LOOSE,
			    SENDMAIL_ANYONE, SENDMAIL_ROUTED, opening->value,
			    sendmail_place(&openings->sendmail->cf,
				ruleset->rules[0]));
}

void
sendmail_relay_read(const struct sendmail *sendmail, struct arena *arena,
    struct sendmail_relay *relay)
{
	struct openings openings;

	openings_init(&openings, sendmail, arena);
	judge_needed(&openings);
	judge_mode(&openings);
	judge_local(&openings, "Local_check_rcpt");
	judge_local(&openings, "Local_Relay_Auth");
	for (size_t i = 0; i < COUNT(judging); i++)
		judge_ruleset(&openings, judging[i]);
	openings_add_certificates(&openings);
	judge_loose(&openings);
	relay->openings = openings.first;
	relay->doubts = openings.doubts;
}

const char *
sendmail_knob_name(enum sendmail_knob knob)
{
	static const char *const names[] = {
		[SENDMAIL_KNOB_RULES] = "FEATURE(`promiscuous_relay')",
		[SENDMAIL_KNOB_LOCAL_RULE] = "a rule of LOCAL_RULESETS",
		[SENDMAIL_KNOB_DEFERRED] = "O DeliveryMode=deferred",
		[SENDMAIL_KNOB_RELAY_DOMAIN] = "class R (relay-domains)",
		[SENDMAIL_KNOB_OWN_NAME] = "class w (local-host-names)",
		[SENDMAIL_KNOB_ENTIRE_DOMAIN] =
		    "FEATURE(`relay_entire_domain')",
		[SENDMAIL_KNOB_ACCESS] = "the access table",
		[SENDMAIL_KNOB_BASED_ON_MX] =
		    "FEATURE(`relay_based_on_MX') or `bestmx_is_local'",
		[SENDMAIL_KNOB_LOCAL_FROM] = "FEATURE(`relay_local_from')",
		[SENDMAIL_KNOB_MAIL_FROM] = "FEATURE(`relay_mail_from')",
		[SENDMAIL_KNOB_LOOSE] = "FEATURE(`loose_relay_check')",
		[SENDMAIL_KNOB_AUTH] = "TRUST_AUTH_MECH",
		[SENDMAIL_KNOB_TLS] = "CERTISSUER: of the access table",
	};

	return names[knob];
}

bool
sendmail_opening_is_open(const struct sendmail_opening *opening)
{
	switch (opening->who) {
	case SENDMAIL_ANYONE:
		return opening->where == SENDMAIL_ANYWHERE ||
		    (opening->where == SENDMAIL_DOMAIN && opening->top_level);
	case SENDMAIL_FORGER:
		return true;
	case SENDMAIL_NAMES:
		return opening->top_level;
	case SENDMAIL_NETWORK:
	case SENDMAIL_LOGIN:
	case SENDMAIL_CERTIFICATE:
		return false;
	}
	return false;
}
