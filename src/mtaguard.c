/*
 * mtaguard.c - the operator's tool: finds the subcommand and runs it.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
	&command_check,
	&command_explain,
	&command_prove,
	&command_wire,
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0]),
};

static enum command_exit
print_help(FILE *stream)
{
	fprintf(stream,
	    "usage: mtaguard COMMAND [ARGUMENT...]\n"
	    "       mtaguard COMMAND --help\n"
	    "       mtaguard --help | --version\n"
	    "\n"
	    "Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stream, "  %-10s %s\n", commands[i]->name,
		    commands[i]->summary);
	fprintf(stream, "\nmtaguard(8) describes them.\n");
	return stream == stdout ? COMMAND_DONE : COMMAND_USAGE;
}

static enum command_exit
run(int argc, char **argv)
{
	if (argc < 2)
		return print_help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return print_help(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		printf("mtaguard %s\n", PACKAGE_VERSION);
		return COMMAND_DONE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i]->name) == 0) {
			char name[32]; /* as getopt_long(3) tells it */

			snprintf(name, sizeof(name), "mtaguard %s", argv[1]);
			argv[1] = name;
			return commands[i]->run(commands[i], argc - 1,
			    argv + 1);
		}
	fprintf(stderr, "mtaguard: there is no command \"%s\"\n", argv[1]);
	return print_help(stderr);
}

int
main(int argc, char **argv)
{
	enum command_exit status = run(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("mtaguard: standard output");
		return COMMAND_INTERNAL;
	}
	return (int)status;
}
