/*
 * postfix_list_read.c - a match list is made of its text, and of the files
 * that it names.
 */
#include "mta/postfix_list.h"
#include "mta/postfix_table_kind.h"

#include <string.h>

enum {
	/* Files that name files; Postfix would go on until it has no more
	 * descriptors. */
	DEPTH_MAX = 16,
	FILES_MAX = 1000,
	ELEMENTS_MAX = 1000000,
};

struct reading {
	const struct postfix_list_source *source;
	struct postfix_tables *tables;
	struct arena *arena;
	struct postfix_list *list;
	struct problems *problems;
	struct postfix_element *elements;
	size_t count, room;
	unsigned depth, files;
	size_t bytes; /* of the files */
	bool full;
};

/* A text whose tokens are read, and where they stand. */
struct tokens {
	struct str text, rest;
	struct place place; /* of all; of the source, each has its own */
	bool of_source;
	bool negated;
};

static void tokens_read(struct reading *reading, struct tokens *tokens);

static struct place
place_of(const struct reading *reading, const struct tokens *tokens,
    struct str token)
{
	const struct postfix_list_source *source = reading->source;

	if (!tokens->of_source || source->place_of == NULL)
		return tokens->place;
	return source->place_of(source->state,
	    (size_t)(token.data - tokens->text.data));
}

static void
warn(const struct reading *reading, struct place place, const char *text)
{
	if (reading->problems != NULL)
		problems_warning(reading->problems, place, "%s", text);
}

static void
element_add(struct reading *reading, const struct postfix_element *element)
{
	if (reading->count == reading->room) {
		size_t room = reading->room == 0 ? 16 : reading->room * 2;
		struct postfix_element *elements =
		    arena_alloc(reading->arena, room * sizeof(*elements));

		if (reading->count > 0)
			memcpy(elements, reading->elements,
			    reading->count * sizeof(*elements));
		reading->elements = elements;
		reading->room = room;
	}
	reading->elements[reading->count++] = *element;
}

/* An element of which every look-up fails. */
static void
broken_add(struct reading *reading, struct postfix_element *element,
    const char *reason)
{
	element->kind = POSTFIX_ELEMENT_BROKEN;
	element->reason = reason;
	element->ipv4 = element->ipv6 = true;
	warn(reading, element->place, reason);
	element_add(reading, element);
}

/* Each line of a file is a list; one that begins with # is none. */
static void
lines_read(struct reading *reading, const struct postfix_element *element,
    struct str text)
{
	struct place place = {
		postfix_tables_shown(reading->tables, element->text.data), 0
	};

	while (text.length > 0) {
		struct tokens tokens = { .negated = element->negated };

		str_cut(text, '\n', &tokens.text, &text);
		place.line++;
		tokens.place = place;
		tokens.rest = tokens.text;
		if (!str_starts(tokens.text, STR("#")))
			tokens_read(reading, &tokens);
	}
}

static void
file_read(struct reading *reading, struct postfix_element *element)
{
	enum lookup result = LOOKUP_FAILED;
	struct error error;
	struct str text;

	element->text = arena_copy(reading->arena, element->text);
	if (reading->depth == DEPTH_MAX || ++reading->files > FILES_MAX ||
	    reading->bytes >= TREE_FILE_MAX)
		error_write(&error, "too many files that name files");
	else
		result = postfix_tables_read(reading->tables,
		    element->text.data, TREE_FILE_MAX - reading->bytes,
		    reading->arena, &text, &error);
	element->unread = result != LOOKUP_MISSING;
	if (result != LOOKUP_FOUND) {
		broken_add(reading, element,
		    arena_print(reading->arena, "%s: %s",
			postfix_tables_shown(reading->tables,
			    element->text.data),
			error.text));
		return;
	}
	reading->bytes += text.length;
	reading->depth++;
	lines_read(reading, element, text);
	reading->depth--;
}

/* An IPv4 network with anything else in it is only a name to Postfix. */
static bool
is_numeric(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != '.' && text.data[i] != '/' &&
		    (text.data[i] < '0' || text.data[i] > '9'))
			return false;
	return true;
}

/* A name, an address, or a network. */
static void
text_read(struct reading *reading, struct postfix_element *element)
{
	struct str text = arena_lower(reading->arena, element->text);
	bool ipv6 = str_has(text, ':');
	bool masked = str_has(text, '/');
	struct error error;

	element->text = text;
	element->kind = POSTFIX_ELEMENT_TEXT;
	element->ipv4 = !ipv6;
	element->ipv6 = ipv6;
	if (reading->source->kind != POSTFIX_CLIENTS) {
		element_add(reading, element);
		return;
	}
	if (postfix_block_parse(text, &element->block, &error))
		element->kind = POSTFIX_ELEMENT_BLOCK;
	else if (ipv6 || (masked && is_numeric(text))) {
		element->kind = POSTFIX_ELEMENT_BROKEN;
		element->reason = arena_print(reading->arena, "%s", error.text);
		warn(reading, element->place, element->reason);
	}
	element_add(reading, element);
}

static void
token_read(struct reading *reading, const struct tokens *tokens,
    struct str token)
{
	struct postfix_element element = {
		.negated = tokens->negated,
		.place = place_of(reading, tokens, token),
	};

	for (; str_starts(token, STR("!"));
	     token = str_slice(token, 1, token.length))
		element.negated = !element.negated;
	element.text = token;
	if (token.length == 0) {
		reading->list->fatal = "no pattern after \"!\"";
		reading->list->fatal_place = element.place;
		broken_add(reading, &element, reading->list->fatal);
	} else if (token.data[0] == '/') {
		file_read(reading, &element);
	} else if (token.data[0] != '[' && str_has(token, ':')) {
		if (!postfix_table_is_named(token)) {
			reading->list->fatal = arena_print(reading->arena,
			    "\"" STR_FORMAT
			    "\" does not have the form type:name",
			    STR_ARGS(token));
			reading->list->fatal_place = element.place;
		}
		element.kind = POSTFIX_ELEMENT_TABLE;
		element.table = postfix_table_open(reading->tables, token);
		element_add(reading, &element);
	} else {
		text_read(reading, &element);
	}
}

/* Of so many elements none is kept: to ask them all takes too long. */
static void
give_up(struct reading *reading, struct place place)
{
	struct postfix_element element = {
		.unread = true,
		.place = place,
	};

	reading->full = true;
	reading->count = 0;
	broken_add(reading, &element,
	    arena_print(reading->arena,
		"has more than %d elements: put them into a table",
		ELEMENTS_MAX));
}

static void
tokens_read(struct reading *reading, struct tokens *tokens)
{
	struct str token;

	while (postfix_list_next(&tokens->rest, &token)) {
		if (str_starts(token, STR("#"))) {
			warn(reading, place_of(reading, tokens, token),
			    "a comment at the end of a line: the rest of the "
			    "list does not count");
			return;
		}
		if (reading->full)
			return;
		if (reading->count < ELEMENTS_MAX)
			token_read(reading, tokens, token);
		else
			give_up(reading, place_of(reading, tokens, token));
	}
}

/* Makes room for the elements of the text itself at once. */
static void
make_room(struct reading *reading, struct tokens *tokens)
{
	struct str rest = tokens->text, word = STR("");
	size_t count = 0;

	while (count <= ELEMENTS_MAX && postfix_list_next(&rest, &word))
		count++;
	if (count > ELEMENTS_MAX) {
		give_up(reading, place_of(reading, tokens, word));
		return;
	}
	reading->room = count;
	reading->elements =
	    arena_alloc(reading->arena, count * sizeof(*reading->elements));
}

void
postfix_list_read(const struct postfix_list_source *source,
    struct postfix_tables *tables, struct arena *arena,
    struct postfix_list *list, struct problems *problems)
{
	struct reading reading = {
		.source = source,
		.tables = tables,
		.arena = arena,
		.list = list,
		.problems = problems,
	};
	struct tokens tokens = {
		.text = source->text,
		.rest = source->text,
		.place = source->place,
		.of_source = true,
	};

	*list = (struct postfix_list){
		.kind = source->kind,
		.parents = source->parents,
	};
	make_room(&reading, &tokens);
	tokens_read(&reading, &tokens);
	list->elements = reading.elements;
	list->count = reading.count;
}
