/*
 * language.c - the strings between which pattern tables tell a difference.
 */
#include "check/language.h"

#include "base/error.h"
#include "base/hash.h"
#include "check/automaton.h"

#include <string.h>

enum {
	WORD = 64,
	BYTES = 256,
	SYMBOL_END = BYTES, /* beside the numbers of bytes */
	MEMBERS_MAX = 1024,
	NODES_MAX = 16384, /* of all patterns together */
	WHOLE = 0,         /* the part that is the shape */
	PARTS_OF_RULE = 4, /* look-aheads, and the rest */
};

/* One automaton of a rule; a rule holds if all of its parts do. */
struct part {
	struct automaton automaton;
	bool negated;
	size_t word; /* where its set of nodes stands in a state */
};

struct rule {
	size_t first, count; /* of its parts */
	bool negated, condition;
	int inside;
};

/*
 * A state of the product: for each part a set of nodes; then a bit for each
 * part that has matched; then whether the last byte was of a word. The start
 * is told by its number.
 */
struct product {
	const struct language_question *question;
	struct arena *arena; /* work, freed in the end */
	struct part *parts;
	size_t part_count;
	struct rule **rules; /* of each table */
	size_t words;        /* of a state */
	size_t matched;      /* word where those bits begin */
	bool borders;
	unsigned char symbols[BYTES]; /* representatives of classes of bytes */
	size_t symbol_count;
	uint64_t *states;
	uint32_t *from; /* the state before */
	unsigned char *by;
	size_t count;
	uint32_t *slots; /* hash table of states, 0: free */
	size_t slot_mask;
	unsigned *stack;
	bool *visited;
};

static uint64_t *
state_at(const struct product *product, size_t number)
{
	return product->states + number * product->words;
}

static bool
bit_get(const uint64_t *words, size_t bit)
{
	return (words[bit / WORD] >> bit % WORD & 1) != 0;
}

static void
bit_set(uint64_t *words, size_t bit)
{
	words[bit / WORD] |= (uint64_t)1 << bit % WORD;
}

static bool
is_word(unsigned symbol)
{
	return (symbol >= '0' && symbol <= '9') ||
	    (symbol >= 'a' && symbol <= 'z') ||
	    (symbol >= 'A' && symbol <= 'Z') || symbol == '_';
}

/* Between which two symbols a part stands. */
struct moment {
	bool start;
	bool word_before;
	unsigned symbol; /* that comes next */
};

static bool
passes(const struct automaton_node *node, const struct moment *moment)
{
	bool border = moment->word_before != is_word(moment->symbol);

	switch (node->kind) {
	case AUTOMATON_EMPTY:
	case AUTOMATON_SPLIT:
		return true;
	case AUTOMATON_START:
		return moment->start;
	case AUTOMATON_END:
		return moment->symbol == SYMBOL_END;
	case AUTOMATON_BORDER:
		return border;
	case AUTOMATON_NOT_BORDER:
		return !border;
	case AUTOMATON_BYTES:
	case AUTOMATON_MATCH:
		break;
	}
	return false;
}

static void
push(struct product *product, size_t *depth, unsigned node)
{
	if (product->visited[node])
		return;
	product->visited[node] = true;
	product->stack[(*depth)++] = node;
}

/*
 * Goes one symbol on in one part: from a set of nodes to the next (which may
 * be NULL at the end). True: it has matched.
 */
static bool
part_step(struct product *product, const struct part *part,
    const uint64_t *from, const struct moment *moment, uint64_t *to)
{
	const struct automaton *automaton = &part->automaton;
	size_t depth = 0;
	bool matched = false;

	memset(product->visited, 0, automaton->count);
	for (unsigned i = 0; i < automaton->count; i++)
		if (bit_get(from, i))
			push(product, &depth, i);
	if (moment->start || !automaton->anchored)
		push(product, &depth, automaton->start);
	while (depth > 0) {
		const struct automaton_node *node =
		    &automaton->nodes[product->stack[--depth]];

		if (node->kind == AUTOMATON_MATCH)
			matched = true;
		else if (node->kind == AUTOMATON_BYTES &&
		    moment->symbol != SYMBOL_END &&
		    automaton_bytes_have(&node->bytes, moment->symbol))
			bit_set(to, node->next);
		if (!passes(node, moment))
			continue;
		push(product, &depth, node->next);
		if (node->kind == AUTOMATON_SPLIT)
			push(product, &depth, node->other);
	}
	return matched;
}

/*
 * The shape must match the whole text, so what it matched before the end
 * does not count; all others stay matched.
 */
static bool
stays_matched(size_t part)
{
	return part != WHOLE;
}

static void
step(struct product *product, size_t number, unsigned symbol, uint64_t *to)
{
	const uint64_t *from = state_at(product, number);
	struct moment moment = {
		.start = number == 0,
		.word_before =
		    bit_get(from + product->matched, product->part_count),
		.symbol = symbol,
	};

	memset(to, 0, product->words * sizeof(*to));
	for (size_t i = 0; i < product->part_count; i++) {
		const struct part *part = &product->parts[i];

		if (stays_matched(i) && bit_get(from + product->matched, i)) {
			bit_set(to + product->matched, i);
			continue;
		}
		if (part_step(product, part, from + part->word, &moment,
			to + part->word) &&
		    (stays_matched(i) || symbol == SYMBOL_END))
			bit_set(to + product->matched, i);
	}
	if (product->borders && symbol != SYMBOL_END && is_word(symbol))
		bit_set(to + product->matched, product->part_count);
}

static bool
is_empty(const struct product *product, const uint64_t *state, size_t part)
{
	size_t words = (product->parts[part].automaton.count + WORD - 1) / WORD;

	for (size_t i = 0; i < words; i++)
		if (state[product->parts[part].word + i] != 0)
			return false;
	return true;
}

/* Forgets how far a part has come. */
static void
part_clear(const struct product *product, uint64_t *state, size_t part)
{
	size_t words = (product->parts[part].automaton.count + WORD - 1) / WORD;

	memset(state + product->parts[part].word, 0, words * sizeof(*state));
}

/* Whether a rule's own patterns hold, and can no longer cease to. */
static bool
rule_is_certain(const struct product *product, const struct rule *rule,
    const uint64_t *state)
{
	if (rule->negated)
		return false;
	for (size_t i = rule->first; i < rule->first + rule->count; i++)
		if (product->parts[i].negated ||
		    !bit_get(state + product->matched, i))
			return false;
	return true;
}

/*
 * A table has been decided for good once a rule outside of any if has matched:
 * what later rules would say no longer tells two states apart. Without this,
 * the product would be as large as all combinations of matches.
 */
static void
forget_decided(const struct product *product, uint64_t *state)
{
	for (size_t t = 0; t < product->question->count; t++) {
		const struct language_table *table =
		    &product->question->tables[t];
		bool decided = false;

		for (size_t r = 0; r < table->count; r++) {
			const struct rule *rule = &product->rules[t][r];

			for (size_t i = rule->first;
			     decided && i < rule->first + rule->count; i++) {
				part_clear(product, state, i);
				bit_set(state + product->matched, i);
			}
			if (!rule->condition && rule->inside < 0 &&
			    rule_is_certain(product, rule, state))
				decided = true;
		}
	}
}

static size_t
slot_of(const struct product *product, const uint64_t *state)
{
	struct str key = { (const char *)state,
		product->words * sizeof(*state) };
	size_t at = hash_str(key, 0) & product->slot_mask;

	while (product->slots[at] != 0 &&
	    memcmp(state_at(product, product->slots[at] - 1), state,
		key.length) != 0)
		at = (at + 1) & product->slot_mask;
	return at;
}

/* Keeps the state after the last one, if it is new. */
static void
state_keep(struct product *product, size_t from, unsigned char by)
{
	size_t slot = slot_of(product, state_at(product, product->count));

	if (product->slots[slot] != 0)
		return;
	product->from[product->count] = (uint32_t)from;
	product->by[product->count] = by;
	product->slots[slot] = (uint32_t)++product->count;
}

static bool
rule_holds(const struct product *product, size_t table, int number,
    const uint64_t *end)
{
	if (number < 0)
		return true;
	const struct rule *rule = &product->rules[table][number];
	bool all = true;

	for (size_t i = rule->first; i < rule->first + rule->count; i++)
		all &= bit_get(end + product->matched, i) !=
		    product->parts[i].negated;
	return all != rule->negated &&
	    rule_holds(product, table, rule->inside, end);
}

static void
decide(const struct product *product, const uint64_t *end, int *decides)
{
	for (size_t t = 0; t < product->question->count; t++) {
		size_t count = product->question->tables[t].count;

		decides[t] = LANGUAGE_NONE;
		for (size_t r = 0; r < count; r++)
			if (!product->rules[t][r].condition &&
			    rule_holds(product, t, (int)r, end)) {
				decides[t] = (int)r;
				break;
			}
	}
}

/* The string that leads to a state. */
static struct str
spell(const struct product *product, size_t state, struct arena *arena)
{
	size_t length = 0;

	for (size_t at = state; at != 0; at = product->from[at])
		length++;
	char *text = arena_alloc(arena, length + 1);
	for (size_t at = state, i = length; at != 0; at = product->from[at])
		text[--i] = (char)product->by[at];
	return (struct str){ text, length };
}

static bool
is_known(const struct language_member *members, size_t count,
    const int *decides, size_t tables)
{
	for (size_t i = 0; i < count; i++)
		if (tables == 0 ||
		    memcmp(members[i].decides, decides,
			tables * sizeof(*decides)) == 0)
			return true;
	return false;
}

/* Adds what a text that ends in this state is a member of. */
static bool
member_add(struct product *product, size_t state, struct arena *arena,
    struct language_member *members, size_t *count)
{
	size_t tables = product->question->count;
	uint64_t *end = state_at(product, product->count);
	int *decides;

	step(product, state, SYMBOL_END, end);
	if (!bit_get(end + product->matched, WHOLE))
		return true;
	decides = arena_alloc(arena, (tables + 1) * sizeof(*decides));
	decide(product, end, decides);
	if (is_known(members, *count, decides, tables))
		return true;
	if (*count == MEMBERS_MAX)
		return false;
	members[(*count)++] = (struct language_member){
		.text = spell(product, state, arena),
		.decides = decides,
	};
	return true;
}

/* Goes through the states, those of the shortest strings first. */
static bool
walk(struct product *product, struct arena *arena,
    struct language_member *members, size_t *count)
{
	size_t limit = product->question->limit;

	product->count = 1;
	product->slots[slot_of(product, state_at(product, 0))] = 1;
	for (size_t at = 0; at < product->count; at++) {
		if (!member_add(product, at, arena, members, count))
			return false;
		for (size_t i = 0; i < product->symbol_count; i++) {
			uint64_t *next = state_at(product, product->count);

			step(product, at, product->symbols[i], next);
			if (is_empty(product, next, WHOLE))
				continue;
			forget_decided(product, next);
			state_keep(product, at, product->symbols[i]);
			if (product->count > limit)
				return false;
		}
	}
	return true;
}

/* Splits the classes of bytes by one more set. */
static void
refine(unsigned *classes, unsigned *count, const struct automaton_bytes *set)
{
	unsigned inside[BYTES], outside[BYTES];

	memset(inside, 0, sizeof(inside));
	memset(outside, 0, sizeof(outside));
	for (unsigned i = 0; i < BYTES; i++)
		if (automaton_bytes_have(set, i))
			inside[classes[i]] = 1;
		else
			outside[classes[i]] = 1;
	unsigned before = *count;
	for (unsigned c = 0; c < before; c++)
		inside[c] = inside[c] && outside[c] ? (*count)++ : c;
	for (unsigned i = 0; i < BYTES; i++)
		if (automaton_bytes_have(set, i))
			classes[i] = inside[classes[i]];
}

/* Chooses a byte for each class of bytes that no part tells apart. */
static void
choose_symbols(struct product *product)
{
	/* Those that a person would choose come first. */
	static const char preferred[] = "abcdefghijklmnopqrstuvwxyz0123456789"
					".@-ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	struct automaton_bytes words = { { 0 } };
	unsigned classes[BYTES] = { 0 }, count = 1;
	bool seen[BYTES] = { false };

	for (unsigned i = 0; i < BYTES; i++)
		if (is_word(i))
			words.bits[i / WORD] |= (uint64_t)1 << i % WORD;
	if (product->borders)
		refine(classes, &count, &words);
	for (size_t i = 0; i < product->part_count; i++) {
		const struct automaton *automaton =
		    &product->parts[i].automaton;

		for (unsigned n = 0; n < automaton->count; n++)
			if (automaton->nodes[n].kind == AUTOMATON_BYTES)
				refine(classes, &count,
				    &automaton->nodes[n].bytes);
	}
	for (unsigned i = 0; i < sizeof(preferred) - 1 + BYTES; i++) {
		unsigned byte = i < sizeof(preferred) - 1
		    ? (unsigned char)preferred[i]
		    : i - (unsigned)(sizeof(preferred) - 1);

		if (seen[classes[byte]])
			continue;
		seen[classes[byte]] = true;
		product->symbols[product->symbol_count++] = (unsigned char)byte;
	}
}

static bool
part_add(struct product *product, struct str pattern,
    const struct language_rule *rule, bool negated, struct error *error)
{
	struct part *part = &product->parts[product->part_count];

	*part = (struct part){ .negated = negated };
	if (!automaton_read(pattern, rule->options, rule->posix, product->arena,
		&part->automaton, error))
		return false;
	part->word = product->words;
	product->words += (part->automaton.count + WORD - 1) / WORD;
	product->borders |= part->automaton.borders;
	product->part_count++;
	return product->words < NODES_MAX / WORD ||
	    error_set(error, "the patterns are too many to look at together");
}

/*
 * Makes parts of a rule: one of each look-ahead right after the ^, which is
 * a condition of its own for the whole text, and one of the rest.
 */
static bool
rule_read(struct product *product, const struct language_rule *from,
    struct rule *rule, struct error *error)
{
	struct str text = from->pattern, ahead;
	bool refused;

	*rule = (struct rule){
		.first = product->part_count,
		.negated = from->negated,
		.condition = from->condition,
		.inside = from->inside,
	};
	while (!from->posix &&
	    product->part_count < rule->first + PARTS_OF_RULE - 1 &&
	    automaton_ahead(&text, product->arena, &ahead, &refused))
		if (!part_add(product, ahead, from, refused, error))
			return false;
	if (!part_add(product, text, from, false, error))
		return false;
	rule->count = product->part_count - rule->first;
	return true;
}

static bool
tables_read(struct product *product, struct language_answer *answer,
    struct error *error)
{
	const struct language_question *question = product->question;

	for (size_t t = 0; t < question->count; t++) {
		const struct language_table *table = &question->tables[t];

		product->rules[t] = arena_alloc(product->arena,
		    (table->count + 1) * sizeof(**product->rules));
		for (size_t r = 0; r < table->count; r++) {
			if (rule_read(product, &table->rules[r],
				&product->rules[t][r], error))
				continue;
			answer->table = t;
			answer->rule = r;
			answer->rule_to_blame = true;
			return false;
		}
	}
	return true;
}

static bool
product_read(struct product *product, struct language_answer *answer,
    struct error *error)
{
	const struct language_question *question = product->question;
	struct language_rule shape = { .pattern = str_from(question->shape) };
	size_t rules = 0;

	for (size_t t = 0; t < question->count; t++)
		rules += question->tables[t].count;
	if (rules > NODES_MAX / WORD)
		return error_set(error,
		    "%zu patterns are too many to look at together", rules);
	product->parts = arena_alloc(product->arena,
	    (rules * PARTS_OF_RULE + 1) * sizeof(*product->parts));
	product->rules = arena_alloc(product->arena,
	    (question->count + 1) * sizeof(*product->rules));
	return part_add(product, shape.pattern, &shape, false, error) &&
	    tables_read(product, answer, error);
}

static void
product_reserve(struct product *product)
{
	size_t limit = product->question->limit + 2, slots = 4;
	struct arena *arena = product->arena;

	product->matched = product->words;
	product->words += product->part_count / WORD + 1;
	while (slots < 2 * limit)
		slots *= 2;
	product->states = arena_alloc(arena,
	    limit * product->words * sizeof(*product->states));
	product->from = arena_alloc(arena, limit * sizeof(*product->from));
	product->by = arena_alloc(arena, limit);
	product->slots = arena_alloc(arena, slots * sizeof(*product->slots));
	product->slot_mask = slots - 1;
	product->stack =
	    arena_alloc(arena, AUTOMATON_NODES * sizeof(*product->stack));
	product->visited = arena_alloc(arena, AUTOMATON_NODES);
}

void
language_find(const struct language_question *question, struct arena *arena,
    struct language_answer *answer)
{
	struct product product = {
		.question = question,
		.arena = arena_new(0),
	};
	struct error error;

	*answer = (struct language_answer){ .complete = false };
	if (!product_read(&product, answer, &error)) {
		answer->reason = arena_print(arena, "%s", error.text);
	} else {
		struct language_member *members =
		    arena_alloc(arena, MEMBERS_MAX * sizeof(*members));

		choose_symbols(&product);
		product_reserve(&product);
		answer->complete =
		    walk(&product, arena, members, &answer->count);
		answer->members = members;
		if (!answer->complete)
			answer->reason = "how the patterns overlap is too much "
					 "to go through";
	}
	arena_free(product.arena);
}
