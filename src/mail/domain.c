/*
 * domain.c - the name of a mail domain, in its normal form.
 */
#include "mail/domain.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

enum {
	LABEL_MAX = 63,
	/* A character of UTF-8 has at most four bytes, and its A-label at
	 * least one; what is longer is padding that IDNA would throw away. */
	UNICODE_MAX = DOMAIN_MAX * 4,
};

/* Each letter, digit, hyphen or underscore in lower case; 0 for the rest. */
/* clang-format off */
static const char lower[256] = {
	['-'] = '-', ['_'] = '_',
	['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
	['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
	['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e',
	['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j',
	['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o',
	['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
	['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y',
	['z'] = 'z',
	['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e',
	['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j',
	['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o',
	['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
	['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
	['Z'] = 'z',
};
/* clang-format on */

static bool
is_ascii(struct str text)
{
	unsigned char seen = 0;

	for (size_t i = 0; i < text.length; i++)
		seen |= (unsigned char)text.data[i];
	return seen < 0x80;
}

/* Whether the label that ends before last is one. */
static bool
label_valid(const char *bytes, size_t first, size_t last)
{
	return last > first && last - first <= LABEL_MAX &&
	    bytes[first] != '-' && bytes[last - 1] != '-';
}

/* Puts a name of ASCII without root dot into space, in lower case. */
static bool
normalize_ascii(struct str text, struct domain_space *space, struct str *domain)
{
	size_t first = 0;
	bool named = false;

	if (text.length > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		char c = lower[(unsigned char)text.data[i]];

		if (c == '\0' && text.data[i] != '.')
			return false;
		space->bytes[i] = c == '\0' ? '.' : c;
		named |= c > '9' || c == '-';
		if (c != '\0')
			continue;
		if (!label_valid(space->bytes, first, i))
			return false;
		first = i + 1;
	}
	if (!named || !label_valid(space->bytes, first, text.length))
		return false;
	*domain = (struct str){ space->bytes, text.length };
	return true;
}

/* The same for a name that is not ASCII; it goes through its A-labels. */
static bool
normalize_unicode(struct str text, struct domain_space *space,
    struct str *domain)
{
	uint8_t copy[UNICODE_MAX + 1];
	uint8_t *ascii = NULL;

	if (text.length > UNICODE_MAX ||
	    memchr(text.data, '\0', text.length) != NULL)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		char c = lower[(unsigned char)text.data[i]];
		copy[i] = (uint8_t)(c != '\0' ? c : text.data[i]);
	}
	copy[text.length] = '\0';

	if (idn2_lookup_u8(copy, &ascii,
		IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	bool valid =
	    normalize_ascii(str_from((const char *)ascii), space, domain);
	idn2_free(ascii);
	return valid;
}

bool
domain_normalize(struct str text, struct domain_space *space,
    struct str *domain)
{
	if (str_ends(text, STR(".")))
		text.length--;
	if (text.length == 0)
		return false;
	if (is_ascii(text))
		return normalize_ascii(text, space, domain);
	return normalize_unicode(text, space, domain);
}
