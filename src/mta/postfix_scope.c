/*
 * postfix_scope.c - the effective value of a parameter.
 */
#include "mta/postfix_scope.h"

#include "mta/postfix_defaults.h"
#include "mta/postfix_expand.h"

#include <string.h>

/* What an expansion needs: names are found in a scope, texts in an arena. */
struct finder {
	const struct postfix_scope *scope;
	struct arena *arena;
	bool making_myhostname; /* then mydomain has no default */
};

/* Where a built-in value is not a constant. */
struct computed {
	struct str name;
	bool (*compute)(const struct finder *finder, struct str *value);
};

static bool find_raw(const struct finder *finder, struct str name,
    struct postfix_value *value);
static bool find_written(const struct finder *finder, struct str name,
    struct postfix_value *value);
static bool find_for_expansion(void *state, struct str name, struct str *text);

bool
postfix_version_parse(struct str text, unsigned *version)
{
	struct str major, minor, rest;
	unsigned long high, low;

	str_cut(text, '.', &major, &rest);
	/* Before a patch level, or the date of a snapshot. */
	str_cut(rest, '.', &minor, &rest);
	str_cut(minor, '-', &minor, &rest);
	if (!str_number(major, 99, &high) || !str_number(minor, 99, &low))
		return false;
	*version = (unsigned)(high * 100 + low);
	return true;
}

/* Postfix src/global/mail_params.c, check_myhostname(). */
static bool
compute_myhostname(const struct finder *finder, struct str *value)
{
	struct str name = finder->scope->site->hostname;
	struct postfix_value domain;

	*value = name;
	if (str_has(name, '.'))
		return true;
	/* Not its default, which is made of this one. */
	if (!find_written(finder, STR("mydomain"), &domain))
		domain.raw = STR("localdomain");
	*value = str_from(arena_print(finder->arena, STR_FORMAT "." STR_FORMAT,
	    STR_ARGS(name), STR_ARGS(domain.raw)));
	return true;
}

/* myhostname as it is when Postfix makes mydomain of it. */
static struct str
early_myhostname(const struct finder *finder)
{
	struct finder early = { finder->scope, finder->arena, true };
	struct postfix_names names = {
		.state = &early,
		.find = find_for_expansion,
	};
	struct postfix_value host = { .raw = STR("") };
	struct error error;
	bool beyond;

	find_raw(&early, STR("myhostname"), &host);
	if (!postfix_expand(host.raw, &names, finder->arena, &host.text,
		&beyond, &error))
		return STR("");
	return host.text;
}

/* check_mydomainname(): myhostname without its first label. */
static bool
compute_mydomain(const struct finder *finder, struct str *value)
{
	struct str label;

	if (finder->making_myhostname)
		return false;
	if (!str_cut(early_myhostname(finder), '.', &label, value))
		*value = STR("localdomain");
	return true;
}

static bool
compute_config_directory(const struct finder *finder, struct str *value)
{
	*value = finder->scope->site->config_directory;
	return true;
}

static bool
compute_mail_version(const struct finder *finder, struct str *value)
{
	*value = finder->scope->site->mail_version;
	return true;
}

static bool
compute_mynetworks(const struct finder *finder, struct str *value)
{
	*value = finder->scope->site->mynetworks;
	return true;
}

static bool
compute_service_name(const struct finder *finder, struct str *value)
{
	if (finder->scope->service == NULL)
		return false;
	*value = finder->scope->service->name;
	return true;
}

static bool
compute_process_name(const struct finder *finder, struct str *value)
{
	if (finder->scope->service == NULL)
		return false;
	*value = finder->scope->service->command;
	return true;
}

static const struct computed computed[] = {
	{ STR_INIT("config_directory"), compute_config_directory },
	{ STR_INIT("mail_version"), compute_mail_version },
	{ STR_INIT("mydomain"), compute_mydomain },
	{ STR_INIT("myhostname"), compute_myhostname },
	{ STR_INIT("mynetworks"), compute_mynetworks },
	{ STR_INIT("process_name"), compute_process_name },
	{ STR_INIT("service_name"), compute_service_name },
};

static bool
find_default(const struct finder *finder, struct str name, struct str *value)
{
	for (size_t i = 0; i < sizeof(computed) / sizeof(computed[0]); i++)
		if (str_equal(name, computed[i].name))
			return computed[i].compute(finder, value);
	return postfix_default_find(name, finder->scope->site->version, value);
}

bool
postfix_scope_has_default(const struct postfix_scope *scope, struct str name)
{
	struct str value;

	for (size_t i = 0; i < sizeof(computed) / sizeof(computed[0]); i++)
		if (str_equal(name, computed[i].name))
			return true;
	return postfix_default_find(name, scope->site->version, &value);
}

/* Finds what a file says. */
static bool
find_written(const struct finder *finder, struct str name,
    struct postfix_value *value)
{
	const struct postfix_scope *scope = finder->scope;
	const struct postfix_override *override = NULL;
	const struct postfix_setting *setting;

	*value = (struct postfix_value){ .origin = POSTFIX_FROM_NOWHERE };
	if (scope->service != NULL)
		override = postfix_service_override(scope->service, name);
	if (override != NULL) {
		value->raw = override->value;
		value->origin = POSTFIX_FROM_MASTER;
		value->place =
		    (struct place){ scope->master_path, override->line };
		return true;
	}
	setting = postfix_main_find(scope->main, name);
	if (setting == NULL)
		return false;
	value->raw = setting->value;
	value->origin = POSTFIX_FROM_MAIN;
	value->place = postfix_setting_place(scope->main, setting, 0);
	return true;
}

/* Finds the text that counts, and where it stands. */
static bool
find_raw(const struct finder *finder, struct str name,
    struct postfix_value *value)
{
	if (find_written(finder, name, value))
		return true;
	if (!find_default(finder, name, &value->raw))
		return false;
	value->origin = POSTFIX_FROM_DEFAULT;
	return true;
}

static bool
find_for_expansion(void *state, struct str name, struct str *text)
{
	struct postfix_value value;

	if (!find_raw(state, name, &value))
		return false;
	*text = value.raw;
	return true;
}

/* A default that is another parameter's value is found where that stands. */
static struct place
place_of_default(const struct finder *finder, struct str raw)
{
	struct postfix_value value = { .raw = raw };

	for (int i = 0; i < POSTFIX_EXPAND_DEPTH; i++) {
		struct str name = str_slice(value.raw, 1, value.raw.length);

		if (!str_starts(value.raw, STR("$")) || str_has(name, ' ') ||
		    !find_raw(finder, name, &value) || value.place.file != NULL)
			break;
	}
	return value.place;
}

bool
postfix_scope_value(const struct postfix_scope *scope, struct str name,
    struct arena *arena, struct postfix_value *value, struct error *error)
{
	struct finder finder = {
		.scope = scope,
		.arena = arena,
		.making_myhostname = str_equal(name, STR("myhostname")),
	};
	struct postfix_names names = {
		.state = &finder,
		.find = find_for_expansion,
	};

	if (!find_raw(&finder, name, value)) {
		value->text = STR("");
		return true;
	}
	if (value->origin == POSTFIX_FROM_DEFAULT)
		value->place = place_of_default(&finder, value->raw);
	if (postfix_expand(value->raw, &names, arena, &value->text,
		&value->beyond, error))
		return true;
	error_prefix(error, STR_FORMAT, STR_ARGS(name));
	if (value->place.file != NULL)
		error_prefix(error, "%s:%u", value->place.file,
		    value->place.line);
	return false;
}
