/*
 * policy_text.h - the text that libconfig reads, with the place from where
 * each of its lines comes.
 */
#ifndef POLICY_POLICY_TEXT_H
#define POLICY_POLICY_TEXT_H

#include "base/arena.h"
#include "base/place.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct policy_text {
	struct arena *arena; /* owns all */
	char *bytes;
	size_t length;
	size_t capacity;
	struct place *lines;
	size_t line_count;
	size_t line_capacity;
	bool after_string;
};

/*
 * Adds a word on a line that has its place. libconfig takes the place of a
 * string from the word after it, since it waits for one more string to join;
 * so that word goes to the line of the string.
 */
void policy_text_add(struct policy_text *text, struct str word,
    struct place place, bool is_string);

/* The whole with a NUL after it; nothing is added afterwards. */
const char *policy_text_end(struct policy_text *text);

/* The place of a line, counted from 1 as libconfig does. */
struct place policy_text_place(const struct policy_text *text, unsigned line);

#endif
