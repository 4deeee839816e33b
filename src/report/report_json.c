/*
 * report_json.c - the report for programs. Its fields are an interface, which
 * mtaguard(8) describes, and which only grows.
 */
#include "report/report.h"

#include "check/role.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A text of ours, or a cleaned one; NULL: null. */
static json_t *
text_of(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

static json_t *
clean_of(const char *text, struct arena *arena)
{
	return text_of(report_clean_text(text, arena));
}

/* Adds, and takes over what is added. */
static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

static json_t *
roles_of(unsigned roles)
{
	json_t *list = json_array();
	const char *name;

	for (unsigned i = 0; (name = role_name(i)) != NULL; i++)
		if ((roles & 1u << i) != 0)
			json_array_append_new(list, json_string(name));
	return list;
}

static json_t *
mta_of(const struct mta *mta, struct arena *arena)
{
	json_t *object = json_object();

	set(object, "kind", json_string(mta_kind_name(mta->kind)));
	set(object, "instance",
	    json_string(report_clean(mta->instance, arena)));
	set(object, "version",
	    mta->version.length > 0
		? json_string(report_clean(mta->version, arena))
		: json_null());
	set(object, "config", clean_of(mta->config, arena));
	return object;
}

static json_t *
mtas_of(const struct mta_list *mtas, struct arena *arena)
{
	json_t *list = json_array();

	for (size_t i = 0; i < mtas->count; i++)
		json_array_append_new(list, mta_of(&mtas->mtas[i], arena));
	return list;
}

static json_t *
finding_of(const struct check_finding *finding, struct arena *arena)
{
	json_t *object = json_object();

	set(object, "outcome",
	    json_string(check_outcome_name(finding->outcome)));
	set(object, "severity",
	    json_string(check_severity_name(finding->severity)));
	set(object, "file", clean_of(finding->place.file, arena));
	set(object, "line",
	    finding->place.line > 0 ? json_integer(finding->place.line)
				    : json_null());
	set(object, "text", clean_of(finding->text, arena));
	if (finding->value != NULL)
		set(object, "value", clean_of(finding->value, arena));
	if (finding->wanted != NULL)
		set(object, "wanted", clean_of(finding->wanted, arena));
	return object;
}

/* System, and the list of its ids. */
static json_t *
references_of(const struct check *check)
{
	const struct check_reference *reference = check->references;
	json_t *object = json_object();

	for (; reference != NULL && reference->system != NULL; reference++) {
		if (json_object_get(object, reference->system) == NULL)
			set(object, reference->system, json_array());
		json_array_append_new(json_object_get(object,
					  reference->system),
		    json_string(reference->id));
	}
	return object;
}

static json_t *
result_of(const struct check_result *result, struct arena *arena)
{
	json_t *object = json_object();
	json_t *findings = json_array();

	for (const struct check_finding *finding = result->findings;
	     finding != NULL; finding = finding->next)
		json_array_append_new(findings, finding_of(finding, arena));
	set(object, "id", json_string(result->check->id));
	set(object, "title", json_string(result->check->title));
	set(object, "severity",
	    json_string(check_severity_name(result->severity)));
	set(object, "outcome",
	    json_string(check_outcome_name(result->outcome)));
	set(object, "mta",
	    result->mta != NULL ? mta_of(result->mta, arena) : json_null());
	set(object, "findings", findings);
	if (result->waiver != NULL)
		set(object, "waiver", clean_of(result->waiver, arena));
	set(object, "references", references_of(result->check));
	set(object, "rationale", text_of(result->check->rationale));
	set(object, "remedy", text_of(result->check->remedy));
	return object;
}

static json_t *
results_of(const struct report *report, struct arena *arena)
{
	json_t *list = json_array();
	size_t count;
	const struct report_section *sections =
	    report_sections(report, arena, &count);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sections[i].count; j++)
			json_array_append_new(list,
			    result_of(sections[i].results[j], arena));
	return list;
}

static json_t *
summary_of(const struct report_summary *summary)
{
	json_t *object = json_object();

	set(object, "pass", json_integer(summary->pass));
	set(object, "fail", json_integer(summary->fail));
	set(object, "unknown", json_integer(summary->unknown));
	set(object, "notapplicable", json_integer(summary->notapplicable));
	set(object, "waived", json_integer(summary->waived));
	return object;
}

static json_t *
report_of(const struct report *report, struct arena *arena)
{
	json_t *object = json_object();

	set(object, "format", json_integer(1));
	set(object, "version", json_string(report->version));
	set(object, "host", json_string(report_clean(report->host, arena)));
	set(object, "time", json_string(report_time(report->time, arena)));
	set(object, "role", roles_of(report->roles));
	set(object, "role_from", clean_of(report->roles_from, arena));
	set(object, "profile",
	    report->profile != NULL ? clean_of(report->profile->name, arena)
				    : json_null());
	set(object, "mtas", mtas_of(report->mtas, arena));
	set(object, "results", results_of(report, arena));
	set(object, "summary", summary_of(&report->summary));
	if (report->child_time > 0)
		set(object, "child_time_us",
		    json_integer((json_int_t)report->child_time));
	return object;
}

static bool
write_json(const struct report *report, struct arena *arena, struct str *text,
    struct error *error)
{
	json_t *object = report_of(report, arena);
	char *bytes = json_dumps(object, JSON_INDENT(2));

	json_decref(object);
	if (bytes == NULL)
		return error_set(error, "no memory for the report");
	*text = str_from(arena_print(arena, "%s\n", bytes));
	free(bytes);
	return true;
}

const struct report_format report_json_format = {
	.name = "json",
	.media_type = "application/json",
	.write = write_json,
};
