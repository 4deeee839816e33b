/*
 * cmd_check.c - "mtaguard check": whether the MTAs of a host are configured
 * as its roles allow.
 */
#include "cmd_check.h"

#include "check/groups.h"
#include "check/role.h"
#include "host/facts.h"

#include <stdio.h>
#include <unistd.h>

/* All that is opened for one run, in the child that does it. */
struct checking {
	const struct check_options *options;
	struct command_policy policy;
	struct command_host host;
	struct profile profile;
	struct check_context context;
};

bool
check_profile_find(const struct check_options *options,
    const struct policy *policy, struct profile *profile)
{
	struct problems problems;
	struct str name = { NULL, 0 };

	if (options->profile != NULL)
		name = str_from(options->profile);
	else if (policy != NULL)
		name = policy->profile;
	if (name.length > 0) {
		problems_init(&problems, options->arena);
		bool good = profile_read(name, PROFILEDIR, options->arena,
		    profile, &problems);
		problems_print(&problems, stderr);
		if (!good && !str_has(name, '/'))
			fprintf(stderr,
			    "mtaguard check: profiles lie in %s; one "
			    "elsewhere has a slash in its name\n",
			    PROFILEDIR);
		if (!good && options->profile == NULL)
			fprintf(stderr,
			    "%s:%u: the profile \"" STR_FORMAT
			    "\" cannot be used\n",
			    policy->profile_place.file,
			    policy->profile_place.line, STR_ARGS(name));
		if (!good)
			return false;
	} else {
		profile_of_all(options->arena, profile);
	}
	profile_keep(profile, options->only.words, options->only.count,
	    options->skip.words, options->skip.count, options->arena);
	return true;
}

/*
 * A policy file that is named must be there. The files of another host are
 * not judged by what is expected of this one.
 */
static bool
policy_open(struct checking *checking)
{
	const struct check_options *options = checking->options;
	const char *path = options->policy;

	if (path == NULL && options->host.root == NULL &&
	    access(COMMAND_POLICY, F_OK) == 0)
		path = COMMAND_POLICY;
	return path == NULL || command_policy_load(path, &checking->policy);
}

/* A waiver of a check that there is not waives nothing, though one is meant. */
static bool
waivers_are_known(const struct policy *policy)
{
	bool good = true;

	for (size_t i = 0; policy != NULL && i < policy->waiver_count; i++) {
		const struct policy_waiver *waiver = &policy->waivers[i];
		const char *near = check_nearest(waiver->check);

		if (check_find(waiver->check) != NULL)
			continue;
		fprintf(stderr,
		    "%s:%u: there is no check \"" STR_FORMAT "\"%s%s%s\n",
		    waiver->place.file, waiver->place.line,
		    STR_ARGS(waiver->check), near != NULL ? ": is \"" : "",
		    near != NULL ? near : "", near != NULL ? "\" meant?" : "");
		good = false;
	}
	return good;
}

static void
find_roles(struct checking *checking)
{
	const struct policy *policy = checking->policy.policy;
	struct check_context *context = &checking->context;

	context->roles = checking->options->roles;
	context->roles_from = "by --role";
	if (context->roles != 0)
		return;
	context->roles = policy != NULL ? policy->roles : 0;
	context->roles_from = "by the policy file";
	context->roles_derived = context->roles == 0;
	if (context->roles_derived)
		context->roles = role_derive(&checking->host.mtas,
		    checking->options->arena, &context->roles_from);
}

static enum command_exit
open_all(struct checking *checking)
{
	const struct check_options *options = checking->options;

	if (!policy_open(checking) ||
	    !waivers_are_known(checking->policy.policy) ||
	    !check_profile_find(options, checking->policy.policy,
		&checking->profile))
		return COMMAND_CONFIG;
	enum command_exit status = command_host_open(options->command,
	    &options->host, &checking->host);
	if (status != COMMAND_DONE)
		return status;

	struct check_context *context = &checking->context;
	context->host = &checking->host.host;
	context->mtas = &checking->host.mtas;
	context->policy = checking->policy.policy;
	context->facts = facts_new(options->arena, checking->host.host.tree);
	context->parameters = profile_parameters(&checking->profile,
	    context->policy, options->arena, &context->parameter_count);
	find_roles(checking);
	return COMMAND_DONE;
}

/* What decides the exit status. */
static enum check_severity
limit_of(const struct checking *checking)
{
	const struct check_options *options = checking->options;
	const struct policy *policy = checking->policy.policy;
	enum check_severity limit =
	    options->gate ? CHECK_CRITICAL : CHECK_MEDIUM;

	if (options->fail_on_given)
		return options->fail_on;
	if (!options->gate && policy != NULL && policy->fail_on.length > 0)
		check_severity_parse(policy->fail_on, &limit);
	return limit;
}

static enum command_exit
status_of(const struct check_results *results, enum check_severity limit)
{
	enum command_exit status = COMMAND_DONE;

	for (size_t i = 0; i < results->count; i++) {
		if (results->results[i].severity < limit)
			continue;
		if (results->results[i].outcome == CHECK_FAIL)
			return COMMAND_FAILED;
		if (results->results[i].outcome == CHECK_UNKNOWN)
			status = COMMAND_UNKNOWN;
	}
	return status;
}

static enum command_exit
run_all(struct checking *checking)
{
	const struct check_options *options = checking->options;
	const struct check_context *context = &checking->context;
	const struct profile *profile = &checking->profile;
	struct report report = {
		.version = PACKAGE_VERSION,
		.host = context->host->hostname,
		.time = context->host->now,
		.roles = context->roles,
		.roles_from = context->roles_from,
		.profile = profile->title.length > 0 ? profile : NULL,
		.mtas = context->mtas,
		.detailed = options->only.count > 0,
		.colour = options->colour,
		.width = options->width,
	};
	struct str text;
	struct error error;

	check_run_all(context, profile->selected, profile->count,
	    options->arena, &report.results);
	report.child_time = command_child_time();
	report_sum_up(&report);
	if (!options->format->write(&report, options->arena, &text, &error)) {
		fprintf(stderr, "mtaguard check: %s\n", error.text);
		return COMMAND_INTERNAL;
	}
	fwrite(text.data, 1, text.length, stdout);
	return status_of(&report.results, limit_of(checking));
}

/* Done in the child, see command_deadline.h. */
static enum command_exit
work(void *object)
{
	struct check_options options = *(const struct check_options *)object;
	struct checking checking = { .options = &options };
	enum command_exit status;

	if (options.list)
		return check_list_print(&options);
	/* What the work keeps outside of an arena goes with it. */
	options.arena = arena_new(0);
	status = open_all(&checking);
	if (status == COMMAND_DONE)
		status = run_all(&checking);
	command_host_free(&checking.host);
	if (checking.policy.arena != NULL)
		command_policy_free(&checking.policy);
	arena_free(options.arena);
	return status;
}

static enum command_exit
run(const struct command *command, int argc, char **argv)
{
	struct check_options options = { .arena = arena_new(0) };
	enum command_exit status;

	if (check_options_read(command, argc, argv, &options, &status))
		status = command_deadline_run(&(struct command_task){
		    .name = command->name,
		    .deadline = options.deadline,
		    .output = options.output,
		    .work = work,
		    .object = &options,
		});
	arena_free(options.arena);
	/* The checker is never the outage: only what is proven stops an MTA. */
	if (options.gate && status != COMMAND_FAILED)
		return COMMAND_DONE;
	return status;
}

const struct command command_check = {
	.name = "check",
	.summary = "verify the configuration of the MTAs of a host",
	.usage = check_usage,
	.run = run,
};
