/*
 * postfix_table_pcre.c - pcre: patterns of Perl (pcre_table(5)).
 */
#include "mta/postfix_regex.h"
#include "mta/postfix_rules.h"
#include "table/pattern.h"

struct perl {
	const struct pattern *pattern; /* NULL: we cannot match it */
	bool has_dollar;               /* the value */
};

struct pcre {
	struct postfix_rules *rules;
	struct pattern_scratch *scratch;
};

/* One look-up. */
struct search {
	struct pattern_scratch *scratch;
	struct str key;
};

/* X is obsolete, and E only about a newline at the end of the key. */
static const struct postfix_regex_flag flags[] = {
	{ 'i', PATTERN_CASELESS },
	{ 'm', PATTERN_MULTILINE },
	{ 's', PATTERN_DOTALL },
	{ 'x', PATTERN_EXTENDED },
	{ 'A', PATTERN_ANCHORED },
	{ 'E', 0 },
	{ 'U', PATTERN_UNGREEDY },
	{ 'X', 0 },
};

/* What Postfix takes, and we do not: \C, and (*VERBS) at the start. */
static bool
is_special(struct str pattern)
{
	const char *at = pattern.data;
	size_t length = pattern.length;

	if (str_starts(pattern, STR("(*")))
		return true;
	for (; length > 1; at++, length--)
		if (at[0] == '\\' && at[1] == 'C')
			return true;
	return false;
}

static bool
perl_parse(struct postfix_rule *rule, struct str *text, struct arena *arena,
    struct error *error)
{
	struct perl *perl = arena_alloc(arena, sizeof(*perl));
	struct str pattern;

	rule->options = PATTERN_CASELESS | PATTERN_DOTALL;
	if (!postfix_regex_cut(text, &rule->bare, flags,
		sizeof(flags) / sizeof(flags[0]), &rule->options, error))
		return false;
	if (str_starts(*text, STR("!")))
		return error_set(error, "unknown flag \"!\"");
	pattern = rule->bare.length > 0 ? rule->bare : STR("(?:)");
	perl->pattern = pattern_compile(pattern, rule->options, arena, error);
	rule->compiled = perl;
	return perl->pattern != NULL || is_special(pattern);
}

static bool
perl_value(struct postfix_rule *rule, struct error *error)
{
	struct perl *perl = rule->compiled;
	unsigned greatest;

	if (!postfix_regex_value(rule->value, &greatest, &perl->has_dollar,
		error))
		return false;
	if (greatest > 0 && rule->negated)
		return error_set(error, "$%u after a negated pattern",
		    greatest);
	if (perl->pattern == NULL)
		return true;
	if (greatest > pattern_group_count(perl->pattern) ||
	    greatest > PATTERN_GROUPS_MAX)
		return error_set(error, "the pattern has no group $%u",
		    greatest);
	return true;
}

static const struct postfix_rule_kind pcre_rules = {
	.kind = POSTFIX_ENTRY_REGEX,
	.parse = perl_parse,
	.check = perl_value,
};

static void
scratch_free(void *scratch)
{
	pattern_scratch_free(scratch);
}

static void *
pcre_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	struct pcre *pcre = arena_alloc(build->arena, sizeof(*pcre));

	pcre->rules = postfix_rules_read(build, &pcre_rules, failure);
	if (pcre->rules == NULL)
		return NULL;
	pcre->scratch = pattern_scratch_new();
	arena_cleanup(build->arena, scratch_free, pcre->scratch);
	return pcre;
}

static enum lookup
perl_holds(void *state, const struct postfix_rule *rule)
{
	const struct search *search = state;
	const struct perl *perl = rule->compiled;

	if (perl->pattern == NULL)
		return LOOKUP_FAILED;
	enum lookup result =
	    pattern_match(perl->pattern, search->key, search->scratch);
	if (result == LOOKUP_FAILED || !rule->negated)
		return result;
	return result == LOOKUP_FOUND ? LOOKUP_MISSING : LOOKUP_FOUND;
}

static void
pcre_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer)
{
	const struct pcre *pcre = opened;
	struct search search = { .scratch = pcre->scratch, .key = key };
	struct str groups[PATTERN_GROUPS_MAX];
	enum lookup result;
	const struct postfix_rule *rule =
	    postfix_rules_find(pcre->rules, perl_holds, &search, &result);

	if (rule == NULL)
		return;
	const struct perl *perl = rule->compiled;
	answer->key = rule->pattern;
	answer->place.line = rule->line;
	/* A negated rule has only $$, and no group. */
	for (size_t i = 0; i < PATTERN_GROUPS_MAX; i++)
		groups[i] = STR("");
	if (result == LOOKUP_FOUND && perl->has_dollar && !rule->negated)
		result = pattern_match_groups(perl->pattern, key, groups,
		    pcre->scratch);
	if (result == LOOKUP_FAILED) {
		answer->found = POSTFIX_UNKNOWN;
		answer->reason =
		    "the pattern cannot be matched, or takes too long";
		return;
	}
	answer->found = POSTFIX_FOUND;
	answer->value = rule->value;
	if (perl->has_dollar)
		answer->value = postfix_regex_fill(rule->value, groups,
		    PATTERN_GROUPS_MAX, arena);
}

static enum postfix_found
pcre_each(void *opened, postfix_entry_callback *callback, void *state,
    const char **reason)
{
	const struct pcre *pcre = opened;

	*reason = NULL;
	postfix_rules_each(pcre->rules, false, callback, state);
	return POSTFIX_FOUND;
}

const struct postfix_table_kind postfix_table_pcre = {
	.type = "pcre",
	.open = pcre_open,
	.find = pcre_find,
	.each = pcre_each,
	.pattern = true,
};
