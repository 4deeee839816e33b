/*
 * check_sockets.c - what listens on the ports of mail at this moment, and
 * which mail servers there are.
 */
#include "check/groups.h"
#include "host/facts.h"

static const unsigned mail_ports[] = { 25, 465, 587 };

static bool
is_mail_port(unsigned port)
{
	for (size_t i = 0; i < sizeof(mail_ports) / sizeof(mail_ports[0]); i++)
		if (port == mail_ports[i])
			return true;
	return false;
}

/* "192.0.2.1:25, by master (process 812, user root)" */
static const char *
describe(struct check_run *run, const struct listening_socket *socket)
{
	const struct accounts *accounts = facts_accounts(run->context->facts);
	const char *user =
	    accounts_user_name(accounts, socket->uid, run->arena);
	char text[64];
	struct buf buf = BUF(text);

	address_print(&socket->address, &buf);
	if (socket->program == NULL)
		return arena_print(run->arena,
		    socket->ipv6 ? "[%.*s]:%u, of user %s"
				 : "%.*s:%u, of user %s",
		    STR_ARGS(buf_str(&buf)), socket->port, user);
	return arena_print(run->arena,
	    socket->ipv6 ? "[%.*s]:%u, by %s (process %ld, user %s)"
			 : "%.*s:%u, by %s (process %ld, user %s)",
	    STR_ARGS(buf_str(&buf)), socket->port, socket->program,
	    (long)socket->process, user);
}

/* Nothing is known of what listens; true: that was said. */
static bool
not_to_be_seen(struct check_run *run, const struct sockets *sockets)
{
	bool elsewhere = run->context->host->elsewhere;

	if (sockets->state == LOOKUP_FAILED && !elsewhere)
		check_unknown(run, (struct place){ 0 },
		    "what listens cannot be seen: %s", sockets->reason);
	else if (sockets->state == LOOKUP_MISSING || elsewhere)
		check_not_applicable(run,
		    "these are the files of another host: what listens there "
		    "is not to be seen; what will is judged by the "
		    "configuration");
	return sockets->state != LOOKUP_FOUND || elsewhere;
}

static void
nonlocal_run(struct check_run *run)
{
	const struct sockets *sockets = facts_sockets(run->context->facts);
	size_t local = 0, open = 0;

	if (not_to_be_seen(run, sockets))
		return;
	for (size_t i = 0; i < sockets->count; i++) {
		const struct listening_socket *socket = &sockets->list[i];

		if (!is_mail_port(socket->port))
			continue;
		if (socket->loopback) {
			local++;
			continue;
		}
		open++;
		struct check_finding *finding =
		    check_fail(run, (struct place){ 0 },
			"other hosts reach port %u", socket->port);
		finding->value = describe(run, socket);
		finding->wanted = "an address in 127.0.0.0/8, or ::1";
	}
	if (open > 0)
		return;
	if (local > 0)
		check_pass(run, (struct place){ 0 },
		    "%zu sockets on the ports of mail, all on loopback", local);
	else
		check_not_applicable(run,
		    "nothing listens on the ports 25, 465 and 587 now; what "
		    "will after a start is judged by the configuration");
}

static bool
by_mta(const char *program)
{
	static const char *const programs[] = { "master", "smtpd", "exim",
		"exim4", "sendmail", "sendmail-mta", "dovecot", "qmail-smtpd",
		"tcpserver" };

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (program != NULL && strcmp(program, programs[i]) == 0)
			return true;
	return false;
}

/* Packages of mail servers, in the names of Debian, Red Hat and SUSE. */
static const char *const mail_packages[] = {
	"dovecot",
	"dovecot-core",
	"exim",
	"exim4",
	"exim4-daemon-heavy",
	"exim4-daemon-light",
	"nullmailer",
	"opensmtpd",
	"postfix",
	"qmail",
	"sendmail",
	"sendmail-bin",
};

static size_t
tell_packages(struct check_run *run)
{
	const struct packages *packages = facts_packages(run->context->facts);
	size_t told = 0;

	for (size_t i = 0; i < sizeof(mail_packages) / sizeof(mail_packages[0]);
	     i++) {
		const struct package *package;

		if (packages_find(packages, str_from(mail_packages[i]),
			&package) != LOOKUP_FOUND)
			continue;
		told++;
		check_pass(run, package->place, "%s has installed " STR_FORMAT,
		    packages->manager, STR_ARGS(package->name))
		    ->value = package->version.data;
	}
	return told;
}

static void
inventory_run(struct check_run *run)
{
	const struct sockets *sockets = facts_sockets(run->context->facts);
	size_t told = tell_packages(run);

	for (size_t i = 0; i < sockets->count; i++)
		if (is_mail_port(sockets->list[i].port) ||
		    by_mta(sockets->list[i].program)) {
			check_pass(run, (struct place){ 0 },
			    "port %u is listened on", sockets->list[i].port)
			    ->value = describe(run, &sockets->list[i]);
			told++;
		}
	if (sockets->hidden != NULL)
		check_not_applicable(run, "not seen: %s", sockets->hidden);
	else if (told == 0)
		check_not_applicable(run,
		    "neither packages nor sockets of a mail server are to be "
		    "seen");
}

static const struct check checks[] = {
	{
	    .id = "mta-listen-nonlocal",
	    .title = "No mail server listens on addresses that others reach",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"A host that only sends needs no port that others reach, and "
		"whatever listens there may relay. All of 127.0.0.0/8 and ::1 "
		"are loopback, mapped into IPv6 or not.",
	    .remedy = "Bind the server to loopback (Postfix: inet_interfaces = "
		      "loopback-only) and restart it; a reload is not enough.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "has_nonlocal_mta" },
		    { "cce", "CCE-88498-1" },
		    { "cce", "CCE-88499-9" },
		    { "cce", "CCE-88412-2" },
		    { "cis", "2.1.21" },
		    { "cis", "2.1.22" },
		    { "cis", "2.1.23" },
		    { "cis", "2.2.15" },
		    { "nist", "CM-7" },
		    { NULL, NULL },
		},
	    .roles = POLICY_ROLE_NULL_CLIENT,
	    .run = nonlocal_run,
	},
	{
	    .id = "mail-inventory",
	    .title = "The installed and listening mail servers are listed",
	    .severity = CHECK_INFO,
	    .rationale = "A server that nobody knows of is not maintained. "
			 "This check informs, and never fails.",
	    .remedy = "Remove the servers that nobody needs.",
	    .references =
		(const struct check_reference[]){
		    { "lynis", "MAIL-8802" },
		    { "lynis", "MAIL-8814" },
		    { "lynis", "MAIL-8816" },
		    { "lynis", "MAIL-8838" },
		    { "lynis", "MAIL-8860" },
		    { "lynis", "MAIL-8880" },
		    { "lynis", "MAIL-8920" },
		    { NULL, NULL },
		},
	    .run = inventory_run,
	},
};

const struct check_group check_sockets_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
