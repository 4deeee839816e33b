/*
 * aliases_sendmail.c - where mail for a name ends: as Sendmail delivers it.
 *
 * What has no domain, or one of class w, is local: it goes through the files
 * of AliasFile, then to ~/.forward. With a mail hub ($H) names that are no
 * alias go there. The virtual user table is for addresses with a domain.
 */
#include "mta/aliases.h"

#include "base/buf.h"
#include "mta/postfix_table.h"
#include "mta/sendmail.h"

#include <string.h>

struct sendmail_walk {
	const struct sendmail *sendmail;
	struct str files; /* AliasFile */
	struct place files_place;
	struct str forward;
};

static const struct sendmail_walk *
of(const struct alias_walk *walk)
{
	return walk->state;
}

static enum lookup
is_local(struct alias_walk *walk, struct str domain)
{
	const struct sendmail *sendmail = of(walk)->sendmail;

	if (domain.length > 1 && domain.data[0] == '[' &&
	    domain.data[domain.length - 1] == ']')
		domain = str_slice(domain, 1, domain.length - 1);
	if (str_ends(domain, STR(".")))
		domain.length--;
	return sendmail_class_has(sendmail_class_find(&sendmail->classes,
				      STR("w")),
	    domain, NULL);
}

static void
settle(struct alias_walk *walk, struct alias_node *node)
{
	node->local = arena_lower(walk->arena, node->local);
	node->domain = arena_lower(walk->arena, node->domain);
	if (node->domain.length > 0 &&
	    is_local(walk, node->domain) == LOOKUP_FOUND)
		node->domain = STR("");
}

/* The source of a file of aliases, if it was never built. */
static void
find_in_source(struct alias_walk *walk, struct str path, struct str key,
    struct postfix_answer *answer)
{
	const char *name = arena_copy(walk->arena, path).data;
	const char *shown = tree_shown(walk->tree, name);
	struct alias_entries entries;
	struct error error = { "" };
	struct str text;
	enum lookup found =
	    tree_read(walk->tree, name, 0, walk->arena, &text, &error);

	answer->place = (struct place){ shown, 0 };
	if (found != LOOKUP_FOUND) {
		answer->found =
		    found == LOOKUP_MISSING ? POSTFIX_MISSING : POSTFIX_UNKNOWN;
		answer->reason = arena_print(walk->arena, "%s", error.text);
		return;
	}
	walk->route->unbuilt = shown;
	aliases_text_read(shown, text, ALIASES_SENDMAIL, walk->arena, &entries);
	const struct alias_entry *entry = aliases_text_find(&entries, key);
	answer->found = entry == NULL ? POSTFIX_MISSING : POSTFIX_FOUND;
	if (entry != NULL) {
		answer->value = entry->value;
		answer->place = entry->place;
	}
}

/* One of AliasFile: "/etc/aliases", or "type:-flags path". */
static void
find_in_file(struct alias_walk *walk, struct str file, struct str key,
    struct postfix_answer *answer)
{
	static const struct str hash = STR_INIT("hash");
	struct str type = hash, path = file, rest;
	struct stat status;
	struct error error;

	if (file.length > 0 && file.data[0] != '/')
		str_cut(file, ':', &type, &path);
	for (path = str_trim(path); path.length > 0 && path.data[0] == '-';
	     path = str_trim(path))
		if (!str_cut(path, ' ', &rest, &path))
			break;
	*answer = (struct postfix_answer){ .found = POSTFIX_UNKNOWN,
		.place = of(walk)->files_place };
	if (!str_equal(type, hash) && !str_equal(type, STR("btree"))) {
		answer->reason = arena_print(walk->arena,
		    "a map of type " STR_FORMAT " cannot be read",
		    STR_ARGS(type));
		return;
	}
	const char *built =
	    arena_print(walk->arena, STR_FORMAT ".db", STR_ARGS(path));
	if (tree_stat(walk->tree, built, &status, &error) == LOOKUP_MISSING) {
		find_in_source(walk, path, key, answer);
		return;
	}
	struct postfix_table *table =
	    postfix_table_open(of(walk)->sendmail->tables,
		str_from(arena_print(walk->arena, STR_FORMAT ":" STR_FORMAT,
		    STR_ARGS(type), STR_ARGS(path))));
	postfix_table_find(table, key, walk->arena, answer);
	if (answer->found == POSTFIX_BROKEN)
		answer->found = POSTFIX_UNKNOWN;
}

static void
find_alias(struct alias_walk *walk, struct str key,
    struct postfix_answer *answer)
{
	struct str rest = of(walk)->files, file;

	*answer = (struct postfix_answer){ .found = POSTFIX_MISSING };
	while (rest.length > 0 && answer->found == POSTFIX_MISSING) {
		str_cut(rest, ',', &file, &rest);
		file = str_trim(file);
		if (file.length > 0)
			find_in_file(walk, file, key, answer);
	}
}

/* A macro of sendmail.cf: H is the hub for local names, L for others. */
static struct str
macro(struct alias_walk *walk, const char *name)
{
	const struct sendmail *sendmail = of(walk)->sendmail;
	const struct sendmail_names names = { &sendmail->site,
		sendmail_site_macro };
	const struct sendmail_line *line =
	    sendmail_cf_macro(&sendmail->cf, str_from(name));
	struct str value;

	if (line == NULL ||
	    !sendmail_cf_expand(&sendmail->cf, NULL, &names, line->value,
		walk->arena, &value))
		return STR("");
	return str_trim(value);
}

/* "relay:hub.example.com" or "hub.example.com". */
static bool
goes_to(struct alias_walk *walk, const struct alias_node *node,
    const char *name)
{
	struct str host = macro(walk, name), mailer;

	if (host.length == 0)
		return false;
	str_cut_last(host, ':', &mailer, &host);
	if (host.length == 0)
		host = mailer;
	if (is_local(walk, host) == LOOKUP_FOUND)
		return false;
	alias_walk_end(walk, node, ALIAS_OFFHOST,
	    str_from(arena_print(walk->arena, STR_FORMAT "@" STR_FORMAT,
		STR_ARGS(node->local), STR_ARGS(host))),
	    node->place, arena_print(walk->arena, "by the mail hub D%s", name));
	return true;
}

/* ForwardPath has $z for the home, $u for the user, $w for the host. */
static const char *
forward_path(struct alias_walk *walk, struct str path,
    const struct host_user *user)
{
	char text[1024];
	struct buf buf = BUF(text);

	for (size_t at = 0; at < path.length; at++) {
		char next = at + 1 < path.length ? path.data[at + 1] : '\0';

		if (path.data[at] != '$') {
			buf_add_char(&buf, path.data[at]);
			continue;
		}
		at++;
		if (next == 'z')
			buf_add(&buf, user->home);
		else if (next == 'u')
			buf_add(&buf, user->name);
		else if (next == 'w')
			buf_add(&buf, of(walk)->sendmail->site.hostname);
		else
			return NULL;
	}
	return buf.full ? NULL : arena_copy(walk->arena, buf_str(&buf)).data;
}

static void
deliver(struct alias_walk *walk, const struct alias_node *node)
{
	const struct host_user *user =
	    host_users_find(&walk->users, node->local);
	struct str rest = of(walk)->forward, path;

	while (user != NULL && !node->exact && rest.length > 0) {
		str_cut(rest, ':', &path, &rest);
		const char *name = forward_path(walk, str_trim(path), user);

		if (name != NULL &&
		    alias_walk_forward(walk, node, user, name, 0))
			return;
	}
	if (user == NULL && goes_to(walk, node, "L"))
		return;
	alias_walk_mailbox(walk, node, node->local, NULL);
}

static void
step(struct alias_walk *walk, const struct alias_node *node)
{
	struct postfix_answer answer = { .found = POSTFIX_MISSING };
	struct alias_by by = { "AliasFile", node->place, 0 };

	if (node->domain.length > 0) {
		bool sure = is_local(walk, node->domain) == LOOKUP_MISSING;

		alias_walk_end(walk, node, sure ? ALIAS_OFFHOST : ALIAS_UNKNOWN,
		    str_from(arena_print(walk->arena, STR_FORMAT "@" STR_FORMAT,
			STR_ARGS(node->local), STR_ARGS(node->domain))),
		    node->place,
		    sure ? NULL : "a part of class w cannot be read");
		return;
	}
	if (!node->exact)
		find_alias(walk, node->local, &answer);
	if (answer.found == POSTFIX_FOUND) {
		by.place = answer.place;
		alias_walk_value(walk, node, answer.value, &by);
	} else if (answer.found != POSTFIX_MISSING) {
		alias_walk_end(walk, node, ALIAS_UNKNOWN, node->local,
		    answer.place, answer.reason);
	} else if (node->exact || !goes_to(walk, node, "H")) {
		deliver(walk, node);
	}
}

void
aliases_sendmail_follow(const struct mta *mta, const struct mta_host *host,
    struct str name, struct alias_walk *walk)
{
	struct sendmail_walk state = { .sendmail = mta->sendmail };

	(void)host;
	/* Without the option there are no aliases; .forward is never off
	 * by itself: "$z/.forward" (Sendmail conf.c). */
	if (!sendmail_option(mta->sendmail, "AliasFile", &state.files,
		&state.files_place))
		state.files = STR("");
	/* As it is written: its macros are those of the recipient. */
	const struct sendmail_line *path =
	    sendmail_cf_option(&mta->sendmail->cf, STR("ForwardPath"));
	state.forward = path != NULL ? path->value : STR("$z/.forward");
	walk->state = &state;
	walk->dialect = ALIASES_SENDMAIL;
	walk->settle = settle;
	walk->step = step;
	alias_walk_run(walk, name);
}
