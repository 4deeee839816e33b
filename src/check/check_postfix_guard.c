/*
 * check_postfix_guard.c - whether Postfix asks the guard, and first, and what
 * it does while nobody answers.
 */
#include "check/check_postfix.h"
#include "check/groups.h"
#include "check/guard.h"
#include "mta/postfix_list.h"

/* How one list of one smtpd asks the guard. */
struct wiring {
	const char *parameter;
	struct postfix_value value;
	bool asked;
	bool softened;      /* behind warn_if_reject */
	struct str before;  /* the first element that may permit before it */
	struct str service; /* "{ unix:mtaguard/policy, ... }" */
};

enum way {
	WAY_DEFERS, /* or refuses */
	WAY_PASSES, /* to whatever is behind it */
	WAY_PERMITS,
};

static const char *const lists[] = {
	"smtpd_relay_restrictions",
	"smtpd_recipient_restrictions",
};

enum {
	LISTS = sizeof(lists) / sizeof(lists[0]),
};

/* Whether an element can end a list with a permit. */
static bool
may_permit(struct str token)
{
	return (str_starts(token, STR("permit")) ||
		   str_starts(token, STR("check_"))) &&
	    !str_equal_nocase(token, STR("check_policy_service"));
}

static bool
wiring_read(struct check_run *run, const struct guard *guard,
    const struct postfix_service *service, const char *parameter,
    struct wiring *wiring)
{
	struct str rest, token, last = STR("");

	*wiring = (struct wiring){
		.parameter = parameter,
		.before = STR(""),
	};
	if (!check_postfix_value(run, service, parameter, &wiring->value))
		return false;
	rest = wiring->value.text;
	while (!wiring->asked && postfix_list_next(&rest, &token)) {
		if (str_equal_nocase(token, STR("check_policy_service"))) {
			wiring->softened =
			    str_equal_nocase(last, STR("warn_if_reject"));
			if (postfix_list_next(&rest, &token))
				wiring->asked = guard_has_policy(guard,
				    guard_endpoint(token));
			wiring->service = token;
		} else if (wiring->before.length == 0 && may_permit(token)) {
			wiring->before = token;
		}
		last = token;
	}
	return true;
}

static struct guard *
guard_of(struct check_run *run, const struct postfix_listener *listener)
{
	return guard_new(
	    &(struct guard_options){
		.policy = run->context->policy,
		.postfix = run->mta->postfix,
		.service = listener->smtpd,
		.now = run->context->host->now,
	    },
	    run->arena);
}

/* Whether the guard is a milter of the service; told if it can be left out. */
static bool
is_milter(struct check_run *run, const struct postfix_listener *listener,
    const struct guard *guard, struct str *service)
{
	struct postfix_value milters, maps, override;
	struct str rest, token;
	bool found = false;

	if (!check_postfix_value(run, listener->smtpd, "smtpd_milters",
		&milters) ||
	    !check_postfix_value(run, listener->smtpd, "smtpd_milter_maps",
		&maps) ||
	    !check_postfix_value(run, listener->smtpd,
		"receive_override_options", &override))
		return false;
	rest = milters.text;
	while (!found && postfix_list_next(&rest, &token)) {
		found = guard_has_milter(guard, guard_endpoint(token));
		*service = token;
	}
	if (!found)
		return false;
	if (check_postfix_has_word(override.text, "no_milters")) {
		check_fail(run, check_postfix_place(run, &override),
		    "%s has the guard as a milter, and no_milters turns it off",
		    check_postfix_name(run, listener));
		return false;
	}
	if (maps.text.length > 0)
		check_fail(run, check_postfix_place(run, &maps),
		    "%s: smtpd_milter_maps can turn the guard off for clients",
		    check_postfix_name(run, listener))
		    ->wanted = "no smtpd_milter_maps, or the guard in "
			       "smtpd_relay_restrictions";
	return true;
}

static void
wiring_tell(struct check_run *run, const char *name,
    const struct wiring *wiring)
{
	struct place place = check_postfix_place(run, &wiring->value);

	if (wiring->softened)
		check_fail(run, place,
		    "%s: warn_if_reject stands before the guard, so its "
		    "refusals are only logged",
		    name);
	else if (wiring->before.length > 0)
		check_fail(run, place,
		    "%s: " STR_FORMAT " stands before the guard, which never "
		    "sees whom that permits",
		    name, STR_ARGS(wiring->before))
		    ->wanted = "check_policy_service first in the list";
	else
		check_pass(run, place, "%s asks the guard first in %s", name,
		    wiring->parameter);
}

static void
first_look(struct check_run *run, const struct postfix_listener *listener)
{
	const char *name = check_postfix_name(run, listener);
	struct guard *guard = guard_of(run, listener);
	struct str ignored;

	for (size_t i = 0; i < LISTS; i++) {
		struct wiring wiring;

		if (!wiring_read(run, guard, listener->smtpd, lists[i],
			&wiring))
			return;
		if (wiring.asked) {
			wiring_tell(run, name, &wiring);
			return;
		}
	}
	if (is_milter(run, listener, guard, &ignored))
		check_pass(run,
		    check_postfix_service_place(run, listener->inet),
		    "%s has the guard as a milter", name);
	else
		check_fail(run,
		    check_postfix_service_place(run, listener->inet),
		    "%s can be reached by others, and does not ask the guard",
		    name)
		    ->wanted = "what \"mtaguard wire --postfix\" prints";
}

/* The guard is used where the policy file says that it listens. */
static bool
is_used(struct check_run *run)
{
	const struct policy *policy = run->context->policy;

	if (policy != NULL &&
	    policy->policy_listener_count + policy->milter_listener_count > 0)
		return true;
	check_not_applicable(run,
	    policy == NULL ? "there is no policy file: this host has no guard"
			   : "the policy file has no guard listen");
	return false;
}

static void
first_run(struct check_run *run)
{
	if (is_used(run) && check_postfix_each(run, false, first_look) == 0)
		check_not_applicable(run,
		    "nobody but this host reaches its smtpd");
}

static bool
all_digits(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

/* What an action of a policy service or milter does to a recipient. */
static enum way
way_of(struct str action)
{
	static const char *const passing[] = { "DUNNO", "accept", "quarantine",
		"WARN", "INFO", "PREPEND", "HOLD" };
	static const char *const permitting[] = { "OK", "RELAY" };
	struct str word, rest;

	str_cut(action, ' ', &word, &rest);
	if (all_digits(action) || str_starts(word, STR("permit")))
		return WAY_PERMITS;
	for (size_t i = 0; i < sizeof(permitting) / sizeof(permitting[0]); i++)
		if (str_equal_nocase(word, str_from(permitting[i])))
			return WAY_PERMITS;
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (str_equal_nocase(word, str_from(passing[i])))
			return WAY_PASSES;
	return WAY_DEFERS;
}

/* An option of the service in braces, or the parameter for all of them. */
static bool
option_read(struct check_run *run, const struct postfix_listener *listener,
    struct str service, const char *option, const char *parameter,
    struct str *value)
{
	struct postfix_value given;

	*value = guard_endpoint_option(service, option);
	if (value->length > 0)
		return true;
	if (!check_postfix_value(run, listener->smtpd, parameter, &given))
		return false;
	*value = given.text;
	return true;
}

static void
fallback_tell(struct check_run *run, const char *name, struct place place,
    struct str action, bool once)
{
	bool wanted_mta = run->context->policy->when_down == POLICY_DOWN_MTA;
	struct check_finding *finding = NULL;

	switch (way_of(action)) {
	case WAY_DEFERS:
		finding = check_pass(run, place,
		    "%s: without the guard, mail waits or is refused", name);
		break;
	case WAY_PERMITS:
		finding = check_fail(run, place,
		    "%s: without the guard, everybody may relay", name);
		finding->severity = CHECK_CRITICAL;
		break;
	case WAY_PASSES:
		if (once)
			finding = check_fail(run, place,
			    "%s: with try_limit=1, each session that is open "
			    "when the guard restarts is unguarded to its end",
			    name);
		else if (wanted_mta)
			finding = check_pass(run, place,
			    "%s: without the guard the MTA's own rules decide, "
			    "as when_down says; relay-closed judges them",
			    name);
		else
			finding = check_fail(run, place,
			    "%s: without the guard mail goes by the MTA's own "
			    "rules, where when_down wants it deferred",
			    name);
		break;
	}
	finding->value = arena_print(run->arena, STR_FORMAT, STR_ARGS(action));
	finding->wanted = "451 4.3.0 Relay guard unavailable";
}

static void
fallback_look(struct check_run *run, const struct postfix_listener *listener)
{
	const char *name = check_postfix_name(run, listener);
	struct guard *guard = guard_of(run, listener);
	struct postfix_value milters;
	struct str action, tries, service;

	for (size_t i = 0; i < LISTS; i++) {
		struct wiring wiring;

		if (!wiring_read(run, guard, listener->smtpd, lists[i],
			&wiring))
			return;
		if (!wiring.asked)
			continue;
		if (option_read(run, listener, wiring.service, "default_action",
			"smtpd_policy_service_default_action", &action) &&
		    option_read(run, listener, wiring.service, "try_limit",
			"smtpd_policy_service_try_limit", &tries))
			fallback_tell(run, name,
			    check_postfix_place(run, &wiring.value), action,
			    str_equal(tries, STR("1")));
		return;
	}
	if (is_milter(run, listener, guard, &service) &&
	    check_postfix_value(run, listener->smtpd, "smtpd_milters",
		&milters) &&
	    option_read(run, listener, service, "default_action",
		"milter_default_action", &action))
		fallback_tell(run, name, check_postfix_place(run, &milters),
		    action, false);
}

static void
fallback_run(struct check_run *run)
{
	if (!is_used(run))
		return;
	check_postfix_each(run, false, fallback_look);
	if (run->result->findings == NULL)
		check_not_applicable(run,
		    "no smtpd that others reach asks the "
		    "guard");
}

static const struct check checks[] = {
	{
	    .id = "postfix-guard-first",
	    .title = "Every smtpd that others reach asks the guard first",
	    .severity = CHECK_HIGH,
	    .rationale =
		"What a permit before the guard lets pass, the guard never "
		"sees; a service without it, or one of IPv6 alone, is as open "
		"as its own rules are.",
	    .remedy = "Put the lines of \"mtaguard wire --postfix\" first in "
		      "smtpd_relay_restrictions, and into each -o of "
		      "master.cf that sets that list.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = 1u << MTA_POSTFIX,
	    .run = first_run,
	},
	{
	    .id = "postfix-guard-fallback",
	    .title = "While the guard is down, mail goes the way that the "
		     "policy file wants",
	    .severity = CHECK_HIGH,
	    .rationale =
		"Postfix asks default_action when nobody answers. What opens "
		"then is open whenever the guard can be stopped.",
	    .remedy = "Give the service { default_action = 451 4.3.0 Relay "
		      "guard unavailable } and try_limit=2, as \"mtaguard "
		      "wire --postfix\" prints; of a milter, "
		      "milter_default_action = tempfail.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = 1u << MTA_POSTFIX,
	    .run = fallback_run,
	},
};

const struct check_group check_postfix_guard_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
