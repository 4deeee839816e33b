/*
 * check.c - running checks, and what they found.
 */
#include "check/check.h"

#include "check/role.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const severity_names[] = {
	[CHECK_INFO] = "info",
	[CHECK_LOW] = "low",
	[CHECK_MEDIUM] = "medium",
	[CHECK_HIGH] = "high",
	[CHECK_CRITICAL] = "critical",
};

static const char *const kind_titles[] = {
	[MTA_POSTFIX] = "Postfix",
	[MTA_SENDMAIL] = "Sendmail",
	[MTA_EXIM] = "Exim",
};

static const char *const outcome_names[] = {
	[CHECK_NOTAPPLICABLE] = "notapplicable",
	[CHECK_PASS] = "pass",
	[CHECK_WAIVED] = "waived",
	[CHECK_UNKNOWN] = "unknown",
	[CHECK_FAIL] = "fail",
};

const char *
check_severity_name(enum check_severity severity)
{
	return severity_names[severity];
}

bool
check_severity_parse(struct str text, enum check_severity *severity)
{
	for (unsigned i = CHECK_INFO; i <= CHECK_CRITICAL; i++)
		if (str_equal(text, str_from(severity_names[i]))) {
			*severity = (enum check_severity)i;
			return true;
		}
	return false;
}

enum check_severity
check_severity_worse(enum check_severity a, enum check_severity b)
{
	return a > b ? a : b;
}

const char *
check_outcome_name(enum check_outcome outcome)
{
	return outcome_names[outcome];
}

const char *
check_kind_title(enum mta_kind kind)
{
	return kind_titles[kind];
}

static const char *print_text(struct arena *arena, const char *format,
    va_list arguments) __attribute__((format(printf, 2, 0)));

static const char *
print_text(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;

	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return "a text that cannot be printed";
	char *text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

static struct check_finding *
add_finding(struct check_run *run, enum check_outcome outcome,
    struct place place, const char *text)
{
	struct check_finding *finding =
	    arena_alloc(run->arena, sizeof(*finding));

	finding->outcome = outcome;
	finding->severity = run->severity;
	finding->place = place;
	finding->text = text;
	*run->end = finding;
	run->end = &finding->next;
	return finding;
}

struct check_finding *
check_fail(struct check_run *run, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *text = print_text(run->arena, format, arguments);
	va_end(arguments);
	return add_finding(run, CHECK_FAIL, place, text);
}

struct check_finding *
check_pass(struct check_run *run, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *text = print_text(run->arena, format, arguments);
	va_end(arguments);
	return add_finding(run, CHECK_PASS, place, text);
}

struct check_finding *
check_unknown(struct check_run *run, struct place place, const char *format,
    ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *text = print_text(run->arena, format, arguments);
	va_end(arguments);
	return add_finding(run, CHECK_UNKNOWN, place, text);
}

struct check_finding *
check_not_applicable(struct check_run *run, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *text = print_text(run->arena, format, arguments);
	va_end(arguments);
	return add_finding(run, CHECK_NOTAPPLICABLE, (struct place){ 0 }, text);
}

bool
check_parameter(const struct check_run *run, const char *name,
    struct check_parameter *parameter)
{
	const struct check_context *context = run->context;

	for (size_t i = 0; i < context->parameter_count; i++)
		if (str_equal(context->parameters[i].name, str_from(name))) {
			*parameter = context->parameters[i];
			return true;
		}
	return false;
}

/* The worst finding decides; the severity is that of the worst of its kind. */
static void
sum_up(struct check_result *result, enum check_severity severity)
{
	bool first = true;

	result->outcome = CHECK_NOTAPPLICABLE;
	for (const struct check_finding *finding = result->findings;
	     finding != NULL; finding = finding->next)
		if (finding->outcome > result->outcome)
			result->outcome = finding->outcome;
	result->severity = severity;
	if (result->outcome < CHECK_UNKNOWN)
		return;
	for (const struct check_finding *finding = result->findings;
	     finding != NULL; finding = finding->next) {
		if (finding->outcome != result->outcome)
			continue;
		result->severity = first
		    ? finding->severity
		    : check_severity_worse(result->severity, finding->severity);
		first = false;
	}
}

/* A check that waits for other roles than those of this host is not asked. */
static bool
is_for_host(struct check_run *run)
{
	const struct check_context *context = run->context;
	unsigned wanted = run->check->roles;

	if (wanted == 0 || context->roles == 0 ||
	    (wanted & context->roles) != 0)
		return true;
	check_not_applicable(run, "for the role %s; this host is %s (%s)",
	    role_names(wanted, " or ", run->arena),
	    role_names(context->roles, " and ", run->arena),
	    context->roles_from);
	return false;
}

/* Nothing that passes is waived: it would be told as something wrong. */
static void
waive(const struct check_context *context, struct check_result *result,
    struct arena *arena)
{
	const struct policy *policy = context->policy;

	if (policy == NULL || result->outcome < CHECK_UNKNOWN)
		return;
	for (size_t i = 0; i < policy->waiver_count; i++) {
		const struct policy_waiver *waiver = &policy->waivers[i];

		if (waiver->end <= context->host->now ||
		    !str_equal(waiver->check, str_from(result->check->id)))
			continue;
		result->outcome = CHECK_WAIVED;
		result->waiver = arena_print(arena,
		    STR_FORMAT " (until " STR_FORMAT "; %s:%u)",
		    STR_ARGS(waiver->reason), STR_ARGS(waiver->until),
		    waiver->place.file, waiver->place.line);
		return;
	}
}

void
check_run_one(const struct check_context *context,
    const struct check_selected *selected, const struct mta *mta,
    struct arena *arena, struct check_result *result)
{
	struct check_run run = {
		.arena = arena,
		.check = selected->check,
		.context = context,
		.mta = mta,
		.result = result,
		.end = &result->findings,
		.severity = selected->severity,
	};

	*result = (struct check_result){
		.check = selected->check,
		.mta = mta,
	};
	if (mta != NULL && mta->unread != NULL)
		check_unknown(&run, mta->unread_place, "%s", mta->unread);
	else if (is_for_host(&run))
		selected->check->run(&run);
	if (result->findings == NULL)
		check_unknown(&run, (struct place){ 0 },
		    "the check said nothing, which is a mistake in mtaguard");
	sum_up(result, selected->severity);
	waive(context, result, arena);
}

static void
tell_absent(const struct check_selected *selected, struct arena *arena,
    struct check_result *result)
{
	struct check_run run = {
		.arena = arena,
		.check = selected->check,
		.result = result,
		.end = &result->findings,
		.severity = selected->severity,
	};
	const char *names = "";

	for (unsigned kind = 0; kind < MTA_KINDS; kind++)
		if ((selected->check->kinds & 1u << kind) != 0)
			names = arena_print(arena, "%s%s%s", names,
			    names[0] != '\0' ? " or " : "",
			    check_kind_title((enum mta_kind)kind));
	*result = (struct check_result){ .check = selected->check };
	check_not_applicable(&run, "there is no %s here", names);
	sum_up(result, selected->severity);
}

static bool
is_about(const struct check *check, const struct mta *mta)
{
	return (check->kinds & 1u << mta->kind) != 0;
}

void
check_run_all(const struct check_context *context,
    const struct check_selected *selected, size_t count, struct arena *arena,
    struct check_results *results)
{
	const struct mta_list *mtas = context->mtas;
	struct check_result *list =
	    arena_alloc(arena, count * (mtas->count + 1) * sizeof(*list));

	results->results = list;
	results->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct check *check = selected[i].check;
		size_t before = results->count;

		if (check->kinds == 0)
			check_run_one(context, &selected[i], NULL, arena,
			    &list[results->count++]);
		for (size_t j = 0; j < mtas->count; j++)
			if (is_about(check, &mtas->mtas[j]))
				check_run_one(context, &selected[i],
				    &mtas->mtas[j], arena,
				    &list[results->count++]);
		if (results->count == before)
			tell_absent(&selected[i], arena,
			    &list[results->count++]);
	}
}
