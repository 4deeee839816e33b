/*
 * postfix_table_text.c - tables of keys and values that are text: texthash:
 * and inline:.
 */
#include "mta/postfix_keys.h"
#include "mta/postfix_list.h"
#include "mta/postfix_table_kind.h"

struct text {
	struct postfix_keys keys;
	const char *path; /* NULL: the text stands in the name */
};

static void *
texthash_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	struct text *text = arena_alloc(build->arena, sizeof(*text));
	struct str bytes;

	if (!postfix_table_read_text(build, &bytes, failure))
		return NULL;
	text->path = build->shown;
	postfix_keys_read(&text->keys, bytes, text->path, build->arena,
	    build->problems);
	if (text->keys.again == 0 || !str_equal(build->type, STR("texthash")))
		return text;
	/* postmap(1) only warns; whoever reads the text itself gives up. */
	failure->place.line = text->keys.again;
	return postfix_table_fail_open(failure, POSTFIX_BROKEN,
	    "a texthash: with the same key twice cannot be looked up");
}

static bool
has_blank(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] == ' ' || text.data[i] == '\t')
			return true;
	return false;
}

/* One key=value, or {key = value}. The last of two with a key counts. */
static bool
entry_add(struct text *text, struct str token, struct arena *arena)
{
	struct postfix_key key = { .line = 0 };
	struct str inside;

	if (postfix_table_braces(token, &inside))
		token = inside;
	if (!str_cut(token, '=', &key.key, &key.value))
		return false;
	key.key = arena_lower(arena, str_trim(key.key));
	key.value = str_trim(key.value);
	if (key.key.length == 0 || has_blank(key.key))
		return false;
	if (!postfix_keys_add(&text->keys, &key))
		postfix_keys_find(&text->keys, key.key)->value = key.value;
	return true;
}

static void *
inline_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	struct text *text = arena_alloc(build->arena, sizeof(*text));
	struct str inside, rest, token;
	size_t count = 0;

	if (!postfix_table_braces(build->name, &inside))
		return postfix_table_fail_open(failure, POSTFIX_BROKEN,
		    "inline: does not have the form {name=value, ...}");
	for (rest = inside; postfix_list_next(&rest, &token);)
		count++;
	if (count == 0)
		return postfix_table_fail_open(failure, POSTFIX_BROKEN,
		    "inline: without any name=value");
	postfix_keys_init(&text->keys, count, build->arena);
	for (rest = inside; postfix_list_next(&rest, &token);)
		if (!entry_add(text, token, build->arena))
			return postfix_table_fail_open(failure, POSTFIX_BROKEN,
			    arena_print(build->arena,
				"\"" STR_FORMAT "\" is not name=value",
				STR_ARGS(token)));
	return text;
}

static void
text_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	const struct text *text = opened;
	const struct postfix_key *found = postfix_keys_find(&text->keys, key);

	(void)arena;
	if (found == NULL)
		return;
	answer->found = POSTFIX_FOUND;
	answer->value = found->value;
	answer->key = found->key;
	answer->place.line = found->line;
}

static enum postfix_found
text_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	const struct text *text = opened;

	*reason = NULL;
	for (size_t i = 0; i < text->keys.count; i++) {
		const struct postfix_key *key = &text->keys.keys[i];
		struct postfix_entry entry = {
			.kind = POSTFIX_ENTRY_KEY,
			.key = key->key,
			.value = key->value,
			.place = { text->path, key->line },
		};

		if (!callback(state, &entry))
			break;
	}
	return POSTFIX_FOUND;
}

const struct postfix_table_kind postfix_table_texthash = {
	.type = "texthash",
	.open = texthash_open,
	.find = text_find,
	.each = text_each,
};

const struct postfix_table_kind postfix_table_inline = {
	.type = "inline",
	.open = inline_open,
	.find = text_find,
	.each = text_each,
};
