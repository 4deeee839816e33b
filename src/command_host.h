/*
 * command_host.h - which host a subcommand looks at: this one, or the files
 * of another, with what belongs to that host and not to its files.
 *
 * check, prove and explain --mta share these options:
 *	--mta KIND  --config DIR-or-FILE  --aliases FILE  --root DIR
 *	--hostname NAME  --interfaces ADDRESS/BITS,...  --mta-version VERSION
 */
#ifndef COMMAND_HOST_H
#define COMMAND_HOST_H

#include "command.h"

#include "mta/mta.h"

#include <getopt.h>
#include <stdbool.h>

struct command_host_options {
	const char *mta;
	const char *config;
	const char *aliases;
	const char *root;
	const char *hostname;
	const char *interfaces;
	const char *version;
};

/* The values that getopt_long(3) returns for them: from 512. */
enum {
	COMMAND_HOST_OPTION = 512,
	COMMAND_HOST_OPTIONS = 7,
};

/* Rows for a table of options; long_options has room for all of them. */
void command_host_long_options(struct option *long_options);

/* Takes one of them; false: it is none of these. */
bool command_host_option(struct command_host_options *options, int option,
    const char *value);

/* Lines of --help. */
extern const char command_host_usage[];

/* The host and its MTAs; zero before it is opened. */
struct command_host {
	struct arena *arena;
	struct host network;
	struct mta_host host;
	struct mta_list mtas;
};

/*
 * Opens the tree and reads every MTA of it. What is wrong is said on standard
 * error; the status is then COMMAND_USAGE, COMMAND_MISSING (an input),
 * or COMMAND_NO_MTA. To be given to command_host_free() in either case.
 *
 * --config stands for the usual place of the kind's configuration, so that
 * "hash:/etc/postfix/x" of a case is found beside its main.cf; --aliases for
 * /etc/aliases (without it, a file "aliases" beside main.cf is taken for
 * it where --config was given and the file is there).
 */
enum command_exit command_host_open(const struct command *command,
    const struct command_host_options *options, struct command_host *opened);
void command_host_free(struct command_host *opened);

#endif
