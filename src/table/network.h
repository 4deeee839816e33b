/*
 * network.h - a network as a person writes it in a list.
 *
 * Only one way of writing is taken; for every other that people use, the
 * error shows what would be right.
 */
#ifndef TABLE_NETWORK_H
#define TABLE_NETWORK_H

#include "base/error.h"
#include "base/netblock.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Reads an address or a block: 192.0.2.1, 192.0.2.0/24, 2001:db8::/32. Not
 * taken: bits after the prefix, short or octal IPv4, IPv4 inside IPv6,
 * brackets.
 */
bool network_parse(struct str text, struct netblock *block,
    struct error *error);

#endif
