/*
 * check_syslog.c - whether messages of the facility mail are kept, and who
 * may read and change them.
 */
#include "check/file_rules.h"
#include "check/groups.h"

enum {
	/* crit and worse: what the weakest reading of the rule asks for. */
	AT_LEAST = (2u << SYSLOG_CRIT) - 1,
	INFORMATION = (2u << SYSLOG_INFO) - 1,
};

/* Nothing can be said of its rules; true: that was said. */
static bool
is_unreadable(struct check_run *run, const struct syslog *syslog)
{
	if (syslog->state != LOOKUP_FAILED)
		return false;
	check_unknown(run, (struct place){ 0 }, "%s", syslog->reason);
	return true;
}

/* Where no syslog daemon is configured. */
static void
journal_alone(struct check_run *run, const struct syslog *syslog)
{
	if (syslog->journal)
		check_pass(run, (struct place){ 0 },
		    "systemd's journal keeps what mail logs; no syslog daemon "
		    "is configured");
	else
		check_fail(run, (struct place){ 0 },
		    "there is neither a syslog daemon nor systemd's journal")
		    ->wanted = "mail.* in a file";
}

static void
tell_kept(struct check_run *run, const struct syslog_rule *rule)
{
	static const char *const targets[] = {
		[SYSLOG_FILE] = "the file",
		[SYSLOG_REMOTE] = "another host:",
		[SYSLOG_OTHER] = "",
	};

	check_pass(run, rule->place,
	    "mail's messages go to %s " STR_FORMAT "%s", targets[rule->action],
	    STR_ARGS(rule->target),
	    (rule->severities & INFORMATION) == INFORMATION
		? ""
		: ", though not all from info on");
}

static void
logged_run(struct check_run *run)
{
	const struct syslog *syslog = facts_syslog(run->context->facts);
	bool kept = false;

	if (is_unreadable(run, syslog))
		return;
	if (syslog->state == LOOKUP_MISSING) {
		journal_alone(run, syslog);
		return;
	}
	for (const struct syslog_rule *rule = syslog->first; rule != NULL;
	     rule = rule->next)
		if (rule->action != SYSLOG_OTHER &&
		    (rule->severities & AT_LEAST) == AT_LEAST) {
			tell_kept(run, rule);
			kept = true;
		}
	if (kept)
		return;
	if (syslog->uncertain != NULL)
		check_unknown(run, syslog->uncertain_place,
		    "no selector of %s keeps mail's messages, but this may: "
		    "%s",
		    syslog->daemon, syslog->uncertain);
	else if (syslog->journal)
		check_pass(run, (struct place){ 0 },
		    "no selector of %s keeps mail's messages, but systemd's "
		    "journal does",
		    syslog->daemon);
	else
		check_fail(run, (struct place){ .file = syslog->file },
		    "no selector of %s keeps mail's messages", syslog->daemon)
		    ->wanted = "mail.* in a file";
}

static bool
seen_before(const struct syslog_rule *first, const struct syslog_rule *rule)
{
	for (const struct syslog_rule *each = first; each != rule;
	     each = each->next)
		if (each->action == SYSLOG_FILE &&
		    str_equal(each->target, rule->target))
			return true;
	return false;
}

/* Judges every file that mail's messages go to. */
static void
judge_files(struct check_run *run, const struct file_rule *wanted)
{
	const struct syslog *syslog = facts_syslog(run->context->facts);
	size_t files = 0;

	if (is_unreadable(run, syslog))
		return;
	for (const struct syslog_rule *rule = syslog->first; rule != NULL;
	     rule = rule->next) {
		if (rule->action != SYSLOG_FILE ||
		    seen_before(syslog->first, rule))
			continue;
		files++;
		if (file_rule_judge(run, wanted,
			arena_copy(run->arena, rule->target).data,
			rule->place) == LOOKUP_MISSING)
			check_not_applicable(run,
			    STR_FORMAT " is not there yet",
			    STR_ARGS(rule->target));
	}
	if (files > 0)
		return;
	if (syslog->uncertain != NULL)
		check_unknown(run, syslog->uncertain_place,
		    "which files mail's messages go to is not known: %s",
		    syslog->uncertain);
	else
		check_not_applicable(run,
		    "mail's messages go to no file of a syslog daemon");
}

static void
owner_run(struct check_run *run)
{
	static const struct file_rule rule = {
		.what = "the mail log",
		.mode = 07777,
		.owner = true,
	};

	judge_files(run, &rule);
}

static void
mode_run(struct check_run *run)
{
	static const struct file_rule rule = {
		.what = "the mail log",
		.mode = 0644,
	};

	judge_files(run, &rule);
}

static void
acl_run(struct check_run *run)
{
	static const struct file_rule rule = {
		.what = "the mail log",
		.mode = 07777,
		.acl = true,
	};

	judge_files(run, &rule);
}

static const struct check checks[] = {
	{
	    .id = "syslog-mail-logged",
	    .title = "What the MTA logs is kept",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"Abuse of a relay is found in its log, and only there. A "
		"selector that leaves the facility mail out loses it.",
	    .remedy = "Add the line \"mail.* -/var/log/maillog\" to "
		      "rsyslog.conf or syslog.conf, and reload the daemon.",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004460" },
		    { "stig", "V-836" },
		    { NULL, NULL },
		},
	    .run = logged_run,
	},
	{
	    .id = "maillog-owner",
	    .title = "The mail log is owned by root",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Whoever owns the log can remove the traces of what "
			 "was done with the server.",
	    .remedy = "chown root FILE; where the syslog daemon runs under "
		      "an account of its own, waive this check for it.",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004480" },
		    { "stig", "V-837" },
		    { NULL, NULL },
		},
	    .run = owner_run,
	},
	{
	    .id = "maillog-mode",
	    .title = "The mail log has mode 0644 or less",
	    .severity = CHECK_MEDIUM,
	    .rationale = "A log that others can write proves nothing.",
	    .remedy = "chmod 0644 FILE, and set the mode with which the "
		      "syslog daemon makes it ($FileCreateMode).",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004500" },
		    { "stig", "V-838" },
		    { NULL, NULL },
		},
	    .run = mode_run,
	},
	{
	    .id = "maillog-acl",
	    .title = "The mail log has no ACL",
	    .severity = CHECK_MEDIUM,
	    .rationale = "An ACL lets somebody in whom the mode does not "
			 "show.",
	    .remedy = "setfacl --remove-all FILE",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004510" },
		    { "stig", "V-22442" },
		    { NULL, NULL },
		},
	    .run = acl_run,
	},
};

const struct check_group check_syslog_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
