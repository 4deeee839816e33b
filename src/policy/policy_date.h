/*
 * policy_date.h - the last day on which something holds.
 */
#ifndef POLICY_POLICY_DATE_H
#define POLICY_POLICY_DATE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads a day of the Gregorian calendar, written YYYY-MM-DD, into the first
 * second after it, in seconds since 1970, UTC.
 */
bool policy_date_parse(struct str text, int64_t *end);

#endif
