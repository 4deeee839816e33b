/*
 * exim_expand.c - what a string of an Exim configuration comes to.
 */
#include "mta/exim_expand.h"

#include "base/ascii.h"
#include "base/buf.h"

enum {
	EXPAND_DEPTH = 32,
	EXPANDED_MAX = 1 << 14,
};

static enum exim_truth
unsure(struct exim_message *message, struct str text)
{
	if (text.length > 60)
		text.length = 60;
	message->reason = arena_print(message->arena,
	    "the expansion \"" STR_FORMAT "\"", STR_ARGS(text));
	return EXIM_UNSURE;
}

static struct str
skip(struct str text)
{
	size_t at = 0;

	while (at < text.length &&
	    (text.data[at] == ' ' || text.data[at] == '\t' ||
		text.data[at] == '\n'))
		at++;
	return str_slice(text, at, text.length);
}

/* The inside of {…} at the start of text, after blanks; cuts it. */
static bool
cut_braces(struct str *text, struct str *inside)
{
	struct str rest = skip(*text);
	size_t depth = 0;

	if (rest.length == 0 || rest.data[0] != '{')
		return false;
	for (size_t at = 0; at < rest.length; at++) {
		if (rest.data[at] == '\\') {
			at++;
		} else if (rest.data[at] == '{') {
			depth++;
		} else if (rest.data[at] == '}' && --depth == 0) {
			*inside = str_slice(rest, 1, at);
			*text = str_slice(rest, at + 1, rest.length);
			return true;
		}
	}
	return false;
}

static struct str
cut_word(struct str *text)
{
	size_t at = 0;

	while (at < text->length && ascii_is_word(text->data[at]))
		at++;
	struct str word = str_slice(*text, 0, at);
	*text = str_slice(*text, at, text->length);
	return word;
}

/* An IPv6 address in full, as it stands in $sender_host_address. */
struct str
exim_print_address(const struct address *address, struct arena *arena)
{
	const uint8_t *b = address->bytes;

	if (address_is_ipv4(address))
		return str_from(arena_print(arena, "%u.%u.%u.%u", b[12], b[13],
		    b[14], b[15]));
	return str_from(arena_print(arena, "%x:%x:%x:%x:%x:%x:%x:%x",
	    b[0] << 8 | b[1], b[2] << 8 | b[3], b[4] << 8 | b[5],
	    b[6] << 8 | b[7], b[8] << 8 | b[9], b[10] << 8 | b[11],
	    b[12] << 8 | b[13], b[14] << 8 | b[15]));
}

/* What the client chooses as it suits it, while that is not settled. */
static bool
is_chosen(struct exim_message *message, struct str name)
{
	static const struct {
		struct str name;
		enum exim_asked asked;
	} names[] = {
		{ STR_INIT("local_part"), EXIM_ASKED_LOCAL_PART },
		{ STR_INIT("local_part_data"), EXIM_ASKED_LOCAL_PART },
		{ STR_INIT("sender_address"), EXIM_ASKED_SENDER },
		{ STR_INIT("sender_address_domain"), EXIM_ASKED_SENDER },
		{ STR_INIT("sender_address_local_part"), EXIM_ASKED_SENDER },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(names[i].name, name)) {
			message->asked |= names[i].asked;
			return message->chosen ||
			    (!message->exact &&
				names[i].asked == EXIM_ASKED_SENDER);
		}
	return false;
}

static enum exim_truth
known_variable(struct exim_message *message, struct str name, struct str *value)
{
	const struct host_user *user = message->user;
	struct str home = user != NULL ? user->home : STR("");
	struct str uid = user != NULL
	    ? str_from(arena_print(message->arena, "%lu", user->uid))
	    : STR("");
	struct str sender_local = STR(""), sender_domain = STR("");
	str_cut_last(message->sender, '@', &sender_local, &sender_domain);
	const struct {
		struct str name, value;
	} known[] = {
		{ STR("sender_address"), message->sender },
		{ STR("sender_address_local_part"), sender_local },
		{ STR("sender_address_domain"), sender_domain },
		{ STR("local_part"), message->local_part },
		{ STR("local_part_data"), message->local_part },
		{ STR("domain"), message->domain },
		{ STR("domain_data"), message->domain },
		{ STR("home"), home },
		{ STR("local_user_uid"), uid },
		{ STR("value"), message->value },
		{ STR("sender_host_address"),
		    message->client != NULL
			? exim_print_address(message->client, message->arena)
			: STR("") },
		{ STR("sender_host_name"), STR("") }, /* of the NAMELESS */
		{ STR("primary_hostname"),
		    exim_main(message->exim, "primary_hostname").value },
		{ STR("qualify_domain"),
		    exim_main(message->exim, "qualify_domain").value },
		/* The first recipient of a session: a client may send one. */
		{ STR("rcpt_count"), STR("1") },
		{ STR("recipients_count"), STR("0") },
		{ STR("sender_host_authenticated"), STR("") },
		{ STR("authenticated_id"), STR("") },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_equal(known[i].name, name))
			continue;
		*value = known[i].value;
		return EXIM_YES;
	}
	return unsure(message, name);
}

static enum exim_truth
variable(struct exim_message *message, struct str name, struct str *value)
{
	bool named = message->client != NULL && !message->nameless;

	if (message->port != 0 &&
	    (str_equal(name, STR("interface_port")) ||
		str_equal(name, STR("received_port")))) {
		*value =
		    str_from(arena_print(message->arena, "%u", message->port));
		return EXIM_YES;
	}
	if (is_chosen(message, name) ||
	    (named && str_equal(name, STR("sender_host_name"))))
		return unsure(message, name);
	return known_variable(message, name, value);
}

static enum exim_truth
number(struct exim_message *message, struct str text, unsigned long *value)
{
	struct str expanded;
	enum exim_truth result = exim_expand(message, text, &expanded);

	if (result != EXIM_YES)
		return EXIM_UNSURE;
	expanded = str_trim(expanded);
	if (expanded.length == 0) {
		*value = 0;
		return EXIM_YES;
	}
	return str_number(expanded, 1ul << 40, value) ? EXIM_YES
						      : unsure(message, text);
}

static enum exim_truth
truth_of(bool value)
{
	return value ? EXIM_YES : EXIM_NO;
}

/* "<{a}{b}" and its like. */
static enum exim_truth
compare(struct exim_message *message, struct str operator, struct str * text)
{
	struct str a, b;
	unsigned long left, right;

	if (!cut_braces(text, &a) || !cut_braces(text, &b))
		return unsure(message, *text);
	if (number(message, a, &left) != EXIM_YES ||
	    number(message, b, &right) != EXIM_YES)
		return EXIM_UNSURE;
	if (str_equal(operator, STR("<")))
		return truth_of(left < right);
	if (str_equal(operator, STR(">")))
		return truth_of(left > right);
	if (str_equal(operator, STR("<=")))
		return truth_of(left <= right);
	if (str_equal(operator, STR(">=")))
		return truth_of(left >= right);
	return truth_of(left == right);
}

/* and{{…}{…}}, or{{…}{…}}: the first that decides stands. */
static enum exim_truth
combine(struct exim_message *message, bool all, struct str *text)
{
	enum exim_truth result = truth_of(all);
	struct str list, one;

	if (!cut_braces(text, &list))
		return unsure(message, *text);
	while (cut_braces(&list, &one)) {
		enum exim_truth part = exim_condition(message, &one);

		if (part == truth_of(!all))
			return part;
		if (part == EXIM_UNSURE)
			result = EXIM_UNSURE;
	}
	return result;
}

static enum exim_truth
exists(struct exim_message *message, struct str *text)
{
	struct error error;
	struct stat status;
	struct str inside, path;

	if (!cut_braces(text, &inside) ||
	    exim_expand(message, inside, &path) != EXIM_YES)
		return unsure(message, *text);
	switch (tree_stat(message->exim->host->tree,
	    arena_copy(message->arena, path).data, &status, &error)) {
	case LOOKUP_MISSING:
		return EXIM_NO;
	case LOOKUP_FOUND:
		return EXIM_YES;
	case LOOKUP_FAILED:
		break;
	}
	return unsure(message, path);
}

/* What does not match for one client may for another. */
static enum exim_truth
match_pattern(struct exim_message *message, struct str pattern, struct str text)
{
	enum lookup found =
	    exim_cache_match(message->cache, pattern, false, text);

	if (found == LOOKUP_FOUND)
		return EXIM_YES;
	return found == LOOKUP_FAILED || message->chosen
	    ? unsure(message, pattern)
	    : EXIM_NO;
}

/* eq{a}{b}, match_ip{a}{list} … */
static enum exim_truth
of_two(struct exim_message *message, struct str word, struct str *text)
{
	struct str a, b, left, right;
	struct address address;
	struct error error;

	if (!cut_braces(text, &a) || !cut_braces(text, &b))
		return unsure(message, *text);
	if (exim_expand(message, a, &left) != EXIM_YES)
		return EXIM_UNSURE;
	if (str_equal(word, STR("match_domain")))
		return exim_match_domain(message, b, left);
	if (str_equal(word, STR("match_local_part")))
		return exim_match_local_part(message, b, left);
	if (str_equal(word, STR("match_ip"))) {
		if (left.length == 0)
			return exim_match_address(message, NULL, b);
		return address_parse(left, &address, &error)
		    ? exim_match_address(message, &address, b)
		    : EXIM_NO;
	}
	if (str_equal(word, STR("match_address")))
		return exim_match_sender(message, b, left);
	if (exim_expand(message, b, &right) != EXIM_YES)
		return EXIM_UNSURE;
	if (str_equal(word, STR("match")))
		return match_pattern(message, right, left);
	return truth_of(str_equal(word, STR("eq"))
		? str_equal(left, right)
		: str_equal_nocase(left, right));
}

static bool
is_of_two(struct str word)
{
	static const struct str words[] = { STR_INIT("eq"), STR_INIT("eqi"),
		STR_INIT("match_ip"), STR_INIT("match_domain"),
		STR_INIT("match_local_part"), STR_INIT("match"),
		STR_INIT("match_address") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_equal(word, words[i]))
			return true;
	return false;
}

static enum exim_truth
defined(struct exim_message *message, struct str *text)
{
	struct str name, value;

	*text = str_slice(*text, 1, text->length);
	name = cut_word(text);
	if (message->client != NULL && str_equal(name, STR("sender_host_name")))
		return truth_of(!message->nameless);
	if (variable(message, name, &value) != EXIM_YES)
		return EXIM_UNSURE;
	return truth_of(value.length > 0);
}

enum exim_truth
exim_condition(struct exim_message *message, struct str *text)
{
	*text = skip(*text);
	if (message->depth >= EXPAND_DEPTH || text->length == 0)
		return unsure(message, *text);
	if (text->data[0] == '!') {
		*text = str_slice(*text, 1, text->length);
		message->depth++;
		enum exim_truth truth = exim_condition(message, text);
		message->depth--;
		return exim_not(truth);
	}
	size_t length = 0;
	while (length < text->length && length < 2 &&
	    strchr("<>=", text->data[length]) != NULL)
		length++;
	if (length > 0) {
		struct str operator= str_slice(*text, 0, length);

		*text = str_slice(*text, length, text->length);
		return compare(message, operator, text);
	}
	struct str word = cut_word(text);
	if (str_equal(word, STR("def")) && text->length > 0 &&
	    text->data[0] == ':')
		return defined(message, text);
	if (str_equal(word, STR("and")) || str_equal(word, STR("or"))) {
		message->depth++;
		enum exim_truth truth =
		    combine(message, str_equal(word, STR("and")), text);
		message->depth--;
		return truth;
	}
	if (str_equal(word, STR("exists")))
		return exists(message, text);
	if (str_equal(word, STR("true")) || str_equal(word, STR("false")))
		return truth_of(word.length == 4);
	if (is_of_two(word))
		return of_two(message, word, text);
	return unsure(message, word);
}

static bool
cut_fail(struct str *text)
{
	*text = skip(*text);
	if (!str_starts(*text, STR("fail")))
		return false;
	*text = str_slice(*text, 4, text->length);
	return true;
}

/* {yes}{no} after a condition or a lookup, each of which may be missing. */
static enum exim_truth
branches(struct exim_message *message, enum exim_truth truth, struct str text,
    struct str found, struct str *expanded)
{
	struct str yes, no;
	bool has_yes = cut_braces(&text, &yes);

	if (truth == EXIM_UNSURE)
		return EXIM_UNSURE;
	if (truth == EXIM_YES) {
		if (has_yes)
			return exim_expand(message, yes, expanded);
		*expanded = found;
		return EXIM_YES;
	}
	if (cut_fail(&text))
		return EXIM_NO;
	*expanded = STR("");
	if (cut_braces(&text, &no))
		return exim_expand(message, no, expanded);
	return EXIM_YES;
}

/* ${lookup{key}lsearch{file}{yes}{no}} */
static enum exim_truth
lookup(struct exim_message *message, struct str text, struct str *expanded)
{
	struct str inside, key, file, value = STR("");

	if (!cut_braces(&text, &inside) ||
	    exim_expand(message, inside, &key) != EXIM_YES)
		return unsure(message, text);
	text = skip(text);
	struct str type, rest;
	if (!str_has(text, '{'))
		return unsure(message, text);
	str_cut(text, '{', &type, &rest);
	text = str_slice(text, type.length, text.length);
	type = str_trim(type);
	if (!cut_braces(&text, &inside) ||
	    exim_expand(message, inside, &file) != EXIM_YES)
		return unsure(message, type);
	enum exim_truth found =
	    exim_lookup(message, type, str_trim(file), key, &value);
	struct str before = message->value;
	message->value = value;
	found = branches(message, found, text, value, expanded);
	message->value = before;
	return found;
}

/* What stands in ${…}. */
static enum exim_truth
item(struct exim_message *message, struct str text, struct str *expanded)
{
	struct str whole = text = skip(text);
	struct str word = cut_word(&text);

	if (text.length == 0)
		return variable(message, word, expanded);
	if (str_equal(word, STR("if"))) {
		enum exim_truth truth = exim_condition(message, &text);

		return branches(message, truth, text, STR("true"), expanded);
	}
	if (str_equal(word, STR("lookup")))
		return lookup(message, text, expanded);
	if (str_equal(word, STR("lc")) && text.data[0] == ':')
		return exim_expand(message, str_slice(text, 1, text.length),
		    expanded);
	return unsure(message, whole);
}

/* What stands after a $ at the start of text; cuts it. */
static enum exim_truth
dollar(struct exim_message *message, struct str *text, struct str *value)
{
	struct str inside;

	if (text->length > 0 && text->data[0] == '{') {
		if (!cut_braces(text, &inside))
			return unsure(message, *text);
		return item(message, inside, value);
	}
	return variable(message, cut_word(text), value);
}

static enum exim_truth
expand_all(struct exim_message *message, struct str text, struct buf *out)
{
	struct str part;

	while (text.length > 0) {
		char c = text.data[0];

		text = str_slice(text, 1, text.length);
		if (c == '\\' && text.length > 0 && text.data[0] == 'N') {
			/* Up to another \N, all stands for itself. */
			const char *end = text.length < 3
			    ? NULL
			    : memmem(text.data + 1, text.length - 1, "\\N", 2);
			size_t length = end == NULL ? text.length
						    : (size_t)(end - text.data);

			buf_add(out, str_slice(text, 1, length));
			text = str_slice(text,
			    end == NULL ? length : length + 2, text.length);
		} else if (c == '\\' && text.length > 0) {
			buf_add_char(out, text.data[0]);
			text = str_slice(text, 1, text.length);
		} else if (c != '$') {
			buf_add_char(out, c);
		} else {
			enum exim_truth result = dollar(message, &text, &part);

			if (result != EXIM_YES)
				return result;
			buf_add(out, part);
		}
	}
	return EXIM_YES;
}

enum exim_truth
exim_expand(struct exim_message *message, struct str text, struct str *expanded)
{
	*expanded = text;
	if (text.length == 0 || (!str_has(text, '$') && !str_has(text, '\\')))
		return EXIM_YES;
	if (message->depth >= EXPAND_DEPTH || message->work < EXPANDED_MAX)
		return unsure(message, text);
	struct buf out = { .data = arena_alloc(message->arena, EXPANDED_MAX),
		.capacity = EXPANDED_MAX };
	message->work -= EXPANDED_MAX / 16;
	message->depth++;
	enum exim_truth result = expand_all(message, text, &out);
	message->depth--;
	if (out.full)
		return unsure(message, text);
	*expanded = arena_copy(message->arena, buf_str(&out));
	return result;
}
