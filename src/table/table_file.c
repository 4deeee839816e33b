/*
 * table_file.c - file: one value a line.
 *
 * Empty lines and those that start with # are left out. A line has nothing
 * but its value: in a map of the MTA the second column may say REJECT.
 */
#include "base/lines.h"
#include "table/set.h"
#include "table/table.h"

#include <string.h>

/* The next line with a value. */
static bool
value_next(struct lines *lines, struct str *value)
{
	struct str line;

	while (lines_next(lines, &line)) {
		*value = str_trim(line);
		if (value->length > 0 && value->data[0] != '#')
			return true;
	}
	return false;
}

/* A pattern may have white space in it, before its last slash. */
static bool
has_second_column(struct str value)
{
	struct str pattern, rest = value;

	if (set_is_pattern(value))
		str_cut_last(value, '/', &pattern, &rest);
	for (size_t i = 0; i < rest.length; i++)
		if (rest.data[i] == ' ' || rest.data[i] == '\t')
			return true;
	return false;
}

static bool
line_add(struct set *set, struct str value, struct error *error)
{
	if (has_second_column(value))
		return error_set(error,
		    "a second column in \"" STR_FORMAT "\": is this an access "
		    "table? Then name it with cidr: or pcre:, else leave the "
		    "second column out",
		    STR_ARGS(value));
	return set_add(set, value, error);
}

static void *
file_build(struct table_build *build, struct str text)
{
	struct set_size size = { .subject = build->subject };
	struct lines lines = lines_of(text);
	struct str value;
	struct error error;

	while (value_next(&lines, &value))
		set_count(&size, value);
	struct set *set =
	    set_new(&size, false, build->arena, build->load, &error);
	if (set == NULL) {
		table_build_mistake(build, 0, "%s", error.text);
		return NULL;
	}
	lines = lines_of(text);
	while (value_next(&lines, &value))
		if (!line_add(set, value, &error) &&
		    !table_build_mistake(build, lines.number, "%s", error.text))
			return NULL;
	if (!set_finish(set, &error))
		table_build_mistake(build, 0, "%s", error.text);
	return set;
}

static enum lookup
file_find(const void *built, struct table_scratch *scratch, struct str *found)
{
	enum lookup result = set_find(built, scratch, found);

	/* A file is named as a whole: its texts are not kept. */
	*found = STR("");
	return result;
}

const struct table_kind table_file = {
	.prefix = "file:",
	.build = file_build,
	.find = file_find,
};
