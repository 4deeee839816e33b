/*
 * report_text.c - the report for a person at a terminal, or a journal.
 */
#include "report/report.h"

#include "base/lines.h"
#include "base/utf8.h"
#include "check/role.h"

#include <stdlib.h>
#include <string.h>

enum {
	INDENT = 4,      /* of what belongs to a check */
	LABEL_WIDTH = 8, /* "wanted", "to do" and two blanks */
	NARROW = 40,     /* no paragraph is narrower */
};

struct writer {
	FILE *stream;
	struct arena *arena;
	bool colour;
	unsigned width;
	bool detailed;
};

/* How an outcome looks. */
static const struct look {
	const char *word;
	const char *colour; /* SGR parameters */
} looks[] = {
	[CHECK_NOTAPPLICABLE] = { "n/a", "2" },
	[CHECK_PASS] = { "pass", "32" },
	[CHECK_WAIVED] = { "waived", "36" },
	[CHECK_UNKNOWN] = { "unknown", "33" },
	[CHECK_FAIL] = { "FAIL", "1;31" },
};

static const char *const severity_colours[] = {
	[CHECK_INFO] = "2",
	[CHECK_LOW] = "0",
	[CHECK_MEDIUM] = "33",
	[CHECK_HIGH] = "31",
	[CHECK_CRITICAL] = "1;31",
};

/* Text in a colour, padded to a width. */
static void
paint(const struct writer *writer, const char *colour, int width,
    const char *text)
{
	if (writer->colour)
		fprintf(writer->stream, "\033[%sm%-*s\033[0m", colour, width,
		    text);
	else
		fprintf(writer->stream, "%-*s", width, text);
}

/* Columns that a valid text takes: its characters. */
static size_t
columns_of(struct str text)
{
	size_t columns = 0;

	for (size_t i = 0; i < text.length; i++)
		columns += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return columns;
}

/*
 * Writes words, each line after the first indented, from a column on; one that
 * is longer than a line stands alone, so that it can be copied.
 */
static void
write_words(const struct writer *writer, size_t indent, struct str text)
{
	size_t column = indent;
	struct str word;

	while (text.length > 0) {
		str_cut(text, ' ', &word, &text);
		size_t columns = columns_of(word);

		if (columns == 0)
			continue;
		if (column > indent && column + 1 + columns > writer->width) {
			fprintf(writer->stream, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', writer->stream);
			column++;
		}
		fprintf(writer->stream, STR_FORMAT, STR_ARGS(word));
		column += columns;
	}
	fputc('\n', writer->stream);
}

/* A paragraph behind a label; its own lines remain. */
static void
write_labelled(const struct writer *writer, const char *label, const char *text)
{
	struct lines lines = lines_of(str_from(text));
	struct str line;
	bool first = true;

	while (lines_next(&lines, &line)) {
		fprintf(writer->stream, "%*s", INDENT, "");
		paint(writer, "2", LABEL_WIDTH, first ? label : "");
		write_words(writer, INDENT + LABEL_WIDTH, line);
		first = false;
	}
}

static void
write_finding(const struct writer *writer, const struct check_finding *finding)
{
	const char *place = report_place(finding->place, writer->arena);
	const char *text = report_clean_text(finding->text, writer->arena);

	fprintf(writer->stream, "%*s", INDENT, "");
	if (place != NULL) {
		paint(writer, "1", 0, place);
		fprintf(writer->stream, "\n%*s", INDENT, "");
	}
	write_words(writer, INDENT, str_from(text));
	if (finding->value != NULL)
		write_labelled(writer, "found",
		    report_clean_text(finding->value, writer->arena));
	if (finding->wanted != NULL)
		write_labelled(writer, "wanted",
		    report_clean_text(finding->wanted, writer->arena));
}

static void
write_references(const struct writer *writer, const struct check *check)
{
	const struct check_reference *reference = check->references;
	const char *text = "";

	for (; reference != NULL && reference->system != NULL; reference++)
		text = arena_print(writer->arena, "%s%s%s", text,
		    text[0] != '\0' ? ", " : "",
		    report_reference(reference, writer->arena));
	if (text[0] != '\0')
		write_labelled(writer, "see", text);
}

static void
write_head(const struct writer *writer, const struct check_result *result)
{
	const struct look *look = &looks[result->outcome];

	paint(writer, look->colour, LABEL_WIDTH, look->word);
	paint(writer, severity_colours[result->severity], 9,
	    check_severity_name(result->severity));
	fprintf(writer->stream, " ");
	paint(writer, "1", 0, result->check->id);
	fprintf(writer->stream, "\n%*s", INDENT, "");
	write_words(writer, INDENT, str_from(result->check->title));
}

/* The worst findings come first; what passes beside them is left out. */
static void
write_result(const struct writer *writer, const struct check_result *result)
{
	enum check_outcome least =
	    writer->detailed ? CHECK_NOTAPPLICABLE : CHECK_UNKNOWN;
	const struct check_finding *finding;

	write_head(writer, result);
	for (int outcome = CHECK_FAIL; outcome >= (int)least; outcome--)
		for (finding = result->findings; finding != NULL;
		     finding = finding->next)
			if ((int)finding->outcome == outcome)
				write_finding(writer, finding);
	if (result->waiver != NULL)
		write_labelled(writer, "waived",
		    report_clean_text(result->waiver, writer->arena));
	if (result->outcome >= CHECK_UNKNOWN && result->check->remedy != NULL)
		write_labelled(writer, "to do", result->check->remedy);
	if (result->outcome >= CHECK_UNKNOWN || writer->detailed)
		write_references(writer, result->check);
	fputc('\n', writer->stream);
}

/* All ids of one outcome in a paragraph. */
static void
write_ids(const struct writer *writer, const struct report_section *section,
    enum check_outcome outcome)
{
	const char *text = "";

	for (size_t i = 0; i < section->count; i++)
		if (section->results[i]->outcome == outcome)
			text = arena_print(writer->arena, "%s%s%s", text,
			    text[0] != '\0' ? " " : "",
			    section->results[i]->check->id);
	if (text[0] == '\0')
		return;
	paint(writer, looks[outcome].colour, LABEL_WIDTH, looks[outcome].word);
	write_words(writer, LABEL_WIDTH, str_from(text));
}

static void
write_section(const struct writer *writer, const struct report_section *section)
{
	paint(writer, "1;4", 0, section->title);
	fprintf(writer->stream, "\n\n");
	for (size_t i = 0; i < section->count; i++)
		if (writer->detailed ||
		    section->results[i]->outcome >= CHECK_WAIVED)
			write_result(writer, section->results[i]);
	if (writer->detailed)
		return;
	write_ids(writer, section, CHECK_PASS);
	write_ids(writer, section, CHECK_NOTAPPLICABLE);
	fputc('\n', writer->stream);
}

/* " (1 critical, 2 high)" */
static const char *
severities(const struct writer *writer, const struct report_summary *summary)
{
	const char *text = "";

	for (int i = CHECK_CRITICAL; i >= CHECK_INFO; i--)
		if (summary->failures[i] != 0)
			text = arena_print(writer->arena, "%s%s%u %s", text,
			    *text == '\0' ? " (" : ", ", summary->failures[i],
			    check_severity_name((enum check_severity)i));
	return *text == '\0' ? text : arena_print(writer->arena, "%s)", text);
}

static void
write_summary(const struct writer *writer, const struct report *report)
{
	const struct report_summary *summary = &report->summary;
	const char *failed =
	    arena_print(writer->arena, "%u failed", summary->fail);
	const char *which = severities(writer, summary);
	const char *others = arena_print(writer->arena,
	    "%u unknown, %u passed, %u waived, %u not applicable",
	    summary->unknown, summary->pass, summary->waived,
	    summary->notapplicable);
	size_t whole = strlen(failed) + strlen(which) + 2 + strlen(others);

	paint(writer, summary->fail > 0 ? "1;31" : "32", 0, failed);
	fprintf(writer->stream, "%s,%s%s\n", which,
	    whole > writer->width ? "\n" : " ", others);
	if (report->child_time > 0)
		fprintf(writer->stream, "programs that were asked: %.3f s\n",
		    (double)report->child_time / 1e6);
}

static void
write_title(const struct writer *writer, const struct report *report)
{
	paint(writer, "1", 0, report_clean(report->host, writer->arena));
	fprintf(writer->stream, "  %s  mtaguard %s\n",
	    report_time(report->time, writer->arena), report->version);
	fprintf(writer->stream, "roles   ");
	write_words(writer, LABEL_WIDTH,
	    str_from(arena_print(writer->arena, "%s (%s)",
		report->roles != 0
		    ? role_names(report->roles, ", ", writer->arena)
		    : "none",
		report_clean_text(report->roles_from, writer->arena))));
	if (report->profile != NULL) {
		fprintf(writer->stream, "profile ");
		write_words(writer, LABEL_WIDTH,
		    str_from(arena_print(writer->arena, "%s: %s",
			report_clean_text(report->profile->name, writer->arena),
			report_clean(report->profile->title, writer->arena))));
	}
	fputc('\n', writer->stream);
}

static bool
write_text(const struct report *report, struct arena *arena, struct str *text,
    struct error *error)
{
	char *bytes = NULL;
	size_t length = 0;
	struct writer writer = {
		.stream = open_memstream(&bytes, &length),
		.arena = arena,
		.colour = report->colour,
		.width = report->width > NARROW ? report->width : NARROW,
		.detailed = report->detailed,
	};
	size_t count;

	if (writer.stream == NULL)
		return error_set(error, "no memory for the report");
	const struct report_section *sections =
	    report_sections(report, arena, &count);
	write_title(&writer, report);
	for (size_t i = 0; i < count; i++)
		write_section(&writer, &sections[i]);
	write_summary(&writer, report);
	bool good = fclose(writer.stream) == 0;
	if (good)
		*text = arena_copy(arena, (struct str){ bytes, length });
	free(bytes);
	return good || error_set(error, "no memory for the report");
}

const struct report_format report_text_format = {
	.name = "text",
	.media_type = "text/plain",
	.write = write_text,
};
