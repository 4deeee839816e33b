/*
 * test_sendmail_relay.c - who may relay by the rules of a sendmail.cf.
 */
#include "mta/sendmail_relay.h"

#include "tests/lib/sendmail_files.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <string.h>

static const char *const who[] = {
	[SENDMAIL_ANYONE] = "anyone",
	[SENDMAIL_FORGER] = "forger",
	[SENDMAIL_NETWORK] = "network",
	[SENDMAIL_NAMES] = "names",
	[SENDMAIL_LOGIN] = "login",
	[SENDMAIL_CERTIFICATE] = "certificate",
};
static const char *const where[] = {
	[SENDMAIL_ANYWHERE] = "anywhere",
	[SENDMAIL_DOMAIN] = "domain",
	[SENDMAIL_ADDRESS] = "address",
	[SENDMAIL_MX] = "mx",
	[SENDMAIL_ROUTED] = "routed",
};

/* "anyone domain partner.test+; ?": + what is below, ! open, ? doubts. */
static const char *
print(struct arena *arena, const struct sendmail_relay *relay)
{
	const char *text = "";

	for (const struct sendmail_opening *opening = relay->openings;
	     opening != NULL; opening = opening->next)
		text = arena_print(arena, "%s%s%s %s%s" STR_FORMAT "%s%s", text,
		    text[0] != '\0' ? "; " : "", who[opening->who],
		    where[opening->where], opening->value.length > 0 ? " " : "",
		    STR_ARGS(opening->value), opening->below ? "+" : "",
		    sendmail_opening_is_open(opening) ? "!" : "");
	if (relay->doubts != NULL)
		text = arena_print(arena, "%s?", text);
	return text;
}

#define ACCESS_TO  "R<RELAY> $*\t$@ RELAY\n"
#define R_DOMAINS  "R$+ < @ $* $=R >\t$@ RELAY\n"
#define R_NAMES    "R<?> $* $=R\t$@ RELAY\n"
#define ACCESS_MAP "Kaccess hash -o /etc/mail/none\n"

static const struct {
	const char *name;
	struct sendmail_rules rules;
	const char *openings;
} knobs[] = {
	{ "stock", { 0 }, "" },
	{ "promiscuous_relay", { .last = "" }, "anyone anywhere!" },
	{ "a message of one's own",
	    { .last = "R$*\t$#error $@ 5.7.1 $: \"551 No\"\n" }, "" },
	{ "relay-domains",
	    { .head = "CRpartner.test\n", .rcpt = R_DOMAINS, .relay = R_NAMES },
	    "anyone domain partner.test+; names anywhere "
	    "partner.test+" },
	{ "a top-level domain", { .head = "CRorg\n", .rcpt = R_DOMAINS },
	    "anyone domain org+!" },
	{ "a private name", { .head = "CRlan\n", .rcpt = R_DOMAINS },
	    "anyone domain lan+" },
	{ "relay_hosts_only",
	    { .head = "CRpartner.test\n", .rcpt = "R$+ < @ $=R >\t$@ RELAY\n" },
	    "anyone domain partner.test" },
	{ "networks",
	    { .head = "CR10.1 IPv6:2001:db8 10.2.0.0/16\n", .rcpt = R_DOMAINS },
	    "network anywhere 10.1; network anywhere IPv6:2001:db8" },
	{ "relay_entire_domain", { .rcpt = "R$+ < @ $* $=m >\t$@ RELAY\n" },
	    "anyone domain example.test+" },
	{ "an address in class w", { .head = "Cw[203.0.113.66]\n" },
	    "network anywhere 203.0.113.66" },
	{ "relay_local_from",
	    { .relay = "R<?> $+ < @ $=w >\t$@ RELAY FROM local\n" }, "?" },
	{ "relay_local_from as it is",
	    { .relay = "R<?> $+ < @ $=w >\t$@ RELAY\tFROM local\n" },
	    "forger anywhere!" },
	{ "relay_based_on_MX", { .rcpt = "R<$* : $=w . : $*> $*\t$@ RELAY\n" },
	    "anyone mx" },
	{ "bestmx_is_local",
	    { .rcpt = "R$* < @ $* @@ $=w . > $*\t$: $1 < @ $3 > $4\n" },
	    "anyone mx" },
	{ "loose_relay_check alone",
	    { .rcpt_first = "R$*\t$: $>CanonAddr $1\n" }, "" },
	{ "loose_relay_check",
	    { .head = "CRpartner.test\n",
		.rcpt = R_DOMAINS,
		.rcpt_first = "R$*\t$: $>CanonAddr $1\n" },
	    "anyone domain partner.test+; anyone routed "
	    "partner.test" },
	{ "Local_check_rcpt", { .local = "R$*\t$# OK\n" }, "anyone anywhere!" },
	{ "Local_check_rcpt that refuses",
	    { .local = "R$*\t$#error $: \"550 no\"\n" }, "" },
	{ "Local_check_rcpt whose answer is ignored",
	    { .local = "R$*\t$@ RELAY\n" }, "" },
	{ "Local_check_rcpt with a condition",
	    { .local = "R$* < @ x >\t$# OK\n" }, "?" },
	{ "TRUST_AUTH_MECH",
	    { .head = "C{TrustAuthMech}PLAIN\n",
		.rcpt = "R$* $| $={TrustAuthMech}\t$# RELAY\n" },
	    "login anywhere PLAIN" },
	{ "DeliveryMode=deferred", { .head = "O DeliveryMode=deferred\n" },
	    "anyone anywhere!" },
	{ "a rule of nobody's", { .rcpt = "R$+ < @ far.test >\t$@ RELAY\n" },
	    "?" },
	{ "a program in class R", { .head = "FR|/bin/x\n", .rcpt = R_DOMAINS },
	    "?" },
	{ "an optional map that is not there",
	    { .head = ACCESS_MAP, .rcpt = ACCESS_TO }, "" },
	{ "a map that is not read",
	    { .head = "Kaccess ldap -o x\n", .rcpt = ACCESS_TO }, "?" },
};

static void
rules_are_known_by_their_texts(void)
{
	for (size_t i = 0; i < TAP_COUNT(knobs); i++) {
		struct sendmail_files files;
		struct sendmail_relay relay;

		sendmail_files_begin(&files);
		tap_case("%s", knobs[i].name);
		sendmail_files_put(&files, "etc/mail/sendmail.cf",
		    sendmail_files_cf(&files, &knobs[i].rules));
		sendmail_relay_read(sendmail_files_read(&files), files.arena,
		    &relay);
		CHECK_STR(print(files.arena, &relay), knobs[i].openings);
		sendmail_files_end(&files);
	}
}

static void
without_check_rcpt_everybody_relays(void)
{
	struct sendmail_files files;
	struct sendmail_relay relay;

	sendmail_files_begin(&files);
	sendmail_files_put(&files, "etc/mail/sendmail.cf",
	    "S0\nR$*\t$#local $: $1\nMlocal, P=/bin/false\n");
	const struct sendmail *sendmail = sendmail_files_read(&files);
	CHECK(sendmail->fatal == NULL);
	sendmail_relay_read(sendmail, files.arena, &relay);
	CHECK_STR(print(files.arena, &relay), "anyone anywhere!");
	sendmail_files_end(&files);
}

static void
openings_have_their_places(void)
{
	const struct sendmail_rules rules = {
		.head = "FR-o /etc/mail/relay-domains %[^\\#]\n",
		.rcpt = R_DOMAINS,
	};
	struct sendmail_files files;
	struct sendmail_relay relay;
	char path[128];

	sendmail_files_begin(&files);
	sendmail_files_put(&files, "etc/mail/sendmail.cf",
	    sendmail_files_cf(&files, &rules));
	sendmail_files_put(&files, "etc/mail/relay-domains",
	    "# partners\npartner.test # since May\n");
	sendmail_relay_read(sendmail_files_read(&files), files.arena, &relay);
	if (CHECK(relay.openings != NULL)) {
		snprintf(path, sizeof(path), "%s/etc/mail/relay-domains",
		    files.root);
		CHECK_STR(relay.openings->place.file, path);
		CHECK_INT(relay.openings->place.line, 2);
	}
	sendmail_files_end(&files);
}

static const struct tap_test tests[] = {
	TAP_TEST(rules_are_known_by_their_texts),
	TAP_TEST(without_check_rcpt_everybody_relays),
	TAP_TEST(openings_have_their_places),
};

int
main(void)
{
	return TAP_RUN(tests);
}
