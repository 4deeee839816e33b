/*
 * postfix_table_members.c - tables of tables: unionmap: and pipemap:.
 */
#include "mta/postfix_list.h"
#include "mta/postfix_table_kind.h"

#include <string.h>

struct members {
	struct postfix_table **tables;
	size_t count;
};

static void *
members_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	struct members *members = arena_alloc(build->arena, sizeof(*members));
	struct str inside, rest, token;

	if (!postfix_table_braces(build->name, &inside))
		return postfix_table_fail_open(failure, POSTFIX_BROKEN,
		    "it does not have the form {type:name, ...}");
	for (rest = inside; postfix_list_next(&rest, &token);)
		members->count++;
	if (members->count == 0)
		return postfix_table_fail_open(failure, POSTFIX_BROKEN,
		    "it has no tables in it");
	members->tables = arena_alloc(build->arena,
	    members->count * sizeof(*members->tables));
	members->count = 0;
	for (rest = inside; postfix_list_next(&rest, &token);)
		members->tables[members->count++] =
		    postfix_table_open(build->tables, token);
	build->members = members->tables;
	build->member_count = members->count;
	/* Postfix goes by the first one (dict_union.c, dict_pipe.c). */
	build->pattern = postfix_table_is_pattern(members->tables[0]);
	return members;
}

static struct str
join(struct str a, struct str b, struct arena *arena)
{
	char *joined = arena_alloc(arena, a.length + 1 + b.length);

	memcpy(joined, a.data, a.length);
	joined[a.length] = ',';
	if (b.length > 0)
		memcpy(joined + a.length + 1, b.data, b.length);
	return (struct str){ joined, a.length + 1 + b.length };
}

/* The values of all, with commas. What breaks is worse than what nobody knows,
 * and that worse than not to be found. */
static void
union_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	const struct members *members = opened;
	struct postfix_answer unknown = { .found = POSTFIX_MISSING };

	for (size_t i = 0; i < members->count; i++) {
		struct postfix_answer one;

		postfix_table_find(members->tables[i], key, arena, &one);
		switch (one.found) {
		case POSTFIX_MISSING:
			break;
		case POSTFIX_BROKEN:
			*answer = one;
			return;
		case POSTFIX_UNKNOWN:
			unknown = one;
			break;
		case POSTFIX_FOUND:
			if (answer->found != POSTFIX_FOUND)
				*answer = one;
			else if (answer->value.length == 0)
				answer->value = one.value;
			else
				answer->value =
				    join(answer->value, one.value, arena);
			break;
		}
	}
	if (unknown.found == POSTFIX_UNKNOWN)
		*answer = unknown;
}

/* The value of one is the key for the next. */
static void
pipe_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	const struct members *members = opened;
	struct postfix_answer first = { .key = key };

	for (size_t i = 0; i < members->count; i++) {
		postfix_table_find(members->tables[i], key, arena, answer);
		if (answer->found != POSTFIX_FOUND)
			return;
		key = answer->value;
		if (i == 0)
			first = *answer;
	}
	answer->key = first.key;
	answer->place = first.place;
}

static enum postfix_found
union_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	const struct members *members = opened;
	enum postfix_found result = POSTFIX_FOUND;

	*reason = NULL;
	for (size_t i = 0; i < members->count && result == POSTFIX_FOUND; i++)
		result = postfix_table_each(members->tables[i], callback, state,
		    reason);
	return result;
}

/* Its keys are those of the first, its values need a look-up. */
static enum postfix_found
pipe_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	const struct members *members = opened;

	return postfix_table_each(members->tables[0], callback, state, reason);
}

const struct postfix_table_kind postfix_table_unionmap = {
	.type = "unionmap",
	.open = members_open,
	.find = union_find,
	.each = union_each,
};

const struct postfix_table_kind postfix_table_pipemap = {
	.type = "pipemap",
	.open = members_open,
	.find = pipe_find,
	.each = pipe_each,
};
