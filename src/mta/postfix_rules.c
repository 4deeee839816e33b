/*
 * postfix_rules.c - the rules of a cidr:, pcre: or regexp: table.
 */
#include "mta/postfix_rules.h"

#include "base/ascii.h"
#include "base/logical.h"

struct reading {
	struct postfix_table_build *build;
	struct postfix_rules *rules;
	size_t *open; /* the ifs that are open */
	size_t depth;
};

/* Takes a keyword off the start of text if it stands there alone. */
static bool
keyword_cut(struct str *text, struct str keyword)
{
	if (text->length < keyword.length ||
	    !str_equal_nocase(str_slice(*text, 0, keyword.length), keyword) ||
	    (text->length > keyword.length &&
		ascii_is_alnum(text->data[keyword.length])))
		return false;
	*text =
	    ascii_skip_space(str_slice(*text, keyword.length, text->length));
	return true;
}

static void
warn(const struct reading *reading, unsigned line, const char *text)
{
	struct place place = { reading->rules->path, line };

	problems_warning(reading->build->problems, place, "%s", text);
}

/* The pattern with what stands before it. */
static bool
pattern_read(const struct reading *reading, struct postfix_rule *rule,
    struct str *text, struct error *error)
{
	while (text->length > 0 &&
	    (text->data[0] == '!' || ascii_is_space(text->data[0]))) {
		if (text->data[0] == '!')
			rule->negated = !rule->negated;
		*text = str_slice(*text, 1, text->length);
	}
	if (text->length == 0)
		return error_set(error, "no pattern");
	struct str start = *text;
	if (!reading->rules->kind->parse(rule, text, reading->build->arena,
		error))
		return false;
	rule->pattern =
	    str_trim(str_slice(start, 0, (size_t)(text->data - start.data)));
	*text = ascii_skip_space(*text);
	return true;
}

static bool
endif_add(struct reading *reading, struct postfix_rule *rule, struct str text,
    struct error *error)
{
	if (text.length > 0 && reading->rules->kind->strict)
		return error_set(error, "something after endif");
	if (text.length > 0)
		warn(reading, rule->line, "what stands after endif is ignored");
	if (reading->depth == 0)
		return error_set(error, "endif without if");
	rule->kind = POSTFIX_ENTRY_ENDIF;
	reading->rules->count++;
	reading->rules->rules[reading->open[--reading->depth]].end =
	    reading->rules->count;
	return true;
}

static bool
rule_add(struct reading *reading, struct postfix_rule *rule, struct str text,
    struct error *error)
{
	const struct postfix_rule_kind *kind = reading->rules->kind;
	bool condition = keyword_cut(&text, STR("if"));

	rule->kind = condition ? POSTFIX_ENTRY_IF : kind->kind;
	if (!pattern_read(reading, rule, &text, error))
		return false;
	if (condition && text.length > 0 && kind->strict)
		return error_set(error, "something after the pattern of if");
	if (condition && text.length > 0)
		warn(reading, rule->line, "what stands after if is ignored");
	if (condition) {
		rule->end = SIZE_MAX; /* without endif: it is never left */
		reading->open[reading->depth++] = reading->rules->count++;
		return true;
	}
	rule->value = text;
	if (kind->check != NULL && !kind->check(rule, error))
		return false;
	reading->rules->count++;
	return true;
}

static void
line_add(struct reading *reading, const struct logical_line *line)
{
	struct postfix_rule *rule =
	    &reading->rules->rules[reading->rules->count];
	struct str text = str_trim(line->text);
	struct error error;
	bool added;

	*rule = (struct postfix_rule){ .line = line->number };
	if (keyword_cut(&text, STR("endif")))
		added = endif_add(reading, rule, text, &error);
	else
		added = rule_add(reading, rule, text, &error);
	if (!added) {
		error_prefix(&error, "the line does not count");
		warn(reading, rule->line, error.text);
	}
}

struct postfix_rules *
postfix_rules_read(struct postfix_table_build *build,
    const struct postfix_rule_kind *kind, struct postfix_answer *failure)
{
	struct reading reading = { .build = build };
	enum logical_result result;
	struct logical_line line;
	struct str text;

	if (!postfix_table_read_text(build, &text, failure))
		return NULL;
	size_t most = logical_lines_count(text);
	struct logical_lines lines = logical_lines_of(text);
	struct arena *load = arena_new(0);
	reading.open = arena_alloc(load, most * sizeof(*reading.open));
	reading.rules = arena_alloc(build->arena, sizeof(*reading.rules));
	reading.rules->kind = kind;
	reading.rules->path = build->shown;
	reading.rules->rules =
	    arena_alloc(build->arena, most * sizeof(*reading.rules->rules));
	while ((result = logical_lines_next(&lines, build->arena, &line)) !=
	    LOGICAL_END)
		if (result == LOGICAL_LINE)
			line_add(&reading, &line);
		else
			warn(&reading, line.number,
			    "it continues no line before");
	for (size_t i = 0; i < reading.depth; i++)
		warn(&reading, reading.rules->rules[reading.open[i]].line,
		    "if without endif");
	arena_free(load);
	return reading.rules;
}

const struct postfix_rule *
postfix_rules_find(const struct postfix_rules *rules,
    enum lookup (*holds)(void *state, const struct postfix_rule *rule),
    void *state, enum lookup *result)
{
	for (size_t i = 0; i < rules->count;) {
		const struct postfix_rule *rule = &rules->rules[i++];

		if (rule->kind == POSTFIX_ENTRY_ENDIF)
			continue;
		*result = holds(state, rule);
		if (*result == LOOKUP_FAILED)
			return rule;
		bool held = *result == LOOKUP_FOUND;
		if (rule->kind != POSTFIX_ENTRY_IF && held)
			return rule;
		if (rule->kind == POSTFIX_ENTRY_IF && !held)
			i = rule->end;
	}
	*result = LOOKUP_MISSING;
	return NULL;
}

/* Tells one entry, or what stands around a rule with unless. */
static bool
entry_tell(const struct postfix_rules *rules, const struct postfix_rule *rule,
    bool regexp, postfix_entry_callback *callback, void *state)
{
	struct postfix_entry entry = {
		.kind = rule->kind,
		.negated = rule->negated,
		.regexp = regexp,
		.options = rule->options,
		.key = rule->bare,
		.value = rule->value,
		.place = { rules->path, rule->line },
	};
	struct postfix_entry guard = entry;

	if (rule->unless.data == NULL)
		return callback(state, &entry);
	guard.kind = POSTFIX_ENTRY_IF;
	guard.negated = true;
	guard.options = rule->unless_options;
	guard.key = rule->unless;
	guard.value = STR("");
	if (!callback(state, &guard) || !callback(state, &entry))
		return false;
	guard.kind = POSTFIX_ENTRY_ENDIF;
	return callback(state, &guard);
}

void
postfix_rules_each(const struct postfix_rules *rules, bool regexp,
    postfix_entry_callback *callback, void *state)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!entry_tell(rules, &rules->rules[i], regexp, callback,
			state))
			return;
}
