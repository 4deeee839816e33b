/*
 * table_cidr.c - cidr: networks in the format of cidr_table(5).
 *
 * All rules of a list have one result, so their order says nothing: an
 * address is in the list if any rule holds it whose conditions hold. So the
 * networks of each if-block make one trie.
 */
#include "table/network.h"
#include "table/records.h"
#include "table/scratch.h"
#include "table/table.h"
#include "table/trie.h"

#include <string.h>

/* An if-block, or the file itself. */
struct block {
	bool conditional;
	bool negated; /* the condition */
	struct netblock condition;
	size_t end; /* the first block that is not inside */
	const struct trie *trie;
	const struct netblock *others; /* rules that are negated */
	size_t other_count;
};

struct cidr {
	struct block *blocks; /* in the order of the file; the first is all */
	size_t count;
};

struct rule {
	size_t block;
	struct netblock network;
	bool negated;
};

/* What was read, before it is put in order. */
struct reading {
	struct table_build *build;
	struct block *blocks;
	size_t block_count;
	size_t *open; /* the blocks around the next rule */
	unsigned *open_lines;
	size_t depth;
	struct rule *rules;
	size_t rule_count;
};

/* Takes brackets away, which Postfix allows here: [2001:db8::]/32 or /32]. */
static struct str
brackets_strip(struct str text, struct arena *load)
{
	struct str inside, after;

	if (!str_starts(text, STR("[")))
		return text;
	if (!str_cut(str_slice(text, 1, text.length), ']', &inside, &after) ||
	    (after.length > 0 && after.data[0] != '/'))
		return text;
	return str_from(arena_print(load, STR_FORMAT STR_FORMAT,
	    STR_ARGS(inside), STR_ARGS(after)));
}

/* Cuts a text at its first white space. */
static void
word_cut(struct str text, struct str *word, struct str *rest)
{
	size_t length = 0;

	while (length < text.length && text.data[length] != ' ' &&
	    text.data[length] != '\t' && text.data[length] != '\r')
		length++;
	*word = str_slice(text, 0, length);
	*rest = str_trim(str_slice(text, length, text.length));
}

static bool
block_open(struct reading *reading, const struct record *record,
    struct error *error)
{
	struct block *block = &reading->blocks[reading->block_count];
	struct str pattern, rest;

	/* Opened in any case, so that its endif closes it. */
	*block =
	    (struct block){ .conditional = true, .negated = record->negated };
	reading->open[reading->depth] = reading->block_count++;
	reading->open_lines[reading->depth++] = record->line;
	word_cut(record->text, &pattern, &rest);
	if (rest.length > 0)
		return error_set(error, "\"" STR_FORMAT "\" after if",
		    STR_ARGS(rest));
	return network_parse(brackets_strip(pattern, reading->build->load),
	    &block->condition, error);
}

static bool
block_close(struct reading *reading, const struct record *record,
    struct error *error)
{
	if (record->text.length > 0)
		return error_set(error, "\"" STR_FORMAT "\" after endif",
		    STR_ARGS(record->text));
	if (reading->depth == 1)
		return error_set(error, "endif without if");
	size_t block = reading->open[--reading->depth];
	reading->blocks[block].end = reading->block_count;
	return true;
}

static bool
rule_add(struct reading *reading, const struct record *record,
    struct error *error)
{
	struct rule *rule = &reading->rules[reading->rule_count];
	struct str pattern, result;

	if (str_trim(record->text).length < record->text.length)
		return error_set(error,
		    "white space at the start goes on with a line before, and "
		    "there is none");
	word_cut(record->text, &pattern, &result);
	if (!network_parse(brackets_strip(pattern, reading->build->load),
		&rule->network, error) ||
	    !records_check_result(result, error))
		return false;
	rule->block = reading->open[reading->depth - 1];
	rule->negated = record->negated;
	reading->rule_count++;
	return true;
}

static bool
record_add(struct reading *reading, const struct record *record,
    struct error *error)
{
	switch (record->kind) {
	case RECORD_IF:
		return block_open(reading, record, error);
	case RECORD_ENDIF:
		return block_close(reading, record, error);
	case RECORD_RULE:
		break;
	}
	return rule_add(reading, record, error);
}

/* Makes room for all records, and opens the block that is the file. */
static void
reading_begin(struct reading *reading, struct table_build *build,
    struct str text)
{
	struct records records = records_of(text, build->load);
	size_t rules = 0, blocks = 1;
	struct record record;

	while (records_next(&records, &record)) {
		rules += record.kind == RECORD_RULE;
		blocks += record.kind == RECORD_IF;
	}
	*reading = (struct reading){
		.build = build,
		.blocks =
		    arena_alloc(build->load, blocks * sizeof(*reading->blocks)),
		.block_count = 1,
		.open =
		    arena_alloc(build->load, blocks * sizeof(*reading->open)),
		.open_lines = arena_alloc(build->load,
		    blocks * sizeof(*reading->open_lines)),
		.depth = 1,
		.rules =
		    arena_alloc(build->load, rules * sizeof(*reading->rules)),
	};
}

static bool
reading_do(struct reading *reading, struct str text)
{
	struct table_build *build = reading->build;
	struct records records = records_of(text, build->load);
	struct record record;
	struct error error;

	while (records_next(&records, &record))
		if (!record_add(reading, &record, &error) &&
		    !table_build_mistake(build, record.line, "%s", error.text))
			return false;
	if (reading->depth > 1)
		table_build_mistake(build,
		    reading->open_lines[reading->depth - 1],
		    "if without endif");
	reading->blocks[0].end = reading->block_count;
	return build->mistakes == 0;
}

/* Puts the rules of a block, which stand together, into its trie and list. */
static bool
block_fill(struct block *block, const struct rule *const *rules, size_t count,
    struct table_build *build, struct error *error)
{
	struct arena *load = arena_new(0);
	struct trie_network *networks =
	    arena_alloc(load, count * sizeof(*networks));
	struct netblock *others = NULL;
	size_t network_count = 0, other_count = 0;
	bool filled = true;

	for (size_t i = 0; i < count; i++)
		other_count += rules[i]->negated;
	if (other_count > 0) {
		others = arena_try(build->arena, other_count * sizeof(*others),
		    error);
		filled = others != NULL;
	}
	block->others = others;
	for (size_t i = 0; filled && i < count; i++)
		if (rules[i]->negated)
			others[block->other_count++] = rules[i]->network;
		else
			networks[network_count++].block = rules[i]->network;
	if (filled && network_count > 0) {
		block->trie =
		    trie_build(networks, network_count, build->arena, error);
		filled = block->trie != NULL;
	}
	arena_free(load);
	return filled;
}

/* Sorts the rules by their blocks, each in one step. */
static const struct rule **
rules_sort(const struct reading *reading, size_t *firsts)
{
	struct arena *load = reading->build->load;
	const struct rule **sorted =
	    arena_alloc(load, reading->rule_count * sizeof(*sorted));
	size_t *next = arena_alloc(load, reading->block_count * sizeof(*next));

	for (size_t i = 0; i < reading->rule_count; i++)
		firsts[reading->rules[i].block + 1]++;
	for (size_t i = 0; i < reading->block_count; i++) {
		firsts[i + 1] += firsts[i];
		next[i] = firsts[i];
	}
	for (size_t i = 0; i < reading->rule_count; i++) {
		const struct rule *rule = &reading->rules[i];

		sorted[next[rule->block]++] = rule;
	}
	return sorted;
}

static bool
cidr_fill(struct cidr *cidr, const struct reading *reading, struct error *error)
{
	struct table_build *build = reading->build;
	size_t size = reading->block_count * sizeof(*cidr->blocks);
	size_t *firsts = arena_alloc(build->load,
	    (reading->block_count + 1) * sizeof(*firsts));
	const struct rule **rules = rules_sort(reading, firsts);

	cidr->blocks = arena_try(build->arena, size, error);
	if (cidr->blocks == NULL)
		return false;
	memcpy(cidr->blocks, reading->blocks, size);
	cidr->count = reading->block_count;
	for (size_t i = 0; i < cidr->count; i++)
		if (!block_fill(&cidr->blocks[i], rules + firsts[i],
			firsts[i + 1] - firsts[i], build, error))
			return false;
	return true;
}

static void *
cidr_build(struct table_build *build, struct str text)
{
	struct cidr *cidr = arena_alloc(build->arena, sizeof(*cidr));
	struct reading reading;
	struct error error;

	if (build->subject != TABLE_NETWORKS) {
		table_build_mistake(build, 0,
		    "cidr: lists networks, and here are other values: use "
		    "file: or pcre:");
		return NULL;
	}
	reading_begin(&reading, build, text);
	if (reading_do(&reading, text) && !cidr_fill(cidr, &reading, &error))
		table_build_mistake(build, 0, "%s", error.text);
	return cidr;
}

/* As in Postfix, "not in this network" holds in the same family only. */
static bool
network_holds(const struct netblock *network, bool negated,
    const struct address *address)
{
	return address_is_ipv4(&network->address) == address_is_ipv4(address) &&
	    netblock_contains(network, address) != negated;
}

static bool
block_find(const struct block *block, const struct address *address)
{
	if (block->trie != NULL && trie_find(block->trie, address, NULL))
		return true;
	for (size_t i = 0; i < block->other_count; i++)
		if (network_holds(&block->others[i], true, address))
			return true;
	return false;
}

static enum lookup
cidr_find(const void *built, struct table_scratch *scratch, struct str *found)
{
	const struct cidr *cidr = built;
	const struct address *address = scratch->key->address;

	*found = STR("");
	for (size_t i = 0; i < cidr->count;) {
		const struct block *block = &cidr->blocks[i];

		if (block->conditional &&
		    !network_holds(&block->condition, block->negated, address))
			i = block->end;
		else if (block_find(block, address))
			return LOOKUP_FOUND;
		else
			i++;
	}
	return LOOKUP_MISSING;
}

const struct table_kind table_cidr = {
	.prefix = "cidr:",
	.build = cidr_build,
	.find = cidr_find,
};
