/*
 * cmd_prove.h - the parts of "mtaguard prove": its options, and how a proof is
 * printed.
 */
#ifndef CMD_PROVE_H
#define CMD_PROVE_H

#include "base/arena.h"
#include "check/proof.h"
#include "command.h"
#include "command_host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	PROVE_STRANGERS = 64, /* --stranger */
};

struct prove_options {
	const struct command *command;
	struct arena *arena;
	struct command_host_options host;
	const char *policy; /* NULL: where it usually is, if it is there */
	const char *output;
	int64_t deadline; /* nanoseconds */
	bool json;
	struct address strangers[PROVE_STRANGERS];
	size_t stranger_count;
};

/* Laid out for a person; child_time: see command_child_time(). */
void prove_print_text(const struct proof *proof, unsigned long child_time,
    const struct mta_host *host, struct arena *arena, FILE *stream);

/* One object; mtaguard(8) describes it. */
void prove_print_json(const struct proof *proof, unsigned long child_time,
    struct arena *arena, FILE *stream);

/* An address of mail without its brackets. */
struct str prove_address(struct str path);

#endif
