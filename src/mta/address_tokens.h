/*
 * address_tokens.h - a mail address as Postfix takes it apart: words, quoted
 * strings, literals and operators (Postfix src/global/tok822_parse.c).
 *
 * Not the parts of RFC 5321: rewriting looks for @ % ! wherever they stand,
 * and takes a quoted one for text. mail/mailbox.h says what is well-formed.
 */
#ifndef MTA_ADDRESS_TOKENS_H
#define MTA_ADDRESS_TOKENS_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum address_token_kind {
	TOKEN_WORD,
	TOKEN_QUOTED,
	TOKEN_LITERAL, /* [192.0.2.1], without the brackets */
	TOKEN_COMMENT, /* (text), with the parentheses */
	TOKEN_OPERATOR,
};

struct address_token {
	enum address_token_kind kind;
	char sign; /* if TOKEN_OPERATOR; else 0 */
	struct str text;
};

/* Grows in the arena; the texts are in the arena, too, or constants. */
struct address_tokens {
	struct arena *arena;
	struct address_token *tokens;
	size_t count, capacity;
};

/* Reads the external form, in which quotes are still there. */
void address_tokens_read(struct str text, struct arena *arena,
    struct address_tokens *tokens);

void address_tokens_insert(struct address_tokens *tokens, size_t at,
    struct address_token token);
void address_tokens_remove(struct address_tokens *tokens, size_t first,
    size_t last);

/* Adds the tokens of a text at the end. */
void address_tokens_append(struct address_tokens *tokens, struct str text);

/* The first or last operator of a kind; false: there is none. */
bool address_tokens_find(const struct address_tokens *tokens, char sign,
    size_t *at);
bool address_tokens_find_last(const struct address_tokens *tokens, char sign,
    size_t *at);

/* Whether a token is there, and is this operator. */
bool address_tokens_is(const struct address_tokens *tokens, size_t at,
    char sign);

/* The text from a token on: without quotes, or with them. */
struct str address_tokens_internal(const struct address_tokens *tokens,
    size_t first);
struct str address_tokens_external(const struct address_tokens *tokens);

/* Quotes what stands before the last @ if it needs it (quote_822_local.c). */
struct str address_quote(struct str internal, struct arena *arena);

/* Takes the quotes of the whole text away (quote_822_local.c). */
struct str address_unquote(struct str external, struct arena *arena);

#endif
