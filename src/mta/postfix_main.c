/*
 * postfix_main.c - main.cf as it is written: settings with their places.
 */
#include "mta/postfix_main.h"

#include <stdlib.h>
#include <string.h>

static bool
has_blank(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (strchr(" \t\r\v\f", text.data[i]) != NULL &&
		    text.data[i] != '\0')
			return true;
	return false;
}

bool
postfix_setting_split(struct str text, struct str *name, struct str *value,
    struct error *error)
{
	if (!str_cut(text, '=', name, value))
		return error_set(error, "missing '=' after the name");
	*name = str_trim(*name);
	*value = str_trim(*value);
	if (name->length == 0)
		return error_set(error, "missing name before '='");
	if (has_blank(*name))
		return error_set(error, "missing '=' after the name");
	return true;
}

static int
compare_names(struct str a, struct str b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = memcmp(a.data, b.data, shorter);

	if (order != 0 || a.length == b.length)
		return order;
	return a.length < b.length ? -1 : 1;
}

/* By name, and the last of one name first. */
static int
compare_settings(const void *a, const void *b)
{
	const struct postfix_setting *const *x = a;
	const struct postfix_setting *const *y = b;
	int order = compare_names((*x)->name, (*y)->name);

	if (order != 0)
		return order;
	return *x > *y ? -1 : *x < *y;
}

static int
compare_key(const void *key, const void *entry)
{
	const struct postfix_setting *const *setting = entry;

	return compare_names(*(const struct str *)key, (*setting)->name);
}

static void
sort(struct postfix_main *main, struct postfix_setting *settings,
    struct arena *arena)
{
	const struct postfix_setting **sorted =
	    arena_alloc(arena, (main->count + 1) * sizeof(*sorted));
	size_t kept = 0;

	for (size_t i = 0; i < main->count; i++)
		sorted[i] = &settings[i];
	qsort(sorted, main->count, sizeof(*sorted), compare_settings);
	for (size_t i = 0; i < main->count; i++) {
		if (kept > 0 &&
		    str_equal(sorted[kept - 1]->name, sorted[i]->name))
			settings[sorted[i] - settings].overridden = true;
		else
			sorted[kept++] = sorted[i];
	}
	main->sorted = sorted;
	main->sorted_count = kept;
}

static void
read_line(struct postfix_main *main, const struct logical_line *line,
    struct postfix_setting *setting, struct problems *problems)
{
	struct place place = { main->path, line->number };
	struct error error;

	if (!postfix_setting_split(line->text, &setting->name, &setting->value,
		&error)) {
		problems_error(problems, place, "%s: Postfix does not start",
		    error.text);
		main->fatal = true;
		return;
	}
	setting->line = *line;
	setting->offset = (size_t)(setting->value.data - line->text.data);
	main->count++;
}

static void
warn_of_repeated(const struct postfix_main *main, struct problems *problems)
{
	for (size_t i = 0; i < main->count; i++) {
		const struct postfix_setting *setting = &main->settings[i];
		const struct postfix_setting *last;

		if (!setting->overridden)
			continue;
		last = postfix_main_find(main, setting->name);
		problems_warning(problems,
		    postfix_setting_place(main, setting, 0),
		    STR_FORMAT " is set again in line %u, which counts",
		    STR_ARGS(setting->name),
		    postfix_setting_place(main, last, 0).line);
	}
}

void
postfix_main_read(const char *path, struct str text, struct arena *arena,
    struct postfix_main *main, struct problems *problems)
{
	struct logical_lines lines = logical_lines_of(text);
	struct postfix_setting *settings =
	    arena_alloc(arena, logical_lines_count(text) * sizeof(*settings));
	struct logical_line line;
	enum logical_result result;

	*main = (struct postfix_main){ .path = path, .settings = settings };
	while ((result = logical_lines_next(&lines, arena, &line)) !=
	    LOGICAL_END) {
		if (result == LOGICAL_INDENTED)
			problems_warning(problems,
			    (struct place){ path, line.number },
			    "ignored: the first line of a setting must not "
			    "start with white space");
		else
			read_line(main, &line, &settings[main->count],
			    problems);
	}
	sort(main, settings, arena);
	warn_of_repeated(main, problems);
}

const struct postfix_setting *
postfix_main_find(const struct postfix_main *main, struct str name)
{
	const struct postfix_setting **found = bsearch(&name, main->sorted,
	    main->sorted_count, sizeof(*main->sorted), compare_key);

	return found != NULL ? *found : NULL;
}

struct place
postfix_setting_place(const struct postfix_main *main,
    const struct postfix_setting *setting, size_t offset)
{
	return (struct place){ main->path,
		logical_line_number(&setting->line, setting->offset + offset) };
}
