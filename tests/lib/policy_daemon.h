/*
 * policy_daemon.h - a mtaguardd policy in a process of its own, and one
 * connection to it.
 *
 * What fails here is no result of a test: the program gives up.
 */
#ifndef TESTS_LIB_POLICY_DAEMON_H
#define TESTS_LIB_POLICY_DAEMON_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct policy_daemon {
	char directory[64];
	pid_t process;
	int connection;
};

/*
 * Starts it with the text of a policy file that does not say where to listen:
 * at a unix socket; or with a file that does, then on standard input and
 * output.
 */
void policy_daemon_start(struct policy_daemon *daemon, struct str text);
void policy_daemon_start_file(struct policy_daemon *daemon, const char *path);

/* Sends a request, and reads a reply with its empty line. */
struct str policy_daemon_ask(struct policy_daemon *daemon, struct str request,
    char *reply, size_t size);

/* Ends it; whether it ended in order, with status 0. */
bool policy_daemon_stop(struct policy_daemon *daemon);

#endif
