/*
 * policy_values.c - the values of a setting, as the lists that are looked up.
 */
#include "policy/policy_values.h"

#include <string.h>

enum {
	PORT_MAX = 65535,
};

/* Words that stand beside the names of networks, and so cannot be names. */
static const char *const reserved[] = { "gateways", "mta", "granted" };

struct policy_strings
policy_strings_of(struct policy_reader *reader, const struct policy_node *node)
{
	bool list = node->kind == POLICY_NODE_LIST;
	const struct policy_node *nodes = list ? node->children : node;
	struct policy_strings strings = { .count = list ? node->count : 1 };

	strings.values =
	    arena_alloc(reader->load, strings.count * sizeof(*strings.values));
	for (size_t i = 0; i < strings.count; i++)
		strings.values[i] = (struct table_value){
			.text = nodes[i].text,
			.place = nodes[i].place,
		};
	return strings;
}

bool
policy_strings_take(struct policy_strings *strings, struct str word)
{
	size_t kept = 0;

	for (size_t i = 0; i < strings->count; i++)
		if (!str_equal(strings->values[i].text, word))
			strings->values[kept++] = strings->values[i];
	bool taken = kept < strings->count;
	strings->count = kept;
	return taken;
}

bool
policy_values_make(struct policy_reader *reader, const struct policy_node *node,
    const struct policy_strings *strings, enum table_subject subject,
    struct table_list *list)
{
	bool good = true;

	for (size_t i = 0; i < strings->count; i++) {
		const struct table_value *value = &strings->values[i];

		if (value->text.length == 0)
			good = problems_error(reader->problems, value->place,
			    "an empty value: leave it out");
	}
	if (!good)
		return false;
	good = table_list_make(strings->values, strings->count, subject,
	    &reader->tables, reader->arena, list, reader->problems);
	list->place = node->place;
	return good;
}

bool
policy_values_some(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node)
{
	if (node->kind != POLICY_NODE_LIST || node->count > 0)
		return true;
	return problems_error(reader->problems, node->place,
	    "\"%s\" is an empty list, which nobody is in: leave the setting "
	    "out, or name a value",
	    setting->name);
}

static bool
check_network(struct policy_reader *reader, const struct policy_node *node)
{
	const struct policy_setting values = {
		.name = node->name,
		.type = POLICY_SETTING_VALUES,
	};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(node->name, reserved[i]) == 0)
			return problems_error(reader->problems, node->place,
			    "no network can be named \"%s\": that word has a "
			    "meaning of its own",
			    node->name);
	if (!policy_settings_check(reader, &values, node))
		return false;
	if (node->kind == POLICY_NODE_LIST && node->count == 0)
		return problems_error(reader->problems, node->place,
		    "the network \"%s\" is empty: name an address, or leave "
		    "it out",
		    node->name);
	return true;
}

void
policy_networks_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy_network *networks =
	    arena_alloc(reader->load, node->count * sizeof(*networks));

	(void)setting;
	(void)object;
	for (size_t i = 0; i < node->count; i++) {
		const struct policy_node *child = &node->children[i];
		struct policy_network *network = &networks[i];

		network->name = child->name;
		network->place = child->place;
		if (!check_network(reader, child))
			continue;
		struct policy_strings strings =
		    policy_strings_of(reader, child);
		policy_values_make(reader, child, &strings, TABLE_NETWORKS,
		    &network->list);
	}
	reader->networks = networks;
	reader->network_count = node->count;
}

/* Whether a value is written as a name, and not as a network or a source. */
static bool
is_name(struct str text)
{
	if (text.length == 0 || (text.data[0] >= '0' && text.data[0] <= '9'))
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (strchr(".:/", text.data[i]) != NULL)
			return false;
	return true;
}

static const struct policy_network *
find_network(const struct policy_reader *reader, struct str name)
{
	for (size_t i = 0; i < reader->network_count; i++)
		if (str_equal(str_from(reader->networks[i].name), name))
			return &reader->networks[i];
	return NULL;
}

static void
tell_no_network(struct policy_reader *reader,
    const struct policy_setting *setting, const struct table_value *value)
{
	struct policy_nearest nearest = { 0 };

	if (str_equal(value->text, STR("gateways"))) {
		problems_error(reader->problems, value->place,
		    "\"gateways\" is a word of never_trust, not of %s",
		    setting->name);
		return;
	}
	if (str_equal(str_from(setting->name), STR("never_trust")))
		policy_nearest_offer(&nearest, value->text, "gateways");
	for (size_t i = 0; i < reader->network_count; i++)
		policy_nearest_offer(&nearest, value->text,
		    reader->networks[i].name);
	if (nearest.name != NULL)
		problems_error(reader->problems, value->place,
		    "no network is named \"" STR_FORMAT "\": is \"%s\" meant?",
		    STR_ARGS(value->text), nearest.name);
	else
		problems_error(reader->problems, value->place,
		    "no network is named \"" STR_FORMAT "\": name it in "
		    "networks",
		    STR_ARGS(value->text));
}

void
policy_values_append(struct policy_reader *reader, struct table_list *list,
    const struct table_list *more)
{
	const struct table **tables = arena_alloc(reader->arena,
	    (list->count + more->count) * sizeof(*tables));

	for (size_t i = 0; i < list->count; i++)
		tables[i] = list->tables[i];
	for (size_t i = 0; i < more->count; i++)
		tables[list->count + i] = more->tables[i];
	list->tables = tables;
	list->count += more->count;
}

bool
policy_networks_make(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    const struct policy_strings *strings, struct table_list *list)
{
	struct policy_strings literals = {
		.values = arena_alloc(reader->load,
		    strings->count * sizeof(*literals.values)),
	};
	struct table_list rest = { .subject = TABLE_NETWORKS };
	bool good = true;

	*list = rest;
	for (size_t i = 0; i < strings->count; i++) {
		const struct table_value *value = &strings->values[i];
		const struct policy_network *network =
		    find_network(reader, value->text);

		if (network != NULL) {
			policy_values_append(reader, list, &network->list);
		} else if (is_name(value->text)) {
			tell_no_network(reader, setting, value);
			good = false;
		} else {
			literals.values[literals.count++] = *value;
		}
	}
	list->place = node->place;
	if (literals.count == 0)
		return good;
	if (!policy_values_make(reader, node, &literals, TABLE_NETWORKS, &rest))
		return false;
	policy_values_append(reader, list, &rest);
	return good;
}

void
policy_ports_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    struct policy_ports *ports)
{
	bool list = node->kind == POLICY_NODE_LIST;
	const struct policy_node *nodes = list ? node->children : node;
	size_t count = list ? node->count : 1;
	unsigned *numbers =
	    arena_alloc(reader->arena, count * sizeof(*numbers));

	if (!policy_values_some(reader, setting, node))
		return;
	for (size_t i = 0; i < count; i++) {
		if (nodes[i].number < 1 || nodes[i].number > PORT_MAX)
			problems_error(reader->problems, nodes[i].place,
			    "%ld is no port: ports go from 1 to %d",
			    nodes[i].number, PORT_MAX);
		numbers[i] = (unsigned)nodes[i].number;
	}
	ports->ports = numbers;
	ports->count = count;
}
