/*
 * policy_text.c - the text that libconfig reads, with the place from where
 * each of its lines comes.
 */
#include "policy/policy_text.h"

#include <string.h>

/* Makes room for more elements of a size, by doubling. */
static void *
grow(struct arena *arena, void *old, size_t count, size_t more,
    size_t *capacity, size_t size)
{
	if (count + more <= *capacity)
		return old;
	while (count + more > *capacity)
		*capacity = *capacity > 0 ? 2 * *capacity : 256;
	void *new = arena_alloc(arena, *capacity * size);
	if (count > 0)
		memcpy(new, old, count * size);
	return new;
}

static void
add_bytes(struct policy_text *text, struct str bytes)
{
	text->bytes = grow(text->arena, text->bytes, text->length, bytes.length,
	    &text->capacity, 1);
	if (bytes.length > 0)
		memcpy(text->bytes + text->length, bytes.data, bytes.length);
	text->length += bytes.length;
}

static bool
same_place(struct place a, struct place b)
{
	return a.file == b.file && a.line == b.line;
}

void
policy_text_add(struct policy_text *text, struct str word, struct place place,
    bool is_string)
{
	size_t count = text->line_count;

	if (count == 0 ||
	    (!text->after_string &&
		!same_place(text->lines[count - 1], place))) {
		if (count > 0)
			add_bytes(text, STR("\n"));
		text->lines = grow(text->arena, text->lines, count, 1,
		    &text->line_capacity, sizeof(*text->lines));
		text->lines[text->line_count++] = place;
	}
	add_bytes(text, word);
	text->after_string = is_string;
}

const char *
policy_text_end(struct policy_text *text)
{
	add_bytes(text, (struct str){ "", 1 });
	return text->bytes;
}

struct place
policy_text_place(const struct policy_text *text, unsigned line)
{
	if (text->line_count == 0)
		return (struct place){ 0 };
	if (line < 1)
		line = 1;
	if (line > text->line_count)
		line = (unsigned)text->line_count;
	return text->lines[line - 1];
}
