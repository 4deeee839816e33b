/*
 * aliases.c - where mail for a name ends on this host, and by which way.
 */
#include "mta/aliases.h"

#include "base/buf.h"

enum {
	CHAIN_TEXT = 1024,
};

static const char alias_by_forward[] = "~/.forward";

const char *
alias_end_name(enum alias_end end)
{
	switch (end) {
	case ALIAS_OFFHOST:
		return "off-host address";
	case ALIAS_LOGIN:
		return "login account";
	case ALIAS_ACCOUNT:
		return "local account";
	case ALIAS_SYSTEM:
		return "system account";
	case ALIAS_FILE:
		return "file";
	case ALIAS_PIPE:
		return "program";
	case ALIAS_NOWHERE:
		return "nowhere";
	case ALIAS_UNKNOWN:
		return "unknown";
	}
	return "";
}

static bool
same_name(const struct alias_node *a, const struct alias_node *b)
{
	return str_equal_nocase(a->local, b->local) &&
	    str_equal_nocase(a->domain, b->domain);
}

/* Adds the names of a chain, first one first, each once. */
static void
add_chain(const struct alias_node *node, struct buf *buf)
{
	if (node->from != NULL) {
		add_chain(node->from, buf);
		if (same_name(node, node->from) &&
		    node->exact == node->from->exact)
			return;
		buf_add(buf, STR(" -> "));
	}
	if (node->exact)
		buf_add_char(buf, '\\');
	if (node->file)
		buf_add(buf, STR(":include:"));
	buf_add_escaped(buf, node->local);
	if (node->domain.length == 0)
		return;
	buf_add_char(buf, '@');
	buf_add_escaped(buf, node->domain);
}

const char *
alias_chain(const struct alias_leaf *leaf, struct arena *arena)
{
	char text[CHAIN_TEXT];
	struct buf buf = BUF(text);

	add_chain(leaf->node, &buf);
	if (leaf->end == ALIAS_FILE || leaf->end == ALIAS_PIPE) {
		buf_add(&buf, STR(" -> "));
		if (leaf->end == ALIAS_PIPE)
			buf_add_char(&buf, '|');
		for (size_t i = 0; i < leaf->text.length; i++)
			buf_add_char(&buf,
			    leaf->text.data[i] < ' ' ? '?'
						     : leaf->text.data[i]);
	}
	return arena_copy(arena, buf_str(&buf)).data;
}

struct alias_leaf *
alias_walk_end(struct alias_walk *walk, const struct alias_node *from,
    enum alias_end end, struct str text, struct place place, const char *reason)
{
	struct alias_leaf *leaf = arena_alloc(walk->arena, sizeof(*leaf));

	*leaf = (struct alias_leaf){
		.end = end,
		.text = text,
		.node = from,
		.place = place,
		.reason = reason,
	};
	*walk->leaf_end = leaf;
	walk->leaf_end = &leaf->next;
	walk->route->count++;
	return leaf;
}

/* The same name at the same stage, in the way to a node or anywhere. */
static const struct alias_node *
ancestor(const struct alias_node *from, const struct alias_node *node)
{
	for (; from != NULL; from = from->from)
		if (from->stage == node->stage && same_name(from, node))
			return from;
	return NULL;
}

static bool
was_met(const struct alias_walk *walk, const struct alias_node *node)
{
	for (const struct alias_node *met = walk->first; met != NULL;
	     met = met->next)
		if (met->stage == node->stage && met->exact == node->exact &&
		    same_name(met, node))
			return true;
	return false;
}

static void
add_node(struct alias_walk *walk, const struct alias_node *node)
{
	if (walk->nodes == ALIAS_NODES)
		alias_walk_end(walk, node->from, ALIAS_UNKNOWN, STR(""),
		    node->place, "more names than are followed");
	if (walk->nodes++ >= ALIAS_NODES)
		return;
	struct alias_node *copy = arena_alloc(walk->arena, sizeof(*copy));
	*copy = *node;
	copy->next = NULL;
	*walk->end = copy;
	walk->end = &copy->next;
	if (walk->at == NULL)
		walk->at = copy;
}

/* What names a name, :include: files apart. */
static const struct alias_node *
namer(const struct alias_node *from)
{
	while (from != NULL && from->file)
		from = from->from;
	return from;
}

/*
 * Whether it is a mailbox that is meant: "root: root, ...", or the name of a
 * user whose .forward has been followed on the way.
 */
static bool
means_mailbox(const struct alias_node *before, const struct alias_node *from)
{
	const struct alias_node *child = NULL;

	if (before == namer(from))
		return true;
	for (; from != before; from = from->from)
		child = from;
	return child != NULL && child->by == alias_by_forward;
}

static void
add_name(struct alias_walk *walk, struct alias_node *node)
{
	if (walk->settle != NULL)
		walk->settle(walk, node);
	const struct alias_node *before = ancestor(node->from, node);

	if (before != NULL &&
	    (walk->goes_on || means_mailbox(before, node->from))) {
		node->exact = true;
	} else if (before != NULL && !node->exact) {
		alias_walk_end(walk, node->from, ALIAS_NOWHERE, node->local,
		    node->place, "a loop: this name leads back to itself");
		return;
	}
	if (!was_met(walk, node))
		add_node(walk, node);
}

void
alias_walk_name(struct alias_walk *walk, const struct alias_node *from,
    struct str local, struct str domain, const struct alias_by *by)
{
	struct alias_node node = {
		.from = from,
		.local = local,
		.domain = domain,
		.stage = by->stage,
		.by = by->by,
		.place = by->place,
	};

	add_name(walk, &node);
}

static void
add_include(struct alias_walk *walk, const struct alias_node *from,
    struct str path, const struct alias_by *by)
{
	struct alias_node node = {
		.from = from,
		.local = path,
		.file = true,
		.stage = by->stage,
		.by = by->by,
		.place = by->place,
	};

	if (!was_met(walk, &node))
		add_node(walk, &node);
}

static void
follow_include(struct alias_walk *walk, const struct alias_node *node)
{
	const char *path = arena_copy(walk->arena, node->local).data;
	struct error error = { "" };
	struct alias_by by = { ":include:", node->place, node->stage };
	struct str text;
	enum lookup found =
	    tree_read(walk->tree, path, 0, walk->arena, &text, &error);

	if (found == LOOKUP_FOUND) {
		alias_walk_lines(walk, node, path, text, &by);
		return;
	}
	alias_walk_end(walk, node,
	    found == LOOKUP_MISSING ? ALIAS_NOWHERE : ALIAS_UNKNOWN,
	    node->local, node->place,
	    arena_print(walk->arena, ":include:%s cannot be read: %s", path,
		found == LOOKUP_MISSING ? "it is not there" : error.text));
}

static void
add_address(struct alias_walk *walk, const struct alias_node *from,
    const struct alias_target *target, const struct alias_by *by)
{
	struct alias_node node = {
		.from = from,
		.local = target->local,
		.domain = target->domain,
		.exact = target->exact,
		.stage = by->stage,
		.by = by->by,
		.place = by->place,
	};

	add_name(walk, &node);
}

static void
add_file(struct alias_walk *walk, const struct alias_node *from,
    struct str path, const struct alias_by *by)
{
	if (str_equal(path, STR("/dev/null")))
		alias_walk_end(walk, from, ALIAS_NOWHERE, path, by->place,
		    "thrown away: /dev/null");
	else
		alias_walk_end(walk, from, ALIAS_FILE, path, by->place, NULL);
}

static void
target(struct alias_walk *walk, const struct alias_node *from,
    const struct alias_target *target, const struct alias_by *by)
{
	switch (target->kind) {
	case ALIAS_TARGET_ADDRESS:
		add_address(walk, from, target, by);
		break;
	case ALIAS_TARGET_FILE:
		add_file(walk, from, target->text, by);
		break;
	case ALIAS_TARGET_PIPE:
		alias_walk_end(walk, from, ALIAS_PIPE, target->text, by->place,
		    NULL);
		break;
	case ALIAS_TARGET_INCLUDE:
		add_include(walk, from, target->text, by);
		break;
	case ALIAS_TARGET_SPECIAL:
		alias_walk_end(walk, from, ALIAS_NOWHERE, target->text,
		    by->place,
		    arena_print(walk->arena, "thrown away or refused: %s",
			arena_copy(walk->arena, target->text).data));
		break;
	}
}

/* How many targets there were. */
static size_t
value(struct alias_walk *walk, const struct alias_node *from, struct str text,
    const struct alias_by *by)
{
	struct alias_target next;
	size_t count = 0;

	while (walk->nodes <= ALIAS_NODES &&
	    aliases_target_next(&text, walk->dialect, walk->arena, &next)) {
		target(walk, from, &next, by);
		count++;
	}
	return count;
}

void
alias_walk_value(struct alias_walk *walk, const struct alias_node *from,
    struct str text, const struct alias_by *by)
{
	if (value(walk, from, text, by) == 0)
		alias_walk_end(walk, from, ALIAS_NOWHERE, STR(""), by->place,
		    "it names nobody");
}

void
alias_walk_lines(struct alias_walk *walk, const struct alias_node *from,
    const char *path, struct str text, const struct alias_by *by)
{
	struct alias_lines lines = { text, 0 };
	struct str line;

	while (aliases_line_next(&lines, &line)) {
		struct alias_by here = *by;

		here.place = (struct place){ tree_shown(walk->tree, path),
			lines.number };
		value(walk, from, line, &here);
	}
}

/* The accounts that every host has, and in which nobody reads mail. */
static bool
is_system_name(struct str account)
{
	static const struct str names[] = { STR_INIT("root"), STR_INIT("bin"),
		STR_INIT("daemon"), STR_INIT("sys"), STR_INIT("adm"),
		STR_INIT("lp"), STR_INIT("mail"), STR_INIT("news"),
		STR_INIT("uucp"), STR_INIT("nobody"), STR_INIT("postfix"),
		STR_INIT("www-data"), STR_INIT("apache") };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(names[i], account))
			return true;
	return false;
}

/*
 * The mailbox of an account on a host whose accounts nobody has given: that
 * an alias names it stands in its files, whether it is there does not.
 */
static void
mailbox_elsewhere(struct alias_walk *walk, const struct alias_node *from,
    struct str account)
{
	const struct alias_node *first = from;

	while (first->from != NULL)
		first = first->from;
	if (is_system_name(account))
		alias_walk_end(walk, from, ALIAS_SYSTEM, account, from->place,
		    NULL);
	else if (str_equal_nocase(first->local, account))
		alias_walk_end(walk, from, ALIAS_UNKNOWN, account, from->place,
		    "no alias names it, and the accounts of that host are not "
		    "known here");
	else
		alias_walk_end(walk, from, ALIAS_ACCOUNT, account, from->place,
		    "if that host has it: its accounts are not known here");
}

void
alias_walk_mailbox(struct alias_walk *walk, const struct alias_node *from,
    struct str account, const char *how)
{
	const struct host_user *user = host_users_find(&walk->users, account);

	if (user != NULL) {
		bool person =
		    user->shell_opens && user->uid >= HOST_USER_PEOPLE;
		struct alias_leaf *leaf = alias_walk_end(walk, from,
		    person ? ALIAS_LOGIN : ALIAS_SYSTEM, user->name,
		    from->place, how);

		leaf->user = user;
	} else if (walk->users_found == LOOKUP_MISSING) {
		mailbox_elsewhere(walk, from, account);
	} else if (walk->users_found != LOOKUP_FOUND || !walk->users.complete) {
		alias_walk_end(walk, from, ALIAS_UNKNOWN, account, from->place,
		    "/etc/passwd does not tell whether there is this account");
	} else {
		alias_walk_end(walk, from, ALIAS_NOWHERE, account, from->place,
		    "there is no such account");
	}
}

/* The name after a $, with or without braces. */
static struct str
cut_variable(struct str *text)
{
	bool braces =
	    text->length > 0 && (text->data[0] == '{' || text->data[0] == '(');
	size_t start = braces ? 1 : 0, at = start;

	while (at < text->length &&
	    ((text->data[at] >= 'a' && text->data[at] <= 'z') ||
		text->data[at] == '_'))
		at++;
	struct str name = str_slice(*text, start, at);
	if (braces && at < text->length)
		at++;
	*text = str_slice(*text, at, text->length);
	return name;
}

const char *
alias_user_path(struct str path, const struct host_user *user,
    struct arena *arena)
{
	const struct {
		struct str name, value;
	} variables[] = {
		{ STR("home"), user->home },
		{ STR("user"), user->name },
		{ STR("local"), user->name },
		{ STR("recipient_delimiter"), STR("") },
		{ STR("extension"), STR("") },
	};
	char text[CHAIN_TEXT];
	struct buf buf = BUF(text);

	while (path.length > 0) {
		struct str plain;
		bool more = str_cut(path, '$', &plain, &path), known = false;

		buf_add(&buf, plain);
		if (!more)
			break;
		struct str name = cut_variable(&path);
		for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]);
		     i++) {
			if (!str_equal(variables[i].name, name))
				continue;
			buf_add(&buf, variables[i].value);
			known = true;
		}
		if (!known)
			return NULL;
	}
	return buf.full ? NULL : arena_copy(arena, buf_str(&buf)).data;
}

/* Whether an MTA trusts it to say where the user's mail goes. */
static bool
is_trusted(const struct stat *status, const struct host_user *user)
{
	return S_ISREG(status->st_mode) && (status->st_mode & S_IWOTH) == 0 &&
	    (status->st_uid == 0 || status->st_uid == user->uid);
}

bool
alias_walk_forward(struct alias_walk *walk, const struct alias_node *from,
    const struct host_user *user, const char *path, unsigned stage)
{
	struct error error = { "" };
	struct place place = { tree_shown(walk->tree, path), 0 };
	struct alias_by by = { alias_by_forward, place, stage };
	size_t before = walk->nodes + walk->route->count;
	struct stat status;
	struct str text = STR("");
	enum lookup found = tree_stat(walk->tree, path, &status, &error);

	if (found == LOOKUP_FOUND) {
		if (!is_trusted(&status, user))
			return false;
		found =
		    tree_read(walk->tree, path, 0, walk->arena, &text, &error);
	}
	if (found == LOOKUP_MISSING)
		return false;
	if (found == LOOKUP_FAILED) {
		alias_walk_end(walk, from, ALIAS_UNKNOWN, user->name, place,
		    arena_print(walk->arena, "%s cannot be read: %s", path,
			error.text));
		return true;
	}
	alias_walk_lines(walk, from, path, text, &by);
	return walk->nodes + walk->route->count > before;
}

void
alias_walk_run(struct alias_walk *walk, struct str name)
{
	struct alias_target start;
	struct str rest = name;
	const struct alias_by by = { .by = NULL };

	walk->end = &walk->first;
	walk->leaf_end = &walk->first_leaf;
	if (aliases_target_next(&rest, walk->dialect, walk->arena, &start))
		add_address(walk, NULL, &start, &by);
	while (walk->at != NULL) {
		const struct alias_node *node = walk->at;

		walk->at = node->next;
		if (node->file)
			follow_include(walk, node);
		else
			walk->step(walk, node);
	}
	walk->route->leaves = walk->first_leaf;
	walk->route->nodes = walk->first;
}

void
aliases_follow(const struct mta *mta, const struct mta_host *host,
    struct str name, struct arena *arena, struct alias_route *route)
{
	static void (*const follow[MTA_KINDS])(const struct mta *mta,
	    const struct mta_host *host, struct str name,
	    struct alias_walk *walk) = {
		[MTA_POSTFIX] = aliases_postfix_follow,
		[MTA_SENDMAIL] = aliases_sendmail_follow,
		[MTA_EXIM] = aliases_exim_follow,
	};
	struct error error = { "" };
	struct alias_walk walk = {
		.arena = arena,
		.tree = host->tree,
		.route = route,
	};

	*route = (struct alias_route){ .count = 0 };
	walk.users_found = host->elsewhere
	    ? LOOKUP_MISSING
	    : host_users_read(host->tree, arena, &walk.users, &error);
	follow[mta->kind](mta, host, name, &walk);
}
