/*
 * hash.h - the seeded hash of a key.
 *
 * Keys come from the network. The seed is drawn once a process, so that
 * nobody outside can choose keys that collide.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

#include <stdint.h>

/* The same seed for the life of the process. */
uint64_t hash_seed(void);

uint64_t hash_str(struct str key, uint64_t seed);

#endif
