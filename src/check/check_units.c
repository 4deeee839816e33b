/*
 * check_units.c - which mail servers start with the host, and whose the
 * command sendmail is.
 */
#include "check/groups.h"
#include "host/facts.h"

/* The units that start a server, in whichever distribution. */
struct server {
	enum mta_kind kind;
	const char *const *units;     /* ends with NULL */
	const char *const *templates; /* of instances; ends with NULL */
	const char *const *packages;  /* of dpkg, that may own the command */
	const char *const *programs;  /* what /usr/sbin/sendmail leads to */
};

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct server servers[] = {
	{
	    .kind = MTA_POSTFIX,
	    .units = LIST("postfix.service"),
	    .templates = LIST("postfix@.service"),
	    .packages = LIST("postfix"),
	    .programs = LIST("sendmail.postfix"),
	},
	{
	    .kind = MTA_SENDMAIL,
	    .units = LIST("sendmail.service", "sm-mta.service"),
	    .templates = LIST("sendmail@.service"),
	    .packages = LIST("sendmail-bin", "sendmail"),
	    .programs =
		LIST("sendmail.sendmail", "sendmail-mta", "sendmail-msp"),
	},
	{
	    .kind = MTA_EXIM,
	    .units = LIST("exim4.service", "exim.service"),
	    .templates = LIST("exim4@.service"),
	    .packages =
		LIST("exim4-daemon-light", "exim4-daemon-heavy", "exim4-base"),
	    .programs = LIST("exim4", "exim", "sendmail.exim"),
	},
};

enum {
	SERVERS = sizeof(servers) / sizeof(servers[0]),
};

static const struct server *
server_of(enum mta_kind kind)
{
	for (size_t i = 0; i < SERVERS; i++)
		if (servers[i].kind == kind)
			return &servers[i];
	return NULL;
}

/*
 * Whether one of its units is enabled. FAILED: it may be, for not all could be
 * read. A second name of another server's unit is none.
 */
static enum lookup
enabled(struct check_run *run, const struct server *server, struct unit *unit)
{
	const struct units *units = facts_units(run->context->facts);
	enum lookup answer = LOOKUP_MISSING;

	for (const char *const *name = server->units; *name != NULL; name++) {
		enum lookup state = units_find(units, str_from(*name), unit);

		if (state == LOOKUP_FOUND && unit->alias.length == 0 &&
		    unit->enablement == UNIT_ENABLED)
			return LOOKUP_FOUND;
		if (state == LOOKUP_FAILED)
			answer = LOOKUP_FAILED;
	}
	for (const char *const *name = server->templates; *name != NULL; name++)
		if (units_find_instance(units, str_from(*name), unit) ==
			LOOKUP_FOUND &&
		    unit->enablement == UNIT_ENABLED)
			return LOOKUP_FOUND;
	return answer;
}

/* ---- service-postfix-enabled ---- */

static void
tell_unit(struct check_run *run, const char *name, const struct unit *unit)
{
	static const char *const states[] = {
		[UNIT_ABSENT] = "is not there",
		[UNIT_DISABLED] = "is not started with the host",
		[UNIT_ENABLED] = "is enabled",
		[UNIT_MASKED] = "is masked",
	};
	struct place place = { .file =
				   unit->by != NULL ? unit->by : unit->file };

	if (unit->enablement == UNIT_ENABLED)
		check_pass(run, place, "%s %s", name, states[unit->enablement]);
	else
		check_fail(run, place, "%s %s", name, states[unit->enablement])
		    ->wanted = "enabled";
}

static void
postfix_run(struct check_run *run)
{
	const struct units *units = facts_units(run->context->facts);
	struct str instance = run->mta->instance;
	bool main = instance.length == 0 || str_equal(instance, STR("-"));
	const char *name = "postfix.service";
	struct unit unit;

	/* Where there are instances, postfix.service starts them all. */
	if (!main)
		name = arena_print(run->arena, "postfix@%.*s.service",
		    STR_ARGS(instance));
	enum lookup state = units_find(units, str_from(name), &unit);
	if (!main && state == LOOKUP_FOUND && unit.enablement != UNIT_MASKED) {
		name = "postfix.service";
		state = units_find(units, str_from(name), &unit);
	}
	if (state == LOOKUP_FAILED)
		check_unknown(run, (struct place){ 0 },
		    "whether %s is enabled is not known: %s", name,
		    units->reason);
	else
		tell_unit(run, name, &unit);
}

/* ---- mta-only-one ---- */

static void
only_one_run(struct check_run *run)
{
	const struct units *units = facts_units(run->context->facts);
	const char *names = "", *links = "";
	size_t count = 0, unknown = 0;
	struct place place = { 0 };

	for (size_t i = 0; i < SERVERS; i++) {
		struct unit unit;
		enum lookup state = enabled(run, &servers[i], &unit);

		unknown += state == LOOKUP_FAILED;
		if (state != LOOKUP_FOUND)
			continue;
		const char *between = count > 0 ? ", " : "";
		names = arena_print(run->arena, "%s%s%s", names, between,
		    check_kind_title(servers[i].kind));
		links =
		    arena_print(run->arena, "%s%s%s", links, between, unit.by);
		place.file = unit.by;
		count++;
	}
	if (count > 1) {
		struct check_finding *finding = check_fail(run, place,
		    "several mail servers start with the host: %s", names);
		finding->value = links;
		finding->wanted = "one of them";
	} else if (unknown > 0) {
		check_unknown(run, (struct place){ 0 },
		    "what starts with the host is not known: %s",
		    units->reason);
	} else if (count == 1) {
		check_pass(run, place, "%s alone starts with the host", names);
	} else {
		check_not_applicable(run,
		    "no mail server starts with the host");
	}
}

/* ---- sendmail-command ---- */

static const char command[] = "/usr/sbin/sendmail";

static bool
listed(const char *const *names, struct str name)
{
	for (; *names != NULL; names++)
		if (str_equal(str_from(*names), name))
			return true;
	return false;
}

/* Whether a package of dpkg has brought the command. */
static bool
brought_by(struct check_run *run, const char *package)
{
	struct tree *tree = facts_tree(run->context->facts);
	struct error error;
	struct str text;
	enum lookup state = tree_read(tree,
	    arena_print(run->arena, "/var/lib/dpkg/info/%s.list", package), 0,
	    run->arena, &text, &error);

	for (struct str line,
	     rest = state == LOOKUP_FOUND ? text : (struct str){ NULL, 0 };
	     rest.length > 0;) {
		str_cut(rest, '\n', &line, &rest);
		if (str_equal(line, str_from(command)))
			return true;
	}
	return false;
}

/* What a link leads to, over further links; empty: no link. */
static struct str
end_of_links(struct check_run *run)
{
	enum {
		LINKS_MAX = 8,
	};
	struct tree *tree = facts_tree(run->context->facts);
	const char *path = command;
	struct str end = { NULL, 0 }, before;

	for (int i = 0; i < LINKS_MAX; i++) {
		const char *target;
		struct error error;
		struct stat status;

		if (tree_lstat(tree, path, run->arena, &status, &target,
			&error) != LOOKUP_FOUND ||
		    target == NULL)
			break;
		end = str_from(target);
		if (target[0] != '/')
			target =
			    arena_print(run->arena, "/usr/sbin/%s", target);
		path = target;
	}
	str_cut_last(end, '/', &before, &end);
	return end;
}

static const struct server *
owner_of_command(struct check_run *run)
{
	struct str end = end_of_links(run);

	for (size_t i = 0; i < SERVERS && end.length > 0; i++)
		if (listed(servers[i].programs, end))
			return &servers[i];
	for (size_t i = 0; i < SERVERS; i++)
		for (const char *const *package = servers[i].packages;
		     *package != NULL; package++)
			if (brought_by(run, *package))
				return &servers[i];
	return NULL;
}

/* The server that starts with the host, or is the only one configured. */
static const struct server *
server_of_host(struct check_run *run, const char **why)
{
	const struct mta_list *mtas = run->context->mtas;
	const struct server *found = NULL;
	struct unit unit;

	for (size_t i = 0; i < SERVERS; i++)
		if (enabled(run, &servers[i], &unit) == LOOKUP_FOUND) {
			*why = unit.by;
			if (found != NULL)
				return NULL;
			found = &servers[i];
		}
	if (found != NULL || mtas->count == 0)
		return found;
	for (size_t i = 1; i < mtas->count; i++)
		if (mtas->mtas[i].kind != mtas->mtas[0].kind)
			return NULL;
	*why = mtas->mtas[0].config;
	return server_of(mtas->mtas[0].kind);
}

static void
command_run(struct check_run *run)
{
	struct tree *tree = facts_tree(run->context->facts);
	struct place place = { .file = tree_shown(tree, command) };
	const char *why = NULL;
	const struct server *server = server_of_host(run, &why);
	struct error error;
	struct stat status;
	enum lookup state = tree_stat(tree, command, &status, &error);

	if (state == LOOKUP_FAILED) {
		check_unknown(run, place, "%s", error.text);
		return;
	}
	if (state == LOOKUP_MISSING || server == NULL) {
		check_not_applicable(run,
		    state == LOOKUP_MISSING
			? "there is no %s here"
			: "no single mail server is meant to run; whose %s is "
			  "says nothing",
		    command);
		return;
	}
	const struct server *owner = owner_of_command(run);
	if (owner == NULL) {
		check_unknown(run, place, "whose command it is is not known");
		return;
	}
	if (owner == server) {
		check_pass(run, place, "it is %s's, which is the mail server",
		    check_kind_title(owner->kind));
		return;
	}
	struct check_finding *finding = check_fail(run, place,
	    "it is %s's, but the mail server is %s (%s)",
	    check_kind_title(owner->kind), check_kind_title(server->kind), why);
	finding->value = check_kind_title(owner->kind);
	finding->wanted = check_kind_title(server->kind);
}

static const struct check checks[] = {
	{
	    .id = "service-postfix-enabled",
	    .title = "Postfix starts with the host",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"A host whose mail server does not start with it sends no "
		"reports after its next restart. What counts is what stands on "
		"disk: at the time of a check the server may be starting.",
	    .remedy = "systemctl enable --now postfix",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "service_postfix_enabled" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = postfix_run,
	},
	{
	    .id = "mta-only-one",
	    .title = "One mail server starts with the host, and no more",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Two servers compete for the same port; which of them "
			 "gets it, and by whose rules mail is relayed, depends "
			 "on the order of their starts.",
	    .remedy = "Disable or remove all but one; Postfix is preferred.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "mail" },
		    { "nist", "CM-7" },
		    { NULL, NULL },
		},
	    .run = only_one_run,
	},
	{
	    .id = "sendmail-command",
	    .title = "The command sendmail is that of the server that runs",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"Programs of the host send over /usr/sbin/sendmail. If it is "
		"another server's, their mail goes into a queue that nobody "
		"empties, or out by rules that nobody has looked at.",
	    .remedy = "Set it with \"alternatives --config mta\" or "
		      "\"update-alternatives\", or remove the other server.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "mail" },
		    { NULL, NULL },
		},
	    .run = command_run,
	},
};

const struct check_group check_units_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
