/*
 * policy_lex.h - the words of a policy file: names, values, brackets, signs.
 *
 * The language is libconfig's, and the words are looked at before libconfig
 * sees them, because it takes some mistakes for something else in silence: a
 * comment or a string without an end, an integer that does not fit.
 */
#ifndef POLICY_POLICY_LEX_H
#define POLICY_POLICY_LEX_H

#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"

#include <stddef.h>

enum lexeme_kind {
	LEXEME_END,
	LEXEME_NAME,
	LEXEME_STRING, /* text: with its quotes, escapes untouched */
	LEXEME_NUMBER,
	LEXEME_FLAG,           /* true, false */
	LEXEME_BAD,            /* told as a problem; to be taken for a value */
	LEXEME_ASSIGN,         /* = or : */
	LEXEME_END_OF_SETTING, /* ; */
	LEXEME_COMMA,
	LEXEME_OPEN,    /* ( [ { */
	LEXEME_CLOSE,   /* ) ] } */
	LEXEME_INCLUDE, /* text: the name of the file, without quotes */
};

struct lexeme {
	enum lexeme_kind kind;
	struct str text; /* borrowed from the file's text */
	struct place place;
};

struct policy_lexer {
	struct str text;
	size_t at;
	struct place place; /* of what is at at */
	struct problems *problems;
};

/* The file name is borrowed by the places of all lexemes. */
struct policy_lexer policy_lexer_of(struct str text, const char *file,
    struct problems *problems);

/* The next one; at the end of the text LEXEME_END, again and again. */
struct lexeme policy_lex_next(struct policy_lexer *lexer);

#endif
