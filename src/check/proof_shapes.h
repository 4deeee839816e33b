/*
 * proof_shapes.h - what the things that a stranger chooses look like, as
 * patterns: likely ones first, the last of each holds all that matter.
 */
#ifndef CHECK_PROOF_SHAPES_H
#define CHECK_PROOF_SHAPES_H

#include "check/proof_space.h"

enum {
	PROOF_SHAPES = 6,
};

extern const char *const proof_shapes[PROOF_ATTRIBUTES][PROOF_SHAPES];

#endif
