/*
 * policy_scan.c - a policy file and its includes, put together and proved to
 * be well formed before libconfig reads it.
 *
 * One pass over the words with a stack of brackets.
 */
#include "policy/policy_scan.h"

#include "policy/policy_lex.h"

#include <stdint.h>
#include <string.h>

enum {
	TEXT_MAX = 2 * POLICY_SCAN_FILE, /* of all files together */
};

/* What may come next. */
enum expected {
	EXPECT_NAME,    /* or the end of the group */
	EXPECT_ASSIGN,  /* after a name */
	EXPECT_VALUE,   /* after = */
	EXPECT_ELEMENT, /* of a list; or its end */
	EXPECT_COMMA,   /* after an element; or the end of the list */
};

struct name {
	const struct name *next;
	struct str text;
	struct place place;
};

struct level {
	char open; /* 0: the file itself */
	struct place place;
	enum expected expected;
	const struct name *names;
	unsigned name_count;
	bool has_elements; /* of a list: the next one needs a comma */
};

struct source {
	const struct source *includer;
	const char *path;
	struct file_id id;
	bool has_id;
	unsigned depth;
	size_t base; /* the level that the file may not leave */
};

struct scanner {
	const struct policy_scan_options *options;
	struct level levels[POLICY_SCAN_NESTING + 1];
	size_t level; /* the innermost */
	struct policy_text *text;
	bool stopped; /* what follows would only be told wrongly */
};

static struct level *
innermost(struct scanner *scanner)
{
	return &scanner->levels[scanner->level];
}

static void
put(struct scanner *scanner, struct str word, struct place place)
{
	policy_text_add(scanner->text, word, place, false);
}

/* Tells a mistake after which the rest would be misunderstood. */
static void
stop(struct scanner *scanner, struct place place, const char *text)
{
	if (!scanner->stopped)
		problems_error(scanner->options->problems, place, "%s", text);
	scanner->stopped = true;
}

static void
add_name(struct scanner *scanner, const struct lexeme *lexeme)
{
	struct problems *problems = scanner->options->problems;
	struct level *level = innermost(scanner);

	for (const struct name *name = level->names; name != NULL;
	     name = name->next)
		if (str_equal(name->text, lexeme->text)) {
			problems_error(problems, lexeme->place,
			    "\"" STR_FORMAT "\" is set twice, first at %s:%u",
			    STR_ARGS(name->text), name->place.file,
			    name->place.line);
			break;
		}
	if (++level->name_count > POLICY_SCAN_NAMES)
		stop(scanner, lexeme->place, "too many settings in one group");

	struct name *name = arena_alloc(scanner->options->arena, sizeof(*name));
	name->next = level->names;
	name->text = lexeme->text;
	name->place = lexeme->place;
	level->names = name;
	level->expected = EXPECT_ASSIGN;
	put(scanner, lexeme->text, lexeme->place);
}

/* A whole value has been read at the innermost level. */
static void
end_value(struct scanner *scanner, struct place place)
{
	struct level *level = innermost(scanner);

	if (level->expected == EXPECT_VALUE) {
		put(scanner, STR(";"), place);
		level->expected = EXPECT_NAME;
	} else {
		level->expected = EXPECT_COMMA;
	}
}

static void
add_scalar(struct scanner *scanner, const struct lexeme *lexeme)
{
	policy_text_add(scanner->text, lexeme->text, lexeme->place,
	    lexeme->kind == LEXEME_STRING);
	end_value(scanner, lexeme->place);
}

static void
open_level(struct scanner *scanner, const struct lexeme *lexeme)
{
	char open = lexeme->text.data[0];

	if (innermost(scanner)->open == '[') {
		stop(scanner, lexeme->place,
		    "only values stand in [ ]: lists and groups stand in ( )");
		return;
	}
	if (scanner->level == POLICY_SCAN_NESTING) {
		stop(scanner, lexeme->place, "brackets too deep in brackets");
		return;
	}
	put(scanner, lexeme->text, lexeme->place);
	scanner->level++;
	*innermost(scanner) = (struct level){
		.open = open,
		.place = lexeme->place,
		.expected = open == '{' ? EXPECT_NAME : EXPECT_ELEMENT,
	};
}

static char
closing(char open)
{
	return open == '{' ? '}' : open == '(' ? ')' : ']';
}

static void
close_level(struct scanner *scanner, const struct lexeme *lexeme,
    const struct source *source)
{
	struct problems *problems = scanner->options->problems;
	struct level *level = innermost(scanner);

	if (scanner->level == source->base) {
		problems_error(problems, lexeme->place,
		    "\"" STR_FORMAT "\" closes nothing that this file opens",
		    STR_ARGS(lexeme->text));
		scanner->stopped = true;
		return;
	}
	if (lexeme->text.data[0] != closing(level->open)) {
		problems_error(problems, lexeme->place,
		    "\"" STR_FORMAT "\" where \"%c\" must close the \"%c\" of "
		    "line %u",
		    STR_ARGS(lexeme->text), closing(level->open), level->open,
		    level->place.line);
		scanner->stopped = true;
		return;
	}
	put(scanner, lexeme->text, lexeme->place);
	scanner->level--;
	end_value(scanner, lexeme->place);
}

/* Whether a value can begin with this word. */
static bool
is_value(enum lexeme_kind kind)
{
	return kind == LEXEME_STRING || kind == LEXEME_NUMBER ||
	    kind == LEXEME_FLAG || kind == LEXEME_OPEN || kind == LEXEME_BAD;
}

static void
take_value(struct scanner *scanner, const struct lexeme *lexeme)
{
	if (lexeme->kind == LEXEME_OPEN)
		open_level(scanner, lexeme);
	else
		add_scalar(scanner, lexeme);
}

/* A name where a value is wanted: most likely its quotes are missing. */
static void
take_bare_word(struct scanner *scanner, const struct lexeme *lexeme)
{
	problems_error(scanner->options->problems, lexeme->place,
	    STR_FORMAT " must be true, false, a number, or a string in quotes: "
		       "\"" STR_FORMAT "\"",
	    STR_ARGS(lexeme->text), STR_ARGS(lexeme->text));
	add_scalar(scanner, lexeme);
}

static void
take_in_name(struct scanner *scanner, const struct lexeme *lexeme)
{
	/* More than one sign after a value is harmless. */
	if (lexeme->kind == LEXEME_END_OF_SETTING ||
	    lexeme->kind == LEXEME_COMMA)
		return;
	if (lexeme->kind == LEXEME_NAME)
		add_name(scanner, lexeme);
	else if (lexeme->kind == LEXEME_STRING)
		stop(scanner, lexeme->place,
		    "a string where the name of a setting is wanted: was a "
		    "comma or bracket lost before it?");
	else
		stop(scanner, lexeme->place, "the name of a setting is wanted");
}

static void
take_in_assign(struct scanner *scanner, const struct lexeme *lexeme)
{
	const struct name *name = innermost(scanner)->names;

	innermost(scanner)->expected = EXPECT_VALUE;
	if (lexeme->kind == LEXEME_ASSIGN) {
		put(scanner, lexeme->text, lexeme->place);
		return;
	}
	problems_error(scanner->options->problems, name->place,
	    "\"=\" is missing after \"" STR_FORMAT "\"", STR_ARGS(name->text));
	scanner->stopped = true;
}

static void
take_in_value(struct scanner *scanner, const struct lexeme *lexeme)
{
	const struct name *name = innermost(scanner)->names;

	if (is_value(lexeme->kind)) {
		take_value(scanner, lexeme);
	} else if (lexeme->kind == LEXEME_NAME) {
		take_bare_word(scanner, lexeme);
	} else {
		problems_error(scanner->options->problems, name->place,
		    "\"" STR_FORMAT "\" has no value", STR_ARGS(name->text));
		scanner->stopped = true;
	}
}

static void
take_in_element(struct scanner *scanner, const struct lexeme *lexeme)
{
	struct level *level = innermost(scanner);

	if (level->has_elements)
		put(scanner, STR(","), lexeme->place);
	level->has_elements = true;
	if (is_value(lexeme->kind))
		take_value(scanner, lexeme);
	else if (lexeme->kind == LEXEME_NAME)
		take_bare_word(scanner, lexeme);
	else
		stop(scanner, lexeme->place,
		    "a value or the end of the list is wanted");
}

static void
take_in_comma(struct scanner *scanner, const struct lexeme *lexeme)
{
	struct level *level = innermost(scanner);

	if (lexeme->kind == LEXEME_COMMA) {
		level->expected = EXPECT_ELEMENT;
		return;
	}
	if (is_value(lexeme->kind) || lexeme->kind == LEXEME_NAME) {
		problems_error(scanner->options->problems, lexeme->place,
		    "a comma is missing before this value of the list of "
		    "line %u",
		    level->place.line);
		level->expected = EXPECT_ELEMENT;
		take_in_element(scanner, lexeme);
		return;
	}
	problems_error(scanner->options->problems, lexeme->place,
	    "\"%c\" is missing: the \"%c\" of line %u is still open",
	    closing(level->open), level->open, level->place.line);
	scanner->stopped = true;
}

/* Tells what the end of a file leaves open. */
static void
check_end(struct scanner *scanner, const struct source *source,
    struct place end)
{
	struct problems *problems = scanner->options->problems;
	const struct level *level = innermost(scanner);

	if (level->expected == EXPECT_ASSIGN ||
	    level->expected == EXPECT_VALUE) {
		problems_error(problems, level->names->place,
		    "\"" STR_FORMAT "\" has no value: the file ends here",
		    STR_ARGS(level->names->text));
		scanner->stopped = true;
	} else if (scanner->level > source->base) {
		problems_error(problems, level->place,
		    "\"%c\" is never closed: a \"%c\" is missing before "
		    "line %u, where the file ends",
		    level->open, closing(level->open), end.line);
		scanner->stopped = true;
	}
}

/* A word that has been told already stands for a value, or for nothing. */
static bool
pass_bad(struct scanner *scanner, const struct lexeme *lexeme)
{
	enum expected expected = innermost(scanner)->expected;

	if (lexeme->kind != LEXEME_BAD || expected == EXPECT_VALUE ||
	    expected == EXPECT_ELEMENT)
		return false;
	if (expected != EXPECT_COMMA)
		scanner->stopped = true;
	return true;
}

static void
take(struct scanner *scanner, const struct lexeme *lexeme)
{
	if (pass_bad(scanner, lexeme))
		return;
	switch (innermost(scanner)->expected) {
	case EXPECT_NAME:
		take_in_name(scanner, lexeme);
		return;
	case EXPECT_ASSIGN:
		take_in_assign(scanner, lexeme);
		return;
	case EXPECT_VALUE:
		take_in_value(scanner, lexeme);
		return;
	case EXPECT_ELEMENT:
		take_in_element(scanner, lexeme);
		return;
	case EXPECT_COMMA:
		take_in_comma(scanner, lexeme);
		return;
	}
}

/* Whether no setting is begun: a bracket may close, an @include stand. */
static bool
is_between(struct scanner *scanner)
{
	enum expected expected = innermost(scanner)->expected;

	return expected != EXPECT_ASSIGN && expected != EXPECT_VALUE;
}

static void scan_include(struct scanner *scanner, const struct source *source,
    const struct lexeme *include);

static void
scan_text(struct scanner *scanner, const struct source *source, struct str text)
{
	struct problems *problems = scanner->options->problems;
	struct policy_lexer lexer =
	    policy_lexer_of(text, source->path, problems);

	while (!scanner->stopped) {
		struct lexeme lexeme = policy_lex_next(&lexer);

		if (lexeme.kind == LEXEME_END) {
			check_end(scanner, source, lexeme.place);
			return;
		}
		if (lexeme.kind == LEXEME_INCLUDE)
			scan_include(scanner, source, &lexeme);
		else if (lexeme.kind == LEXEME_CLOSE && is_between(scanner))
			close_level(scanner, &lexeme, source);
		else
			take(scanner, &lexeme);
		if (scanner->text->length > TEXT_MAX)
			stop(scanner, lexeme.place,
			    "all files together are too large");
	}
}

/* A NUL would end the text for libconfig. */
static bool
check_bytes(struct str text, const char *path, struct problems *problems)
{
	const char *nul = NULL;
	struct place place = { .file = path, .line = 1 };

	if (text.length > 0)
		nul = memchr(text.data, '\0', text.length);
	if (nul == NULL)
		return true;
	for (const char *c = text.data; c < nul; c++)
		place.line += *c == '\n';
	return problems_error(problems, place,
	    "a NUL byte: this is no text file");
}

/* The name of an included file, from the folder of the file that names it. */
static const char *
include_path(struct scanner *scanner, const char *includer, struct str name)
{
	struct str folder, file;

	if (name.data[0] == '/' ||
	    !str_cut_last(str_from(includer), '/', &folder, &file))
		folder = STR("");
	else
		folder.length++;
	return arena_print(scanner->options->places, STR_FORMAT STR_FORMAT,
	    STR_ARGS(folder), STR_ARGS(name));
}

/* The source among the includers that is the same file, or NULL. */
static const struct source *
find_loop(const struct source *source)
{
	for (const struct source *includer = source->includer; includer != NULL;
	     includer = includer->includer)
		if (strcmp(includer->path, source->path) == 0 ||
		    (includer->has_id &&
			includer->id.device == source->id.device &&
			includer->id.inode == source->id.inode))
			return includer;
	return NULL;
}

static void
scan_include(struct scanner *scanner, const struct source *includer,
    const struct lexeme *include)
{
	const struct policy_scan_options *options = scanner->options;
	struct problems *problems = options->problems;
	struct source source = {
		.includer = includer,
		.has_id = true,
		.depth = includer->depth + 1,
		.base = scanner->level,
	};
	struct error error;
	struct str text;

	if (!is_between(scanner)) {
		stop(scanner, include->place,
		    "@include between a name and its value: it stands where a "
		    "setting or a value of a list may");
		return;
	}
	if (include->text.length == 0 ||
	    memchr(include->text.data, '\\', include->text.length) != NULL) {
		problems_error(problems, include->place,
		    "@include \"" STR_FORMAT "\" names no file",
		    STR_ARGS(include->text));
		return;
	}
	source.path = include_path(scanner, includer->path, include->text);
	if (source.depth > POLICY_SCAN_DEPTH) {
		problems_error(problems, include->place,
		    "@include \"%s\" is the %uth in one another: at most %d "
		    "can be",
		    source.path, source.depth, POLICY_SCAN_DEPTH);
		return;
	}
	if (!files_read(options->files, source.path, POLICY_SCAN_FILE,
		options->arena, &text, &source.id, &error)) {
		problems_error(problems, include->place, "@include \"%s\": %s",
		    source.path, error.text);
		return;
	}
	if (find_loop(&source) != NULL) {
		problems_error(problems, include->place,
		    "@include \"%s\" is a loop: that file is being read",
		    source.path);
		return;
	}
	if (check_bytes(text, source.path, problems))
		scan_text(scanner, &source, text);
}

/* Reads the first file, unless its text was given. */
static bool
read_first(const struct policy_scan_options *options, struct source *source,
    struct str *text)
{
	struct error error;

	*text = options->text;
	if (text->data != NULL)
		return true;
	source->has_id = true;
	if (files_read(options->files, source->path, POLICY_SCAN_FILE,
		options->arena, text, &source->id, &error))
		return true;
	return problems_error(options->problems,
	    (struct place){ .file = source->path }, "%s", error.text);
}

bool
policy_scan(const struct policy_scan_options *options,
    struct policy_text *result)
{
	struct problems *problems = options->problems;
	unsigned errors = problems->errors;
	struct scanner *scanner = arena_alloc(options->arena, sizeof(*scanner));
	struct source source = {
		.path = options->path,
	};
	struct str text;

	if (source.path != NULL)
		source.path = arena_print(options->places, "%s", source.path);

	*result = (struct policy_text){ .arena = options->arena };
	scanner->options = options;
	scanner->text = result;
	if (!read_first(options, &source, &text) ||
	    !check_bytes(text, source.path, problems))
		return false;
	scan_text(scanner, &source, text);
	return problems->errors == errors;
}
