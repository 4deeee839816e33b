/*
 * report_html.c - the report as one page: no script, nothing loaded from
 * elsewhere, readable on a telephone, on paper, by day and by night.
 */
#include "report/report.h"

#include "check/role.h"
#include "report/report_html_style.h"
#include "report/report_xml.h"

#define PROLOG "<!DOCTYPE html>\n"

struct writer {
	struct report_xml *xml;
	struct arena *arena;
	const struct report *report;
};

static const char *const outcome_words[] = {
	[CHECK_NOTAPPLICABLE] = "Not applicable",
	[CHECK_PASS] = "Passed",
	[CHECK_WAIVED] = "Waived",
	[CHECK_UNKNOWN] = "Unknown",
	[CHECK_FAIL] = "Failed",
};

static void
open_class(const struct writer *writer, const char *element, const char *class)
{
	report_xml_open(writer->xml, element);
	report_xml_attribute(writer->xml, "class", class);
}

static void
write_class(const struct writer *writer, const char *element, const char *class,
    const char *text)
{
	open_class(writer, element, class);
	report_xml_text(writer->xml, text);
	report_xml_close(writer->xml);
}

static void
write_meta(const struct writer *writer, const char *name, const char *content)
{
	report_xml_open(writer->xml, "meta");
	report_xml_attribute(writer->xml, "name", name);
	report_xml_attribute(writer->xml, "content", content);
	report_xml_close_empty(writer->xml);
}

static void
write_head(const struct writer *writer, const char *host)
{
	report_xml_open(writer->xml, "head");
	report_xml_open(writer->xml, "meta");
	report_xml_attribute(writer->xml, "charset", "utf-8");
	report_xml_close_empty(writer->xml);
	write_meta(writer, "viewport", "width=device-width, initial-scale=1");
	write_meta(writer, "color-scheme", "light dark");
	write_meta(writer, "generator",
	    arena_print(writer->arena, "mtaguard %s", writer->report->version));
	report_xml_element(writer->xml, "title",
	    arena_print(writer->arena, "Mail check of %s", host));
	report_xml_open(writer->xml, "style");
	for (size_t i = 0; report_html_style[i] != NULL; i++)
		report_xml_raw(writer->xml, report_html_style[i]);
	report_xml_close(writer->xml);
	report_xml_close(writer->xml);
}

static void
write_tile(const struct writer *writer, enum check_outcome outcome,
    unsigned number)
{
	open_class(writer, "li",
	    arena_print(writer->arena, "tile %s%s", check_outcome_name(outcome),
		number == 0 ? " none" : ""));
	report_xml_element(writer->xml, "b",
	    arena_print(writer->arena, "%u", number));
	report_xml_element(writer->xml, "span", outcome_words[outcome]);
	report_xml_close(writer->xml);
}

static void
write_tiles(const struct writer *writer)
{
	const struct report_summary *summary = &writer->report->summary;

	open_class(writer, "ul", "tiles");
	write_tile(writer, CHECK_FAIL, summary->fail);
	write_tile(writer, CHECK_UNKNOWN, summary->unknown);
	write_tile(writer, CHECK_WAIVED, summary->waived);
	write_tile(writer, CHECK_PASS, summary->pass);
	write_tile(writer, CHECK_NOTAPPLICABLE, summary->notapplicable);
	report_xml_close(writer->xml);
}

/* A term and what it is, in a list of both; of NULL, nothing. */
static void
write_pair(const struct writer *writer, const char *term, const char *text)
{
	if (text == NULL)
		return;
	report_xml_element(writer->xml, "dt", term);
	report_xml_element(writer->xml, "dd", text);
}

static const char *
verdict_of(const struct report_summary *summary, struct arena *arena)
{
	if (summary->fail > 0)
		return arena_print(arena, "%u check%s failed", summary->fail,
		    summary->fail == 1 ? "" : "s");
	if (summary->unknown > 0)
		return arena_print(arena, "%u check%s could not be decided",
		    summary->unknown, summary->unknown == 1 ? "" : "s");
	return "Nothing failed";
}

static const char *
verdict_class(const struct report_summary *summary)
{
	if (summary->fail > 0)
		return "verdict fail";
	return summary->unknown > 0 ? "verdict unknown" : "verdict pass";
}

static void
write_header(const struct writer *writer, const char *host)
{
	const struct report *report = writer->report;
	struct arena *arena = writer->arena;

	report_xml_open(writer->xml, "header");
	write_class(writer, "p", "kicker", "Mail check");
	report_xml_element(writer->xml, "h1", host);
	write_class(writer, "p", verdict_class(&report->summary),
	    verdict_of(&report->summary, arena));
	write_tiles(writer);
	open_class(writer, "dl", "facts");
	write_pair(writer, "Roles",
	    report->roles != 0
		? arena_print(arena, "%s (%s)",
		      role_names(report->roles, ", ", arena),
		      report_clean_text(report->roles_from, arena))
		: "none");
	if (report->profile != NULL)
		write_pair(writer, "Profile",
		    report->profile->title.length > 0
			? report_clean(report->profile->title, arena)
			: report_clean_text(report->profile->name, arena));
	write_pair(writer, "Time", report_time(report->time, arena));
	write_pair(writer, "Program",
	    arena_print(arena, "mtaguard %s", report->version));
	report_xml_close(writer->xml);
	report_xml_close(writer->xml);
}

static void
write_finding(const struct writer *writer, const struct check_finding *finding)
{
	struct arena *arena = writer->arena;
	const char *place = report_place(finding->place, arena);

	open_class(writer, "li",
	    arena_print(arena, "finding %s",
		check_outcome_name(finding->outcome)));
	if (place != NULL)
		write_class(writer, "code", "place", place);
	write_class(writer, "p", "text",
	    report_clean_text(finding->text, arena));
	if (finding->value != NULL || finding->wanted != NULL) {
		open_class(writer, "dl", "values");
		write_pair(writer, "found",
		    report_clean_text(finding->value, arena));
		write_pair(writer, "wanted",
		    report_clean_text(finding->wanted, arena));
		report_xml_close(writer->xml);
	}
	report_xml_close(writer->xml);
}

/* Failures before what could not be decided, and that before the rest. */
static void
write_findings(const struct writer *writer, const struct check_result *result)
{
	open_class(writer, "ul", "findings");
	for (int outcome = CHECK_FAIL; outcome >= CHECK_NOTAPPLICABLE;
	     outcome--)
		for (const struct check_finding *finding = result->findings;
		     finding != NULL; finding = finding->next)
			if ((int)finding->outcome == outcome)
				write_finding(writer, finding);
	report_xml_close(writer->xml);
}

static void
write_references(const struct writer *writer, const struct check *check)
{
	const struct check_reference *reference = check->references;

	if (reference == NULL || reference->system == NULL)
		return;
	open_class(writer, "ul", "references");
	for (; reference->system != NULL; reference++)
		report_xml_element(writer->xml, "li",
		    report_reference(reference, writer->arena));
	report_xml_close(writer->xml);
}

static void
write_card(const struct writer *writer, const struct check_result *result)
{
	const struct check *check = result->check;

	open_class(writer, "article",
	    arena_print(writer->arena, "card %s s-%s",
		check_outcome_name(result->outcome),
		check_severity_name(result->severity)));
	open_class(writer, "p", "badges");
	write_class(writer, "span", "outcome", outcome_words[result->outcome]);
	write_class(writer, "span", "severity",
	    check_severity_name(result->severity));
	report_xml_close(writer->xml);
	report_xml_element(writer->xml, "h3", check->title);
	write_class(writer, "code", "id", check->id);
	write_findings(writer, result);
	if (result->waiver != NULL)
		write_class(writer, "p", "waiver",
		    report_clean_text(result->waiver, writer->arena));
	if (check->rationale != NULL)
		write_class(writer, "p", "rationale", check->rationale);
	if (check->remedy != NULL) {
		open_class(writer, "div", "remedy");
		report_xml_element(writer->xml, "h4", "What to do");
		report_xml_element(writer->xml, "p", check->remedy);
		report_xml_close(writer->xml);
	}
	write_references(writer, check);
	report_xml_close(writer->xml);
}

/* One line of those that are folded away. */
static void
write_row(const struct writer *writer, const struct check_result *result)
{
	report_xml_open(writer->xml, "details");
	report_xml_open(writer->xml, "summary");
	report_xml_element(writer->xml, "span", result->check->title);
	write_class(writer, "code", "id", result->check->id);
	report_xml_close(writer->xml);
	write_findings(writer, result);
	write_references(writer, result->check);
	report_xml_close(writer->xml);
}

static void
write_folded(const struct writer *writer, const struct report_section *section,
    enum check_outcome outcome)
{
	unsigned count = 0;

	for (size_t i = 0; i < section->count; i++)
		count += section->results[i]->outcome == outcome;
	if (count == 0)
		return;
	open_class(writer, "div",
	    arena_print(writer->arena, "folded %s",
		check_outcome_name(outcome)));
	report_xml_element(writer->xml, "h3",
	    arena_print(writer->arena, "%s (%u)", outcome_words[outcome],
		count));
	for (size_t i = 0; i < section->count; i++)
		if (section->results[i]->outcome == outcome)
			write_row(writer, section->results[i]);
	report_xml_close(writer->xml);
}

static void
write_section(const struct writer *writer, const struct report_section *section)
{
	report_xml_open(writer->xml, "section");
	report_xml_element(writer->xml, "h2", section->title);
	for (size_t i = 0; i < section->count; i++)
		if (section->results[i]->outcome >= CHECK_WAIVED)
			write_card(writer, section->results[i]);
	write_folded(writer, section, CHECK_PASS);
	write_folded(writer, section, CHECK_NOTAPPLICABLE);
	report_xml_close(writer->xml);
}

static bool
write_html(const struct report *report, struct arena *arena, struct str *text,
    struct error *error)
{
	struct writer writer = {
		.xml = report_xml_new(arena, PROLOG, false),
		.arena = arena,
		.report = report,
	};
	const char *host = report_clean(report->host, arena);
	size_t count;
	const struct report_section *sections =
	    report_sections(report, arena, &count);

	if (writer.xml == NULL)
		return error_set(error, "no memory for the report");
	report_xml_open(writer.xml, "html");
	report_xml_attribute(writer.xml, "lang", "en");
	write_head(&writer, host);
	report_xml_open(writer.xml, "body");
	report_xml_open(writer.xml, "main");
	write_header(&writer, host);
	for (size_t i = 0; i < count; i++)
		write_section(&writer, &sections[i]);
	report_xml_close(writer.xml);
	report_xml_close(writer.xml);
	report_xml_close(writer.xml);
	return report_xml_end(writer.xml, text, error);
}

const struct report_format report_html_format = {
	.name = "html",
	.media_type = "text/html",
	.write = write_html,
};
