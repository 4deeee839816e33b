/*
 * cmd_prove.c - "mtaguard prove": whether a stranger can relay through the
 * MTAs of a host, and how.
 */
#include "cmd_prove.h"

#include "command_deadline.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

enum {
	DEADLINE = 30, /* seconds, where none is said */
};

/*
 * A policy file that is named must be there. The files of another host are
 * not proven with the guard of this one.
 */
static bool
policy_open(const struct prove_options *options, struct command_policy *loaded)
{
	const char *path = options->policy;

	if (path == NULL && options->host.root == NULL &&
	    options->host.config == NULL && access(COMMAND_POLICY, F_OK) == 0)
		path = COMMAND_POLICY;
	return path == NULL || command_policy_load(path, loaded);
}

static enum command_exit
status_of(const struct proof *proof)
{
	enum proof_verdict worst = proof->verdict > proof->without_guard
	    ? proof->verdict
	    : proof->without_guard;

	switch (worst) {
	case PROOF_CLOSED:
		return COMMAND_DONE;
	case PROOF_UNKNOWN:
		return COMMAND_UNKNOWN;
	case PROOF_OPEN:
		return COMMAND_FAILED;
	}
	return COMMAND_INTERNAL;
}

static enum command_exit
prove(const struct prove_options *options, const struct command_host *host,
    const struct policy *policy)
{
	struct proof_options with = {
		.host = &host->host,
		.policy = policy,
		.strangers = options->strangers,
		.stranger_count = options->stranger_count,
	};
	struct proof proof;

	proof_run(&with, &host->mtas, options->arena, &proof);
	if (options->json)
		prove_print_json(&proof, command_child_time(), options->arena,
		    stdout);
	else
		prove_print_text(&proof, command_child_time(), &host->host,
		    options->arena, stdout);
	return status_of(&proof);
}

/* Done in the child, see command_deadline.h. */
static enum command_exit
work(void *object)
{
	struct prove_options options = *(const struct prove_options *)object;
	struct command_policy policy = { NULL, NULL, NULL };
	struct command_host host = { .arena = NULL };
	enum command_exit status = COMMAND_CONFIG;

	/* What the work keeps outside of an arena goes with it. */
	options.arena = arena_new(0);
	if (policy_open(&options, &policy)) {
		status =
		    command_host_open(options.command, &options.host, &host);
		if (status == COMMAND_DONE)
			status = prove(&options, &host, policy.policy);
		command_host_free(&host);
	}
	if (policy.arena != NULL)
		command_policy_free(&policy);
	arena_free(options.arena);
	return status;
}

static bool
stranger_add(struct prove_options *options, const char *value)
{
	struct address *address = &options->strangers[options->stranger_count];
	struct error error;

	if (options->stranger_count == PROVE_STRANGERS) {
		command_misused(options->command,
		    "more than %d times --stranger", PROVE_STRANGERS);
		return false;
	}
	if (!address_parse(str_from(value), address, &error)) {
		command_misused(options->command, "--stranger: %s", error.text);
		return false;
	}
	options->stranger_count++;
	return true;
}

enum {
	OPTION_FORMAT = 256,
	OPTION_OUTPUT,
	OPTION_DEADLINE,
	OPTION_STRANGER,
};

static bool
format_read(struct prove_options *options, const char *value)
{
	options->json = strcmp(value, "json") == 0;
	if (options->json || strcmp(value, "text") == 0)
		return true;
	command_misused(options->command,
	    "there is no format \"%s\": text or json", value);
	return false;
}

/* Takes one option; false: end with *status. */
static bool
take(struct prove_options *options, int option, enum command_exit *status)
{
	*status = COMMAND_USAGE;
	switch (option) {
	case 'c':
		options->policy = optarg;
		return true;
	case 'h':
		*status = command_help(options->command);
		printf("\nWhich host:\n%s", command_host_usage);
		return false;
	case OPTION_FORMAT:
		return format_read(options, optarg);
	case OPTION_OUTPUT:
		options->output = optarg;
		return true;
	case OPTION_DEADLINE:
		return command_deadline_read(options->command, optarg,
		    &options->deadline);
	case OPTION_STRANGER:
		return stranger_add(options, optarg);
	}
	if (command_host_option(&options->host, option, optarg))
		return true;
	command_unknown_option(options->command);
	return false;
}

/* Reads the options; false: there is no more to do but end with *status. */
static bool
options_read(int argc, char **argv, struct prove_options *options,
    enum command_exit *status)
{
	enum {
		OWN = 6
	};
	struct option known[OWN + COMMAND_HOST_OPTIONS + 1] = {
		{ "policy", required_argument, NULL, 'c' },
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ "output", required_argument, NULL, OPTION_OUTPUT },
		{ "deadline", required_argument, NULL, OPTION_DEADLINE },
		{ "stranger", required_argument, NULL, OPTION_STRANGER },
		{ "help", no_argument, NULL, 'h' },
	};
	int option;

	command_host_long_options(known + OWN);
	while ((option = getopt_long(argc, argv, "c:h", known, NULL)) != -1)
		if (!take(options, option, status))
			return false;
	*status = COMMAND_USAGE;
	if (optind == argc)
		return true;
	command_misused(options->command, "\"%s\" is not an option",
	    argv[optind]);
	return false;
}

static enum command_exit
run(const struct command *command, int argc, char **argv)
{
	struct prove_options options = {
		.command = command,
		.arena = arena_new(0),
		.deadline = (int64_t)DEADLINE * 1000 * 1000 * 1000,
	};
	enum command_exit status;

	if (options_read(argc, argv, &options, &status))
		status = command_deadline_run(&(struct command_task){
		    .name = command->name,
		    .deadline = options.deadline,
		    .output = options.output,
		    .work = work,
		    .object = &options,
		});
	arena_free(options.arena);
	return status;
}

const struct command command_prove = {
	.name = "prove",
	.summary = "whether a stranger can relay through an MTA, and how",
	.usage =
	    "usage: mtaguard prove [OPTION...]\n"
	    "\n"
	    "  -c, --policy FILE     the policy file of the guard\n"
	    "                        [" COMMAND_POLICY ", if it is there]\n"
	    "  --format FORMAT       text or json\n"
	    "  --output FILE         put the proof there, whole or not at all\n"
	    "  --deadline TIME       as 10s, 500ms, 2m [30s]\n"
	    "  --stranger ADDRESS    a client that is certainly a stranger, "
	    "beside\n"
	    "                        those that are chosen; may be repeated\n"
	    "\n"
	    "Exit status: 0 closed, 1 open, 2 unknown; the worse of both, "
	    "where our\n"
	    "guard is wired in: as it answers, and without it.\n",
	.run = run,
};
