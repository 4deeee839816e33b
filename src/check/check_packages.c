/*
 * check_packages.c - the packages that a mail host shall have, or not.
 */
#include "check/groups.h"
#include "host/facts.h"

/* Nothing is known of what is installed; true: that was said. */
static bool
not_known(struct check_run *run, const struct packages *packages)
{
	if (packages->state == LOOKUP_FAILED)
		check_unknown(run, (struct place){ .file = packages->file },
		    "what is installed is not known: %s", packages->reason);
	else if (packages->state == LOOKUP_MISSING)
		check_unknown(run, (struct place){ 0 },
		    "what is installed is not known: there is neither "
		    "dpkg's database nor rpm's");
	return packages->state != LOOKUP_FOUND;
}

static const struct package *
first_of(const struct packages *packages, const char *const *names)
{
	const struct package *package;

	for (; *names != NULL; names++)
		if (packages_find(packages, str_from(*names), &package) ==
		    LOOKUP_FOUND)
			return package;
	return NULL;
}

static void
want_one(struct check_run *run, const char *const *names)
{
	const struct packages *packages = facts_packages(run->context->facts);

	if (not_known(run, packages))
		return;
	const struct package *package = first_of(packages, names);
	if (package != NULL)
		check_pass(run, package->place, STR_FORMAT " is installed",
		    STR_ARGS(package->name))
		    ->value = package->version.data;
	else
		check_fail(run, (struct place){ .file = packages->file },
		    "%s is not installed", names[0])
		    ->wanted = names[0];
}

/* Who else is the mail server of the host; NULL: nobody. */
static const char *
other_server(const struct check_run *run)
{
	const struct mta_list *mtas = run->context->mtas;

	for (size_t i = 0; i < mtas->count; i++)
		if (mtas->mtas[i].kind != MTA_POSTFIX)
			return check_kind_title(mtas->mtas[i].kind);
	return NULL;
}

static void
postfix_run(struct check_run *run)
{
	static const char *const names[] = { "postfix", NULL };
	const struct packages *packages = facts_packages(run->context->facts);
	const char *other = other_server(run);

	if (packages->state == LOOKUP_FOUND && other != NULL &&
	    first_of(packages, names) == NULL)
		check_not_applicable(run, "the mail server is %s", other);
	else
		want_one(run, names);
}

static void
sendmail_run(struct check_run *run)
{
	static const char *const names[] = { "sendmail", "sendmail-bin", NULL };
	const struct packages *packages = facts_packages(run->context->facts);

	if (not_known(run, packages))
		return;
	const struct package *package = first_of(packages, names);
	if (package == NULL) {
		check_pass(run, (struct place){ .file = packages->file },
		    "sendmail is not installed");
		return;
	}
	struct check_finding *finding = check_fail(run, package->place,
	    STR_FORMAT " is installed", STR_ARGS(package->name));
	finding->value = package->version.data;
	finding->wanted = "not installed";
}

static void
mailx_run(struct check_run *run)
{
	static const char *const names[] = { "mailx", "bsd-mailx", "mailutils",
		"heirloom-mailx", "s-nail", NULL };

	want_one(run, names);
}

static void
s_nail_run(struct check_run *run)
{
	static const char *const names[] = { "s-nail", "mailx", "bsd-mailx",
		"mailutils", NULL };

	want_one(run, names);
}

/* ---- versions ---- */

static const struct {
	enum mta_kind kind;
	const char *const *names;
} servers[] = {
	{ MTA_POSTFIX, (const char *const[]){ "postfix", NULL } },
	{ MTA_SENDMAIL,
	    (const char *const[]){ "sendmail-bin", "sendmail", NULL } },
	{ MTA_EXIM,
	    (const char *const[]){ "exim4-daemon-light", "exim4-daemon-heavy",
		"exim4-base", "exim", NULL } },
};

/*
 * What a vendor has mended is in no file of the host, and nobody is asked over
 * the network. So the version is told, and not judged.
 */
static void
version_run(struct check_run *run)
{
	const struct packages *packages = facts_packages(run->context->facts);

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		const struct package *package = NULL;

		if (servers[i].kind != run->mta->kind)
			continue;
		if (packages->state == LOOKUP_FOUND)
			package = first_of(packages, servers[i].names);
		if (packages->state == LOOKUP_FAILED)
			check_not_applicable(run,
			    "not to be judged from the host's files alone: "
			    "which package %s comes from is not known: %s",
			    check_kind_title(run->mta->kind), packages->reason);
		else if (package != NULL)
			check_not_applicable(run,
			    "not to be judged from the host's files alone: "
			    "whether the vendor has a newer one "
			    "than " STR_FORMAT "%s" STR_FORMAT,
			    STR_ARGS(package->name),
			    package->version.length > 0 ? " " : "",
			    STR_ARGS(package->version))
			    ->place = package->place;
		else
			check_not_applicable(run,
			    "not to be judged from the host's files alone: "
			    "%s comes from no package that is known here",
			    check_kind_title(run->mta->kind));
	}
}

static const struct check checks[] = {
	{
	    .id = "package-postfix-installed",
	    .title = "Postfix is installed",
	    .severity = CHECK_LOW,
	    .rationale = "Reports of auditd and cron reach nobody on a host "
			 "that cannot send mail.",
	    .remedy = "Install the package postfix.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "package_postfix_installed" },
		    { "cce", "CCE-85983-5" },
		    { "cce", "CCE-85984-3" },
		    { "cce", "CCE-86466-0" },
		    { "stig", "RHEL-08-030030" },
		    { "stig", "RHEL-09-215101" },
		    { "stig", "RHEL-10-200690" },
		    { "cis", "6.3.2.4" },
		    { "pci-dss", "10.5.1" },
		    { "nist", "AU-5" },
		    { "nist", "CM-7" },
		    { NULL, NULL },
		},
	    .run = postfix_run,
	},
	{
	    .id = "package-sendmail-removed",
	    .title = "Sendmail is not installed",
	    .severity = CHECK_LOW,
	    .rationale = "Benchmarks ask for Postfix, which runs with fewer "
			 "privileges and has had fewer vulnerabilities. Where "
			 "Sendmail is the server on purpose, waive this.",
	    .remedy = "Remove the package sendmail.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "package_sendmail_removed" },
		    { "cce", "CCE-81039-0" },
		    { "cce", "CCE-90830-1" },
		    { "cce", "CCE-88826-3" },
		    { "cce", "CCE-91463-0" },
		    { "cce", "CCE-85761-5" },
		    { "stig", "RHEL-08-040002" },
		    { "stig", "RHEL-09-215020" },
		    { "stig", "OL08-00-040002" },
		    { "stig", "OL09-00-000150" },
		    { "anssi", "R62" },
		    { "nist", "CM-7(a)" },
		    { "nist", "CM-7(b)" },
		    { "nist", "CM-6(a)" },
		    { NULL, NULL },
		},
	    .run = sendmail_run,
	},
	{
	    .id = "package-mailx-installed",
	    .title = "A program that sends mail from scripts is installed",
	    .severity = CHECK_LOW,
	    .rationale = "Integrity checkers report over mailx; without it "
			 "their reports are lost.",
	    .remedy = "Install the package mailx, or bsd-mailx, or s-nail.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "package_mailx_installed" },
		    { "cce", "CCE-87036-0" },
		    { "cce", "CCE-92331-8" },
		    { "cce", "CCE-92519-8" },
		    { "stig", "RHEL-08-010358" },
		    { "stig", "OL07-00-020028" },
		    { "stig", "OL08-00-010358" },
		    { "stig", "SLES-12-010498" },
		    { "stig", "SLES-15-010418" },
		    { "nist", "CM-3(5)" },
		    { NULL, NULL },
		},
	    .run = mailx_run,
	},
	{
	    .id = "package-s-nail-installed",
	    .title = "s-nail, or a program like it, is installed",
	    .severity = CHECK_LOW,
	    .rationale = "Integrity checkers report over the mail command, "
			 "which s-nail is on newer systems.",
	    .remedy = "Install the package s-nail.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "package_s-nail_installed" },
		    { "cce", "CCE-86608-7" },
		    { "cce", "CCE-89346-1" },
		    { "stig", "RHEL-09-215095" },
		    { "stig", "RHEL-10-200520" },
		    { "stig", "OL09-00-000290" },
		    { "nist", "CM-3(5)" },
		    { NULL, NULL },
		},
	    .run = s_nail_run,
	},
	{
	    .id = "mta-version-current",
	    .title = "The mail server is up to date",
	    .severity = CHECK_HIGH,
	    .rationale =
		"Old servers have known vulnerabilities. Distributions correct "
		"them without a new version number, so only the vendor's "
		"advisories tell which packages are current.",
	    .remedy = "Compare the version with the vendor's advisories, and "
		      "update.",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004600" },
		    { "stig", "V-4689" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL | 1u << MTA_EXIM,
	    .run = version_run,
	},
};

const struct check_group check_packages_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
