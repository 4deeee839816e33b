/*
 * recipient_rewrite.c - addresses as Postfix puts them into canonical form.
 */
#include "mta/recipient_rewrite.h"

static bool
is_word(const struct address_token *token)
{
	return token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED ||
	    token->kind == TOKEN_LITERAL;
}

/* Takes comments out; whether there was one. */
static bool
drop_comments(struct address_tokens *tokens)
{
	bool found = false;

	for (size_t i = tokens->count; i-- > 0;) {
		if (tokens->tokens[i].kind != TOKEN_COMMENT)
			continue;
		address_tokens_remove(tokens, i, i + 1);
		found = true;
	}
	return found;
}

/*
 * Leaves the one address of a list; false: there is more than one. Two words
 * side by side are two addresses.
 */
static bool
keep_one(struct address_tokens *tokens, bool *junk)
{
	size_t first = 0, last = 0, found = 0;

	for (size_t i = 0; i < tokens->count;) {
		size_t end = i;

		while (end < tokens->count &&
		    !address_tokens_is(tokens, end, ',') &&
		    (end == i || !is_word(&tokens->tokens[end]) ||
			!is_word(&tokens->tokens[end - 1])))
			end++;
		if (end > i) {
			first = i;
			last = end;
			found++;
		}
		i = end;
		if (address_tokens_is(tokens, i, ',')) {
			*junk = true;
			i++;
		}
	}
	address_tokens_remove(tokens, last, tokens->count);
	address_tokens_remove(tokens, 0, first);
	return found <= 1;
}

static bool
has_structure(const struct address_tokens *tokens)
{
	size_t at;

	return address_tokens_find(tokens, ';', &at) ||
	    address_tokens_find(tokens, '<', &at) ||
	    address_tokens_find(tokens, '>', &at);
}

enum recipient_argument
recipient_argument_read(struct str argument, bool strict, struct arena *arena,
    struct str *internal)
{
	bool brackets =
	    str_starts(argument, STR("<")) && str_ends(argument, STR(">"));
	struct str text = argument, route, rest;
	struct address_tokens tokens;
	bool junk = false;

	*internal = STR("");
	if (brackets)
		text = str_slice(text, 1, text.length - 1);
	if (str_starts(text, STR("@")) && str_cut(text, ':', &route, &rest))
		text = rest;
	address_tokens_read(text, arena, &tokens);
	if (has_structure(&tokens))
		return ARGUMENT_OBSCURE;
	if (drop_comments(&tokens))
		junk = true;
	bool one = keep_one(&tokens, &junk);
	*internal = address_tokens_internal(&tokens, 0);
	if (!one || (strict && (junk || str_starts(*internal, STR("@")))))
		return ARGUMENT_BAD;
	return ARGUMENT_ADDRESS;
}

/* "@a,@b:u@c" is u@c; "@:" and the like stay. */
static void
strip_route(struct address_tokens *tokens)
{
	size_t colon;

	if (address_tokens_is(tokens, 0, '@') &&
	    address_tokens_find(tokens, ':', &colon) &&
	    colon + 1 < tokens->count)
		address_tokens_remove(tokens, 0, colon + 1);
}

/* site!user is user@site. */
static void
swap_bangpath(struct address_tokens *tokens, size_t bang)
{
	size_t users = tokens->count - bang - 1;

	for (size_t i = 0; i < users; i++)
		address_tokens_insert(tokens, i,
		    tokens->tokens[bang + 1 + 2 * i]);
	address_tokens_insert(tokens, users,
	    (struct address_token){
		.kind = TOKEN_OPERATOR,
		.sign = '@',
		.text = STR("@"),
	    });
	tokens->count = users + 1 + bang;
}

static void
append_sign(struct address_tokens *tokens, char sign)
{
	address_tokens_insert(tokens, tokens->count,
	    (struct address_token){
		.kind = TOKEN_OPERATOR,
		.sign = sign,
	    });
}

/* Makes an address with a domain of one that has none. */
static void
add_domain(const struct recipient_rules *rules, struct address_tokens *tokens)
{
	size_t at;

	if (rules->swap_bangpath && address_tokens_find(tokens, '!', &at)) {
		swap_bangpath(tokens, at);
	} else if (rules->percent_hack &&
	    address_tokens_find_last(tokens, '%', &at)) {
		tokens->tokens[at].sign = '@';
	} else if (rules->append_origin && rules->origin.length > 0) {
		append_sign(tokens, '@');
		address_tokens_append(tokens, rules->origin);
	}
}

/* Whether the domain is one word, such as "localhost". */
static bool
is_short_domain(const struct address_tokens *tokens)
{
	size_t at;

	if (!address_tokens_find_last(tokens, '@', &at) ||
	    at + 1 == tokens->count)
		return false;
	for (size_t i = at; i < tokens->count; i++)
		if (tokens->tokens[i].kind == TOKEN_LITERAL ||
		    address_tokens_is(tokens, i, '.'))
			return false;
	return true;
}

void
recipient_rewrite_tokens(const struct recipient_rules *rules,
    struct address_tokens *tokens)
{
	const struct address_token *first = &tokens->tokens[0];
	size_t at;

	if (tokens->count == 1 && first->kind == TOKEN_QUOTED &&
	    first->text.length == 0)
		return;
	if (tokens->count == 1 && address_tokens_is(tokens, 0, '@')) {
		tokens->tokens[0] = (struct address_token){
			.kind = TOKEN_QUOTED,
			.text = STR(""),
		};
		return;
	}
	strip_route(tokens);
	if (!address_tokens_find_last(tokens, '@', &at))
		add_domain(rules, tokens);
	if (rules->append_domain && rules->domain.length > 0 &&
	    is_short_domain(tokens)) {
		append_sign(tokens, '.');
		address_tokens_append(tokens, rules->domain);
	}
	at = tokens->count;
	if (at >= 2 && address_tokens_is(tokens, at - 1, '.') &&
	    !address_tokens_is(tokens, at - 2, '.') &&
	    !address_tokens_is(tokens, at - 2, '@'))
		tokens->count--;
}

struct str
recipient_rewrite(const struct recipient_rules *rules, struct str internal,
    struct arena *arena)
{
	struct address_tokens tokens;

	if (internal.length == 0)
		return internal;
	address_tokens_read(address_quote(internal, arena), arena, &tokens);
	if (tokens.count == 0)
		return STR("");
	recipient_rewrite_tokens(rules, &tokens);
	return address_unquote(address_tokens_external(&tokens), arena);
}
