/*
 * clock.h - what time it is; asked by programs and floor serve/ only.
 *
 * The floors below take the time as a value, so that tests can say it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Seconds since 1970, UTC. */
int64_t clock_wall(void);

/* Nanoseconds that only go forward, from any start. */
int64_t clock_monotonic(void);

#endif
