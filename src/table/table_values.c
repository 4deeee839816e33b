/*
 * table_values.c - the values that stand in the policy file itself.
 */
#include "table/set.h"
#include "table/table.h"

static void *
values_build(struct table_build *build, struct str text)
{
	struct set_size size = { .subject = build->subject };
	struct error error;
	bool whole = true;

	(void)text;
	for (size_t i = 0; i < build->value_count; i++)
		set_count(&size, build->values[i].text);
	struct set *set =
	    set_new(&size, true, build->arena, build->load, &error);
	if (set == NULL) {
		problems_error(build->problems, build->values[0].place, "%s",
		    error.text);
		return NULL;
	}
	for (size_t i = 0; i < build->value_count; i++) {
		const struct table_value *value = &build->values[i];

		if (!set_add(set, value->text, &error))
			whole = problems_error(build->problems, value->place,
			    "%s", error.text);
	}
	if (!set_finish(set, &error))
		whole = problems_error(build->problems, build->values[0].place,
		    "%s", error.text);
	return whole ? set : NULL;
}

static enum lookup
values_find(const void *built, struct table_scratch *scratch, struct str *found)
{
	return set_find(built, scratch, found);
}

const struct table_kind table_values = {
	.prefix = "",
	.build = values_build,
	.find = values_find,
};
