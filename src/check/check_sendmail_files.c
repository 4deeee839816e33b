/*
 * check_sendmail_files.c - what sendmail.cf is built of, its maps, and
 * submit.cf.
 */
#include "check/check_sendmail.h"

#include "check/groups.h"

#include <string.h>

static void
built_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	struct place place = { run->mta->config, 0 };

	if (sendmail == NULL)
		return;
	if (sendmail->source == NULL)
		check_pass(run, place, "there is no .mc beside it");
	else if (sendmail->source_newer)
		check_fail(run,
		    (struct place){
			tree_shown(run->context->host->tree, sendmail->source),
			0 },
		    "it was changed after sendmail.cf was built: what it "
		    "says is not in force");
	else
		check_pass(run, place, "it is newer than its .mc");
}

/* One map; true: something was told. */
static bool
look_at_map(struct check_run *run, const struct sendmail_map *map)
{
	const char *source, *compiled, *reason;
	struct place place;

	if (map->table == NULL)
		return false;
	if (postfix_table_is_stale(map->table, &source, &compiled)) {
		check_fail(run, (struct place){ source, 0 },
		    "the text of map " STR_FORMAT
		    " was changed after %s was built: it is not in force",
		    STR_ARGS(map->name), compiled);
		return true;
	}
	switch (postfix_table_state(map->table, &reason, &place)) {
	case POSTFIX_UNKNOWN:
		check_unknown(run, map->place,
		    "map " STR_FORMAT " cannot be read: %s",
		    STR_ARGS(map->name), reason);
		return true;
	case POSTFIX_BROKEN:
		if (map->optional)
			return false;
		check_fail(run, map->place,
		    "map " STR_FORMAT " is not there, and -o does not allow "
		    "it: %s",
		    STR_ARGS(map->name), reason);
		return true;
	case POSTFIX_FOUND:
	case POSTFIX_MISSING:
		return false;
	}
	return false;
}

static void
maps_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	bool told = false;

	if (sendmail == NULL)
		return;
	for (size_t i = 0; i < sendmail->map_count; i++)
		told = look_at_map(run, &sendmail->maps[i]) || told;
	if (!told)
		check_pass(run, (struct place){ sendmail->cf.path, 0 },
		    "every map that is a file is there, and newer than its "
		    "text");
}

/* Whether a mailer host is this host: [127.0.0.1], localhost. */
static bool
is_this_host(struct str host)
{
	static const struct str here[] = {
		STR_INIT("[127.0.0.1]"),
		STR_INIT("[localhost]"),
		STR_INIT("localhost"),
		STR_INIT("[IPv6:::1]"),
		STR_INIT("[IPv6:0:0:0:0:0:0:0:1]"),
	};

	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		if (str_equal_nocase(host, here[i]))
			return true;
	return false;
}

static void
submit_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	const struct sendmail_line *line;
	struct check_finding *finding;

	if (sendmail == NULL)
		return;
	const struct sendmail_cf *cf = &sendmail->submit;
	if (sendmail->submit_unread != NULL) {
		check_unknown(run, sendmail->submit_place, "%s",
		    sendmail->submit_unread);
		return;
	}
	if (cf->path == NULL) {
		check_not_applicable(run, "there is no submit.cf");
		return;
	}
	if (!sendmail_cf_flag(cf, STR("UseMSP"), false))
		check_fail(run, (struct place){ cf->path, 0 },
		    "UseMSP is not on: programs of this host send with the "
		    "rights of the daemon");
	line = sendmail_cf_macro(cf, STR("MTAHost"));
	if (line == NULL) {
		check_unknown(run, (struct place){ cf->path, 0 },
		    "to which host it submits is not said (D{MTAHost})");
		return;
	}
	if (is_this_host(line->value) || line->value.length == 0)
		finding = check_pass(run, sendmail_place(cf, line),
		    "programs of this host submit to its own daemon");
	else
		finding = check_pass(run, sendmail_place(cf, line),
		    "programs of this host submit to another one");
	finding->value = check_sendmail_text(run, line->value);
}

static const struct check checks[] = {
	{
	    .id = "sendmail-cf-built",
	    .title = "sendmail.cf was built from the current .mc file",
	    .severity = CHECK_MEDIUM,
	    .rationale = "As long as sendmail.cf is not rebuilt, sendmail.mc "
			 "does not show what is in force.",
	    .remedy = "make -C /etc/mail, and restart Sendmail.",
	    .references =
		(const struct check_reference[]){
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .run = built_run,
	},
	{
	    .id = "sendmail-maps-built",
	    .title =
		"The maps of Sendmail were built from their current sources",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Sendmail reads the built map alone; a later entry in "
			 "the source has no effect. Without a map that is not "
			 "optional, all mail is deferred.",
	    .remedy = "makemap hash /etc/mail/access < /etc/mail/access, or "
		      "make -C /etc/mail.",
	    .references =
		(const struct check_reference[]){
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .run = maps_run,
	},
	{
	    .id = "sendmail-submit",
	    .title =
		"Local programs submit mail without the daemon's privileges",
	    .severity = CHECK_MEDIUM,
	    .rationale = "submit.cf hands the mail of local programs to a "
			 "daemon, here or elsewhere, so that sendmail(8) "
			 "needs no root.",
	    .remedy = "FEATURE(`msp', `[127.0.0.1]')dnl in submit.mc, and a "
		      "queue runner: sendmail -Ac -q30m.",
	    .references =
		(const struct check_reference[]){
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .run = submit_run,
	},
};

const struct check_group check_sendmail_files_group = {
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
