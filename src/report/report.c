/*
 * report.c - what all the formats of a report share.
 */
#include "report/report.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct report_format *const report_formats[] = {
	&report_text_format,
	&report_json_format,
	&report_html_format,
	&report_xccdf_format,
	&report_junit_format,
	&report_tap_format,
};

const size_t report_format_count =
    sizeof(report_formats) / sizeof(report_formats[0]);

const struct report_format *
report_format_find(struct str name)
{
	for (size_t i = 0; i < report_format_count; i++)
		if (str_equal(name, str_from(report_formats[i]->name)))
			return report_formats[i];
	return NULL;
}

void
report_sum_up(struct report *report)
{
	struct report_summary summary = { 0 };

	for (size_t i = 0; i < report->results.count; i++) {
		const struct check_result *result = &report->results.results[i];

		switch (result->outcome) {
		case CHECK_NOTAPPLICABLE:
			summary.notapplicable++;
			break;
		case CHECK_PASS:
			summary.pass++;
			break;
		case CHECK_WAIVED:
			summary.waived++;
			break;
		case CHECK_UNKNOWN:
			summary.unknown++;
			break;
		case CHECK_FAIL:
			summary.fail++;
			summary.failures[result->severity]++;
			break;
		}
	}
	report->summary = summary;
}

/* ---- sections ---- */

static int
worse_first(const void *a, const void *b)
{
	const struct check_result *x = *(const struct check_result *const *)a;
	const struct check_result *y = *(const struct check_result *const *)b;

	if (x->outcome != y->outcome)
		return x->outcome > y->outcome ? -1 : 1;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	/* Both stand in one array: the order in which they were run. */
	return x < y ? -1 : x > y;
}

static const char *
title_of(const struct mta *mta, struct arena *arena)
{
	const char *instance = "";

	if (mta == NULL)
		return "The host";
	if (mta->instance.length > 0 && !str_equal(mta->instance, STR("-")))
		instance = arena_print(arena, ", instance %s",
		    report_clean(mta->instance, arena));
	return arena_print(arena, "%s%s%s%s, %s", check_kind_title(mta->kind),
	    mta->version.length > 0 ? " " : "",
	    report_clean(mta->version, arena), instance,
	    mta->config != NULL ? report_clean_text(mta->config, arena)
				: "no configuration");
}

static void
fill_section(const struct report *report, const struct mta *mta,
    struct arena *arena, struct report_section *section)
{
	*section = (struct report_section){
		.mta = mta,
		.title = title_of(mta, arena),
		.results = arena_alloc(arena,
		    report->results.count *
			sizeof(const struct check_result *)),
	};
	for (size_t i = 0; i < report->results.count; i++)
		if (report->results.results[i].mta == mta)
			section->results[section->count++] =
			    &report->results.results[i];
	if (section->count > 0)
		qsort((void *)section->results, section->count,
		    sizeof(const struct check_result *), worse_first);
}

const struct report_section *
report_sections(const struct report *report, struct arena *arena, size_t *count)
{
	size_t most = report->mtas->count + 1;
	struct report_section *sections =
	    arena_alloc(arena, most * sizeof(*sections));

	*count = 0;
	for (size_t i = 0; i < most; i++) {
		const struct mta *mta =
		    i < report->mtas->count ? &report->mtas->mtas[i] : NULL;

		fill_section(report, mta, arena, &sections[*count]);
		if (sections[*count].count > 0)
			(*count)++;
	}
	return sections;
}

/* ---- text ---- */

/* The code point of a character of the given length, which is valid UTF-8. */
static uint32_t
code_point(const unsigned char *bytes, size_t length)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = bytes[0] & masks[length];

	for (size_t i = 1; i < length; i++)
		code = code << 6 | (bytes[i] & 0x3f);
	return code;
}

/* What would be an order to whoever shows it, and not a letter. */
static bool
is_order(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} orders[] = {
		{ 0x00, 0x1f },     /* controls */
		{ 0x7f, 0x9f },     /* and those of ISO 6429 */
		{ 0x200b, 0x200f }, /* without width, and directions */
		{ 0x2028, 0x202e }, /* ends of lines, and directions */
		{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
		{ 0xfffe, 0xffff }, /* not in XML */
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (code >= orders[i].first && code <= orders[i].last)
			return true;
	return false;
}

/* Length of the character at the start that may be told; 0: none. */
static size_t
plain_length(struct str text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	size_t length = utf8_length(text);

	if (length > 0 && is_order(code_point(bytes, length)))
		return 0;
	return length;
}

const char *
report_clean(struct str text, struct arena *arena)
{
	enum {
		ESCAPED = 4 /* bytes of \xNN */
	};
	size_t capacity = text.length * ESCAPED + 1;
	char *clean = arena_alloc(arena, capacity);
	struct buf buf = { .data = clean, .capacity = capacity };

	while (text.length > 0) {
		size_t length = plain_length(text);

		if (length == 0) {
			length = 1;
			buf_print(&buf, "\\x%02x",
			    (unsigned)(unsigned char)text.data[0]);
		} else {
			buf_add(&buf, str_slice(text, 0, length));
		}
		text = str_slice(text, length, text.length);
	}
	return clean;
}

const char *
report_clean_text(const char *text, struct arena *arena)
{
	return text != NULL ? report_clean(str_from(text), arena) : NULL;
}

const char *
report_place(struct place place, struct arena *arena)
{
	if (place.file == NULL)
		return NULL;
	const char *file = report_clean_text(place.file, arena);
	if (place.line == 0)
		return file;
	return arena_print(arena, "%s:%u", file, place.line);
}

const char *
report_time(int64_t time, struct arena *arena)
{
	time_t seconds = (time_t)time;
	struct tm parts = { 0 };

	gmtime_r(&seconds, &parts);
	return arena_print(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
	    parts.tm_hour, parts.tm_min, parts.tm_sec);
}

const char *
report_system(const struct check_reference *reference)
{
	static const struct {
		const char *system;
		const char *title;
	} titles[] = {
		{ "ssg", "SSG" },
		{ "cce", "CCE" },
		{ "cci", "CCI" },
		{ "cis", "CIS" },
		{ "cve", "CVE" },
		{ "stig", "STIG" },
		{ "srg", "SRG" },
		{ "nist", "NIST" },
		{ "gen", "GEN" },
		{ "rfc", "RFC" },
		{ "lynis", "Lynis" },
		{ "anssi", "ANSSI" },
		{ "pci-dss", "PCI DSS" },
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(reference->system, titles[i].system) == 0)
			return titles[i].title;
	return reference->system;
}

const char *
report_reference(const struct check_reference *reference, struct arena *arena)
{
	const char *system = report_system(reference);

	if (str_starts(str_from(reference->id), str_from(system)))
		return reference->id;
	return arena_print(arena, "%s %s", system, reference->id);
}
