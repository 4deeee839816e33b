/*
 * mtaguardd.c - the guard: the policy server and the milter.
 */
#include "daemon.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static int
run_policy(const struct daemon_options *options)
{
	return daemon_serve(&daemon_policy, options);
}

static int
run_milter(const struct daemon_options *options)
{
	return daemon_serve(&daemon_milter, options);
}

static const struct {
	const char *name;
	const char *summary;
	int (*run)(const struct daemon_options *options);
	bool stdio; /* --stdio has a meaning */
} commands[] = {
	{
	    .name = "policy",
	    .summary = "serve Postfix's policy-delegation protocol",
	    .run = run_policy,
	    .stdio = true,
	},
	{
	    .name = "milter",
	    .summary = "serve the milter protocol of Sendmail and Postfix",
	    .run = run_milter,
	},
	{
	    .name = "test",
	    .summary = "say what is wrong with the policy file",
	    .run = daemon_test,
	},
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0]),
};

static const struct option long_options[] = {
	{ .name = "policy", .has_arg = required_argument, .val = 'c' },
	{ .name = "state", .has_arg = required_argument, .val = 's' },
	{ .name = "stdio", .has_arg = no_argument, .val = 'i' },
	{ .name = "help", .has_arg = no_argument, .val = 'h' },
	{ .name = "version", .has_arg = no_argument, .val = 'V' },
	{ .name = NULL },
};

static const char default_path[] = SYSCONFDIR "/mtaguard/mtaguard.conf";

static void
print_usage(FILE *stream)
{
	fprintf(stream,
	    "usage: mtaguardd COMMAND [-c FILE] [--state DIRECTORY]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stream, "  %-8s %s\n", commands[i].name,
		    commands[i].summary);
	fprintf(stream,
	    "\n"
	    "  -c, --policy FILE   the policy file (%s)\n"
	    "  --state DIRECTORY   for the last good copy of the policy\n"
	    "                      ($STATE_DIRECTORY, else %s)\n"
	    "  --stdio             policy: serve one connection on standard\n"
	    "                      input and output, for Postfix spawn(8)\n"
	    "  --help, --version   print this, or the version, and end\n",
	    default_path, STATEDIR);
}

static int
misused(const char *what, const char *which)
{
	fprintf(stderr, "mtaguardd: %s%s (see mtaguardd --help)\n", what,
	    which);
	return EX_USAGE;
}

/* The state directory: systemd names several with colons between them. */
static const char *
default_state(void)
{
	const char *state = getenv("STATE_DIRECTORY");

	if (state == NULL || state[0] != '/' || strchr(state, ':') != NULL)
		return STATEDIR;
	return state;
}

/*
 * Whoever starts us may have closed some of the first three descriptors. The
 * next file would get the number, and lines for standard error would end in a
 * connection.
 */
static bool
fill_standard_descriptors(void)
{
	for (int number = 0; number <= STDERR_FILENO; number++)
		if (fcntl(number, F_GETFD) < 0 &&
		    open("/dev/null", O_RDWR) != number)
			return false;
	return true;
}

/* Runs a command, or says what is wrong with its arguments. */
static int
run(size_t command, int operands, char *const *operand,
    const struct daemon_options *options)
{
	if (operands > 0)
		return misused("unexpected: ", operand[0]);
	if (options->stdio && !commands[command].stdio)
		return misused("--stdio is not for ", commands[command].name);
	return commands[command].run(options);
}

int
main(int argc, char **argv)
{
	struct daemon_options options = {
		.path = default_path,
		.state = default_state(),
	};
	int option;

	if (!fill_standard_descriptors())
		return EX_OSERR;
	while (
	    (option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1)
		switch (option) {
		case 'c':
			options.path = optarg;
			break;
		case 's':
			options.state = optarg;
			break;
		case 'i':
			options.stdio = true;
			break;
		case 'h':
			print_usage(stdout);
			return fflush(stdout) == 0 ? EX_OK : EX_SOFTWARE;
		case 'V':
			printf("mtaguardd %s\n", PACKAGE_VERSION);
			return fflush(stdout) == 0 ? EX_OK : EX_SOFTWARE;
		default:
			return misused("the options are not understood", "");
		}
	if (optind == argc)
		return misused("no command", "");
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[optind], commands[i].name) == 0)
			return run(i, argc - optind - 1, argv + optind + 1,
			    &options);
	return misused("there is no command ", argv[optind]);
}
