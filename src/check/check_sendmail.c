/*
 * check_sendmail.c - what the checks of Sendmail share, and where it listens.
 */
#include "check/check_sendmail.h"

#include "base/buf.h"
#include "check/groups.h"

const struct sendmail *
check_sendmail_model(struct check_run *run)
{
	if (run->mta->sendmail == NULL)
		check_unknown(run, (struct place){ run->mta->config, 0 },
		    "sendmail.cf could not be read");
	return run->mta->sendmail;
}

const char *
check_sendmail_text(struct check_run *run, struct str text)
{
	return arena_copy(run->arena, text).data;
}

const char *
check_sendmail_block(struct check_run *run,
    const struct sendmail_opening *opening)
{
	enum {
		MAPPED = 96, /* bits before the IPv4 part */
	};
	char bytes[64];
	struct buf buf = BUF(bytes);
	bool ipv4 = opening->block.address.bytes[10] == 0xff;

	sendmail_print_address(&opening->block.address, &buf);
	return arena_print(run->arena, STR_FORMAT "/%u",
	    STR_ARGS(buf_str(&buf)),
	    ipv4 ? opening->block.prefix - MAPPED : opening->block.prefix);
}

static void
loopback_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	struct check_finding *finding;
	bool any = false;

	for (size_t i = 0; sendmail != NULL && i < sendmail->listener_count;
	     i++) {
		const struct sendmail_listener *listener =
		    &sendmail->listeners[i];

		if (listener->loopback)
			continue;
		any = true;
		if (!listener->known)
			finding = check_unknown(run, listener->place,
			    "whether the address of port %s is loopback is "
			    "not known",
			    check_sendmail_text(run, listener->port));
		else
			finding = check_fail(run, listener->place,
			    "port %s is open on %s",
			    check_sendmail_text(run, listener->port),
			    listener->any ? "every address of this host"
					  : "an address that others reach");
		finding->value = check_sendmail_text(run,
		    listener->addr.length > 0 ? listener->addr
					      : STR("no Addr="));
		finding->wanted = "Addr=127.0.0.1 or Addr=::1";
	}
	if (sendmail != NULL && !any)
		check_pass(run, (struct place){ sendmail->cf.path, 0 },
		    "every port is on a loopback address");
}

static const struct check checks[] = {
	{
	    .id = "sendmail-daemon-port",
	    .title = "Sendmail listens on loopback addresses alone",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"A host that only sends its own mail needs no port that "
		"others reach. Without DaemonPortOptions, and in one without "
		"Addr=, Sendmail listens on every address.",
	    .remedy =
		"In sendmail.mc:\n"
		"DAEMON_OPTIONS(`Name=MTA, Family=inet, Addr=127.0.0.1')dnl\n"
		"for every DAEMON_OPTIONS, and FEATURE(`no_default_msa'); "
		"build sendmail.cf and restart.",
	    .references =
		(const struct check_reference[]){
		    { "cis", "2.1.21" },
		    { "gen", "GEN004710" },
		    { "stig", "V-23952" },
		    { NULL, NULL },
		},
	    .kinds = CHECK_SENDMAIL,
	    .roles = POLICY_ROLE_NULL_CLIENT,
	    .run = loopback_run,
	},
};

const struct check_group check_sendmail_group = {
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
