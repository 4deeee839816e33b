/*
 * exim_text.h - the logical lines of an Exim configuration: continued lines
 * joined, macros put in, .ifdef decided, .include followed (Exim
 * specification, chapter 6).
 */
#ifndef MTA_EXIM_TEXT_H
#define MTA_EXIM_TEXT_H

#include "base/arena.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	EXIM_FILE_MAX = 16 << 20,
	EXIM_INCLUDES = 16,       /* one in the other, as Exim allows */
	EXIM_LINE_MAX = 1 << 16,  /* of a line with its macros put in */
	EXIM_WORK_MAX = 64 << 20, /* bytes that macros make of a file */
};

struct exim_macro {
	const struct exim_macro *next;
	struct str name, value;
	struct place place;
};

/* A file, or a part of a configuration that is put together of files. */
struct exim_source {
	const char *path;
	struct str text;
};

struct exim_line {
	struct str text; /* in the arena; no blanks around it */
	struct place place;
	/* All that follows "=" is one macro: where that was defined. */
	struct place macro;
};

struct exim_text {
	struct tree *tree;
	struct arena *arena;
	struct problems *problems;
	const struct exim_source *sources; /* one after the other */
	size_t source_count;
	/* Defined where a line UPEX4CmacrosUPEX4C stands; may be NULL. */
	const struct exim_macro *debian;
	const char *unread; /* what could not be read first, or NULL */
	struct place unread_place;
};

/* Keeps what could not be read; it is an error, too. Always false. */
bool exim_text_unread(struct exim_text *text, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Calls with each logical line, until the end or until it returns false.
 * Definitions of macros and directives are not passed on.
 */
void exim_text_read(struct exim_text *text,
    bool (*line)(void *state, const struct exim_line *line), void *state);

#endif
