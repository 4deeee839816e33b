/*
 * postfix_names.c - which settings of main.cf anybody asks for.
 *
 * A name that is not built in counts if a value mentions it, if it is a class
 * of restrictions, or if a service or an old-style table makes it (Postfix
 * src/postconf/postconf_user.c, postconf_service.c, postconf_dbms.c).
 */
#include "mta/postfix_internal.h"

#include "base/ascii.h"
#include "mta/postfix_defaults.h"
#include "mta/postfix_list.h"

#include <stdlib.h>
#include <string.h>

/* What every delivery agent has under the name of its service. */
static const char *const agent_suffixes[] = {
	"_delivery_slot_cost",
	"_delivery_slot_discount",
	"_delivery_slot_loan",
	"_destination_concurrency_failed_cohort_limit",
	"_destination_concurrency_limit",
	"_destination_concurrency_negative_feedback",
	"_destination_concurrency_positive_feedback",
	"_destination_rate_delay",
	"_destination_recipient_limit",
	"_extra_recipient_limit",
	"_initial_destination_concurrency",
	"_minimum_delivery_slots",
	"_recipient_limit",
	"_recipient_refill_delay",
	"_recipient_refill_limit",
	"_transport_rate_delay",
};

static const char *const agents[] = {
	"error",
	"lmtp",
	"local",
	"pipe",
	"smtp",
	"virtual",
};

/* Tables whose parameters may stand in main.cf, under the table's name. */
static const char *const database_types[] = {
	"ldap:",
	"mongodb:",
	"mysql:",
	"pgsql:",
	"sqlite:",
	"memcache:",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Names that are asked for; sorted when all have been collected. */
struct names {
	struct arena *arena;
	struct str *list;
	size_t count;
	size_t capacity;
};

static void
add(struct names *names, struct str name)
{
	if (name.length == 0)
		return;
	if (names->count == names->capacity) {
		size_t capacity = 2 * names->capacity + 64;
		struct str *more =
		    arena_alloc(names->arena, capacity * sizeof(*more));

		if (names->count > 0)
			memcpy(more, names->list, names->count * sizeof(*more));
		names->list = more;
		names->capacity = capacity;
	}
	names->list[names->count++] = name;
}

/* The names that a value mentions: $name, ${name…}, $(name). */
static void
add_mentioned(struct names *names, struct str text)
{
	for (size_t i = 0; i + 1 < text.length; i++) {
		size_t start, end;

		if (text.data[i] != '$')
			continue;
		start = i + 1;
		if (text.data[start] == '$') {
			i = start;
			continue;
		}
		if (text.data[start] == '{' || text.data[start] == '(')
			start++;
		while (start < text.length &&
		    (text.data[start] == ' ' || text.data[start] == '\t'))
			start++;
		for (end = start; end < text.length; end++)
			if (!ascii_is_word(text.data[end]))
				break;
		add(names, str_slice(text, start, end));
	}
}

/* "foo_" of ldap:foo, since it is a prefix; told from names by its end. */
static void
add_databases(struct names *names, struct str text)
{
	struct str token, rest = text;

	while (postfix_list_next(&rest, &token)) {
		if (str_starts(token, STR("proxy:")))
			token = str_slice(token, 6, token.length);
		for (size_t i = 0; i < COUNT(database_types); i++) {
			struct str type = str_from(database_types[i]);

			if (str_starts(token, type) &&
			    token.length > type.length &&
			    token.data[type.length] != '/')
				add(names,
				    str_slice(token, type.length,
					token.length));
		}
	}
}

static int
compare(const void *a, const void *b)
{
	const struct str *x = a;
	const struct str *y = b;
	size_t shorter = x->length < y->length ? x->length : y->length;
	int order = shorter > 0 ? memcmp(x->data, y->data, shorter) : 0;

	if (order != 0 || x->length == y->length)
		return order;
	return x->length < y->length ? -1 : 1;
}

static bool
has(const struct names *names, struct str name)
{
	return names->count > 0 &&
	    bsearch(&name, names->list, names->count, sizeof(name), compare) !=
	    NULL;
}

/* Whether it is the name of a parameter of a table that is in the list. */
static bool
is_of_database(const struct names *databases, struct str name)
{
	for (size_t i = 0; i < databases->count; i++) {
		struct str table = databases->list[i];

		if (name.length > table.length + 1 && str_starts(name, table) &&
		    name.data[table.length] == '_')
			return true;
	}
	return false;
}

static bool
is_of_service(const struct postfix_service *service, struct str name)
{
	struct str suffix;
	bool timed = str_equal(service->command, STR("pipe")) ||
	    str_equal(service->command, STR("spawn"));

	if (!str_starts(name, service->name))
		return false;
	suffix = str_slice(name, service->name.length, name.length);
	if (timed && str_equal(suffix, STR("_time_limit")))
		return true;
	for (size_t i = 0; i < COUNT(agents); i++) {
		if (!str_equal(service->command, str_from(agents[i])))
			continue;
		for (size_t k = 0; k < COUNT(agent_suffixes); k++)
			if (str_equal(suffix, str_from(agent_suffixes[k])))
				return true;
	}
	return false;
}

/* What is built in, and what the services make. */
static bool
is_known(const struct postfix *postfix, struct str name)
{
	if (postfix_scope_has_default(&postfix->scope, name))
		return true;
	for (size_t i = 0; i < postfix->master.count; i++)
		if (is_of_service(&postfix->master.services[i], name))
			return true;
	return false;
}

static void
add_values(const struct postfix *postfix, struct names *names,
    struct names *databases)
{
	for (size_t i = 0; i < postfix->main.sorted_count; i++) {
		struct str value = postfix->main.sorted[i]->value;

		add_mentioned(names, value);
		add_databases(databases, value);
	}
	for (size_t i = 0; i < postfix->master.count; i++) {
		const struct postfix_service *service =
		    &postfix->master.services[i];

		for (size_t k = 0; k < service->override_count; k++) {
			add_mentioned(names, service->overrides[k].value);
			add_databases(databases, service->overrides[k].value);
		}
	}
}

/* What the defaults of what is not set mention: ${virtual_maps}. */
static void
add_defaults(const struct postfix *postfix, struct names *names)
{
	static const struct {
		const struct postfix_default *rows;
		const size_t *count;
	} parts[] = {
		{ postfix_defaults_a, &postfix_defaults_a_count },
		{ postfix_defaults_m, &postfix_defaults_m_count },
		{ postfix_defaults_s, &postfix_defaults_s_count },
	};

	for (size_t i = 0; i < COUNT(parts); i++)
		for (size_t k = 0; k < *parts[i].count; k++) {
			const struct postfix_default *row = &parts[i].rows[k];

			if (postfix_main_find(&postfix->main,
				str_from(row->name)) == NULL)
				add_mentioned(names, str_from(row->value));
		}
}

static void
add_classes(const struct postfix *postfix, struct names *names)
{
	struct postfix_value value;
	struct error error;
	struct str rest, token;

	if (!postfix_value(postfix, NULL, "smtpd_restriction_classes", &value,
		&error))
		return;
	rest = value.text;
	while (postfix_list_next(&rest, &token))
		add(names, token);
}

void
postfix_find_unused(struct postfix *postfix)
{
	struct names names = { .arena = postfix->arena };
	struct names databases = { .arena = postfix->arena };
	bool *unused = arena_alloc(postfix->arena,
	    postfix->main.sorted_count * sizeof(*unused) + 1);

	add_values(postfix, &names, &databases);
	add_defaults(postfix, &names);
	add_classes(postfix, &names);
	if (names.count > 0)
		qsort(names.list, names.count, sizeof(*names.list), compare);
	for (size_t i = 0; i < postfix->main.sorted_count; i++) {
		const struct postfix_setting *setting = postfix->main.sorted[i];

		if (is_known(postfix, setting->name) ||
		    has(&names, setting->name) ||
		    is_of_database(&databases, setting->name))
			continue;
		unused[i] = true;
		problems_warning(&postfix->problems,
		    postfix_setting_place(&postfix->main, setting, 0),
		    "nothing asks for " STR_FORMAT
		    ": it is no parameter of Postfix " STR_FORMAT,
		    STR_ARGS(setting->name),
		    STR_ARGS(postfix->site.mail_version));
	}
	postfix->unused = unused;
}
