/*
 * sample.c - prints a report of things that nobody has found: every outcome,
 * several MTAs, and texts from hostile files. report.t compares it with what
 * was agreed on, and has it validated.
 *
 * usage: sample FORMAT [WIDTH] [colour]
 */
#include "check/role.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>

static const struct check_reference listen_references[] = {
	{ "ssg", "postfix_network_listening_disabled" },
	{ "cce", "CCE-82174-4" },
	{ "cis", "2.1.21" },
	{ "nist", "CM-7(a)" },
	{ NULL, NULL },
};

static const struct check_reference relay_references[] = {
	{ "ssg", "postfix_prevent_unrestricted_relay" },
	{ "stig", "RHEL-09-252050" },
	{ NULL, NULL },
};

static const struct check checks[] = {
	{
	    .id = "sample-relay",
	    .title = "No stranger can relay through this server",
	    .severity = CHECK_CRITICAL,
	    .rationale = "An open relay sends the mail of everybody, and is "
			 "on every blocklist within hours.",
	    .remedy = "End the list in reject_unauth_destination:\n"
		      "smtpd_relay_restrictions = permit_mynetworks, "
		      "reject_unauth_destination",
	    .references = relay_references,
	    .kinds = 1u << MTA_POSTFIX,
	},
	{
	    .id = "sample-listen",
	    .title = "Postfix listens on loopback only",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Who cannot connect cannot attack.",
	    .remedy = "postconf -e inet_interfaces=loopback-only",
	    .references = listen_references,
	    .kinds = 1u << MTA_POSTFIX,
	},
	{
	    .id = "sample-hostile",
	    .title = "Names are \"quoted\" & <escaped> #here",
	    .severity = CHECK_HIGH,
	    .remedy = "Look at the file with care.",
	},
	{
	    .id = "sample-waived",
	    .title = "VRFY is off",
	    .severity = CHECK_LOW,
	    .references = relay_references,
	    .kinds = 1u << MTA_POSTFIX,
	},
	{
	    .id = "sample-absent",
	    .title = "Sendmail has no promiscuous_relay",
	    .severity = CHECK_INFO,
	    .kinds = 1u << MTA_SENDMAIL,
	},
};

enum {
	CHECKS = sizeof(checks) / sizeof(checks[0]),
};

static const struct mta mtas[] = {
	{
	    .kind = MTA_POSTFIX,
	    .instance = STR_INIT("-"),
	    .version = STR_INIT("3.7.11"),
	    .config = "/etc/postfix",
	},
	{
	    .kind = MTA_POSTFIX,
	    .instance = STR_INIT("mx\033[31m"),
	    .version = STR_INIT("3.7.11"),
	    .config = "/etc/postfix-mx",
	},
};

static const struct mta_list mta_list = { .mtas = mtas, .count = 2 };

/* Each tells of one outcome, so that a waived one is made by hand below. */
static const struct check_finding open_relay = {
	.outcome = CHECK_FAIL,
	.severity = CHECK_CRITICAL,
	.place = { "/etc/postfix-mx/main.cf", 41 },
	.text = "permit_mynetworks lets 0.0.0.0/0 send to anyone, since the "
		"list has nothing before it that refuses a stranger",
	.value = "0.0.0.0/0",
	.wanted = "127.0.0.0/8 [::1]/128",
};

static const struct check_finding closed_too = {
	.next = &open_relay,
	.outcome = CHECK_PASS,
	.severity = CHECK_CRITICAL,
	.place = { "/etc/postfix-mx/master.cf", 17 },
	.text = "the service submission refuses strangers",
};

static const struct check_finding closed = {
	.outcome = CHECK_PASS,
	.severity = CHECK_CRITICAL,
	.place = { "/etc/postfix/main.cf", 12 },
	.text = "reject_unauth_destination refuses every stranger",
};

static const struct check_finding no_table = {
	.outcome = CHECK_UNKNOWN,
	.severity = CHECK_MEDIUM,
	.place = { "/etc/postfix/main.cf", 0 },
	.text = "inet_interfaces is in a table of type ldap, which cannot be "
		"read without its server",
};

static const struct check_finding loopback = {
	.outcome = CHECK_PASS,
	.severity = CHECK_MEDIUM,
	.place = { "/etc/postfix-mx/main.cf", 3 },
	.text = "127.0.0.1 and ::1",
};

static const struct check_finding hostile = {
	.outcome = CHECK_FAIL,
	.severity = CHECK_HIGH,
	.place = { "/etc/\xff\x1b]0;pwned\x07/main.cf", 7 },
	.text = "a name with <script>alert('&')</script> ]]> \xc3\xa9 "
		"\xe2\x80\xae back \x80\xfe\n# SKIP nothing",
	.value = "\"quoted\" \x01\t<b>",
};

static const struct check_finding vrfy = {
	.outcome = CHECK_FAIL,
	.severity = CHECK_LOW,
	.place = { "/etc/postfix/main.cf", 9 },
	.text = "disable_vrfy_command is no",
};

static const struct check_finding absent = {
	.outcome = CHECK_NOTAPPLICABLE,
	.severity = CHECK_INFO,
	.text = "there is no Sendmail here",
};

static const struct check_result results[] = {
	{ &checks[0], &mtas[0], CHECK_PASS, CHECK_CRITICAL, &closed, NULL },
	{ &checks[0], &mtas[1], CHECK_FAIL, CHECK_CRITICAL, &closed_too, NULL },
	{ &checks[1], &mtas[0], CHECK_UNKNOWN, CHECK_MEDIUM, &no_table, NULL },
	{ &checks[1], &mtas[1], CHECK_PASS, CHECK_MEDIUM, &loopback, NULL },
	{ &checks[2], NULL, CHECK_FAIL, CHECK_HIGH, &hostile, NULL },
	{ &checks[3], &mtas[0], CHECK_WAIVED, CHECK_LOW, &vrfy,
	    "the old ticket system asks <it> (until 2027-01-31; "
	    "mtaguard.conf:30)" },
	{ &checks[4], NULL, CHECK_NOTAPPLICABLE, CHECK_INFO, &absent, NULL },
};

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	const struct report_format *format =
	    argc > 1 ? report_format_find(str_from(argv[1])) : NULL;
	struct profile profile = {
		.name = "sample",
		.title = STR("A profile of <samples>"),
	};
	struct report report = {
		.version = "0.1",
		.host = STR("mail.example.com"),
		.time = 1795534419,
		.roles = POLICY_ROLE_MX | POLICY_ROLE_SUBMISSION,
		.roles_from = "derived: relay_domains = example.com",
		.profile = &profile,
		.mtas = &mta_list,
		.results = { results, sizeof(results) / sizeof(results[0]) },
		.detailed = argc > 4,
		.colour = argc > 3,
		.width = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 80,
	};
	struct str text;
	struct error error;

	if (format == NULL) {
		fprintf(stderr, "sample: there is no such format\n");
		return 64;
	}
	report_sum_up(&report);
	if (!format->write(&report, arena, &text, &error)) {
		fprintf(stderr, "sample: %s\n", error.text);
		return 70;
	}
	fwrite(text.data, 1, text.length, stdout);
	arena_free(arena);
	return fflush(stdout) == 0 ? 0 : 70;
}
