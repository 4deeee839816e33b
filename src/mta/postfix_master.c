/*
 * postfix_master.c - master.cf as it is written: services, and the settings
 * that each overrides with -o.
 */
#include "mta/postfix_master.h"

#include "base/ascii.h"
#include "base/logical.h"
#include "mta/postfix_main.h"

#include <string.h>

enum {
	COLUMNS = 8, /* up to the command */
};

/* A word of a logical line. */
struct word {
	struct str text;
	unsigned line;
};

struct words {
	struct word *list;
	size_t count;
};

/* What is being read. */
struct reading {
	struct postfix_master *master;
	struct arena *arena;
	struct problems *problems;
	const struct logical_line *line;
};

/* Length of the word at the start of text: blanks in { } are part of it. */
static size_t
word_length(struct str text)
{
	size_t level = 0;
	size_t i = 0;

	for (; i < text.length; i++) {
		char c = text.data[i];

		if (c == '{')
			level++;
		else if (c == '}' && level > 0)
			level--;
		else if (ascii_is_space(c) && level == 0)
			break;
	}
	return i;
}

static struct words
split(const struct reading *reading)
{
	struct str text = reading->line->text;
	struct words words = { .count = 0 };

	words.list = arena_alloc(reading->arena,
	    (text.length / 2 + 1) * sizeof(*words.list));
	for (size_t at = 0; at < text.length;) {
		if (ascii_is_space(text.data[at])) {
			at++;
			continue;
		}
		size_t length = word_length(str_slice(text, at, text.length));
		words.list[words.count++] = (struct word){
			.text = str_slice(text, at, at + length),
			.line = logical_line_number(reading->line, at),
		};
		at += length;
	}
	return words;
}

static bool
mistake(const struct reading *reading, unsigned line, const char *what)
{
	struct place place = { reading->master->path, line };

	reading->master->fatal = true;
	return problems_error(reading->problems, place,
	    "%s: Postfix does not start", what);
}

/* Whether text is one of the words, which are separated by blanks. */
static bool
is_one_of(struct str text, const char *words)
{
	struct str rest = str_from(words);
	struct str word;

	while (rest.length > 0) {
		str_cut(rest, ' ', &word, &rest);
		if (str_equal(text, word))
			return true;
	}
	return false;
}

/* Digits, with a question mark behind wakeup. */
static bool
is_number(struct str text, bool question)
{
	unsigned long number;

	if (str_equal(text, STR("-")))
		return true;
	if (question && str_ends(text, STR("?")))
		text.length--;
	return str_number(text, 0x7fffffff, &number);
}

static bool
check_columns(const struct reading *reading,
    const struct postfix_service *service)
{
	static const char flags[] = "y n -";
	unsigned line = service->line;

	if (!is_one_of(service->type, "inet unix unix-dgram fifo pass"))
		return mistake(reading, line,
		    "the type is none of inet, unix, unix-dgram, fifo, pass");
	if (!is_one_of(service->private_column, flags) ||
	    !is_one_of(service->unprivileged, flags) ||
	    !is_one_of(service->chroot, flags))
		return mistake(reading, line,
		    "private, unpriv or chroot is none of y, n, -");
	if (str_equal(service->type, STR("inet")) &&
	    !str_equal(service->private_column, STR("n")))
		return mistake(reading, line,
		    "private is not n for a service of type inet");
	if (!is_number(service->wakeup, true))
		return mistake(reading, line, "wakeup is not a number");
	if (!is_number(service->maxproc, false))
		return mistake(reading, line, "maxproc is not a number");
	return true;
}

/* The service's own program dies of it; the others do not know of it. */
static void
override_mistake(const struct reading *reading, unsigned line, const char *what,
    struct postfix_service *service)
{
	problems_error(reading->problems,
	    (struct place){ reading->master->path, line },
	    "%s: the service does not start", what);
	if (service->fatal != NULL)
		return;
	service->fatal = arena_print(reading->arena, "%s", what);
	service->fatal_line = line;
}

/* Reads name=value, or the same in { }. */
static void
read_override(const struct reading *reading, const struct word *word,
    struct postfix_override *overrides, struct postfix_service *service)
{
	struct postfix_override *override = &overrides[service->override_count];
	struct str text = word->text;
	struct error error;

	if (text.length >= 2 && text.data[0] == '{' &&
	    text.data[text.length - 1] == '}')
		text = str_trim(str_slice(text, 1, text.length - 1));
	override->line = word->line;
	if (postfix_setting_split(text, &override->name, &override->value,
		&error))
		service->override_count++;
	else
		override_mistake(reading, word->line, error.text, service);
}

/*
 * Reads the options before the first argument that is none: -o name=value,
 * -oname=value, and others, whose values stand in the same word or follow.
 */
static void
read_overrides(const struct reading *reading, const struct word *words,
    size_t count, struct postfix_service *service)
{
	struct postfix_override *overrides =
	    arena_alloc(reading->arena, (count + 1) * sizeof(*overrides));

	service->overrides = overrides;
	for (size_t i = 0; i < count; i++) {
		struct word word = words[i];

		if (!str_starts(word.text, STR("-")) ||
		    str_equal(word.text, STR("--")))
			break;
		if (!str_starts(word.text, STR("-o")))
			continue;
		if (word.text.length > 2)
			word.text = str_slice(word.text, 2, word.text.length);
		else if (++i < count)
			word = words[i];
		else {
			override_mistake(reading, word.line,
			    "nothing follows -o", service);
			return;
		}
		read_override(reading, &word, overrides, service);
	}
}

static bool
read_service(const struct reading *reading, struct postfix_service *service)
{
	struct words words = split(reading);
	unsigned line = reading->line->number;

	*service = (struct postfix_service){ .line = line };
	if (words.count < COLUMNS)
		return mistake(reading, line,
		    "a service has eight columns: service type private "
		    "unpriv chroot wakeup maxproc command");
	service->name = words.list[0].text;
	service->type = words.list[1].text;
	service->private_column = words.list[2].text;
	service->unprivileged = words.list[3].text;
	service->chroot = words.list[4].text;
	service->wakeup = words.list[5].text;
	service->maxproc = words.list[6].text;
	service->command = words.list[7].text;

	const struct word *rest = words.list + COLUMNS;
	size_t count = words.count - COLUMNS;
	struct str *arguments =
	    arena_alloc(reading->arena, (count + 1) * sizeof(*arguments));
	for (size_t i = 0; i < count; i++)
		arguments[i] = rest[i].text;
	service->arguments = arguments;
	service->argument_count = count;
	if (!check_columns(reading, service))
		return false;
	read_overrides(reading, rest, count, service);
	return true;
}

void
postfix_master_read(const char *path, struct str text, struct arena *arena,
    struct postfix_master *master, struct problems *problems)
{
	struct postfix_service *services =
	    arena_alloc(arena, logical_lines_count(text) * sizeof(*services));
	struct logical_lines lines = logical_lines_of(text);
	struct logical_line line;
	enum logical_result result;
	struct reading reading = {
		.master = master,
		.arena = arena,
		.problems = problems,
		.line = &line,
	};

	*master = (struct postfix_master){
		.path = path,
		.services = services,
	};
	while ((result = logical_lines_next(&lines, arena, &line)) !=
	    LOGICAL_END) {
		if (result == LOGICAL_INDENTED)
			problems_warning(problems,
			    (struct place){ path, line.number },
			    "ignored: the first line of a service must not "
			    "start with white space");
		else if (read_service(&reading, &services[master->count]))
			master->count++;
	}
}

const struct postfix_override *
postfix_service_override(const struct postfix_service *service, struct str name)
{
	for (size_t i = service->override_count; i > 0; i--)
		if (str_equal(service->overrides[i - 1].name, name))
			return &service->overrides[i - 1];
	return NULL;
}
