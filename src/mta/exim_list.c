/*
 * exim_list.c - lists of an Exim configuration, and what is in them.
 */
#include "base/buf.h"
#include "base/lines.h"
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
		.cache = exim->cache != NULL
		    ? exim->cache
		    : exim_cache_new(arena, exim->host->tree),
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

static enum exim_truth match(struct exim_message *message,
    const struct exim_subject *subject, struct str list);

static const char *const list_kinds[] = {
	[EXIM_SUBJECT_HOST] = "hostlist",
	[EXIM_SUBJECT_DOMAIN] = "domainlist",
	[EXIM_SUBJECT_LOCAL_PART] = "localpartlist",
	[EXIM_SUBJECT_ADDRESS] = "addresslist",
};

/* What becomes of a list for which a name or an answer is missing. */
struct switches {
	bool include_unknown, ignore_unknown;
};

/* Whether an item is a switch and no item, and sets it. */
static bool
is_switch(struct str item, struct switches *switches)
{
	static const struct {
		struct str word;
		bool include, ignore;
	} words[] = {
		{ STR_INIT("+include_unknown"), true, false },
		{ STR_INIT("+ignore_unknown"), false, true },
		{ STR_INIT("+include_defer"), false, false },
		{ STR_INIT("+ignore_defer"), false, false },
		{ STR_INIT("+caseful"), false, false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_equal(item, words[i].word))
			continue;
		if (words[i].include || words[i].ignore)
			*switches = (struct switches){ words[i].include,
				words[i].ignore };
		return true;
	}
	return false;
}

static enum exim_truth
match_item(struct exim_message *message, struct exim_subject *subject,
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
	return exim_match_item(message, subject, item);
}

/* How far a list has been gone through. */
struct progress {
	struct exim_message *message;
	struct exim_subject subject;
	struct switches switches;
	bool maybe[2];          /* what it might have ended with before */
	enum exim_truth result; /* so far: what it is if it ends here */
};

static bool
cut_not(struct str *item)
{
	bool negated = item->length > 0 && item->data[0] == '!';

	if (negated)
		*item = str_trim(str_slice(*item, 1, item->length));
	return negated;
}

/* True: the list is decided by this item. */
static bool
take_item(struct progress *progress, struct str item, bool negated)
{
	struct exim_subject *subject = &progress->subject;

	subject->lost = subject->doubtful = false;
	enum exim_truth one = match_item(progress->message, subject, item);
	if ((subject->lost || subject->doubtful) &&
	    !progress->switches.ignore_unknown) {
		/* A name that is missing decides the list, and no item. */
		enum exim_truth end =
		    progress->switches.include_unknown ? EXIM_YES : EXIM_NO;

		progress->maybe[end] = true;
		progress->result = end;
		if (subject->lost)
			return true;
	}
	if (one == EXIM_UNSURE)
		progress->maybe[negated ? EXIM_NO : EXIM_YES] = true;
	progress->result = negated == (one == EXIM_YES) ? EXIM_NO : EXIM_YES;
	return one == EXIM_YES;
}

/* A file stands for its lines, each of which is an item. */
static bool
take_file(struct progress *progress, struct str path, bool negated)
{
	struct exim_message *message = progress->message;
	const char *why;
	struct str text, line, rest;

	if (exim_cache_file(message->cache, path, &text, &why) !=
	    LOOKUP_FOUND) {
		unsure(message, "a file that cannot be read", path);
		progress->maybe[EXIM_NO] = progress->maybe[EXIM_YES] = true;
		return true;
	}
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line)) {
		str_cut(line, '#', &line, &rest);
		line = str_trim(line);
		if (line.length == 0)
			continue;
		bool again = cut_not(&line);
		if (take_item(progress, line, negated != again))
			return true;
	}
	return false;
}

static enum exim_truth
match_items(struct exim_message *message, const struct exim_subject *subject,
    struct str list)
{
	struct exim_items items = exim_items_of(list);
	struct progress progress = { .message = message,
		.subject = *subject,
		.result = EXIM_NO };
	struct str item;

	while (exim_items_next(&items, message->arena, &item)) {
		if (is_switch(item, &progress.switches))
			continue;
		bool negated = cut_not(&item);
		bool done = item.length > 0 && item.data[0] == '/'
		    ? take_file(&progress, item, negated)
		    : take_item(&progress, item, negated);
		if (done)
			break;
	}
	return progress.maybe[exim_not(progress.result)] ? EXIM_UNSURE
							 : progress.result;
}

static enum exim_truth
match(struct exim_message *message, const struct exim_subject *subject,
    struct str list)
{
	struct str text = list;
	enum exim_truth result = EXIM_YES;

	if (message->depth >= LIST_DEPTH)
		return unsure(message, "lists that stand in each other at",
		    list);
	message->depth++;
	if (str_has(list, '$') || str_has(list, '\\'))
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
	struct exim_subject subject = { .kind = EXIM_SUBJECT_HOST,
		.address = address };

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
	struct exim_subject subject = { .kind = EXIM_SUBJECT_DOMAIN,
		.text = domain };

	return match(message, &subject, list);
}

enum exim_truth
exim_match_local_part(struct exim_message *message, struct str list,
    struct str local_part)
{
	struct exim_subject subject = { .kind = EXIM_SUBJECT_LOCAL_PART,
		.text = local_part };

	return match(message, &subject, list);
}

enum exim_truth
exim_match_sender(struct exim_message *message, struct str list,
    struct str sender)
{
	struct exim_subject subject = { .kind = EXIM_SUBJECT_ADDRESS,
		.text = sender };

	return match(message, &subject, list);
}
