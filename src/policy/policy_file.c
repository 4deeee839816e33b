/*
 * policy_file.c - the tree of a policy file: its groups, lists and values,
 * each with its place.
 *
 * The one file that knows libconfig.
 */
#include "policy/policy_file.h"

#include <libconfig.h>

/* The kind of a setting; false for what the scanner lets no file have. */
static bool
node_kind(const config_setting_t *setting, enum policy_node_kind *kind)
{
	static const struct {
		bool known;
		enum policy_node_kind kind;
	} kinds[] = {
		[CONFIG_TYPE_GROUP] = { true, POLICY_NODE_GROUP },
		[CONFIG_TYPE_INT] = { true, POLICY_NODE_NUMBER },
		[CONFIG_TYPE_STRING] = { true, POLICY_NODE_STRING },
		[CONFIG_TYPE_BOOL] = { true, POLICY_NODE_FLAG },
		[CONFIG_TYPE_ARRAY] = { true, POLICY_NODE_LIST },
		[CONFIG_TYPE_LIST] = { true, POLICY_NODE_LIST },
	};
	int type = config_setting_type(setting);

	if (type < 0 || (size_t)type >= sizeof(kinds) / sizeof(kinds[0]) ||
	    !kinds[type].known)
		return false;
	*kind = kinds[type].kind;
	return true;
}

static bool node_read(const config_setting_t *setting,
    const struct policy_scan_options *options, const struct policy_text *text,
    struct policy_node *node);

static bool
children_read(const config_setting_t *setting,
    const struct policy_scan_options *options, const struct policy_text *text,
    struct policy_node *node)
{
	node->count = (size_t)config_setting_length(setting);
	struct policy_node *children =
	    arena_alloc(options->arena, node->count * sizeof(*children));

	for (size_t i = 0; i < node->count; i++)
		if (!node_read(config_setting_get_elem(setting, (unsigned)i),
			options, text, &children[i]))
			return false;
	node->children = children;
	return true;
}

static bool
node_read(const config_setting_t *setting,
    const struct policy_scan_options *options, const struct policy_text *text,
    struct policy_node *node)
{
	const char *name = config_setting_name(setting);

	node->place =
	    policy_text_place(text, config_setting_source_line(setting));
	if (name != NULL)
		node->name = arena_print(options->arena, "%s", name);
	if (!node_kind(setting, &node->kind))
		return problems_error(options->problems, node->place,
		    "a number that no setting takes");

	switch (node->kind) {
	case POLICY_NODE_GROUP:
	case POLICY_NODE_LIST:
		return children_read(setting, options, text, node);
	case POLICY_NODE_STRING:
		node->text = arena_copy(options->arena,
		    str_from(config_setting_get_string(setting)));
		return true;
	case POLICY_NODE_NUMBER:
		node->number = config_setting_get_int(setting);
		return true;
	case POLICY_NODE_FLAG:
		node->flag = config_setting_get_bool(setting) != 0;
		return true;
	}
	return false;
}

/* Reads a scanned text into a tree in the arena of the options. */
static bool
tree_read(const struct policy_scan_options *options, struct policy_text *text,
    struct policy_node *node)
{
	const char *bytes = policy_text_end(text);
	config_t config;
	bool good;

	config_init(&config);
	if (config_read_string(&config, bytes) == CONFIG_TRUE)
		good = node_read(config_root_setting(&config), options, text,
		    node);
	else
		good = problems_error(options->problems,
		    policy_text_place(text,
			(unsigned)config_error_line(&config)),
		    "%s", config_error_text(&config));
	config_destroy(&config);
	return good;
}

const struct policy_node *
policy_file_read(const struct policy_scan_options *options)
{
	struct policy_scan_options scanning = *options;
	struct policy_node *node = arena_alloc(options->arena, sizeof(*node));
	struct policy_text text;

	scanning.arena = arena_new(0);
	bool good =
	    policy_scan(&scanning, &text) && tree_read(options, &text, node);
	arena_free(scanning.arena);
	return good ? node : NULL;
}
