/*
 * profile.c - a named list of checks with the parameters to run them by.
 */
#include "check/profile.h"

#include "base/files.h"
#include "check/groups.h"
#include "policy/policy_file.h"
#include "policy/policy_settings.h"

#include <string.h>

enum {
	PROFILE_SETTINGS = 4,
};

/* What is known while a profile is read. */
struct reading {
	struct arena *arena;
	struct problems *problems;
	struct profile *profile;
	const struct check **checks; /* all there are */
	struct check_selected *selected;
	bool *taken; /* by the index of checks */
	size_t count;
};

static void
take(struct reading *reading, size_t index, enum check_severity severity)
{
	reading->taken[index] = true;
	reading->selected[index].severity = severity;
}

static void
reading_init(struct reading *reading, struct arena *arena)
{
	reading->arena = arena;
	reading->checks = check_all(arena, &reading->count);
	reading->taken =
	    arena_alloc(arena, reading->count * sizeof(*reading->taken));
	reading->selected =
	    arena_alloc(arena, reading->count * sizeof(*reading->selected));
	for (size_t i = 0; i < reading->count; i++)
		reading->selected[i] = (struct check_selected){
			.check = reading->checks[i],
			.severity = reading->checks[i]->severity,
		};
}

/* The checks that were taken, in the order of telling. */
static void
reading_end(struct reading *reading, struct profile *profile)
{
	size_t kept = 0;

	for (size_t i = 0; i < reading->count; i++)
		if (reading->taken[i])
			reading->selected[kept++] = reading->selected[i];
	profile->selected = reading->selected;
	profile->count = kept;
}

void
profile_of_all(struct arena *arena, struct profile *profile)
{
	struct reading reading = { 0 };

	reading_init(&reading, arena);
	for (size_t i = 0; i < reading.count; i++)
		reading.taken[i] = true;
	*profile = (struct profile){ .name = "all", .title = STR("") };
	reading_end(&reading, profile);
}

/* Whether a node is of a kind; false: told. */
static bool
node_is(struct reading *reading, const struct policy_node *node,
    enum policy_node_kind kind, const char *wanted)
{
	if (node->kind == kind)
		return true;
	return problems_error(reading->problems, node->place,
	    "%s must be %s here", node->name != NULL ? node->name : "a value",
	    wanted);
}

static void
read_title(struct reading *reading, const struct policy_node *node)
{
	if (node_is(reading, node, POLICY_NODE_STRING, "a string"))
		reading->profile->title = node->text;
}

static bool
refers_to(const struct check *check, struct str system)
{
	const struct check_reference *reference = check->references;

	for (; reference != NULL && reference->system != NULL; reference++)
		if (str_equal(system, str_from(reference->system)))
			return true;
	return false;
}

static void
read_references(struct reading *reading, const struct policy_node *node)
{
	if (!node_is(reading, node, POLICY_NODE_LIST, "a list of strings"))
		return;
	for (size_t i = 0; i < node->count; i++) {
		const struct policy_node *system = &node->children[i];
		bool found = false;

		if (!node_is(reading, system, POLICY_NODE_STRING, "a string"))
			continue;
		for (size_t j = 0; j < reading->count; j++)
			if (refers_to(reading->checks[j], system->text)) {
				take(reading, j, reading->checks[j]->severity);
				found = true;
			}
		if (!found)
			problems_error(reading->problems, system->place,
			    "no check refers to \"" STR_FORMAT "\"",
			    STR_ARGS(system->text));
	}
}

/* The severity of an entry of checks, or the check's own. */
static enum check_severity
read_severity(struct reading *reading, const struct policy_node *entry,
    enum check_severity severity)
{
	const struct policy_node *node =
	    policy_settings_find(entry, "severity");

	if (node == NULL ||
	    !node_is(reading, node, POLICY_NODE_STRING, "a string"))
		return severity;
	if (!check_severity_parse(node->text, &severity))
		problems_error(reading->problems, node->place,
		    "\"" STR_FORMAT "\" is no severity: info, low, medium, "
		    "high or critical",
		    STR_ARGS(node->text));
	return severity;
}

static void
read_check(struct reading *reading, const struct policy_node *entry)
{
	bool group = entry->kind == POLICY_NODE_GROUP;
	const struct policy_node *id =
	    group ? policy_settings_find(entry, "id") : entry;

	if (id == NULL) {
		problems_error(reading->problems, entry->place,
		    "an entry without id");
		return;
	}
	for (size_t i = 0; group && i < entry->count; i++)
		if (strcmp(entry->children[i].name, "id") != 0 &&
		    strcmp(entry->children[i].name, "severity") != 0)
			problems_error(reading->problems,
			    entry->children[i].place,
			    "unknown setting \"%s\": id or severity",
			    entry->children[i].name);
	if (!node_is(reading, id, POLICY_NODE_STRING, "the id of a check"))
		return;
	for (size_t i = 0; i < reading->count; i++)
		if (str_equal(id->text, str_from(reading->checks[i]->id))) {
			take(reading, i,
			    read_severity(reading, group ? entry : NULL,
				reading->checks[i]->severity));
			return;
		}
	const char *near = check_nearest(id->text);
	problems_error(reading->problems, id->place,
	    "there is no check \"" STR_FORMAT "\"%s%s%s", STR_ARGS(id->text),
	    near != NULL ? ": is \"" : "", near != NULL ? near : "",
	    near != NULL ? "\" meant?" : "");
}

static void
read_checks(struct reading *reading, const struct policy_node *node)
{
	if (!node_is(reading, node, POLICY_NODE_LIST, "a list of ids"))
		return;
	for (size_t i = 0; i < node->count; i++)
		read_check(reading, &node->children[i]);
}

/* The names that SSG has for what is expected. */
static struct str
parameter_name(struct str expectation, struct arena *arena)
{
	static const struct {
		struct str expectation;
		struct str parameter;
	} names[] = {
		{ STR_INIT("root_alias"),
		    STR_INIT("var_postfix_root_mail_alias") },
		{ STR_INIT("action_mail_acct"),
		    STR_INIT("var_auditd_action_mail_acct") },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(expectation, names[i].expectation))
			return names[i].parameter;
	return str_from(arena_print(arena, "var_postfix_" STR_FORMAT,
	    STR_ARGS(expectation)));
}

/* Whether a check asks for it, and can use the value; false: told. */
static bool
parameter_is_known(struct reading *reading, const struct policy_node *value)
{
	const struct policy_setting_group *group = &policy_expect_settings;
	struct policy_nearest nearest = { 0 };
	struct str name = str_from(value->name);
	unsigned long number;

	for (size_t i = 0; i < group->count; i++) {
		struct str known =
		    parameter_name(str_from(group->settings[i].name),
			reading->arena);

		policy_nearest_offer(&nearest, name, known.data);
		if (!str_equal(name, known))
			continue;
		if (group->settings[i].type != POLICY_SETTING_NUMBER ||
		    str_number(value->text, group->settings[i].maximum,
			&number))
			return true;
		return problems_error(reading->problems, value->place,
		    "%s must be a number, not \"" STR_FORMAT "\"", value->name,
		    STR_ARGS(value->text));
	}
	return problems_error(reading->problems, value->place,
	    "no check asks for the parameter \"%s\"%s%s%s", value->name,
	    nearest.name != NULL ? ": is \"" : "",
	    nearest.name != NULL ? nearest.name : "",
	    nearest.name != NULL ? "\" meant?" : "");
}

static void
read_parameters(struct reading *reading, const struct policy_node *node)
{
	struct profile *profile = reading->profile;

	if (!node_is(reading, node, POLICY_NODE_GROUP, "a group in { }"))
		return;
	struct check_parameter *parameters =
	    arena_alloc(reading->arena, node->count * sizeof(*parameters));
	for (size_t i = 0; i < node->count; i++) {
		const struct policy_node *value = &node->children[i];

		if (!node_is(reading, value, POLICY_NODE_STRING, "a string") ||
		    !parameter_is_known(reading, value))
			continue;
		parameters[profile->parameter_count++] =
		    (struct check_parameter){
			    .name = str_from(value->name),
			    .value = value->text,
			    .place = value->place,
		    };
	}
	profile->parameters = parameters;
}

/* In the order of reading: what is named singly comes after whole systems. */
static const struct {
	const char *name;
	void (*read)(struct reading *reading, const struct policy_node *node);
} settings[PROFILE_SETTINGS] = {
	{ "title", read_title },
	{ "references", read_references },
	{ "checks", read_checks },
	{ "parameters", read_parameters },
};

static void
tell_unknown(struct reading *reading, const struct policy_node *file)
{
	for (size_t i = 0; i < file->count; i++) {
		struct policy_nearest nearest = { 0 };
		struct str name = str_from(file->children[i].name);
		bool known = false;

		for (size_t j = 0; j < PROFILE_SETTINGS; j++) {
			known |= str_equal(name, str_from(settings[j].name));
			policy_nearest_offer(&nearest, name, settings[j].name);
		}
		if (!known)
			problems_error(reading->problems,
			    file->children[i].place,
			    "unknown setting \"%s\" in a profile%s%s%s",
			    name.data, nearest.name != NULL ? ": is \"" : "",
			    nearest.name != NULL ? nearest.name : "",
			    nearest.name != NULL ? "\" meant?" : "");
	}
}

static void
read_file(struct reading *reading, const struct policy_node *file)
{
	tell_unknown(reading, file);
	if (policy_settings_find(file, "references") == NULL &&
	    policy_settings_find(file, "checks") == NULL)
		for (size_t i = 0; i < reading->count; i++)
			reading->taken[i] = true;
	for (size_t i = 0; i < PROFILE_SETTINGS; i++) {
		const struct policy_node *node =
		    policy_settings_find(file, settings[i].name);

		if (node != NULL)
			settings[i].read(reading, node);
	}
}

/* "cis" of ".../profiles/cis.conf". */
static const char *
name_of(struct str path, struct arena *arena)
{
	struct str folder, file;

	if (!str_cut_last(path, '/', &folder, &file))
		file = path;
	if (str_ends(file, STR(".conf")))
		file.length -= STR(".conf").length;
	return arena_copy(arena, file).data;
}

bool
profile_read(struct str name, const char *directory, struct arena *arena,
    struct profile *profile, struct problems *problems)
{
	bool is_file = str_has(name, '/');
	const char *path = is_file
	    ? arena_copy(arena, name).data
	    : arena_print(arena, "%s/" STR_FORMAT ".conf", directory,
		  STR_ARGS(name));
	struct policy_scan_options options = {
		.path = path,
		.files = files_new(arena, NULL),
		.arena = arena,
		.places = arena,
		.problems = problems,
	};
	unsigned errors = problems->errors;

	const struct policy_node *file = policy_file_read(&options);
	if (file == NULL)
		return false;
	*profile = (struct profile){
		.name = name_of(name, arena),
		.title = STR(""),
	};
	struct reading reading = { .problems = problems, .profile = profile };
	reading_init(&reading, arena);
	read_file(&reading, file);
	reading_end(&reading, profile);
	return problems->errors == errors;
}

const struct check_parameter *
profile_parameters(const struct profile *profile, const struct policy *policy,
    struct arena *arena, size_t *count)
{
	size_t expected = policy != NULL ? policy->expectation_count : 0;
	struct check_parameter *parameters = arena_alloc(arena,
	    (expected + profile->parameter_count) * sizeof(*parameters));

	for (size_t i = 0; i < expected; i++)
		parameters[i] = (struct check_parameter){
			.name =
			    parameter_name(policy->expectations[i].name, arena),
			.value = policy->expectations[i].value,
			.place = policy->expectations[i].place,
		};
	for (size_t i = 0; i < profile->parameter_count; i++)
		parameters[expected + i] = profile->parameters[i];
	*count = expected + profile->parameter_count;
	return parameters;
}

static bool
is_in(const char *id, const struct str *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(ids[i], str_from(id)))
			return true;
	return false;
}

static const struct check_selected *
find_selected(const struct profile *profile, const struct check *check)
{
	for (size_t i = 0; i < profile->count; i++)
		if (profile->selected[i].check == check)
			return &profile->selected[i];
	return NULL;
}

void
profile_keep(struct profile *profile, const struct str *only, size_t only_count,
    const struct str *skip, size_t skip_count, struct arena *arena)
{
	struct reading reading = { 0 };

	reading_init(&reading, arena);
	for (size_t i = 0; i < reading.count; i++) {
		const struct check *check = reading.checks[i];
		const struct check_selected *selected =
		    find_selected(profile, check);

		if (selected != NULL)
			reading.selected[i] = *selected;
		reading.taken[i] = only_count > 0
		    ? is_in(check->id, only, only_count)
		    : selected != NULL;
		if (is_in(check->id, skip, skip_count))
			reading.taken[i] = false;
	}
	reading_end(&reading, profile);
}
