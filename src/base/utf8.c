/*
 * utf8.c - whether bytes are UTF-8 (RFC 3629).
 */
#include "base/utf8.h"

size_t
utf8_length(struct str text)
{
	const unsigned char *s = (const unsigned char *)text.data;
	size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4 || text.length < length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

bool
utf8_valid(struct str text)
{
	size_t length;

	for (size_t i = 0; i < text.length; i += length) {
		length = utf8_length(str_slice(text, i, text.length));
		if (length == 0)
			return false;
	}
	return true;
}
