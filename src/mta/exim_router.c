/*
 * exim_router.c - the routers of an Exim.
 */
#include "mta/exim_router.h"

static struct str
value_of(const struct exim_driver *router, const char *name)
{
	const struct exim_option *option = exim_option(&router->options, name);

	return option != NULL ? option->value : STR("");
}

static bool
flag(const struct exim_driver *router, const char *name, bool otherwise)
{
	const struct exim_option *option = exim_option(&router->options, name);

	if (option == NULL)
		return otherwise;
	return option->flag ? option->on
			    : str_equal(option->value, STR("true")) ||
		str_equal(option->value, STR("yes"));
}

struct str
exim_router_driver(const struct exim_driver *router)
{
	return value_of(router, "driver");
}

bool
exim_router_is_last(const struct exim_driver *router)
{
	return !flag(router, "more", true);
}

static enum exim_truth
both(enum exim_truth a, enum exim_truth b)
{
	if (a == EXIM_NO || b == EXIM_NO)
		return EXIM_NO;
	return a == EXIM_YES && b == EXIM_YES ? EXIM_YES : EXIM_UNSURE;
}

static enum exim_truth
local_part_fits(struct exim_message *message, const struct exim_driver *router)
{
	const struct exim_option *parts =
	    exim_option(&router->options, "local_parts");
	bool affixed =
	    (exim_option(&router->options, "local_part_prefix") != NULL &&
		!flag(router, "local_part_prefix_optional", false)) ||
	    (exim_option(&router->options, "local_part_suffix") != NULL &&
		!flag(router, "local_part_suffix_optional", false));

	/* A name for people and roles has no such prefix or suffix. */
	if (affixed)
		return EXIM_NO;
	if (parts == NULL)
		return EXIM_YES;
	return exim_match_local_part(message, parts->value,
	    message->local_part);
}

static enum exim_truth
user_fits(struct exim_message *message, const struct exim_driver *router,
    const struct host_users *users)
{
	message->user = NULL;
	if (!flag(router, "check_local_user", false))
		return EXIM_YES;
	message->user = host_users_find(users, message->local_part);
	if (message->user != NULL)
		return EXIM_YES;
	if (users->complete)
		return EXIM_NO;
	message->reason = "/etc/passwd does not tell whether there is "
			  "this account";
	return EXIM_UNSURE;
}

/* Items are paths, "+path", "!path", or names of users for what follows. */
static enum exim_truth
files_fit(struct exim_message *message, const struct exim_driver *router)
{
	struct str list = value_of(router, "require_files"), item;

	switch (exim_expand(message, list, &list)) {
	case EXIM_NO:
		return EXIM_NO;
	case EXIM_UNSURE:
		return EXIM_UNSURE;
	case EXIM_YES:
		break;
	}
	struct exim_items items = exim_items_of(list);
	while (exim_items_next(&items, message->arena, &item)) {
		struct error error;
		struct stat status;
		bool wanted = true;

		if (item.length > 1 &&
		    (item.data[0] == '+' || item.data[0] == '!')) {
			wanted = item.data[0] == '+';
			item = str_slice(item, 1, item.length);
		}
		if (item.length == 0 || item.data[0] != '/')
			continue;
		enum lookup found = tree_stat(message->exim->host->tree,
		    arena_copy(message->arena, item).data, &status, &error);
		if (found == LOOKUP_FAILED)
			return EXIM_UNSURE;
		if ((found == LOOKUP_FOUND) != wanted)
			return EXIM_NO;
	}
	return EXIM_YES;
}

static enum exim_truth
condition_fits(struct exim_message *message, const struct exim_driver *router)
{
	const struct exim_option *condition =
	    exim_option(&router->options, "condition");
	struct str value;

	if (condition == NULL)
		return EXIM_YES;
	enum exim_truth truth = exim_expand(message, condition->value, &value);
	if (truth != EXIM_YES)
		return truth;
	value = str_trim(value);
	return value.length == 0 || str_equal(value, STR("0")) ||
		str_equal_nocase(value, STR("no")) ||
		str_equal_nocase(value, STR("false"))
	    ? EXIM_NO
	    : EXIM_YES;
}

enum exim_truth
exim_router_takes(struct exim_message *message,
    const struct exim_driver *router, const struct host_users *users)
{
	const struct exim_option *domains =
	    exim_option(&router->options, "domains");
	enum exim_truth truth = EXIM_YES;

	if (flag(router, "verify_only", false))
		return EXIM_NO;
	if (domains != NULL)
		truth =
		    exim_match_domain(message, domains->value, message->domain);
	if (truth != EXIM_NO)
		truth = both(truth, local_part_fits(message, router));
	if (truth != EXIM_NO)
		truth = both(truth, user_fits(message, router, users));
	if (truth != EXIM_NO)
		truth = both(truth, condition_fits(message, router));
	if (truth != EXIM_NO)
		truth = both(truth, files_fit(message, router));
	if (truth == EXIM_YES &&
	    exim_option(&router->options, "senders") != NULL)
		truth = EXIM_UNSURE;
	return truth;
}

enum exim_truth
exim_router_hosts(struct exim_message *message,
    const struct exim_driver *router, struct str *hosts)
{
	struct str list = value_of(router, "route_list"), rule;
	const struct exim_option *data =
	    exim_option(&router->options, "route_data");

	if (data != NULL) {
		enum exim_truth truth =
		    exim_expand(message, data->value, hosts);

		return truth == EXIM_YES && hosts->length == 0 ? EXIM_NO
							       : truth;
	}
	/* Rules are apart by semicolons: "pattern hosts options". */
	while (list.length > 0) {
		str_cut(list, ';', &rule, &list);
		rule = str_trim(rule);
		size_t at = 0;
		while (at < rule.length && rule.data[at] != ' ' &&
		    rule.data[at] != '\t')
			at++;
		enum exim_truth truth = exim_match_domain(message,
		    str_slice(rule, 0, at), message->domain);
		*hosts = str_trim(str_slice(rule, at, rule.length));
		if (truth != EXIM_NO)
			return truth;
	}
	return EXIM_NO;
}
