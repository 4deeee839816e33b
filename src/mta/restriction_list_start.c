/*
 * restriction_list_start.c - what smtpd looks for in its lists when it starts.
 */
#include "mta/restriction_list.h"

static bool
is_word(struct str word, const char *name)
{
	return str_equal_nocase(word, str_from(name));
}

/* The word after check_policy_service: an endpoint, or { endpoint, … }. */
static bool
check_policy(struct str word, struct error *error)
{
	struct str endpoint = word;

	if (str_starts(word, STR("{")) && str_ends(word, STR("}"))) {
		struct str inside = str_slice(word, 1, word.length - 1);

		postfix_list_next(&inside, &endpoint);
	}
	if (str_has(endpoint, ':'))
		return true;
	return error_set(error,
	    "check_policy_service is followed by \"" STR_FORMAT
	    "\", which names no type:endpoint",
	    STR_ARGS(word));
}

/* A word that looks like a table is opened as one, wherever it stands. */
static bool
check_table(struct str word, struct error *error)
{
	if (str_starts(word, STR("{")) || postfix_table_is_named(word))
		return true;
	return error_set(error,
	    "\"" STR_FORMAT "\" does not have the form type:name",
	    STR_ARGS(word));
}

bool
restriction_list_check(struct str text, struct error *error)
{
	struct str word, last = STR("");

	for (; postfix_list_next(&text, &word); last = word) {
		if (is_word(last, "check_policy_service")) {
			if (!check_policy(word, error))
				return false;
		} else if (str_has(word, ':') && !check_table(word, error)) {
			return false;
		}
	}
	return true;
}

bool
restriction_is_required(struct str word)
{
	static const char *const required[] = { "reject_unauth_destination",
		"defer_unauth_destination", "reject", "defer",
		"defer_if_permit", "check_relay_domains" };

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (is_word(word, required[i]))
			return true;
	return false;
}

/* It takes words for what they look like; arguments are none to it. */
static enum restriction_required
find_required(const struct restriction_classes *classes, struct str text)
{
	struct str word;

	while (postfix_list_next(&text, &word)) {
		struct restriction_list *class;
		struct str rest = text, skipped;

		if (is_word(word, "warn_if_reject") &&
		    postfix_list_next(&rest, &skipped)) {
			text = rest;
			continue;
		}
		if (is_word(word, "permit"))
			return REQUIRED_MISSING;
		if (restriction_is_required(word))
			return REQUIRED_FOUND;
		class = restriction_class_find(classes, word);
		enum restriction_required found = class == NULL
		    ? REQUIRED_MISSING
		    : restriction_list_has_required(classes, class);
		if (found != REQUIRED_MISSING)
			return found;
	}
	return REQUIRED_MISSING;
}

enum restriction_required
restriction_list_has_required(const struct restriction_classes *classes,
    struct restriction_list *list)
{
	enum restriction_required found;

	if (list->searched)
		return REQUIRED_MISSING;
	if (list->being_searched)
		return REQUIRED_ENDLESS;
	list->being_searched = true;
	found = find_required(classes, list->text);
	list->being_searched = false;
	list->searched = found == REQUIRED_MISSING;
	return found;
}
