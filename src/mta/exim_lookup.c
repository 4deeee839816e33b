/*
 * exim_lookup.c - what a lookup in a file finds: "lsearch;/file" in a list,
 * ${lookup…} in an expansion (Exim specification, chapter 9).
 */
#include "base/ascii.h"
#include "base/buf.h"
#include "base/lines.h"
#include "mta/exim_expand.h"

/* "partial2(.)-wildlsearch*@", taken apart. */
struct lookup_type {
	struct str name;
	bool partial;
	unsigned long least; /* labels that a partial key keeps */
	struct str affix;
	bool star, star_at; /* "*" in the place of a key; "*@domain" */
};

static enum exim_truth
unsure(struct exim_message *message, const char *what, struct str text)
{
	message->reason = arena_print(message->arena, "%s \"" STR_FORMAT "\"",
	    what, STR_ARGS(text));
	return EXIM_UNSURE;
}

static bool
cut_partial(struct str *text, struct lookup_type *type)
{
	struct str digits;
	size_t at = sizeof("partial") - 1;

	if (!str_starts(*text, STR("partial")))
		return true;
	type->partial = true;
	while (at < text->length && ascii_is_digit(text->data[at]))
		at++;
	digits = str_slice(*text, sizeof("partial") - 1, at);
	type->least = 2;
	if (digits.length > 0 && !str_number(digits, 99, &type->least))
		return false;
	type->affix = STR("*.");
	*text = str_slice(*text, at, text->length);
	if (text->length > 0 && text->data[0] == '(') {
		*text = str_slice(*text, 1, text->length);
		if (!str_cut(*text, ')', &type->affix, text))
			return false;
	}
	if (text->length == 0 || text->data[0] != '-')
		return false;
	*text = str_slice(*text, 1, text->length);
	return true;
}

static bool
type_read(struct str text, struct lookup_type *type)
{
	struct str options;

	*type = (struct lookup_type){ .partial = false };
	if (!cut_partial(&text, type))
		return false;
	str_cut(text, ',', &text, &options);
	text = str_trim(text);
	if (str_ends(text, STR("*@"))) {
		type->star_at = type->star = true;
		text.length -= 2;
	} else if (str_ends(text, STR("*"))) {
		type->star = true;
		text.length--;
	}
	type->name = text;
	return true;
}

/* A line of a file for lsearch: its key ends at a colon or a blank. */
static bool
cut_key(struct exim_message *message, struct str line, struct str *key,
    struct str *value)
{
	size_t at = 0;

	if (line.length == 0 || line.data[0] == '#' ||
	    ascii_is_space(line.data[0]))
		return false;
	if (line.data[0] == '"') {
		struct buf out = { .data =
				       arena_alloc(message->arena, line.length),
			.capacity = line.length };

		for (at = 1; at < line.length && line.data[at] != '"'; at++) {
			if (line.data[at] == '\\' && at + 1 < line.length)
				at++;
			buf_add_char(&out, line.data[at]);
		}
		*key = buf_str(&out);
		at += at < line.length;
	} else {
		while (at < line.length && line.data[at] != ':' &&
		    !ascii_is_space(line.data[at]))
			at++;
		*key = str_slice(line, 0, at);
	}
	*value = str_trim(str_slice(line, at, line.length));
	if (value->length > 0 && value->data[0] == ':')
		*value = str_trim(str_slice(*value, 1, value->length));
	return true;
}

static enum exim_truth
truth_of(enum lookup found)
{
	static const enum exim_truth truths[] = {
		[LOOKUP_FOUND] = EXIM_YES,
		[LOOKUP_MISSING] = EXIM_NO,
		[LOOKUP_FAILED] = EXIM_UNSURE,
	};

	return truths[found];
}

/* What stands before the colon of wildlsearch: a key for many. */
static enum exim_truth
wild_matches(struct exim_message *message, struct str pattern, struct str key)
{
	if (str_starts(pattern, STR("^")))
		return truth_of(
		    exim_cache_match(message->cache, pattern, true, key));
	if (str_starts(pattern, STR("*"))) {
		struct str end = str_slice(pattern, 1, pattern.length);

		return key.length >= end.length &&
			str_equal_nocase(str_slice(key, key.length - end.length,
					     key.length),
			    end)
		    ? EXIM_YES
		    : EXIM_NO;
	}
	return str_equal_nocase(pattern, key) ? EXIM_YES : EXIM_NO;
}

static enum exim_truth
entry_matches(struct exim_message *message, const struct lookup_type *type,
    struct str entry, struct str key)
{
	struct address address;
	struct error error;

	if (str_equal(type->name, STR("wildlsearch"))) {
		enum exim_truth truth = exim_expand(message, entry, &entry);

		return truth == EXIM_YES ? wild_matches(message, entry, key)
					 : truth;
	}
	if (str_equal(type->name, STR("nwildlsearch")))
		return wild_matches(message, entry, key);
	if (str_equal(type->name, STR("iplsearch"))) {
		bool is_block;

		if (!address_parse(key, &address, &error))
			return str_equal(entry, key) ? EXIM_YES : EXIM_NO;
		return exim_block_holds(entry, &address, &is_block) ? EXIM_YES
								    : EXIM_NO;
	}
	return str_equal_nocase(entry, key) ? EXIM_YES : EXIM_NO;
}

/* Adds the lines that continue an entry. */
static void
add_continued(struct exim_message *message, struct lines *lines,
    struct str *value)
{
	struct str line;

	while (lines->rest.length > 0 && ascii_is_space(lines->rest.data[0]) &&
	    lines_next(lines, &line))
		if (str_trim(line).length > 0)
			*value = str_from(arena_print(message->arena,
			    STR_FORMAT " " STR_FORMAT, STR_ARGS(*value),
			    STR_ARGS(str_trim(line))));
}

static enum exim_truth
find_in_text(struct exim_message *message, const struct lookup_type *type,
    struct str file, struct str key, struct str *value)
{
	enum exim_truth result = EXIM_NO;
	const char *why;
	struct str text, line, entry;

	if (exim_cache_file(message->cache, file, &text, &why) != LOOKUP_FOUND)
		return unsure(message, "a file that cannot be read", file);
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line)) {
		if (message->work-- == 0)
			return unsure(message, "too long a file", file);
		if (!cut_key(message, line, &entry, value))
			continue;
		enum exim_truth one = entry_matches(message, type, entry, key);
		if (one == EXIM_NO)
			continue;
		message->looked =
		    (struct place){ tree_shown(message->exim->host->tree,
					arena_copy(message->arena, file).data),
			    lines.number };
		add_continued(message, &lines, value);
		if (one == EXIM_YES)
			return result == EXIM_NO ? EXIM_YES : EXIM_UNSURE;
		result = unsure(message, "an entry of a lookup", entry);
	}
	return result;
}

static enum exim_truth
find_in_directory(struct exim_message *message, struct str directory,
    struct str key, struct str *value)
{
	struct stat status;
	struct error error;

	if (key.length == 0 || str_has(key, '/') || str_equal(key, STR(".")) ||
	    str_equal(key, STR("..")))
		return EXIM_NO;
	*value = key;
	enum lookup found = tree_stat(message->exim->host->tree,
	    arena_print(message->arena, STR_FORMAT "/" STR_FORMAT,
		STR_ARGS(directory), STR_ARGS(key)),
	    &status, &error);
	return found == LOOKUP_FAILED
	    ? unsure(message, "a directory that cannot be read", directory)
	    : truth_of(found);
}

static bool
is_text(struct str name)
{
	static const struct str names[] = { STR_INIT("lsearch"),
		STR_INIT("wildlsearch"), STR_INIT("nwildlsearch"),
		STR_INIT("iplsearch") };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(name, names[i]))
			return true;
	return false;
}

static enum exim_truth
find(struct exim_message *message, const struct lookup_type *type,
    struct str file, struct str key, struct str *value)
{
	if (is_text(type->name))
		return find_in_text(message, type, file, key, value);
	if (str_equal(type->name, STR("dsearch")))
		return find_in_directory(message, file, key, value);
	return unsure(message, "a lookup", type->name);
}

/* "*.b.example" for "a.b.example", with ever fewer labels. */
static enum exim_truth
find_partial(struct exim_message *message, const struct lookup_type *type,
    struct str file, struct str key, struct str *value)
{
	struct str rest = key, label, bare = type->affix;
	size_t labels = 1;

	for (size_t i = 0; i < key.length; i++)
		labels += key.data[i] == '.';
	for (; labels >= type->least && labels > 0; labels--) {
		enum exim_truth found = find(message, type, file,
		    str_from(arena_print(message->arena, STR_FORMAT STR_FORMAT,
			STR_ARGS(type->affix), STR_ARGS(rest))),
		    value);

		if (found != EXIM_NO)
			return found;
		str_cut(rest, '.', &label, &rest);
	}
	if (type->least > 0)
		return EXIM_NO;
	if (str_ends(bare, STR(".")))
		bare.length--;
	return find(message, type, file, bare, value);
}

enum exim_truth
exim_lookup(struct exim_message *message, struct str type_text, struct str file,
    struct str key, struct str *value)
{
	struct lookup_type type;
	struct str local, domain;

	*value = STR("");
	if (!type_read(type_text, &type))
		return unsure(message, "a lookup", type_text);
	enum exim_truth found = find(message, &type, file, key, value);
	if (found == EXIM_NO && type.partial)
		found = find_partial(message, &type, file, key, value);
	if (found == EXIM_NO && type.star_at &&
	    str_cut_last(key, '@', &local, &domain))
		found = find(message, &type, file,
		    str_from(arena_print(message->arena, "*@" STR_FORMAT,
			STR_ARGS(domain))),
		    value);
	if (found == EXIM_NO && type.star)
		found = find(message, &type, file, STR("*"), value);
	return found;
}
