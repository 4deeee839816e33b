/*
 * check_exim.c - what an Exim tells and offers to the network.
 */
#include "check/groups.h"
#include "mta/exim.h"

#include <string.h>

static void
interfaces_run(struct check_run *run)
{
	const struct exim *exim = run->mta->exim;
	struct exim_option option = exim_main(exim, "local_interfaces");
	const struct exim_listener *list;
	struct error error;
	size_t count;
	unsigned wrong = 0;

	if (!exim_listeners(exim, run->arena, &list, &count, &error)) {
		check_unknown(run, option.place, "%s", error.text);
		return;
	}
	const char *value = arena_copy(run->arena, option.value).data;
	for (size_t i = 0; i < count; i++) {
		if (list[i].loopback)
			continue;
		check_fail(run, list[i].place, "Exim listens on %s, port %u",
		    list[i].any ? (list[i].ipv6 ? "every IPv6 address"
						: "every IPv4 address")
				: "an address that others reach",
		    list[i].port)
		    ->value = value;
		wrong++;
	}
	if (wrong == 0)
		check_pass(run, option.place, "Exim listens on loopback alone")
		    ->value = value;
}

/* "Exim", or what expands to its name or version. */
static bool
discloses(struct str banner)
{
	static const struct str words[] = { STR_INIT("exim "),
		STR_INIT("$version_number"), STR_INIT("${version_number}"),
		STR_INIT("$exim_version"), STR_INIT("$compile_") };

	for (size_t at = 0; at < banner.length; at++)
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (banner.length - at >= words[i].length &&
			    str_equal_nocase(str_slice(banner, at,
						 at + words[i].length),
				words[i]))
				return true;
	return banner.length >= 4 &&
	    str_equal_nocase(str_slice(banner, banner.length - 4,
				 banner.length),
		STR("exim"));
}

static void
banner_run(struct check_run *run)
{
	struct exim_option banner = exim_main(run->mta->exim, "smtp_banner");
	const char *value = arena_copy(run->arena, banner.value).data;

	if (discloses(banner.value))
		check_fail(run, banner.place,
		    "the greeting tells program or version")
		    ->value = value;
	else
		check_pass(run, banner.place,
		    "the greeting tells neither program nor version")
		    ->value = value;
}

static const struct check checks[] = {
	{
	    .id = "exim-local-interfaces",
	    .title = "Exim listens on loopback only",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"A host that only sends mail need not be reached by anybody; "
		"without local_interfaces Exim listens on every address.",
	    .remedy =
		"local_interfaces = <; 127.0.0.1 ; ::1 (Debian: "
		"dc_local_interfaces='127.0.0.1 ; ::1'), and restart Exim.",
	    .references =
		(const struct check_reference[]){
		    { "cis", "2.1.21" },
		    { "cis", "2.2.14" },
		    { "lynis", "MAIL-8804" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_EXIM,
	    .roles = POLICY_ROLE_NULL_CLIENT,
	    .run = interfaces_run,
	},
	{
	    .id = "exim-banner",
	    .title = "Exim's greeting tells neither program nor version",
	    .severity = CHECK_LOW,
	    .rationale = "Hosts with a known vulnerability are found by their "
			 "greetings.",
	    .remedy = "smtp_banner = $smtp_active_hostname ESMTP",
	    .references =
		(const struct check_reference[]){
		    { "gen", "GEN004560" },
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_EXIM,
	    .run = banner_run,
	},
};

const struct check_group check_exim_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
