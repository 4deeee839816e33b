/*
 * command.c - what the subcommands of mtaguard share.
 */
#include "command.h"

#include "base/clock.h"
#include "base/host.h"
#include "sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>

bool
command_policy_load(const char *path, struct command_policy *loaded)
{
	struct problems problems;
	struct host host;
	struct error error;

	loaded->arena = arena_new(0);
	loaded->store = table_store_new();
	if (!host_read(loaded->arena, &host, &error)) {
		fprintf(stderr, "mtaguard: %s\n", error.text);
		return false;
	}
	problems_init(&problems, loaded->arena);
	struct policy_options options = {
		.path = path,
		.store = loaded->store,
		.files = files_new(loaded->arena, NULL),
		.host = &host,
		.now = clock_wall(),
	};
	options.sources = sources_of_host(&options.source_count);
	loaded->policy = policy_load(&options, &problems);
	problems_print(&problems, stderr);
	return loaded->policy != NULL;
}

void
command_policy_free(struct command_policy *loaded)
{
	if (loaded->policy != NULL)
		policy_free(loaded->policy);
	if (loaded->store != NULL)
		table_store_free(loaded->store);
	arena_free(loaded->arena);
}

enum command_exit
command_misused(const struct command *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "mtaguard %s: ", command->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	return command_unknown_option(command);
}

enum command_exit
command_unknown_option(const struct command *command)
{
	fprintf(stderr, "Try \"mtaguard %s --help\".\n", command->name);
	return COMMAND_USAGE;
}

enum command_exit
command_help(const struct command *command)
{
	printf("mtaguard %s - %s\n\n%s", command->name, command->summary,
	    command->usage);
	return COMMAND_DONE;
}

unsigned long
command_child_time(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_CHILDREN, &usage) != 0)
		return 0;
	return (unsigned long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
	    1000000 +
	    (unsigned long)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}
