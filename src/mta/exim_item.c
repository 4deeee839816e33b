/*
 * exim_item.c - one item of a list of an Exim configuration, and what it is
 * asked for.
 */
#include "base/ascii.h"
#include "base/host.h"
#include "mta/exim_expand.h"

/*
 * Names that a stranger may give to his hosts, and domains that he may write
 * to: nobody's here.
 */
static const char *const anybodys[] = { "mail.elsewhere-7f3a.com",
	"mail.elsewhere-7f3a.net", "mail.elsewhere-7f3a.org",
	"mx1.elsewhere-7f3a.com", "smtp.elsewhere-7f3a.com",
	"elsewhere-7f3a.com", "203-0-114-9.dynamic.elsewhere-7f3a.net", NULL };

static enum exim_truth
unsure(struct exim_message *message, const char *what, struct str text)
{
	message->reason = arena_print(message->arena, "%s \"" STR_FORMAT "\"",
	    what, STR_ARGS(text));
	return EXIM_UNSURE;
}

static enum exim_truth
truth_of(bool value)
{
	return value ? EXIM_YES : EXIM_NO;
}

bool
exim_block_holds(struct str text, const struct address *address, bool *is_block)
{
	struct str host, length;
	struct netblock block;
	struct error error;
	unsigned long bits;

	if (text.length > 2 && text.data[0] == '[' &&
	    text.data[text.length - 1] == ']')
		text = str_slice(text, 1, text.length - 1);
	bool prefixed = str_cut(text, '/', &host, &length);
	*is_block = address_parse(host, &block.address, &error);
	block.prefix = 128;
	if (!*is_block || !prefixed)
		return *is_block && netblock_contains(&block, address);
	bool dotted = !str_has(host, ':');
	if (!str_number(length, dotted ? 32 : 128, &bits)) {
		*is_block = false;
		return false;
	}
	block.prefix = (unsigned)bits + (dotted ? 96 : 0);
	for (unsigned at = 0; at < 128; at += 8) {
		if (at + 8 <= block.prefix)
			continue;
		unsigned kept = at >= block.prefix ? 0 : block.prefix - at;

		block.address.bytes[at / 8] &= (uint8_t)(0xff00u >> kept);
	}
	return netblock_contains(&block, address);
}

/* "*.tld": whoever has a name there is meant, and that is anybody. */
static bool
is_top_wildcard(struct str item)
{
	return item.length > 2 && str_starts(item, STR("*.")) &&
	    memchr(item.data + 2, '.', item.length - 2) == NULL;
}

/* The start of a pattern that takes a domain and all below it. */
static bool
cut_below(struct str *pattern)
{
	static const struct str starts[] = { STR_INIT("^(.*\\.)?"),
		STR_INIT("^(.+\\.)?"), STR_INIT("^(.*\\.|)"),
		STR_INIT("(^|\\.)"), STR_INIT("(?:^|\\.)"),
		STR_INIT("^(?:.*\\.)?"), STR_INIT("^(?:.+\\.)?") };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (str_starts(*pattern, starts[i])) {
			*pattern = str_slice(*pattern, starts[i].length,
			    pattern->length);
			return true;
		}
	return false;
}

/*
 * Whether a pattern wants a text to end in one certain domain: its end is
 * "\.example\.com$", and nothing in it stands beside that.
 */
static bool
is_of_one_domain(struct str pattern)
{
	bool below = cut_below(&pattern);
	size_t at = pattern.length, labels = 0;

	if (!str_ends(pattern, STR("$")) || str_has(pattern, '|'))
		return false;
	for (at--; at > 0; labels++) {
		size_t end = at;

		while (at > 0 &&
		    (ascii_is_alnum(pattern.data[at - 1]) ||
			pattern.data[at - 1] == '-'))
			at--;
		if (at == end)
			break;
		if ((at == 0 && below) || (at == 1 && pattern.data[0] == '^'))
			return true;
		if (at < 2 || pattern.data[at - 1] != '.' ||
		    pattern.data[at - 2] != '\\')
			break;
		at -= 2;
	}
	return labels >= 2;
}

static enum exim_truth
match_pattern(struct exim_message *message, struct str pattern, struct str text)
{
	switch (exim_cache_match(message->cache, pattern, true, text)) {
	case LOOKUP_FOUND:
		return EXIM_YES;
	case LOOKUP_MISSING:
		return EXIM_NO;
	case LOOKUP_FAILED:
		break;
	}
	return unsure(message, "a pattern that cannot be decided,", pattern);
}

/* The client has whatever name suits it. */
static enum exim_truth
match_name_pattern(struct exim_message *message, struct str pattern)
{
	size_t matched = 0, count = 0;

	for (; anybodys[count] != NULL; count++) {
		enum exim_truth one =
		    match_pattern(message, pattern, str_from(anybodys[count]));

		if (one == EXIM_UNSURE)
			return one;
		matched += one == EXIM_YES;
	}
	if (matched == count)
		return EXIM_YES;
	if (matched == 0 && is_of_one_domain(pattern))
		return EXIM_NO;
	return unsure(message, "a pattern of names of hosts,", pattern);
}

/* "net24-lsearch;/file": its address, cut to so many bits. */
static enum exim_truth
match_net_lookup(struct exim_message *message,
    const struct exim_subject *subject, struct str type, struct str file)
{
	const uint8_t *bytes = subject->address->bytes;
	struct str digits, name, value;
	unsigned long bits = 128;
	const char *key;

	str_cut(str_slice(type, 3, type.length), '-', &digits, &name);
	if (digits.length > 0 && !str_number(digits, 128, &bits))
		return unsure(message, "a lookup", type);
	if (!address_is_ipv4(subject->address) && digits.length > 0)
		return unsure(message, "a lookup of IPv6 networks", type);
	if (!address_is_ipv4(subject->address)) {
		key = exim_print_address(subject->address, message->arena).data;
	} else {
		uint32_t number = (uint32_t)bytes[12] << 24 |
		    (uint32_t)bytes[13] << 16 | (uint32_t)bytes[14] << 8 |
		    bytes[15];

		if (digits.length > 0 && bits < 32)
			number &= bits == 0 ? 0 : ~0u << (32 - bits);
		key = arena_print(message->arena, "%u.%u.%u.%u%s" STR_FORMAT,
		    number >> 24, number >> 16 & 255, number >> 8 & 255,
		    number & 255, digits.length > 0 ? "/" : "",
		    STR_ARGS(digits));
	}
	/* Nothing partial, and no "*", is looked for here. */
	if (str_ends(name, STR("*")))
		name.length--;
	return exim_lookup(message, name, file, str_from(key), &value);
}

static enum exim_truth
match_host_lookup(struct exim_message *message, struct exim_subject *subject,
    struct str item)
{
	struct str type, file, value;

	str_cut(item, ';', &type, &file);
	file = str_trim(file);
	if (str_starts(type, STR("net")) && str_has(type, '-'))
		return match_net_lookup(message, subject, type, file);
	/* The key is the name of the client. */
	if (message->nameless) {
		subject->lost = true;
		return EXIM_NO;
	}
	for (const char *const *name = anybodys; *name != NULL; name++) {
		enum exim_truth one =
		    exim_lookup(message, type, file, str_from(*name), &value);

		if (one != EXIM_NO)
			return one;
	}
	return EXIM_NO;
}

/* Something beside an address: a name that the client must have. */
static enum exim_truth
match_host_name(struct exim_message *message, struct exim_subject *subject,
    struct str item)
{
	size_t at = 0;

	while (at < item.length &&
	    (ascii_is_word(item.data[at]) || item.data[at] == '.' ||
		item.data[at] == '-'))
		at++;
	if (at == item.length) {
		/* Its addresses are no stranger's; without any, the list is
		 * at its end. */
		subject->doubtful = true;
		unsure(message, "the addresses of a name,", item);
		return EXIM_NO;
	}
	if (message->nameless) {
		subject->lost = true;
		return EXIM_NO;
	}
	if (item.data[0] == '^')
		return match_name_pattern(message, item);
	/* A name: a stranger has it only if anybody can. */
	return truth_of(is_top_wildcard(item));
}

static enum exim_truth
match_host(struct exim_message *message, struct exim_subject *subject,
    struct str item)
{
	bool is_block;

	if (item.length == 0)
		return truth_of(subject->address == NULL);
	if (subject->address == NULL)
		return truth_of(str_equal(item, STR("*")));
	if (str_equal(item, STR("@[]")) || str_equal(item, STR("@"))) {
		const struct host *host = message->exim->host->network;

		return truth_of(
		    host != NULL && host_has_address(host, subject->address));
	}
	if (exim_block_holds(item, subject->address, &is_block))
		return EXIM_YES;
	if (is_block)
		return EXIM_NO;
	if (item.data[0] != '^' && str_has(item, ';'))
		return match_host_lookup(message, subject, item);
	return match_host_name(message, subject, item);
}

static enum exim_truth
match_text_pattern(struct exim_message *message,
    const struct exim_subject *subject, struct str pattern)
{
	enum exim_truth truth = match_pattern(message, pattern, subject->text);

	/* Another domain may match, which the client may write to. */
	if (truth == EXIM_NO && message->chosen &&
	    subject->kind == EXIM_SUBJECT_DOMAIN && !is_of_one_domain(pattern))
		return unsure(message, "a pattern of domains,", pattern);
	return truth;
}

static enum exim_truth
match_domain_at(struct exim_message *message,
    const struct exim_subject *subject, struct str item)
{
	struct exim_option name = exim_main(message->exim, "primary_hostname");

	if (item.length > 3 && str_starts(item, STR("@mx_")))
		return EXIM_NO; /* a stranger's own domain, at most */
	if (str_equal(item, STR("@[]")))
		return truth_of(
		    subject->text.length > 0 && subject->text.data[0] == '[');
	return truth_of(
	    item.length == 1 && str_equal_nocase(name.value, subject->text));
}

static enum exim_truth
match_text(struct exim_message *message, const struct exim_subject *subject,
    struct str item)
{
	struct str type, file, value;

	if (item.length > 0 && item.data[0] == '^')
		return match_text_pattern(message, subject, item);
	if (subject->kind == EXIM_SUBJECT_DOMAIN && item.length > 0 &&
	    item.data[0] == '@')
		return match_domain_at(message, subject, item);
	if (str_cut(item, ';', &type, &file))
		return exim_lookup(message, type, str_trim(file), subject->text,
		    &value);
	if (item.length > 0 && item.data[0] == '*') {
		struct str end = str_slice(item, 1, item.length);
		size_t length = subject->text.length;

		return truth_of(length >= end.length &&
		    str_equal_nocase(str_slice(subject->text,
					 length - end.length, length),
			end));
	}
	return truth_of(str_equal_nocase(item, subject->text));
}

/* "user@domain", "*@domain", or a domain alone. */
static enum exim_truth
match_sender(struct exim_message *message, const struct exim_subject *subject,
    struct str item)
{
	struct str local, domain, own_local, own_domain;
	struct str type, file;

	if (item.length == 0 || subject->text.length == 0 ||
	    item.data[0] == '^')
		return item.length > 0 && item.data[0] == '^'
		    ? match_text_pattern(message, subject, item)
		    : truth_of(item.length == subject->text.length);
	if (str_starts(item, STR("@@")))
		return unsure(message, "a lookup", item);
	if (str_cut(item, ';', &type, &file) &&
	    (!str_has(type, '@') || str_ends(type, STR("*@"))))
		return match_text(message, subject, item);
	if (!str_cut_last(item, '@', &local, &domain)) {
		local = STR("*");
		domain = item;
	}
	if (!str_cut_last(subject->text, '@', &own_local, &own_domain))
		return EXIM_NO;
	struct exim_subject part = { .kind = EXIM_SUBJECT_LOCAL_PART,
		.text = own_local };
	enum exim_truth truth =
	    local.length == 0 ? EXIM_YES : match_text(message, &part, local);
	if (truth != EXIM_YES)
		return truth;
	part.kind = EXIM_SUBJECT_DOMAIN;
	part.text = own_domain;
	return match_text(message, &part,
	    local.length == 0 ? STR("@") : domain);
}

enum exim_truth
exim_match_item(struct exim_message *message, struct exim_subject *subject,
    struct str item)
{
	switch (subject->kind) {
	case EXIM_SUBJECT_HOST:
		return match_host(message, subject, item);
	case EXIM_SUBJECT_ADDRESS:
		return match_sender(message, subject, item);
	case EXIM_SUBJECT_DOMAIN:
	case EXIM_SUBJECT_LOCAL_PART:
		break;
	}
	return match_text(message, subject, item);
}
