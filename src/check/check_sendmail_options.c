/*
 * check_sendmail_options.c - what Sendmail tells strangers, and what else its
 * options decide.
 */
#include "check/check_sendmail.h"

#include "check/groups.h"

#include <string.h>

/* ---- LogLevel ---- */

enum {
	LOG_LEVEL_WANTED = 9,
	LOG_LEVEL_DEFAULT = 9, /* conf.h */
};

static void
log_level_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	unsigned long level = LOG_LEVEL_DEFAULT;
	struct check_finding *finding;
	struct place place;
	struct str value;

	if (sendmail == NULL)
		return;
	if (sendmail_option(sendmail, "LogLevel", &value, &place) &&
	    !str_number(value, 1000, &level)) {
		check_unknown(run, place, "LogLevel is not a number");
		return;
	}
	if (level < LOG_LEVEL_WANTED)
		finding = check_fail(run, place,
		    "at this level deliveries and refusals are not logged");
	else
		finding = check_pass(run, place, "LogLevel is high enough");
	finding->value = arena_print(run->arena, "%lu", level);
	finding->wanted = "9 or more";
}

/* ---- HelpFile ---- */

static void
help_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	struct error error;
	struct place place;
	struct str path, text;

	if (sendmail == NULL)
		return;
	if (!sendmail_option(sendmail, "HelpFile", &path, &place) ||
	    path.length == 0) {
		check_pass(run, place, "there is no help file");
		return;
	}
	const char *name = check_sendmail_text(run, path);
	struct check_finding *finding;
	switch (tree_read(run->context->host->tree, name, 1 << 20, run->arena,
	    &text, &error)) {
	case LOOKUP_MISSING:
		finding = check_pass(run, place, "the help file is not there");
		break;
	case LOOKUP_FAILED:
		finding = check_unknown(run, place,
		    "the help file cannot be read: %s", error.text);
		break;
	case LOOKUP_FOUND:
		if (text.length == 0)
			finding =
			    check_pass(run, place, "the help file is empty");
		else
			finding = check_fail(run, place,
			    "HELP shows strangers the version and commands");
		break;
	default:
		return;
	}
	finding->value = name;
}

/* ---- SmtpGreetingMessage ---- */

/* Whether a text names a macro that has the version. */
static bool
names_version(struct str text)
{
	static const char *const macros[] = { "$v", "$Z", "${v}", "${Z}" };

	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (text.length > 0 &&
		    memmem(text.data, text.length, macros[i],
			strlen(macros[i])) != NULL)
			return true;
	return false;
}

static void
greeting_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	const struct sendmail_line *line;
	struct str value = STR("$j Sendmail $v ready at $b"); /* conf.c */
	struct check_finding *finding;

	if (sendmail == NULL)
		return;
	line = sendmail_cf_option(&sendmail->cf, STR("SmtpGreetingMessage"));
	if (line != NULL)
		value = line->value;
	struct place place = sendmail_place(&sendmail->cf, line);
	bool literal = sendmail->version.length > 0 &&
	    memmem(value.data, value.length, sendmail->version.data,
		sendmail->version.length) != NULL;
	if (names_version(value) || literal)
		finding = check_fail(run, place,
		    "the greeting tells everybody the version");
	else
		finding = check_pass(run, place,
		    "the greeting does not tell the version");
	finding->value = check_sendmail_text(run, value);
	finding->wanted = "Mail Server Ready ; $b";
}

/* ---- ForwardPath ---- */

static void
forward_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	const struct sendmail_line *line;

	if (sendmail == NULL)
		return;
	line = sendmail_cf_option(&sendmail->cf, STR("ForwardPath"));
	struct place place = sendmail_place(&sendmail->cf, line);
	if (line != NULL && line->value.length == 0) {
		check_pass(run, place, "ForwardPath is empty");
		return;
	}
	struct check_finding *finding = check_fail(run, place,
	    "users can have their mail forwarded, and programs run, by files "
	    "of theirs");
	finding->value = line != NULL ? check_sendmail_text(run, line->value)
				      : "~/.forward, built in";
	finding->wanted = "an empty ForwardPath";
}

/* ---- PrivacyOptions ---- */

static bool
has_flag(const struct sendmail *sendmail, struct str wanted,
    const struct sendmail_line **last)
{
	const struct sendmail_line *line = NULL;
	bool found = false;

	/* They add up, line by line; public alone takes all away. */
	while ((line = sendmail_cf_next(&sendmail->cf, 'O',
		    STR("PrivacyOptions"), line)) != NULL) {
		struct str rest = line->value, key, value;

		*last = line;
		while (sendmail_part_next(&rest, ',', &key, &value)) {
			if (str_equal_nocase(key, STR("public")))
				found = false;
			if (str_equal_nocase(key, wanted) ||
			    str_equal_nocase(key, STR("goaway")))
				found = true;
		}
	}
	return found;
}

static void
privacy(struct check_run *run, struct str wanted, const char *command)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	const struct sendmail_line *last = NULL;
	struct check_finding *finding;

	if (sendmail == NULL)
		return;
	bool found = has_flag(sendmail, wanted, &last);
	struct place place = sendmail_place(&sendmail->cf, last);
	if (found)
		finding = check_pass(run, place, "%s is refused", command);
	else
		finding = check_fail(run, place,
		    "%s tells strangers which users there are", command);
	if (last != NULL)
		finding->value = check_sendmail_text(run, last->value);
	finding->wanted = check_sendmail_text(run, wanted);
}

static void
expn_run(struct check_run *run)
{
	privacy(run, STR("noexpn"), "EXPN");
}

static void
vrfy_run(struct check_run *run)
{
	privacy(run, STR("novrfy"), "VRFY");
}

/* ---- DEBUG and WIZ ---- */

/* Compares versions by their numbers; false: one is none. */
static bool
version_before(struct str version, unsigned major, unsigned minor, bool *before)
{
	unsigned long first = 0, second = 0;
	struct str part, rest;

	str_cut(version, '.', &part, &rest);
	if (!str_number(part, 1000, &first))
		return false;
	str_cut(rest, '.', &part, &rest);
	if (part.length > 0 && !str_number(part, 1000, &second))
		return false;
	*before = first < major || (first == major && second < minor);
	return true;
}

static void
old_command(struct check_run *run, const char *command)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	struct place place = { run->mta->config, 0 };
	struct check_finding *finding;
	bool before;

	if (sendmail == NULL)
		return;
	if (!version_before(sendmail->version, 5, 65, &before)) {
		check_unknown(run, place,
		    "which version of Sendmail this is is not known");
		return;
	}
	if (before)
		finding = check_fail(run, place,
		    "this version takes %s from strangers", command);
	else
		finding = check_pass(run, place,
		    "this version does not know %s", command);
	finding->value = check_sendmail_text(run, sendmail->version);
}

static void
debug_run(struct check_run *run)
{
	old_command(run, "DEBUG");
}

static void
wiz_run(struct check_run *run)
{
	const struct sendmail *sendmail = run->mta->sendmail;
	const struct sendmail_line *line = sendmail != NULL
	    ? sendmail_cf_option(&sendmail->cf, STR("WizardPassword"))
	    : NULL;

	if (line != NULL && !str_starts(line->value, STR("*")))
		check_fail(run, sendmail_place(&sendmail->cf, line),
		    "an OW line sets a password for WIZ");
	old_command(run, "WIZ");
}

/* ---- AUTH without TLS ---- */

/* Whether a mechanism sends the password, or what stands for it. */
static bool
is_clear(struct str mechanism)
{
	return str_equal_nocase(mechanism, STR("PLAIN")) ||
	    str_equal_nocase(mechanism, STR("LOGIN"));
}

static void
auth_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	struct place place, options_place;
	struct str mechanisms, options, word;
	bool clear = false;

	if (sendmail == NULL)
		return;
	/* The built-in list has none of them. */
	sendmail_option(sendmail, "AuthMechanisms", &mechanisms, &place);
	while (sendmail_word_next(&mechanisms, &word))
		clear = clear || is_clear(word);
	if (!clear) {
		check_pass(run, place,
		    "no mechanism that shows the password is offered");
		return;
	}
	sendmail_option(sendmail, "AuthOptions", &options, &options_place);
	if (str_has(options, 'p')) {
		check_pass(run, options_place,
		    "passwords are taken within TLS alone");
		return;
	}
	check_fail(run, place,
	    "PLAIN or LOGIN is offered before STARTTLS: passwords go over the "
	    "network in the clear")
	    ->wanted = "AuthOptions with p";
}

#define GEN(gen, stig)                                            \
	(const struct check_reference[])                          \
	{                                                         \
		{ "gen", gen }, { "stig", stig }, { NULL, NULL }, \
	}

static const struct check checks[] = {
	{
	    .id = "sendmail-log-level",
	    .title = "Sendmail logs each delivery and refusal",
	    .severity = CHECK_LOW,
	    .rationale = "Below level 9 the log does not tell who sent what "
			 "to whom, and what was refused.",
	    .remedy = "define(`confLOG_LEVEL', `9')dnl",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004440" },
		    { "stig", "V-835" },
		    { "stig", "V-215344" },
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .run = log_level_run,
	},
	{
	    .id = "sendmail-help",
	    .title = "HELP tells strangers nothing",
	    .severity = CHECK_MEDIUM,
	    .rationale = "The help file of Sendmail begins with its version.",
	    .remedy = "Empty the file that HelpFile names, or "
		      "define(`HELP_FILE', `')dnl",
	    .references = GEN("GEN004540", "V-12006"),
	    .kinds = CHECK_SENDMAIL,
	    .run = help_run,
	},
	{
	    .id = "sendmail-greeting",
	    .title = "The greeting of Sendmail does not tell its version",
	    .severity = CHECK_LOW,
	    .rationale = "Hosts with a known vulnerability are found by their "
			 "greetings.",
	    .remedy = "define(`confSMTP_LOGIN_MSG', `Mail Server Ready ; "
		      "$b')dnl",
	    .references = GEN("GEN004560", "V-4384"),
	    .kinds = CHECK_SENDMAIL,
	    .run = greeting_run,
	},
	{
	    .id = "sendmail-forward-path",
	    .title = "Sendmail obeys no .forward files",
	    .severity = CHECK_MEDIUM,
	    .rationale = "With .forward, whoever can write a user's home can "
			 "read the user's mail and run programs.",
	    .remedy = "define(`confFORWARD_PATH', `')dnl",
	    .references = GEN("GEN004580", "V-4385"),
	    .kinds = CHECK_SENDMAIL,
	    .run = forward_run,
	},
	{
	    .id = "sendmail-expn",
	    .title = "Sendmail refuses EXPN",
	    .severity = CHECK_LOW,
	    .rationale = "EXPN shows the members of lists and aliases.",
	    .remedy = "define(`confPRIVACY_FLAGS', `goaway')dnl",
	    .references = GEN("GEN004660", "V-4692"),
	    .kinds = CHECK_SENDMAIL,
	    .run = expn_run,
	},
	{
	    .id = "sendmail-vrfy",
	    .title = "Sendmail refuses VRFY",
	    .severity = CHECK_LOW,
	    .rationale = "VRFY tells which users there are.",
	    .remedy = "define(`confPRIVACY_FLAGS', `goaway')dnl",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004680" },
		    { "stig", "V-4693" },
		    { "lynis", "MAIL-8820" },
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .run = vrfy_run,
	},
	{
	    .id = "sendmail-debug",
	    .title = "Sendmail does not take DEBUG",
	    .severity = CHECK_HIGH,
	    .rationale =
		"In versions before 5.65, DEBUG runs commands for strangers.",
	    .remedy = "Install a version that is maintained.",
	    .references = GEN("GEN004620", "V-4690"),
	    .kinds = CHECK_SENDMAIL,
	    .run = debug_run,
	},
	{
	    .id = "sendmail-wiz",
	    .title = "Sendmail does not take WIZ",
	    .severity = CHECK_LOW,
	    .rationale =
		"In versions before 5.65, WIZ gives strangers a shell.",
	    .remedy = "Install a version that is maintained, and remove OW "
		      "lines.",
	    .references = GEN("GEN004700", "V-4694"),
	    .kinds = CHECK_SENDMAIL,
	    .run = wiz_run,
	},
	{
	    .id = "sendmail-auth-tls",
	    .title = "Sendmail takes passwords over TLS only",
	    .severity = CHECK_HIGH,
	    .rationale = "PLAIN and LOGIN show the password to whoever can "
			 "read the connection.",
	    .remedy = "define(`confAUTH_OPTIONS', `A p y')dnl",
	    .references =
		(const struct check_reference[]){
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .run = auth_run,
	},
};

const struct check_group check_sendmail_options_group = {
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
