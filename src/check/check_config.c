/*
 * check_config.c - whether an MTA starts with its configuration, and what
 * its files are warned of for.
 */
#include "check/check_postfix.h"
#include "check/groups.h"
#include "mta/restrictions.h"

enum {
	/* A file of rubbish has a problem a line; the first say it all. */
	TOLD = 20,
};

/* A server that starts, and whose smtpd dies with each client that comes. */
static void
smtpd_look(struct check_run *run, const struct postfix_listener *listener)
{
	const struct restrictions_options options = {
		.postfix = run->mta->postfix,
		.service = listener->smtpd,
	};
	struct place place = { 0 };
	struct postfix_value relay;
	struct error ignored;
	const char *fatal =
	    restrictions_fatal(restrictions_new(&options, run->arena), &place);

	if (fatal == NULL)
		return;
	if (place.file == NULL &&
	    postfix_value(options.postfix, options.service,
		"smtpd_relay_restrictions", &relay, &ignored))
		place = relay.place;
	if (place.file == NULL)
		place = check_postfix_service_place(run, listener->inet);
	check_fail(run, place, "%s serves nobody: %s",
	    check_postfix_name(run, listener), fatal);
}

static void
starts_run(struct check_run *run)
{
	const struct mta *mta = run->mta;

	if (mta->fatal == NULL && mta->unread == NULL && mta->postfix != NULL)
		check_postfix_each(run, true, smtpd_look);
	if (run->result->findings != NULL)
		return;
	if (mta->fatal != NULL)
		check_fail(run, mta->fatal_place, "%s", mta->fatal);
	else if (mta->unsure != NULL)
		check_unknown(run, mta->unsure_place, "%s", mta->unsure);
	else
		check_pass(run, (struct place){ .file = mta->config },
		    "nothing in the configuration keeps it from starting");
}

static void
parses_run(struct check_run *run)
{
	const struct mta *mta = run->mta;
	const struct problem *problem =
	    mta->problems != NULL ? mta->problems->first : NULL;
	unsigned told = 0;

	for (; problem != NULL && told < TOLD; problem = problem->next) {
		told++;
		if (problem->kind == PROBLEM_ERROR && mta->fatal == NULL)
			check_unknown(run, problem->place, "%s", problem->text);
		else
			check_fail(run, problem->place, "%s", problem->text);
	}
	if (problem != NULL)
		check_unknown(run, problem->place,
		    "more than %d problems; the others are not told", TOLD);
	if (told == 0)
		check_pass(run, (struct place){ .file = mta->config },
		    "every line of the configuration says something");
}

enum {
	EVERY_KIND = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL | 1u << MTA_EXIM,
};

static const struct check checks[] = {
	{
	    .id = "mta-config-starts",
	    .title = "The MTA starts with its configuration",
	    .severity = CHECK_HIGH,
	    .rationale =
		"A server that refuses its configuration delivers no mail "
		"after the next restart, and what other tools read in the "
		"same files says nothing about it.",
	    .remedy = "Correct the line that the finding names.",
	    .references =
		(const struct check_reference[]){
		    { "lynis", "MAIL-8817" },
		    { NULL, NULL },
		},
	    .kinds = EVERY_KIND,
	    .run = starts_run,
	},
	{
	    .id = "mta-config-parses",
	    .title = "The configuration of the MTA has no line that is "
		     "ignored or doubtful",
	    .severity = CHECK_LOW,
	    .rationale =
		"A setting that the server overrides, ignores or cannot read "
		"is not in force, whatever the file suggests.",
	    .remedy = "Remove the line, or write what was meant. The last of "
		      "several settings with one name counts.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_server_cfg" },
		    { "lynis", "MAIL-8817" },
		    { NULL, NULL },
		},
	    .kinds = EVERY_KIND,
	    .run = parses_run,
	},
};

const struct check_group check_config_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
