/*
 * command_deadline.h - work that is done in time, and told whole or not at
 * all.
 *
 * The configuration of a host is read by a child. Its parent does nothing but
 * wait, kill and copy: so whatever the files make the child do, the start of
 * an MTA that waits for us goes on at the deadline. What the child prints
 * to its standard output is told when it has ended well; of a child that died
 * nothing is. Where it printed nothing, a file of before stays as it is.
 */
#ifndef COMMAND_DEADLINE_H
#define COMMAND_DEADLINE_H

#include "base/str.h"
#include "command.h"

#include <stdbool.h>
#include <stdint.h>

struct command_task {
	const char *name;   /* of the subcommand, for messages */
	int64_t deadline;   /* nanoseconds; 0: none */
	const char *output; /* the file to put in place; NULL: our own standard
			     * output */
	/* Done in the child; prints to its standard output. */
	enum command_exit (*work)(void *object);
	void *object;
};

/*
 * Does the work, and all that it starts is gone when this returns.
 * COMMAND_DEADLINE: not done in time. COMMAND_INTERNAL: it died, or what it
 * printed cannot be written. Else its own status.
 *
 * Where work was done whose status says that something was found, but what
 * it printed cannot be written, COMMAND_FAILED stands: a gate must not open.
 */
enum command_exit command_deadline_run(const struct command_task *task);

/*
 * Reads the value of --deadline: "10s", "500ms", "2m", or "10" for seconds; "0"
 * is none. False: it is no time, which has been told.
 */
bool command_deadline_read(const struct command *command, const char *value,
    int64_t *nanoseconds);

#endif
