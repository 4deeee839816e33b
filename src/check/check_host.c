/*
 * check_host.c - rules of benchmarks about the host around its mail server.
 */
#include "check/groups.h"
#include "host/facts.h"

/* ---- network-filesystems ---- */

static void
mounts_run(struct check_run *run)
{
	const struct mounts *mounts = facts_mounts(run->context->facts);
	const char *when = mounts->planned
	    ? "is mounted at the start of the host"
	    : "is mounted";
	size_t found = 0;

	if (mounts->state == LOOKUP_FAILED) {
		check_unknown(run, (struct place){ 0 },
		    "what is mounted is not known: %s", mounts->reason);
		return;
	}
	for (const struct mount *mount = mounts->first; mount != NULL;
	     mount = mount->next) {
		if (!mounts_is_network(mount))
			continue;
		found++;
		check_pass(run, mount->place,
		    STR_FORMAT " of type " STR_FORMAT
			       " %s, so the service is needed",
		    STR_ARGS(mount->source), STR_ARGS(mount->type), when);
	}
	if (found > 0)
		return;

	struct unit unit;
	const struct units *units = facts_units(run->context->facts);
	enum lookup state = units_find(units, STR("netfs.service"), &unit);
	if (state == LOOKUP_FAILED)
		check_unknown(run, (struct place){ 0 },
		    "whether netfs is enabled is not known: %s", units->reason);
	else if (unit.enablement == UNIT_ENABLED)
		check_fail(run, (struct place){ .file = unit.by },
		    "netfs is enabled, though no file system of another host "
		    "%s",
		    when)
		    ->wanted = "systemctl disable netfs";
	else
		check_pass(run, (struct place){ 0 },
		    "no file system of another host %s, and netfs is not "
		    "enabled",
		    when);
}

/* ---- auditd-mail-account ---- */

static void
auditd_run(struct check_run *run)
{
	const struct auditd *auditd = facts_auditd(run->context->facts);
	struct check_parameter wanted = { .value = STR("root") };

	if (auditd->state == LOOKUP_MISSING) {
		check_not_applicable(run, "auditd is not configured here");
		return;
	}
	if (auditd->state == LOOKUP_FAILED) {
		check_unknown(run, auditd->place, "%s", auditd->reason);
		return;
	}
	check_parameter(run, "var_auditd_action_mail_acct", &wanted);
	const char *shown = arena_print(run->arena, STR_FORMAT "%s",
	    STR_ARGS(auditd->action_mail_acct),
	    auditd->place.line == 0 ? " (not set)" : "");
	if (str_equal(auditd->action_mail_acct, wanted.value)) {
		check_pass(run, auditd->place,
		    "auditd writes to the account "
		    "that is wanted")
		    ->value = shown;
		return;
	}
	struct check_finding *finding = check_fail(run, auditd->place,
	    "auditd writes to another account than is wanted");
	finding->value = shown;
	finding->wanted = arena_copy(run->arena, wanted.value).data;
}

/* ---- selinux-mail-spool ---- */

static void
selinux_run(struct check_run *run)
{
	static const char name[] = "postfix_local_write_mail_spool";
	const struct selinux *selinux = facts_selinux(run->context->facts);
	struct place place = { 0 };
	struct error error;
	bool value = false;

	if (selinux->state == LOOKUP_FAILED) {
		check_unknown(run, selinux->place, "%s", selinux->reason);
		return;
	}
	if (selinux->state == LOOKUP_MISSING ||
	    selinux->mode == SELINUX_DISABLED) {
		check_not_applicable(run, "SELinux is not in force here");
		return;
	}
	enum lookup state =
	    selinux_boolean(selinux, facts_tree(run->context->facts), name,
		run->arena, &value, &place, &error);
	if (state == LOOKUP_FAILED)
		check_unknown(run, place, "%s: %s", name, error.text);
	else if (state == LOOKUP_MISSING)
		check_unknown(run, (struct place){ 0 },
		    "%s is as the policy has it, which is not read", name);
	else if (value)
		check_pass(run, place, "%s is on", name);
	else
		check_fail(run, place, "%s is off", name)->wanted = "on";
}

static const struct check checks[] = {
	{
	    .id = "network-filesystems",
	    .title =
		"netfs is enabled only where network file systems are mounted",
	    .severity = CHECK_LOW,
	    .rationale =
		"A service that is not needed widens what can be attacked.",
	    .remedy = "systemctl disable netfs",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "disabling_netfs" },
		    { "nist", "CM-7" },
		    { NULL, NULL },
		},
	    .run = mounts_run,
	},
	{
	    .id = "auditd-mail-account",
	    .title = "auditd sends its warnings to an account that is read",
	    .severity = CHECK_MEDIUM,
	    .rationale = "When the disk for its log fills, auditd writes a "
			 "mail, and soon after halts the host.",
	    .remedy = "Set action_mail_acct in /etc/audit/auditd.conf.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "auditd_data_retention_action_mail_acct" },
		    { "cce", "CCE-80678-6" },
		    { "cce", "CCE-83698-1" },
		    { "stig", "OL08-00-030020" },
		    { "stig", "SLES-12-020040" },
		    { "cis", "4.1.2.3" },
		    { "nist", "AU-5(a)" },
		    { NULL, NULL },
		},
	    .run = auditd_run,
	},
	{
	    .id = "selinux-mail-spool",
	    .title = "SELinux lets Postfix write to the mail spool",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Without this boolean, SELinux denies the local "
			 "delivery of mail to accounts of the host.",
	    .remedy = "setsebool -P postfix_local_write_mail_spool=1",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "sebool_postfix_local_write_mail_spool" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = selinux_run,
	},
};

const struct check_group check_host_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
