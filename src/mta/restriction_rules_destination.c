/*
 * restriction_rules_destination.c - restrictions on whose the recipient is.
 */
#include "mta/restriction_rules.h"

#include <string.h>

/* What permit_auth_destination says; retry: it could not be found out. */
static enum restriction_status
authorized(struct restriction_run *run)
{
	const struct resolution *recipient = restriction_recipient(run);

	if (recipient->failed)
		return restriction_retry(run, recipient->failed_place);
	if (recipient->routed && !run->settings->untrusted_routing)
		return STATUS_DUNNO;
	switch (recipient->class) {
	case RECIPIENT_LOCAL:
	case RECIPIENT_ALIAS:
	case RECIPIENT_VIRTUAL:
	case RECIPIENT_RELAY:
		return STATUS_PERMIT;
	case RECIPIENT_OTHER:
		break;
	}
	return STATUS_DUNNO;
}

static enum restriction_status
unauthorized(struct restriction_run *run, unsigned code, const char *text)
{
	if (!run->has_recipient)
		return STATUS_DUNNO;
	switch (authorized(run)) {
	case STATUS_PERMIT:
		return STATUS_DUNNO;
	case STATUS_REJECT:
		return STATUS_REJECT;
	case STATUS_DUNNO:
		break;
	}
	return restriction_reject(run, code, text);
}

RULE_FUNCTION(rule_reject_unauth_destination)
{
	(void)item;
	(void)rule;
	return unauthorized(run, run->settings->relay_code,
	    "5.7.1 Relay access denied");
}

RULE_FUNCTION(rule_defer_unauth_destination)
{
	(void)item;
	(void)rule;
	return unauthorized(run, run->settings->relay_code - 100,
	    "4.7.1 Relay access denied");
}

RULE_FUNCTION(rule_permit_auth_destination)
{
	(void)item;
	(void)rule;
	if (!run->has_recipient)
		return STATUS_DUNNO;
	enum restriction_status status = authorized(run);
	if (status == STATUS_PERMIT)
		run->step->place = run->step->place.file != NULL
		    ? run->step->place
		    : restriction_recipient(run)->class_place;
	return status;
}

/* Whether a host has an address of ours. */
static bool
has_own_address(struct restriction_run *run, struct str host)
{
	static const enum resolver_type types[] = { RESOLVER_A, RESOLVER_AAAA };
	const struct postfix *postfix = run->options->postfix;
	bool has_address = false;

	for (size_t i = 0; i < 2; i++) {
		struct resolver_answer answer;

		if (!restriction_ask_dns(run, host, types[i], &answer) ||
		    answer.lookup != LOOKUP_FOUND)
			continue;
		for (size_t j = 0; j < answer.count; j++)
			if (recipient_address_is_own(postfix,
				&answer.records[j].address))
				return true;
		has_address |= answer.count > 0;
	}
	return has_address && postfix->own_unsure != NULL &&
	    restriction_choose(run, postfix, host, postfix->own_unsure, 2) == 1;
}

/* Whether one of the mail exchangers of a preference is this host. */
static bool
is_exchanger(struct restriction_run *run, const struct resolver_answer *hosts,
    unsigned preference, bool same)
{
	struct mail_lookup lookup = restriction_lookup(run);
	struct place place;

	for (size_t i = 0; i < hosts->count; i++) {
		const struct resolver_record *host = &hosts->records[i];

		if ((host->preference == preference) != same)
			continue;
		if (recipient_is_local(run->resolver, host->text, &lookup,
			&place) == POSTFIX_FOUND ||
		    has_own_address(run, host->text))
			return true;
	}
	return false;
}

/* Whether all addresses of a host are in permit_mx_backup_networks. */
static bool
host_in_networks(struct restriction_run *run, struct str host)
{
	static const enum resolver_type types[] = { RESOLVER_A, RESOLVER_AAAA };
	size_t found = 0;

	for (size_t i = 0; i < 2; i++) {
		struct resolver_answer answer;

		if (!restriction_ask_dns(run, host, types[i], &answer) ||
		    answer.lookup != LOOKUP_FOUND)
			continue;
		for (size_t j = 0; j < answer.count; j++) {
			struct postfix_answer match;

			postfix_list_find_client(&run->settings->mx_networks,
			    host, &answer.records[j].address, run->arena,
			    &match);
			if (match.found == POSTFIX_UNKNOWN &&
			    restriction_choose(run, &run->settings->mx_networks,
				host, match.reason, 2) == 1)
				match.found = POSTFIX_FOUND;
			if (match.found != POSTFIX_FOUND)
				return false;
			found++;
		}
	}
	return found > 0;
}

/* Whether we back up the domain that these hosts receive mail for. */
static enum restriction_status
backs_up(struct restriction_run *run, const struct resolver_answer *hosts)
{
	unsigned best = (unsigned)-1;

	for (size_t i = 0; i < hosts->count; i++)
		if (hosts->records[i].preference < best)
			best = hosts->records[i].preference;
	if (is_exchanger(run, hosts, best, true) ||
	    !is_exchanger(run, hosts, best, false))
		return STATUS_DUNNO;
	for (size_t i = 0; i < hosts->count; i++)
		if (run->settings->mx_networks_given &&
		    hosts->records[i].preference == best &&
		    !host_in_networks(run, hosts->records[i].text))
			return STATUS_DUNNO;
	return STATUS_PERMIT;
}

RULE_FUNCTION(rule_permit_mx_backup)
{
	struct resolver_answer hosts;

	(void)item;
	(void)rule;
	if (!run->has_recipient)
		return STATUS_DUNNO;
	enum restriction_status status = authorized(run);
	const struct resolution *recipient = restriction_recipient(run);
	if (status != STATUS_DUNNO || recipient->routed ||
	    str_starts(recipient->domain, STR("[")))
		return status;
	if (!restriction_ask_dns(run, recipient->domain, RESOLVER_MX, &hosts))
		return restriction_choose(run, run->resolver, recipient->domain,
			   "whoever owns the domain decides in DNS whether "
			   "this host is a backup MX of it; name such domains "
			   "in relay_domains instead",
			   2) == 0
		    ? STATUS_DUNNO
		    : STATUS_PERMIT;
	if (hosts.lookup == LOOKUP_FOUND)
		return backs_up(run, &hosts);
	if (hosts.lookup == LOOKUP_FAILED && !run->defer_reject.active)
		run->defer_reject = (struct restriction_deferral){
			.active = true,
			.code = 450,
			.text = "4.4.4 Unable to look up mail exchanger",
			.step = run->step,
		};
	return STATUS_DUNNO;
}

/* Gone since 3.9; the client's name counted as well. */
RULE_FUNCTION(rule_check_relay_domains)
{
	struct mail_lookup lookup = restriction_lookup(run);
	struct postfix_answer answer;

	(void)item;
	(void)rule;
	if (!run->has_recipient)
		return STATUS_DUNNO;
	recipient_list_find(&run->resolver->relay_domains, run->client_name,
	    &lookup, &answer);
	if (answer.found == POSTFIX_FOUND)
		return STATUS_PERMIT;
	enum restriction_status status = authorized(run);
	if (status != STATUS_DUNNO)
		return status;
	return restriction_reject(run, run->settings->relay_code,
	    "5.7.1 Recipient address rejected: Relay access denied");
}
