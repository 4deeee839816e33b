/*
 * exim_text.c - the logical lines of an Exim configuration.
 */
#include "mta/exim_text.h"

#include "base/ascii.h"
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	CONDITIONS = 64, /* .ifdef in .ifdef */
};

/* A file that is being read, and the one that includes it. */
struct frame {
	struct str rest;
	const char *path;
	unsigned line;
};

struct reader {
	struct exim_text *text;
	const struct exim_macro *macros;
	struct frame frames[EXIM_INCLUDES];
	size_t depth;
	bool active[CONDITIONS]; /* lines count */
	bool taken[CONDITIONS];  /* one of the branches has counted */
	size_t conditions;
	size_t work;
	char joined[EXIM_LINE_MAX];
	char replaced[EXIM_LINE_MAX];
};

/* What the program itself defines: options and features of common builds. */
static bool
is_built_in(struct str name)
{
	static const struct str known[] = { STR_INIT("_OPT_"),
		STR_INIT("_DRIVER_ROUTER_"), STR_INIT("_HAVE_IPV6"),
		STR_INIT("_HAVE_TLS"), STR_INIT("_HAVE_GNUTLS"),
		STR_INIT("_HAVE_DNSSEC") };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_starts(name, known[i]))
			return true;
	return false;
}

/* The longest macro whose name begins at this byte of a text. */
static const struct exim_macro *
macro_at(const struct reader *reader, struct str text)
{
	const struct exim_macro *best = NULL;

	if (!ascii_is_upper(text.data[0]) && text.data[0] != '_')
		return NULL;
	for (const struct exim_macro *macro = reader->macros; macro != NULL;
	     macro = macro->next)
		if (str_starts(text, macro->name) &&
		    (best == NULL || macro->name.length > best->name.length))
			best = macro;
	return best;
}

static const struct exim_macro *
macro_named(const struct reader *reader, struct str name)
{
	for (const struct exim_macro *macro = reader->macros; macro != NULL;
	     macro = macro->next)
		if (str_equal(macro->name, name))
			return macro;
	return NULL;
}

/* Puts in the macros; only tells where the last one was defined. */
static struct str
replace(struct reader *reader, struct str text, struct place *macro_place)
{
	struct buf out = BUF(reader->replaced);

	*macro_place = (struct place){ NULL, 0 };
	for (size_t at = 0; at < text.length;) {
		struct str rest = str_slice(text, at, text.length);
		const struct exim_macro *macro = macro_at(reader, rest);

		if (macro == NULL) {
			buf_add_char(&out, text.data[at++]);
			continue;
		}
		struct str before = str_trim(str_slice(text, 0, at));
		bool whole = at + macro->name.length == text.length &&
		    before.length > 0 && before.data[before.length - 1] == '=';
		if (whole)
			*macro_place = macro->place;
		buf_add(&out, macro->value);
		at += macro->name.length;
	}
	reader->work += out.length;
	return buf_str(&out);
}

static void
define(struct reader *reader, struct str name, struct str value,
    struct place place)
{
	struct exim_text *text = reader->text;
	struct exim_macro *macro = arena_alloc(text->arena, sizeof(*macro));

	*macro = (struct exim_macro){
		.next = reader->macros,
		.name = arena_copy(text->arena, name),
		.value = arena_copy(text->arena, value),
		.place = place,
	};
	reader->macros = macro;
}

/* "NAME = value", or "NAME == value" for one that is there already. */
static bool
definition(struct reader *reader, struct str line, struct place place)
{
	struct str name, value;
	struct place ignored;
	size_t at = 0;

	if (!ascii_is_upper(line.data[0]))
		return false;
	while (at < line.length && ascii_is_word(line.data[at]))
		at++;
	name = str_slice(line, 0, at);
	value = str_trim(str_slice(line, at, line.length));
	if (value.length == 0 || value.data[0] != '=')
		return false;
	bool again = str_starts(value, STR("=="));
	value = str_trim(str_slice(value, again ? 2 : 1, value.length));
	if (!again && macro_named(reader, name) != NULL) {
		problems_error(reader->text->problems, place,
		    "macro " STR_FORMAT " is defined twice", STR_ARGS(name));
		return true;
	}
	define(reader, name, replace(reader, value, &ignored), place);
	if (str_equal(name, STR("UPEX4CmacrosUPEX4C")))
		for (const struct exim_macro *macro = reader->text->debian;
		     macro != NULL; macro = macro->next)
			if (macro_named(reader, macro->name) == NULL)
				define(reader, macro->name, macro->value,
				    macro->place);
	return true;
}

/* Whether one of the words of an .ifdef has a macro in it. */
static bool
any_defined(const struct reader *reader, struct str text)
{
	for (size_t at = 0; at < text.length; at++) {
		struct str rest = str_slice(text, at, text.length);
		bool start = at == 0 || !ascii_is_word(text.data[at - 1]);

		if (macro_at(reader, rest) != NULL ||
		    (start && is_built_in(rest)))
			return true;
	}
	return false;
}

bool
exim_text_unread(struct exim_text *text, struct place place, const char *format,
    ...)
{
	char why[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	if (text->unread == NULL) {
		text->unread = arena_print(text->arena, "%s", why);
		text->unread_place = place;
	}
	return problems_error(text->problems, place, "%s", why);
}

static bool
is_active(const struct reader *reader)
{
	return reader->conditions == 0 ||
	    reader->active[reader->conditions - 1];
}

static void
open_file(struct reader *reader, struct str name, bool optional,
    struct place place)
{
	struct exim_text *text = reader->text;
	const char *path = arena_copy(text->arena, name).data;
	struct error error = { "" };
	struct str content;

	if (reader->depth == EXIM_INCLUDES) {
		exim_text_unread(text, place,
		    "more than %d files include each other", EXIM_INCLUDES);
		return;
	}
	enum lookup found = tree_read(text->tree, path, EXIM_FILE_MAX,
	    text->arena, &content, &error);
	if (found == LOOKUP_MISSING && optional)
		return;
	if (found != LOOKUP_FOUND) {
		exim_text_unread(text, place, "%s cannot be read: %s", path,
		    found == LOOKUP_MISSING ? "no such file" : error.text);
		return;
	}
	reader->frames[reader->depth++] =
	    (struct frame){ content, tree_shown(text->tree, path), 0 };
}

static void
condition(struct reader *reader, struct str word, struct str rest,
    struct place place)
{
	size_t top = reader->conditions;
	bool value = any_defined(reader, rest) == !str_ends(word, STR("ndef"));

	if (str_starts(word, STR(".if"))) {
		bool outer = is_active(reader);

		if (top == CONDITIONS) {
			exim_text_unread(reader->text, place,
			    ".ifdef is nested too deep");
			return;
		}
		reader->active[top] = outer && value;
		reader->taken[top] = !outer || value;
		reader->conditions++;
	} else if (top == 0) {
		problems_error(reader->text->problems, place,
		    STR_FORMAT " without .ifdef", STR_ARGS(word));
	} else if (str_equal(word, STR(".endif"))) {
		reader->conditions--;
	} else {
		if (str_equal(word, STR(".else")))
			value = true;
		reader->active[top - 1] = !reader->taken[top - 1] && value;
		reader->taken[top - 1] |= value;
	}
}

/* True: the line was for the reader. */
static bool
directive(struct reader *reader, struct str line, struct place place)
{
	static const struct str words[] = { STR_INIT(".ifdef"),
		STR_INIT(".ifndef"), STR_INIT(".elifdef"),
		STR_INIT(".elifndef"), STR_INIT(".else"), STR_INIT(".endif") };
	struct place ignored;
	size_t at = 0;

	if (line.data[0] != '.')
		return false;
	while (
	    at < line.length && line.data[at] != ' ' && line.data[at] != '\t')
		at++;
	struct str word = str_slice(line, 0, at);
	struct str rest = str_trim(str_slice(line, at, line.length));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_equal(word, words[i]))
			continue;
		condition(reader, word, rest, place);
		return true;
	}
	bool optional = str_equal(word, STR(".include_if_exists"));
	if (!optional && !str_equal(word, STR(".include")))
		return false;
	if (!is_active(reader))
		return true;
	rest = str_trim(replace(reader, rest, &ignored));
	if (rest.length > 1 && rest.data[0] == '"' &&
	    rest.data[rest.length - 1] == '"')
		rest = str_slice(rest, 1, rest.length - 1);
	open_file(reader, rest, optional, place);
	return true;
}

/* The next physical line that counts; false: the end of all files. */
static bool
next_physical(struct reader *reader, struct str *line, struct place *place)
{
	while (reader->depth > 0) {
		struct frame *frame = &reader->frames[reader->depth - 1];

		if (frame->rest.length == 0) {
			reader->depth--;
			continue;
		}
		str_cut(frame->rest, '\n', line, &frame->rest);
		frame->line++;
		*place = (struct place){ frame->path, frame->line };
		*line = str_trim(*line);
		if (line->length > 0 && line->data[0] != '#')
			return true;
	}
	return false;
}

/* The next logical line; it lies in reader->joined. */
static bool
next_logical(struct reader *reader, struct str *line, struct place *place)
{
	struct buf joined = BUF(reader->joined);
	struct place ignored;
	struct str part;

	if (!next_physical(reader, &part, place))
		return false;
	while (part.length > 0 && part.data[part.length - 1] == '\\') {
		buf_add(&joined, str_slice(part, 0, part.length - 1));
		if (!next_physical(reader, &part, &ignored)) {
			part.length = 0;
			break;
		}
	}
	buf_add(&joined, part);
	if (joined.full)
		exim_text_unread(reader->text, *place,
		    "a line of more than %d bytes", EXIM_LINE_MAX);
	*line = str_trim(buf_str(&joined));
	return true;
}

static bool
pass_on(struct reader *reader, struct str line, struct place place,
    bool (*function)(void *state, const struct exim_line *line), void *state)
{
	struct exim_line out = { .place = place };

	if (line.length == 0 || directive(reader, line, place) ||
	    !is_active(reader) || definition(reader, line, place))
		return true;
	struct str text = str_trim(replace(reader, line, &out.macro));
	if (reader->work > EXIM_WORK_MAX)
		return exim_text_unread(reader->text, place,
		    "macros make more of it than is read");
	out.text = arena_copy(reader->text->arena, text);
	return text.length == 0 || function(state, &out);
}

void
exim_text_read(struct exim_text *text,
    bool (*function)(void *state, const struct exim_line *line), void *state)
{
	struct reader *reader = arena_alloc(text->arena, sizeof(*reader));
	struct place place = { NULL, 0 };
	struct str line;

	reader->text = text;
	for (size_t i = 0; i < text->source_count; i++) {
		reader->frames[0] = (struct frame){ text->sources[i].text,
			text->sources[i].path, 0 };
		reader->depth = 1;
		while (next_logical(reader, &line, &place))
			if (!pass_on(reader, line, place, function, state))
				return;
	}
	if (reader->conditions > 0)
		problems_error(text->problems, place,
		    ".ifdef without .endif at the end");
}
