/*
 * postfix.c - one Postfix instance as it is really configured.
 */
#include "mta/postfix.h"

#include "mta/postfix_internal.h"
#include "mta/postfix_list.h"
#include "mta/postfix_network.h"
#include "mta/postfix_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define USUAL_DIRECTORY "/etc/postfix"

/* The line that every stock master.cf has. */
static const struct str stock_master = STR_INIT("smtp inet n - y - - smtpd\n");

/* An error's text without the place before it, which is told beside it. */
static const char *
after_place(const char *text, struct place place)
{
	char prefix[512];
	size_t length;

	if (place.file == NULL)
		return text;
	snprintf(prefix, sizeof(prefix), "%s:%u: ", place.file, place.line);
	length = strlen(prefix);
	return strncmp(text, prefix, length) == 0 ? text + length : text;
}

bool
postfix_dies(struct postfix *postfix, struct place place, const char *format,
    ...)
{
	char buffer[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, sizeof(buffer), format, arguments);
	va_end(arguments);
	const char *text = after_place(buffer, place);
	problems_error(&postfix->problems, place, "%s", text);
	if (postfix->fatal == NULL && postfix->unread == NULL) {
		postfix->fatal = arena_print(postfix->arena, "%s", text);
		postfix->fatal_place = place;
	}
	return false;
}

void
postfix_doubt(struct postfix *postfix, struct place place, const char *format,
    ...)
{
	char buffer[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, sizeof(buffer), format, arguments);
	va_end(arguments);
	const char *text = after_place(buffer, place);
	problems_error(&postfix->problems, place, "%s", text);
	if (postfix->unsure == NULL) {
		postfix->unsure = arena_print(postfix->arena, "%s", text);
		postfix->unsure_place = place;
	}
}

/* A file of the configuration; empty where there is none, or none to read. */
static enum lookup
read_text(struct postfix *postfix, const char *name, const char **shown,
    struct str *text)
{
	const char *path =
	    arena_print(postfix->arena, "%s/%s", postfix->directory, name);
	struct error error;

	*shown = tree_shown(postfix->host->tree, path);
	*text = STR("");
	enum lookup found = tree_read(postfix->host->tree, path, 0,
	    postfix->arena, text, &error);
	if (found != LOOKUP_FAILED)
		return found;
	postfix->unread_place = (struct place){ *shown, 0 };
	postfix->unread =
	    arena_print(postfix->arena, "cannot be read: %s", error.text);
	postfix_doubt(postfix, postfix->unread_place, "%s", postfix->unread);
	return found;
}

/* What the readers of the two files have found to be fatal. */
static void
take_fatal(struct postfix *postfix)
{
	if (!postfix->main.fatal && !postfix->master.fatal)
		return;
	for (const struct problem *problem = postfix->problems.first;
	     problem != NULL; problem = problem->next)
		if (problem->kind == PROBLEM_ERROR &&
		    (postfix->unsure == NULL ||
			strcmp(problem->text, postfix->unsure) != 0)) {
			postfix->fatal = problem->text;
			postfix->fatal_place = problem->place;
			return;
		}
}

static bool
read_files(struct postfix *postfix, struct error *error)
{
	const char *main_path, *master_path;
	struct str main_text, master_text;
	enum lookup main =
	    read_text(postfix, "main.cf", &main_path, &main_text);
	enum lookup master =
	    read_text(postfix, "master.cf", &master_path, &master_text);

	if (main == LOOKUP_MISSING && master == LOOKUP_MISSING)
		return error_set(error, "%s: No such file or directory",
		    main_path);
	if (master == LOOKUP_MISSING) {
		postfix->master_missing = true;
		master_text = stock_master;
	}
	postfix_main_read(main_path, main_text, postfix->arena, &postfix->main,
	    &postfix->problems);
	postfix_master_read(master_path, master_text, postfix->arena,
	    &postfix->master, &postfix->problems);
	take_fatal(postfix);
	if (main == LOOKUP_MISSING)
		postfix_dies(postfix, (struct place){ main_path, 0 },
		    "there is no main.cf: Postfix does not start");
	return true;
}

static void
find_site(struct postfix *postfix)
{
	postfix->site = (struct postfix_site){
		.hostname = postfix->host->hostname,
		.config_directory = str_from(postfix->directory),
	};
	postfix->scope = (struct postfix_scope){
		.main = &postfix->main,
		.master_path = postfix->master.path,
		.site = &postfix->site,
	};
	postfix_find_version(postfix);
}

/* proxy_interfaces: what is no address or name is left out. */
static void
find_proxies(struct postfix *postfix)
{
	struct postfix_addresses found = { NULL, 0, 0 };
	struct postfix_value value;
	struct error error;
	struct str rest, word;

	if (!postfix_value(postfix, NULL, "proxy_interfaces", &value, &error))
		return;
	rest = value.text;
	while (postfix_list_next(&rest, &word))
		if (postfix_name_find(postfix, word, postfix->ipv4,
			postfix->ipv6, postfix->arena, &found) != LOOKUP_FOUND)
			problems_warning(&postfix->problems, value.place,
			    "proxy_interfaces has " STR_FORMAT
			    ", which /etc/hosts does not know",
			    STR_ARGS(word));
	postfix->proxies = found.list;
	postfix->proxy_count = found.count;
}

static void
find_network(struct postfix *postfix)
{
	struct postfix_own own;
	struct error error;

	if (postfix_own_find(postfix, NULL, postfix->arena, &own, &error)) {
		if (own.unsure != NULL && !own.all)
			postfix_doubt(postfix, own.place, "%s", own.unsure);
	} else {
		postfix_dies(postfix, own.place, "%s", error.text);
	}
	postfix->own = own.list;
	postfix->own_count = own.count;
	postfix->own_all = own.all;
	postfix->own_unsure = own.unsure;
	postfix->ipv4 = own.ipv4;
	postfix->ipv6 = own.ipv6;
	find_proxies(postfix);
	if (!postfix_default_networks_text(postfix, NULL, postfix->arena,
		&postfix->site.mynetworks, &error))
		postfix->site.mynetworks = STR("");
}

static void
find_instance(struct postfix *postfix)
{
	struct postfix_value value;
	struct error error;

	postfix->instance = STR("-");
	if (postfix_value(postfix, NULL, "multi_instance_name", &value,
		&error) &&
	    value.text.length > 0)
		postfix->instance = value.text;
}

bool
postfix_read(const struct mta_host *host, const char *directory,
    struct arena *arena, struct postfix **result, struct error *error)
{
	struct postfix *postfix = arena_alloc(arena, sizeof(*postfix));

	postfix->arena = arena;
	postfix->host = host;
	postfix->directory = arena_print(arena, "%s", directory);
	problems_init(&postfix->problems, arena);
	if (!read_files(postfix, error))
		return false;
	find_site(postfix);
	postfix_check_bounds(postfix);
	postfix->tables = postfix_tables_new(arena, host->tree);
	find_network(postfix);
	find_instance(postfix);
	postfix_find_unused(postfix);
	postfix_check_start(postfix);
	postfix_check_endpoints(postfix);
	*result = postfix;
	return true;
}

struct postfix_scope
postfix_scope_of(const struct postfix *postfix,
    const struct postfix_service *service)
{
	struct postfix_scope scope = postfix->scope;

	scope.service = service;
	return scope;
}

bool
postfix_value(const struct postfix *postfix,
    const struct postfix_service *service, const char *name,
    struct postfix_value *value, struct error *error)
{
	struct postfix_scope scope = postfix_scope_of(postfix, service);

	if (!postfix_scope_value(&scope, str_from(name), postfix->arena, value,
		error))
		return false;
	/* A service may have another mynetworks_style. */
	if (service != NULL && value->origin == POSTFIX_FROM_DEFAULT &&
	    strcmp(name, "mynetworks") == 0)
		return postfix_default_networks_text(postfix, service,
		    postfix->arena, &value->text, error);
	return true;
}

bool
postfix_flag(const struct postfix *postfix,
    const struct postfix_service *service, const char *name, bool *flag,
    struct postfix_value *value, struct error *error)
{
	if (!postfix_value(postfix, service, name, value, error))
		return false;
	*flag = str_equal_nocase(value->text, STR("yes"));
	if (*flag || str_equal_nocase(value->text, STR("no")))
		return true;
	error_write(error, "%s is \"" STR_FORMAT "\", neither yes nor no", name,
	    STR_ARGS(value->text));
	if (value->place.file != NULL)
		error_prefix(error, "%s:%u", value->place.file,
		    value->place.line);
	return false;
}

/* Adds an instance that was read to the list. */
static void
add_instance(const struct postfix *postfix, struct arena *arena,
    struct mta_list *list)
{
	struct mta mta = {
		.kind = MTA_POSTFIX,
		.instance = postfix->instance,
		.version = postfix->site.mail_version,
		.config = tree_shown(postfix->host->tree, postfix->directory),
		.fatal = postfix->fatal,
		.fatal_place = postfix->fatal_place,
		.unread = postfix->unread,
		.unread_place = postfix->unread_place,
		.unsure = postfix->unsure,
		.unsure_place = postfix->unsure_place,
		.problems = &postfix->problems,
		.postfix = postfix,
	};

	/* Not fatal for the model: a tree that was copied without master.cf
	 * is judged by the stock one, rather than as closed since nothing
	 * starts. */
	if (postfix->master_needed && mta.fatal == NULL) {
		mta.fatal = "there is no master.cf: Postfix does not start";
		mta.fatal_place = (struct place){ postfix->master.path, 0 };
	}
	mta_list_add(list, arena, &mta);
}

/* One of multi_instance_directories, if it is started. */
static void
add_other(struct postfix *first, struct str directory, struct place place,
    struct mta_list *list)
{
	struct postfix *postfix;
	struct postfix_value value;
	struct error error;
	bool enabled;
	const char *path = arena_copy(first->arena, directory).data;

	if (!postfix_read(first->host, path, first->arena, &postfix, &error)) {
		problems_error(&first->problems, place,
		    "an instance of multi_instance_directories: %s",
		    error.text);
		return;
	}
	if (!postfix_flag(postfix, NULL, "multi_instance_enable", &enabled,
		&value, &error) ||
	    enabled)
		add_instance(postfix, first->arena, list);
	else
		problems_warning(&first->problems, place,
		    "the instance in %s is not started: "
		    "its multi_instance_enable is no",
		    path);
}

static void
add_others(struct postfix *first, struct mta_list *list)
{
	struct postfix_value value;
	struct error error;
	struct str rest, word;

	if (!postfix_value(first, NULL, "multi_instance_directories", &value,
		&error))
		return;
	rest = value.text;
	while (postfix_list_next(&rest, &word))
		add_other(first, word, value.place, list);
}

static bool
read_postfix(const struct mta_host *host, const char *config,
    struct arena *arena, struct mta_list *list, struct error *error)
{
	struct postfix *postfix;
	struct mta_list others = { NULL, 0 };

	if (!postfix_read(host, config != NULL ? config : USUAL_DIRECTORY,
		arena, &postfix, error))
		return config == NULL;
	postfix->master_needed = postfix->master_missing && config == NULL;
	/* These may be problems of the first one, so they come before. */
	add_others(postfix, &others);
	add_instance(postfix, arena, list);
	for (size_t i = 0; i < others.count; i++)
		mta_list_add(list, arena, &others.mtas[i]);
	return true;
}

const struct mta_reader postfix_reader = {
	.kind = MTA_POSTFIX,
	.read = read_postfix,
};
