/*
 * exim_read.c - the sections of an Exim configuration, as a model.
 */
#include "base/buf.h"
#include "mta/exim.h"

enum section {
	SECTION_MAIN,
	SECTION_ACL,
	SECTION_ROUTERS,
	SECTION_TRANSPORTS,
	SECTION_AUTHENTICATORS,
	SECTION_OTHER, /* retry, rewrite, local_scan */
};

/* Lists that grow: what is counted first needs the text twice. */
struct growing {
	void *items;
	size_t count, capacity, size;
};

struct builder {
	struct exim *exim;
	enum section section;
	struct growing main, lists, acls, statements, conditions;
	struct growing drivers[SECTION_OTHER], options;
};

static void *
grow(struct growing *list, struct arena *arena)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity * 2 + 8;
		char *items = arena_alloc(arena, capacity * list->size);

		if (list->count > 0)
			memcpy(items, list->items, list->count * list->size);
		list->items = items;
		list->capacity = capacity;
	}
	return (char *)list->items + list->size * list->count++;
}

static struct growing
of_size(size_t size)
{
	return (struct growing){ .size = size };
}

/* A new list takes the place of one that was handed over. */
static void
renew(struct growing *list)
{
	*list = of_size(list->size);
}

static struct str
cut_word(struct str *text)
{
	size_t at = 0;

	while (at < text->length && text->data[at] != ' ' &&
	    text->data[at] != '\t' && text->data[at] != '=')
		at++;
	struct str word = str_slice(*text, 0, at);
	*text = str_trim(str_slice(*text, at, text->length));
	return word;
}

/* The inside of a string in quotes, in which \ changes the next byte. */
static struct str
unquote(struct arena *arena, struct str value)
{
	if (value.length < 2 || value.data[0] != '"')
		return value;
	struct buf out = { .data = arena_alloc(arena, value.length),
		.capacity = value.length };
	for (size_t at = 1; at < value.length && value.data[at] != '"'; at++) {
		char c = value.data[at];

		if (c == '\\' && at + 1 < value.length) {
			c = value.data[++at];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		buf_add_char(&out, c);
	}
	return buf_str(&out);
}

static bool
cut_start(struct str *text, struct str start)
{
	if (!str_starts(*text, start))
		return false;
	*text = str_slice(*text, start.length, text->length);
	return true;
}

/* "name = value", "name", "no_name", "not_name"; "hide" before it is gone. */
static struct exim_option
read_option(struct arena *arena, const struct exim_line *line, struct str text)
{
	struct exim_option option = { .place = line->place };

	if (line->macro.file != NULL)
		option.place = line->macro;
	if (cut_start(&text, STR("hide ")))
		text = str_trim(text);
	option.name = cut_word(&text);
	if (text.length > 0 && text.data[0] == '=') {
		option.value =
		    unquote(arena, str_trim(str_slice(text, 1, text.length)));
		return option;
	}
	option.flag = true;
	option.on = !cut_start(&option.name, STR("no_")) &&
	    !cut_start(&option.name, STR("not_"));
	return option;
}

static bool
read_list(struct builder *builder, const struct exim_line *line)
{
	static const struct str kinds[] = { STR_INIT("domainlist"),
		STR_INIT("hostlist"), STR_INIT("addresslist"),
		STR_INIT("localpartlist") };
	struct str text = line->text;
	struct str kind = cut_word(&text);

	if (str_ends(kind, STR("_cache")))
		kind.length -= sizeof("_cache") - 1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!str_equal(kind, kinds[i]))
			continue;
		struct exim_option option =
		    read_option(builder->exim->arena, line, text);
		struct exim_named_list *list =
		    grow(&builder->lists, builder->exim->arena);

		*list = (struct exim_named_list){ kind, option.name,
			option.value, option.place };
		return true;
	}
	return false;
}

static void
hand_conditions(struct builder *builder)
{
	size_t count = builder->statements.count;
	struct exim_statement *statements = builder->statements.items;

	if (count > 0)
		statements[count - 1].conditions =
		    (struct exim_options){ builder->conditions.items,
			    builder->conditions.count };
	renew(&builder->conditions);
}

static void
hand_statements(struct builder *builder)
{
	size_t count = builder->acls.count;
	struct exim_acl *acls = builder->acls.items;

	hand_conditions(builder);
	if (count > 0) {
		acls[count - 1].statements = builder->statements.items;
		acls[count - 1].count = builder->statements.count;
	}
	renew(&builder->statements);
}

static bool
is_verb(struct str word, enum exim_verb *verb)
{
	static const struct str verbs[] = {
		[EXIM_ACCEPT] = STR_INIT("accept"),
		[EXIM_DEFER] = STR_INIT("defer"),
		[EXIM_DENY] = STR_INIT("deny"),
		[EXIM_DISCARD] = STR_INIT("discard"),
		[EXIM_DROP] = STR_INIT("drop"),
		[EXIM_REQUIRE] = STR_INIT("require"),
		[EXIM_WARN] = STR_INIT("warn"),
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		*verb = (enum exim_verb)i;
		if (str_equal(word, verbs[i]))
			return true;
	}
	return false;
}

static bool
read_acl(struct builder *builder, const struct exim_line *line)
{
	struct arena *arena = builder->exim->arena;
	struct str text = line->text, rest = text;
	struct str word = cut_word(&rest);
	enum exim_verb verb;

	if (word.length > 1 && word.data[word.length - 1] == ':' &&
	    rest.length == 0) {
		hand_statements(builder);
		struct exim_acl *acl = grow(&builder->acls, arena);

		acl->name = str_slice(word, 0, word.length - 1);
		acl->place = line->place;
		return true;
	}
	if (builder->acls.count == 0)
		return problems_error(&builder->exim->problems, line->place,
		    "a statement outside of an ACL");
	if (is_verb(word, &verb)) {
		hand_conditions(builder);
		struct exim_statement *statement =
		    grow(&builder->statements, arena);

		*statement = (struct exim_statement){ .verb = verb,
			.place = line->place };
		text = rest;
	}
	if (text.length == 0)
		return true;
	if (builder->statements.count == 0)
		return problems_error(&builder->exim->problems, line->place,
		    "a condition before the first statement of an ACL");
	bool negated = text.data[0] == '!';
	if (negated)
		text = str_trim(str_slice(text, 1, text.length));
	struct exim_option *condition = grow(&builder->conditions, arena);
	*condition = read_option(arena, line, text);
	condition->negated = negated;
	return true;
}

static void
hand_options(struct builder *builder)
{
	if (builder->section < SECTION_ROUTERS ||
	    builder->section >= SECTION_OTHER)
		return;
	struct growing *drivers = &builder->drivers[builder->section];
	struct exim_driver *last = drivers->items;
	if (drivers->count > 0)
		last[drivers->count - 1].options =
		    (struct exim_options){ builder->options.items,
			    builder->options.count };
	renew(&builder->options);
}

static bool
read_driver(struct builder *builder, const struct exim_line *line)
{
	struct arena *arena = builder->exim->arena;
	struct growing *drivers = &builder->drivers[builder->section];
	struct str text = line->text;

	if (text.data[text.length - 1] == ':' && !str_has(text, '=')) {
		hand_options(builder);
		struct exim_driver *driver = grow(drivers, arena);

		driver->name = str_trim(str_slice(text, 0, text.length - 1));
		driver->place = line->place;
		return true;
	}
	if (drivers->count == 0)
		return problems_error(&builder->exim->problems, line->place,
		    "an option before the first name of the section");
	struct exim_option *option = grow(&builder->options, arena);
	*option = read_option(arena, line, text);
	return true;
}

static bool
begin(struct builder *builder, const struct exim_line *line)
{
	static const struct {
		struct str name;
		enum section section;
	} sections[] = {
		{ STR_INIT("acl"), SECTION_ACL },
		{ STR_INIT("routers"), SECTION_ROUTERS },
		{ STR_INIT("transports"), SECTION_TRANSPORTS },
		{ STR_INIT("authenticators"), SECTION_AUTHENTICATORS },
		{ STR_INIT("retry"), SECTION_OTHER },
		{ STR_INIT("rewrite"), SECTION_OTHER },
		{ STR_INIT("local_scan"), SECTION_OTHER },
	};
	struct str rest = line->text;

	if (!str_equal(cut_word(&rest), STR("begin")))
		return false;
	if (builder->section == SECTION_ACL)
		hand_statements(builder);
	hand_options(builder);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		builder->section = sections[i].section;
		if (str_equal(rest, sections[i].name))
			return true;
	}
	problems_error(&builder->exim->problems, line->place,
	    "there is no section \"" STR_FORMAT "\"", STR_ARGS(rest));
	return true;
}

static bool
take(void *state, const struct exim_line *line)
{
	struct builder *builder = state;

	if (begin(builder, line))
		return true;
	switch (builder->section) {
	case SECTION_MAIN:
		if (!read_list(builder, line)) {
			struct arena *arena = builder->exim->arena;
			struct exim_option *option =
			    grow(&builder->main, arena);

			*option = read_option(arena, line, line->text);
		}
		break;
	case SECTION_ACL:
		read_acl(builder, line);
		break;
	case SECTION_ROUTERS:
	case SECTION_TRANSPORTS:
	case SECTION_AUTHENTICATORS:
		read_driver(builder, line);
		break;
	case SECTION_OTHER:
		break;
	}
	return true;
}

static struct exim_drivers
drivers_of(const struct builder *builder, enum section section)
{
	const struct growing *drivers = &builder->drivers[section];

	return (struct exim_drivers){ drivers->items, drivers->count };
}

void
exim_read(struct exim_text *text, struct exim *exim)
{
	struct builder builder = {
		.exim = exim,
		.main = of_size(sizeof(struct exim_option)),
		.lists = of_size(sizeof(struct exim_named_list)),
		.acls = of_size(sizeof(struct exim_acl)),
		.statements = of_size(sizeof(struct exim_statement)),
		.conditions = of_size(sizeof(struct exim_option)),
		.options = of_size(sizeof(struct exim_option)),
	};

	for (size_t i = 0; i < SECTION_OTHER; i++)
		builder.drivers[i] = of_size(sizeof(struct exim_driver));
	exim_text_read(text, take, &builder);
	if (builder.section == SECTION_ACL)
		hand_statements(&builder);
	hand_options(&builder);
	exim->main =
	    (struct exim_options){ builder.main.items, builder.main.count };
	exim->lists = builder.lists.items;
	exim->list_count = builder.lists.count;
	exim->acls = builder.acls.items;
	exim->acl_count = builder.acls.count;
	exim->routers = drivers_of(&builder, SECTION_ROUTERS);
	exim->transports = drivers_of(&builder, SECTION_TRANSPORTS);
	exim->authenticators = drivers_of(&builder, SECTION_AUTHENTICATORS);
	exim->unread = text->unread;
	exim->unread_place = text->unread_place;
}

const struct exim_option *
exim_option(const struct exim_options *options, const char *name)
{
	for (size_t i = options->count; i-- > 0;)
		if (str_equal(options->options[i].name, str_from(name)))
			return &options->options[i];
	return NULL;
}

const struct exim_named_list *
exim_list_named(const struct exim *exim, const char *kind, struct str name)
{
	for (size_t i = 0; i < exim->list_count; i++)
		if (str_equal(exim->lists[i].name, name) &&
		    str_equal(exim->lists[i].kind, str_from(kind)))
			return &exim->lists[i];
	return NULL;
}

const struct exim_acl *
exim_acl_named(const struct exim *exim, struct str name)
{
	for (size_t i = 0; i < exim->acl_count; i++)
		if (str_equal(exim->acls[i].name, name))
			return &exim->acls[i];
	return NULL;
}
