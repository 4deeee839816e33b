/*
 * report_xccdf.c - the report for the tools of SCAP: XCCDF 1.2 (NISTIR 7275
 * revision 4), a benchmark of all checks that were run with its result.
 *
 * A check is a rule, and names the rule of the SCAP Security Guide that asks
 * for the same, so that both results can be laid side by side.
 */
#include "report/report.h"

#include "check/role.h"
#include "report/report_xml.h"

#include <string.h>

#define NAMESPACE   "http://checklists.nist.gov/xccdf/1.2"
#define ID(kind)    "xccdf_org.mtaguard_" kind "_"
#define SSG_RULE    "xccdf_org.ssgproject.content_rule_"
#define SSG_CONTENT "https://github.com/ComplianceAsCode/content"

struct writer {
	struct report_xml *xml;
	struct arena *arena;
	const struct report *report;
};

/* An id of ours: others than these characters are not in names of XML. */
static const char *
id_of(const struct writer *writer, const char *kind, const char *name)
{
	struct str clean = arena_copy(writer->arena, str_from(name));
	char *bytes = arena_alloc(writer->arena, clean.length + 1);

	for (size_t i = 0; i < clean.length; i++)
		bytes[i] = strchr("abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.",
			       clean.data[i]) != NULL
		    ? clean.data[i]
		    : '_';
	return arena_print(writer->arena, "%s%s", kind, bytes);
}

/* XCCDF knows no "critical". */
static const char *
severity_of(enum check_severity severity)
{
	static const char *const names[] = {
		[CHECK_INFO] = "info",
		[CHECK_LOW] = "low",
		[CHECK_MEDIUM] = "medium",
		[CHECK_HIGH] = "high",
		[CHECK_CRITICAL] = "high",
	};

	return names[severity];
}

/* What is waived is told, and counts neither way. */
static const char *
result_of(enum check_outcome outcome)
{
	static const char *const names[] = {
		[CHECK_NOTAPPLICABLE] = "notapplicable",
		[CHECK_PASS] = "pass",
		[CHECK_WAIVED] = "informational",
		[CHECK_UNKNOWN] = "unknown",
		[CHECK_FAIL] = "fail",
	};

	return names[outcome];
}

/* Where the systems of references are at home; idents must say so. */
static const struct {
	const char *system;
	const char *home;
	bool ident; /* one thing has one id there */
} homes[] = {
	{ "cce", "https://ncp.nist.gov/cce", true },
	{ "cci", "https://public.cyber.mil/stigs/cci/", true },
	{ "ssg", SSG_CONTENT, true },
	{ "cis", "https://www.cisecurity.org/benchmark/", false },
	{ "stig", "https://public.cyber.mil/stigs/", false },
	{ "nist",
	    "https://csrc.nist.gov/publications/detail/sp/800-53/rev-5/final",
	    false },
	{ "lynis", "https://cisofy.com/lynis/controls/", false },
};

enum {
	HOMES = sizeof(homes) / sizeof(homes[0]),
};

static size_t
home_of(const struct check_reference *reference)
{
	size_t i = 0;

	while (i < HOMES && strcmp(homes[i].system, reference->system) != 0)
		i++;
	return i;
}

/* The id as its home has it. */
static const char *
foreign_id(const struct writer *writer, const struct check_reference *reference)
{
	return strcmp(reference->system, "ssg") == 0
	    ? arena_print(writer->arena, SSG_RULE "%s", reference->id)
	    : report_reference(reference, writer->arena);
}

static void
write_references(const struct writer *writer, const struct check *check)
{
	const struct check_reference *reference = check->references;

	for (; reference != NULL && reference->system != NULL; reference++) {
		size_t home = home_of(reference);

		report_xml_open(writer->xml, "reference");
		if (home < HOMES)
			report_xml_attribute(writer->xml, "href",
			    homes[home].home);
		report_xml_text(writer->xml, foreign_id(writer, reference));
		report_xml_close(writer->xml);
	}
}

static void
write_idents(const struct writer *writer, const struct check *check)
{
	const struct check_reference *reference = check->references;

	for (; reference != NULL && reference->system != NULL; reference++) {
		size_t home = home_of(reference);

		if (home == HOMES || !homes[home].ident)
			continue;
		report_xml_open(writer->xml, "ident");
		report_xml_attribute(writer->xml, "system", homes[home].home);
		report_xml_text(writer->xml,
		    strcmp(reference->system, "ssg") == 0
			? foreign_id(writer, reference)
			: reference->id);
		report_xml_close(writer->xml);
	}
}

static void
write_check(const struct writer *writer, const struct check *check)
{
	report_xml_open(writer->xml, "check");
	report_xml_attribute(writer->xml, "system",
	    "https://mtaguard.org/check");
	report_xml_open(writer->xml, "check-content");
	report_xml_text(writer->xml,
	    arena_print(writer->arena, "mtaguard check --only %s", check->id));
	report_xml_close(writer->xml);
	report_xml_close(writer->xml);
}

static void
write_rule(const struct writer *writer, const struct check_result *result)
{
	const struct check *check = result->check;

	report_xml_open(writer->xml, "Rule");
	report_xml_attribute(writer->xml, "id",
	    id_of(writer, ID("rule"), check->id));
	report_xml_attribute(writer->xml, "severity",
	    severity_of(check->severity));
	report_xml_attribute(writer->xml, "selected", "true");
	report_xml_element(writer->xml, "title", check->title);
	report_xml_element(writer->xml, "description", check->title);
	write_references(writer, check);
	report_xml_element(writer->xml, "rationale", check->rationale);
	write_idents(writer, check);
	report_xml_element(writer->xml, "fixtext", check->remedy);
	write_check(writer, check);
	report_xml_close(writer->xml);
}

/* A rule for each check, though it was run for several MTAs. */
static void
write_rules(const struct writer *writer)
{
	const struct check_results *results = &writer->report->results;

	for (size_t i = 0; i < results->count; i++)
		if (i == 0 ||
		    results->results[i].check != results->results[i - 1].check)
			write_rule(writer, &results->results[i]);
}

static const char *
profile_name(const struct report *report)
{
	return report->profile != NULL ? report->profile->name : "all";
}

static void
write_profile(const struct writer *writer)
{
	const struct profile *profile = writer->report->profile;
	const char *title = profile != NULL && profile->title.length > 0
	    ? report_clean(profile->title, writer->arena)
	    : "All checks";

	report_xml_open(writer->xml, "Profile");
	report_xml_attribute(writer->xml, "id",
	    id_of(writer, ID("profile"), profile_name(writer->report)));
	report_xml_element(writer->xml, "title", title);
	report_xml_close(writer->xml);
}

static void
write_message(const struct writer *writer, const struct check_finding *finding)
{
	static const char *const severities[] = {
		[CHECK_NOTAPPLICABLE] = "info",
		[CHECK_PASS] = "info",
		[CHECK_WAIVED] = "info",
		[CHECK_UNKNOWN] = "warning",
		[CHECK_FAIL] = "error",
	};
	const char *place = report_place(finding->place, writer->arena);

	report_xml_open(writer->xml, "message");
	report_xml_attribute(writer->xml, "severity",
	    severities[finding->outcome]);
	report_xml_text(writer->xml, place);
	report_xml_text(writer->xml, place != NULL ? ": " : NULL);
	report_xml_text(writer->xml,
	    report_clean_text(finding->text, writer->arena));
	report_xml_close(writer->xml);
}

static void
write_waiver(const struct writer *writer, const struct check_result *result)
{
	if (result->waiver == NULL)
		return;
	report_xml_open(writer->xml, "message");
	report_xml_attribute(writer->xml, "severity", "info");
	report_xml_text(writer->xml, "waived: ");
	report_xml_text(writer->xml,
	    report_clean_text(result->waiver, writer->arena));
	report_xml_close(writer->xml);
}

static void
write_result(const struct writer *writer, const struct report_section *section,
    const struct check_result *result)
{
	report_xml_open(writer->xml, "rule-result");
	report_xml_attribute(writer->xml, "idref",
	    id_of(writer, ID("rule"), result->check->id));
	report_xml_attribute(writer->xml, "time",
	    report_time(writer->report->time, writer->arena));
	report_xml_attribute(writer->xml, "severity",
	    severity_of(result->severity));
	report_xml_element(writer->xml, "result", result_of(result->outcome));
	write_idents(writer, result->check);
	write_waiver(writer, result);
	for (const struct check_finding *finding = result->findings;
	     finding != NULL; finding = finding->next)
		write_message(writer, finding);
	report_xml_open(writer->xml, "instance");
	report_xml_attribute(writer->xml, "context",
	    result->mta != NULL ? "mta" : "host");
	report_xml_text(writer->xml, section->title);
	report_xml_close(writer->xml);
	write_check(writer, result->check);
	report_xml_close(writer->xml);
}

static void
write_facts(const struct writer *writer)
{
	const struct report *report = writer->report;
	const char *name;

	report_xml_open(writer->xml, "target-facts");
	report_xml_open(writer->xml, "fact");
	report_xml_attribute(writer->xml, "name", "urn:mtaguard:roles-from");
	report_xml_attribute(writer->xml, "type", "string");
	report_xml_text(writer->xml,
	    report_clean_text(report->roles_from, writer->arena));
	report_xml_close(writer->xml);
	for (unsigned i = 0; (name = role_name(i)) != NULL; i++) {
		report_xml_open(writer->xml, "fact");
		report_xml_attribute(writer->xml, "name",
		    arena_print(writer->arena, "urn:mtaguard:role:%s", name));
		report_xml_attribute(writer->xml, "type", "boolean");
		report_xml_text(writer->xml,
		    (report->roles & 1u << i) != 0 ? "true" : "false");
		report_xml_close(writer->xml);
	}
	report_xml_close(writer->xml);
}

/* urn:xccdf:scoring:flat-unweighted: what passed of what was decided. */
static void
write_score(const struct writer *writer)
{
	const struct report_summary *summary = &writer->report->summary;
	unsigned most = summary->pass + summary->fail + summary->unknown;

	report_xml_open(writer->xml, "score");
	report_xml_attribute(writer->xml, "system",
	    "urn:xccdf:scoring:flat-unweighted");
	report_xml_number(writer->xml, "maximum", most);
	report_xml_text(writer->xml,
	    arena_print(writer->arena, "%u", summary->pass));
	report_xml_close(writer->xml);
}

static void
write_test_result(const struct writer *writer)
{
	const struct report *report = writer->report;
	const char *time = report_time(report->time, writer->arena);
	const char *host = report_clean(report->host, writer->arena);
	size_t count;
	const struct report_section *sections =
	    report_sections(report, writer->arena, &count);

	report_xml_open(writer->xml, "TestResult");
	report_xml_attribute(writer->xml, "id",
	    id_of(writer, ID("testresult"), profile_name(report)));
	report_xml_attribute(writer->xml, "start-time", time);
	report_xml_attribute(writer->xml, "end-time", time);
	report_xml_attribute(writer->xml, "version", report->version);
	report_xml_attribute(writer->xml, "test-system",
	    arena_print(writer->arena, "cpe:/a:mtaguard:mtaguard:%s",
		report->version));
	report_xml_open(writer->xml, "benchmark");
	report_xml_attribute(writer->xml, "href", "#" ID("benchmark") "MAIL");
	report_xml_attribute(writer->xml, "id", ID("benchmark") "MAIL");
	report_xml_close(writer->xml);
	report_xml_element(writer->xml, "title", "mtaguard check");
	report_xml_open(writer->xml, "profile");
	report_xml_attribute(writer->xml, "idref",
	    id_of(writer, ID("profile"), profile_name(report)));
	report_xml_close(writer->xml);
	report_xml_element(writer->xml, "target",
	    host[0] != '\0' ? host : "unknown");
	write_facts(writer);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sections[i].count; j++)
			write_result(writer, &sections[i],
			    sections[i].results[j]);
	write_score(writer);
	report_xml_close(writer->xml);
}

static void
write_benchmark(const struct writer *writer)
{
	const struct report *report = writer->report;

	report_xml_open(writer->xml, "Benchmark");
	report_xml_attribute(writer->xml, "xmlns", NAMESPACE);
	report_xml_attribute(writer->xml, "id", ID("benchmark") "MAIL");
	report_xml_attribute(writer->xml, "resolved", "1");
	report_xml_attribute(writer->xml, "xml:lang", "en");
	report_xml_open(writer->xml, "status");
	report_xml_attribute(writer->xml, "date",
	    arena_print(writer->arena, "%.10s",
		report_time(report->time, writer->arena)));
	report_xml_text(writer->xml, "accepted");
	report_xml_close(writer->xml);
	report_xml_element(writer->xml, "title",
	    "The mail transfer agents of a host");
	report_xml_element(writer->xml, "description",
	    "What mtaguard checks: who may relay through which rule, who "
	    "listens where, and where the mail for root goes.");
	report_xml_open(writer->xml, "platform");
	report_xml_attribute(writer->xml, "idref", "cpe:/o:linux:linux_kernel");
	report_xml_close(writer->xml);
	report_xml_element(writer->xml, "version", report->version);
	report_xml_open(writer->xml, "metadata");
	report_xml_attribute(writer->xml, "xmlns:dc",
	    "http://purl.org/dc/elements/1.1/");
	report_xml_element(writer->xml, "dc:publisher", "mtaguard");
	report_xml_close(writer->xml);
	write_profile(writer);
	write_rules(writer);
	write_test_result(writer);
	report_xml_close(writer->xml);
}

static bool
write_xccdf(const struct report *report, struct arena *arena, struct str *text,
    struct error *error)
{
	struct writer writer = {
		.xml = report_xml_new(arena, NULL, true),
		.arena = arena,
		.report = report,
	};

	if (writer.xml == NULL)
		return error_set(error, "no memory for the report");
	write_benchmark(&writer);
	return report_xml_end(writer.xml, text, error);
}

const struct report_format report_xccdf_format = {
	.name = "xccdf",
	.media_type = "application/xml",
	.write = write_xccdf,
};
