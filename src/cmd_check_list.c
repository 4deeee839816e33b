/*
 * cmd_check_list.c - "mtaguard check --list": every check that would be run.
 */
#include "cmd_check.h"

#include "check/groups.h"
#include "check/role.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *
mtas_of(const struct check *check)
{
	json_t *list = json_array();

	for (unsigned kind = 0; kind < MTA_KINDS; kind++)
		if ((check->kinds & 1u << kind) != 0)
			json_array_append_new(list,
			    json_string(mta_kind_name((enum mta_kind)kind)));
	return list;
}

static json_t *
roles_of(const struct check *check)
{
	json_t *list = json_array();
	const char *name;

	for (unsigned i = 0; (name = role_name(i)) != NULL; i++)
		if ((check->roles & 1u << i) != 0)
			json_array_append_new(list, json_string(name));
	return list;
}

static json_t *
references_of(const struct check *check)
{
	const struct check_reference *reference = check->references;
	json_t *list = json_array();

	for (; reference != NULL && reference->system != NULL; reference++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "system", reference->system, "id",
			reference->id));
	return list;
}

static json_t *
check_of(const struct check_selected *selected)
{
	const struct check *check = selected->check;

	return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:o}", "id",
	    check->id, "title", check->title, "severity",
	    check_severity_name(selected->severity), "rationale",
	    check->rationale, "remedy", check->remedy, "mtas", mtas_of(check),
	    "roles", roles_of(check), "references", references_of(check));
}

static bool
print_json(const struct profile *profile)
{
	json_t *list = json_array();

	for (size_t i = 0; i < profile->count; i++)
		json_array_append_new(list, check_of(&profile->selected[i]));
	char *text = json_dumps(list, JSON_INDENT(2));
	json_decref(list);
	if (text == NULL)
		return false;
	puts(text);
	free(text);
	return true;
}

static void
print_text(const struct profile *profile)
{
	int width = 0;

	for (size_t i = 0; i < profile->count; i++) {
		int length =
		    (int)str_from(profile->selected[i].check->id).length;
		width = length > width ? length : width;
	}
	for (size_t i = 0; i < profile->count; i++)
		printf("%-*s  %-8s  %s\n", width,
		    profile->selected[i].check->id,
		    check_severity_name(profile->selected[i].severity),
		    profile->selected[i].check->title);
}

enum command_exit
check_list_print(const struct check_options *options)
{
	struct profile profile;

	if (!check_profile_find(options, NULL, &profile))
		return COMMAND_CONFIG;
	if (options->format == &report_json_format)
		return print_json(&profile) ? COMMAND_DONE : COMMAND_INTERNAL;
	print_text(&profile);
	return COMMAND_DONE;
}
