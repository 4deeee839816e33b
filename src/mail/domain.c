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

/* What may stand in a name, letters in lower case; 0 for the rest. */
/* clang-format off */
static const char lower[256] = {
	['-'] = '-', ['_'] = '_', ['.'] = '.',
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

/* Whether each label of a name is one; the name is in lower case. */
static bool
labels_valid(struct str name)
{
	struct str label, rest = name;
	bool more;

	do {
		more = str_cut(rest, '.', &label, &rest);
		if (label.length == 0 || label.length > LABEL_MAX ||
		    label.data[0] == '-' || label.data[label.length - 1] == '-')
			return false;
	} while (more);
	return true;
}

/* Whether there is more than digits and dots, as in an address. */
static bool
is_name(struct str name)
{
	for (size_t i = name.length; i > 0; i--)
		if (name.data[i - 1] > '9' || name.data[i - 1] == '-')
			return true;
	return false;
}

/* Puts a name of ASCII without root dot into space, in lower case. */
static bool
normalize_ascii(struct str text, struct domain_space *space, struct str *domain)
{
	bool strange = false;

	if (text.length > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		char c = lower[(unsigned char)text.data[i]];

		strange |= c == '\0';
		space->bytes[i] = c;
	}
	struct str name = { space->bytes, text.length };
	if (strange || !is_name(name) || !labels_valid(name))
		return false;
	*domain = name;
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
	if (normalize_ascii(text, space, domain))
		return true;
	return !is_ascii(text) && normalize_unicode(text, space, domain);
}
