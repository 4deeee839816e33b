/*
 * str.h - text as a pointer and a length, borrowed and never changed.
 *
 * A str does not own its bytes: whoever made it says how long they live. The
 * bytes are not followed by a NUL, and may hold one.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *data; /* never NULL, unless length is 0 */
	size_t length;
};

/* A str of a string literal; STR_INIT where only a constant is allowed. */
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_INIT(literal)                      \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

/* Print a str: printf("<" STR_FORMAT ">", STR_ARGS(name)). */
#define STR_FORMAT  "%.*s"
#define STR_ARGS(s) (int)(s).length, (s).length > 0 ? (s).data : ""

/* These few are inline: a request makes hundreds of such calls. */
static inline struct str
str_from(const char *text)
{
	return (struct str){ text, strlen(text) };
}

/* memcmp takes no NULL, which an empty str may be. */
static inline bool
str_equal(struct str a, struct str b)
{
	return a.length == b.length &&
	    (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool str_equal_nocase(struct str a, struct str b);
bool str_starts(struct str text, struct str start);
bool str_ends(struct str text, struct str end);

/* Returns the bytes from the first up to, but not including, the last. */
static inline struct str
str_slice(struct str text, size_t first, size_t last)
{
	if (first == last)
		return (struct str){ text.data, 0 };
	return (struct str){ text.data + first, last - first };
}

/* Whether a byte is in it; memchr(3) takes no NULL either. */
static inline bool
str_has(struct str text, char byte)
{
	return text.length > 0 && memchr(text.data, byte, text.length) != NULL;
}

/* Returns the text without the white space around it. */
struct str str_trim(struct str text);

/*
 * Splits text at the first separator. Without one, all of text is before it,
 * after is empty, and the result is false.
 */
bool str_cut(struct str text, char separator, struct str *before,
    struct str *after);

/* The same at the last separator. */
bool str_cut_last(struct str text, char separator, struct str *before,
    struct str *after);

/* Reads decimal digits only, up to limit. */
bool str_number(struct str text, unsigned long limit, unsigned long *number);

#endif
