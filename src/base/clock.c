/*
 * clock.c - what time it is; asked by programs and floor serve/ only.
 */
#include "base/clock.h"

#include <time.h>

int64_t
clock_wall(void)
{
	return (int64_t)time(NULL);
}

int64_t
clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
