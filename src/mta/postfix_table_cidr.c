/*
 * postfix_table_cidr.c - cidr: addresses and networks (cidr_table(5)).
 */
#include "base/netblock.h"
#include "mta/postfix_list.h"
#include "mta/postfix_rules.h"

#include <string.h>

/* A mapped address is one of IPv6 here: Postfix goes by its text. */
struct network {
	bool ipv6;
	struct netblock block;
};

static bool
network_parse(struct postfix_rule *rule, struct str *text, struct arena *arena,
    struct error *error)
{
	struct network *network = arena_alloc(arena, sizeof(*network));
	size_t length = 0;

	while (length < text->length && text->data[length] != ' ' &&
	    (text->data[length] < '\t' || text->data[length] > '\r'))
		length++;
	struct str word = str_slice(*text, 0, length);
	*text = str_slice(*text, length, text->length);
	if (!postfix_block_parse(word, &network->block, error))
		return false;
	rule->bare = word;
	network->ipv6 = str_has(word, ':');
	rule->compiled = network;
	return true;
}

static bool
value_check(struct postfix_rule *rule, struct error *error)
{
	if (rule->value.length > 0)
		return true;
	return error_set(error, "no value after the pattern");
}

static const struct postfix_rule_kind cidr_rules = {
	.kind = POSTFIX_ENTRY_BLOCK,
	.strict = true,
	.parse = network_parse,
	.check = value_check,
};

static void *
cidr_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	return postfix_rules_read(build, &cidr_rules, failure);
}

/* "Not in this network" holds in the same family only. */
static enum lookup
network_holds(void *state, const struct postfix_rule *rule)
{
	const struct network *key = state, *network = rule->compiled;
	struct netblock block = key->block;

	if (key->ipv6 != network->ipv6)
		return LOOKUP_MISSING;
	block.prefix = network->block.prefix;
	netblock_mask(&block);
	bool inside = memcmp(&block.address, &network->block.address,
			  sizeof(block.address)) == 0;
	return inside != rule->negated ? LOOKUP_FOUND : LOOKUP_MISSING;
}

static void
cidr_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	const struct postfix_rules *rules = opened;
	const struct postfix_rule *rule;
	struct network network;
	enum lookup result;
	struct error ignored;

	(void)arena;
	if (!address_parse(key, &network.block.address, &ignored))
		return;
	network.ipv6 = str_has(key, ':');
	rule = postfix_rules_find(rules, network_holds, &network, &result);
	if (rule == NULL)
		return;
	answer->found = POSTFIX_FOUND;
	answer->key = rule->pattern;
	answer->value = rule->value;
	answer->place.line = rule->line;
}

static enum postfix_found
cidr_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	*reason = NULL;
	postfix_rules_each(opened, false, callback, state);
	return POSTFIX_FOUND;
}

const struct postfix_table_kind postfix_table_cidr = {
	.type = "cidr",
	.open = cidr_open,
	.find = cidr_find,
	.each = cidr_each,
	.pattern = true,
};
