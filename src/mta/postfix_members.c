/*
 * postfix_members.c - who is in a list of Postfix, ready for decisions.
 */
#include "mta/postfix_members.h"

#include "table/pattern.h"
#include "table/scratch.h"
#include "table/set.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum segment_kind {
	SEGMENT_SET,
	SEGMENT_PATTERNS,
	SEGMENT_UNKNOWN,
};

/* A value of a set, or a pattern, while the list is made. */
struct member {
	struct member *next;
	struct str text;
	unsigned options; /* of a pattern */
	bool negated;     /* a pattern of a table: !/x/ */
	struct place place;
};

struct postfix_segment {
	struct postfix_segment *next;
	enum segment_kind kind;
	bool negated;
	struct member *members;
	struct member *last;
	size_t count;
};

/* The same, as it is asked. */
struct rule {
	const struct pattern *pattern;
	bool negated;
};

struct segment {
	enum segment_kind kind;
	bool negated;
	struct set *set;
	const struct rule *rules;
	size_t rule_count;
};

struct members {
	const struct segment *segments;
	size_t count;
};

static void warn(const struct postfix_members_build *members,
    struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
warn(const struct postfix_members_build *members, struct place place,
    const char *format, ...)
{
	struct error what;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what.text, sizeof(what.text), format, arguments);
	va_end(arguments);
	problems_warning(members->build->problems,
	    place.file != NULL ? place : members->build->place,
	    "postfix:" STR_FORMAT ": %s", STR_ARGS(members->build->argument),
	    what.text);
}

/* The segment that the next member of a kind goes into. */
static struct postfix_segment *
segment_for(struct postfix_members_build *members, enum segment_kind kind,
    bool negated)
{
	struct postfix_segment *last = members->last;

	if (last != NULL && last->kind == kind && last->negated == negated)
		return last;
	struct postfix_segment *segment =
	    arena_alloc(members->build->load, sizeof(*segment));
	segment->kind = kind;
	segment->negated = negated;
	if (last != NULL)
		last->next = segment;
	else
		members->first = segment;
	members->last = segment;
	return segment;
}

static struct member *
member_add(struct postfix_members_build *members, enum segment_kind kind,
    bool negated, struct str text)
{
	struct postfix_segment *segment = segment_for(members, kind, negated);
	struct member *member =
	    arena_alloc(members->build->load, sizeof(*member));

	member->text = text;
	if (segment->last != NULL)
		segment->last->next = member;
	else
		segment->members = member;
	segment->last = member;
	segment->count++;
	return member;
}

void
postfix_members_add_block(struct postfix_members_build *members, bool negated,
    const struct netblock *block, struct place place)
{
	char bytes[64];
	struct buf text = BUF(bytes);

	netblock_print(block, &text);
	/* An exception may be as wide as it likes. */
	if (!negated &&
	    !table_ceiling_holds(members->build->options->ceiling, block)) {
		warn(members, place,
		    STR_FORMAT " reaches beyond networks_ceiling: left out",
		    STR_ARGS(buf_str(&text)));
		return;
	}
	member_add(members, SEGMENT_SET, negated,
	    arena_copy(members->build->load, buf_str(&text)));
}

/* Whether all domains below a name would be those of a registry. */
static bool
is_top_level(struct str name)
{
	return name.length > 0 && !str_has(name, '.');
}

/* Adds a name as names.h wants it, where Postfix would ever ask for it. */
static void
add_domain(struct postfix_members_build *members, bool negated, struct str name,
    struct place place)
{
	bool dotted = str_starts(name, STR("."));
	struct arena *load = members->build->load;

	if (name.length == 0 || str_has(name, '@'))
		return;
	if (dotted && (members->kind == POSTFIX_STRINGS || members->parents))
		return;
	if (!dotted || !is_top_level(str_slice(name, 1, name.length)))
		member_add(members, SEGMENT_SET, negated, name);
	else
		warn(members, place,
		    STR_FORMAT " is a top-level domain: left out",
		    STR_ARGS(name));
	if (members->kind == POSTFIX_STRINGS || !members->parents)
		return;
	if (is_top_level(name) && !negated)
		warn(members, place,
		    "all domains below " STR_FORMAT " are left out: it is a "
		    "top-level domain",
		    STR_ARGS(name));
	else
		member_add(members, SEGMENT_SET, negated,
		    str_from(
			arena_print(load, "." STR_FORMAT, STR_ARGS(name))));
}

/*
 * A client's name cannot be asked here. One that would be trusted is not; but
 * behind one that would not be, nobody knows who is left.
 */
static bool
add_client_name(struct postfix_members_build *members, bool negated,
    struct str name, struct place place)
{
	if (!negated) {
		warn(members, place,
		    STR_FORMAT " is a name, which is no reason to trust a "
			       "client: left out",
		    STR_ARGS(name));
		return true;
	}
	if (members->build->options->ceiling != NULL) {
		warn(members, place,
		    "all behind !" STR_FORMAT " is left out, since names are "
		    "not asked for here",
		    STR_ARGS(name));
		members->stopped = true;
		return true;
	}
	problems_error(members->build->problems, members->build->place,
	    "postfix:" STR_FORMAT ": !" STR_FORMAT " cannot be followed, since "
	    "names are not asked for here",
	    STR_ARGS(members->build->argument), STR_ARGS(name));
	members->build->mistakes++;
	return false;
}

static void
add_unknown(struct postfix_members_build *members, struct place place,
    const char *reason)
{
	warn(members, place, "%s: who is not found before it is deferred",
	    reason != NULL ? reason : "cannot be looked up");
	segment_for(members, SEGMENT_UNKNOWN, false);
}

/* A key of a table, which a list asks for as it asks for its own names. */
static bool
add_key(struct postfix_members_build *members, bool negated, struct str key,
    struct place place)
{
	struct netblock block = { .prefix = 128 };
	struct error ignored;

	if (members->kind != POSTFIX_CLIENTS) {
		add_domain(members, negated, key, place);
		return true;
	}
	if (!address_parse(key, &block.address, &ignored))
		return add_client_name(members, negated, key, place);
	postfix_members_add_block(members, negated, &block, place);
	return true;
}

/* What the listing of a table needs. */
struct listing {
	struct postfix_members_build *members;
	bool negated;
	bool good;
	const char *unknown; /* why the rest cannot be compiled */
	struct place place;
};

static void
add_everything(struct listing *listing, struct place place)
{
	static const struct netblock all[] = {
		{ .address = { .bytes = { [10] = 0xff, [11] = 0xff } },
		    .prefix = 96 },
		{ .prefix = 0 },
	};

	if (listing->members->kind != POSTFIX_CLIENTS) {
		warn(listing->members, place,
		    "a table that has every domain is left out");
		return;
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		postfix_members_add_block(listing->members, listing->negated,
		    &all[i], place);
}

static void
add_pattern(struct listing *listing, const struct postfix_entry *entry)
{
	struct postfix_members_build *members = listing->members;
	struct member *member;

	if (members->kind == POSTFIX_CLIENTS)
		listing->unknown = "patterns of names and addresses";
	else if (entry->regexp)
		listing->unknown = "patterns of another kind than PCRE";
	if (listing->unknown != NULL)
		return;
	member = member_add(members, SEGMENT_PATTERNS, listing->negated,
	    arena_copy(members->build->load, entry->key));
	member->options = entry->options;
	member->negated = entry->negated;
	member->place = entry->place;
}

static bool
list_entry(void *state, const struct postfix_entry *entry)
{
	struct listing *listing = state;
	struct postfix_members_build *members = listing->members;
	struct netblock block;
	struct error ignored;

	listing->place = entry->place;
	switch (entry->kind) {
	case POSTFIX_ENTRY_KEY:
		listing->good = add_key(members, listing->negated,
		    arena_copy(members->build->load, entry->key), entry->place);
		break;
	case POSTFIX_ENTRY_ANY:
		add_everything(listing, entry->place);
		break;
	case POSTFIX_ENTRY_BLOCK:
		if (entry->negated)
			listing->unknown = "a negated network of a table";
		else if (netblock_parse(entry->key, &block, &ignored))
			postfix_members_add_block(members, listing->negated,
			    &block, entry->place);
		break;
	case POSTFIX_ENTRY_REGEX:
		add_pattern(listing, entry);
		break;
	case POSTFIX_ENTRY_IF:
	case POSTFIX_ENTRY_ENDIF:
		listing->unknown = "conditions of a table";
		break;
	}
	return listing->good && listing->unknown == NULL && !members->stopped;
}

static bool
add_table(struct postfix_members_build *members,
    const struct postfix_element *element)
{
	struct listing listing = {
		.members = members,
		.negated = element->negated,
		.good = true,
		.place = element->place,
	};
	const char *reason = NULL;
	enum postfix_found all =
	    postfix_table_each(element->table, list_entry, &listing, &reason);

	if (listing.unknown != NULL)
		add_unknown(members, listing.place, listing.unknown);
	else if (all != POSTFIX_FOUND)
		add_unknown(members, element->place, reason);
	return listing.good;
}

bool
postfix_members_add(struct postfix_members_build *members,
    const struct postfix_element *element)
{
	if (members->stopped)
		return true;
	switch (element->kind) {
	case POSTFIX_ELEMENT_TEXT:
		if (members->kind == POSTFIX_CLIENTS)
			return add_client_name(members, element->negated,
			    element->text, element->place);
		add_domain(members, element->negated, element->text,
		    element->place);
		return true;
	case POSTFIX_ELEMENT_BLOCK:
		postfix_members_add_block(members, element->negated,
		    &element->block, element->place);
		return true;
	case POSTFIX_ELEMENT_TABLE:
		return add_table(members, element);
	case POSTFIX_ELEMENT_BROKEN:
		add_unknown(members, element->place, element->reason);
		return true;
	}
	return true;
}

static bool
set_make(const struct postfix_members_build *members,
    const struct postfix_segment *from, struct segment *segment,
    struct error *error)
{
	struct table_build *build = members->build;
	struct set_size size = { .subject = build->subject };
	struct error ignored;

	for (struct member *member = from->members; member != NULL;
	     member = member->next)
		set_count(&size, member->text);
	segment->set = set_new(&size, true, build->arena, build->load, error);
	if (segment->set == NULL)
		return false;
	/* What is no domain cannot be that of a recipient either. */
	for (struct member *member = from->members; member != NULL;
	     member = member->next)
		(void)set_add(segment->set, member->text, &ignored);
	return set_finish(segment->set, error);
}

static bool
rules_make(const struct postfix_members_build *members,
    const struct postfix_segment *from, struct segment *segment,
    struct error *error)
{
	struct arena *arena = members->build->arena;
	struct rule *rules =
	    arena_try(arena, (from->count + 1) * sizeof(*rules), error);

	if (rules == NULL)
		return false;
	for (struct member *member = from->members; member != NULL;
	     member = member->next) {
		struct rule *rule = &rules[segment->rule_count];

		rule->pattern = pattern_compile(member->text, member->options,
		    arena, error);
		if (rule->pattern == NULL) {
			error_prefix(error, "%s:%u", member->place.file,
			    member->place.line);
			return false;
		}
		rule->negated = member->negated;
		segment->rule_count++;
	}
	segment->rules = rules;
	return true;
}

static bool
segment_make(const struct postfix_members_build *members,
    const struct postfix_segment *from, struct segment *segment,
    struct error *error)
{
	segment->kind = from->kind;
	segment->negated = from->negated;
	switch (from->kind) {
	case SEGMENT_SET:
		return set_make(members, from, segment, error);
	case SEGMENT_PATTERNS:
		return rules_make(members, from, segment, error);
	case SEGMENT_UNKNOWN:
		return true;
	}
	return true;
}

void *
postfix_members_finish(struct postfix_members_build *members,
    struct error *error)
{
	struct arena *arena = members->build->arena;
	struct members *made = arena_alloc(arena, sizeof(*made));
	struct segment *segments;
	size_t count = 0;

	for (struct postfix_segment *from = members->first; from != NULL;
	     from = from->next)
		count++;
	segments = arena_alloc(arena, (count + 1) * sizeof(*segments));
	for (struct postfix_segment *from = members->first; from != NULL;
	     from = from->next)
		if (!segment_make(members, from, &segments[made->count++],
			error))
			return NULL;
	made->segments = segments;
	return made;
}

static enum lookup
rules_find(const struct segment *segment, struct table_scratch *scratch)
{
	struct str text = scratch_text(scratch, true);

	for (size_t i = 0; i < segment->rule_count; i++) {
		const struct rule *rule = &segment->rules[i];
		enum lookup one =
		    pattern_match(rule->pattern, text, scratch->patterns);

		if (one == LOOKUP_FAILED)
			return one;
		if ((one == LOOKUP_FOUND) != rule->negated)
			return LOOKUP_FOUND;
	}
	return LOOKUP_MISSING;
}

static enum lookup
segment_find(const struct segment *segment, struct table_scratch *scratch,
    struct str *found)
{
	switch (segment->kind) {
	case SEGMENT_SET:
		return set_find(segment->set, scratch, found);
	case SEGMENT_PATTERNS:
		return scratch_has_domain(scratch)
		    ? rules_find(segment, scratch)
		    : LOOKUP_MISSING;
	case SEGMENT_UNKNOWN:
		return LOOKUP_FAILED;
	}
	return LOOKUP_FAILED;
}

enum lookup
postfix_members_find(const void *opened, struct table_scratch *scratch,
    struct str *found)
{
	const struct members *members = opened;

	/* The first that matches decides, so what is unknown ends it, too. */
	for (size_t i = 0; i < members->count; i++) {
		enum lookup one =
		    segment_find(&members->segments[i], scratch, found);

		if (one == LOOKUP_FAILED)
			return one;
		if (one == LOOKUP_FOUND)
			return members->segments[i].negated ? LOOKUP_MISSING
							    : LOOKUP_FOUND;
	}
	return LOOKUP_MISSING;
}
