/*
 * exim_values.c - the values between which an Exim configuration tells a
 * difference.
 */
#include "check/exim_values.h"

#include "base/ascii.h"
#include "base/lines.h"
#include "mta/exim_cache.h"
#include "mta/exim_expand.h"

#include <string.h>

/* Names of nobody, and one below each domain that is often opened. */
static const char *const outside[] = { "elsewhere.example",
	"elsewhere-7f3a.com", "elsewhere-7f3a.net", "elsewhere-7f3a.org" };

enum what {
	WHAT_HOSTS,
	WHAT_SENDERS,
	WHAT_DOMAINS, /* of recipients */
	WHAT_SENDER_DOMAINS,
	WHAT_LOCAL_PARTS,
};

struct collecting {
	const struct exim *exim;
	struct arena *arena;
	struct exim_values *values;
};

static void
add(struct exim_names *names, const char *value)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->values[i], value) == 0)
			return;
	if (names->count < EXIM_NAMES_MAX)
		names->values[names->count++] = value;
}

/* The bytes with which all must begin that a pattern matches. */
static struct str
fixed_start(struct arena *arena, struct str pattern)
{
	char *start = arena_alloc(arena, pattern.length + 1);
	size_t length = 0, at = 0;

	if (str_starts(pattern, STR("\\N")))
		at += 2;
	at += at < pattern.length && pattern.data[at] == '^';
	for (; at < pattern.length; at++) {
		char c = pattern.data[at];

		if (c == '\\' && at + 1 < pattern.length &&
		    !ascii_is_alnum(pattern.data[at + 1]))
			c = pattern.data[++at];
		else if (!ascii_is_word(c) && c != '-' && c != '@')
			break;
		start[length++] = c;
	}
	return (struct str){ start, length };
}

static const char *
print(struct collecting *collecting, const char *before, struct str text,
    const char *after)
{
	return arena_print(collecting->arena, "%s" STR_FORMAT "%s", before,
	    STR_ARGS(text), after);
}

/* One that a pattern may match, for each of what is often meant. */
static void
add_of_pattern(struct collecting *collecting, enum what what,
    struct str pattern)
{
	struct exim_values *values = collecting->values;
	struct str start = fixed_start(collecting->arena, pattern);

	switch (what) {
	case WHAT_SENDERS:
		add(&values->senders,
		    print(collecting, "", start, "x@elsewhere-7f3a.com"));
		add(&values->senders, print(collecting, "", start, ""));
		break;
	case WHAT_SENDER_DOMAINS:
		add(&values->senders,
		    print(collecting, "x@", start, "elsewhere-7f3a.com"));
		add(&values->senders, print(collecting, "x@", start, ""));
		break;
	case WHAT_DOMAINS:
		add(&values->domains,
		    print(collecting, "", start, "elsewhere-7f3a.com"));
		add(&values->domains,
		    print(collecting, "", start, ".elsewhere-7f3a.com"));
		break;
	case WHAT_LOCAL_PARTS:
		add(&values->local_parts, print(collecting, "", start, ""));
		add(&values->local_parts, print(collecting, "", start, "x"));
		break;
	case WHAT_HOSTS:
		break;
	}
}

/* "*.example.com" has x.example.com in it. */
static const char *
member(struct collecting *collecting, struct str item)
{
	bool wild = str_starts(item, STR("*"));
	struct str rest = wild ? str_slice(item, 1, item.length) : item;

	return print(collecting, wild ? "x" : "", rest, "");
}

static void
add_sender(struct collecting *collecting, struct str item)
{
	struct str local, domain;

	if (!str_cut_last(item, '@', &local, &domain)) {
		local = STR("*");
		domain = item;
	}
	add(&collecting->values->senders,
	    arena_print(collecting->arena, "%s@%s", member(collecting, local),
		member(collecting, domain)));
}

static void
add_item(struct collecting *collecting, enum what what, struct str item)
{
	struct exim_values *values = collecting->values;
	struct netblock block;
	struct error error;

	switch (what) {
	case WHAT_HOSTS:
		if (netblock_parse(item, &block, &error))
			proof_blocks_add(&values->blocks, &block);
		break;
	case WHAT_SENDERS:
		add_sender(collecting, item);
		break;
	case WHAT_SENDER_DOMAINS:
		add(&values->senders,
		    arena_print(collecting->arena, "x@%s",
			member(collecting, item)));
		break;
	case WHAT_DOMAINS:
		/* Everybody's is a domain below one label. */
		if (str_starts(item, STR("*.")) && item.length > 2 &&
		    !str_has(str_slice(item, 2, item.length), '.'))
			add(&values->domains,
			    print(collecting, "elsewhere-7f3a",
				str_slice(item, 1, item.length), ""));
		break;
	case WHAT_LOCAL_PARTS:
		add(&values->local_parts, member(collecting, item));
		break;
	}
}

static void add_list(struct collecting *collecting, enum what what,
    struct str list);

/* The lines of a file, of which the first word of each may be an item. */
static void
add_file(struct collecting *collecting, enum what what, struct str path)
{
	struct exim_cache *cache = collecting->exim->cache;
	struct str text, line, word;
	const char *why;

	if (cache == NULL ||
	    exim_cache_file(cache, path, &text, &why) != LOOKUP_FOUND)
		return;
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line)) {
		size_t at = 0;

		line = str_trim(line);
		if (what != WHAT_HOSTS &&
		    collecting->values->senders.count +
			    collecting->values->local_parts.count >=
			2 * EXIM_NAMES_MAX)
			return;
		while (at < line.length && !ascii_is_space(line.data[at]) &&
		    line.data[at] != '#' &&
		    (what == WHAT_HOSTS || line.data[at] != ':'))
			at++;
		word = str_slice(line, 0, at);
		if (word.length > 0 && word.data[0] != '/' &&
		    !str_has(word, ';'))
			add_list(collecting, what,
			    str_from(print(collecting, "<| ", word, "")));
	}
}

static void
add_list(struct collecting *collecting, enum what what, struct str list)
{
	struct exim_items items = exim_items_of(list);
	struct str item, type, file;

	while (exim_items_next(&items, collecting->arena, &item)) {
		if (item.length > 0 && item.data[0] == '!')
			item = str_trim(str_slice(item, 1, item.length));
		if (item.length == 0 || item.data[0] == '+')
			continue;
		if (item.data[0] == '/')
			add_file(collecting, what, item);
		else if (item.data[0] == '^' || str_starts(item, STR("\\N^")))
			add_of_pattern(collecting, what, item);
		else if (str_cut(item, ';', &type, &file))
			add_file(collecting, what, str_trim(file));
		else
			add_item(collecting, what, item);
	}
}

static void
add_named(struct collecting *collecting, const struct exim_named_list *list)
{
	if (str_equal(list->kind, STR("hostlist"))) {
		add_list(collecting, WHAT_HOSTS, list->value);
	} else if (str_equal(list->kind, STR("addresslist"))) {
		add_list(collecting, WHAT_SENDERS, list->value);
	} else if (str_equal(list->kind, STR("localpartlist"))) {
		add_list(collecting, WHAT_LOCAL_PARTS, list->value);
	} else {
		add_list(collecting, WHAT_DOMAINS, list->value);
		add_list(collecting, WHAT_SENDER_DOMAINS, list->value);
	}
}

/* What stands in {…} of a condition may be what it is compared with. */
static void
add_words(struct collecting *collecting, struct str text)
{
	struct exim_values *values = collecting->values;
	struct str before, word, rest;

	while (str_cut(text, '{', &before, &text)) {
		if (!str_cut(text, '}', &word, &rest) || word.length == 0 ||
		    str_has(word, '{') || str_has(word, '$'))
			continue;
		if (word.data[0] == '/') {
			add_file(collecting, WHAT_SENDERS, word);
			add_file(collecting, WHAT_LOCAL_PARTS, word);
			continue;
		}
		add_of_pattern(collecting, WHAT_SENDERS, word);
		add_of_pattern(collecting, WHAT_SENDER_DOMAINS, word);
		add(&values->local_parts, print(collecting, "", word, ""));
	}
}

static void
add_conditions(struct collecting *collecting,
    const struct exim_options *conditions)
{
	static const struct {
		struct str name;
		enum what what;
	} known[] = {
		{ STR_INIT("hosts"), WHAT_HOSTS },
		{ STR_INIT("senders"), WHAT_SENDERS },
		{ STR_INIT("sender_domains"), WHAT_SENDER_DOMAINS },
		{ STR_INIT("domains"), WHAT_DOMAINS },
		{ STR_INIT("local_parts"), WHAT_LOCAL_PARTS },
	};

	for (size_t i = 0; i < conditions->count; i++) {
		if (str_equal(conditions->options[i].name, STR("condition")))
			add_words(collecting, conditions->options[i].value);
		for (size_t j = 0; j < sizeof(known) / sizeof(known[0]); j++)
			if (str_equal(conditions->options[i].name,
				known[j].name))
				add_list(collecting, known[j].what,
				    conditions->options[i].value);
	}
}

void
exim_values_collect(const struct exim *exim, struct arena *arena,
    struct exim_values *values)
{
	struct collecting collecting = { exim, arena, values };

	*values = (struct exim_values){ .blocks = { .arena = arena } };
	add(&values->senders, "stranger@sender.example");
	add(&values->senders, "");
	add(&values->senders,
	    print(&collecting, "postmaster@",
		exim_main(exim, "qualify_domain").value, ""));
	add(&values->local_parts, "somebody");
	add(&values->local_parts, "postmaster");
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		add(&values->domains, outside[i]);
	for (size_t i = 0; i < exim->list_count; i++)
		add_named(&collecting, &exim->lists[i]);
	for (size_t i = 0; i < exim->acl_count; i++)
		for (size_t j = 0; j < exim->acls[i].count; j++)
			add_conditions(&collecting,
			    &exim->acls[i].statements[j].conditions);
}
