/*
 * scenario_reasons.c - what a driver of scenarios cannot carry, and why.
 */
#include "tests/lib/scenario.h"

static bool
is_beyond_milter(const struct scenario *scenario,
    const struct scenario_step *step)
{
	(void)scenario;
	return step->session.stage == SESSION_VRFY ||
	    step->session.stage == SESSION_ETRN ||
	    step->session.stage == SESSION_OTHER;
}

/* Steps at which nobody is refused say nothing on a real MTA. */
static bool
is_quiet(const struct scenario *scenario, const struct scenario_step *step)
{
	(void)scenario;
	switch (step->session.stage) {
	case SESSION_CONNECT:
	case SESSION_HELO:
	case SESSION_MAIL:
	case SESSION_DATA:
	case SESSION_END_OF_MESSAGE:
	case SESSION_OTHER:
		return true;
	case SESSION_RCPT:
	case SESSION_VRFY:
	case SESSION_ETRN:
		return false;
	}
	return false;
}

static bool
is_local(const struct scenario *scenario, const struct scenario_step *step)
{
	(void)scenario;
	return step->session.client_kind == SESSION_CLIENT_LOCAL;
}

static bool
is_unknown(const struct scenario *scenario, const struct scenario_step *step)
{
	(void)scenario;
	return step->session.client_kind == SESSION_CLIENT_UNKNOWN;
}

static bool
is_bare_postmaster(const struct scenario *scenario,
    const struct scenario_step *step)
{
	(void)scenario;
	return str_equal_nocase(step->session.recipient, STR("<postmaster>"));
}

static bool
has_certificate(const struct scenario *scenario,
    const struct scenario_step *step)
{
	(void)scenario;
	return step->session.certificate.length > 0 ||
	    step->session.certificate_key.length > 0;
}

static bool
has_login(const struct scenario *scenario, const struct scenario_step *step)
{
	(void)scenario;
	return step->session.login.length > 0 ||
	    step->session.tls_version.length > 0;
}

static bool
has_port(const struct scenario *scenario, const struct scenario_step *step)
{
	(void)scenario;
	return step->session.server_port != 25;
}

static bool
has_now(const struct scenario *scenario, const struct scenario_step *step)
{
	(void)scenario;
	return step->now != SCENARIO_NOW;
}

static bool
has_host(const struct scenario *scenario, const struct scenario_step *step)
{
	(void)step;
	return scenario->has_host;
}

static bool
is_cleaned(const struct scenario *scenario, const struct scenario_step *step)
{
	struct scenario_space space;
	struct request request;

	return !scenario_request(scenario, step, SCENARIO_POLICY, &space,
	    &request);
}

const struct scenario_reason scenario_reasons[] = {
	{
	    .name = "stage",
	    .why = "a milter is not called for VRFY, ETRN and unknown states",
	    .protocols = SCENARIO_POLICY,
	    .places = SCENARIO_ANY_PLACE,
	    .applies = is_beyond_milter,
	},
	{
	    .name = "quiet",
	    .why = "at this stage a real MTA answers for itself",
	    .protocols = SCENARIO_ANY_PROTOCOL,
	    .places = SCENARIO_ENGINE | SCENARIO_DAEMON,
	    .applies = is_quiet,
	},
	{
	    .name = "local",
	    .why = "only sendmail -bs has no client, and only a milter sees it",
	    .protocols = SCENARIO_MILTER,
	    .places = SCENARIO_ENGINE | SCENARIO_DAEMON,
	    .applies = is_local,
	},
	{
	    .name = "unknown",
	    .why =
		"only XCLIENT makes it, and libmilter gives such a client up",
	    .protocols = SCENARIO_ANY_PROTOCOL,
	    .mta_protocols = SCENARIO_POLICY,
	    .places = SCENARIO_ANY_PLACE,
	    .applies = is_unknown,
	},
	{
	    .name = "postmaster",
	    .why = "Postfix takes this one without asking a policy server",
	    .protocols = SCENARIO_ANY_PROTOCOL,
	    .mta_protocols = SCENARIO_MILTER,
	    .places = SCENARIO_ANY_PLACE,
	    .applies = is_bare_postmaster,
	},
	{
	    .name = "certificate",
	    .why = "no macro of the milter protocol has a fingerprint",
	    .protocols = SCENARIO_POLICY,
	    .places = SCENARIO_ENGINE | SCENARIO_DAEMON,
	    .applies = has_certificate,
	},
	{
	    .name = "login",
	    .why = "a login and TLS need servers beside the MTA",
	    .protocols = SCENARIO_ANY_PROTOCOL,
	    .places = SCENARIO_ENGINE | SCENARIO_DAEMON,
	    .applies = has_login,
	},
	{
	    .name = "port",
	    .why = "a test's MTA listens on a port that is free",
	    .protocols = SCENARIO_ANY_PROTOCOL,
	    .places = SCENARIO_ENGINE | SCENARIO_DAEMON,
	    .applies = has_port,
	},
	{
	    .name = "now",
	    .why = "a daemon has the clock of the machine",
	    .protocols = SCENARIO_ANY_PROTOCOL,
	    .places = SCENARIO_ENGINE,
	    .applies = has_now,
	},
	{
	    .name = "host",
	    .why = "a daemon has the addresses and gateways of the machine",
	    .protocols = SCENARIO_ANY_PROTOCOL,
	    .places = SCENARIO_ENGINE,
	    .applies = has_host,
	},
	{
	    .name = "argument",
	    .why = "Postfix refuses this argument before it asks anybody",
	    .protocols = SCENARIO_MILTER,
	    .places = SCENARIO_ANY_PLACE,
	    .applies = is_cleaned,
	},
	{
	    .name = "dequoted",
	    .why = "Postfix takes quotes and one source route off before it "
		   "asks",
	    .protocols = SCENARIO_POLICY,
	    .places = SCENARIO_ANY_PLACE,
	},
	{
	    .name = "verbatim",
	    .why = "a milter sees the quotes and routes that Postfix takes off",
	    .protocols = SCENARIO_MILTER,
	    .places = SCENARIO_ANY_PLACE,
	},
	{
	    .name = "utf8",
	    .why = "Sendmail takes no addresses that are not ASCII",
	    .protocols = SCENARIO_POLICY | SCENARIO_POSTFIX_MILTER,
	    .places = SCENARIO_ANY_PLACE,
	},
	{
	    .name = "mailer",
	    .why = "Sendmail's mailer says nothing of domains it relays for",
	    .protocols = SCENARIO_POLICY | SCENARIO_POSTFIX_MILTER,
	    .places = SCENARIO_ANY_PLACE,
	},
	{
	    .name = "no-mailer",
	    .why = "there Sendmail alone cannot say whose a domain is",
	    .protocols = SCENARIO_SENDMAIL_MILTER,
	    .places = SCENARIO_ANY_PLACE,
	},
	{
	    .name = "macros",
	    .why = "a policy request has no macros that could be missing",
	    .protocols = SCENARIO_MILTER,
	    .places = SCENARIO_ENGINE | SCENARIO_DAEMON,
	},
};

const size_t scenario_reason_count =
    sizeof(scenario_reasons) / sizeof(scenario_reasons[0]);

static bool
can_carry(const struct scenario_reason *reason, struct scenario_driver driver)
{
	unsigned protocols = reason->protocols;

	if (driver.place == SCENARIO_MTA && reason->mta_protocols != 0)
		protocols = reason->mta_protocols;
	return (protocols & driver.protocol) != 0 &&
	    (reason->places & driver.place) != 0;
}

const char *
scenario_cannot(const struct scenario *scenario,
    const struct scenario_step *step, struct scenario_driver driver)
{
	if ((step->only & driver.protocol) == 0 ||
	    (step->places & driver.place) == 0)
		return step->reason;
	for (size_t i = 0; i < scenario_reason_count; i++) {
		const struct scenario_reason *reason = &scenario_reasons[i];

		if (!can_carry(reason, driver) && reason->applies != NULL &&
		    reason->applies(scenario, step))
			return reason->why;
	}
	return NULL;
}
