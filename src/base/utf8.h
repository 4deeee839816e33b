/*
 * utf8.h - whether bytes are UTF-8 (RFC 3629).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Length of the character at the start of text, which is not empty; 0 if
 * there is none: a stray byte, an overlong form, a surrogate, a cut one.
 */
size_t utf8_length(struct str text);

bool utf8_valid(struct str text);

#endif
