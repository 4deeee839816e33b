/*
 * random.h - numbers that look random and are the same in every run.
 */
#ifndef TESTS_LIB_RANDOM_H
#define TESTS_LIB_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state; /* any start */
};

/* The next number below a limit. */
static inline unsigned
random_below(struct random *random, unsigned limit)
{
	/* splitmix64 */
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (unsigned)((z ^ z >> 31) % limit);
}

#endif
