/*
 * set.c - a set of single values: what a list in the policy file and a file:
 * have in common.
 */
#include "table/set.h"

#include "mail/domain.h"
#include "table/name_value.h"
#include "table/names.h"
#include "table/network.h"
#include "table/pattern.h"
#include "table/scratch.h"
#include "table/trie.h"

#include <string.h>

struct set_pattern {
	const struct pattern *pattern;
	struct str text; /* as it was written */
	bool domain_only;
};

struct set {
	enum table_subject subject;
	struct arena *arena;
	struct names *names;           /* NULL: none, as below */
	const struct trie *trie;       /* made by set_finish() */
	struct trie_network *networks; /* in load, until then */
	struct str *network_texts;     /* NULL: not kept */
	struct set_pattern *patterns;
	size_t network_count;
	size_t pattern_count;
};

static bool
is_network_subject(enum table_subject subject)
{
	return subject == TABLE_NETWORKS;
}

/* ^ can begin a local part, but not one that ends in $ as well. */
bool
set_is_pattern(struct str text)
{
	return str_starts(text, STR("/")) ||
	    (str_starts(text, STR("^")) && str_ends(text, STR("$")));
}

void
set_count(struct set_size *size, struct str text)
{
	if (set_is_pattern(text)) {
		size->patterns++;
	} else if (is_network_subject(size->subject)) {
		size->networks++;
	} else {
		size->names++;
		size->name_bytes += size->subject == TABLE_WORDS
		    ? text.length
		    : name_value_space(text);
	}
}

static bool
networks_new(struct set *set, const struct set_size *size, bool keep_text,
    struct arena *load, struct error *error)
{
	if (size->networks == 0)
		return true;
	set->networks =
	    arena_alloc(load, size->networks * sizeof(*set->networks));
	if (!keep_text)
		return true;
	set->network_texts = arena_try(set->arena,
	    size->networks * sizeof(*set->network_texts), error);
	return set->network_texts != NULL;
}

struct set *
set_new(const struct set_size *size, bool keep_text, struct arena *arena,
    struct arena *load, struct error *error)
{
	struct set *set = arena_try(arena, sizeof(*set), error);

	if (set == NULL)
		return NULL;
	set->subject = size->subject;
	set->arena = arena;
	if (!networks_new(set, size, keep_text, load, error))
		return NULL;
	if (size->names > 0) {
		set->names =
		    names_new(size->names, size->name_bytes, arena, error);
		if (set->names == NULL)
			return NULL;
	}
	if (size->patterns > 0) {
		set->patterns = arena_try(arena,
		    size->patterns * sizeof(*set->patterns), error);
		if (set->patterns == NULL)
			return NULL;
	}
	return set;
}

/* Takes "/pattern/flags" or "^pattern$" apart. */
static bool
pattern_value(struct str text, enum table_subject subject, struct str *pattern,
    unsigned *options, struct error *error)
{
	struct str rest = text;

	*options = PATTERN_DOTALL;
	*pattern = text;
	if (text.data[0] == '/') {
		if (!pattern_cut(&rest, pattern, error) ||
		    !pattern_flags(&rest, options, error))
			return false;
		if (rest.length > 0)
			return error_set(error,
			    "\"" STR_FORMAT "\" after a pattern",
			    STR_ARGS(rest));
	}
	/* Domains are lower case here, whatever the writer wrote. */
	if (subject != TABLE_WORDS)
		*options |= PATTERN_CASELESS;
	*options |= PATTERN_WHOLE;
	return true;
}

static bool
pattern_add(struct set *set, struct str text, struct error *error)
{
	struct set_pattern *entry = &set->patterns[set->pattern_count];
	struct str pattern;
	unsigned options;

	if (!pattern_value(text, set->subject, &pattern, &options, error))
		return false;
	entry->pattern = pattern_compile(pattern, options, set->arena, error);
	if (entry->pattern == NULL)
		return false;
	entry->text = arena_copy(set->arena, text);
	entry->domain_only = memchr(text.data, '@', text.length) == NULL;
	set->pattern_count++;
	return true;
}

static bool
network_add(struct set *set, struct str text, struct error *error)
{
	size_t at = set->network_count;
	struct trie_network *network = &set->networks[at];

	if (!network_parse(text, &network->block, error))
		return false;
	network->value = 0;
	if (set->network_texts != NULL) {
		network->value = (uint32_t)at;
		set->network_texts[at] = arena_copy(set->arena, text);
	}
	set->network_count++;
	return true;
}

static bool
name_add(struct set *set, struct str text, struct error *error)
{
	struct name_space space;
	struct str name = text;

	if (set->subject == TABLE_WORDS) {
		if (text.length > NAMES_LONGEST)
			return error_set(error, "longer than %d bytes",
			    NAMES_LONGEST);
	} else if (!name_value_parse(text, &space, &name, error)) {
		return false;
	}
	names_add(set->names, name);
	return true;
}

bool
set_add(struct set *set, struct str text, struct error *error)
{
	if (text.length == 0)
		return error_set(error, "an empty value");
	if (set_is_pattern(text))
		return pattern_add(set, text, error);
	if (is_network_subject(set->subject))
		return network_add(set, text, error);
	return name_add(set, text, error);
}

bool
set_finish(struct set *set, struct error *error)
{
	if (set->network_count == 0)
		return true;
	set->trie =
	    trie_build(set->networks, set->network_count, set->arena, error);
	set->networks = NULL;
	return set->trie != NULL;
}

static enum lookup
patterns_find(const struct set *set, struct table_scratch *scratch,
    struct str *found)
{
	enum lookup result = LOOKUP_MISSING;

	for (size_t i = 0; i < set->pattern_count; i++) {
		const struct set_pattern *entry = &set->patterns[i];
		struct str text = scratch_text(scratch, entry->domain_only);
		enum lookup one =
		    pattern_match(entry->pattern, text, scratch->patterns);

		if (one == LOOKUP_FOUND) {
			*found = entry->text;
			return one;
		}
		if (one == LOOKUP_FAILED)
			result = one;
	}
	return result;
}

static bool
network_find(const struct set *set, const struct address *address,
    struct str *found)
{
	uint32_t at;

	if (set->trie == NULL || !trie_find(set->trie, address, &at))
		return false;
	if (set->network_texts != NULL)
		*found = set->network_texts[at];
	return true;
}

static bool
address_find(const struct set *set, struct table_scratch *scratch,
    struct str *found)
{
	if (set->names == NULL)
		return false;
	if (names_find_domain(set->names, scratch->domain, found))
		return true;
	if (!names_have_addresses(set->names))
		return false;
	struct str address = scratch_address(scratch);
	return address.length > 0 &&
	    (names_find(set->names, address, found) ||
		names_find(set->names, scratch_user(scratch), found));
}

enum lookup
set_find(const struct set *set, struct table_scratch *scratch,
    struct str *found)
{
	const struct table_key *key = scratch->key;
	bool matched = false;

	*found = STR("");
	if (!scratch_has_domain(scratch))
		return LOOKUP_MISSING;
	switch (set->subject) {
	case TABLE_NETWORKS:
		matched = network_find(set, key->address, found);
		break;
	case TABLE_DOMAINS:
	case TABLE_SENDERS:
		matched = address_find(set, scratch, found);
		break;
	case TABLE_WORDS:
		matched = set->names != NULL &&
		    names_find(set->names, key->word, found);
		break;
	}
	return matched ? LOOKUP_FOUND : patterns_find(set, scratch, found);
}
