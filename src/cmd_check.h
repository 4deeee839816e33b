/*
 * cmd_check.h - "mtaguard check" in parts: its options, its work, its list.
 */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

#include "check/check.h"
#include "check/profile.h"
#include "command.h"
#include "command_deadline.h"
#include "command_host.h"
#include "report/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words that options gave, which may be given often, or with commas. */
struct check_words {
	struct str *words;
	size_t count;
};

struct check_options {
	const struct command *command;
	struct arena *arena;
	struct command_host_options host;
	const char *policy; /* NULL: where it usually is, if it is there */
	const char *profile;
	unsigned roles; /* 0: not said */
	struct check_words only;
	struct check_words skip;
	bool fail_on_given;
	enum check_severity fail_on;
	const struct report_format *format;
	const char *output;
	int64_t deadline; /* nanoseconds */
	bool gate;
	bool list;
	bool colour; /* found before there is another standard output */
	unsigned width;
};

/* Reads the options; false: there is no more to do but end with *status. */
bool check_options_read(const struct command *command, int argc, char **argv,
    struct check_options *options, enum command_exit *status);

/* The profile that options or policy (may be NULL) name; false: told. */
bool check_profile_find(const struct check_options *options,
    const struct policy *policy, struct profile *profile);

/* Prints every check that would be run. */
enum command_exit check_list_print(const struct check_options *options);

/* What --help says of the options. */
extern const char check_usage[];

#endif
