/*
 * cmd_check_options.c - the options of "mtaguard check".
 */
#include "cmd_check.h"

#include "check/groups.h"
#include "check/role.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	DEADLINE = 30,     /* seconds, where none is said */
	COLUMNS = 80,      /* where no terminal says how many it has */
	COLUMNS_MAX = 100, /* longer lines are hard to read */
};

/* One option of check alone; false: told. */
struct option_kind {
	const char *name;
	int has_argument;
	bool (*read)(struct check_options *options, const char *value);
};

/* right: what there is, as "a, b or c"; NULL: nothing is said of it. */
static bool
misused(const struct check_options *options, const char *what,
    const char *value, const char *right)
{
	command_misused(options->command, "there is no %s \"%s\"%s%s", what,
	    value, right != NULL ? ": " : "", right != NULL ? right : "");
	return false;
}

/* "is "root-alias" meant?", or NULL. */
static const char *
nearest_check(const struct check_options *options, struct str id)
{
	const char *nearest = check_nearest(id);

	return nearest == NULL
	    ? NULL
	    : arena_print(options->arena, "is \"%s\" meant?", nearest);
}

/* Adds words between commas. */
static void
add_words(struct check_options *options, struct check_words *words,
    const char *value)
{
	struct str rest = str_from(value);
	struct str word;

	while (rest.length > 0) {
		struct str *more = arena_alloc(options->arena,
		    (words->count + 1) * sizeof(*more));

		str_cut(rest, ',', &word, &rest);
		for (size_t i = 0; i < words->count; i++)
			more[i] = words->words[i];
		more[words->count++] = str_trim(word);
		words->words = more;
	}
}

/* Ids of checks; one that no check has is a mistake. */
static bool
read_ids(struct check_options *options, struct check_words *words,
    const char *value)
{
	size_t before = words->count;

	add_words(options, words, value);
	for (size_t i = before; i < words->count; i++)
		if (check_find(words->words[i]) == NULL)
			return misused(options, "check",
			    arena_copy(options->arena, words->words[i]).data,
			    nearest_check(options, words->words[i]));
	return true;
}

static bool
read_only(struct check_options *options, const char *value)
{
	return read_ids(options, &options->only, value);
}

static bool
read_skip(struct check_options *options, const char *value)
{
	return read_ids(options, &options->skip, value);
}

static bool
read_policy(struct check_options *options, const char *value)
{
	options->policy = value;
	return true;
}

static bool
read_profile(struct check_options *options, const char *value)
{
	options->profile = value;
	return true;
}

static bool
read_role(struct check_options *options, const char *value)
{
	struct check_words words = { 0 };
	enum policy_role role;

	add_words(options, &words, value);
	for (size_t i = 0; i < words.count; i++) {
		if (!role_parse(words.words[i], &role))
			return misused(options, "role",
			    arena_copy(options->arena, words.words[i]).data,
			    "null-client, site-relay, mx or submission");
		options->roles |= role;
	}
	return true;
}

static bool
read_fail_on(struct check_options *options, const char *value)
{
	options->fail_on_given = true;
	return check_severity_parse(str_from(value), &options->fail_on) ||
	    misused(options, "severity", value,
		"info, low, medium, high or critical");
}

static bool
read_format(struct check_options *options, const char *value)
{
	options->format = report_format_find(str_from(value));
	return options->format != NULL ||
	    misused(options, "format", value,
		"text, json, html, xccdf, junit or tap");
}

static bool
read_output(struct check_options *options, const char *value)
{
	options->output = value;
	return true;
}

static bool
read_deadline(struct check_options *options, const char *value)
{
	return command_deadline_read(options->command, value,
	    &options->deadline);
}

static bool
read_gate(struct check_options *options, const char *value)
{
	(void)value;
	options->gate = true;
	return true;
}

static bool
read_list(struct check_options *options, const char *value)
{
	(void)value;
	options->list = true;
	return true;
}

static const struct option_kind kinds[] = {
	{ "policy", required_argument, read_policy },
	{ "profile", required_argument, read_profile },
	{ "role", required_argument, read_role },
	{ "only", required_argument, read_only },
	{ "skip", required_argument, read_skip },
	{ "fail-on", required_argument, read_fail_on },
	{ "format", required_argument, read_format },
	{ "output", required_argument, read_output },
	{ "deadline", required_argument, read_deadline },
	{ "gate", no_argument, read_gate },
	{ "list", no_argument, read_list },
};

enum {
	KINDS = sizeof(kinds) / sizeof(kinds[0]),
	OPTION_KIND = 256, /* and the index of one */
};

/* Colours and columns of the terminal, if standard output is one. */
static void
look_at_terminal(struct check_options *options)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size;

	options->width = COLUMNS;
	if (options->output != NULL || !isatty(STDOUT_FILENO))
		return;
	options->colour = (no_color == NULL || no_color[0] == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		options->width =
		    size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

static void
make_long_options(struct option *known)
{
	for (int i = 0; i < KINDS; i++)
		known[i] = (struct option){
			.name = kinds[i].name,
			.has_arg = kinds[i].has_argument,
			.val = OPTION_KIND + i,
		};
	known[KINDS] = (struct option){ "help", no_argument, NULL, 'h' };
	command_host_long_options(known + KINDS + 1);
}

/* Takes one option; false: end with *status. */
static bool
take(struct check_options *options, int option, enum command_exit *status)
{
	*status = COMMAND_USAGE;
	if (option == 'c')
		return read_policy(options, optarg);
	if (option == 'h') {
		*status = command_help(options->command);
		printf("\nWhich host:\n%s", command_host_usage);
		return false;
	}
	if (command_host_option(&options->host, option, optarg))
		return true;
	if (option >= OPTION_KIND && option < OPTION_KIND + KINDS)
		return kinds[option - OPTION_KIND].read(options, optarg);
	command_unknown_option(options->command);
	return false;
}

/* Options of no use together are mistakes. */
static bool
options_agree(const struct check_options *options, int argc, char **argv)
{
	if (optind < argc)
		command_misused(options->command, "\"%s\" is not an option",
		    argv[optind]);
	else if (options->list && strcmp(options->format->name, "text") != 0 &&
	    strcmp(options->format->name, "json") != 0)
		command_misused(options->command,
		    "--list is text or JSON, not %s", options->format->name);
	else
		return true;
	return false;
}

bool
check_options_read(const struct command *command, int argc, char **argv,
    struct check_options *options, enum command_exit *status)
{
	struct option known[KINDS + 1 + COMMAND_HOST_OPTIONS + 1] = {
		{ NULL, 0, NULL, 0 },
	};
	int option;

	options->command = command;
	options->format = report_formats[0];
	options->deadline = (int64_t)DEADLINE * 1000 * 1000 * 1000;
	/* A gate is one, whatever else is wrong with the command line. */
	for (int i = 1; i < argc; i++)
		options->gate |= strcmp(argv[i], "--gate") == 0;
	make_long_options(known);
	while ((option = getopt_long(argc, argv, "c:h", known, NULL)) != -1)
		if (!take(options, option, status))
			return false;
	*status = COMMAND_USAGE;
	look_at_terminal(options);
	return options_agree(options, argc, argv);
}

const char check_usage[] =
    "usage: mtaguard check [OPTION...]\n"
    "\n"
    "  -c, --policy FILE     the policy file [" COMMAND_POLICY ",\n"
    "                        if it is there]\n"
    "  --profile NAME|FILE   the checks and parameters to go by\n"
    "  --role NAME,...       null-client, site-relay, mx, submission\n"
    "  --only ID,...         these checks alone\n"
    "  --skip ID,...         all but these\n"
    "  --list                print the checks, and run none\n"
    "  --fail-on SEVERITY    info, low, medium, high, critical [medium]\n"
    "  --gate                for the start of an MTA: fail for a proven\n"
    "                        failure alone [--fail-on critical]\n"
    "  --format FORMAT       text, json, html, xccdf, junit, tap\n"
    "  --output FILE         put the report there, whole or not at all\n"
    "  --deadline TIME       as 10s, 500ms, 2m [30s]\n";
