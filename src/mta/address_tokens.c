/*
 * address_tokens.c - a mail address as Postfix takes it apart.
 */
#include "mta/address_tokens.h"

#include "base/ascii.h"

#include <string.h>

/* A text that grows by less than a known length. */
struct writer {
	char *data;
	size_t length;
};

/* Those of RFC 822, and what routes; "|" is one of alias files. */
static const char operators[] = "|%!()<>@,;:\\\".[]";

static bool
is_operator(char c)
{
	return c != '\0' && strchr(operators, c) != NULL;
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static struct writer
writer_new(struct arena *arena, size_t limit)
{
	return (struct writer){ .data = arena_alloc(arena, limit + 1) };
}

static void
put(struct writer *writer, char c)
{
	writer->data[writer->length++] = c;
}

static void
put_text(struct writer *writer, struct str text)
{
	if (text.length > 0)
		memcpy(writer->data + writer->length, text.data, text.length);
	writer->length += text.length;
}

static struct str
writer_str(const struct writer *writer)
{
	return (struct str){ writer->data, writer->length };
}

void
address_tokens_insert(struct address_tokens *tokens, size_t at,
    struct address_token token)
{
	if (tokens->count == tokens->capacity) {
		size_t capacity = 2 * tokens->capacity + 16;
		struct address_token *larger =
		    arena_alloc(tokens->arena, capacity * sizeof(*larger));

		if (tokens->count > 0)
			memcpy(larger, tokens->tokens,
			    tokens->count * sizeof(*larger));
		tokens->tokens = larger;
		tokens->capacity = capacity;
	}
	memmove(tokens->tokens + at + 1, tokens->tokens + at,
	    (tokens->count - at) * sizeof(token));
	tokens->tokens[at] = token;
	tokens->count++;
}

void
address_tokens_remove(struct address_tokens *tokens, size_t first, size_t last)
{
	if (first == last)
		return;
	memmove(tokens->tokens + first, tokens->tokens + last,
	    (tokens->count - last) * sizeof(tokens->tokens[0]));
	tokens->count -= last - first;
}

/* Collects up to an end that no backslash stands before. */
static struct str
read_until(struct str *rest, char end, struct arena *arena)
{
	struct writer text = writer_new(arena, rest->length);

	while (rest->length > 0) {
		char c = rest->data[0];

		*rest = str_slice(*rest, 1, rest->length);
		if (c == end)
			break;
		if (c == '\\' && rest->length > 0) {
			c = rest->data[0];
			*rest = str_slice(*rest, 1, rest->length);
		}
		put(&text, c);
	}
	return writer_str(&text);
}

/* A comment with those in it, to its end or that of the text. */
static struct str
read_comment(struct str *rest)
{
	size_t level = 0, i = 0;

	for (; i < rest->length; i++) {
		char c = rest->data[i];

		if (c == '\\')
			i++;
		else if (c == '(')
			level++;
		else if (c == ')' && --level == 0)
			break;
	}
	i = i < rest->length ? i + 1 : rest->length;
	struct str comment = str_slice(*rest, 0, i);
	*rest = str_slice(*rest, i, rest->length);
	return comment;
}

/* A word; a backslash keeps what comes after it, and makes it quoted. */
static struct address_token
read_word(struct str *rest, struct arena *arena)
{
	struct writer text = writer_new(arena, rest->length);
	struct address_token token = { .kind = TOKEN_WORD };

	while (rest->length > 0) {
		char c = rest->data[0];

		if (ascii_is_space(c) || (c != '\\' && is_operator(c)))
			break;
		*rest = str_slice(*rest, 1, rest->length);
		if (c == '\\' && rest->length > 0) {
			c = rest->data[0];
			*rest = str_slice(*rest, 1, rest->length);
		}
		if (ascii_is_space(c) || is_operator(c) || is_control(c))
			token.kind = TOKEN_QUOTED;
		put(&text, c);
	}
	token.text = writer_str(&text);
	return token;
}

/* Reads one token that starts with a byte that is no blank. */
static struct address_token
read_token(struct str *rest, struct arena *arena)
{
	struct address_token token = { .kind = TOKEN_OPERATOR };
	char c = rest->data[0];

	if (c == '(') {
		token.kind = TOKEN_COMMENT;
		token.text = read_comment(rest);
		return token;
	}
	if (!is_operator(c) || c == '\\')
		return read_word(rest, arena);
	token.text = str_slice(*rest, 0, 1);
	*rest = str_slice(*rest, 1, rest->length);
	if (c == '[') {
		token.kind = TOKEN_LITERAL;
		token.text = read_until(rest, ']', arena);
	} else if (c == '"') {
		token.kind = TOKEN_QUOTED;
		token.text = read_until(rest, '"', arena);
	} else {
		token.sign = c;
	}
	return token;
}

void
address_tokens_append(struct address_tokens *tokens, struct str text)
{
	while (text.length > 0) {
		if (ascii_is_space(text.data[0]))
			text = str_slice(text, 1, text.length);
		else
			address_tokens_insert(tokens, tokens->count,
			    read_token(&text, tokens->arena));
	}
}

void
address_tokens_read(struct str text, struct arena *arena,
    struct address_tokens *tokens)
{
	*tokens = (struct address_tokens){ .arena = arena };
	address_tokens_append(tokens, text);
}

bool
address_tokens_is(const struct address_tokens *tokens, size_t at, char sign)
{
	return at < tokens->count &&
	    tokens->tokens[at].kind == TOKEN_OPERATOR &&
	    tokens->tokens[at].sign == sign;
}

bool
address_tokens_find(const struct address_tokens *tokens, char sign, size_t *at)
{
	for (*at = 0; *at < tokens->count; (*at)++)
		if (address_tokens_is(tokens, *at, sign))
			return true;
	return false;
}

bool
address_tokens_find_last(const struct address_tokens *tokens, char sign,
    size_t *at)
{
	for (*at = tokens->count; (*at)-- > 0;)
		if (address_tokens_is(tokens, *at, sign))
			return true;
	return false;
}

/* The longest text that tokens can become, with quotes and blanks. */
static size_t
written_limit(const struct address_tokens *tokens, size_t first)
{
	size_t limit = 0;

	for (size_t i = first; i < tokens->count; i++)
		limit += 2 * tokens->tokens[i].text.length + 4;
	return limit;
}

static void
put_quoted(struct writer *writer, struct str text)
{
	put(writer, '"');
	for (size_t i = 0; i < text.length; i++) {
		char c = text.data[i];

		if (c == '"' || c == '\\' || c == '\r')
			put(writer, '\\');
		put(writer, c);
	}
	put(writer, '"');
}

static void
put_token(struct writer *writer, const struct address_token *token,
    bool external)
{
	switch (token->kind) {
	case TOKEN_WORD:
	case TOKEN_COMMENT:
		put_text(writer, token->text);
		return;
	case TOKEN_QUOTED:
		if (external)
			put_quoted(writer, token->text);
		else
			put_text(writer, token->text);
		return;
	case TOKEN_LITERAL:
		put(writer, '[');
		put_text(writer, token->text);
		put(writer, ']');
		return;
	case TOKEN_OPERATOR:
		put(writer, token->sign);
		return;
	}
}

static struct str
write_tokens(const struct address_tokens *tokens, size_t first, bool external)
{
	struct writer writer =
	    writer_new(tokens->arena, written_limit(tokens, first));

	for (size_t i = first; i < tokens->count; i++) {
		const struct address_token *token = &tokens->tokens[i];

		put_token(&writer, token, external);
		if (i + 1 < tokens->count && token->kind != TOKEN_OPERATOR &&
		    tokens->tokens[i + 1].kind != TOKEN_OPERATOR)
			put(&writer, ' ');
	}
	return writer_str(&writer);
}

struct str
address_tokens_internal(const struct address_tokens *tokens, size_t first)
{
	return write_tokens(tokens, first, false);
}

struct str
address_tokens_external(const struct address_tokens *tokens)
{
	return write_tokens(tokens, 0, true);
}

/* RFC 822 dot-string: words between single dots. */
static bool
is_dot_string(struct str local)
{
	static const char specials[] = "()<>@,;:\\\".[]";
	char before = '.';

	for (size_t i = 0; i < local.length; i++) {
		char c = local.data[i];

		if (c == '.' && before != '.') {
			before = c;
			continue;
		}
		if (c == ' ' || is_control(c) || strchr(specials, c) != NULL)
			return false;
		before = c;
	}
	return before != '.';
}

/* The length of a source route, "@a,@b:", before an address. */
static size_t
route_length(struct str address)
{
	struct str route, rest;

	if (!str_starts(address, STR("@")) ||
	    !str_cut(address, ':', &route, &rest))
		return 0;
	return route.length + 1;
}

struct str
address_quote(struct str internal, struct arena *arena)
{
	size_t start = route_length(internal);
	struct str address = str_slice(internal, start, internal.length);
	struct str local, domain;
	bool has_domain = str_cut_last(address, '@', &local, &domain);

	if (is_dot_string(local))
		return internal;
	struct writer writer = writer_new(arena, 2 * internal.length + 3);
	put_text(&writer, str_slice(internal, 0, start));
	put_quoted(&writer, local);
	if (has_domain)
		put_text(&writer,
		    str_slice(address, local.length, address.length));
	return writer_str(&writer);
}

struct str
address_unquote(struct str external, struct arena *arena)
{
	struct writer writer = writer_new(arena, external.length);
	size_t start = route_length(external);
	size_t at = external.length, kept = 0;
	bool quoted = false;

	put_text(&writer, str_slice(external, 0, start));
	for (size_t i = start; i < external.length; i++) {
		if (external.data[i] == '"') {
			quoted = !quoted;
			continue;
		}
		if (external.data[i] == '@' && !quoted) {
			at = i;
			kept = writer.length;
		} else if (external.data[i] == '\\') {
			if (++i == external.length)
				break;
		}
		put(&writer, external.data[i]);
	}
	if (at == external.length)
		return writer_str(&writer);
	/* What stands after the last @ that no quotes are around is kept. */
	writer.length = kept;
	put_text(&writer, str_slice(external, at, external.length));
	return writer_str(&writer);
}
