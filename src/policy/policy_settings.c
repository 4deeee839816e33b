/*
 * policy_settings.c - the settings of a policy file, as rows of tables.
 */
#include "policy/policy_settings.h"

#include "base/buf.h"

#include <string.h>

enum {
	NAME_MAX_LENGTH = 32, /* of a name that is compared with others */
	FAR = 3,              /* edits; beyond, two names are not near */
};

const struct policy_setting_group *const policy_setting_groups[] = {
	&policy_file_settings,
	&policy_grant_settings,
	&policy_clients_settings,
	&policy_listen_settings,
	&policy_listener_settings,
	&policy_log_settings,
	&policy_expect_settings,
	&policy_waiver_settings,
};

const size_t policy_setting_group_count =
    sizeof(policy_setting_groups) / sizeof(policy_setting_groups[0]);

#define KIND(kind) (1u << POLICY_NODE_##kind)

/* How a type is written: the kinds of the value and of a list's elements. */
static const struct type {
	const char *wanted; /* NULL: depends on the setting */
	unsigned kinds;
	unsigned elements;
} types[] = {
	[POLICY_SETTING_FLAG] = {
		.wanted = "true or false",
		.kinds = KIND(FLAG),
	},
	[POLICY_SETTING_NUMBER] = {
		.kinds = KIND(NUMBER),
	},
	[POLICY_SETTING_STRING] = {
		.wanted = "a string in quotes",
		.kinds = KIND(STRING),
	},
	[POLICY_SETTING_WORD] = {
		.kinds = KIND(STRING),
	},
	[POLICY_SETTING_WORDS] = {
		.kinds = KIND(STRING) | KIND(LIST),
		.elements = KIND(STRING),
	},
	[POLICY_SETTING_VALUES] = {
		.wanted = "a string or a list of strings, as in "
			  "[ \"a\", \"b\" ]",
		.kinds = KIND(STRING) | KIND(LIST),
		.elements = KIND(STRING),
	},
	[POLICY_SETTING_PORTS] = {
		.wanted = "a port or a list of them, as in [ 465, 587 ]",
		.kinds = KIND(NUMBER) | KIND(LIST),
		.elements = KIND(NUMBER),
	},
	[POLICY_SETTING_GROUP] = {
		.wanted = "a group in { }",
		.kinds = KIND(GROUP),
	},
	[POLICY_SETTING_GROUPS] = {
		.wanted = "a list of groups, as in ( { ... }, { ... } )",
		.kinds = KIND(LIST),
		.elements = KIND(GROUP),
	},
	[POLICY_SETTING_LOGIN] = {
		.wanted = "true or a list of login names",
		.kinds = KIND(FLAG) | KIND(STRING) | KIND(LIST),
		.elements = KIND(STRING),
	},
	[POLICY_SETTING_CLIENTS] = {
		.wanted = "\"granted\" or a list of groups, as in "
			  "( { ports = [ 587 ]; only = \"granted\"; } )",
		.kinds = KIND(STRING) | KIND(LIST),
		.elements = KIND(GROUP),
	},
	[POLICY_SETTING_LISTENERS] = {
		.wanted = "an address in quotes, a group { at = ...; } or a "
			  "list of both in ( )",
		.kinds = KIND(STRING) | KIND(GROUP) | KIND(LIST),
		.elements = KIND(STRING) | KIND(GROUP),
	},
	[POLICY_SETTING_LATER] = {
		.kinds = ~0u,
		.elements = ~0u,
	},
};

static const char *const kind_names[] = {
	[POLICY_NODE_GROUP] = "a group",
	[POLICY_NODE_LIST] = "a list",
	[POLICY_NODE_STRING] = "a string",
	[POLICY_NODE_NUMBER] = "a number",
	[POLICY_NODE_FLAG] = "true or false",
};

/* Says what a setting wants. */
static void
add_wanted(struct buf *buf, const struct policy_setting *setting)
{
	if (types[setting->type].wanted != NULL) {
		buf_print(buf, "%s", types[setting->type].wanted);
		return;
	}
	if (setting->type == POLICY_SETTING_NUMBER) {
		buf_print(buf, "a number from %ld to %ld", setting->minimum,
		    setting->maximum);
		return;
	}
	if (setting->type == POLICY_SETTING_WORDS)
		buf_print(buf, "a list of any of ");
	else if (setting->words != NULL && setting->words[1].text != NULL)
		buf_print(buf, "one of ");
	for (const struct policy_word *word = setting->words;
	     word != NULL && word->text != NULL; word++)
		buf_print(buf, "%s\"%s\"", word > setting->words ? ", " : "",
		    word->text);
}

/* The node of the wrong kind, or NULL. */
static const struct policy_node *
find_wrong_kind(const struct type *type, const struct policy_node *node)
{
	if ((type->kinds & 1u << node->kind) == 0)
		return node;
	if (node->kind != POLICY_NODE_LIST)
		return NULL;
	for (size_t i = 0; i < node->count; i++)
		if ((type->elements & 1u << node->children[i].kind) == 0)
			return &node->children[i];
	return NULL;
}

static bool
tell_wanted(struct policy_reader *reader, const struct policy_setting *setting,
    struct place place, const char *found)
{
	char text[512];
	struct buf wanted = BUF(text);

	add_wanted(&wanted, setting);
	return problems_error(reader->problems, place,
	    "\"%s\" must be " STR_FORMAT ", not %s", setting->name,
	    STR_ARGS(buf_str(&wanted)), found);
}

bool
policy_settings_check(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node)
{
	const struct policy_node *wrong =
	    find_wrong_kind(&types[setting->type], node);
	char found[64];

	if (wrong != NULL && wrong == node)
		return tell_wanted(reader, setting, wrong->place,
		    kind_names[wrong->kind]);
	if (wrong != NULL) {
		snprintf(found, sizeof(found), "%s in the list",
		    kind_names[wrong->kind]);
		return tell_wanted(reader, setting, wrong->place, found);
	}
	if (setting->type == POLICY_SETTING_NUMBER &&
	    (node->number < setting->minimum ||
		node->number > setting->maximum)) {
		snprintf(found, sizeof(found), "%ld", node->number);
		return tell_wanted(reader, setting, node->place, found);
	}
	return true;
}

bool
policy_settings_word(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    unsigned *value)
{
	char found[128];

	for (const struct policy_word *word = setting->words;
	     word->text != NULL; word++)
		if (str_equal(node->text, str_from(word->text))) {
			*value = word->value;
			return true;
		}
	snprintf(found, sizeof(found), "\"%s\"", node->text.data);
	return tell_wanted(reader, setting, node->place, found);
}

const struct policy_node *
policy_settings_find(const struct policy_node *group, const char *name)
{
	if (group == NULL)
		return NULL;
	for (size_t i = 0; i < group->count; i++)
		if (strcmp(group->children[i].name, name) == 0)
			return &group->children[i];
	return NULL;
}

static const struct policy_setting *
find_setting(const struct policy_setting_group *group, const char *name)
{
	for (size_t i = 0; i < group->count; i++)
		if (strcmp(group->settings[i].name, name) == 0)
			return &group->settings[i];
	return NULL;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

static bool
same_letter(char a, char b)
{
	return str_equal_nocase((struct str){ &a, 1 }, (struct str){ &b, 1 });
}

/* How many letters must be changed, left out, added or swapped. */
static unsigned
edit_distance(struct str a, struct str b)
{
	unsigned rows[3][NAME_MAX_LENGTH + 1] = { 0 };

	for (unsigned j = 0; j <= b.length; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.length; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i - 1) % 3];
		const unsigned *before = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= b.length; j++) {
			bool same = same_letter(a.data[i - 1], b.data[j - 1]);

			row[j] = least(above[j] + 1, row[j - 1] + 1,
			    above[j - 1] + !same);
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
			    a.data[i - 2] == b.data[j - 1])
				row[j] =
				    least(row[j], before[j - 2] + 1, row[j]);
		}
	}
	return rows[a.length % 3][b.length];
}

void
policy_nearest_offer(struct policy_nearest *nearest, struct str wrong,
    const char *name)
{
	struct str right = str_from(name);

	if (wrong.length > NAME_MAX_LENGTH || right.length > NAME_MAX_LENGTH)
		return;
	unsigned distance = edit_distance(wrong, right);
	/* Of a short name, two letters of three are not near. */
	if (distance > FAR || 2 * distance > right.length)
		return;
	if (nearest->name == NULL || distance < nearest->distance) {
		nearest->name = name;
		nearest->distance = distance;
	}
}

/* Says in which other groups a setting may stand; false: in none. */
static bool
tell_other_group(struct policy_reader *reader,
    const struct policy_setting_group *group, const struct policy_node *node)
{
	char text[128];
	struct buf others = BUF(text);

	for (size_t i = 0; i < policy_setting_group_count; i++) {
		const struct policy_setting_group *other =
		    policy_setting_groups[i];

		if (other != group && find_setting(other, node->name) != NULL)
			buf_print(&others, "%s%s",
			    others.length > 0 ? " and " : "", other->name);
	}
	if (others.length == 0)
		return false;
	problems_error(reader->problems, node->place,
	    "\"%s\" does not stand in %s, but in " STR_FORMAT, node->name,
	    group->name, STR_ARGS(buf_str(&others)));
	return true;
}

static void
tell_unknown(struct policy_reader *reader,
    const struct policy_setting_group *group, const struct policy_node *node)
{
	struct policy_nearest nearest = { 0 };

	if (tell_other_group(reader, group, node))
		return;
	for (size_t i = 0; i < group->count; i++)
		policy_nearest_offer(&nearest, str_from(node->name),
		    group->settings[i].name);
	if (nearest.name != NULL)
		problems_error(reader->problems, node->place,
		    "unknown setting \"%s\" in %s: is \"%s\" meant?",
		    node->name, group->name, nearest.name);
	else
		problems_error(reader->problems, node->place,
		    "unknown setting \"%s\" in %s", node->name, group->name);
}

static void
read_setting(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	if (setting->type == POLICY_SETTING_LATER)
		problems_error(reader->problems, node->place,
		    "\"%s\" comes with a later version", setting->name);
	else if (policy_settings_check(reader, setting, node))
		setting->read(reader, setting, node, object);
}

/* The defaults of a group stand at the index of its table. */
static const struct policy_node *
find_defaults(const struct policy_reader *reader,
    const struct policy_setting_group *group)
{
	for (size_t i = 0; i < policy_setting_group_count; i++)
		if (policy_setting_groups[i] == group)
			return &reader->defaults->children[i];
	return NULL;
}

void
policy_settings_read(struct policy_reader *reader,
    const struct policy_setting_group *group, const struct policy_node *node,
    void *object)
{
	const struct policy_node *defaults = find_defaults(reader, group);

	for (size_t i = 0; node != NULL && i < node->count; i++)
		if (find_setting(group, node->children[i].name) == NULL)
			tell_unknown(reader, group, &node->children[i]);

	for (size_t i = 0; i < group->count; i++) {
		const struct policy_setting *setting = &group->settings[i];
		const struct policy_node *value =
		    policy_settings_find(node, setting->name);

		if (value == NULL && setting->required)
			problems_error(reader->problems, node->place,
			    "\"%s\" is missing in %s", setting->name,
			    group->name);
		if (value == NULL)
			value = policy_settings_find(defaults, setting->name);
		if (value != NULL)
			read_setting(reader, setting, value, object);
	}
}

bool
policy_settings_init(struct policy_reader *reader)
{
	char text[4096];
	struct buf buf = BUF(text);

	for (size_t i = 0; i < policy_setting_group_count; i++) {
		const struct policy_setting_group *group =
		    policy_setting_groups[i];

		buf_print(&buf, "group%zu={", i);
		for (size_t j = 0; j < group->count; j++)
			if (group->settings[j].preset != NULL)
				buf_print(&buf, "%s=%s;",
				    group->settings[j].name,
				    group->settings[j].preset);
		buf_add(&buf, STR("}"));
	}
	struct policy_scan_options options = {
		.text = buf_str(&buf),
		.files = reader->options->files,
		.arena = reader->load,
		.places = reader->load,
		.problems = reader->problems,
	};
	reader->defaults = policy_file_read(&options);
	return reader->defaults != NULL;
}
