/*
 * automaton_bytes.c - sets of bytes, as brackets and escapes of a regular
 * expression name them.
 */
#include "check/automaton_bytes.h"

#include <ctype.h>
#include <string.h>

struct class
{
	const char *name;
	char escape; /* of Perl; the upper-case letter is its opposite */
	int (*has)(int byte);
};

static int
is_word(int byte)
{
	return isalnum(byte) || byte == '_';
}

static int
is_ascii(int byte)
{
	return byte < 0x80;
}

/* In the C locale, in which Postfix runs. */
static const struct class classes[] = {
	{ .name = "alnum", .has = isalnum },
	{ .name = "alpha", .has = isalpha },
	{ .name = "ascii", .has = is_ascii },
	{ .name = "blank", .escape = 'h', .has = isblank },
	{ .name = "cntrl", .has = iscntrl },
	{ .name = "digit", .escape = 'd', .has = isdigit },
	{ .name = "graph", .has = isgraph },
	{ .name = "lower", .has = islower },
	{ .name = "print", .has = isprint },
	{ .name = "punct", .has = ispunct },
	{ .name = "space", .escape = 's', .has = isspace },
	{ .name = "upper", .has = isupper },
	{ .name = "word", .escape = 'w', .has = is_word },
	{ .name = "xdigit", .has = isxdigit },
};

enum {
	CLASSES = sizeof(classes) / sizeof(classes[0]),
	BYTES = 256,
};

void
automaton_bytes_add(struct automaton_bytes *bytes, unsigned byte)
{
	bytes->bits[byte / 64] |= (uint64_t)1 << byte % 64;
}

static void
negate(struct automaton_bytes *bytes)
{
	for (unsigned i = 0; i < 4; i++)
		bytes->bits[i] = ~bytes->bits[i];
}

void
automaton_bytes_fold(struct automaton_bytes *bytes)
{
	for (unsigned c = 'a'; c <= 'z'; c++) {
		unsigned upper = c - 'a' + 'A';

		if (automaton_bytes_have(bytes, c))
			automaton_bytes_add(bytes, upper);
		else if (automaton_bytes_have(bytes, upper))
			automaton_bytes_add(bytes, c);
	}
}

static void
add_class(struct automaton_bytes *bytes, const struct class *class,
    bool opposite)
{
	for (unsigned i = 0; i < BYTES; i++)
		if ((class->has((int)i) != 0) != opposite)
			automaton_bytes_add(bytes, i);
}

static int
hex_digit(int byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* \x41, and the letters that stand for one control. */
static bool
escape_code(struct str *text, char letter, struct automaton_bytes *bytes)
{
	static const char letters[] = "ntrfea";
	static const char codes[] = "\n\t\r\f\033\a";
	const char *found = strchr(letters, letter);

	if (found != NULL) {
		automaton_bytes_add(bytes,
		    (unsigned char)codes[found - letters]);
		*text = str_slice(*text, 2, text->length);
		return true;
	}
	if (letter != 'x' || text->length < 4)
		return false;
	int high = hex_digit((unsigned char)text->data[2]);
	int low = hex_digit((unsigned char)text->data[3]);
	if (high < 0 || low < 0)
		return false;
	automaton_bytes_add(bytes, (unsigned)(high * 16 + low));
	*text = str_slice(*text, 4, text->length);
	return true;
}

bool
automaton_bytes_escape(struct str *text, bool posix,
    struct automaton_bytes *bytes)
{
	if (text->length < 2)
		return false;
	char letter = text->data[1];
	unsigned char byte = (unsigned char)letter;

	if (!isalnum(byte)) {
		automaton_bytes_add(bytes, byte);
		*text = str_slice(*text, 2, text->length);
		return byte < 0x80 && !(posix && strchr("<>`'", letter));
	}
	for (size_t i = 0; i < CLASSES; i++) {
		const struct class *class = &classes[i];
		bool opposite =
		    class->escape == tolower(byte) && class->escape != letter;

		/* regcomp(3) of glibc knows \w and \s, too. */
		if (class->escape != tolower(byte) ||
		    (posix && class->escape != 'w' && class->escape != 's'))
			continue;
		add_class(bytes, class, opposite);
		*text = str_slice(*text, 2, text->length);
		return true;
	}
	return !posix && escape_code(text, letter, bytes);
}

/* [:alpha:] inside of brackets. */
static bool
take_class(struct str *text, struct automaton_bytes *bytes)
{
	struct str name = str_slice(*text, 2, text->length), after;
	bool opposite = false;

	if (!str_cut(name, ':', &name, &after) || after.length == 0 ||
	    after.data[0] != ']')
		return false;
	if (str_starts(name, STR("^"))) {
		opposite = true;
		name = str_slice(name, 1, name.length);
	}
	for (size_t i = 0; i < CLASSES; i++) {
		if (!str_equal(name, str_from(classes[i].name)))
			continue;
		add_class(bytes, &classes[i], opposite);
		*text = str_slice(after, 1, after.length);
		return true;
	}
	return false;
}

/* One end of a range, or more than one byte, as \d is; then *single is not. */
static bool
take_end(struct str *text, bool posix, struct automaton_bytes *bytes,
    unsigned *single)
{
	enum {
		NO_SINGLE = BYTES
	};
	struct automaton_bytes found = { { 0 } };
	unsigned count = 0;

	if (text->length == 0)
		return false;
	*single = NO_SINGLE;
	if (str_starts(*text, STR("[:")))
		return take_class(text, bytes);
	if (str_starts(*text, STR("[.")) || str_starts(*text, STR("[=")))
		return false;
	if (posix || text->data[0] != '\\') {
		automaton_bytes_add(&found, (unsigned char)text->data[0]);
		*text = str_slice(*text, 1, text->length);
	} else if (!automaton_bytes_escape(text, posix, &found)) {
		return false;
	}
	for (unsigned i = 0; i < BYTES; i++)
		if (automaton_bytes_have(&found, i)) {
			automaton_bytes_add(bytes, i);
			*single = i;
			count++;
		}
	if (count != 1)
		*single = NO_SINGLE;
	return true;
}

bool
automaton_bytes_brackets(struct str *text, bool posix, bool caseless,
    struct automaton_bytes *bytes)
{
	struct str rest = str_slice(*text, 1, text->length);
	bool opposite = str_starts(rest, STR("^"));

	if (opposite)
		rest = str_slice(rest, 1, rest.length);
	for (bool first = true;; first = false) {
		unsigned low, high;

		if (!first && str_starts(rest, STR("]")))
			break;
		if (!take_end(&rest, posix, bytes, &low))
			return false;
		if (rest.length < 2 || rest.data[0] != '-' ||
		    rest.data[1] == ']')
			continue;
		rest = str_slice(rest, 1, rest.length);
		if (!take_end(&rest, posix, bytes, &high) || low >= BYTES ||
		    high >= BYTES || low > high)
			return false;
		for (unsigned i = low; i < high; i++)
			automaton_bytes_add(bytes, i);
	}
	if (caseless)
		automaton_bytes_fold(bytes);
	if (opposite)
		negate(bytes);
	*text = str_slice(rest, 1, rest.length);
	return true;
}
