/*
 * report_tap.c - the report as a test: TAP version 13.
 */
#include "report/report.h"

#include <stdlib.h>

/* "#" would begin a directive. */
static void
write_title(FILE *stream, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', stream);
		fputc(*text, stream);
	}
}

static void
write_findings(FILE *stream, const struct check_result *result,
    struct arena *arena)
{
	for (const struct check_finding *finding = result->findings;
	     finding != NULL; finding = finding->next) {
		const char *place = report_place(finding->place, arena);

		if (finding->outcome < CHECK_UNKNOWN)
			continue;
		fprintf(stream, "# %s: %s%s%s\n",
		    check_outcome_name(finding->outcome),
		    place != NULL ? place : "", place != NULL ? ": " : "",
		    report_clean_text(finding->text, arena));
	}
	if (result->outcome >= CHECK_UNKNOWN)
		fprintf(stream, "# severity: %s\n",
		    check_severity_name(result->severity));
	const struct check_reference *reference = result->check->references;
	for (; reference != NULL && reference->system != NULL; reference++)
		fprintf(stream, "# see: %s\n",
		    report_reference(reference, arena));
}

/* The first reason why there was nothing to check, on one line. */
static const char *
reason_of(const struct check_result *result, struct arena *arena)
{
	return result->findings != NULL
	    ? report_clean_text(result->findings->text, arena)
	    : "";
}

static void
write_result(FILE *stream, size_t number, const struct report_section *section,
    const struct check_result *result, struct arena *arena)
{
	bool held = result->outcome < CHECK_WAIVED;

	fprintf(stream, "%s %zu - %s: ", held ? "ok" : "not ok", number,
	    result->check->id);
	write_title(stream, result->check->title);
	if (result->mta != NULL) {
		fprintf(stream, " (");
		write_title(stream, section->title);
		fprintf(stream, ")");
	}
	if (result->outcome == CHECK_NOTAPPLICABLE)
		fprintf(stream, " # SKIP %s", reason_of(result, arena));
	if (result->outcome == CHECK_WAIVED)
		fprintf(stream, " # TODO %s",
		    report_clean_text(result->waiver, arena));
	fputc('\n', stream);
	write_findings(stream, result, arena);
}

static bool
write_tap(const struct report *report, struct arena *arena, struct str *text,
    struct error *error)
{
	char *bytes = NULL;
	size_t length = 0;
	size_t count, number = 0;
	const struct report_section *sections =
	    report_sections(report, arena, &count);
	FILE *stream = open_memstream(&bytes, &length);

	if (stream == NULL)
		return error_set(error, "no memory for the report");
	fprintf(stream, "TAP version 13\n1..%zu\n", report->results.count);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sections[i].count; j++)
			write_result(stream, ++number, &sections[i],
			    sections[i].results[j], arena);
	bool good = fclose(stream) == 0;
	if (good)
		*text = arena_copy(arena, (struct str){ bytes, length });
	free(bytes);
	return good || error_set(error, "no memory for the report");
}

const struct report_format report_tap_format = {
	.name = "tap",
	.media_type = "text/plain",
	.write = write_tap,
};
