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
	CLASSES_MAX = 8, /* in one another */
};

/* A list is read as Postfix does: what a class stands for is in its place. */
struct reading {
	struct check_run *run;
	const struct guard *guard;
	const struct postfix_service *service;
	struct str classes;
	struct wiring *wiring;
	struct str last; /* the element before */
};

/* Whether an element can end a list with a permit; a bare table is one. */
static bool
may_permit(struct str token)
{
	struct str kind, rest;

	return str_starts(token, STR("permit")) ||
	    str_starts(token, STR("check_")) ||
	    str_cut(token, ':', &kind, &rest);
}

static bool
list_has(struct str list, struct str word)
{
	struct str token;

	while (postfix_list_next(&list, &token))
		if (str_equal_nocase(token, word))
			return true;
	return false;
}

static void
service_found(struct reading *reading, struct str service)
{
	reading->wiring->asked = true;
	reading->wiring->service = service;
	reading->wiring->softened =
	    str_equal_nocase(reading->last, STR("warn_if_reject"));
}

/* Looks for the guard in the elements of a list; false: one cannot be read. */
static bool
list_read(struct reading *reading, struct str list, unsigned depth)
{
	struct wiring *wiring = reading->wiring;
	struct str token, argument = STR("");

	while (!wiring->asked && postfix_list_next(&list, &token)) {
		struct postfix_value class;

		if (depth < CLASSES_MAX && list_has(reading->classes, token)) {
			const char *name =
			    arena_copy(reading->run->arena, token).data;

			if (!check_postfix_value(reading->run, reading->service,
				name, &class) ||
			    !list_read(reading, class.text, depth + 1))
				return false;
			continue;
		}
		if (str_starts(token, STR("check_")) &&
		    !postfix_list_next(&list, &argument))
			return true;
		if (str_equal_nocase(token, STR("check_policy_service")) &&
		    guard_has_policy(reading->guard, guard_endpoint(argument)))
			service_found(reading, argument);
		else if (wiring->before.length == 0 && may_permit(token))
			wiring->before = token;
		reading->last = token;
	}
	return true;
}

static bool
wiring_read(struct check_run *run, const struct guard *guard,
    const struct postfix_service *service, const char *parameter,
    struct wiring *wiring)
{
	struct reading reading = { run, guard, service, .wiring = wiring };
	struct postfix_value classes;

	*wiring = (struct wiring){
		.parameter = parameter,
		.before = STR(""),
	};
	if (!check_postfix_value(run, service, parameter, &wiring->value) ||
	    !check_postfix_value(run, service, "smtpd_restriction_classes",
		&classes))
		return false;
	reading.classes = classes.text;
	return list_read(&reading, wiring->value.text, 0);
}

static bool
is_first(const struct wiring *wiring)
{
	return wiring->asked && !wiring->softened && wiring->before.length == 0;
}

/*
 * The list of a service that asks the guard, and of two the one that asks it
 * first; asked is false if none does. False: a list cannot be read.
 */
static bool
wiring_best(struct check_run *run, const struct guard *guard,
    const struct postfix_service *service, struct wiring *best)
{
	*best = (struct wiring){ .asked = false };
	for (size_t i = 0; i < LISTS && !is_first(best); i++) {
		struct wiring wiring;

		if (!wiring_read(run, guard, service, lists[i], &wiring))
			return false;
		if (is_first(&wiring) || (wiring.asked && !best->asked))
			*best = wiring;
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

/* How a service asks the guard as a milter. */
struct filtering {
	struct postfix_value maps, override;
	bool found;
	bool turned_off; /* for all clients, by no_milters */
	struct str service;
};

static bool
filtering_read(struct check_run *run, const struct postfix_service *service,
    const struct guard *guard, struct filtering *filtering)
{
	struct postfix_value milters;
	struct str rest, token;

	*filtering = (struct filtering){ .found = false };
	if (!check_postfix_value(run, service, "smtpd_milters", &milters) ||
	    !check_postfix_value(run, service, "smtpd_milter_maps",
		&filtering->maps) ||
	    !check_postfix_value(run, service, "receive_override_options",
		&filtering->override))
		return false;
	rest = milters.text;
	while (!filtering->found && postfix_list_next(&rest, &token)) {
		filtering->found =
		    guard_has_milter(guard, guard_endpoint(token));
		filtering->service = token;
	}
	filtering->turned_off =
	    check_postfix_has_word(filtering->override.text, "no_milters");
	return true;
}

static void
filtering_tell(struct check_run *run, const struct postfix_listener *listener,
    const struct filtering *filtering)
{
	const char *name = check_postfix_name(run, listener);
	struct place place = check_postfix_service_place(run, listener->inet);

	if (!filtering->found)
		check_fail(run, place,
		    "%s can be reached by others, and does not ask the guard",
		    name)
		    ->wanted = "what \"mtaguard wire --postfix\" prints";
	else if (filtering->turned_off)
		check_fail(run, check_postfix_place(run, &filtering->override),
		    "%s has the guard as a milter, and no_milters turns it off",
		    name);
	else if (filtering->maps.text.length > 0)
		check_fail(run, check_postfix_place(run, &filtering->maps),
		    "%s: smtpd_milter_maps can turn the guard off for clients",
		    name)
		    ->wanted = "no smtpd_milter_maps, or the guard in "
			       "smtpd_relay_restrictions";
	else
		check_pass(run, place, "%s has the guard as a milter", name);
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
	struct guard *guard = guard_of(run, listener);
	struct filtering filtering;
	struct wiring wiring;

	if (!wiring_best(run, guard, listener->smtpd, &wiring))
		return;
	if (wiring.asked)
		wiring_tell(run, check_postfix_name(run, listener), &wiring);
	else if (filtering_read(run, listener->smtpd, guard, &filtering))
		filtering_tell(run, listener, &filtering);
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

/*
 * What an action of a policy service or milter does to a recipient. A word
 * that Postfix does not know either makes it defer.
 */
static enum way
way_of(struct str action, struct str classes)
{
	static const struct {
		const char *word;
		enum way way;
	} ways[] = {
		{ "OK", WAY_PERMITS },
		{ "RELAY", WAY_PERMITS },
		{ "permit", WAY_PERMITS },
		{ "DUNNO", WAY_PASSES },
		{ "accept", WAY_PASSES },
		{ "quarantine", WAY_PASSES },
		{ "WARN", WAY_PASSES },
		{ "INFO", WAY_PASSES },
		{ "PREPEND", WAY_PASSES },
		{ "HOLD", WAY_PASSES },
		{ "BCC", WAY_PASSES },
		{ "FILTER", WAY_PASSES },
		{ "REDIRECT", WAY_PASSES },
		{ "sleep", WAY_PASSES },
		{ "DEFER_IF_REJECT", WAY_PASSES },
		{ "DEFER_IF_PERMIT", WAY_DEFERS },
		{ "warn_if_reject", WAY_PASSES },
		{ "reject_unauth_destination", WAY_DEFERS },
		{ "defer_unauth_destination", WAY_DEFERS },
	};
	/* permit_mynetworks and the like permit some, and pass the others. */
	static const struct str some[] = { STR_INIT("permit_"),
		STR_INIT("check_"), STR_INIT("reject_"), STR_INIT("defer_") };
	struct str word, rest = action;

	if (all_digits(action))
		return WAY_PERMITS;
	if (!postfix_list_next(&rest, &word))
		return WAY_DEFERS;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (str_equal_nocase(word, str_from(ways[i].word)))
			return ways[i].way;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		if (str_starts(word, some[i]))
			return WAY_PASSES;
	return list_has(classes, word) ? WAY_PASSES : WAY_DEFERS;
}

/* An option of the service in braces, or the parameter for all of them. */
static bool
option_read(struct check_run *run, const struct postfix_listener *listener,
    struct str service, const char *option, const char *parameter,
    struct str *value, struct place *place)
{
	struct postfix_value given;

	*value = guard_endpoint_option(service, option);
	if (value->length > 0)
		return true;
	if (!check_postfix_value(run, listener->smtpd, parameter, &given))
		return false;
	*value = given.text;
	if (given.place.file != NULL)
		*place = given.place;
	return true;
}

static void
fallback_tell(struct check_run *run, const struct postfix_listener *listener,
    struct place place, struct str action, bool once)
{
	bool wanted_mta = run->context->policy->when_down == POLICY_DOWN_MTA;
	const char *name = check_postfix_name(run, listener);
	struct check_finding *finding = NULL;
	struct postfix_value classes;

	if (!check_postfix_value(run, listener->smtpd,
		"smtpd_restriction_classes", &classes))
		return;
	switch (way_of(action, classes.text)) {
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
fallback_of_list(struct check_run *run, const struct postfix_listener *listener,
    const struct wiring *wiring)
{
	struct place place = check_postfix_place(run, &wiring->value);
	struct place ignored = place;
	struct str action, tries;

	if (option_read(run, listener, wiring->service, "default_action",
		"smtpd_policy_service_default_action", &action, &place) &&
	    option_read(run, listener, wiring->service, "try_limit",
		"smtpd_policy_service_try_limit", &tries, &ignored))
		fallback_tell(run, listener, place, action,
		    str_equal(tries, STR("1")));
}

static void
fallback_of_milter(struct check_run *run,
    const struct postfix_listener *listener, struct str service)
{
	struct postfix_value milters;
	struct str action;

	if (!check_postfix_value(run, listener->smtpd, "smtpd_milters",
		&milters))
		return;
	struct place place = check_postfix_place(run, &milters);
	if (option_read(run, listener, service, "default_action",
		"milter_default_action", &action, &place))
		fallback_tell(run, listener, place, action, false);
}

static void
fallback_look(struct check_run *run, const struct postfix_listener *listener)
{
	struct guard *guard = guard_of(run, listener);
	struct filtering filtering;
	struct wiring wiring;

	if (!wiring_best(run, guard, listener->smtpd, &wiring))
		return;
	if (wiring.asked)
		fallback_of_list(run, listener, &wiring);
	else if (filtering_read(run, listener->smtpd, guard, &filtering) &&
	    filtering.found && !filtering.turned_off)
		fallback_of_milter(run, listener, filtering.service);
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
