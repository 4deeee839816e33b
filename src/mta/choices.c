/*
 * choices.c - what nobody knows, tried one way after the other.
 */
#include "mta/choices.h"

unsigned
choices_take(struct choices *choices, const struct choice *choice)
{
	for (size_t i = 0; choice->what != NULL && i < choices->count; i++)
		if (choices->asked[i].what == choice->what &&
		    str_equal(choices->asked[i].key, choice->key))
			return choices->taken[i];
	if (choices->count == CHOICES_MAX) {
		choices->incomplete = true;
		return 0;
	}

	size_t at = choices->count++;
	if (at >= choices->scripted)
		choices->taken[at] = 0;
	choices->asked[at] = *choice;
	return choices->taken[at];
}

bool
choices_next(struct choices *choices)
{
	size_t at = choices->count;

	while (at > 0 &&
	    choices->taken[at - 1] + 1 >= choices->asked[at - 1].options)
		at--;
	if (at == 0)
		return false;
	if (++choices->runs == CHOICES_RUNS) {
		choices->incomplete = true;
		return false;
	}
	choices->taken[at - 1]++;
	choices->scripted = at;
	choices->count = 0;
	return true;
}
