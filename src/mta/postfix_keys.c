/*
 * postfix_keys.c - the keys and values of a text, in the order of their lines.
 */
#include "mta/postfix_keys.h"

#include "base/ascii.h"
#include "base/hash.h"
#include "base/logical.h"
#include "mta/postfix_table_kind.h"

void
postfix_keys_init(struct postfix_keys *keys, size_t most, struct arena *arena)
{
	size_t slots = 8;

	/* More lines than an unsigned counts are in no file that is read. */
	while (slots < most * 2)
		slots *= 2;
	*keys = (struct postfix_keys){
		.keys = arena_alloc(arena, most * sizeof(*keys->keys)),
		.slots = arena_alloc(arena, slots * sizeof(*keys->slots)),
		.slot_count = slots,
	};
}

/* The slot of a key, or where it belongs. */
static unsigned *
slot_of(const struct postfix_keys *keys, struct str key)
{
	size_t mask = keys->slot_count - 1;
	size_t at = hash_str(key, hash_seed()) & mask;

	while (keys->slots[at] != 0 &&
	    !str_equal(keys->keys[keys->slots[at] - 1].key, key))
		at = (at + 1) & mask;
	return &keys->slots[at];
}

struct postfix_key *
postfix_keys_find(const struct postfix_keys *keys, struct str key)
{
	unsigned slot = *slot_of(keys, key);

	return slot == 0 ? NULL : &keys->keys[slot - 1];
}

bool
postfix_keys_add(struct postfix_keys *keys, const struct postfix_key *key)
{
	unsigned *slot = slot_of(keys, key->key);

	if (*slot != 0)
		return false;
	keys->keys[keys->count++] = *key;
	*slot = (unsigned)keys->count;
	return true;
}

/*
 * Cuts a line after its key: at white space that is not "quoted". False: a
 * quote is never closed.
 */
static bool
key_cut(struct str line, struct str *key, struct str *value)
{
	bool quoted = false;
	size_t at = 0;

	for (; at < line.length; at++) {
		char c = line.data[at];

		if (c == '\\' && at + 1 < line.length)
			at++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && ascii_is_space(c))
			break;
	}
	*key = str_slice(line, 0, at);
	while (at < line.length && ascii_is_space(line.data[at]))
		at++;
	while (line.length > at && ascii_is_space(line.data[line.length - 1]))
		line.length--;
	*value = str_slice(line, at, line.length);
	return !quoted;
}

/* Why a line does not count; NULL: it is added. */
static const char *
line_add(struct postfix_keys *keys, const struct logical_line *line,
    struct arena *arena)
{
	struct postfix_key key = { .line = line->number };

	if (!key_cut(line->text, &key.key, &key.value))
		return "a quote without its end";
	if (key.value.length == 0)
		return "a key without a value";
	key.key = arena_lower(arena, key.key);
	if (postfix_keys_add(keys, &key))
		return NULL;
	if (keys->again == 0)
		keys->again = line->number;
	return "the same key again";
}

void
postfix_keys_read(struct postfix_keys *keys, struct str text, const char *path,
    struct arena *arena, struct problems *problems)
{
	struct logical_lines lines = logical_lines_of(text);
	enum logical_result result;
	struct logical_line line;

	postfix_keys_init(keys, logical_lines_count(text), arena);
	while ((result = logical_lines_next(&lines, arena, &line)) !=
	    LOGICAL_END) {
		struct place place = { path, line.number };
		const char *wrong = "it continues no line before";

		if (result == LOGICAL_LINE)
			wrong = line_add(keys, &line, arena);
		if (wrong != NULL && problems != NULL)
			problems_warning(problems, place,
			    "%s: the line does not count", wrong);
	}
}
