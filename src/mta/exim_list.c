/*
 * exim_list.c - lists of an Exim configuration, and what is in them.
 */
#include "base/buf.h"
#include "base/host.h"
#include "base/lines.h"
#include "mta/aliases_text.h"
#include "mta/exim_expand.h"

enum {
	LIST_DEPTH = 16,
};

struct exim_message
exim_message_new(const struct exim *exim, struct arena *arena,
    const struct address *client, struct str local_part, struct str domain)
{
	return (struct exim_message){
		.exim = exim,
		.arena = arena,
		.client = client,
		.local_part = local_part,
		.domain = domain,
		.work = EXIM_WORK,
	};
}

enum exim_truth
exim_not(enum exim_truth truth)
{
	switch (truth) {
	case EXIM_NO:
		return EXIM_YES;
	case EXIM_YES:
		return EXIM_NO;
	case EXIM_UNSURE:
		break;
	}
	return EXIM_UNSURE;
}

static enum exim_truth
unsure(struct exim_message *message, const char *what, struct str text)
{
	message->reason = arena_print(message->arena, "%s \"" STR_FORMAT "\"",
	    what, STR_ARGS(text));
	return EXIM_UNSURE;
}

struct exim_items
exim_items_of(struct str list)
{
	struct exim_items items = { .rest = str_trim(list), .separator = ':' };

	if (items.rest.length > 1 && items.rest.data[0] == '<' &&
	    items.rest.data[1] != '\0' &&
	    strchr(";,|/&%:+!?^-", items.rest.data[1]) != NULL) {
		items.separator = items.rest.data[1];
		items.rest = str_slice(items.rest, 2, items.rest.length);
	}
	return items;
}

bool
exim_items_next(struct exim_items *items, struct arena *arena, struct str *item)
{
	struct str rest = items->rest;
	size_t at = 0;

	if (items->started && rest.length == 0)
		return false;
	struct buf out = { .data = arena_alloc(arena, rest.length + 1),
		.capacity = rest.length };
	while (at < rest.length) {
		char c = rest.data[at++];

		if (c != items->separator) {
			buf_add_char(&out, c);
		} else if (at < rest.length &&
		    rest.data[at] == items->separator) {
			buf_add_char(&out, c);
			at++;
		} else {
			break;
		}
	}
	items->rest = str_trim(str_slice(rest, at, rest.length));
	items->started = true;
	*item = str_trim(buf_str(&out));
	return item->length > 0 || rest.length > 0;
}

enum kind {
	KIND_HOST,
	KIND_DOMAIN,
	KIND_LOCAL_PART,
};

struct subject {
	enum kind kind;
	const struct address *address; /* of HOST; NULL: no host */
	struct str text;
};

static enum exim_truth match(struct exim_message *message,
    const struct subject *subject, struct str list);

static const char *const list_kinds[] = {
	[KIND_HOST] = "hostlist",
	[KIND_DOMAIN] = "domainlist",
	[KIND_LOCAL_PART] = "localpartlist",
};

static bool
is_switch(struct str item)
{
	static const struct str words[] = { STR_INIT("+include_unknown"),
		STR_INIT("+ignore_unknown"), STR_INIT("+include_defer"),
		STR_INIT("+ignore_defer"), STR_INIT("+caseful") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_equal(item, words[i]))
			return true;
	return false;
}

/* Host bits do not matter to Exim. */
static bool
block_holds(struct str text, const struct address *address, bool *is_block)
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

static enum exim_truth
match_host_item(struct exim_message *message, const struct subject *subject,
    struct str item)
{
	bool is_block;

	if (item.length == 0)
		return subject->address == NULL ? EXIM_YES : EXIM_NO;
	if (subject->address == NULL)
		return str_equal(item, STR("*")) ? EXIM_YES : EXIM_NO;
	if (str_equal(item, STR("@[]")) || str_equal(item, STR("@"))) {
		const struct host *host = message->exim->host->network;

		return host != NULL && host_has_address(host, subject->address)
		    ? EXIM_YES
		    : EXIM_NO;
	}
	if (block_holds(item, subject->address, &is_block))
		return EXIM_YES;
	if (is_block)
		return EXIM_NO;
	/* A name: a stranger has it only if anybody can. */
	return is_top_wildcard(item) ? EXIM_YES : EXIM_NO;
}

static enum exim_truth
match_text_item(struct exim_message *message, const struct subject *subject,
    struct str item)
{
	if (subject->kind == KIND_DOMAIN && item.length > 0 &&
	    item.data[0] == '@') {
		struct exim_option name =
		    exim_main(message->exim, "primary_hostname");

		if (item.length > 3 && str_starts(item, STR("@mx_")))
			return EXIM_NO; /* a stranger's own domain, at most */
		return item.length == 1 &&
			str_equal_nocase(name.value, subject->text)
		    ? EXIM_YES
		    : EXIM_NO;
	}
	if (item.length > 0 && item.data[0] == '^')
		return unsure(message, "a pattern", item);
	if (item.length > 0 && item.data[0] == '*') {
		struct str end = str_slice(item, 1, item.length);
		size_t length = subject->text.length;

		return length >= end.length &&
			str_equal_nocase(str_slice(subject->text,
					     length - end.length, length),
			    end)
		    ? EXIM_YES
		    : EXIM_NO;
	}
	return str_equal_nocase(item, subject->text) ? EXIM_YES : EXIM_NO;
}

/* "lsearch;/file": an entry in a file. */
static enum exim_truth
match_lookup(struct exim_message *message, const struct subject *subject,
    struct str item)
{
	struct str type, file, value;

	str_cut(item, ';', &type, &file);
	if (subject->kind != KIND_HOST && str_equal(type, STR("lsearch")))
		return exim_lsearch(message, str_trim(file), subject->text,
		    &value);
	return unsure(message, "a lookup", item);
}

/* A file whose lines are items. */
static enum exim_truth
match_file(struct exim_message *message, const struct subject *subject,
    struct str path)
{
	struct error error = { "" };
	struct str text, line;
	enum lookup found = tree_read(message->exim->host->tree,
	    arena_copy(message->arena, path).data, EXIM_FILE_MAX,
	    message->arena, &text, &error);

	if (found != LOOKUP_FOUND)
		return unsure(message, "a file that cannot be read", path);
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line)) {
		struct str rest;

		str_cut(line, '#', &line, &rest);
		line = str_trim(line);
		if (line.length == 0)
			continue;
		/* One item, whatever separators are in it. */
		enum exim_truth one = match(message, subject,
		    str_from(arena_print(message->arena, "<%c " STR_FORMAT, '|',
			STR_ARGS(line))));
		if (one != EXIM_NO)
			return one;
	}
	return EXIM_NO;
}

static enum exim_truth
match_item(struct exim_message *message, const struct subject *subject,
    struct str item)
{
	if (message->work-- == 0)
		return unsure(message, "too long a list at", item);
	if (str_equal(item, STR("*")))
		return EXIM_YES;
	if (item.length > 1 && item.data[0] == '+') {
		struct str name = str_slice(item, 1, item.length);
		const struct exim_named_list *list =
		    exim_list_named(message->exim, list_kinds[subject->kind],
			name);

		if (list == NULL)
			return unsure(message, "there is no list", item);
		return match(message, subject, list->value);
	}
	if (item.length > 0 && item.data[0] == '/')
		return match_file(message, subject, item);
	if (item.length > 0 && item.data[0] != '^' && str_has(item, ';'))
		return match_lookup(message, subject, item);
	if (subject->kind == KIND_HOST)
		return match_host_item(message, subject, item);
	return match_text_item(message, subject, item);
}

static enum exim_truth
match_items(struct exim_message *message, const struct subject *subject,
    struct str list)
{
	struct exim_items items = exim_items_of(list);
	bool maybe[2] = { false, false }, negated = false;
	enum exim_truth result = EXIM_NO;
	struct str item;

	while (exim_items_next(&items, message->arena, &item)) {
		if (is_switch(item))
			continue;
		negated = item.length > 0 && item.data[0] == '!';
		if (negated)
			item = str_trim(str_slice(item, 1, item.length));
		enum exim_truth one = match_item(message, subject, item);
		if (one == EXIM_UNSURE)
			maybe[negated ? EXIM_NO : EXIM_YES] = true;
		result = negated ? EXIM_NO : EXIM_YES;
		if (one == EXIM_YES)
			break;
		result = negated ? EXIM_YES : EXIM_NO;
	}
	return maybe[exim_not(result)] ? EXIM_UNSURE : result;
}

static enum exim_truth
match(struct exim_message *message, const struct subject *subject,
    struct str list)
{
	struct str text = list;
	enum exim_truth result = EXIM_YES;

	if (message->depth >= LIST_DEPTH)
		return unsure(message, "lists that stand in each other at",
		    list);
	message->depth++;
	if (list.length > 0 && str_has(list, '$'))
		result = exim_expand(message, list, &text);
	if (result == EXIM_YES)
		result = match_items(message, subject, text);
	message->depth--;
	return result;
}

enum exim_truth
exim_match_address(struct exim_message *message, const struct address *address,
    struct str list)
{
	struct subject subject = { .kind = KIND_HOST, .address = address };

	return match(message, &subject, list);
}

enum exim_truth
exim_match_host(struct exim_message *message, struct str list)
{
	return exim_match_address(message, message->client, list);
}

enum exim_truth
exim_match_domain(struct exim_message *message, struct str list,
    struct str domain)
{
	struct subject subject = { .kind = KIND_DOMAIN, .text = domain };

	return match(message, &subject, list);
}

enum exim_truth
exim_match_local_part(struct exim_message *message, struct str list,
    struct str local_part)
{
	struct subject subject = { .kind = KIND_LOCAL_PART,
		.text = local_part };

	return match(message, &subject, list);
}

enum exim_truth
exim_lsearch(struct exim_message *message, struct str file, struct str key,
    struct str *value)
{
	struct tree *tree = message->exim->host->tree;
	const char *path = arena_copy(message->arena, file).data;
	struct alias_entries entries;
	struct error error = { "" };
	struct str text;

	if (tree_read(tree, path, EXIM_FILE_MAX, message->arena, &text,
		&error) != LOOKUP_FOUND)
		return unsure(message, "a file that cannot be read", file);
	aliases_text_read(tree_shown(tree, path), text, ALIASES_EXIM,
	    message->arena, &entries);
	const struct alias_entry *entry = aliases_text_find(&entries, key);
	if (entry == NULL)
		return EXIM_NO;
	*value = entry->value;
	message->looked = entry->place;
	return EXIM_YES;
}
