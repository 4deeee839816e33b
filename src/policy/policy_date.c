/*
 * policy_date.c - the last day on which something holds.
 */
#include "policy/policy_date.h"

enum {
	SECONDS_PER_DAY = 24 * 60 * 60,
};

static bool
is_leap(unsigned long year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to the first of a month. */
static int64_t
days_before(unsigned long year, unsigned long month)
{
	static const unsigned before[] = { 0, 31, 59, 90, 120, 151, 181, 212,
		243, 273, 304, 334 };
	int64_t years = (int64_t)year - 1;
	int64_t days = 365 * (years - 1969) + (years / 4 - 1969 / 4) -
	    (years / 100 - 1969 / 100) + (years / 400 - 1969 / 400);

	return days + before[month - 1] + (month > 2 && is_leap(year));
}

static unsigned
days_of(unsigned long year, unsigned long month)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

bool
policy_date_parse(struct str text, int64_t *end)
{
	unsigned long year, month, day;

	if (text.length != 10 || text.data[4] != '-' || text.data[7] != '-')
		return false;
	if (!str_number(str_slice(text, 0, 4), 9999, &year) || year < 1970 ||
	    !str_number(str_slice(text, 5, 7), 12, &month) || month < 1 ||
	    !str_number(str_slice(text, 8, 10), days_of(year, month), &day) ||
	    day < 1)
		return false;
	*end = (days_before(year, month) + (int64_t)day) * SECONDS_PER_DAY;
	return true;
}
