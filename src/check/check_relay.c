/*
 * check_relay.c - whether strangers can relay: the proof, as a check.
 */
#include "check/groups.h"
#include "check/proof.h"

/* One session that anybody can repeat. */
static const char *
session_text(const struct check_run *run, const struct proof_path *path)
{
	const struct session *session = &path->session;

	return arena_print(run->arena,
	    "client " STR_FORMAT " " STR_FORMAT ", HELO " STR_FORMAT
	    ", MAIL FROM " STR_FORMAT ", RCPT TO " STR_FORMAT,
	    STR_ARGS(session->client_text),
	    STR_ARGS(session->client_name.length > 0 ? session->client_name
						     : STR("without a name")),
	    STR_ARGS(session->helo.length > 0 ? session->helo : STR("none")),
	    STR_ARGS(session->sender), STR_ARGS(session->recipient));
}

static void
tell_paths(struct check_run *run, const struct proof_service *service,
    const struct proof_path *path, const char *when)
{
	for (; path != NULL; path = path->next) {
		const struct proof_by *by = &path->by;
		bool argument = by->argument.length > 0;
		struct check_finding *finding = check_fail(run, by->place,
		    "%sstrangers can relay on port %u: " STR_FORMAT
		    "%s" STR_FORMAT " lets them",
		    when, service->port, STR_ARGS(by->restriction),
		    argument ? " " : "", STR_ARGS(by->argument));

		finding->value = session_text(run, path);
		finding->wanted = "a refusal: run \"mtaguard prove\" for more";
	}
}

static void
tell_unknown(struct check_run *run, const struct proof_service *service)
{
	const struct proof_unknown *unknown = service->unknown;

	for (; unknown != NULL; unknown = unknown->next)
		check_unknown(run, unknown->place, STR_FORMAT ": %s",
		    STR_ARGS(unknown->restriction), unknown->reason);
}

static void
tell_service(struct check_run *run, const struct proof_service *service)
{
	struct place place = { run->mta->config, 0 };
	enum proof_verdict worst = service->verdict;

	if (service->guarded && service->without_guard > worst)
		worst = service->without_guard;
	tell_paths(run, service, service->paths, "");
	tell_paths(run, service, service->down, "while the guard is down, ");
	switch (worst) {
	case PROOF_CLOSED:
		check_pass(run, place, "port %u is closed to strangers: %s",
		    service->port,
		    service->closed != NULL ? service->closed
					    : "all sessions that it can tell "
					      "apart were tried");
		return;
	case PROOF_UNKNOWN:
		tell_unknown(run, service);
		return;
	case PROOF_OPEN:
		return;
	}
}

static void
closed_run(struct check_run *run)
{
	const struct check_context *context = run->context;
	const struct mta_list list = { run->mta, 1 };
	struct proof proof;

	proof_run(
	    &(struct proof_options){
		.host = context->host,
		.policy = context->policy,
	    },
	    &list, run->arena, &proof);
	if (proof.services == NULL)
		check_pass(run, (struct place){ run->mta->config, 0 },
		    "it does not listen for SMTP");
	for (const struct proof_service *service = proof.services;
	     service != NULL; service = service->next)
		tell_service(run, service);
}

static const struct check checks[] = {
	{
	    .id = "relay-closed",
	    .title = "No stranger can relay",
	    .severity = CHECK_CRITICAL,
	    .rationale =
		"An open relay is found within hours, sends other people's "
		"spam until the host is on every block list, and is then of "
		"no use to its own people. The configuration is evaluated as "
		"the MTA does it, and every session of a stranger that it can "
		"tell apart is tried, with the guard and without it.",
	    .remedy = "Refuse foreign destinations before anything that lets a "
		      "stranger pass:\n"
		      "smtpd_relay_restrictions = permit_mynetworks, "
		      "permit_sasl_authenticated, reject_unauth_destination\n"
		      "and let no table whose keys a stranger chooses (sender, "
		      "HELO) answer OK there.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_prevent_unrestricted_relay" },
		    { "ssg", "postfix_server_relay" },
		    { "gen", "GEN004710" },
		    { "stig", "V-23952" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL | 1u << MTA_EXIM,
	    .run = closed_run,
	},
};

const struct check_group check_relay_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
