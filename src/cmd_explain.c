/*
 * cmd_explain.c - "mtaguard explain": what the guard says to a session, and
 * why.
 */
#include "cmd_explain.h"

#include "cmd_explain_mta.h"

#include "base/clock.h"
#include "command_host.h"
#include "serve/attr.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *policy;
	const char *sessions; /* NULL: none */
	bool json;
	bool mta;   /* the MTA's own restrictions */
	bool guard; /* the guard beside it */
	struct command_host_options host;
};

static void
print_answer(struct explain *explain, const struct explain_answer *answer)
{
	switch (explain->layout) {
	case EXPLAIN_TEXT:
		if (explain->count++ > 0)
			printf("\n");
		explain_print_text(answer, explain->colours, stdout);
		return;
	case EXPLAIN_LINES:
		explain_print_line(answer, stdout);
		return;
	case EXPLAIN_JSON:
		explain_print_json(answer, stdout);
		return;
	}
}

/* What the guard says; the answer lives until the next one. */
static void
ask_guard(struct explain *explain, struct str id, struct request *request,
    struct decision *decision, struct explain_answer *answer)
{
	request->now = explain->now;
	explain->trace->count = 0;
	policy_decide(explain->policy, request, explain->scratch,
	    explain->trace, decision);
	*answer = (struct explain_answer){
		.id = id,
		.request = request,
		.decision = decision,
		.trace = explain->trace,
	};
}

static void
print_ruling(struct explain *explain, const struct explain_ruling *ruling)
{
	switch (explain->layout) {
	case EXPLAIN_TEXT:
		if (explain->count++ > 0)
			printf("\n");
		explain_ruling_text(ruling, explain->colours, stdout);
		return;
	case EXPLAIN_LINES:
		explain_ruling_line(ruling, stdout);
		return;
	case EXPLAIN_JSON:
		explain_ruling_json(ruling, stdout);
		return;
	}
}

void
explain_judge(struct explain *explain, struct str id, struct request *request)
{
	struct decision decision;
	struct explain_answer answer;
	struct explain_ruling ruling;

	if (explain->policy != NULL)
		ask_guard(explain, id, request, &decision, &answer);
	if (explain->mta == NULL) {
		print_answer(explain, &answer);
		return;
	}
	explain_mta_judge(explain->mta, &request->session, &ruling);
	ruling.id = id;
	if (explain->policy != NULL)
		ruling.guard = &answer;
	print_ruling(explain, &ruling);
}

void
explain_refuse(struct explain *explain, struct str id,
    const struct error *error)
{
	struct request request = { .protocol = REQUEST_POLICY };
	struct decision decision = { .verdict = VERDICT_DEFER };

	request.session.stage = SESSION_OTHER;
	attr_refuse(&decision);
	decision.observe =
	    explain->policy != NULL && explain->policy->mode == POLICY_OBSERVE;
	explain->trace->count = 0;
	trace_add(explain->trace, "request", STR(""), "malformed",
	    (struct place){ 0 }, "%s", error->text);
	print_answer(explain,
	    &(struct explain_answer){
		.id = id,
		.request = &request,
		.decision = &decision,
		.trace = explain->trace,
	    });
}

/* Opens what every answer needs, and runs one of the three inputs. */
static enum command_exit
answer(const struct command *command, const struct options *options,
    const struct policy *policy, struct explain_mta *mta, char **words)
{
	const char *no_color = getenv("NO_COLOR");
	struct explain explain = {
		.command = command,
		.policy = policy,
		.mta = mta,
		.scratch = policy_scratch_new(),
		.trace = malloc(sizeof(*explain.trace)),
		.now = clock_wall(),
		.colours = isatty(STDOUT_FILENO) &&
		    (no_color == NULL || no_color[0] == '\0'),
	};
	enum command_exit status;

	if (explain.trace == NULL) {
		perror("mtaguard explain");
		abort();
	}
	if (options->json)
		explain.layout = EXPLAIN_JSON;
	else if (options->sessions != NULL)
		explain.layout = EXPLAIN_LINES;
	if (options->sessions != NULL)
		status = explain_sessions(&explain, options->sessions);
	else if (words[0] != NULL)
		status = explain_words(&explain, words);
	else
		status = explain_requests(&explain);
	free(explain.trace);
	policy_scratch_free(explain.scratch);
	return status;
}

/* The same by the MTA of a host, with the guard beside it or without. */
static enum command_exit
answer_mta(const struct command *command, const struct options *options,
    const struct policy *policy, char **words)
{
	struct command_host host = { .arena = NULL };
	enum command_exit status =
	    command_host_open(command, &options->host, &host);

	if (status == COMMAND_DONE) {
		struct explain_mta *mta = explain_mta_new(command,
		    &(struct explain_mta_options){
			.host = &host,
			.guard = policy,
			.outside = options->sessions != NULL,
		    });

		status = mta != NULL
		    ? answer(command, options, policy, mta, words)
		    : COMMAND_NO_MTA;
	}
	command_host_free(&host);
	return status;
}

/* The options of the host, but --mta, whose value may be missing here. */
static void
add_host_options(struct option *known)
{
	struct option all[COMMAND_HOST_OPTIONS];

	command_host_long_options(all);
	for (size_t i = 0; i < COMMAND_HOST_OPTIONS; i++)
		if (strcmp(all[i].name, "mta") != 0)
			*known++ = all[i];
}

/* What belongs to the host is of no use without its MTA. */
static bool
names_host(const struct options *options)
{
	static const struct command_host_options none;

	return memcmp(&options->host, &none, sizeof(none)) != 0;
}

/* --mta, or --mta=postfix; false: end with *status. */
static bool
take_mta(struct options *options, const struct command *command,
    enum command_exit *status)
{
	options->mta = true;
	options->host.mta = optarg;
	if (optarg == NULL || strcmp(optarg, "postfix") == 0)
		return true;
	*status = command_misused(command,
	    "--mta is that of postfix, not of \"%s\"", optarg);
	return false;
}

/* Reads the options; false: there is no more to do but end with *status. */
static bool
options_read(const struct command *command, int argc, char **argv,
    struct options *options, enum command_exit *status)
{
	enum {
		OPTION_FORMAT = 256,
		OPTION_SESSIONS,
		OPTION_MTA,
		OPTION_GUARD,
		OWN = 6,
	};
	struct option known[OWN + COMMAND_HOST_OPTIONS + 1] = {
		{ "policy", required_argument, NULL, 'c' },
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ "sessions", required_argument, NULL, OPTION_SESSIONS },
		/* Before that of the host, which must have a value. */
		{ "mta", optional_argument, NULL, OPTION_MTA },
		{ "guard", no_argument, NULL, OPTION_GUARD },
		{ "help", no_argument, NULL, 'h' },
	};
	const char *format = "text";
	int option;

	add_host_options(known + OWN);

	while ((option = getopt_long(argc, argv, "c:h", known, NULL)) != -1) {
		if (option == 'c') {
			options->policy = optarg;
		} else if (option == OPTION_FORMAT) {
			format = optarg;
		} else if (option == OPTION_SESSIONS) {
			options->sessions = optarg;
		} else if (option == OPTION_MTA) {
			if (!take_mta(options, command, status))
				return false;
		} else if (option == OPTION_GUARD) {
			options->guard = true;
		} else if (command_host_option(&options->host, option,
			       optarg)) {
			continue;
		} else {
			*status = option == 'h'
			    ? command_help(command)
			    : command_unknown_option(command);
			return false;
		}
	}
	options->json = strcmp(format, "json") == 0;
	if (options->json || strcmp(format, "text") == 0)
		return true;
	*status = command_misused(command,
	    "there is no format \"%s\": text or json", format);
	return false;
}

static enum command_exit
run(const struct command *command, int argc, char **argv)
{
	struct options options = { .policy = COMMAND_POLICY };
	struct command_policy loaded = { NULL, NULL, NULL };
	enum command_exit status = COMMAND_CONFIG;

	if (!options_read(command, argc, argv, &options, &status))
		return status;
	char **words = argv + optind;
	if (options.sessions != NULL && words[0] != NULL)
		return command_misused(command,
		    "a session in arguments, or --sessions; not both");
	if (options.sessions == NULL && words[0] == NULL &&
	    isatty(STDIN_FILENO))
		return command_misused(command,
		    "no session in arguments, no --sessions, and no policy "
		    "requests on standard input");
	if (!options.mta && (options.guard || names_host(&options)))
		return command_misused(command,
		    "--guard and the options of a host go with --mta");
	if (options.mta && !options.guard)
		return answer_mta(command, &options, NULL, words);
	if (command_policy_load(options.policy, &loaded))
		status = options.mta
		    ? answer_mta(command, &options, loaded.policy, words)
		    : answer(command, &options, loaded.policy, NULL, words);
	command_policy_free(&loaded);
	return status;
}

const struct command command_explain = {
	.name = "explain",
	.summary = "what the guard says to a session, and why",
	.usage =
	    "usage: mtaguard explain [-c FILE] [--format text|json] "
	    "NAME=VALUE...\n"
	    "       mtaguard explain [-c FILE] [--format text|json] --sessions "
	    "FILE\n"
	    "       mtaguard explain [-c FILE] [--format text|json] <REQUESTS\n"
	    "\n"
	    "  -c, --policy FILE  the policy file [" COMMAND_POLICY "]\n"
	    "  --format FORMAT    text, or one line of JSON for each answer\n"
	    "  --sessions FILE    one session a line, columns separated by "
	    "tabs and\n"
	    "                     named by the first line; \"-\": standard "
	    "input\n"
	    "  --mta[=postfix]    what the MTA's own restrictions say, instead "
	    "of the guard\n"
	    "  --guard            with --mta: the guard beside it\n"
	    "\n"
	    "With --mta, whose files to look at: --config PATH, --aliases "
	    "FILE, --root DIR,\n"
	    "--hostname NAME, --interfaces LIST, --mta-version N.N.N\n"
	    "\n"
	    "client= and rcpt= must be given. Others: name= reverse= port= "
	    "helo=\n"
	    "login= method= tls= certificate= key= from= etrn= stage=\n"
	    "protocol=policy|milter, and for a milter mta= mailer= host= "
	    "addr=\n"
	    "\n"
	    "Without either, policy requests as Postfix sends them are read "
	    "from\n"
	    "standard input. mtaguard(8) describes it all.\n",
	.run = run,
};
