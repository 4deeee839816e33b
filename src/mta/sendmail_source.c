/*
 * sendmail_source.c - the lists of Sendmail as values of a policy file.
 */
#include "mta/sendmail_source.h"

#include "mta/sendmail_openings.h"
#include "table/set.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A value of the table, until all are counted. */
struct source_value {
	struct source_value *next;
	struct str text;
};

struct collecting {
	struct table_build *build;
	const struct sendmail *sendmail;
	struct source_value *first;
	struct source_value **end;
	const char *unknown; /* why there may be more */
};

/* What is asked. */
struct opened {
	const struct set *set;
	bool unknown;
};

static void warn(const struct collecting *collecting, struct place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
warn(const struct collecting *collecting, struct place place,
    const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	problems_warning(collecting->build->problems,
	    place.file != NULL ? place : collecting->build->place,
	    "sendmail:" STR_FORMAT ": %s",
	    STR_ARGS(collecting->build->argument), text);
}

static void
add_value(struct collecting *collecting, const char *before, struct str text)
{
	struct source_value *value =
	    arena_alloc(collecting->build->load, sizeof(*value));

	value->text = str_from(arena_print(collecting->build->load,
	    "%s" STR_FORMAT, before, STR_ARGS(text)));
	*collecting->end = value;
	collecting->end = &value->next;
}

static void
not_known(struct collecting *collecting, struct place place, const char *why)
{
	if (collecting->unknown == NULL)
		warn(collecting, place, "what it holds is not all known: %s",
		    why);
	collecting->unknown = why;
}

/* A domain, and with below what is below it. */
static void
add_domain(struct collecting *collecting, struct str name, bool below,
    bool top_level, struct place place)
{
	if (top_level) {
		warn(collecting, place,
		    "\"" STR_FORMAT "\" is a top-level domain: left out",
		    STR_ARGS(name));
		return;
	}
	if (name.length > 0 && name.data[0] == '.') {
		add_value(collecting, "", name);
		return;
	}
	add_value(collecting, "", name);
	if (below && name.length > 0 && name.data[0] != '[')
		add_value(collecting, ".", name);
}

static void
add_network(struct collecting *collecting, struct str word,
    const struct netblock *block, struct place place)
{
	enum {
		MAPPED = 96, /* bits before the IPv4 part */
	};
	char bytes[64];
	struct buf buf = BUF(bytes);
	bool ipv4 = block->address.bytes[10] == 0xff;

	if (!table_ceiling_holds(collecting->build->options->ceiling, block)) {
		warn(collecting, place,
		    STR_FORMAT " reaches beyond networks_ceiling: left out",
		    STR_ARGS(word));
		return;
	}
	sendmail_print_address(&block->address, &buf);
	buf_print(&buf, "/%u", ipv4 ? block->prefix - MAPPED : block->prefix);
	struct str text = buf_str(&buf);
	if (!ipv4)
		text = str_slice(text, sizeof("IPv6:") - 1, text.length);
	add_value(collecting, "", text);
}

/* Of what opens the relay, the part that the list is about. */
static void
add_openings(struct collecting *collecting, const struct openings *openings)
{
	bool networks = collecting->build->subject == TABLE_NETWORKS;

	for (const struct sendmail_opening *opening = openings->first;
	     opening != NULL; opening = opening->next) {
		if (networks && opening->who == SENDMAIL_NETWORK)
			add_network(collecting, opening->value, &opening->block,
			    opening->place);
		if (networks || opening->who != SENDMAIL_ANYONE)
			continue;
		if (opening->where == SENDMAIL_DOMAIN)
			add_domain(collecting, opening->value, opening->below,
			    opening->top_level, opening->place);
		else if (opening->where == SENDMAIL_ADDRESS)
			add_value(collecting, "", opening->value);
	}
	for (const struct sendmail_doubt *doubt = openings->doubts;
	     doubt != NULL; doubt = doubt->next)
		not_known(collecting, doubt->place, doubt->text);
}

/* Whether relay_hosts_only keeps class R from matching what is below. */
static bool
matches_below(const struct sendmail *sendmail)
{
	const struct sendmail_ruleset *ruleset =
	    sendmail_cf_ruleset(&sendmail->cf, STR("Rcpt_ok"));

	for (size_t i = 0; ruleset != NULL && i < ruleset->count; i++)
		if (str_ends(ruleset->rules[i]->name, STR("$* $=R >")))
			return true;
	return false;
}

static void
add_relay_class(struct collecting *collecting)
{
	struct openings openings;

	openings_init(&openings, collecting->sendmail, collecting->build->load);
	openings_add_domains(&openings, STR("R"),
	    matches_below(collecting->sendmail));
	openings_add_networks(&openings);
	add_openings(collecting, &openings);
}

static void
add_access(struct collecting *collecting)
{
	struct openings openings;

	openings_init(&openings, collecting->sendmail, collecting->build->load);
	openings_add_access(&openings,
	    collecting->build->subject == TABLE_NETWORKS ? OPENINGS_CONNECT
							 : OPENINGS_TO);
	add_openings(collecting, &openings);
}

/* Words of a class that are matched as they are. */
static void
add_class(struct collecting *collecting, struct str name)
{
	const struct sendmail_class *class;

	if (name.length > 2 && name.data[0] == '{')
		name = str_slice(name, 1, name.length - 1);
	class = sendmail_class_find(&collecting->sendmail->classes, name);
	for (size_t i = 0; i < class->count; i++) {
		struct str word = class->members[i].word;
		struct netblock block;

		if (collecting->build->subject != TABLE_NETWORKS)
			add_value(collecting, "", word);
		else if (word.length > 2 && word.data[0] == '[' &&
		    sendmail_member_block(str_slice(word, 1, word.length - 1),
			&block))
			add_network(collecting, word, &block,
			    class->members[i].place);
	}
	if (class->unknown != NULL)
		not_known(collecting, class->unknown_place, class->unknown);
}

static void
collect(struct collecting *collecting)
{
	struct str name = collecting->build->argument;
	bool all = str_equal(name, STR("mta"));

	if (all || str_equal(name, STR("R")))
		add_relay_class(collecting);
	if (all || str_equal(name, STR("access")))
		add_access(collecting);
	if (all)
		add_class(collecting, STR("w"));
	else if (!str_equal(name, STR("R")) && !str_equal(name, STR("access")))
		add_class(collecting, name);
}

static void *
finish(struct collecting *collecting, struct error *error)
{
	struct table_build *build = collecting->build;
	struct set_size size = { .subject = build->subject };
	struct opened *opened = arena_alloc(build->arena, sizeof(*opened));
	struct error ignored;

	for (const struct source_value *value = collecting->first;
	     value != NULL; value = value->next)
		if (!set_is_pattern(value->text))
			set_count(&size, value->text);
	struct set *set =
	    set_new(&size, true, build->arena, build->load, error);
	if (set == NULL)
		return NULL;
	/* What is no value of the subject matches nothing in Sendmail. */
	for (const struct source_value *value = collecting->first;
	     value != NULL; value = value->next)
		if (!set_is_pattern(value->text))
			set_add(set, value->text, &ignored);
	if (!set_finish(set, error))
		return NULL;
	*opened = (struct opened){ set, collecting->unknown != NULL };
	return opened;
}

/* Whether there is a Sendmail at all; the file is followed if not. */
static enum lookup
is_there(const struct mta_host *host, const char *path, struct error *error)
{
	struct stat status;

	return tree_stat(host->tree, path, &status, error);
}

void *
sendmail_source_open(const void *state, struct table_build *build,
    struct error *error)
{
	const struct sendmail_source *source = state;
	const struct mta_host host = {
		.tree = tree_new(build->load, NULL, build->options->files),
		.network = build->options->host,
		.hostname = source->hostname,
	};
	struct collecting collecting = { .build = build };
	struct sendmail *sendmail;

	collecting.end = &collecting.first;
	if (build->subject == TABLE_WORDS) {
		error_write(error, "lists of Sendmail hold no such words");
		return NULL;
	}
	bool all = str_equal(build->argument, STR("mta"));
	if (all && is_there(&host, source->path, error) == LOOKUP_MISSING)
		return finish(&collecting, error);
	if (!sendmail_read(&host, source->path, build->load, &sendmail,
		error)) {
		error_prefix(error, "%s", source->path);
		/* Nobody has named it: it must not keep a policy from force. */
		if (!all)
			return NULL;
		not_known(&collecting, build->place,
		    arena_print(build->load, "%s", error->text));
		return finish(&collecting, error);
	}
	collecting.sendmail = sendmail;
	collect(&collecting);
	return finish(&collecting, error);
}

enum lookup
sendmail_source_find(const void *state, struct table_scratch *scratch,
    struct str *found)
{
	const struct opened *opened = state;
	enum lookup result = set_find(opened->set, scratch, found);

	if (result == LOOKUP_MISSING && opened->unknown)
		return LOOKUP_FAILED;
	return result;
}
