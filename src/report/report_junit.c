/*
 * report_junit.c - the report as a test for servers of continuous integration:
 * a suite for each MTA and for the host, a case for each check.
 */
#include "report/report.h"

#include "report/report_xml.h"

static unsigned
count_of(const struct report_section *section, enum check_outcome outcome)
{
	unsigned count = 0;

	for (size_t i = 0; i < section->count; i++)
		count += section->results[i]->outcome == outcome;
	return count;
}

/* What was found, a line each, with its place. */
static const char *
findings_of(const struct check_result *result, struct arena *arena)
{
	const char *text = "";

	for (const struct check_finding *finding = result->findings;
	     finding != NULL; finding = finding->next) {
		const char *place = report_place(finding->place, arena);

		text = arena_print(arena, "%s%s%s%s\n", text,
		    place != NULL ? place : "", place != NULL ? ": " : "",
		    report_clean_text(finding->text, arena));
	}
	return text;
}

static void
write_outcome(struct report_xml *xml, const char *element,
    const struct check_result *result, const char *message, struct arena *arena)
{
	report_xml_open(xml, element);
	report_xml_attribute(xml, "message", message);
	if (result->outcome >= CHECK_UNKNOWN) {
		report_xml_attribute(xml, "type",
		    check_severity_name(result->severity));
		report_xml_text(xml, findings_of(result, arena));
		report_xml_text(xml, result->check->remedy);
	}
	report_xml_close(xml);
}

static const char *
first_text(const struct check_result *result, enum check_outcome outcome,
    struct arena *arena)
{
	for (const struct check_finding *finding = result->findings;
	     finding != NULL; finding = finding->next)
		if (finding->outcome == outcome)
			return report_clean_text(finding->text, arena);
	return "";
}

static void
write_case(struct report_xml *xml, const struct report_section *section,
    const struct check_result *result, struct arena *arena)
{
	const char *text = first_text(result, result->outcome, arena);

	report_xml_open(xml, "testcase");
	report_xml_attribute(xml, "classname", section->title);
	report_xml_attribute(xml, "name", result->check->id);
	switch (result->outcome) {
	case CHECK_PASS:
		break;
	case CHECK_NOTAPPLICABLE:
		write_outcome(xml, "skipped", result, text, arena);
		break;
	case CHECK_WAIVED:
		write_outcome(xml, "skipped", result,
		    report_clean_text(result->waiver, arena), arena);
		break;
	case CHECK_UNKNOWN:
		write_outcome(xml, "error", result, text, arena);
		break;
	case CHECK_FAIL:
		write_outcome(xml, "failure", result, text, arena);
		break;
	}
	report_xml_close(xml);
}

static void
write_suite(struct report_xml *xml, const struct report *report,
    const struct report_section *section, struct arena *arena)
{
	report_xml_open(xml, "testsuite");
	report_xml_attribute(xml, "name", section->title);
	report_xml_attribute(xml, "hostname",
	    report_clean(report->host, arena));
	/* The format has no zone: xs:dateTime without one. */
	report_xml_attribute(xml, "timestamp",
	    arena_print(arena, "%.19s", report_time(report->time, arena)));
	report_xml_number(xml, "tests", section->count);
	report_xml_number(xml, "failures", count_of(section, CHECK_FAIL));
	report_xml_number(xml, "errors", count_of(section, CHECK_UNKNOWN));
	report_xml_number(xml, "skipped",
	    count_of(section, CHECK_NOTAPPLICABLE) +
		count_of(section, CHECK_WAIVED));
	for (size_t i = 0; i < section->count; i++)
		write_case(xml, section, section->results[i], arena);
	report_xml_close(xml);
}

static bool
write_junit(const struct report *report, struct arena *arena, struct str *text,
    struct error *error)
{
	struct report_xml *xml = report_xml_new(arena, NULL, true);
	size_t count;

	if (xml == NULL)
		return error_set(error, "no memory for the report");
	const struct report_section *sections =
	    report_sections(report, arena, &count);
	report_xml_open(xml, "testsuites");
	report_xml_attribute(xml, "name", "mtaguard check");
	report_xml_number(xml, "tests", report->results.count);
	report_xml_number(xml, "failures", report->summary.fail);
	report_xml_number(xml, "errors", report->summary.unknown);
	for (size_t i = 0; i < count; i++)
		write_suite(xml, report, &sections[i], arena);
	report_xml_close(xml);
	return report_xml_end(xml, text, error);
}

const struct report_format report_junit_format = {
	.name = "junit",
	.media_type = "application/xml",
	.write = write_junit,
};
