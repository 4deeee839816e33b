/*
 * buf.c - text being written into memory of a fixed size.
 */
#include "base/buf.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";

void
buf_add(struct buf *buf, struct str text)
{
	size_t room = buf->capacity - buf->length;

	if (text.length > room) {
		buf->full = true;
		text.length = room;
	}
	if (text.length > 0)
		memcpy(buf->data + buf->length, text.data, text.length);
	buf->length += text.length;
}

void
buf_add_number(struct buf *buf, unsigned long number)
{
	char digits[24];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buf_add(buf, (struct str){ digits + first, sizeof(digits) - first });
}

void
buf_print(struct buf *buf, const char *format, ...)
{
	size_t room = buf->capacity - buf->length;
	char nothing[1];
	va_list arguments;

	/* vsnprintf's NUL may take the last byte, which is then ours again. */
	va_start(arguments, format);
	int wanted = vsnprintf(room > 0 ? buf->data + buf->length : nothing,
	    room > 0 ? room : sizeof(nothing), format, arguments);
	va_end(arguments);
	if (wanted < 0 || (size_t)wanted >= room) {
		buf->full = true;
		wanted = room > 0 ? (int)room - 1 : 0;
	}
	buf->length += (size_t)wanted;
}

/* Adds a whole escape or nothing of it. */
static void
add_hex(struct buf *buf, struct str start, unsigned char byte)
{
	if (buf->capacity - buf->length < start.length + 2) {
		buf->full = true;
		return;
	}
	buf_add(buf, start);
	buf_add_char(buf, hex[byte >> 4]);
	buf_add_char(buf, hex[byte & 15]);
}

static bool
is_word_byte(char c)
{
	return c >= 0x21 && c <= 0x7e && c != '\\';
}

/* The same of eight bytes at once. One that carries into the next is above
 * 0x7e, so that the answer is no in any case. */
static bool
are_word_bytes(const char *bytes)
{
	static const uint64_t each = 0x0101010101010101;
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	uint64_t is_high = word | (word + each);          /* above 0x7e */
	uint64_t is_low = ~(word + each * (0x80 - 0x21)); /* below 0x21 */
	uint64_t differs = word ^ each * '\\';
	uint64_t is_backslash = (differs - each) & ~differs;
	return ((is_high | is_low | is_backslash) & each * 0x80) == 0;
}

/* How many bytes at the start of text need no escape. */
static size_t
plain_length(struct str text)
{
	size_t length = 0;

	while (text.length - length >= sizeof(uint64_t) &&
	    are_word_bytes(text.data + length))
		length += sizeof(uint64_t);
	while (length < text.length && is_word_byte(text.data[length]))
		length++;
	return length;
}

bool
buf_is_plain(struct str text)
{
	return plain_length(text) == text.length;
}

/* Nearly all that is logged needs no escape: it is copied in runs. */
void
buf_add_escaped(struct buf *buf, struct str text)
{
	while (text.length > 0) {
		size_t plain = plain_length(text);

		buf_add(buf, str_slice(text, 0, plain));
		if (plain == text.length)
			return;
		add_hex(buf, STR("\\x"), (unsigned char)text.data[plain]);
		text = str_slice(text, plain + 1, text.length);
	}
}

void
buf_add_json(struct buf *buf, struct str text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.data[i];
		struct str rest = str_slice(text, i, text.length);
		size_t length;

		if (byte == '"' || byte == '\\') {
			buf_add_char(buf, '\\');
			buf_add_char(buf, text.data[i]);
		} else if (byte >= 0x20 && byte < 0x7f) {
			buf_add_char(buf, text.data[i]);
		} else if (byte >= 0x80 && (length = utf8_length(rest)) > 0) {
			buf_add(buf, str_slice(rest, 0, length));
			i += length - 1;
		} else {
			add_hex(buf, STR("\\u00"), byte);
		}
	}
}
