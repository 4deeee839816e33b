/*
 * check_aliases.c - where mail for root and postmaster ends, and whether
 * the aliases that count are those that people have written.
 */
#include "check/groups.h"
#include "mta/aliases.h"
#include "mta/aliases_files.h"

#include <string.h>

enum {
	TOLD = 20, /* ends that are told, of one name */
};

static void
follow(struct check_run *run, struct str name, struct alias_route *route)
{
	aliases_follow(run->mta, run->context->host, name, run->arena, route);
}

/* A mailbox in the spool is that of an account in which nobody logs in. */
static bool
is_spool(struct str path)
{
	return str_starts(path, STR("/var/mail/")) ||
	    str_starts(path, STR("/var/spool/mail/")) ||
	    str_ends(path, STR("/mbox"));
}

/* Whether somebody may be thought to read what ends there. */
static bool
is_read(const struct alias_leaf *leaf)
{
	switch (leaf->end) {
	case ALIAS_OFFHOST:
	case ALIAS_LOGIN:
	case ALIAS_ACCOUNT:
	case ALIAS_PIPE:
		return true;
	case ALIAS_FILE:
		return !is_spool(leaf->text);
	case ALIAS_SYSTEM:
	case ALIAS_NOWHERE:
	case ALIAS_UNKNOWN:
		break;
	}
	return false;
}

static bool
same_address(struct str a, struct str b)
{
	struct str left, right, domain_a = STR(""), domain_b = STR("");

	str_cut_last(a, '@', &left, &domain_a);
	str_cut_last(b, '@', &right, &domain_b);
	return str_equal_nocase(left, right) &&
	    str_equal_nocase(domain_a, domain_b);
}

static bool
is_named(const struct alias_node *node, struct str address)
{
	struct str local, domain = STR("");

	str_cut_last(address, '@', &local, &domain);
	return str_equal_nocase(node->local, local) &&
	    str_equal_nocase(node->domain, domain);
}

/* Whether an end, or a name on the way to it, is an expected one. */
static bool
is_expected(const struct alias_leaf *leaf, struct str expected)
{
	struct str rest = expected, one;

	while (rest.length > 0) {
		str_cut(rest, ',', &one, &rest);
		one = str_trim(one);
		if (one.length == 0 || leaf->end == ALIAS_NOWHERE)
			continue;
		if (same_address(leaf->text, one))
			return true;
		for (const struct alias_node *node = leaf->node; node != NULL;
		     node = node->from)
			if (is_named(node, one))
				return true;
	}
	return false;
}

static const char *
told(struct check_run *run, const struct alias_leaf *leaf)
{
	return arena_print(run->arena, "%s: %s%s%s",
	    alias_chain(leaf, run->arena), alias_end_name(leaf->end),
	    leaf->reason != NULL ? ", " : "",
	    leaf->reason != NULL ? leaf->reason : "");
}

/* What is right of the ends of a name. */
struct wanted {
	bool (
	    *holds)(const struct wanted *wanted, const struct alias_leaf *leaf);
	struct str expected; /* addresses; empty: anybody who reads */
	const char *wish;    /* for a person */
	const struct alias_route *root;
};

static bool
root_holds(const struct wanted *wanted, const struct alias_leaf *leaf)
{
	return wanted->expected.length > 0 ? is_expected(leaf, wanted->expected)
					   : is_read(leaf);
}

/*
 * Whether a null client hands both names on as they are, to one domain: there
 * they are one site's, and no alias of this host could bring them together.
 */
static bool
leaves_with_root(const struct alias_leaf *leaf, const struct alias_leaf *root)
{
	return leaf->end == ALIAS_OFFHOST && root->end == ALIAS_OFFHOST &&
	    leaf->node != NULL && leaf->node->from == NULL &&
	    root->node != NULL && root->node->from == NULL &&
	    leaf->node->domain.length > 0 &&
	    str_equal_nocase(leaf->node->domain, root->node->domain);
}

/* Any end is one of root's, comes by way of root, or leaves as root does. */
static bool
postmaster_holds(const struct wanted *wanted, const struct alias_leaf *leaf)
{
	if (leaf->end == ALIAS_NOWHERE || leaf->end == ALIAS_UNKNOWN)
		return false;
	if (wanted->expected.length > 0 && is_expected(leaf, wanted->expected))
		return true;
	for (const struct alias_node *node = leaf->node; node != NULL;
	     node = node->from)
		if (str_equal(node->local, STR("root")))
			return true;
	for (const struct alias_leaf *other = wanted->root->leaves;
	     other != NULL; other = other->next)
		if (leaves_with_root(leaf, other) ||
		    (other->end == leaf->end &&
			same_address(other->text, leaf->text)))
			return true;
	return false;
}

/* What leads to an end; without an alias, the file in which none stands. */
static struct place
place_of(struct check_run *run, const struct alias_leaf *leaf)
{
	const struct aliases_file *file;

	if (leaf->place.file != NULL)
		return leaf->place;
	file = aliases_files(run->mta, run->context->host, run->arena);
	if (file == NULL || file->source == NULL)
		return (struct place){ .file = run->mta->config };
	return (struct place){
		.file = tree_shown(run->context->host->tree, file->source),
	};
}

/* The ends in which nothing is wrong: those that hold, if one does. */
static void
tell_ends(struct check_run *run, const struct alias_route *route,
    const struct wanted *wanted)
{
	bool good = false, unknown = false;
	unsigned count = 0;

	for (const struct alias_leaf *leaf = route->leaves; leaf != NULL;
	     leaf = leaf->next) {
		good |= wanted->holds(wanted, leaf);
		unknown |= leaf->end == ALIAS_UNKNOWN;
	}
	for (const struct alias_leaf *leaf = route->leaves;
	     leaf != NULL && count < TOLD; leaf = leaf->next) {
		struct place place = place_of(run, leaf);
		struct check_finding *finding;

		if (good && !wanted->holds(wanted, leaf))
			continue;
		if (unknown && !good && leaf->end != ALIAS_UNKNOWN)
			continue;
		if (good)
			finding = check_pass(run, place, "%s", told(run, leaf));
		else if (leaf->end == ALIAS_UNKNOWN)
			finding =
			    check_unknown(run, place, "%s", told(run, leaf));
		else
			finding = check_fail(run, place, "%s", told(run, leaf));
		finding->wanted = good ? NULL : wanted->wish;
		count++;
	}
	if (route->leaves == NULL)
		check_fail(run, (struct place){ .file = run->mta->config },
		    "mail for it goes nowhere")
		    ->wanted = wanted->wish;
}

static struct str
expected(struct check_run *run)
{
	struct check_parameter parameter;

	return check_parameter(run, "var_postfix_root_mail_alias", &parameter)
	    ? parameter.value
	    : STR("");
}

static void
root_run(struct check_run *run)
{
	struct wanted wanted = { .holds = root_holds,
		.expected = expected(run),
		.wish = "an address or account that somebody reads" };
	struct alias_route route;

	if (wanted.expected.length > 0)
		wanted.wish = arena_copy(run->arena, wanted.expected).data;
	follow(run, STR("root"), &route);
	tell_ends(run, &route, &wanted);
}

static void
postmaster_run(struct check_run *run)
{
	struct alias_route root, route;
	struct wanted wanted = { .holds = postmaster_holds,
		.expected = expected(run),
		.root = &root,
		.wish = "root, or where root's mail goes" };

	follow(run, STR("root"), &root);
	follow(run, STR("postmaster"), &route);
	tell_ends(run, &route, &wanted);
}

/* Built after its source was changed for the last time. */
static void
judge_built(struct check_run *run, const struct aliases_file *file)
{
	struct tree *tree = run->context->host->tree;
	struct stat source, built;
	struct error error = { "" };
	const char *shown = tree_shown(tree, file->source);
	struct place place = { shown, 0 };
	enum lookup has_source = tree_stat(tree, file->source, &source, &error);
	enum lookup has_built = LOOKUP_FAILED;

	if (has_source != LOOKUP_FAILED)
		has_built = tree_stat(tree, file->built, &built, &error);
	if (has_source == LOOKUP_FAILED || has_built == LOOKUP_FAILED)
		check_unknown(run, place, "cannot be looked at: %s",
		    error.text);
	else if (has_built == LOOKUP_MISSING && has_source == LOOKUP_MISSING)
		check_fail(run, file->place, "there is no %s", shown);
	else if (has_built == LOOKUP_MISSING)
		check_fail(run, place,
		    "%s was never built: the MTA has none of its aliases",
		    tree_shown(tree, file->built));
	else if (has_source == LOOKUP_FOUND &&
	    (source.st_mtim.tv_sec > built.st_mtim.tv_sec ||
		(source.st_mtim.tv_sec == built.st_mtim.tv_sec &&
		    source.st_mtim.tv_nsec > built.st_mtim.tv_nsec)))
		check_fail(run, place,
		    "it was changed after %s was built: the MTA still has the "
		    "old aliases",
		    tree_shown(tree, file->built));
	else
		check_pass(run, place, "%s is up to date",
		    tree_shown(tree, file->built));
}

static void
built_run(struct check_run *run)
{
	const struct aliases_file *file =
	    aliases_files(run->mta, run->context->host, run->arena);
	unsigned count = 0;

	for (; file != NULL; file = file->next) {
		if (file->built == NULL)
			continue;
		judge_built(run, file);
		count++;
	}
	if (count == 0)
		check_not_applicable(run,
		    "the MTA reads no aliases that have to be built");
}

/* A name that an alias leads on from, and not just a name. */
static bool
is_alias(const struct alias_leaf *leaf, struct str name)
{
	return leaf->end == ALIAS_PIPE ||
	    (leaf->end == ALIAS_FILE && leaf->text.length > 0 &&
		leaf->text.data[0] == '/') ||
	    !str_equal_nocase(leaf->node->local, name);
}

static void
decode_run(struct check_run *run)
{
	static const struct str names[] = { STR_INIT("decode"),
		STR_INIT("uudecode") };
	bool unknown = false, found = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct alias_route route;

		follow(run, names[i], &route);
		for (const struct alias_leaf *leaf = route.leaves; leaf != NULL;
		     leaf = leaf->next) {
			if (is_alias(leaf, names[i])) {
				check_fail(run, leaf->place, "%s",
				    told(run, leaf));
				found = true;
			} else if (leaf->end == ALIAS_UNKNOWN && !unknown) {
				unknown = true;
				check_unknown(run, leaf->place, "%s",
				    told(run, leaf));
			}
		}
	}
	if (!found && !unknown)
		check_pass(run, (struct place){ .file = run->mta->config },
		    "neither decode nor uudecode is an alias");
}

static void
forward_run(struct check_run *run)
{
	struct tree *tree = run->context->host->tree;
	struct place passwd = { tree_shown(tree, "/etc/passwd"), 0 };
	struct host_users users;
	struct error error = { "" };
	unsigned wrong = 0;
	enum lookup state = host_users_read(tree, run->arena, &users, &error);

	if (run->context->host->elsewhere) {
		check_not_applicable(run,
		    "the accounts of the host whose files these are are not "
		    "known here");
		return;
	}
	if (state != LOOKUP_FOUND) {
		check_unknown(run, passwd, "cannot be read: %s",
		    state == LOOKUP_MISSING ? "no such file" : error.text);
		return;
	}
	for (size_t i = 0; i < users.count; i++) {
		const char *path = arena_print(run->arena,
		    STR_FORMAT "/.forward", STR_ARGS(users.users[i].home));
		struct place place = { tree_shown(tree, path), 0 };
		struct stat status;

		state = tree_stat(tree, path, &status, &error);
		if (state == LOOKUP_MISSING)
			continue;
		wrong++;
		if (state == LOOKUP_FAILED)
			check_unknown(run, place, "cannot be looked at: %s",
			    error.text);
		else
			check_fail(run, place,
			    STR_FORMAT " says where its mail goes",
			    STR_ARGS(users.users[i].name));
	}
	if (wrong == 0)
		check_pass(run, passwd, "no account has a .forward");
}

enum {
	EVERY_KIND = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL | 1u << MTA_EXIM,
	BUILDING = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL,
};

static const struct check checks[] = {
	{
	    .id = "root-alias",
	    .title = "Mail for root goes to somebody who reads it",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Failures of cron jobs, backups and audits are mailed "
			 "to root. Nobody logs in as root to read mail, so it "
			 "has to be passed on.",
	    .remedy = "Write \"root: ADDRESS\" into the file of aliases, and "
		      "run newaliases.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_client_configure_mail_alias" },
		    { "cce", "CCE-82381-5" },
		    { "cce", "CCE-90826-9" },
		    { "cce", "CCE-87937-9" },
		    { "cce", "CCE-83031-5" },
		    { "cce", "CCE-85605-4" },
		    { "cce", "CCE-95842-1" },
		    { "cce", "CCE-93678-1" },
		    { "cce", "CCE-94656-6" },
		    { "stig", "RHEL-09-653125" },
		    { "stig", "RHEL-10-200691" },
		    { "stig", "OL09-00-002405" },
		    { "stig", "SLES-12-020050" },
		    { "stig", "SLES-15-030580" },
		    { "stig", "SLEM-05-653075" },
		    { "stig", "RHEL-06-000521" },
		    { "anssi", "R75" },
		    { "nist", "CM-6(a)" },
		    { "nist", "AU-5(a)" },
		    { NULL, NULL },
		},
	    .kinds = EVERY_KIND,
	    .run = root_run,
	},
	{
	    .id = "postmaster-alias",
	    .title = "Mail for postmaster goes where root's goes",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"RFC 5321 has postmaster of every host read; complaints of "
		"abuse are sent there.",
	    .remedy = "Write \"postmaster: root\" into the file of aliases, "
		      "and run newaliases.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_client_configure_mail_alias_postmaster" },
		    { "cce", "CCE-89063-2" },
		    { "cce", "CCE-89064-0" },
		    { "cce", "CCE-89448-5" },
		    { "stig", "RHEL-08-030030" },
		    { "stig", "RHEL-09-252060" },
		    { "stig", "RHEL-10-700670" },
		    { "stig", "OL08-00-030030" },
		    { "stig", "OL09-00-000815" },
		    { "nist", "AU-5(a)" },
		    { NULL, NULL },
		},
	    .kinds = EVERY_KIND,
	    .run = postmaster_run,
	},
	{
	    .id = "aliases-built",
	    .title = "The map of aliases was built from the file as it is now",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"The MTA reads the built map alone. An alias that was written "
		"into the file later does not count, and nothing says so.",
	    .remedy = "Run newaliases.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = BUILDING,
	    .run = built_run,
	},
	{
	    .id = "aliases-decode",
	    .title = "There is no alias decode or uudecode",
	    .severity = CHECK_HIGH,
	    .rationale = "Such an alias lets everybody who can send mail write "
			 "files on the host.",
	    .remedy = "Remove the alias, and run newaliases.",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004640" },
		    { "stig", "V-4691" },
		    { NULL, NULL },
		},
	    .kinds = EVERY_KIND,
	    .run = decode_run,
	},
	{
	    .id = "forward-files",
	    .title = "No account has a .forward file",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"With a .forward whoever can write to a home directory sends "
		"its mail elsewhere, or has programs run by the MTA.",
	    .remedy = "Remove the file and use the file of aliases; switch "
		      "such files off: forward_path = (Postfix), "
		      "confFORWARD_PATH (Sendmail).",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004580" },
		    { "stig", "V-4385" },
		    { NULL, NULL },
		},
	    .kinds = EVERY_KIND,
	    .run = forward_run,
	},
};

const struct check_group check_aliases_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
