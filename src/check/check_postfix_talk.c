/*
 * check_postfix_talk.c - what Postfix says of itself to whoever asks.
 */
#include "check/check_postfix.h"
#include "check/groups.h"

#include <string.h>

static const char expected_banner[] = "var_postfix_smtpd_banner";

static bool
contains_nocase(struct str text, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i + length <= text.length; i++)
		if (str_equal_nocase(str_slice(text, i, i + length),
			(struct str){ word, length }))
			return true;
	return false;
}

/*
 * The name of the host stands in a greeting by RFC 5321 4.2, so it may hold
 * any word; what else there is may not name the software.
 */
static struct str
without_name(struct check_run *run, struct str banner)
{
	struct postfix_value name;
	struct error ignored;

	if (postfix_value(run->mta->postfix, NULL, "myhostname", &name,
		&ignored) &&
	    str_starts(banner, name.text))
		return str_slice(banner, name.text.length, banner.length);
	return banner;
}

/* The site may say what the greeting shall be: that, and nothing else. */
static bool
is_expected(const struct check_run *run, const struct postfix_value *banner)
{
	struct check_parameter wanted;

	return check_parameter(run, expected_banner, &wanted) &&
	    (str_equal(banner->raw, wanted.value) ||
		str_equal(banner->text, wanted.value));
}

static void
banner_look(struct check_run *run, const struct postfix_listener *listener)
{
	struct check_parameter wanted = { .value = STR("") };
	struct postfix_value banner, version;
	struct check_finding *finding;

	if (!check_postfix_value(run, listener->smtpd, "smtpd_banner",
		&banner) ||
	    !check_postfix_value(run, listener->smtpd, "mail_version",
		&version))
		return;
	if (is_expected(run, &banner)) {
		check_pass(run, check_postfix_place(run, &banner),
		    "%s greets as it is meant to",
		    check_postfix_name(run, listener));
		return;
	}
	struct str rest = without_name(run, banner.text);
	struct place place = check_postfix_place(run, &banner);
	const char *name = check_postfix_name(run, listener);
	bool numbered = version.text.length > 0 &&
	    contains_nocase(rest,
		arena_print(run->arena, STR_FORMAT, STR_ARGS(version.text)));

	if (check_parameter(run, expected_banner, &wanted))
		finding = check_fail(run, place,
		    "%s greets otherwise than it is meant to", name);
	else if (numbered)
		finding = check_fail(run, place,
		    "%s tells its version in the greeting", name);
	else if (contains_nocase(rest, "postfix"))
		finding = check_fail(run, place,
		    "%s tells its software in the greeting", name);
	else if (contains_nocase(rest, "linux") ||
	    contains_nocase(rest, "debian") || contains_nocase(rest, "ubuntu"))
		finding = check_fail(run, place,
		    "%s tells its operating system in the greeting", name);
	else
		finding = check_pass(run, place,
		    "%s tells no more than its name", name);
	finding->value =
	    arena_print(run->arena, STR_FORMAT, STR_ARGS(banner.text));
	finding->wanted = wanted.value.length > 0
	    ? arena_copy(run->arena, wanted.value).data
	    : "$myhostname ESMTP";
}

static void
banner_run(struct check_run *run)
{
	if (check_postfix_each(run, true, banner_look) == 0)
		check_not_applicable(run,
		    "there is no smtpd that could greet anybody");
}

static void
vrfy_look(struct check_run *run, const struct postfix_listener *listener)
{
	struct postfix_value value;
	bool disabled;

	if (!check_postfix_flag(run, listener->smtpd, "disable_vrfy_command",
		&disabled, &value))
		return;
	if (disabled)
		check_pass(run, check_postfix_place(run, &value),
		    "%s does not answer VRFY",
		    check_postfix_name(run, listener));
	else
		check_fail(run, check_postfix_place(run, &value),
		    "%s tells strangers by VRFY which addresses exist",
		    check_postfix_name(run, listener))
		    ->wanted = "disable_vrfy_command = yes";
}

static void
vrfy_run(struct check_run *run)
{
	if (check_postfix_each(run, false, vrfy_look) == 0)
		check_not_applicable(run,
		    "nobody but this host can ask its smtpd");
}

static void
forward_run(struct check_run *run)
{
	struct postfix_value value;
	struct check_finding *finding;

	if (!check_postfix_value(run, NULL, "forward_path", &value))
		return;
	struct place place = check_postfix_place(run, &value);
	if (value.text.length == 0)
		finding =
		    check_pass(run, place, "no file of a user redirects mail");
	else
		finding = check_fail(run, place,
		    "users redirect their mail, or run programs with it, by "
		    "files of their own");
	/* As it is written: of no user in particular, $home is empty. */
	finding->value =
	    arena_print(run->arena, STR_FORMAT, STR_ARGS(value.raw));
	finding->wanted = "forward_path =";
}

static const struct check checks[] = {
	{
	    .id = "postfix-banner",
	    .title = "The greeting of Postfix names no software",
	    .severity = CHECK_LOW,
	    .rationale = "The name and version of the software tell an "
			 "attacker which vulnerabilities to try. The name of "
			 "the host must stand there (RFC 5321, 4.2).",
	    .remedy = "Set smtpd_banner = $myhostname ESMTP.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_server_banner" },
		    { "cce", "CCE-82379-9" },
		    { "gen", "GEN004560" },
		    { "lynis", "MAIL-8818" },
		    { "nist", "AC-8" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = banner_run,
	},
	{
	    .id = "postfix-vrfy",
	    .title = "Postfix does not answer VRFY to others",
	    .severity = CHECK_LOW,
	    .rationale = "VRFY tells strangers which addresses exist.",
	    .remedy = "Set disable_vrfy_command = yes.",
	    .references =
		(const struct check_reference[]){
		    { "lynis", "MAIL-8820" },
		    { "gen", "GEN004680" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = vrfy_run,
	},
	{
	    .id = "postfix-forward-path",
	    .title = "Postfix reads no .forward files of users",
	    .severity = CHECK_LOW,
	    .rationale = "A .forward sends mail off the host, or runs a "
			 "program, without the administrator's knowledge.",
	    .remedy =
		"Set forward_path to the empty value, unless users need it.",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004580" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = forward_run,
	},
};

const struct check_group check_postfix_talk_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
