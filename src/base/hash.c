/*
 * hash.c - the seeded hash of a key.
 */
#define XXH_INLINE_ALL
#include "base/hash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

static uint64_t seed;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

/* Without randomness every table could be attacked: better not to start. */
static void
seed_draw(void)
{
	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
		perror("mtaguard: getrandom");
		abort();
	}
}

uint64_t
hash_seed(void)
{
	pthread_once(&seed_once, seed_draw);
	return seed;
}

uint64_t
hash_str(struct str key, uint64_t with)
{
	return XXH3_64bits_withSeed(key.data, key.length, with);
}
