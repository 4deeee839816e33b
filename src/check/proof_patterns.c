/*
 * proof_patterns.c - atoms from the patterns of tables: for each attribute,
 * the strings between which all the patterns that see it tell a difference.
 */
#include "check/proof_space.h"

#include "base/ascii.h"
#include "check/language.h"
#include "check/proof_shapes.h"

#include <string.h>

enum {
	STATES_MAX = 6000, /* of the product of all patterns */
	ALONE_MAX = 2000,  /* of one */
	RULES_MAX = 400,   /* of one table; more nobody can look at together */
	TABLES_MAX = 64,
	MEMBER_MAX = PROOF_TEXT_MAX - 8, /* in <> and quotes */
};

struct rules {
	struct proof_space *space;
	struct language_rule *rules;
	struct place *places;
	size_t count;
	int inside; /* the if that is open, or -1 */
	bool too_many;
	bool copies; /* the value of one has a part of the key */
};

struct tables {
	struct language_table tables[TABLES_MAX];
	struct postfix_table *asked[TABLES_MAX];
	const struct restriction_element *elements[TABLES_MAX];
	const struct place *places[TABLES_MAX];
	size_t count;
};

static bool
rule_add(void *state, const struct postfix_entry *entry)
{
	struct rules *rules = state;
	struct language_rule *rule = &rules->rules[rules->count];

	if (entry->kind == POSTFIX_ENTRY_ENDIF) {
		if (rules->inside >= 0)
			rules->inside = rules->rules[rules->inside].inside;
		return true;
	}
	if (entry->kind != POSTFIX_ENTRY_REGEX &&
	    entry->kind != POSTFIX_ENTRY_IF)
		return true;
	if (rules->count == RULES_MAX) {
		rules->too_many = true;
		return false;
	}
	*rule = (struct language_rule){
		.pattern = arena_copy(rules->space->arena, entry->key),
		.options = entry->options,
		.posix = entry->regexp,
		.negated = entry->negated,
		.condition = entry->kind == POSTFIX_ENTRY_IF,
		.inside = rules->inside,
	};
	rules->copies |= str_has(entry->value, '$');
	rules->places[rules->count] = entry->place;
	if (rule->condition)
		rules->inside = (int)rules->count;
	rules->count++;
	return true;
}

/* A unionmap counts as what its first table is, and may have others. */
static bool
may_have_patterns(const struct postfix_table *table)
{
	return postfix_table_is_pattern(table) ||
	    str_has(postfix_table_spec(table), '{');
}

/* Adds a table if it has patterns; each once. */
static void
table_add(struct proof_space *space, struct tables *tables,
    const struct restriction_element *element, struct postfix_table *table)
{
	struct rules rules = { .space = space, .inside = -1 };
	const char *reason, *ignored;
	struct place place;

	if (!may_have_patterns(table))
		return;
	for (size_t i = 0; i < tables->count; i++)
		if (tables->asked[i] == table)
			return;
	if (tables->count == TABLES_MAX) {
		proof_space_gap(space, element,
		    "there are too many tables of patterns",
		    (struct place){ 0 });
		return;
	}
	rules.rules =
	    arena_alloc(space->arena, RULES_MAX * sizeof(*rules.rules));
	rules.places =
	    arena_alloc(space->arena, RULES_MAX * sizeof(*rules.places));
	/* One that cannot be opened the evaluator answers UNKNOWN for. */
	if (postfix_table_each(table, rule_add, &rules, &reason) ==
		POSTFIX_UNKNOWN &&
	    postfix_table_state(table, &ignored, &place) == POSTFIX_FOUND)
		proof_space_gap(space, element, reason, (struct place){ 0 });
	if (rules.too_many)
		proof_space_gap(space, element,
		    "the table has too many patterns to look at together",
		    (struct place){ 0 });
	if (rules.count == 0)
		return;
	if (!postfix_table_is_pattern(table))
		proof_space_gap(space, element,
		    "its patterns are asked for parts of names and addresses, "
		    "too: name the table of patterns first",
		    (struct place){ 0 });
	if (rules.copies &&
	    str_starts(postfix_table_spec(table), STR("pipemap:")))
		proof_space_gap(space, element,
		    "what its patterns make of a key is asked in the next "
		    "table: name one table instead",
		    (struct place){ 0 });
	tables->asked[tables->count] = table;
	tables->elements[tables->count] = element;
	tables->places[tables->count] = rules.places;
	tables->tables[tables->count++] = (struct language_table){
		.rules = rules.rules,
		.count = rules.count,
	};
}

static void
tables_of(struct proof_space *space, enum proof_attribute attribute,
    struct tables *tables)
{
	for (size_t i = 0; i < space->element_count; i++) {
		const struct restriction_element *element = &space->elements[i];
		const struct postfix_list *list = element->list;

		if ((element->facts & proof_fact(attribute)) == 0)
			continue;
		if (element->table != NULL)
			table_add(space, tables, element, element->table);
		for (size_t e = 0; list != NULL && e < list->count; e++)
			if (list->elements[e].kind == POSTFIX_ELEMENT_TABLE)
				table_add(space, tables, element,
				    list->elements[e].table);
	}
}

/* Whether a local part can stand without quotes (RFC 5321, 4.1.2). */
static bool
is_plain(struct str local)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~";
	bool dot = true;

	for (size_t i = 0; i < local.length; i++) {
		char c = local.data[i];
		bool atext = ascii_is_alnum(c) ||
		    (c != '\0' && strchr(others, c) != NULL);

		if (!atext && (c != '.' || dot))
			return false;
		dot = c == '.';
	}
	return !dot;
}

/* What is said in an envelope for an address as tables see it. */
static struct str
envelope_of(struct str text, struct arena *arena)
{
	struct str local, domain;
	struct buf buf;
	char *bytes;

	str_cut_last(text, '@', &local, &domain);
	if (is_plain(local))
		return str_from(
		    arena_print(arena, "<" STR_FORMAT ">", STR_ARGS(text)));
	bytes = arena_alloc(arena, 2 * text.length + sizeof("<\"\">"));
	buf = (struct buf){ .data = bytes,
		.capacity = 2 * text.length + sizeof("<\"\">") };
	buf_add(&buf, STR("<\""));
	for (size_t i = 0; i < local.length; i++) {
		if (local.data[i] == '"' || local.data[i] == '\\')
			buf_add_char(&buf, '\\');
		buf_add_char(&buf, local.data[i]);
	}
	buf_add(&buf, STR("\"@"));
	buf_add(&buf, domain);
	buf_add_char(&buf, '>');
	return buf_str(&buf);
}

/* A member of the patterns, as an atom. */
static void
member_add(struct proof_space *space, enum proof_attribute attribute,
    struct str text)
{
	struct address address;
	struct error error;

	switch (attribute) {
	case PROOF_ADDRESS:
		if (address_parse(text, &address, &error) &&
		    !proof_address_is_special(&address) &&
		    !proof_address_is_near(space->options->host->network,
			&address))
			proof_address_add(space, &address);
		return;
	case PROOF_NAME:
	case PROOF_REVERSE:
	case PROOF_HELO:
		proof_atom_add(space, attribute, text);
		return;
	case PROOF_SENDER:
	case PROOF_RECIPIENT:
		proof_atom_add(space, attribute,
		    envelope_of(text, space->arena));
		return;
	}
}

static void
question_ask(struct proof_space *space, enum proof_attribute attribute,
    const struct language_question *question, struct language_answer *answer)
{
	language_find(question, space->arena, answer);
	for (size_t i = 0; i < answer->count; i++)
		if (answer->members[i].text.length <= MEMBER_MAX)
			member_add(space, attribute, answer->members[i].text);
}

/* Where all cannot be looked at together, each is, for what it is worth. */
static void
ask_alone(struct proof_space *space, enum proof_attribute attribute,
    const struct tables *tables, const char *shape)
{
	for (size_t t = 0; t < tables->count; t++)
		for (size_t r = 0; r < tables->tables[t].count; r++) {
			struct language_rule rule = tables->tables[t].rules[r];
			struct language_table table = { &rule, 1 };
			struct language_answer ignored;

			rule.inside = -1;
			rule.condition = false;
			question_ask(space, attribute,
			    &(struct language_question){
				.tables = &table,
				.count = 1,
				.shape = shape,
				.limit = ALONE_MAX,
			    },
			    &ignored);
		}
}

/* A member that is too long for an atom leaves a gap. */
static void
long_members_note(struct proof_space *space, const struct tables *tables,
    const struct language_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		const struct language_member *member = &answer->members[i];

		if (member->text.length <= MEMBER_MAX)
			continue;
		for (size_t t = 0; t < tables->count; t++)
			if (member->decides[t] != LANGUAGE_NONE)
				proof_space_gap(space, tables->elements[t],
				    "it matches only what is longer than the "
				    "search tries",
				    tables->places[t][member->decides[t]]);
	}
}

static void
ask_together(struct proof_space *space, enum proof_attribute attribute,
    const struct tables *tables, const char *shape)
{
	struct language_answer answer;
	size_t table = 0;
	struct place place = { 0 };

	question_ask(space, attribute,
	    &(struct language_question){
		.tables = tables->tables,
		.count = tables->count,
		.shape = shape,
		.limit = STATES_MAX,
	    },
	    &answer);
	long_members_note(space, tables, &answer);
	if (answer.complete)
		return;
	if (answer.rule_to_blame) {
		table = answer.table;
		place = tables->places[table][answer.rule];
	}
	proof_space_gap(space, tables->elements[table], answer.reason, place);
	ask_alone(space, attribute, tables, shape);
}

void
proof_patterns_collect(struct proof_space *space)
{
	for (unsigned i = 0; i < PROOF_ATTRIBUTES; i++) {
		enum proof_attribute attribute = (enum proof_attribute)i;
		struct tables *tables =
		    arena_alloc(space->arena, sizeof(*tables));
		const char *const *shapes = proof_shapes[attribute];

		tables_of(space, attribute, tables);
		for (size_t s = 0; tables->count > 0 && shapes[s] != NULL; s++)
			ask_together(space, attribute, tables, shapes[s]);
	}
}
