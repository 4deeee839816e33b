/*
 * recipient_resolve.c - whose an address is, and how its mail would go on.
 */
#include "mta/recipient_resolve.h"

#include "base/ascii.h"
#include "mta/postfix_table_kind.h"

#include <string.h>

enum {
	LABEL_MAX = 63,
	NAME_MAX_LENGTH = 255,
};

/* One resolution under way. */
struct resolving {
	const struct recipient_resolver *resolver;
	const struct mail_lookup *lookup;
	struct str sender;
	struct address_tokens tokens;
	struct address_tokens saved; /* the local domain stripped last */
	bool local;                  /* nothing but a local part is left */
	struct resolution *out;
};

static bool
is_label_byte(char c)
{
	return ascii_is_word(c) || c == '-' || (c & 0x80) != 0;
}

static bool
is_digits(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.length > 0;
}

/* One label; the last one of a name may not be all digits. */
static bool
label_valid(struct str label)
{
	if (label.length == 0 || label.length > LABEL_MAX ||
	    label.data[0] == '-' || label.data[label.length - 1] == '-')
		return false;
	for (size_t i = 0; i < label.length; i++)
		if (!is_label_byte(label.data[i]))
			return false;
	return true;
}

bool
recipient_host_valid(struct str name)
{
	struct str rest = name, label;
	bool more = true, numeric = true;

	if (name.length == 0 || name.length > NAME_MAX_LENGTH)
		return false;
	while (more) {
		more = str_cut(rest, '.', &label, &rest);
		if (!label_valid(label))
			return false;
		numeric = numeric && is_digits(label);
	}
	return !numeric;
}

bool
recipient_address_valid(struct str text, struct address *address)
{
	struct error error;

	return address_parse(text, address, &error);
}

bool
recipient_literal_valid(struct str text, struct address *address)
{
	struct str tag = STR("IPv6:");
	bool colon = str_has(text, ':');

	if (text.length > tag.length &&
	    str_equal_nocase(str_slice(text, 0, tag.length), tag)) {
		text = str_slice(text, tag.length, text.length);
		return recipient_address_valid(text, address) &&
		    !address_is_ipv4(address);
	}
	return !colon && recipient_address_valid(text, address);
}

/* What a domain in brackets has in them. */
static bool
literal_inside(struct str domain, struct str *inside)
{
	if (!str_starts(domain, STR("[")) || !str_ends(domain, STR("]")) ||
	    domain.length < 2)
		return false;
	*inside = str_slice(domain, 1, domain.length - 1);
	return true;
}

bool
recipient_address_is_own(const struct postfix *postfix,
    const struct address *address)
{
	for (size_t i = 0; i < postfix->own_count; i++)
		if (memcmp(&postfix->own[i].address, address,
			sizeof(*address)) == 0)
			return true;
	for (size_t i = 0; i < postfix->proxy_count; i++)
		if (memcmp(&postfix->proxies[i], address, sizeof(*address)) ==
		    0)
			return true;
	return false;
}

void
recipient_list_find(const struct postfix_list *list, struct str domain,
    const struct mail_lookup *lookup, struct postfix_answer *answer)
{
	postfix_list_find(list, domain, lookup->arena, answer);
	if (answer->found != POSTFIX_UNKNOWN)
		return;
	unsigned taken = choices_take(lookup->choices,
	    &(struct choice){
		.what = list,
		.key = domain,
		.reason = answer->reason,
		.place = answer->place,
		.options = 2,
	    });
	answer->found = taken == 0 ? POSTFIX_MISSING : POSTFIX_FOUND;
}

/* Whether mail for an address is for this host, as far as that is known. */
static bool
literal_is_own(const struct postfix *postfix, const struct address *address,
    struct str domain, const struct mail_lookup *lookup)
{
	if (recipient_address_is_own(postfix, address))
		return true;
	if (postfix->own_unsure == NULL)
		return false;
	return choices_take(lookup->choices,
		   &(struct choice){
		       .what = postfix,
		       .key = domain,
		       .reason = postfix->own_unsure,
		       .options = 2,
		   }) == 1;
}

enum postfix_found
recipient_is_local(const struct recipient_resolver *resolver, struct str domain,
    const struct mail_lookup *lookup, struct place *place)
{
	struct postfix_answer answer;
	struct address address;
	struct str inside;

	if (str_ends(domain, STR(".")))
		domain.length--;
	if (domain.length == 0)
		return POSTFIX_MISSING;
	recipient_list_find(&resolver->destination, domain, lookup, &answer);
	*place = answer.place;
	if (answer.found != POSTFIX_MISSING ||
	    !literal_inside(domain, &inside) ||
	    !recipient_literal_valid(inside, &address))
		return answer.found;
	*place = (struct place){ 0 };
	return literal_is_own(resolver->postfix, &address, domain, lookup)
	    ? POSTFIX_FOUND
	    : POSTFIX_MISSING;
}

/* Strips a dot at the end of the domain, and with resolve_null_domain an @. */
static void
strip_end(struct resolving *resolving)
{
	struct address_tokens *tokens = &resolving->tokens;
	size_t at, count = tokens->count;

	if (count >= 2 && address_tokens_is(tokens, count - 1, '.') &&
	    address_tokens_find_last(tokens, '@', &at) &&
	    !address_tokens_is(tokens, count - 2, '.'))
		tokens->count--;
	if (resolving->resolver->rules.resolve_null && tokens->count > 0 &&
	    address_tokens_is(tokens, tokens->count - 1, '@'))
		tokens->count--;
}

/*
 * Strips a domain that is local, and keeps it. False: it is not, and the
 * address is resolved, or a table failed.
 */
static bool
strip_local(struct resolving *resolving)
{
	struct address_tokens *tokens = &resolving->tokens;
	struct resolution *out = resolving->out;
	size_t at;

	if (!address_tokens_find_last(tokens, '@', &at))
		return true;
	if (at + 1 < tokens->count) {
		enum postfix_found found =
		    recipient_is_local(resolving->resolver,
			address_tokens_internal(tokens, at + 1),
			resolving->lookup, &out->class_place);

		out->failed = found == POSTFIX_BROKEN;
		out->failed_place = out->class_place;
		if (found != POSTFIX_FOUND)
			return false;
	}
	resolving->saved = (struct address_tokens){ .arena = tokens->arena };
	for (size_t i = at; i < tokens->count; i++)
		address_tokens_insert(&resolving->saved, resolving->saved.count,
		    tokens->tokens[i]);
	tokens->count = at;
	return true;
}

/* Whether a bare local part names another destination. */
static bool
has_route(const struct recipient_rules *rules,
    const struct address_tokens *tokens)
{
	size_t at;

	return address_tokens_find_last(tokens, '@', &at) ||
	    (rules->swap_bangpath &&
		address_tokens_find_last(tokens, '!', &at)) ||
	    (rules->percent_hack && address_tokens_find_last(tokens, '%', &at));
}

/* The last of the signs that route in a quoted local part; 0: none. */
static char
quoted_route(const struct recipient_rules *rules, struct str text, size_t *at)
{
	const struct {
		char sign;
		bool counts;
	} signs[] = {
		{ '@', true },
		{ '%', rules->percent_hack },
		{ '!', rules->swap_bangpath },
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		for (*at = text.length; signs[i].counts && *at > 0; --*at)
			if (text.data[*at - 1] == signs[i].sign)
				return signs[i].sign;
	return 0;
}

/* Opens a local part that is one quoted string; false: nothing routes. */
static bool
open_quotes(struct resolving *resolving)
{
	const struct recipient_rules *rules = &resolving->resolver->rules;
	struct address_tokens *tokens = &resolving->tokens;
	size_t at;

	if (!rules->resolve_dequoted || tokens->count != 1 ||
	    tokens->tokens[0].kind != TOKEN_QUOTED)
		return false;
	struct str text = arena_copy(tokens->arena, tokens->tokens[0].text);
	char sign = quoted_route(rules, text, &at);
	if (sign == 0)
		return false;
	if (sign != '!') {
		text = str_from(
		    arena_print(tokens->arena, STR_FORMAT "@" STR_FORMAT,
			STR_ARGS(str_slice(text, 0, at - 1)),
			STR_ARGS(str_slice(text, at, text.length))));
		text = address_quote(text, tokens->arena);
	}
	tokens->count = 0;
	address_tokens_append(tokens, text);
	return true;
}

/* Nothing is left to strip: an empty local part gets a name. */
static void
finish_local(struct resolving *resolving)
{
	struct address_tokens *tokens = &resolving->tokens;

	resolving->local = true;
	if (tokens->count == 1 && tokens->tokens[0].kind == TOKEN_QUOTED &&
	    tokens->tokens[0].text.length == 0)
		tokens->count = 0;
	if (tokens->count == 0)
		address_tokens_append(tokens, resolving->resolver->rules.empty);
	if (resolving->saved.count == 0) {
		address_tokens_append(&resolving->saved, STR("@"));
		address_tokens_append(&resolving->saved,
		    resolving->resolver->rules.hostname);
	}
	for (size_t i = 0; i < resolving->saved.count; i++)
		address_tokens_insert(tokens, tokens->count,
		    resolving->saved.tokens[i]);
}

/* The loop that strips local domains; false: a table failed. */
static bool
strip_domains(struct resolving *resolving, size_t limit)
{
	const struct recipient_rules *rules = &resolving->resolver->rules;
	struct address_tokens *tokens = &resolving->tokens;

	for (size_t i = 0; i <= limit; i++) {
		strip_end(resolving);
		if (!strip_local(resolving))
			return !resolving->out->failed;
		if (has_route(rules, tokens) || open_quotes(resolving)) {
			recipient_rewrite_tokens(rules, tokens);
			continue;
		}
		finish_local(resolving);
		return true;
	}
	return true;
}

/* Checks the domain; a bare address may become a literal. */
static void
check_domain(struct resolving *resolving)
{
	struct resolution *out = resolving->out;
	struct str local, inside;
	struct address address;
	struct place place;

	if (!str_cut_last(out->recipient, '@', &local, &out->domain)) {
		out->error = true;
		return;
	}
	if (str_starts(out->domain, STR("["))) {
		out->error = !literal_inside(out->domain, &inside) ||
		    !recipient_literal_valid(inside, &address);
		return;
	}
	if (recipient_host_valid(out->domain))
		return;
	if (!resolving->resolver->rules.resolve_numeric ||
	    !recipient_address_valid(out->domain, &address)) {
		out->error = true;
		return;
	}
	out->recipient = str_from(arena_print(resolving->lookup->arena,
	    STR_FORMAT "@[" STR_FORMAT "]", STR_ARGS(local),
	    STR_ARGS(out->domain)));
	str_cut_last(out->recipient, '@', &local, &out->domain);
	if (recipient_is_local(resolving->resolver, out->domain,
		resolving->lookup, &place) == POSTFIX_FOUND)
		resolving->local = true;
}

/* Whether anything before the domain names another one. */
static bool
is_routed(const struct resolution *out)
{
	struct str text = out->recipient;
	size_t at = 0;

	while (at < text.length && strchr("@!%", text.data[at]) == NULL)
		at++;
	if (at < text.length)
		at++;
	return !str_equal(str_slice(text, at, text.length), out->domain);
}

/* "smtp:[192.0.2.1]" is a transport and where to; either may be missing. */
static void
set_transport(struct resolution *out, struct str value)
{
	struct str transport, nexthop;

	str_cut(value, ':', &transport, &nexthop);
	if (transport.length > 0)
		out->transport = transport;
	if (nexthop.length > 0)
		out->nexthop = nexthop;
}

/* Asks a list; true: it has the domain, or could not be asked. */
static bool
class_matches(struct resolving *resolving, const struct postfix_list *list)
{
	struct resolution *out = resolving->out;
	struct postfix_answer answer;

	recipient_list_find(list, out->domain, resolving->lookup, &answer);
	if (answer.found == POSTFIX_MISSING)
		return false;
	out->failed = answer.found == POSTFIX_BROKEN;
	out->failed_place = out->class_place = answer.place;
	return true;
}

/* The default transport, which may be the sender's own. */
static struct str
find_default_transport(struct resolving *resolving)
{
	const struct recipient_resolver *resolver = resolving->resolver;
	struct resolution *out = resolving->out;
	struct postfix_answer answer;
	struct str sender = resolving->sender.length > 0
	    ? resolving->sender
	    : resolver->empty_sender;

	mail_maps_find_address(&resolver->sender_transport_maps, sender,
	    resolver->delimiters, MAIL_KEY_AT_DOMAIN, resolving->lookup,
	    &answer);
	out->failed = answer.found == POSTFIX_BROKEN;
	out->failed_place = resolver->sender_transport_maps.place;
	if (answer.found == POSTFIX_FOUND &&
	    !str_equal_nocase(answer.value, STR("DUNNO")))
		return answer.value;
	return resolver->default_transport;
}

static void
set_class(struct resolving *resolving, enum recipient_class class,
    struct str transport, struct str nexthop)
{
	struct resolution *out = resolving->out;

	out->class = class;
	out->nexthop = nexthop;
	set_transport(out, transport);
}

/* Finds the class, first match first; the transport that goes with it. */
static void
find_class(struct resolving *resolving)
{
	const struct recipient_resolver *resolver = resolving->resolver;
	struct resolution *out = resolving->out;
	struct str nexthop =
	    resolver->relayhost.length > 0 ? resolver->relayhost : out->domain;

	if (resolving->local)
		set_class(resolving, RECIPIENT_LOCAL, resolver->local_transport,
		    out->domain);
	else if (class_matches(resolving, &resolver->alias_domains))
		set_class(resolving, RECIPIENT_ALIAS, STR("error"),
		    STR("User unknown in virtual alias table"));
	else if (class_matches(resolving, &resolver->mailbox_domains))
		set_class(resolving, RECIPIENT_VIRTUAL,
		    resolver->virtual_transport, out->domain);
	else if (class_matches(resolving, &resolver->relay_domains))
		set_class(resolving, RECIPIENT_RELAY, resolver->relay_transport,
		    nexthop);
	else {
		out->class_place = (struct place){ 0 };
		set_class(resolving, RECIPIENT_OTHER,
		    find_default_transport(resolving), nexthop);
	}
}

/* transport_maps: the address, its domain and parents, "*". */
static void
find_transport(struct resolving *resolving)
{
	const struct mail_maps *maps = &resolving->resolver->transport_maps;
	const struct mail_lookup *lookup = resolving->lookup;
	struct resolution *out = resolving->out;
	struct postfix_answer answer;

	mail_maps_find_address(maps, out->recipient,
	    resolving->resolver->delimiters,
	    resolving->resolver->transport_parents ? MAIL_KEY_DOMAIN
						   : MAIL_KEY_DOT_DOMAIN,
	    lookup, &answer);
	if (answer.found == POSTFIX_MISSING)
		mail_maps_find(maps, STR("*"), true, lookup, &answer);
	out->failed = answer.found == POSTFIX_BROKEN;
	out->failed_place = maps->place;
	if (answer.found != POSTFIX_FOUND)
		return;
	out->nexthop = out->domain;
	set_transport(out, answer.value);
}

static void
find_relocated(struct resolving *resolving)
{
	const struct mail_maps *maps = &resolving->resolver->relocated_maps;
	struct resolution *out = resolving->out;
	struct postfix_answer answer;

	mail_maps_find_address(maps, out->recipient,
	    resolving->resolver->delimiters,
	    MAIL_KEY_AT_DOMAIN | (resolving->local ? MAIL_KEY_LOCAL : 0),
	    resolving->lookup, &answer);
	out->failed = answer.found == POSTFIX_BROKEN;
	out->failed_place = maps->place;
	if (answer.found != POSTFIX_FOUND)
		return;
	out->transport = STR("error");
	out->nexthop = STR("5.1.6 User has moved");
}

void
recipient_resolve(const struct recipient_resolver *resolver, struct str address,
    struct str sender, const struct mail_lookup *lookup,
    struct resolution *resolution)
{
	struct resolving resolving = {
		.resolver = resolver,
		.lookup = lookup,
		.sender = sender,
		.saved.arena = lookup->arena,
		.out = resolution,
	};

	*resolution = (struct resolution){ .class = RECIPIENT_OTHER };
	address_tokens_read(address_quote(address, lookup->arena),
	    lookup->arena, &resolving.tokens);
	if (!strip_domains(&resolving, address.length + 100))
		return;
	resolution->recipient = address_tokens_internal(&resolving.tokens, 0);
	check_domain(&resolving);
	if (resolution->error)
		return;
	resolution->routed = is_routed(resolution);
	find_class(&resolving);
	if (!resolution->failed && resolution->class != RECIPIENT_ALIAS)
		find_transport(&resolving);
	if (!resolution->failed)
		find_relocated(&resolving);
	if (!resolver->rules.allow_minus &&
	    str_starts(resolution->recipient, STR("-")))
		resolution->error = true;
	struct str local;
	resolution->recipient =
	    arena_lower(lookup->arena, resolution->recipient);
	str_cut_last(resolution->recipient, '@', &local, &resolution->domain);
}
