/*
 * ascii.h - kinds of bytes as in the C locale, whatever the locale is.
 *
 * Configuration files, addresses and protocols are bytes: what is white space
 * or a letter in them must not depend on who runs the program.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include "base/str.h"

#include <stdbool.h>

/* Space, tab, newline, vertical tab, form feed, carriage return: isspace(3). */
static inline bool
ascii_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
ascii_is_letter(char c)
{
	return ascii_is_upper(c) || (c >= 'a' && c <= 'z');
}

static inline bool
ascii_is_alnum(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c);
}

/* What names of parameters and macros are made of. */
static inline bool
ascii_is_word(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

static inline char
ascii_lower(char c)
{
	return ascii_is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

/* Returns the text from its first byte that is no white space. */
static inline struct str
ascii_skip_space(struct str text)
{
	while (text.length > 0 && ascii_is_space(text.data[0]))
		text = str_slice(text, 1, text.length);
	return text;
}

#endif
