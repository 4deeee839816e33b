/*
 * check_sendmail_guard.c - the guard and other filters of Sendmail: whether
 * each port asks, and what becomes of mail when nobody answers.
 */
#include "check/check_sendmail.h"

#include "check/groups.h"
#include "check/sendmail_guard.h"

/* Filters that some port asks. */
static bool
is_asked(const struct sendmail *sendmail, const struct sendmail_filter *filter)
{
	if (filter->listed)
		return true;
	for (size_t i = 0; i < sendmail->listener_count; i++) {
		struct str list = sendmail->listeners[i].filters, key, value;

		while (sendmail_part_next(&list, ';', &key, &value))
			if (str_equal_nocase(key, filter->name))
				return true;
	}
	return false;
}

/* ---- every port asks the guard ---- */

static void
wired_port(struct check_run *run, const struct sendmail *sendmail,
    const struct sendmail_listener *listener)
{
	const struct sendmail_filter *guard =
	    sendmail_guard_of(sendmail, listener, run->context->policy);
	const char *port = check_sendmail_text(run, listener->port);

	if (guard != NULL)
		check_pass(run, listener->place,
		    "port %s asks the guard, as filter " STR_FORMAT, port,
		    STR_ARGS(guard->name));
	else if (listener->has_filter)
		check_fail(run, listener->place,
		    "InputFilter= of port %s takes the place of "
		    "InputMailFilters, and does not name the guard",
		    port);
	else
		check_fail(run, listener->place,
		    "port %s does not ask the guard: no filter of "
		    "InputMailFilters has its socket",
		    port);
}

static void
wired_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	bool told = false;

	if (sendmail == NULL)
		return;
	if (run->context->policy == NULL) {
		check_not_applicable(run,
		    "there is no policy file, so no guard to be asked");
		return;
	}
	for (size_t i = 0; i < sendmail->listener_count; i++) {
		if (sendmail->listeners[i].loopback)
			continue;
		wired_port(run, sendmail, &sendmail->listeners[i]);
		told = true;
	}
	if (!told)
		check_not_applicable(run,
		    "Sendmail listens on loopback addresses alone");
}

/* ---- a filter that does not answer ---- */

static void
fallback_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	bool told = false;

	if (sendmail == NULL)
		return;
	for (size_t i = 0; i < sendmail->filter_count; i++) {
		const struct sendmail_filter *filter = &sendmail->filters[i];
		struct check_finding *finding;

		if (!is_asked(sendmail, filter))
			continue;
		told = true;
		if (sendmail_filter_opens(filter))
			finding = check_fail(run, filter->place,
			    "without F=, mail goes on as if filter " STR_FORMAT
			    " were not there when it does not answer",
			    STR_ARGS(filter->name));
		else
			finding = check_pass(run, filter->place,
			    "mail waits or is refused when filter " STR_FORMAT
			    " does not answer",
			    STR_ARGS(filter->name));
		finding->value = check_sendmail_text(run, filter->flags);
		finding->wanted = "F=T";
	}
	if (!told)
		check_not_applicable(run, "Sendmail asks no filter");
}

/* ---- sockets that are slow, and waiting too long ---- */

static void
socket_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	bool told = false;

	if (sendmail == NULL)
		return;
	for (size_t i = 0; i < sendmail->filter_count; i++) {
		const struct sendmail_filter *filter = &sendmail->filters[i];

		if (!is_asked(sendmail, filter))
			continue;
		told = true;
		if (str_starts(filter->socket, STR("inet")))
			check_fail(run, filter->place,
			    "filter " STR_FORMAT
			    " is asked over TCP, at which Sendmail waits 40 ms "
			    "for each command",
			    STR_ARGS(filter->name))
			    ->wanted = "S=unix:";
		else
			check_pass(run, filter->place,
			    "filter " STR_FORMAT
			    " is asked over a socket of the file system",
			    STR_ARGS(filter->name));
		if (filter->timeouts.length == 0)
			check_fail(run, filter->place,
			    "without T=, a filter that hangs is waited for for "
			    "minutes")
			    ->wanted = "T=C:5s;S:5s;R:5s;E:10s";
	}
	if (!told)
		check_not_applicable(run, "Sendmail asks no filter");
}

/* ---- X lines that nobody asks ---- */

static void
unused_run(struct check_run *run)
{
	const struct sendmail *sendmail = check_sendmail_model(run);
	bool told = false;

	if (sendmail == NULL)
		return;
	for (size_t i = 0; i < sendmail->filter_count; i++) {
		const struct sendmail_filter *filter = &sendmail->filters[i];

		if (is_asked(sendmail, filter))
			continue;
		check_fail(run, filter->place,
		    "filter " STR_FORMAT
		    " is defined, and neither InputMailFilters nor an "
		    "InputFilter= names it",
		    STR_ARGS(filter->name));
		told = true;
	}
	if (!told)
		check_pass(run, (struct place){ sendmail->cf.path, 0 },
		    "every filter that is defined is asked");
}

#define NO_REFERENCES                    \
	(const struct check_reference[]) \
	{                                \
		{ NULL, NULL },          \
	}

static const struct check checks[] = {
	{
	    .id = "sendmail-guard-wired",
	    .title = "Every port of Sendmail asks the guard",
	    .severity = CHECK_HIGH,
	    .rationale = "A port that does not ask is judged by Sendmail's "
			 "own rules alone.",
	    .remedy =
		"INPUT_MAIL_FILTER as `mtaguard wire --sendmail' prints it; no "
		"InputFilter= in DAEMON_OPTIONS without the guard.",
	    .references = NO_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = wired_run,
	},
	{
	    .id = "sendmail-filter-fallback",
	    .title = "Mail waits when a filter does not answer",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Without F=T or F=R, Sendmail accepts what the "
			 "filter would have refused, as soon as the filter is "
			 "down.",
	    .remedy = "Add F=T to INPUT_MAIL_FILTER.",
	    .references = NO_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = fallback_run,
	},
	{
	    .id = "sendmail-filter-socket",
	    .title = "Sendmail asks its filters without avoidable delay",
	    .severity = CHECK_LOW,
	    .rationale = "Sendmail writes to a filter in two pieces, and over "
			 "TCP the second waits for an acknowledgement: 44 ms "
			 "a recipient, measured. The timeouts that are built "
			 "in are minutes.",
	    .remedy = "S=unix:... and T=C:5s;S:5s;R:5s;E:10s.",
	    .references = NO_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = socket_run,
	},
	{
	    .id = "sendmail-filter-asked",
	    .title = "Every filter that is defined is asked",
	    .severity = CHECK_MEDIUM,
	    .rationale = "MAIL_FILTER defines a filter; only "
			 "INPUT_MAIL_FILTER or confINPUT_MAIL_FILTERS makes "
			 "Sendmail ask it.",
	    .remedy = "INPUT_MAIL_FILTER instead of MAIL_FILTER, or remove "
		      "it.",
	    .references = NO_REFERENCES,
	    .kinds = CHECK_SENDMAIL,
	    .run = unused_run,
	},
};

const struct check_group check_sendmail_guard_group = {
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
