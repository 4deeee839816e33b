/*
 * policy_values.h - the values of a setting, as the lists that are looked up.
 */
#ifndef POLICY_POLICY_VALUES_H
#define POLICY_POLICY_VALUES_H

#include "policy/policy_settings.h"

/* An entry of networks. */
struct policy_network {
	const char *name;
	struct place place;
	struct table_list list;
};

/*
 * The strings of a setting, which is a string or a list of them, with their
 * places; they live as long as the load.
 */
struct policy_strings {
	struct table_value *values;
	size_t count;
};

struct policy_strings policy_strings_of(struct policy_reader *reader,
    const struct policy_node *node);

/* Takes a word out of the strings; whether it was there. */
bool policy_strings_take(struct policy_strings *strings, struct str word);

/* Makes a list of values of a subject; false: told. */
bool policy_values_make(struct policy_reader *reader,
    const struct policy_node *node, const struct policy_strings *strings,
    enum table_subject subject, struct table_list *list);

/* Adds the tables of one list to those of another. */
void policy_values_append(struct policy_reader *reader, struct table_list *list,
    const struct table_list *more);

/* Tells an empty list of a setting that must not be empty; false: it is. */
bool policy_values_some(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node);

/* Reads the group of all networks into the reader, before all that name one. */
void policy_networks_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object);

/*
 * Makes one list of strings that are names of networks, or networks
 * themselves; false: told.
 */
bool policy_networks_make(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    const struct policy_strings *strings, struct table_list *list);

/* Reads a port or a list of ports. */
void policy_ports_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    struct policy_ports *ports);

#endif
