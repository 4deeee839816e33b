/*
 * question.c - what a connection asks the counter store.
 */
#include "serve/question.h"

#include <string.h>

static bool
copy(struct question *question, struct str text, struct str *copied)
{
	char *place = question->bytes + question->used;

	if (text.length > sizeof(question->bytes) - question->used)
		return false;
	if (text.length > 0)
		memcpy(place, text.data, text.length);
	question->used += text.length;
	*copied = (struct str){ place, text.length };
	return true;
}

bool
question_fill(struct question *question, const struct decision *decision)
{
	question->used = 0;
	question->count = decision->charge_count;
	for (size_t i = 0; i < decision->charge_count; i++) {
		const struct charge *charge = &decision->charges[i];
		struct charge *own = &question->charges[i];

		own->amount = charge->amount;
		if (!copy(question, charge->limit, &own->limit) ||
		    !copy(question, charge->key, &own->key))
			return false;
	}
	return true;
}
