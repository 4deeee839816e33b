/*
 * check_postfix_limits.c - limits of resources, against denial of service.
 */
#include "check/check_postfix.h"
#include "check/groups.h"

#include <assert.h>
#include <string.h>

/* One limit: the check, the parameter, and what SSG gives as an example. */
static const struct limit {
	const char *id;
	const char *parameter;
	unsigned long most; /* 0: there is a least instead */
	unsigned long least;
} limits[] = {
	{ "postfix-limit-processes", "default_process_limit", 100, 0 },
	{ "postfix-limit-connections", "smtpd_client_connection_count_limit",
	    10, 0 },
	{ "postfix-limit-connection-rate", "smtpd_client_connection_rate_limit",
	    30, 0 },
	{ "postfix-limit-free-space", "queue_minfree", 0, 20971520 },
	{ "postfix-limit-header", "header_size_limit", 51200, 0 },
	{ "postfix-limit-message", "message_size_limit", 10485760, 0 },
	{ "postfix-limit-recipients", "smtpd_recipient_limit", 100, 0 },
};

/* Each check of this file has a row of the table. */
static const struct limit *
limit_of(const struct check *check)
{
	size_t i = 0;

	while (strcmp(limits[i].id, check->id) != 0) {
		i++;
		assert(i < sizeof(limits) / sizeof(limits[0]));
	}
	return &limits[i];
}

/* The number that the profile wants, where it has one. */
static unsigned long
wanted_number(const struct check_run *run, const struct limit *limit)
{
	unsigned long number = limit->most > 0 ? limit->most : limit->least;
	struct check_parameter parameter;
	unsigned long given;

	const char *name =
	    arena_print(run->arena, "var_postfix_%s", limit->parameter);

	if (check_parameter(run, name, &parameter) &&
	    str_number(parameter.value, (unsigned long)-1 / 16, &given))
		number = given;
	return number;
}

static void
limit_run(struct check_run *run)
{
	const struct limit *limit = limit_of(run->check);
	unsigned long wanted = wanted_number(run, limit);
	struct postfix_value value;
	struct check_finding *finding;
	unsigned long number;

	if (!check_postfix_number(run, NULL, limit->parameter, &number, &value))
		return;
	struct place place = check_postfix_place(run, &value);
	bool bounded = number > 0 &&
	    (limit->most > 0 ? number <= wanted : number >= wanted);
	if (bounded)
		finding =
		    check_pass(run, place, "%s is bounded", limit->parameter);
	else if (number == 0)
		finding =
		    check_fail(run, place, "%s has no bound", limit->parameter);
	else
		finding = check_fail(run, place, "%s is %s than it may be",
		    limit->parameter, limit->most > 0 ? "more" : "less");
	finding->value = arena_print(run->arena, "%lu", number);
	finding->wanted = arena_print(run->arena, "%s %lu",
	    limit->most > 0 ? "at most" : "at least", wanted);
}

#define LIMIT(name, heading, why)                                          \
	{                                                                  \
		.id = name, .title = heading, .severity = CHECK_LOW,       \
		.rationale = why,                                          \
		.remedy = "Set the parameter in main.cf and reload. The "  \
			  "numbers are examples: a profile or the policy " \
			  "file may name others.",                         \
		.references =                                              \
		    (const struct check_reference[]){                      \
			    { "ssg", "postfix_server_dos" },               \
			    { NULL, NULL },                                \
		    },                                                     \
		.kinds = 1u << MTA_POSTFIX, .run = limit_run,              \
	}

static const struct check checks[] = {
	LIMIT("postfix-limit-processes",
	    "The number of processes of Postfix is bounded",
	    "Each session has a process; without a bound, a flood of "
	    "connections takes all memory of the host."),
	LIMIT("postfix-limit-connections",
	    "One client cannot have all connections of Postfix",
	    "A client that may open as many connections as it likes keeps "
	    "all others out."),
	LIMIT("postfix-limit-connection-rate",
	    "One client cannot connect to Postfix again and again",
	    "The default has no limit; guessing passwords and addresses is "
	    "as fast as the host allows."),
	LIMIT("postfix-limit-free-space",
	    "Postfix leaves free space in the file system of its queue",
	    "A queue that fills the file system stops other services of the "
	    "host, and its logging."),
	LIMIT("postfix-limit-header", "The header of a message is bounded",
	    "Headers are kept in memory while a message is received."),
	LIMIT("postfix-limit-message", "The size of a message is bounded",
	    "Without a limit, a single message can fill the queue."),
	LIMIT("postfix-limit-recipients",
	    "The number of recipients of a message is bounded",
	    "Spam and guessing of addresses use many recipients at once."),
};

const struct check_group check_postfix_limits_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
