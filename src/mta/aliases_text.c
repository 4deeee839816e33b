/*
 * aliases_text.c - the words of aliases(5): entries, and where they lead.
 */
#include "mta/aliases_text.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/logical.h"

/* The end of the quoted string that begins at a byte, its quote included. */
static size_t
quoted_end(struct str text, size_t at)
{
	for (at++; at < text.length; at++) {
		if (text.data[at] == '\\' && at + 1 < text.length)
			at++;
		else if (text.data[at] == '"')
			return at + 1;
	}
	return at;
}

/* The same of a comment in parentheses, which may have others in it. */
static size_t
comment_end(struct str text, size_t at)
{
	size_t depth = 0;

	for (; at < text.length; at++) {
		if (text.data[at] == '\\' && at + 1 < text.length)
			at++;
		else if (text.data[at] == '(')
			depth++;
		else if (text.data[at] == ')' && --depth == 0)
			return at + 1;
	}
	return at;
}

/* Copies without quotes, without backslashes in them, without comments. */
static struct str
unquote(struct str text, struct arena *arena)
{
	char *data = arena_alloc(arena, text.length + 1);
	struct buf out = { .data = data, .capacity = text.length };
	bool quoted = false;

	for (size_t at = 0; at < text.length; at++) {
		char c = text.data[at];

		if (c == '"') {
			quoted = !quoted;
		} else if (c == '\\' && quoted && at + 1 < text.length) {
			buf_add_char(&out, text.data[++at]);
		} else if (c == '(' && !quoted) {
			at = comment_end(text, at) - 1;
		} else {
			buf_add_char(&out, c);
		}
	}
	return str_trim(buf_str(&out));
}

/* Splits "name: value"; a quoted name may have a colon in it. */
static bool
split(struct str line, enum aliases_dialect dialect, struct arena *arena,
    struct str *name, struct str *value)
{
	size_t at = 0;

	while (at < line.length && line.data[at] != ':' &&
	    !(dialect == ALIASES_EXIM && ascii_is_space(line.data[at])))
		at = line.data[at] == '"' ? quoted_end(line, at) : at + 1;
	if (at == line.length && dialect != ALIASES_EXIM)
		return false;
	*name = unquote(str_slice(line, 0, at), arena);
	*value = ascii_skip_space(str_slice(line, at, line.length));
	if (value->length > 0 && value->data[0] == ':')
		*value = str_slice(*value, 1, value->length);
	*value = str_trim(*value);
	return name->length > 0;
}

void
aliases_text_read(const char *path, struct str text,
    enum aliases_dialect dialect, struct arena *arena,
    struct alias_entries *entries)
{
	struct logical_lines lines = logical_lines_of(text);
	struct alias_entry *list =
	    arena_alloc(arena, (logical_lines_count(text) + 1) * sizeof(*list));
	struct logical_line line;
	enum logical_result result;
	size_t count = 0;

	while ((result = logical_lines_next(&lines, arena, &line)) !=
	    LOGICAL_END) {
		struct alias_entry *entry = &list[count];

		if (result == LOGICAL_INDENTED ||
		    !split(line.text, dialect, arena, &entry->name,
			&entry->value))
			continue;
		entry->place = (struct place){ path, line.number };
		count++;
	}
	entries->entries = list;
	entries->count = count;
}

const struct alias_entry *
aliases_text_find(const struct alias_entries *entries, struct str name)
{
	for (size_t i = 0; i < entries->count; i++)
		if (str_equal_nocase(entries->entries[i].name, name))
			return &entries->entries[i];
	return NULL;
}

/* Cuts the text before the next comma that is not quoted. */
static struct str
cut_item(struct str *rest)
{
	struct str text = *rest;
	size_t at = 0;

	while (at < text.length && text.data[at] != ',') {
		if (text.data[at] == '"')
			at = quoted_end(text, at);
		else if (text.data[at] == '(')
			at = comment_end(text, at);
		else
			at++;
	}
	*rest = str_slice(text, at < text.length ? at + 1 : at, text.length);
	return str_trim(str_slice(text, 0, at));
}

/* "Full Name <address>": the address alone. */
static bool
in_brackets(struct str item, struct str *address)
{
	size_t at = 0, open = item.length;

	while (at < item.length) {
		if (item.data[at] == '"') {
			at = quoted_end(item, at);
			continue;
		}
		if (item.data[at] == '<')
			open = at + 1;
		if (item.data[at] == '>' && open < item.length) {
			*address = str_slice(item, open, at);
			return true;
		}
		at++;
	}
	return false;
}

/* The first word of an item, for Postfix, which takes blanks for commas. */
static struct str
cut_word(struct str *item)
{
	size_t at = 0;

	while (at < item->length && !ascii_is_space(item->data[at])) {
		if (item->data[at] == '"')
			at = quoted_end(*item, at);
		else if (item->data[at] == '(')
			at = comment_end(*item, at);
		else
			at++;
	}
	struct str word = str_slice(*item, 0, at);
	*item = ascii_skip_space(str_slice(*item, at, item->length));
	return word;
}

static bool
starts_nocase(struct str text, struct str start)
{
	return text.length >= start.length &&
	    str_equal_nocase(str_slice(text, 0, start.length), start);
}

static void
classify(struct str text, enum aliases_dialect dialect,
    struct alias_target *target)
{
	static const struct str include = STR_INIT(":include:");

	*target = (struct alias_target){ .kind = ALIAS_TARGET_ADDRESS };
	if (text.length > 1 && text.data[0] == '\\') {
		target->exact = true;
		text = str_slice(text, 1, text.length);
	}
	target->text = text;
	if (text.data[0] == '|') {
		target->kind = ALIAS_TARGET_PIPE;
		target->text = str_trim(str_slice(text, 1, text.length));
	} else if (text.data[0] == '/') {
		target->kind = ALIAS_TARGET_FILE;
	} else if (starts_nocase(text, include)) {
		target->kind = ALIAS_TARGET_INCLUDE;
		target->text =
		    str_trim(str_slice(text, include.length, text.length));
	} else if (text.data[0] == ':' && dialect == ALIASES_EXIM) {
		target->kind = ALIAS_TARGET_SPECIAL;
	} else {
		str_cut_last(text, '@', &target->local, &target->domain);
	}
}

bool
aliases_target_next(struct str *rest, enum aliases_dialect dialect,
    struct arena *arena, struct alias_target *target)
{
	while (rest->length > 0) {
		struct str before = *rest;
		struct str item = cut_item(rest), address;

		if (item.length == 0)
			continue;
		if (item.data[0] != '|' && in_brackets(item, &address)) {
			item = address;
		} else if (dialect == ALIASES_POSTFIX) {
			size_t start = (size_t)(item.data - before.data);
			struct str left = item;

			item = cut_word(&left);
			*rest = str_slice(before, start + item.length,
			    before.length);
			*rest = ascii_skip_space(*rest);
		}
		struct str text = unquote(item, arena);
		if (text.length == 0)
			continue;
		classify(text, dialect, target);
		return true;
	}
	return false;
}

bool
aliases_line_next(struct alias_lines *lines, struct str *line)
{
	while (lines->rest.length > 0) {
		str_cut(lines->rest, '\n', line, &lines->rest);
		lines->number++;
		*line = str_trim(*line);
		if (line->length > 0 && line->data[0] != '#')
			return true;
	}
	return false;
}
