/*
 * exim_values.h - the values between which an Exim configuration tells a
 * difference: senders, local parts and domains that its lists name, and the
 * networks.
 */
#ifndef CHECK_EXIM_VALUES_H
#define CHECK_EXIM_VALUES_H

#include "base/arena.h"
#include "check/proof_address.h"
#include "mta/exim.h"

#include <stddef.h>

enum {
	EXIM_NAMES_MAX = 100,
};

struct exim_names {
	const char *values[EXIM_NAMES_MAX];
	size_t count; /* the others are left out */
};

struct exim_values {
	struct exim_names senders;     /* the first is of nobody */
	struct exim_names local_parts; /* "somebody" is the first */
	struct exim_names domains;     /* of the rest of the world */
	struct proof_blocks blocks;    /* of lists of hosts, and their files */
};

void exim_values_collect(const struct exim *exim, struct arena *arena,
    struct exim_values *values);

#endif
