/*
 * check_postfix_trust.c - what Postfix lets others pretend: an address, a
 * name, the end of a message.
 */
#include "base/netblock_use.h"
#include "check/check_postfix.h"
#include "check/groups.h"
#include "mta/postfix_list.h"

/* The first block of a list that is more than one loopback address. */
static bool
trusts_network(const struct postfix_list *list, struct str *text)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct postfix_element *element = &list->elements[i];
		if (element->negated)
			continue;
		*text = element->text;
		if (element->kind != POSTFIX_ELEMENT_BLOCK)
			return true;
		if (netblock_use(&element->block) != NETBLOCK_LOOPBACK &&
		    element->block.prefix < 128)
			return true;
	}
	return false;
}

static void
hosts_look(struct check_run *run, const struct postfix_listener *listener,
    const char *parameter)
{
	const struct postfix *postfix = run->mta->postfix;
	struct postfix_list_source source = { .kind = POSTFIX_CLIENTS };
	struct postfix_value value;
	struct postfix_list list;
	struct check_finding *finding;
	struct str wide;

	if (!check_postfix_value(run, listener->smtpd, parameter, &value) ||
	    value.text.length == 0)
		return;
	source.text = value.text;
	source.place = check_postfix_place(run, &value);
	postfix_list_read(&source, postfix->tables, run->arena, &list, NULL);
	if (trusts_network(&list, &wide))
		finding = check_fail(run, source.place,
		    "%s: %s trusts " STR_FORMAT ": whoever is there may take "
		    "any address, name or login",
		    check_postfix_name(run, listener), parameter,
		    STR_ARGS(wide));
	else
		finding = check_pass(run, source.place,
		    "%s: %s names single hosts only",
		    check_postfix_name(run, listener), parameter);
	finding->value =
	    arena_print(run->arena, STR_FORMAT, STR_ARGS(value.text));
	finding->wanted = "single addresses of proxies";
}

static void
xclient_look(struct check_run *run, const struct postfix_listener *listener)
{
	hosts_look(run, listener, "smtpd_authorized_xclient_hosts");
	hosts_look(run, listener, "smtpd_authorized_xforward_hosts");
}

static void
xclient_run(struct check_run *run)
{
	check_postfix_each(run, true, xclient_look);
	if (run->result->findings == NULL)
		check_pass(run,
		    (struct place){ .file = run->mta->postfix->main.path },
		    "nobody may use XCLIENT or XFORWARD");
}

/* From these on, a bare newline does not end a message (CVE-2023-51764). */
static const struct {
	unsigned version; /* 3.5 is 305 */
	unsigned patch;
} knows_newline[] = {
	{ 305, 23 },
	{ 306, 13 },
	{ 307, 9 },
	{ 308, 4 },
};

static bool
knows_bare_newline(const struct postfix_site *site)
{
	struct str major, minor, patch, rest;
	unsigned long number = 0;

	if (site->version >= 309)
		return true;
	str_cut(site->mail_version, '.', &major, &rest);
	str_cut(rest, '.', &minor, &patch);
	str_cut(patch, '-', &patch, &rest);
	if (!str_number(patch, 1000, &number))
		return false;
	for (size_t i = 0; i < sizeof(knows_newline) / sizeof(knows_newline[0]);
	     i++)
		if (knows_newline[i].version == site->version)
			return number >= knows_newline[i].patch;
	return false;
}

/* Whether strangers are among those whom smtpd spares; then that was told. */
static bool
everybody_is_excluded(struct check_run *run,
    const struct postfix_listener *listener)
{
	static const struct str everybody[] = { STR_INIT("192.0.2.66"),
		STR_INIT("2001:db8::66") };
	struct postfix_list_source source = { .kind = POSTFIX_CLIENTS };
	struct postfix_value value;
	struct postfix_list list;

	if (!check_postfix_value(run, listener->smtpd,
		"smtpd_forbid_bare_newline_exclusions", &value))
		return false;
	source.text = value.text;
	source.place = check_postfix_place(run, &value);
	postfix_list_read(&source, run->mta->postfix->tables, run->arena, &list,
	    NULL);
	for (size_t i = 0; i < sizeof(everybody) / sizeof(everybody[0]); i++) {
		struct postfix_answer answer = { .found = POSTFIX_MISSING };
		struct address stranger;
		struct error error;

		if (!address_parse(everybody[i], &stranger, &error))
			continue;
		postfix_list_find_client(&list, STR("unknown"), &stranger,
		    run->arena, &answer);
		if (answer.found != POSTFIX_FOUND)
			continue;
		check_fail(run, source.place,
		    "%s: smtpd_forbid_bare_newline_exclusions holds strangers, "
		    "who may then smuggle messages",
		    check_postfix_name(run, listener))
		    ->value =
		    arena_print(run->arena, STR_FORMAT, STR_ARGS(value.text));
		return true;
	}
	return false;
}

static void
newline_look(struct check_run *run, const struct postfix_listener *listener)
{
	const struct postfix *postfix = run->mta->postfix;
	struct postfix_value value;
	struct check_finding *finding;

	if (!check_postfix_value(run, listener->smtpd,
		"smtpd_forbid_bare_newline", &value))
		return;
	struct place place = check_postfix_place(run, &value);
	bool known = knows_bare_newline(&postfix->site);
	/* "note" writes into the log, and takes it all the same. */
	bool on = value.text.length > 0 &&
	    !str_equal_nocase(value.text, STR("no")) &&
	    !str_equal_nocase(value.text, STR("note"));
	const char *name = check_postfix_name(run, listener);

	if (known && on && everybody_is_excluded(run, listener))
		return;
	if (known && on) {
		finding = check_pass(run, place,
		    "%s takes no bare newline for the end of a message", name);
	} else if (known) {
		finding = check_fail(run, place,
		    "%s takes a bare newline for the end of a line, so one "
		    "message can smuggle in another one",
		    name);
	} else {
		finding = check_fail(run, place,
		    "%s: Postfix " STR_FORMAT " does not know "
		    "smtpd_forbid_bare_newline, so one message can smuggle in "
		    "another one, unless the distribution has mended it",
		    name, STR_ARGS(postfix->site.mail_version));
	}
	finding->value =
	    arena_print(run->arena, STR_FORMAT, STR_ARGS(value.text));
	finding->wanted = "smtpd_forbid_bare_newline = normalize (3.9), or yes";
}

static void
newline_run(struct check_run *run)
{
	if (check_postfix_each(run, false, newline_look) == 0)
		check_not_applicable(run,
		    "nobody but this host reaches its smtpd");
}

static const struct check checks[] = {
	{
	    .id = "postfix-xclient",
	    .title = "No network may use XCLIENT or XFORWARD",
	    .severity = CHECK_HIGH,
	    .rationale =
		"XCLIENT lets a client take another's address and login; "
		"where a whole network may use it, so may strangers.",
	    .remedy = "Name single proxies in smtpd_authorized_xclient_hosts "
		      "and smtpd_authorized_xforward_hosts.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = 1u << MTA_POSTFIX,
	    .run = xclient_run,
	},
	{
	    .id = "postfix-bare-newline",
	    .title = "A bare newline does not end a message",
	    .severity = CHECK_HIGH,
	    .rationale =
		"Servers that disagree about the end of a message let a "
		"stranger put a second one, with a sender of his own choice, "
		"into the first (SMTP smuggling, CVE-2023-51764).",
	    .remedy =
		"Set smtpd_forbid_bare_newline = normalize (Postfix 3.9) or "
		"yes (3.5.23, 3.6.13, 3.7.9, 3.8.4 and newer), and leave "
		"smtpd_forbid_bare_newline_exclusions = $mynetworks.",
	    .references =
		(const struct check_reference[]){
		    { "cve", "CVE-2023-51764" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX,
	    .run = newline_run,
	},
};

const struct check_group check_postfix_trust_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
