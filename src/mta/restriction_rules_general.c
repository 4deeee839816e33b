/*
 * restriction_rules_general.c - restrictions that are about no part of a
 * session, or about all of it.
 */
#include "mta/restriction_rules.h"

RULE_FUNCTION(rule_permit)
{
	(void)run;
	(void)item;
	(void)rule;
	return STATUS_PERMIT;
}

RULE_FUNCTION(rule_reject)
{
	(void)item;
	(void)rule;
	return restriction_reject(run, run->settings->reject_code,
	    "5.7.1 Access denied");
}

RULE_FUNCTION(rule_defer)
{
	(void)item;
	(void)rule;
	return restriction_reject(run, run->settings->defer_code,
	    "4.3.2 Try again later");
}

RULE_FUNCTION(rule_defer_if_permit)
{
	(void)item;
	(void)rule;
	restriction_defer_if_permit(run, 450,
	    "4.7.0 defer_if_permit requested");
	return STATUS_DUNNO;
}

RULE_FUNCTION(rule_defer_if_reject)
{
	(void)item;
	(void)rule;
	if (!run->defer_reject.active)
		run->defer_reject = (struct restriction_deferral){
			.active = true,
			.code = 450,
			.text = "4.7.0 defer_if_reject requested",
			.step = run->step,
		};
	return STATUS_DUNNO;
}

/* What a client that keeps to the protocol does not notice. */
RULE_FUNCTION(rule_nothing)
{
	(void)run;
	(void)item;
	(void)rule;
	return STATUS_DUNNO;
}

RULE_FUNCTION(rule_plaintext_session)
{
	(void)item;
	(void)rule;
	if (run->session->tls_version.length > 0)
		return STATUS_DUNNO;
	return restriction_reject(run, run->settings->plaintext_code,
	    "4.7.1 Session encryption is required");
}

/* "{ unix:private/policy, default_action = DUNNO }", taken apart. */
struct policy_server {
	struct str endpoint;
	struct str action; /* if it does not answer */
};

static struct policy_server
read_server(struct str argument, struct str action)
{
	struct policy_server server = { argument, action };
	struct str inside, word, name, value;

	if (!str_starts(argument, STR("{")) || !str_ends(argument, STR("}")))
		return server;
	inside = str_slice(argument, 1, argument.length - 1);
	if (!postfix_list_next(&inside, &server.endpoint))
		server.endpoint = STR("");
	while (postfix_list_next(&inside, &word)) {
		if (str_starts(word, STR("{")) && str_ends(word, STR("}")))
			word = str_slice(word, 1, word.length - 1);
		if (str_cut(word, '=', &name, &value) &&
		    str_equal(str_trim(name), STR("default_action")))
			server.action = str_trim(value);
	}
	return server;
}

/* Any policy server may say anything. */
static enum restriction_status
choose_answer(struct restriction_run *run, struct str endpoint)
{
	static const struct str answers[] = {
		STR_INIT("DUNNO"),
		STR_INIT("OK"),
		STR_INIT("REJECT"),
	};
	unsigned taken = restriction_choose(run, NULL, STR(""),
	    arena_print(run->arena,
		"only the policy server at " STR_FORMAT " knows; behind "
		"reject_unauth_destination its answer could not open the relay",
		STR_ARGS(endpoint)),
	    sizeof(answers) / sizeof(answers[0]));

	return restriction_result(run, answers[taken]);
}

RULE_FUNCTION(rule_policy_service)
{
	const struct restrictions_guard *guard = run->options->guard;
	struct policy_server server =
	    read_server(item->argument, run->settings->policy_action);
	struct str action;

	if (guard == NULL ||
	    !guard->ask(guard->state, server.endpoint, run->session, run->arena,
		&action))
		return choose_answer(run, server.endpoint);
	/* What nobody knows tells no two sessions apart. */
	run->facts |= rule->facts;
	if (guard->down || action.length == 0)
		action = server.action;
	run->step->value = action;
	return restriction_result(run, action);
}
