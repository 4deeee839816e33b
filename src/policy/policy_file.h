/*
 * policy_file.h - the tree of a policy file: its groups, lists and values,
 * each with its place.
 */
#ifndef POLICY_POLICY_FILE_H
#define POLICY_POLICY_FILE_H

#include "policy/policy_scan.h"

#include <stdbool.h>
#include <stddef.h>

enum policy_node_kind {
	POLICY_NODE_GROUP, /* { } */
	POLICY_NODE_LIST,  /* ( ) or [ ] */
	POLICY_NODE_STRING,
	POLICY_NODE_NUMBER,
	POLICY_NODE_FLAG, /* true, false */
};

struct policy_node {
	enum policy_node_kind kind;
	const char *name; /* of a setting; NULL: an element of a list */
	struct place place;
	struct str text; /* of a string; followed by a NUL */
	long number;
	bool flag;
	const struct policy_node *children; /* of groups and lists */
	size_t count;
};

/*
 * Reads the file and its includes. The tree lies in the arena of the options,
 * the names of its places in their arena for places. NULL: problems tell why.
 */
const struct policy_node *policy_file_read(
    const struct policy_scan_options *options);

#endif
