/*
 * sendmail_class.c - the classes of sendmail.cf, as Sendmail fills them.
 */
#include "mta/sendmail_class.h"

#include "base/buf.h"
#include "base/lines.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	CLASSES_MAX = 256, /* macros and classes share as many names */
	CLASS_FILE_MAX = 64 << 20,
	MEMBERS_MAX = 2000000, /* of all classes: copies may double them */
	CLASS_LINE_MAX = 2047, /* MAXLINE: longer ones are read in parts */
};

/* One class while it grows. */
struct growing {
	struct sendmail_class class;
	struct sendmail_member *members;
	size_t room;
};

struct filling {
	const struct sendmail_cf *cf;
	const struct sendmail_site *site;
	struct tree *tree;
	struct arena *arena;
	struct growing *classes;
	size_t count;
	size_t members; /* of all classes */
	struct sendmail_classes *result;
	struct problems *problems;
};

static int
compare_nocase(struct str a, struct str b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;

	for (size_t i = 0; i < shorter; i++) {
		int x = tolower((unsigned char)a.data[i]);
		int y = tolower((unsigned char)b.data[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return a.length < b.length ? -1 : a.length > b.length;
}

static int
compare_members(const void *a, const void *b)
{
	const struct sendmail_member *x = a, *y = b;

	return compare_nocase(x->word, y->word);
}

static int
compare_word(const void *key, const void *member)
{
	const struct sendmail_member *m = member;

	return compare_nocase(*(const struct str *)key, m->word);
}

static struct growing *
enter_class(struct filling *filling, struct str name)
{
	for (size_t i = 0; i < filling->count; i++)
		if (str_equal(filling->classes[i].class.name, name))
			return &filling->classes[i];
	if (filling->count == CLASSES_MAX)
		return NULL;
	struct growing *growing = &filling->classes[filling->count++];

	growing->class.name = name;
	return growing;
}

static void
not_known(struct growing *growing, struct place place, const char *reason)
{
	if (growing->class.unknown != NULL)
		return;
	growing->class.unknown = reason;
	growing->class.unknown_place = place;
}

static void
add_member(struct filling *filling, struct growing *growing, struct str word,
    struct place place)
{
	if (filling->members == MEMBERS_MAX) {
		not_known(growing, place,
		    "the classes have more members than are read here");
		return;
	}
	filling->members++;
	if (growing->class.count == growing->room) {
		size_t room = growing->room > 0 ? growing->room * 2 : 8;
		struct sendmail_member *members =
		    arena_alloc(filling->arena, room * sizeof(*members));

		if (growing->class.count > 0)
			memcpy(members, growing->members,
			    growing->class.count * sizeof(*members));
		growing->members = members;
		growing->room = room;
	}
	growing->members[growing->class.count++] =
	    (struct sendmail_member){ word, place };
}

/* $={x} among the words: what that class holds so far. */
static void
copy_class(struct filling *filling, struct growing *to, struct str name,
    struct place place)
{
	if (name.length > 2 && name.data[0] == '{')
		name = str_slice(name, 1, name.length - 1);
	const struct growing *from = enter_class(filling, name);

	if (from == NULL || from == to)
		return;
	for (size_t i = 0; i < from->class.count; i++)
		add_member(filling, to, from->members[i].word, place);
	if (from->class.unknown != NULL)
		not_known(to, from->class.unknown_place, from->class.unknown);
}

static void
add_words(struct filling *filling, struct growing *growing, struct str words,
    struct place place)
{
	struct str word;

	while (sendmail_word_next(&words, &word)) {
		if (str_starts(word, STR("$=")))
			copy_class(filling, growing,
			    str_slice(word, 2, word.length), place);
		else
			add_member(filling, growing, word, place);
	}
}

static void
read_words(struct filling *filling, struct growing *growing,
    const struct sendmail_line *line)
{
	const struct sendmail_names names = { filling->site,
		sendmail_site_macro };
	struct place place = sendmail_place(filling->cf, line);
	struct str words;

	if (sendmail_cf_expand(filling->cf, line, &names, line->value,
		filling->arena, &words))
		add_words(filling, growing, words, place);
	else
		not_known(growing, place,
		    "a macro of this line is set while Sendmail runs");
}

/* What of a line the format of an F line takes: %s, or %[^#]. */
static struct str
format_line(struct str line, bool to_comment)
{
	struct str word;

	if (to_comment) {
		str_cut(line, '#', &line, &word);
		return line;
	}
	sendmail_word_next(&line, &word);
	return word;
}

static void
add_file(struct filling *filling, struct growing *growing, const char *path,
    struct str text, bool to_comment)
{
	struct lines lines = lines_of(text);
	struct place place = { tree_shown(filling->tree, path), 0 };
	struct str line;

	while (lines_next(&lines, &line)) {
		if (line.length > CLASS_LINE_MAX) {
			not_known(growing,
			    (struct place){ place.file, lines.number },
			    "Sendmail cuts so long a line into parts");
			continue;
		}
		if (line.length > 0 && line.data[0] == '#')
			continue;
		struct str words = format_line(line, to_comment), word;

		place.line = lines.number;
		while (sendmail_word_next(&words, &word))
			add_member(filling, growing, word, place);
	}
}

/* What an F line says. */
struct class_file {
	struct str name;
	struct str format;
	bool optional;
};

static bool
parse_file(struct str value, struct class_file *file)
{
	struct str word;

	*file = (struct class_file){ .optional = false };
	if (str_starts(value, STR("-o"))) {
		file->optional = true;
		sendmail_word_next(&value, &word);
	}
	value = str_trim(value);
	if (value.length == 0)
		return false;
	if (value.data[0] != '|')
		sendmail_word_next(&value, &file->name);
	else
		file->name = value;
	file->format = file->name.data[0] != '|' ? str_trim(value) : STR("");
	return true;
}

/* Why a class cannot be filled by looking at files; NULL: it can. */
static const char *
not_a_file(const struct class_file *file)
{
	if (file->name.data[0] == '|')
		return "a program fills it, which is not run";
	if (file->name.data[0] != '/' && str_has(file->name, '@'))
		return "a map fills it, which cannot be listed";
	if (file->format.length > 0 && !str_equal(file->format, STR("%s")) &&
	    !str_equal(file->format, STR("%[^#]")))
		return "its format of lines is not known here";
	return NULL;
}

static void
file_failed(struct filling *filling, struct growing *growing,
    const struct class_file *file, struct place place, enum lookup result,
    const char *why)
{
	if (result == LOOKUP_FAILED) {
		not_known(growing, place,
		    arena_print(filling->arena, STR_FORMAT ": %s",
			STR_ARGS(file->name), why));
		return;
	}
	if (file->optional)
		return;
	not_known(growing, place, "the file is not there");
	if (filling->result->missing != NULL)
		return;
	filling->result->missing = arena_print(filling->arena,
	    "the file of class " STR_FORMAT ", " STR_FORMAT
	    ", is not there, and -o does not allow it",
	    STR_ARGS(growing->class.name), STR_ARGS(file->name));
	filling->result->missing_place = place;
}

static void
read_file(struct filling *filling, struct growing *growing,
    const struct sendmail_line *line)
{
	struct place place = sendmail_place(filling->cf, line);
	struct class_file file;
	struct error error;
	struct str text;

	if (!parse_file(line->value, &file))
		return;
	const char *reason = not_a_file(&file);
	if (reason != NULL) {
		not_known(growing, place, reason);
		return;
	}
	const char *path = arena_copy(filling->arena, file.name).data;
	enum lookup result = tree_read(filling->tree, path, CLASS_FILE_MAX,
	    filling->arena, &text, &error);
	if (result == LOOKUP_FOUND)
		add_file(filling, growing, path, text,
		    str_equal(file.format, STR("%[^#]")));
	else
		file_failed(filling, growing, &file, place, result, error.text);
}

/* The names and addresses that Sendmail finds out itself (main.c). */
static void
add_own(struct filling *filling)
{
	const struct sendmail_site *site = filling->site;
	struct growing *w = enter_class(filling, STR("w"));
	struct growing *m = enter_class(filling, STR("m"));
	struct str label, domain;

	if (w == NULL || m == NULL)
		return;
	if (site->hostname.length > 0)
		add_member(filling, w, site->hostname, (struct place){ 0 });
	if (str_cut(site->hostname, '.', &label, &domain) && domain.length > 0)
		add_member(filling, m, domain, (struct place){ 0 });
	if (site->network == NULL)
		return;
	for (size_t i = 0; i < site->network->address_count; i++) {
		char bytes[INET6_ADDRSTRLEN * 2];
		struct buf buf = BUF(bytes);

		buf_add_char(&buf, '[');
		sendmail_print_address(&site->network->addresses[i], &buf);
		buf_add_char(&buf, ']');
		add_member(filling, w,
		    arena_copy(filling->arena, buf_str(&buf)),
		    (struct place){ 0 });
	}
}

static void
fill(struct filling *filling)
{
	for (size_t i = 0; i < filling->cf->count; i++) {
		const struct sendmail_line *line = &filling->cf->lines[i];
		struct growing *growing;

		if (line->kind != 'C' && line->kind != 'F' && line->kind != 'T')
			continue;
		growing = enter_class(filling,
		    line->kind == 'T' ? STR("t") : line->name);
		if (growing == NULL)
			continue;
		if (line->kind == 'F')
			read_file(filling, growing, line);
		else
			read_words(filling, growing, line);
	}
}

void
sendmail_classes_read(const struct sendmail_cf *cf,
    const struct sendmail_site *site, struct tree *tree, struct arena *arena,
    struct sendmail_classes *classes, struct problems *problems)
{
	struct filling filling = { cf, site, tree, arena, .result = classes,
		.problems = problems };
	struct sendmail_class *done =
	    arena_alloc(arena, CLASSES_MAX * sizeof(*done));

	*classes = (struct sendmail_classes){ .classes = done };
	filling.classes =
	    arena_alloc(arena, CLASSES_MAX * sizeof(*filling.classes));
	add_own(&filling);
	fill(&filling);
	for (size_t i = 0; i < filling.count; i++) {
		struct growing *growing = &filling.classes[i];

		if (growing->class.count > 0)
			qsort(growing->members, growing->class.count,
			    sizeof(*growing->members), compare_members);
		growing->class.members = growing->members;
		done[i] = growing->class;
	}
	classes->count = filling.count;
}

const struct sendmail_class *
sendmail_class_find(const struct sendmail_classes *classes, struct str name)
{
	static const struct sendmail_class empty = { .count = 0 };

	for (size_t i = 0; i < classes->count; i++)
		if (str_equal(classes->classes[i].name, name))
			return &classes->classes[i];
	return &empty;
}

static bool
find_word(const struct sendmail_class *class, struct str word,
    const struct sendmail_member **member)
{
	const struct sendmail_member *found = class->count == 0
	    ? NULL
	    : bsearch(&word, class->members, class->count,
		  sizeof(*class->members), compare_word);

	if (found != NULL && member != NULL)
		*member = found;
	return found != NULL;
}

static enum lookup
not_found(const struct sendmail_class *class)
{
	return class->unknown != NULL ? LOOKUP_FAILED : LOOKUP_MISSING;
}

enum lookup
sendmail_class_has(const struct sendmail_class *class, struct str word,
    const struct sendmail_member **member)
{
	if (find_word(class, word, member))
		return LOOKUP_FOUND;
	return not_found(class);
}

enum lookup
sendmail_class_has_domain(const struct sendmail_class *class, struct str domain,
    const struct sendmail_member **member)
{
	for (size_t i = 0; i < domain.length; i++) {
		/* Before or after a dot: .example.org is a word, too. */
		bool edge = i == 0 || domain.data[i - 1] == '.' ||
		    domain.data[i] == '.';

		if (edge &&
		    find_word(class, str_slice(domain, i, domain.length),
			member))
			return LOOKUP_FOUND;
	}
	return not_found(class);
}

enum lookup
sendmail_class_has_client(const struct sendmail_class *class,
    const struct address *address, const struct sendmail_member **member)
{
	char bytes[INET6_ADDRSTRLEN * 2];
	struct buf buf = BUF(bytes);

	sendmail_print_address(address, &buf);
	struct str text = buf_str(&buf);
	for (size_t i = 1; i <= text.length; i++) {
		/* A word may end with the separator, as 10.1. does. */
		bool edge = i == text.length ||
		    memchr(".:", text.data[i], 2) != NULL ||
		    memchr(".:", text.data[i - 1], 2) != NULL;

		if (edge && find_word(class, str_slice(text, 0, i), member))
			return LOOKUP_FOUND;
	}
	return not_found(class);
}
