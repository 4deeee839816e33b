/*
 * automaton.c - a regular expression as a machine that can be asked what it
 * matches (after Thompson, 1968).
 */
#include "check/automaton.h"

#include "check/automaton_bytes.h"
#include "table/pattern.h"

#include <string.h>

/* A part of the machine: where it is entered, and the empty node at its end. */
struct part {
	unsigned first, last;
};

struct reading {
	struct str text;
	size_t at;
	unsigned options;
	bool posix;
	unsigned depth;
	bool hollow; /* the last atom was a comment or options */
	struct automaton *automaton;
	struct error *error;
};

enum {
	REPEAT_MAX = 1000,
	REPEAT_EVER = -1,
};

struct repeat {
	long least, most;
};

static bool read_choice(struct reading *reading, struct part *part);

static int
peek(const struct reading *reading, size_t ahead)
{
	size_t at = reading->at + ahead;

	return at < reading->text.length ? (unsigned char)reading->text.data[at]
					 : -1;
}

static bool
cannot(struct reading *reading, const char *what)
{
	return error_set(reading->error,
	    "what " STR_FORMAT " matches cannot be told: it has %s",
	    STR_ARGS(reading->text), what);
}

static bool
node_add(struct reading *reading, enum automaton_node_kind kind,
    unsigned *number)
{
	struct automaton *automaton = reading->automaton;

	if (automaton->count == AUTOMATON_NODES)
		return cannot(reading, "too many parts");
	*number = automaton->count++;
	automaton->nodes[*number] = (struct automaton_node){ .kind = kind };
	return true;
}

/* A node of a kind with an empty one after it. */
static bool
part_of(struct reading *reading, enum automaton_node_kind kind,
    struct part *part)
{
	if (!node_add(reading, kind, &part->first) ||
	    !node_add(reading, AUTOMATON_EMPTY, &part->last))
		return false;
	reading->automaton->nodes[part->first].next = part->last;
	if (kind == AUTOMATON_BORDER || kind == AUTOMATON_NOT_BORDER)
		reading->automaton->borders = true;
	return true;
}

static bool
part_of_bytes(struct reading *reading, const struct automaton_bytes *bytes,
    struct part *part)
{
	if (!part_of(reading, AUTOMATON_BYTES, part))
		return false;
	struct automaton_node *node = &reading->automaton->nodes[part->first];
	node->bytes = *bytes;
	if ((reading->options & PATTERN_CASELESS) != 0)
		automaton_bytes_fold(&node->bytes);
	return true;
}

static void
join(struct reading *reading, struct part *part, struct part next)
{
	reading->automaton->nodes[part->last].next = next.first;
	part->last = next.last;
}

/* An escape outside of brackets: a kind of byte, an assertion, or itself. */
static bool
read_escape(struct reading *reading, struct part *part)
{
	static const struct {
		char letter;
		enum automaton_node_kind kind;
	} assertions[] = {
		{ 'b', AUTOMATON_BORDER },
		{ 'B', AUTOMATON_NOT_BORDER },
		{ 'A', AUTOMATON_START },
		{ 'z', AUTOMATON_END },
		{ 'Z', AUTOMATON_END },
	};
	struct automaton_bytes bytes = { { 0 } };
	struct str rest =
	    str_slice(reading->text, reading->at, reading->text.length);

	for (size_t i = 0;
	     !reading->posix && i < sizeof(assertions) / sizeof(assertions[0]);
	     i++)
		if (peek(reading, 1) == assertions[i].letter) {
			reading->at += 2;
			return part_of(reading, assertions[i].kind, part);
		}
	if (!automaton_bytes_escape(&rest, reading->posix, &bytes))
		return cannot(reading, "an escape of another kind");
	reading->at = reading->text.length - rest.length;
	return part_of_bytes(reading, &bytes, part);
}

static bool
read_brackets(struct reading *reading, struct part *part)
{
	struct automaton_bytes bytes = { { 0 } };
	struct str rest =
	    str_slice(reading->text, reading->at, reading->text.length);

	if (!automaton_bytes_brackets(&rest, reading->posix,
		(reading->options & PATTERN_CASELESS) != 0, &bytes))
		return cannot(reading, "brackets of another kind");
	reading->at = reading->text.length - rest.length;
	/* Folded already, before it was negated. */
	unsigned options = reading->options;
	reading->options &= ~(unsigned)PATTERN_CASELESS;
	bool done = part_of_bytes(reading, &bytes, part);
	reading->options = options;
	return done;
}

/* Takes (?i-s: or (?i) apart; *scoped: what follows is the group's. */
static bool
read_options(struct reading *reading, bool *scoped)
{
	static const struct {
		char letter;
		unsigned option;
	} letters[] = {
		{ 'i', PATTERN_CASELESS },
		{ 'm', PATTERN_MULTILINE },
		{ 's', PATTERN_DOTALL },
		{ 'x', PATTERN_EXTENDED },
		{ 'U', PATTERN_UNGREEDY },
	};
	bool clear = false;

	for (; peek(reading, 0) != ':' && peek(reading, 0) != ')';
	     reading->at++) {
		size_t i = 0;

		if (peek(reading, 0) == '-') {
			clear = true;
			continue;
		}
		while (i < sizeof(letters) / sizeof(letters[0]) &&
		    letters[i].letter != peek(reading, 0))
			i++;
		if (i == sizeof(letters) / sizeof(letters[0]))
			return cannot(reading, "a group of another kind");
		if (clear)
			reading->options &= ~letters[i].option;
		else
			reading->options |= letters[i].option;
	}
	*scoped = peek(reading, 0) == ':';
	return true;
}

/* What stands after "(?": false for a group that is not regular. */
static bool
read_group_kind(struct reading *reading, bool *scoped)
{
	int kind = peek(reading, 0);

	*scoped = true;
	if (kind == 'P' && peek(reading, 1) == '<')
		reading->at++;
	if (peek(reading, 0) == '<' && peek(reading, 1) != '=' &&
	    peek(reading, 1) != '!') {
		while (peek(reading, 0) != '>' && peek(reading, 0) >= 0)
			reading->at++;
		reading->at++;
		return true;
	}
	if (kind == '#') {
		while (peek(reading, 0) != ')' && peek(reading, 0) >= 0)
			reading->at++;
		*scoped = false;
		return true;
	}
	if (!read_options(reading, scoped))
		return false;
	reading->at += *scoped;
	return true;
}

static bool
read_group(struct reading *reading, struct part *part)
{
	unsigned options = reading->options;
	bool scoped = true;

	if (++reading->depth > AUTOMATON_DEPTH)
		return cannot(reading, "too many groups in each other");
	reading->at++;
	if (!reading->posix && peek(reading, 0) == '?') {
		reading->at++;
		if (!read_group_kind(reading, &scoped))
			return false;
	}
	if (scoped ? !read_choice(reading, part)
		   : !part_of(reading, AUTOMATON_EMPTY, part))
		return false;
	if (peek(reading, 0) != ')')
		return cannot(reading, "a group without an end");
	reading->at++;
	reading->depth--;
	/* (?i) holds for the rest of the group that it stands in. */
	if (scoped)
		reading->options = options;
	reading->hollow = !scoped;
	return true;
}

static bool
read_atom(struct reading *reading, struct part *part)
{
	struct automaton_bytes bytes = { { 0 } };
	int byte = peek(reading, 0);

	reading->hollow = false;
	if (byte == '(')
		return read_group(reading, part);
	if (byte == '[')
		return read_brackets(reading, part);
	if (byte == '\\')
		return read_escape(reading, part);
	if (byte == '*' || byte == '+' || byte == '?')
		return cannot(reading, "nothing to repeat");
	reading->at++;
	if (byte == '^')
		return part_of(reading, AUTOMATON_START, part);
	if (byte == '$')
		return part_of(reading, AUTOMATON_END, part);
	if (byte == '.')
		memset(&bytes, 0xff, sizeof(bytes));
	else
		automaton_bytes_add(&bytes, (unsigned)byte);
	return part_of_bytes(reading, &bytes, part);
}

static bool
read_number(struct reading *reading, long *number)
{
	size_t first = reading->at;
	unsigned long value;

	while (peek(reading, 0) >= '0' && peek(reading, 0) <= '9')
		reading->at++;
	if (!str_number(str_slice(reading->text, first, reading->at),
		REPEAT_MAX, &value))
		return false;
	*number = (long)value;
	return true;
}

/* Reads {2}, {2,} or {2,5}; anything else is an ordinary brace. */
static bool
read_braces(struct reading *reading, struct repeat *repeat)
{
	size_t first = reading->at++;

	/* Without a number, regcomp(3) of glibc begins at none. */
	repeat->least = 0;
	if ((reading->posix && peek(reading, 0) == ',') ||
	    read_number(reading, &repeat->least)) {
		repeat->most = repeat->least;
		if (peek(reading, 0) == ',') {
			reading->at++;
			if (!read_number(reading, &repeat->most))
				repeat->most = REPEAT_EVER;
		}
		if (peek(reading, 0) == '}') {
			reading->at++;
			return true;
		}
	}
	reading->at = first;
	return false;
}

static bool
read_repeat(struct reading *reading, struct repeat *repeat)
{
	switch (peek(reading, 0)) {
	case '*':
		*repeat = (struct repeat){ 0, REPEAT_EVER };
		break;
	case '+':
		*repeat = (struct repeat){ 1, REPEAT_EVER };
		break;
	case '?':
		*repeat = (struct repeat){ 0, 1 };
		break;
	case '{':
		return read_braces(reading, repeat);
	default:
		return false;
	}
	reading->at++;
	return true;
}

/* Makes a part optional, or such that it can be gone through again. */
static bool
branch(struct reading *reading, struct part *part, bool again)
{
	struct automaton_node *nodes = reading->automaton->nodes;
	unsigned split, last;

	if (!node_add(reading, AUTOMATON_SPLIT, &split) ||
	    !node_add(reading, AUTOMATON_EMPTY, &last))
		return false;
	nodes[split].next = part->first;
	nodes[split].other = last;
	nodes[part->last].next = again ? split : last;
	*part = (struct part){ split, last };
	return true;
}

/* Reads the atom that begins at a place once more: another copy of it. */
static bool
copy(struct reading *reading, size_t first, struct part *part)
{
	size_t after = reading->at;
	unsigned options = reading->options;
	bool done;

	reading->at = first;
	done = read_atom(reading, part);
	reading->at = after;
	reading->options = options;
	return done;
}

static bool
expand(struct reading *reading, size_t first, const struct repeat *repeat,
    struct part *part)
{
	struct part next;
	long count =
	    repeat->most == REPEAT_EVER ? repeat->least + 1 : repeat->most;

	if (count == 0)
		return part_of(reading, AUTOMATON_EMPTY, part);
	for (long i = 0; i < count; i++) {
		bool again = repeat->most == REPEAT_EVER && i == count - 1;

		if (i == 0)
			next = *part;
		else if (!copy(reading, first, &next))
			return false;
		if (i >= repeat->least && !branch(reading, &next, again))
			return false;
		if (i == 0)
			*part = next;
		else
			join(reading, part, next);
	}
	return true;
}

static void
skip_extended(struct reading *reading)
{
	if ((reading->options & PATTERN_EXTENDED) == 0 || reading->posix)
		return;
	for (;; reading->at++) {
		int byte = peek(reading, 0);

		if (byte == '#')
			while (
			    peek(reading, 1) >= 0 && peek(reading, 1) != '\n')
				reading->at++;
		else if (byte <= 0 || strchr(" \t\n\r\f\v\205", byte) == NULL)
			return;
	}
}

/* An atom and how often it is repeated. */
static bool
read_piece(struct reading *reading, struct part *part)
{
	size_t first = reading->at;
	struct repeat repeat;

	if (!read_atom(reading, part))
		return false;
	skip_extended(reading);
	if (!read_repeat(reading, &repeat))
		return true;
	/* What stands before a comment is what is repeated. */
	if (reading->hollow)
		return cannot(reading, "a quantifier after a comment");
	if (!expand(reading, first, &repeat, part))
		return false;
	if (peek(reading, 0) == '+' && !reading->posix)
		return cannot(reading, "a possessive quantifier");
	/* Which of the matches is taken makes no difference to whether. */
	if (peek(reading, 0) == '?' && !reading->posix)
		reading->at++;
	if (read_repeat(reading, &repeat))
		return cannot(reading, "a quantifier of a quantifier");
	return true;
}

static bool
read_sequence(struct reading *reading, struct part *part)
{
	if (!part_of(reading, AUTOMATON_EMPTY, part))
		return false;
	for (;;) {
		struct part next;

		skip_extended(reading);
		if (peek(reading, 0) < 0 || peek(reading, 0) == '|' ||
		    peek(reading, 0) == ')')
			return true;
		if (!read_piece(reading, &next))
			return false;
		join(reading, part, next);
	}
}

static bool
read_choice(struct reading *reading, struct part *part)
{
	if (!read_sequence(reading, part))
		return false;
	while (peek(reading, 0) == '|') {
		struct automaton_node *nodes = reading->automaton->nodes;
		struct part next;
		unsigned split;

		reading->at++;
		if (!read_sequence(reading, &next) ||
		    !node_add(reading, AUTOMATON_SPLIT, &split))
			return false;
		nodes[split].next = part->first;
		nodes[split].other = next.first;
		nodes[part->last].next = next.last;
		*part = (struct part){ split, next.last };
	}
	return true;
}

/* Whether every way in leads over ^ before it leads over a byte. */
static bool
starts_anchored(const struct automaton *automaton, unsigned node, bool *visited)
{
	const struct automaton_node *at = &automaton->nodes[node];

	if (visited[node] || at->kind == AUTOMATON_START)
		return true;
	visited[node] = true;
	if (at->kind == AUTOMATON_BYTES || at->kind == AUTOMATON_MATCH)
		return false;
	return starts_anchored(automaton, at->next, visited) &&
	    (at->kind != AUTOMATON_SPLIT ||
		starts_anchored(automaton, at->other, visited));
}

static bool
build(struct str pattern, unsigned options, bool posix,
    struct automaton *automaton, struct error *error)
{
	struct reading reading = {
		.text = pattern,
		.options = options,
		.posix = posix,
		.automaton = automaton,
		.error = error,
	};
	bool visited[AUTOMATON_NODES] = { false };
	struct part part;
	unsigned match;

	if (!read_choice(&reading, &part))
		return false;
	if (reading.at < pattern.length)
		return cannot(&reading, "a parenthesis too many");
	if (!node_add(&reading, AUTOMATON_MATCH, &match))
		return false;
	automaton->nodes[part.last].next = match;
	automaton->start = part.first;
	automaton->anchored = (options & PATTERN_ANCHORED) != 0 ||
	    starts_anchored(automaton, part.first, visited);
	return true;
}

bool
automaton_read(struct str pattern, unsigned options, bool posix,
    struct arena *arena, struct automaton *automaton, struct error *error)
{
	struct arena *work = arena_new(0);
	bool done;

	*automaton = (struct automaton){
		.nodes = arena_alloc(work,
		    AUTOMATON_NODES * sizeof(*automaton->nodes)),
	};
	done = build(pattern, options, posix, automaton, error);
	if (done) {
		size_t size = automaton->count * sizeof(*automaton->nodes);
		struct automaton_node *nodes = arena_alloc(arena, size);

		memcpy(nodes, automaton->nodes, size);
		automaton->nodes = nodes;
	}
	arena_free(work);
	return done;
}
