/*
 * command.h - a subcommand of mtaguard, and what the subcommands share.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "base/arena.h"
#include "policy/policy.h"

#include <stdbool.h>

/* Exit statuses, as sysexits(3) numbers them; mtaguard(8) explains them. */
enum command_exit {
	COMMAND_DONE = 0,      /* nothing at or above --fail-on */
	COMMAND_FAILED = 1,    /* something at or above it */
	COMMAND_UNKNOWN = 2,   /* undecided at or above it */
	COMMAND_USAGE = 64,    /* the command line is wrong */
	COMMAND_DATA = 65,     /* an input is wrong; its place was said */
	COMMAND_MISSING = 66,  /* an input cannot be read */
	COMMAND_NO_MTA = 69,   /* there is no MTA to look at */
	COMMAND_INTERNAL = 70, /* our own trouble */
	COMMAND_DEADLINE = 75, /* not done in time */
	COMMAND_CONFIG = 78,   /* the policy file is wrong */
};

struct command {
	const char *name;
	const char *summary; /* one line */
	const char *usage;   /* lines of --help, each with its end */
	enum command_exit (
	    *run)(const struct command *command, int argc, char **argv);
};

extern const struct command command_check;
extern const struct command command_explain;
extern const struct command command_prove;
extern const struct command command_wire;

/* Where the policy file is, if nothing else is said. */
#define COMMAND_POLICY SYSCONFDIR "/mtaguard/mtaguard.conf"

/* A policy with all that it stands on; zero before it is loaded. */
struct command_policy {
	struct arena *arena;
	struct table_store *store;
	struct policy *policy;
};

/*
 * Loads a policy and prints its problems to standard error; false: there is
 * none to be used. To be given to command_policy_free() in either case.
 */
bool command_policy_load(const char *path, struct command_policy *loaded);
void command_policy_free(struct command_policy *loaded);

/*
 * Says what is wrong with the command line; returns COMMAND_USAGE. The second
 * is for what getopt_long(3) has told.
 */
enum command_exit command_misused(const struct command *command,
    const char *format, ...) __attribute__((format(printf, 2, 3)));
enum command_exit command_unknown_option(const struct command *command);

/* Prints the usage of a command to standard output. */
enum command_exit command_help(const struct command *command);

/*
 * The processor time, in microseconds, of the programs that this process has
 * asked and that have ended.
 */
unsigned long command_child_time(void);

#endif
