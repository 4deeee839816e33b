/*
 * automaton.h - a regular expression as a machine that can be asked what
 * it matches, and not only whether.
 *
 * It reads the patterns of pcre_table(5) and regexp_table(5), as far as
 * they are regular: no back references, no look-behind, no recursion. Of
 * what it cannot read, nobody can say here what it matches.
 */
#ifndef CHECK_AUTOMATON_H
#define CHECK_AUTOMATON_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AUTOMATON_NODES = 2048, /* of one pattern */
	AUTOMATON_DEPTH = 40,   /* of its groups */
};

enum automaton_node_kind {
	AUTOMATON_EMPTY,
	AUTOMATON_SPLIT,
	AUTOMATON_BYTES,
	AUTOMATON_START,      /* ^ */
	AUTOMATON_END,        /* $ */
	AUTOMATON_BORDER,     /* \b */
	AUTOMATON_NOT_BORDER, /* \B */
	AUTOMATON_MATCH,
};

struct automaton_bytes {
	uint64_t bits[4];
};

struct automaton_node {
	enum automaton_node_kind kind;
	unsigned next;
	unsigned other; /* SPLIT */
	struct automaton_bytes bytes;
};

struct automaton {
	struct automaton_node *nodes;
	unsigned count;
	unsigned start;
	bool anchored; /* can begin at the start of a text only */
	bool borders;  /* has \b or \B */
};

static inline bool
automaton_bytes_have(const struct automaton_bytes *bytes, unsigned byte)
{
	return (bytes->bits[byte / 64] >> byte % 64 & 1) != 0;
}

/*
 * Reads a pattern without its delimiters; options are those of
 * table/pattern.h, posix says that it is an extended one of regcomp(3). False
 * for what is not regular, or too large.
 */
bool automaton_read(struct str pattern, unsigned options, bool posix,
    struct arena *arena, struct automaton *automaton, struct error *error);

/*
 * Takes a look-ahead off a pattern that begins with one, as ^(?!owner-).*
 * does: what is left, and the condition beside it, or that it must not hold.
 */
bool automaton_ahead(struct str *pattern, struct arena *arena,
    struct str *ahead, bool *refused);

#endif
