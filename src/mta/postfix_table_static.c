/*
 * postfix_table_static.c - tables of which every key has the same answer:
 * static:, fail: and internal:, and randmap:, which draws one of several.
 */
#include "mta/postfix_list.h"
#include "mta/postfix_table_kind.h"

struct constant {
	struct str value;
	const char *random; /* why the value is not known; NULL: it is */
};

static void *
static_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	struct constant *constant =
	    arena_alloc(build->arena, sizeof(*constant));

	constant->value = build->name;
	if (str_starts(build->name, STR("{")) &&
	    !postfix_table_braces(build->name, &constant->value))
		return postfix_table_fail_open(failure, POSTFIX_BROKEN,
		    "static: without \"}\" at the end");
	return constant;
}

static void *
fail_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	(void)build;
	return postfix_table_fail_open(failure, POSTFIX_BROKEN,
	    "every look-up in a fail: table fails");
}

static void *
randmap_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	struct constant *constant =
	    arena_alloc(build->arena, sizeof(*constant));
	struct str rest, token;

	if (!postfix_table_braces(build->name, &rest) ||
	    !postfix_list_next(&rest, &constant->value))
		return postfix_table_fail_open(failure, POSTFIX_BROKEN,
		    "randmap: does not have the form {value, ...}");
	while (postfix_list_next(&rest, &token))
		if (!str_equal(token, constant->value))
			constant->random = arena_print(build->arena,
			    "randmap: draws one of " STR_FORMAT,
			    STR_ARGS(build->name));
	return constant;
}

static void
constant_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	const struct constant *constant = opened;

	(void)key;
	(void)arena;
	answer->found = POSTFIX_FOUND;
	answer->value = constant->value;
	if (constant->random == NULL)
		return;
	answer->found = POSTFIX_UNKNOWN;
	answer->value = STR("");
	answer->reason = constant->random;
}

static enum postfix_found
constant_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	const struct constant *constant = opened;
	struct postfix_entry entry = {
		.kind = POSTFIX_ENTRY_ANY,
		.value = constant->value,
	};

	*reason = constant->random;
	if (constant->random != NULL)
		return POSTFIX_UNKNOWN;
	callback(state, &entry);
	return POSTFIX_FOUND;
}

const struct postfix_table_kind postfix_table_static = {
	.type = "static",
	.open = static_open,
	.find = constant_find,
	.each = constant_each,
};

/* It is never open. */
const struct postfix_table_kind postfix_table_fail = {
	.type = "fail",
	.open = fail_open,
	.find = constant_find,
	.each = constant_each,
};

/* Memory of a program's own, in which it has put nothing. */
static void *
internal_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	(void)failure;
	return arena_alloc(build->arena, sizeof(struct constant));
}

void
postfix_table_empty_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	(void)opened;
	(void)key;
	(void)arena;
	(void)answer;
}

enum postfix_found
postfix_table_empty_each(void *opened, postfix_entry_callback *callback,
    void *state, const char **reason)
{
	(void)opened;
	(void)callback;
	(void)state;
	*reason = NULL;
	return POSTFIX_FOUND;
}

const struct postfix_table_kind postfix_table_internal = {
	.type = "internal",
	.open = internal_open,
	.find = postfix_table_empty_find,
	.each = postfix_table_empty_each,
};

const struct postfix_table_kind postfix_table_randmap = {
	.type = "randmap",
	.open = randmap_open,
	.find = constant_find,
	.each = constant_each,
	.pattern = true,
};
