/*
 * syslog_ng.c - what becomes of mail's messages in syslog-ng.conf.
 *
 * A file is statements "kind name { body };". Filters and destinations are
 * kept by name; each log path then says which filters lead to which
 * destinations.
 */
#include "host/syslog_ng.h"

enum {
	PARTS_MAX = 512, /* statements of a file */
};

struct part {
	struct str kind, name, body;
	struct place place;
};

/* Of all files together: a path may use what another file defines. */
struct parts {
	struct part *list;
	size_t count;
};

/* Statements of the text, one after the other. */
struct statements {
	struct str rest;
	const char *file;
	unsigned line;
};

static void
advance(struct statements *statements, size_t length)
{
	for (size_t i = 0; i < length; i++)
		statements->line += statements->rest.data[i] == '\n';
	statements->rest =
	    str_slice(statements->rest, length, statements->rest.length);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';';
}

static void
skip_blanks(struct statements *statements)
{
	struct str rest = statements->rest;
	size_t i = 0;

	while (
	    i < rest.length && (is_blank(rest.data[i]) || rest.data[i] == '#'))
		if (rest.data[i] == '#')
			while (i < rest.length && rest.data[i] != '\n')
				i++;
		else
			i++;
	advance(statements, i);
}

static struct str
take_word(struct statements *statements)
{
	struct str rest = statements->rest;
	size_t i = 0;

	skip_blanks(statements);
	rest = statements->rest;
	while (i < rest.length && !is_blank(rest.data[i]) &&
	    rest.data[i] != '{' && rest.data[i] != '}')
		i++;
	struct str word = str_slice(rest, 0, i);
	advance(statements, i);
	return word;
}

/* What stands between a brace and its own, without both. */
static struct str
take_body(struct statements *statements)
{
	struct str rest = statements->rest;
	bool quoted = false;
	size_t depth = 0, i = 0;

	for (; i < rest.length; i++) {
		if (rest.data[i] == '"')
			quoted = !quoted;
		if (!quoted && rest.data[i] == '{')
			depth++;
		if (!quoted && rest.data[i] == '}' && --depth == 0)
			break;
	}
	struct str body = i > 0 ? str_slice(rest, 1, i) : rest;
	advance(statements, i < rest.length ? i + 1 : i);
	return body;
}

/* "@include" and what stands in quotes after it; of others, the first word. */
static void
take_pragma(struct statements *statements, struct part *part)
{
	size_t whole = statements->rest.length;
	struct str line, rest, before;

	str_cut(statements->rest, '\n', &line, &rest);
	part->kind = take_word(statements);
	str_cut(line, '"', &before, &part->name);
	str_cut(part->name, '"', &part->name, &rest);
	/* A word ends where its line does. */
	advance(statements, line.length - (whole - statements->rest.length));
}

static bool
statement_next(struct statements *statements, struct part *part)
{
	skip_blanks(statements);
	*part = (struct part){
		.place = { statements->file, statements->line },
	};
	if (str_starts(statements->rest, STR("@"))) {
		take_pragma(statements, part);
		return true;
	}
	part->kind = take_word(statements);
	skip_blanks(statements);
	if (!str_starts(statements->rest, STR("{")))
		part->name = take_word(statements);
	skip_blanks(statements);
	if (!str_starts(statements->rest, STR("{"))) {
		if (statements->rest.length > 0)
			advance(statements, 1);
		return statements->rest.length > 0;
	}
	part->body = take_body(statements);
	return true;
}

/* The next "word(arguments)"; what is before the word is skipped. */
static bool
call_next(struct str *rest, struct str *word, struct str *arguments)
{
	struct str before, after;

	if (!str_cut(*rest, '(', &before, &after))
		return false;
	before = str_trim(before);
	size_t start = before.length;
	while (start > 0 && !is_blank(before.data[start - 1]) &&
	    before.data[start - 1] != '{')
		start--;
	*word = str_slice(before, start, before.length);
	str_cut(after, ')', arguments, rest);
	return true;
}

static bool
lists_mail(struct str arguments)
{
	struct str each;

	while (arguments.length > 0) {
		str_cut(arguments, ',', &each, &arguments);
		if (str_equal(str_trim(each), STR("mail")))
			return true;
	}
	return false;
}

/* The bits of one level: "err", or a range of two: "info..emerg". */
static bool
level_parse(struct str text, struct arena *arena, unsigned *bits)
{
	struct str low, high;
	unsigned a, b;

	if (!str_cut(text, '.', &low, &high))
		return syslog_parse_selector(str_from(arena_print(arena,
						 "mail.=" STR_FORMAT,
						 STR_ARGS(text))),
		    bits);
	str_cut_last(high, '.', &(struct str){ NULL, 0 }, &high);
	if (!syslog_parse_selector(str_from(
				       arena_print(arena, "mail." STR_FORMAT,
					   STR_ARGS(str_trim(low)))),
		&a) ||
	    !syslog_parse_selector(str_from(
				       arena_print(arena, "mail." STR_FORMAT,
					   STR_ARGS(str_trim(high)))),
		&b))
		return false;
	/* Each has its own level and all that are worse. */
	unsigned wide = a > b ? a : b, narrow = a > b ? b : a;
	*bits = wide & ~(narrow >> 1);
	return true;
}

static bool
levels_parse(struct str arguments, struct arena *arena, unsigned *bits)
{
	struct str each;

	*bits = 0;
	while (arguments.length > 0) {
		unsigned more;

		str_cut(arguments, ',', &each, &arguments);
		if (!level_parse(str_trim(each), arena, &more))
			return false;
		*bits |= more;
	}
	return true;
}

/* One term of a filter, "not" taken off; false: it asks for something else. */
static bool
term_bits(struct str word, struct str arguments, struct arena *arena,
    unsigned *bits)
{
	if (str_equal(word, STR("facility"))) {
		*bits = lists_mail(arguments) ? SYSLOG_ALL : 0;
		return true;
	}
	if (str_equal(word, STR("level")) || str_equal(word, STR("priority")))
		return levels_parse(arguments, arena, bits);
	return false;
}

static bool
has_word(struct str text, struct str word)
{
	for (size_t i = 0; i + word.length <= text.length; i++)
		if (str_equal(str_slice(text, i, i + word.length), word))
			return true;
	return false;
}

/* Terms joined by "and"; false: it cannot be decided. */
static bool
filter_bits(struct str body, struct arena *arena, unsigned *bits)
{
	struct str word, arguments, rest = body;
	bool decided = !has_word(body, STR(" or "));

	*bits = SYSLOG_ALL;
	while (rest.length > 0) {
		struct str start = rest;
		unsigned term;

		if (!call_next(&rest, &word, &arguments))
			break;
		struct str before = str_trim(
		    str_slice(start, 0, (size_t)(word.data - start.data)));
		if (!term_bits(word, arguments, arena, &term))
			decided = false;
		else
			*bits &= str_ends(before, STR("not")) ? ~term : term;
	}
	/* Whatever else it asks for, mail does not pass it. */
	return decided || (*bits == 0 && !has_word(body, STR(" or ")));
}

static const struct part *
find_part(const struct part *parts, size_t count, struct str kind,
    struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(parts[i].kind, kind) &&
		    str_equal(parts[i].name, str_trim(name)))
			return &parts[i];
	return NULL;
}

static void
undecided(struct syslog_reading *reading, struct place place)
{
	syslog_uncertain(reading, place,
	    "a filter that looks at more than facility and level");
}

static void
add_destination(struct syslog_reading *reading, const struct part *part,
    unsigned bits)
{
	struct str word, arguments, rest = part->body;

	while (bits != 0 && call_next(&rest, &word, &arguments)) {
		struct syslog_rule *rule =
		    arena_alloc(reading->arena, sizeof(*rule));
		struct str target = str_trim(arguments);

		if (str_starts(target, STR("\"")))
			str_cut(str_slice(target, 1, target.length), '"',
			    &target, &(struct str){ NULL, 0 });
		*rule = (struct syslog_rule){
			.severities = bits,
			.action = str_equal(word, STR("file")) ? SYSLOG_FILE
							       : SYSLOG_OTHER,
			.target = arena_copy(reading->arena, target),
			.place = part->place,
		};
		if (str_equal(word, STR("network")) ||
		    str_equal(word, STR("syslog")) ||
		    str_equal(word, STR("tcp")) || str_equal(word, STR("udp")))
			rule->action = SYSLOG_REMOTE;
		else if (rule->action == SYSLOG_OTHER &&
		    !str_equal(word, STR("usertty")) &&
		    !str_equal(word, STR("program")) &&
		    !str_equal(word, STR("pipe")))
			continue; /* an option of the one before */
		*reading->end = rule;
		reading->end = &rule->next;
	}
}

/* A log path: all its filters, then its destinations. */
static void
log_path(struct syslog_reading *reading, const struct part *parts, size_t count,
    const struct part *log)
{
	struct str word, name, rest = log->body;
	unsigned bits = SYSLOG_ALL;

	while (call_next(&rest, &word, &name)) {
		unsigned more = 0;
		const struct part *filter;

		if (!str_equal(word, STR("filter")))
			continue;
		filter = find_part(parts, count, word, name);
		if (filter != NULL &&
		    filter_bits(filter->body, reading->arena, &more)) {
			bits &= more;
			continue;
		}
		undecided(reading, filter != NULL ? filter->place : log->place);
		return;
	}
	for (rest = log->body; call_next(&rest, &word, &name);) {
		const struct part *to = find_part(parts, count, word, name);

		if (str_equal(word, STR("destination")) && to != NULL)
			add_destination(reading, to, bits);
	}
}

/* scl.conf, of syslog-ng itself, defines sources and parsers, and no paths. */
static void
include_part(struct syslog_reading *reading, const struct part *part)
{
	static const char folder[] = "/etc/syslog-ng";
	struct str file = part->name;

	if (str_equal(file, STR("scl.conf")))
		return;
	if (file.length == 0 || str_has(file, '`')) {
		syslog_uncertain(reading, part->place, "what it includes");
		return;
	}
	if (!str_starts(file, STR("/")))
		file = str_from(arena_print(reading->arena, "%s/" STR_FORMAT,
		    folder, STR_ARGS(file)));
	syslog_include(reading, file, part->place);
}

/* Takes the statements of a file, and of those that it includes. */
static void
collect(struct syslog_reading *reading, struct str text, const char *file)
{
	struct statements statements = { text, file, 1 };
	struct parts *parts = reading->state;
	struct part part;

	while (statement_next(&statements, &part)) {
		if (str_equal(part.kind, STR("@include"))) {
			include_part(reading, &part);
		} else if (parts->count == PARTS_MAX) {
			syslog_uncertain(reading, part.place,
			    "too many statements");
			return;
		} else if (part.kind.length > 0 &&
		    !str_starts(part.kind, STR("@"))) {
			parts->list[parts->count++] = part;
		}
	}
}

void
syslog_ng_parse(struct syslog_reading *reading, struct str text,
    const char *file)
{
	struct parts parts = {
		.list = arena_alloc(reading->arena,
		    PARTS_MAX * sizeof(*parts.list)),
	};

	if (reading->end == NULL)
		reading->end = &reading->syslog->first;
	reading->state = &parts;
	reading->parse = collect;
	collect(reading, text, file);
	for (size_t i = 0; i < parts.count; i++)
		if (str_equal(parts.list[i].kind, STR("log")))
			log_path(reading, parts.list, parts.count,
			    &parts.list[i]);
	reading->state = NULL;
}
