/*
 * table_pcre.c - pcre: patterns in the format of pcre_table(5).
 *
 * A rule must match the whole of what it lists. One that is negated, and the
 * condition of an if, need not: anchors would make them hold more.
 */
#include "table/pattern.h"
#include "table/records.h"
#include "table/scratch.h"
#include "table/table.h"

#include <string.h>

struct rule {
	const struct pattern *pattern;
	bool condition; /* of an if */
	bool negated;
	bool domain_only;
	size_t end; /* of a condition: the first rule after its endif */
};

struct pcre {
	struct rule *rules;
	size_t count;
};

/* The ifs that are open while a file is read. */
struct open_if {
	size_t rule;
	unsigned line;
};

struct reading {
	struct table_build *build;
	struct pcre *pcre;
	struct open_if *open;
	size_t depth;
};

static unsigned
options_for(const struct record *record)
{
	unsigned options = PATTERN_CASELESS | PATTERN_DOTALL;

	if (record->kind == RECORD_RULE && !record->negated)
		options |= PATTERN_WHOLE;
	return options;
}

/* Reads /pattern/flags, and what stands after them. */
static bool
rule_read(struct reading *reading, const struct record *record,
    struct rule *rule, struct str *rest, struct error *error)
{
	unsigned options = options_for(record);
	struct str text;

	*rest = record->text;
	if (!pattern_cut(rest, &text, error) ||
	    !pattern_flags(rest, &options, error))
		return false;
	rule->domain_only =
	    text.length == 0 || memchr(text.data, '@', text.length) == NULL;
	rule->pattern =
	    pattern_compile(text, options, reading->build->arena, error);
	return rule->pattern != NULL;
}

static bool
if_add(struct reading *reading, const struct record *record,
    struct error *error)
{
	struct rule *rule = &reading->pcre->rules[reading->pcre->count];
	struct str rest;

	/* Opened in any case, so that its endif closes it. */
	reading->open[reading->depth++] = (struct open_if){
		.rule = reading->pcre->count++,
		.line = record->line,
	};
	rule->condition = true;
	rule->negated = record->negated;
	if (!rule_read(reading, record, rule, &rest, error))
		return false;
	if (rest.length > 0)
		return error_set(error, "\"" STR_FORMAT "\" after if",
		    STR_ARGS(rest));
	return true;
}

static bool
endif_add(struct reading *reading, const struct record *record,
    struct error *error)
{
	if (record->text.length > 0)
		return error_set(error, "\"" STR_FORMAT "\" after endif",
		    STR_ARGS(record->text));
	if (reading->depth == 0)
		return error_set(error, "endif without if");
	struct open_if *open = &reading->open[--reading->depth];
	reading->pcre->rules[open->rule].end = reading->pcre->count;
	return true;
}

static bool
rule_add(struct reading *reading, const struct record *record,
    struct error *error)
{
	struct rule *rule = &reading->pcre->rules[reading->pcre->count];
	struct str result;

	rule->negated = record->negated;
	if (!rule_read(reading, record, rule, &result, error) ||
	    !records_check_result(result, error))
		return false;
	reading->pcre->count++;
	return true;
}

static bool
record_add(struct reading *reading, const struct record *record,
    struct error *error)
{
	switch (record->kind) {
	case RECORD_IF:
		return if_add(reading, record, error);
	case RECORD_ENDIF:
		return endif_add(reading, record, error);
	case RECORD_RULE:
		break;
	}
	return rule_add(reading, record, error);
}

static bool
rules_new(struct reading *reading, struct str text, struct error *error)
{
	struct table_build *build = reading->build;
	struct records records = records_of(text, build->load);
	size_t rules = 0, ifs = 0;
	struct record record;

	while (records_next(&records, &record)) {
		rules += record.kind != RECORD_ENDIF;
		ifs += record.kind == RECORD_IF;
	}
	reading->open = arena_alloc(build->load, ifs * sizeof(*reading->open));
	reading->pcre->rules = arena_try(build->arena,
	    rules * sizeof(*reading->pcre->rules), error);
	return reading->pcre->rules != NULL;
}

static void *
pcre_build(struct table_build *build, struct str text)
{
	struct pcre *pcre = arena_alloc(build->arena, sizeof(*pcre));
	struct reading reading = { .build = build, .pcre = pcre };
	struct records records = records_of(text, build->load);
	struct record record;
	struct error error;

	if (!rules_new(&reading, text, &error)) {
		table_build_mistake(build, 0, "%s", error.text);
		return NULL;
	}
	while (records_next(&records, &record))
		if (!record_add(&reading, &record, &error) &&
		    !table_build_mistake(build, record.line, "%s", error.text))
			return NULL;
	if (reading.depth > 0)
		table_build_mistake(build, reading.open[reading.depth - 1].line,
		    "if without endif");
	return pcre;
}

/* Whether a rule holds for the key; negated ones where the pattern does not. */
static enum lookup
rule_find(const struct rule *rule, struct table_scratch *scratch)
{
	struct str text = scratch_text(scratch, rule->domain_only);
	enum lookup result =
	    pattern_match(rule->pattern, text, scratch->patterns);

	if (result == LOOKUP_FAILED || !rule->negated)
		return result;
	return result == LOOKUP_FOUND ? LOOKUP_MISSING : LOOKUP_FOUND;
}

static enum lookup
pcre_find(const void *built, struct table_scratch *scratch, struct str *found)
{
	const struct pcre *pcre = built;

	*found = STR("");
	if (!scratch_has_domain(scratch))
		return LOOKUP_MISSING;
	for (size_t i = 0; i < pcre->count;) {
		const struct rule *rule = &pcre->rules[i];
		enum lookup result = rule_find(rule, scratch);

		if (result == LOOKUP_FAILED ||
		    (result == LOOKUP_FOUND && !rule->condition))
			return result;
		if (rule->condition && result == LOOKUP_MISSING)
			i = rule->end;
		else
			i++;
	}
	return LOOKUP_MISSING;
}

const struct table_kind table_pcre = {
	.prefix = "pcre:",
	.build = pcre_build,
	.find = pcre_find,
};
