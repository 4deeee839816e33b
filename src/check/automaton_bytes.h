/*
 * automaton_bytes.h - sets of bytes, as brackets and escapes of a regular
 * expression name them.
 */
#ifndef CHECK_AUTOMATON_BYTES_H
#define CHECK_AUTOMATON_BYTES_H

#include "check/automaton.h"

void automaton_bytes_add(struct automaton_bytes *bytes, unsigned byte);

/* Adds the other case of each letter. */
void automaton_bytes_fold(struct automaton_bytes *bytes);

/*
 * Takes an escape, with its backslash, off the start of text. False for one
 * that names no set of bytes.
 */
bool automaton_bytes_escape(struct str *text, bool posix,
    struct automaton_bytes *bytes);

/* Takes brackets off the start of text. */
bool automaton_bytes_brackets(struct str *text, bool posix, bool caseless,
    struct automaton_bytes *bytes);

#endif
