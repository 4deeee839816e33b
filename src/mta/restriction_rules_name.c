/*
 * restriction_rules_name.c - restrictions on what the client says of itself:
 * HELO, sender and recipient.
 */
#include "mta/restriction_rules.h"

#include <string.h>

/* A name without the one dot that may end it. */
static struct str
without_dot(struct str name)
{
	if (name.length > 1 && name.data[name.length - 1] == '.' &&
	    name.data[name.length - 2] != '.')
		name.length--;
	return name;
}

/* "[192.0.2.1]" as HELO. */
static enum restriction_status
check_literal(struct restriction_run *run)
{
	struct str helo = run->helo;
	struct address address;

	if (helo.length > 2 && str_ends(helo, STR("]")))
		helo = str_slice(helo, 1, helo.length - 1);
	if (recipient_literal_valid(helo, &address))
		return STATUS_DUNNO;
	return restriction_reject(run, run->settings->name_code,
	    "5.5.2 Helo command rejected: invalid ip address");
}

RULE_FUNCTION(rule_invalid_helo)
{
	struct str helo = run->helo;
	struct address address;

	(void)item;
	(void)rule;
	if (!run->has_helo)
		return STATUS_DUNNO;
	if (str_starts(helo, STR("[")))
		return check_literal(run);
	helo = without_dot(helo);
	if (recipient_host_valid(helo) ||
	    recipient_address_valid(helo, &address))
		return STATUS_DUNNO;
	return restriction_reject(run, run->settings->name_code,
	    "5.5.2 Helo command rejected: Invalid name");
}

RULE_FUNCTION(rule_non_fqdn_helo)
{
	struct str helo = run->helo;

	(void)item;
	(void)rule;
	if (!run->has_helo)
		return STATUS_DUNNO;
	if (str_starts(helo, STR("[")))
		return check_literal(run);
	helo = without_dot(helo);
	if (recipient_host_valid(helo) && str_has(helo, '.'))
		return STATUS_DUNNO;
	return restriction_reject(run, run->settings->fqdn_code,
	    "5.5.2 Helo command rejected: need fully-qualified hostname");
}

/* One of the types of records that a name may have. */
static enum lookup
find_records(struct restriction_run *run, struct str name, bool *known)
{
	static const enum resolver_type types[] = {
		RESOLVER_MX,
		RESOLVER_A,
		RESOLVER_AAAA,
	};

	*known = true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct resolver_answer answer;

		if (!restriction_ask_dns(run, name, types[i], &answer)) {
			*known = false;
			return LOOKUP_FAILED;
		}
		if (answer.lookup != LOOKUP_MISSING)
			return answer.lookup;
	}
	return LOOKUP_MISSING;
}

/* Refuses a name that DNS does not have. */
static enum restriction_status
check_exists(struct restriction_run *run, struct str name, unsigned code,
    const char *text)
{
	bool known;
	enum lookup lookup = find_records(run, name, &known);

	if (!known)
		lookup = restriction_choose(run, run->resolver, name,
			     arena_print(run->arena,
				 "only DNS knows whether " STR_FORMAT
				 " has an address or MX record",
				 STR_ARGS(name)),
			     2) == 0
		    ? LOOKUP_FOUND
		    : LOOKUP_MISSING;
	switch (lookup) {
	case LOOKUP_FOUND:
		return STATUS_DUNNO;
	case LOOKUP_MISSING:
		return restriction_reject(run, code, text);
	case LOOKUP_FAILED:
		restriction_defer_if_permit(run, 450, text);
		return STATUS_DUNNO;
	}
	return STATUS_DUNNO;
}

RULE_FUNCTION(rule_unknown_helo)
{
	(void)item;
	(void)rule;
	if (!run->has_helo)
		return STATUS_DUNNO;
	if (str_starts(run->helo, STR("[")))
		return check_literal(run);
	return check_exists(run, run->helo, run->settings->helo_code,
	    "4.7.1 Helo command rejected: Host not found");
}

/* Gone since 3.9: a bare address as HELO opened everything. */
RULE_FUNCTION(rule_permit_naked_address)
{
	struct str helo = run->helo;
	struct address address;

	(void)item;
	(void)rule;
	if (!run->has_helo)
		return STATUS_DUNNO;
	for (size_t i = 0; i < helo.length; i++)
		if (strchr("0123456789.:", helo.data[i]) == NULL)
			return STATUS_DUNNO;
	if (recipient_literal_valid(helo, &address))
		return STATUS_PERMIT;
	return restriction_reject(run, run->settings->name_code,
	    "5.5.2 Helo command rejected: invalid ip address");
}

RULE_FUNCTION(rule_check_helo)
{
	enum restriction_status status = STATUS_DUNNO;

	(void)rule;
	if (run->has_helo)
		restriction_find_domain(run, &item->maps, run->helo, &status);
	return status;
}

RULE_FUNCTION(rule_check_etrn)
{
	(void)run;
	(void)item;
	(void)rule;
	return STATUS_DUNNO;
}

/* Whether the address that a rule is about is there, and not <>. */
static bool
has_subject(const struct restriction_run *run,
    const struct restriction_rule *rule)
{
	if (rule->subject == RULE_SENDER)
		return run->has_sender && run->sender.length > 0;
	return run->has_recipient;
}

static const struct resolution *
resolution_of(struct restriction_run *run, const struct restriction_rule *rule)
{
	if (rule->subject == RULE_SENDER)
		return restriction_sender(run);
	return restriction_recipient(run);
}

static struct str
subject_of(const struct restriction_run *run,
    const struct restriction_rule *rule)
{
	return rule->subject == RULE_SENDER ? run->sender : run->recipient;
}

/* <> has a key of its own. */
static enum restriction_status
check_null_sender(struct restriction_run *run,
    const struct restriction_item *item)
{
	struct mail_lookup lookup = restriction_lookup(run);
	struct postfix_answer answer;

	mail_maps_find(&item->maps, run->settings->null_key, false, &lookup,
	    &answer);
	return restriction_answer(run, &answer);
}

RULE_FUNCTION(rule_check_address)
{
	const struct restriction_settings *settings = run->settings;
	struct mail_lookup lookup = restriction_lookup(run);
	bool sender = rule->subject == RULE_SENDER;
	struct postfix_answer answer;

	if (sender && run->has_sender && run->sender.length == 0)
		return check_null_sender(run, item);
	if (!has_subject(run, rule))
		return STATUS_DUNNO;
	const struct resolution *resolution = resolution_of(run, rule);
	if (resolution->failed)
		return restriction_retry(run, resolution->failed_place);
	mail_maps_find_address(&item->maps, resolution->recipient,
	    settings->delimiters,
	    MAIL_KEY_USER_AT |
		(settings->access_parents ? MAIL_KEY_DOMAIN
					  : MAIL_KEY_DOT_DOMAIN),
	    &lookup, &answer);
	enum restriction_status status = restriction_answer(run, &answer);
	/* What routes in its local part is not trusted (3.6 of smtpd). */
	if (status == STATUS_PERMIT && !sender && resolution->routed &&
	    !settings->untrusted_routing)
		return STATUS_DUNNO;
	return status;
}

RULE_FUNCTION(rule_non_fqdn_address)
{
	struct str local, domain;

	(void)item;
	if (!has_subject(run, rule))
		return STATUS_DUNNO;
	if (!str_cut_last(subject_of(run, rule), '@', &local, &domain))
		domain = STR("");
	if (str_starts(domain, STR("[")) && str_ends(domain, STR("]")))
		return STATUS_DUNNO;
	domain = without_dot(domain);
	if (recipient_host_valid(domain) && str_has(domain, '.'))
		return STATUS_DUNNO;
	return restriction_reject(run, run->settings->fqdn_code,
	    "4.5.2 need fully-qualified address");
}

RULE_FUNCTION(rule_unknown_address)
{
	(void)item;
	if (!has_subject(run, rule))
		return STATUS_DUNNO;
	const struct resolution *resolution = resolution_of(run, rule);
	if (resolution->failed)
		return restriction_retry(run, resolution->failed_place);
	switch (resolution->class) {
	case RECIPIENT_LOCAL:
	case RECIPIENT_ALIAS:
	case RECIPIENT_VIRTUAL:
		return STATUS_DUNNO;
	case RECIPIENT_RELAY:
	case RECIPIENT_OTHER:
		break;
	}
	if (str_starts(resolution->domain, STR("[")))
		return STATUS_DUNNO;
	return check_exists(run, resolution->domain,
	    run->settings->address_code, "4.1.2 Domain not found");
}

RULE_FUNCTION(rule_unlisted)
{
	(void)item;
	if (!has_subject(run, rule))
		return STATUS_DUNNO;
	return restriction_listed(run, rule->subject == RULE_SENDER);
}

/* A session here has one recipient, so that there is nothing to say. */
RULE_FUNCTION(rule_multi_recipient_bounce)
{
	(void)run;
	(void)item;
	(void)rule;
	return STATUS_DUNNO;
}

/* Who owns the sender's address; false: nobody is listed. */
static bool
find_owners(struct restriction_run *run, struct str *owners,
    enum restriction_status *status)
{
	struct mail_lookup lookup = restriction_lookup(run);
	const struct resolution *sender = restriction_sender(run);
	struct postfix_answer answer;

	*status = STATUS_DUNNO;
	if (sender->failed) {
		*status = restriction_retry(run, sender->failed_place);
		return false;
	}
	mail_maps_find_address(&run->settings->login_maps, sender->recipient,
	    run->settings->delimiters,
	    MAIL_KEY_AT_DOMAIN |
		(sender->class == RECIPIENT_LOCAL ? MAIL_KEY_LOCAL : 0u),
	    &lookup, &answer);
	if (answer.found == POSTFIX_BROKEN)
		*status = restriction_retry(run, answer.place);
	*owners = answer.value;
	return answer.found == POSTFIX_FOUND;
}

/* A login may only send as what it owns. */
static enum restriction_status
check_owner(struct restriction_run *run, bool allow_unlisted)
{
	enum restriction_status status;
	struct str owners = STR(""), owner;
	bool listed = find_owners(run, &owners, &status);

	if (status != STATUS_DUNNO || (!listed && allow_unlisted))
		return status;
	while (postfix_list_next(&owners, &owner))
		if (str_equal_nocase(owner, restriction_login(run)))
			return STATUS_DUNNO;
	return restriction_reject(run, 553,
	    "5.7.1 Sender address rejected: not owned by user");
}

/* An address that somebody owns needs a login. */
static enum restriction_status
check_login(struct restriction_run *run)
{
	enum restriction_status status;
	struct str owners;

	if (!find_owners(run, &owners, &status))
		return status;
	return restriction_reject(run, 553,
	    "5.7.1 Sender address rejected: not logged in");
}

/* Without smtpd_sender_login_maps nobody owns anything. */
static bool
checks_logins(const struct restriction_run *run,
    const struct restriction_rule *rule)
{
	return run->settings->sasl && has_subject(run, rule);
}

RULE_FUNCTION(rule_auth_sender_mismatch)
{
	(void)item;
	if (!checks_logins(run, rule) || restriction_login(run).length == 0)
		return STATUS_DUNNO;
	return check_owner(run, false);
}

RULE_FUNCTION(rule_known_sender_mismatch)
{
	(void)item;
	if (!checks_logins(run, rule))
		return STATUS_DUNNO;
	if (restriction_login(run).length > 0)
		return check_owner(run, true);
	return check_login(run);
}

RULE_FUNCTION(rule_unauth_sender_mismatch)
{
	(void)item;
	if (!checks_logins(run, rule) || restriction_login(run).length > 0)
		return STATUS_DUNNO;
	return check_login(run);
}
