/*
 * name_value.h - a domain or a mail address as a person writes it in a list.
 */
#ifndef TABLE_NAME_VALUE_H
#define TABLE_NAME_VALUE_H

#include "base/error.h"
#include "base/str.h"
#include "table/names.h"

#include <stdbool.h>
#include <stddef.h>

struct name_space {
	char bytes[NAMES_LONGEST];
};

/* Bytes that the name of a value may take at most. */
size_t name_value_space(struct str text);

/*
 * Makes of example.org, .example.org, [192.0.2.1], user@example.org or user@
 * the name that names.h holds. It borrows from space.
 */
bool name_value_parse(struct str text, struct name_space *space,
    struct str *name, struct error *error);

#endif
