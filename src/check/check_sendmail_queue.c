/*
 * check_sendmail_queue.c - who runs the queue that submit.cf fills.
 */
#include "check/check_sendmail.h"

#include "base/ascii.h"
#include "base/lines.h"
#include "check/groups.h"
#include "host/facts.h"

enum {
	FILE_MAX = 1 << 20,
};

#define UNIT         "sm-client.service"       /* of Red Hat and SUSE */
#define DEBIAN_START "/etc/init.d/sendmail"    /* of Debian: runs both */
#define DEBIAN_CONF  "/etc/mail/sendmail.conf" /* says how */
#define CRON_DIR     "/etc/cron.d"
#define CRON_TABLE   "/etc/crontab"

/* What was found on the way to a runner. */
struct search {
	struct check_run *run;
	struct place place; /* of what runs it, or keeps it from running */
	const char *found;  /* what runs it; NULL: nothing yet */
	const char *off;    /* what might, but is turned off */
	bool failed;        /* something could not be read, which was told */
};

static bool
file_read(struct search *search, const char *path, struct str *text)
{
	struct check_run *run = search->run;
	struct error error;

	*text = (struct str){ NULL, 0 };
	switch (tree_read(run->context->host->tree, path, FILE_MAX, run->arena,
	    text, &error)) {
	case LOOKUP_FOUND:
		return true;
	case LOOKUP_MISSING:
		return false;
	case LOOKUP_FAILED:
		break;
	}
	check_unknown(run,
	    (struct place){ tree_shown(run->context->host->tree, path), 0 },
	    "%s", error.text);
	search->failed = true;
	return false;
}

static void
find(struct search *search, const char *path, unsigned line, const char *what)
{
	search->found = what;
	search->place =
	    (struct place){ tree_shown(search->run->context->host->tree, path),
		    line };
}

static void
unit_find(struct search *search)
{
	const struct units *units = facts_units(search->run->context->facts);
	struct unit unit;

	switch (units_find(units, STR(UNIT), &unit)) {
	case LOOKUP_FAILED:
		check_unknown(search->run, (struct place){ 0 }, "%s",
		    units->reason);
		search->failed = true;
		return;
	case LOOKUP_MISSING:
		return;
	case LOOKUP_FOUND:
		break;
	}
	if (unit.enablement == UNIT_ABSENT)
		return;
	search->place.file = unit.by != NULL ? unit.by : unit.file;
	if (unit.enablement == UNIT_ENABLED)
		search->found = UNIT;
	else
		search->off = UNIT " is not started with the host";
}

/* The value of a line "NAME=value;" of a shell, its quotes off. */
static bool
assigned(struct str line, struct str name, struct str *value)
{
	struct str left;

	if (!str_cut(ascii_skip_space(line), '=', &left, value) ||
	    !str_equal(left, name))
		return false;
	*value = str_trim(*value);
	if (str_ends(*value, STR(";")))
		value->length--;
	if (value->length > 1 && str_has(STR("\"'"), value->data[0]))
		*value = str_slice(*value, 1, value->length - 1);
	return true;
}

/* How Debian runs it: MSP_MODE is QUEUE_MODE, and that is DAEMON_MODE. */
static void
debian_find(struct search *search)
{
	static const struct str names[] = { STR_INIT("DAEMON_MODE"),
		STR_INIT("QUEUE_MODE"), STR_INIT("MSP_MODE") };
	struct str start, text, line, value, mode = STR("daemon");
	unsigned at = 0, number = 0;

	if (search->found != NULL || !file_read(search, DEBIAN_START, &start))
		return;
	file_read(search, DEBIAN_CONF, &text);
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line)) {
		number++;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (!assigned(line, names[i], &value) ||
			    str_starts(value, STR("$")))
				continue;
			mode = value;
			at = number;
		}
	}
	if (str_equal_nocase(mode, STR("daemon")))
		find(search, at > 0 ? DEBIAN_CONF : DEBIAN_START, at,
		    DEBIAN_START);
	else if (str_equal_nocase(mode, STR("none"))) {
		find(search, DEBIAN_CONF, at, NULL);
		search->off = "MSP_MODE is none";
	}
}

/* A line of crontab(5) that runs the queue of submit.cf. */
static void
cron_find_in(struct search *search, const char *path)
{
	struct str text, line, before, after;
	unsigned number = 0;

	if (search->found != NULL || !file_read(search, path, &text))
		return;
	struct lines lines = lines_of(text);
	while (search->found == NULL && lines_next(&lines, &line)) {
		number++;
		line = ascii_skip_space(line);
		if (str_starts(line, STR("#")))
			continue;
		for (; str_cut(line, ' ', &before, &after); line = after)
			if (str_equal(before, STR("-Ac")))
				find(search, path, number, "cron");
		if (str_equal(str_trim(line), STR("cron-msp")))
			find(search, path, number, "cron");
	}
}

static void
cron_find(struct search *search)
{
	struct check_run *run = search->run;
	struct error error;
	const char **names;
	size_t count = 0;

	cron_find_in(search, CRON_TABLE);
	if (tree_list(run->context->host->tree, CRON_DIR, run->arena, &names,
		&count, &error) == LOOKUP_FAILED) {
		check_unknown(run, (struct place){ CRON_DIR, 0 }, "%s",
		    error.text);
		search->failed = true;
	}
	for (size_t i = 0; i < count; i++)
		cron_find_in(search,
		    arena_print(run->arena, CRON_DIR "/%s", names[i]));
}

static void
queue_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	struct search search = { .run = run };

	if (sendmail == NULL)
		return;
	if (sendmail->submit.path == NULL) {
		check_not_applicable(run,
		    "there is no submit.cf, so no queue of its own");
		return;
	}
	unit_find(&search);
	debian_find(&search);
	if (search.found == NULL)
		cron_find(&search);
	if (search.found != NULL)
		check_pass(run, search.place, "%s runs the queue of submit.cf",
		    search.found);
	else if (search.off != NULL)
		check_fail(run, search.place,
		    "%s, and nothing else runs the queue of submit.cf",
		    search.off);
	else if (!search.failed)
		check_fail(run, (struct place){ sendmail->submit.path, 0 },
		    "nothing on this host runs the queue of submit.cf")
		    ->wanted = UNIT ", or sendmail -Ac -q30m";
}

static const struct check checks[] = {
	{
	    .id = "sendmail-client-queue",
	    .title = "Somebody runs the queue of what programs submit",
	    .severity = CHECK_LOW,
	    .rationale = "What a program of this host submits while the daemon "
			 "does not answer, such as a warning to root, waits in "
			 "the queue of submit.cf. Without a runner it waits "
			 "for ever.",
	    .remedy = "Enable sm-client.service, on Debian set MSP_MODE in "
		      "/etc/mail/sendmail.conf to daemon or cron, or run "
		      "sendmail -Ac -q30m.",
	    .references =
		(const struct check_reference[]){
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .run = queue_run,
	},
};

const struct check_group check_sendmail_queue_group = {
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
