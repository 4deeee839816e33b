/*
 * restriction_list.c - lists of restrictions, as smtpd takes them apart.
 */
#include "mta/restriction_list.h"

#include "mta/postfix_defaults.h"
#include "mta/restriction_rules.h"

#include <string.h>

/* Where the words of a list come from. */
struct source {
	const struct restriction_classes *classes;
	struct arena *arena;
	struct str text;
	struct str rest;
	const struct postfix_setting *setting; /* NULL: one place for all */
	struct place place;
};

/* The place of a word: that of its own line if the value is as written. */
static struct place
place_of(const struct source *source, struct str word)
{
	if (source->setting == NULL)
		return source->place;
	return postfix_setting_place(&source->classes->postfix->main,
	    source->setting, (size_t)(word.data - source->text.data));
}

static bool
next_word(struct source *source, struct str *word)
{
	return postfix_list_next(&source->rest, word);
}

/* The word after a restriction, if it is what it needs. */
static bool
take_argument(struct source *source, struct restriction_item *item)
{
	return next_word(source, &item->argument);
}

static struct postfix_tables *
tables_of(const struct source *source)
{
	return source->classes->postfix->tables;
}

/* What an access map that we cannot read may say. */
static const struct str results[] = {
	STR_INIT("OK"),
	STR_INIT("REJECT"),
	{ NULL, 0 },
};

/* Opens the table of "type:name", or of "{ type:name, option }". */
static void
open_table(struct source *source, struct restriction_item *item)
{
	struct str spec = item->argument, word;

	if (str_starts(spec, STR("{")) && str_ends(spec, STR("}"))) {
		struct str inside = str_slice(spec, 1, spec.length - 1);

		spec = postfix_list_next(&inside, &word) ? word : STR("");
	}
	item->maps.tables =
	    arena_alloc(source->arena, sizeof(*item->maps.tables));
	item->maps.tables[0] = postfix_table_open(tables_of(source), spec);
	item->maps.count = 1;
	item->maps.place = item->place;
	item->maps.candidates = results;
}

/*
 * Whether what follows a table in "{ type:name, { option = value } }" has
 * the form of options.
 */
static bool
options_are_named(struct str argument)
{
	struct str rest, option;

	if (!str_starts(argument, STR("{")) || !str_ends(argument, STR("}")))
		return true;
	rest = str_slice(argument, 1, argument.length - 1);
	postfix_list_next(&rest, &option);
	while (postfix_list_next(&rest, &option))
		if (!str_has(option, '=') || option.data[0] == '=')
			return false;
	return true;
}

static void
read_argument(struct source *source, struct restriction_item *item)
{
	bool given;

	switch (item->rule->argument) {
	case RULE_NO_ARGUMENT:
		return;
	case RULE_DOMAIN:
		take_argument(source, item);
		return;
	case RULE_NUMBER:
		given = take_argument(source, item);
		unsigned long number;
		if (!given ||
		    !str_number(item->argument, (unsigned long)-1, &number))
			item->broken = "it must be followed by a number";
		return;
	case RULE_POLICY:
		if (!take_argument(source, item) ||
		    !str_has(item->argument, ':'))
			item->broken = "it must be followed by an endpoint";
		return;
	case RULE_TABLE:
		if (!take_argument(source, item) ||
		    !str_has(item->argument, ':'))
			item->broken = "it must be followed by type:name";
		else if (!options_are_named(item->argument))
			item->broken = "an option must be { name = value }";
		else
			open_table(source, item);
		return;
	}
}

struct restriction_list *
restriction_class_find(const struct restriction_classes *classes,
    struct str name)
{
	for (size_t i = 0; i < classes->count; i++)
		if (str_equal(name, classes->classes[i].name))
			return &classes->classes[i];
	return NULL;
}

/* An element that the version which is assumed has not. */
static const char newer[] =
    "nothing tells the version of Postfix, and a newer one may know it: give "
    "--mta-version";

/* Whether this version has the restriction. */
static void
check_version(const struct source *source, struct restriction_item *item)
{
	const struct postfix_site *site = &source->classes->postfix->site;
	unsigned version = site->version;

	if (item->rule->since > version && site->version_assumed)
		item->unknown = newer;
	else if (item->rule->since > version)
		item->broken = "this version does not know it yet";
	else if (item->rule->until != 0 && version > item->rule->until)
		item->broken = "this version does not have it any more";
}

/* Fills an item in; what it needs of the following words is taken. */
static void
read_item(struct source *source, struct str word, struct restriction_item *item)
{
	const struct postfix_site *site = &source->classes->postfix->site;

	item->name = word;
	item->place = place_of(source, word);
	if (str_has(word, ':')) {
		item->table_alone = true;
		item->argument = word;
		open_table(source, item);
		return;
	}
	item->rule = restriction_rule_find(word);
	if (item->rule != NULL) {
		check_version(source, item);
		read_argument(source, item);
		return;
	}
	item->class = restriction_class_find(source->classes, word);
	if (item->class != NULL)
		return;
	if (site->version_assumed)
		item->unknown = newer;
	else if (site->version > POSTFIX_VERSION_NEWEST)
		item->unknown = "this version of Postfix is newer than what "
				"mtaguard knows";
	else
		item->broken = "there is no such restriction or class";
}

static size_t
count_words(struct str text)
{
	struct str word;
	size_t count = 0;

	while (postfix_list_next(&text, &word))
		count++;
	return count;
}

static void
read_list(struct source *source, struct restriction_list *list)
{
	struct str word;
	bool warn = false;

	list->items = arena_alloc(source->arena,
	    (count_words(source->text) + 1) * sizeof(*list->items));
	list->count = 0;
	source->rest = source->text;
	while (next_word(source, &word)) {
		if (str_equal_nocase(word, STR("warn_if_reject"))) {
			warn = true;
			continue;
		}
		struct restriction_item *item = &list->items[list->count++];
		item->warn = warn;
		warn = false;
		read_item(source, word, item);
	}
}

void
restriction_list_parse(const struct restriction_classes *classes,
    struct str name, struct str text, struct place place, struct arena *arena,
    struct restriction_list *list)
{
	struct source source = {
		.classes = classes,
		.arena = arena,
		.text = text,
		.place = place,
	};

	list->name = name;
	list->text = text;
	read_list(&source, list);
}

/* Reads the value of a parameter or class. */
static void
read_value(const struct restriction_classes *classes,
    const struct postfix_value *value, struct str name,
    struct restriction_list *list)
{
	struct source source = {
		.classes = classes,
		.arena = classes->arena,
		.text = value->text,
		.place = value->place,
	};

	if (value->origin == POSTFIX_FROM_MAIN &&
	    str_equal(value->text, value->raw))
		source.setting =
		    postfix_main_find(&classes->postfix->main, name);
	list->name = name;
	list->text = value->text;
	read_list(&source, list);
}

bool
restriction_list_read(const struct restriction_classes *classes,
    const char *parameter, struct restriction_list *list, struct error *error)
{
	struct postfix_value value;

	if (!postfix_value(classes->postfix, classes->service, parameter,
		&value, error) ||
	    !restriction_list_check(value.text, error))
		return false;
	read_value(classes, &value, str_from(parameter), list);
	return true;
}

/* Reads what one class stands for. */
static bool
read_class(struct restriction_classes *classes, struct restriction_list *list,
    struct place *place, struct error *error)
{
	struct postfix_value value;
	const char *name = arena_copy(classes->arena, list->name).data;

	if (!postfix_value(classes->postfix, classes->service, name, &value,
		error))
		return false;
	if (value.text.length == 0)
		return error_set(error,
		    "restriction class \"%s\" needs a definition", name);
	*place = value.place;
	if (!restriction_list_check(value.text, error))
		return false;
	read_value(classes, &value, list->name, list);
	return true;
}

bool
restriction_classes_read(struct restriction_classes *classes,
    struct place *place, struct error *error)
{
	static const struct str mismatch =
	    STR_INIT("reject_authenticated_sender_login_mismatch "
		     "reject_unauthenticated_sender_login_mismatch");
	struct postfix_value value;
	struct str rest, word;

	if (!postfix_value(classes->postfix, classes->service,
		"smtpd_restriction_classes", &value, error))
		return false;
	*place = value.place;
	classes->classes = arena_alloc(classes->arena,
	    (count_words(value.text) + 1) * sizeof(*classes->classes));
	/* All names first: a class may name one that comes later. */
	rest = value.text;
	while (postfix_list_next(&rest, &word))
		if (restriction_class_find(classes, word) == NULL)
			classes->classes[classes->count++].name = word;
	size_t count = classes->count;
	classes->classes[classes->count++].name =
	    STR("reject_sender_login_mismatch");
	restriction_list_parse(classes, classes->classes[count].name, mismatch,
	    (struct place){ 0 }, classes->arena, &classes->classes[count]);
	for (size_t i = 0; i < count; i++)
		if (!read_class(classes, &classes->classes[i], place, error))
			return false;
	return true;
}
