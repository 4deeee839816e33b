/*
 * loader.h - keeps the policy in force true: loads, reloads, follows.
 *
 * A thread of its own reads policy files, so that reading never stops a
 * decision. It reloads when asked, and within a second of a change of any
 * file that the policy was read from, or of the host's addresses and routes.
 * A changed file must rest for two fifths of a second before it is taken, so
 * that one which is being written is not read by halves; but who asks for a
 * reload gets it at once. A load that fails changes nothing: the old policy
 * stays in force, and log and status say so.
 *
 * Each policy that loads without error is kept, with every file it was read
 * from, in the state directory; at a start with a bad policy file that last
 * good copy is used.
 */
#ifndef SERVE_LOADER_H
#define SERVE_LOADER_H

#include "base/error.h"
#include "serve/slot.h"
#include "table/table.h"

#include <stdbool.h>
#include <stdint.h>

struct loader_options {
	const char *path;            /* of the policy file */
	const char *state_directory; /* NULL: no last good copy */
	const struct table_source *sources;
	size_t source_count;
	size_t memory;     /* as in struct policy_options */
	bool keep_nothing; /* use the last good copy, but make none */
};

struct loader_status {
	unsigned long generation; /* counts the loads that took force */
	unsigned long failures;   /* counts those that did not */
	int64_t loaded;           /* seconds since 1970, of the one in force */
	bool stale;               /* the file is bad: an older policy holds */
	bool last_good;           /* the one in force is the kept copy */
	char error[256];          /* of the last failure; "" after a success */
};

struct loader;

/*
 * Loads for the first time, in the calling thread, into the slot. If the file
 * is bad, says so in the log and takes the last good copy; without one, NULL
 * and an error. Problems are logged one by one.
 */
struct loader *loader_new(const struct loader_options *options,
    struct slot *slot, struct error *error);

/* Starts the thread: after privileges are dropped and forks are made. */
bool loader_start(struct loader *loader, struct error *error);

/* Asks for a reload, from any thread or a signal handler; does not wait. */
void loader_reload(struct loader *loader);

void loader_get_status(struct loader *loader, struct loader_status *status);

/*
 * Ends the thread and frees the policy in force: nobody decides any more.
 * False: a load under way did not end in 0.3 seconds; the thread still runs
 * with all it has, so the process must end at once, by _exit(2).
 */
bool loader_free(struct loader *loader);

#endif
