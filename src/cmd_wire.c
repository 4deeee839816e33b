/*
 * cmd_wire.c - "mtaguard wire": the lines that connect an MTA to the guard.
 * They are printed; nothing is ever edited.
 */
#include "cmd_wire.h"

#include "base/lines.h"
#include "command.h"

#include <getopt.h>
#include <stdio.h>

/* clang-format off */
static const struct wire_fallback fallbacks[] = {
	[POLICY_DOWN_DEFER] = {
		.policy =
"{ default_action = 451 4.3.0 Relay guard unavailable }",
		.milter = "tempfail",
		.sendmail = ", F=T",
		.meaning =
"when_down = \"defer\": while the guard does not answer, every recipient is\n"
"put off with 451, and the client tries again later.\n",
	},
	[POLICY_DOWN_MTA] = {
		.policy = "default_action=DUNNO",
		.milter = "accept",
		.sendmail = "",
		.meaning =
"when_down = \"mta\": while the guard does not answer, the MTA's own rules\n"
"behind it decide alone. This holds only if they are closed without it: no\n"
"stranger is in mynetworks or a RELAY entry, and every list of restrictions\n"
"ends in reject_unauth_destination or reject. If you are not sure of that,\n"
"set when_down = \"defer\" in the policy file.\n",
	},
};
/* clang-format on */

const struct wire_fallback *
wire_fallback(const struct policy *policy)
{
	return &fallbacks[policy->when_down];
}

void
wire_comment(const char *mark, const char *text)
{
	struct lines lines = lines_of(str_from(text));
	struct str line;

	while (lines_next(&lines, &line))
		printf("%s " STR_FORMAT "\n", mark, STR_ARGS(line));
}

/* What can be wired. */
struct wiring {
	const char *name; /* of the option */
	const char *title;
	const char *mark; /* of a comment */
	bool (*print)(const struct policy *policy);
};

static const struct wiring wirings[] = {
	{ "postfix", "Postfix", "#", wire_postfix },
	{ "sendmail", "Sendmail", "dnl", wire_sendmail },
	{ "systemd", "systemd", "#", wire_systemd },
};

enum {
	WIRINGS = sizeof(wirings) / sizeof(wirings[0]),
	OPTION_WIRING = 256, /* and the index of one */
};

static enum command_exit
print(const struct wiring *wiring, const char *path)
{
	struct command_policy loaded = { NULL, NULL, NULL };
	enum command_exit status = COMMAND_CONFIG;

	if (command_policy_load(path, &loaded)) {
		printf("%s %s, by the policy file %s.\n", wiring->mark,
		    wiring->title, path);
		wire_comment(wiring->mark,
		    "Printed by \"mtaguard wire\", which changes nothing "
		    "itself.\n");
		if (loaded.policy->mode == POLICY_OBSERVE)
			wire_comment(wiring->mark,
			    "mode = \"observe\": nothing is refused, only "
			    "logged.\n");
		if (wiring->print(loaded.policy))
			status = COMMAND_DONE;
	}
	command_policy_free(&loaded);
	return status;
}

static enum command_exit
run(const struct command *command, int argc, char **argv)
{
	static const struct option known[] = {
		{ "postfix", no_argument, NULL, OPTION_WIRING },
		{ "sendmail", no_argument, NULL, OPTION_WIRING + 1 },
		{ "systemd", no_argument, NULL, OPTION_WIRING + 2 },
		{ "policy", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = COMMAND_POLICY;
	const struct wiring *wiring = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", known, NULL)) != -1) {
		if (option == 'c')
			path = optarg;
		else if (option == 'h')
			return command_help(command);
		else if (option == '?')
			return command_unknown_option(command);
		else if (wiring != NULL)
			return command_misused(command,
			    "one of --postfix, --sendmail and --systemd");
		else
			wiring = &wirings[option - OPTION_WIRING];
	}
	if (optind < argc)
		return command_misused(command, "\"%s\" is not an option",
		    argv[optind]);
	if (wiring == NULL)
		return command_misused(command,
		    "say what to wire: --postfix, --sendmail or --systemd");
	return print(wiring, path);
}

const struct command command_wire = {
	.name = "wire",
	.summary = "the lines that connect an MTA to the guard",
	.usage = "usage: mtaguard wire [-c FILE] --postfix | --sendmail | "
		 "--systemd\n"
		 "\n"
		 "  -c, --policy FILE  the policy file [" COMMAND_POLICY "]\n"
		 "  --postfix          lines for main.cf and master.cf\n"
		 "  --sendmail         lines for sendmail.mc\n"
		 "  --systemd          units to enable, and a drop-in for the "
		 "MTA's\n"
		 "\n"
		 "The lines are printed; no file is changed.\n",
	.run = run,
};
