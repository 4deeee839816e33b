/*
 * policy_lex.c - the words of a policy file: names, values, brackets, signs.
 */
#include "policy/policy_lex.h"

#include "base/ascii.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct policy_lexer
policy_lexer_of(struct str text, const char *file, struct problems *problems)
{
	return (struct policy_lexer){
		.text = text,
		.place = { .file = file, .line = 1 },
		.problems = problems,
	};
}

/* The byte that is so many after the next one, or 0 after the end. */
static char
peek(const struct policy_lexer *lexer, size_t ahead)
{
	size_t at = lexer->at + ahead;

	return at < lexer->text.length ? lexer->text.data[at] : '\0';
}

static bool
at_end(const struct policy_lexer *lexer)
{
	return lexer->at >= lexer->text.length;
}

/* Goes on by one byte, whichever it is. */
static void
step(struct policy_lexer *lexer)
{
	if (peek(lexer, 0) == '\n')
		lexer->place.line++;
	lexer->at++;
}

/* What a name or a number may hold, and what is mistaken for one of them. */
static bool
is_word(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c) || c == '_' ||
	    c == '-' || c == '+' || c == '.' || c == '*' || (c & 0x80) != 0;
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The text from a position to where the lexer is. */
static struct str
text_since(const struct policy_lexer *lexer, size_t start)
{
	return str_slice(lexer->text, start, lexer->at);
}

static void
skip_line(struct policy_lexer *lexer)
{
	while (!at_end(lexer) && peek(lexer, 0) != '\n')
		step(lexer);
}

/* Goes behind the end of a block comment; at its start. */
static void
skip_comment(struct policy_lexer *lexer)
{
	struct place start = lexer->place;
	struct place inner = { 0 };

	lexer->at += 2;
	while (!at_end(lexer)) {
		if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/')
			break;
		if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*')
			inner = lexer->place;
		step(lexer);
	}
	if (at_end(lexer)) {
		problems_error(lexer->problems, start,
		    "this comment has no end: \"*/\" is missing");
		return;
	}
	if (inner.line > 0)
		problems_warning(lexer->problems, inner,
		    "\"/*\" inside the comment of line %u: does that one "
		    "lack its \"*/\"?",
		    start.line);
	lexer->at += 2;
}

static void
skip_blanks(struct policy_lexer *lexer)
{
	while (!at_end(lexer)) {
		char c = peek(lexer, 0);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			step(lexer);
		else if (c == '#' || (c == '/' && peek(lexer, 1) == '/'))
			skip_line(lexer);
		else if (c == '/' && peek(lexer, 1) == '*')
			skip_comment(lexer);
		else
			return;
	}
}

/* Looks at a byte of a string other than its end; false: told. */
static bool
check_string_byte(struct policy_lexer *lexer, struct place start)
{
	char c = peek(lexer, 0);

	if (c == '\n' || at_end(lexer))
		return problems_error(lexer->problems, start,
		    "this string has no end on its line: a \" is missing");
	if (is_control(c))
		return problems_error(lexer->problems, lexer->place,
		    "a control character (0x%02x) in a string: leave it out",
		    (unsigned)(unsigned char)c);
	if (c == '\\' && peek(lexer, 1) == 'x' && peek(lexer, 2) == '0' &&
	    peek(lexer, 3) == '0')
		return problems_error(lexer->problems, lexer->place,
		    "\\x00 in a string would end it: leave it out");
	return true;
}

/* At the first quote; good tells whether nothing was wrong. */
static struct str
read_string(struct policy_lexer *lexer, bool *good)
{
	struct place start = lexer->place;
	size_t first = lexer->at;

	*good = true;
	step(lexer);
	while (peek(lexer, 0) != '"') {
		if (*good)
			*good = check_string_byte(lexer, start);
		if (peek(lexer, 0) == '\n' || at_end(lexer))
			return text_since(lexer, first);
		if (peek(lexer, 0) == '\\' &&
		    (peek(lexer, 1) == '"' || peek(lexer, 1) == '\\'))
			step(lexer);
		step(lexer);
	}
	step(lexer);
	return text_since(lexer, first);
}

static struct lexeme
lex_string(struct policy_lexer *lexer)
{
	struct lexeme lexeme = { .place = lexer->place };
	bool good;

	lexeme.text = read_string(lexer, &good);
	lexeme.kind = good ? LEXEME_STRING : LEXEME_BAD;
	return lexeme;
}

/* Reads what follows an @, which is all that an @ may be. */
static struct lexeme
lex_include(struct policy_lexer *lexer)
{
	struct lexeme lexeme = { .kind = LEXEME_BAD, .place = lexer->place };
	size_t first = lexer->at;
	bool good;

	step(lexer);
	while (is_word(peek(lexer, 0)))
		step(lexer);
	if (!str_equal(text_since(lexer, first), STR("@include"))) {
		problems_error(lexer->problems, lexeme.place,
		    "\"@\" outside of a string: only @include begins with it");
		return lexeme;
	}
	while (peek(lexer, 0) == ' ' || peek(lexer, 0) == '\t')
		step(lexer);
	if (peek(lexer, 0) != '"') {
		problems_error(lexer->problems, lexeme.place,
		    "the name of a file in quotes must follow @include");
		return lexeme;
	}
	lexeme.text = read_string(lexer, &good);
	if (!good)
		return lexeme;
	lexeme.text = str_slice(lexeme.text, 1, lexeme.text.length - 1);
	lexeme.kind = LEXEME_INCLUDE;
	return lexeme;
}

/* The value of decimal digits, or of hexadecimal ones; false: no number. */
static bool
read_number(struct str digits, uint64_t *value)
{
	unsigned base = 10;

	if (str_starts(digits, STR("0x")) || str_starts(digits, STR("0X"))) {
		digits = str_slice(digits, 2, digits.length);
		base = 16;
	}
	*value = 0;
	for (size_t i = 0; i < digits.length; i++) {
		static const char all[] = "0123456789abcdef0123456789ABCDEF";
		const char *found = strchr(all, digits.data[i]);
		unsigned digit = 0;

		if (found == NULL || *found == '\0')
			return false;
		digit = (unsigned)(found - all) % 16;
		if (digit >= base)
			return false;
		if (*value <= UINT32_MAX)
			*value = *value * base + digit;
	}
	return digits.length > 0;
}

/* Tells what is wrong with a word that begins as a number does. */
static bool
check_number(struct policy_lexer *lexer, struct lexeme *lexeme)
{
	struct str digits = lexeme->text;
	bool negative = digits.data[0] == '-';
	uint64_t value;

	if (negative || digits.data[0] == '+')
		digits = str_slice(digits, 1, digits.length);
	if (!read_number(digits, &value))
		return problems_error(lexer->problems, lexeme->place,
		    STR_FORMAT " is neither a number nor a string: a string "
			       "stands in quotes",
		    STR_ARGS(lexeme->text));
	if (value > (uint64_t)INT32_MAX + negative)
		return problems_error(lexer->problems, lexeme->place,
		    STR_FORMAT " does not fit into 32 bits",
		    STR_ARGS(lexeme->text));
	if (digits.length > 1 && digits.data[0] == '0' &&
	    ascii_is_digit(digits.data[1]))
		return problems_error(lexer->problems, lexeme->place,
		    STR_FORMAT " begins with 0, and would be read as decimal: "
			       "write it without, or in quotes",
		    STR_ARGS(lexeme->text));
	return true;
}

static bool
is_name(struct str text)
{
	if (!ascii_is_letter(text.data[0]))
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (!ascii_is_letter(text.data[i]) &&
		    !ascii_is_digit(text.data[i]) && text.data[i] != '-' &&
		    text.data[i] != '_')
			return false;
	return true;
}

/* Whether a slash follows that begins no comment, as in 10.0.0.0/8. */
static bool
is_slash(const struct policy_lexer *lexer)
{
	return peek(lexer, 0) == '/' && peek(lexer, 1) != '/' &&
	    peek(lexer, 1) != '*';
}

static struct lexeme
lex_word(struct policy_lexer *lexer)
{
	struct lexeme lexeme = { .kind = LEXEME_NAME, .place = lexer->place };
	size_t first = lexer->at;

	while (is_word(peek(lexer, 0)))
		step(lexer);
	lexeme.text = text_since(lexer, first);
	if (str_equal_nocase(lexeme.text, STR("true")) ||
	    str_equal_nocase(lexeme.text, STR("false")))
		lexeme.kind = LEXEME_FLAG;
	if (lexeme.kind == LEXEME_FLAG || is_name(lexeme.text))
		return lexeme;

	lexeme.kind = LEXEME_NUMBER;
	while (is_slash(lexer) || is_word(peek(lexer, 0)))
		step(lexer);
	lexeme.text = text_since(lexer, first);
	if (!check_number(lexer, &lexeme))
		lexeme.kind = LEXEME_BAD;
	return lexeme;
}

/* What is no sign of the language: one byte, or a text in single quotes. */
static struct lexeme
lex_stray(struct policy_lexer *lexer)
{
	struct lexeme lexeme = { .kind = LEXEME_BAD, .place = lexer->place };
	char c = peek(lexer, 0);

	if (is_control(c))
		problems_error(lexer->problems, lexer->place,
		    "a control character (0x%02x): leave it out",
		    (unsigned)(unsigned char)c);
	else
		problems_error(lexer->problems, lexer->place,
		    "%c has no meaning here: a string stands in double quotes",
		    c);
	step(lexer);
	while (c == '\'' && !at_end(lexer) && peek(lexer, 0) != '\n') {
		step(lexer);
		if (lexer->text.data[lexer->at - 1] == c)
			break;
	}
	return lexeme;
}

static const enum lexeme_kind signs[256] = {
	['='] = LEXEME_ASSIGN,
	[':'] = LEXEME_ASSIGN,
	[';'] = LEXEME_END_OF_SETTING,
	[','] = LEXEME_COMMA,
	['('] = LEXEME_OPEN,
	['['] = LEXEME_OPEN,
	['{'] = LEXEME_OPEN,
	[')'] = LEXEME_CLOSE,
	[']'] = LEXEME_CLOSE,
	['}'] = LEXEME_CLOSE,
};

struct lexeme
policy_lex_next(struct policy_lexer *lexer)
{
	skip_blanks(lexer);

	struct lexeme lexeme = { .kind = LEXEME_END, .place = lexer->place };
	if (at_end(lexer))
		return lexeme;

	char c = peek(lexer, 0);
	if (c == '"')
		return lex_string(lexer);
	if (c == '@')
		return lex_include(lexer);
	if (is_word(c))
		return lex_word(lexer);
	lexeme.kind = signs[(unsigned char)c];
	if (lexeme.kind == LEXEME_END)
		return lex_stray(lexer);
	lexeme.text = str_slice(lexer->text, lexer->at, lexer->at + 1);
	step(lexer);
	return lexeme;
}
