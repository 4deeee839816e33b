/*
 * postfix_list.c - the match lists of Postfix.
 */
#include "mta/postfix_list.h"

#include "mta/postfix_table_kind.h"

#include <string.h>

/* What is looked up in a list. */
struct search {
	const struct postfix_list *list;
	struct str text;    /* or the name of the client */
	struct str address; /* no data: not a client */
	bool ipv6;
	struct address bytes;
	struct arena *arena;
};

static bool
is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
postfix_list_next(struct str *rest, struct str *token)
{
	struct str text = *rest;
	size_t level = 0, length = 0;

	while (text.length > 0 && is_separator(text.data[0]))
		text = str_slice(text, 1, text.length);
	for (; length < text.length; length++) {
		char c = text.data[length];

		if (c == '{')
			level++;
		else if (c == '}' && level > 0)
			level--;
		else if (level == 0 && is_separator(c))
			break;
	}
	*token = str_slice(text, 0, length);
	*rest = str_slice(text, length, text.length);
	return length > 0;
}

bool
postfix_block_parse(struct str text, struct netblock *block,
    struct error *error)
{
	struct str inside, after;
	char bytes[64];
	struct buf buf = BUF(bytes);

	if (!str_starts(text, STR("[")))
		return netblock_parse(text, block, error);
	if (!str_cut(str_slice(text, 1, text.length), ']', &inside, &after) ||
	    (after.length > 0 && after.data[0] != '/'))
		return error_set(error, "\"" STR_FORMAT "\" is not a network",
		    STR_ARGS(text));
	buf_add(&buf, inside);
	buf_add(&buf, after);
	if (buf.full)
		return error_set(error, "too long for a network");
	return netblock_parse(buf_str(&buf), block, error);
}

/* A domain and those below it, as the list has it. */
static bool
domain_matches(const struct postfix_list *list, struct str pattern,
    struct str name)
{
	if (str_equal(pattern, name))
		return true;
	if (list->kind == POSTFIX_STRINGS || name.length <= pattern.length ||
	    !str_ends(name, pattern))
		return false;
	if (list->parents)
		return name.data[name.length - pattern.length - 1] == '.';
	return str_starts(pattern, STR("."));
}

/* Looks up the text, and then its parents. */
static void
table_find_domain(const struct search *search, struct postfix_table *table,
    struct postfix_answer *answer)
{
	struct str key = search->text, label, rest;

	for (;;) {
		postfix_table_find(table, key, search->arena, answer);
		if (answer->found != POSTFIX_MISSING ||
		    search->list->kind == POSTFIX_STRINGS ||
		    postfix_table_is_pattern(table) || key.length == 0)
			return;
		/* A dot at the start is that of the parent at hand. */
		if (!str_cut(str_slice(key, 1, key.length), '.', &label, &rest))
			return;
		size_t dot = label.length + 1;
		if (search->list->parents)
			dot++;
		key = str_slice(key, dot, key.length);
	}
}

static void
table_find(const struct search *search, const struct postfix_element *element,
    struct postfix_answer *answer)
{
	table_find_domain(search, element->table, answer);
	if (answer->found == POSTFIX_MISSING && search->address.data != NULL)
		postfix_table_find(element->table, search->address,
		    search->arena, answer);
	if (answer->place.file == NULL)
		answer->place = element->place;
}

static bool
block_holds(const struct search *search, const struct postfix_element *element)
{
	struct netblock block = { search->bytes, element->block.prefix };

	if (search->address.data == NULL || search->ipv6 != element->ipv6)
		return false;
	netblock_mask(&block);
	return memcmp(&block.address, &element->block.address,
		   sizeof(block.address)) == 0;
}

/* What one element says, without its "!". */
static void
element_find(const struct search *search, const struct postfix_element *element,
    struct postfix_answer *answer)
{
	bool holds = false;

	*answer = (struct postfix_answer){
		.key = element->text,
		.place = element->place,
	};
	switch (element->kind) {
	case POSTFIX_ELEMENT_TABLE:
		table_find(search, element, answer);
		return;
	case POSTFIX_ELEMENT_TEXT:
	case POSTFIX_ELEMENT_BLOCK:
		holds =
		    domain_matches(search->list, element->text, search->text);
		if (!holds && element->kind == POSTFIX_ELEMENT_BLOCK)
			holds = block_holds(search, element);
		answer->found = holds ? POSTFIX_FOUND : POSTFIX_MISSING;
		return;
	case POSTFIX_ELEMENT_BROKEN:
		if (element->ipv4 && element->ipv6)
			holds = true;
		else if (search->address.data != NULL)
			holds = search->ipv6 ? element->ipv6 : element->ipv4;
		answer->found = holds ? POSTFIX_BROKEN : POSTFIX_MISSING;
		if (holds && element->unread)
			answer->found = POSTFIX_UNKNOWN;
		answer->reason = holds ? element->reason : NULL;
		return;
	}
}

/*
 * The first element that matches decides. One that nobody knows does not
 * matter if it would decide as the others do.
 */
static void
list_search(const struct search *search, struct postfix_answer *answer)
{
	const struct postfix_list *list = search->list;
	struct postfix_answer unknown[2] = { 0 }; /* by what it would make */

	for (size_t i = 0; i < list->count; i++) {
		const struct postfix_element *element = &list->elements[i];

		element_find(search, element, answer);
		if (answer->found == POSTFIX_UNKNOWN) {
			struct postfix_answer *one = &unknown[element->negated];

			if (one->found == POSTFIX_MISSING)
				*one = *answer;
			continue;
		}
		if (answer->found == POSTFIX_BROKEN)
			break;
		if (answer->found == POSTFIX_FOUND) {
			if (element->negated)
				answer->found = POSTFIX_MISSING;
			break;
		}
		*answer = (struct postfix_answer){ 0 };
	}
	if (answer->found == POSTFIX_UNKNOWN)
		*answer = (struct postfix_answer){ 0 };
	if (answer->found != POSTFIX_FOUND &&
	    unknown[false].found == POSTFIX_UNKNOWN)
		*answer = unknown[false];
	else if (answer->found != POSTFIX_MISSING &&
	    unknown[true].found == POSTFIX_UNKNOWN)
		*answer = unknown[true];
}

void
postfix_list_find(const struct postfix_list *list, struct str text,
    struct arena *arena, struct postfix_answer *answer)
{
	struct search search = {
		.list = list,
		.text = arena_lower(arena, text),
		.arena = arena,
	};

	*answer = (struct postfix_answer){ .found = POSTFIX_MISSING };
	list_search(&search, answer);
}

void
postfix_list_find_client(const struct postfix_list *list, struct str name,
    const struct address *address, struct arena *arena,
    struct postfix_answer *answer)
{
	char bytes[64];
	struct buf buf = BUF(bytes);
	struct search search = {
		.list = list,
		.text = arena_lower(arena, name),
		.ipv6 = !address_is_ipv4(address),
		.bytes = *address,
		.arena = arena,
	};

	address_print(address, &buf);
	search.address = arena_copy(arena, buf_str(&buf));
	*answer = (struct postfix_answer){ .found = POSTFIX_MISSING };
	list_search(&search, answer);
}
