/*
 * restriction_rules_client.c - restrictions on who connects: its address,
 * names, login and certificate.
 */
#include "mta/restriction_rules.h"

#include <string.h>

enum postfix_found
restriction_trusted(struct restriction_run *run)
{
	const struct restriction_settings *settings = run->settings;
	struct postfix_answer answer = { .found = POSTFIX_MISSING };
	const struct address *client = &run->session->client;

	if (settings->networks_place.file != NULL &&
	    settings->networks_unknown != NULL)
		run->step->place = settings->networks_place;
	if (settings->networks_unknown != NULL)
		return restriction_choose(run, settings, STR(""),
			   settings->networks_unknown, 2) == 0
		    ? POSTFIX_MISSING
		    : POSTFIX_FOUND;
	if (!settings->networks_given) {
		for (size_t i = 0; i < settings->own_network_count; i++)
			if (netblock_contains(&settings->own_networks[i],
				client))
				return POSTFIX_FOUND;
		return settings->neighbours_unknown == NULL ||
			restriction_choose(run, settings, STR(""),
			    settings->neighbours_unknown, 2) == 0
		    ? POSTFIX_MISSING
		    : POSTFIX_FOUND;
	}
	postfix_list_find_client(&settings->networks, run->client_name, client,
	    run->arena, &answer);
	if (answer.found == POSTFIX_UNKNOWN && answer.place.file != NULL)
		run->step->place = answer.place;
	if (answer.found == POSTFIX_UNKNOWN)
		answer.found = restriction_choose(run, &settings->networks,
				   STR(""), answer.reason, 2) == 0
		    ? POSTFIX_MISSING
		    : POSTFIX_FOUND;
	if (answer.place.file != NULL && answer.found != POSTFIX_MISSING) {
		run->step->key = answer.key;
		run->step->value = answer.value;
		run->step->place = answer.place;
	}
	return answer.found;
}

RULE_FUNCTION(rule_permit_mynetworks)
{
	(void)item;
	(void)rule;
	switch (restriction_trusted(run)) {
	case POSTFIX_FOUND:
		return STATUS_PERMIT;
	case POSTFIX_BROKEN:
		return restriction_retry(run, (struct place){ 0 });
	case POSTFIX_MISSING:
	case POSTFIX_UNKNOWN:
		break;
	}
	return STATUS_DUNNO;
}

RULE_FUNCTION(rule_permit_inet_interfaces)
{
	const struct postfix *postfix = run->options->postfix;

	(void)item;
	(void)rule;
	for (size_t i = 0; i < postfix->own_count; i++)
		if (memcmp(&postfix->own[i].address, &run->session->client,
			sizeof(run->session->client)) == 0)
			return STATUS_PERMIT;
	if (postfix->own_unsure != NULL &&
	    restriction_choose(run, postfix, run->client_text,
		postfix->own_unsure, 2) == 1)
		return STATUS_PERMIT;
	return STATUS_DUNNO;
}

RULE_FUNCTION(rule_permit_sasl)
{
	(void)item;
	(void)rule;
	if (restriction_login(run).length == 0 ||
	    str_equal_nocase(run->session->login_method, STR("anonymous")))
		return STATUS_DUNNO;
	return STATUS_PERMIT;
}

/* What explain and proof say of a certificate that nobody has listed. */
static const struct str certificate_trusted = STR_INIT("trusted");
static const struct str certificate_selfsigned = STR_INIT("selfsigned");

/* Whether the client has shown a certificate, and smtpd has asked for it. */
static bool
has_certificate(const struct restriction_run *run)
{
	return run->settings->ask_certificate &&
	    run->session->tls_version.length > 0 &&
	    run->session->certificate.length > 0;
}

static bool
is_made_up(struct str certificate)
{
	return str_equal(certificate, certificate_trusted) ||
	    str_equal(certificate, certificate_selfsigned);
}

/* The fingerprints by which a certificate is looked up. */
static size_t
fingerprints(const struct restriction_run *run, struct str *prints)
{
	size_t count = 0;

	if (is_made_up(run->session->certificate)) {
		prints[count++] = STR("FE:ED:FA:CE:00:00:00:00:00:00:00:00:00:"
				      "00:00:00:00:00:00:00");
		return count;
	}
	prints[count++] = run->session->certificate;
	if (run->session->certificate_key.length > 0)
		prints[count++] = run->session->certificate_key;
	return count;
}

RULE_FUNCTION(rule_permit_clientcerts)
{
	struct mail_lookup lookup = restriction_lookup(run);
	struct postfix_answer answer;
	struct str prints[2];

	(void)item;
	(void)rule;
	if (!has_certificate(run))
		return STATUS_DUNNO;
	for (size_t i = 0; i < fingerprints(run, prints); i++) {
		mail_maps_find(&run->settings->client_certificates, prints[i],
		    false, &lookup, &answer);
		if (answer.found == POSTFIX_BROKEN)
			return restriction_retry(run, answer.place);
		if (answer.found != POSTFIX_FOUND)
			continue;
		run->step->key = answer.key;
		run->step->value = answer.value;
		if (answer.place.file != NULL)
			run->step->place = answer.place;
		return STATUS_PERMIT;
	}
	return STATUS_DUNNO;
}

RULE_FUNCTION(rule_permit_all_clientcerts)
{
	struct str certificate = run->session->certificate;

	if (!has_certificate(run))
		return STATUS_DUNNO;
	if (str_equal(certificate, certificate_trusted))
		return STATUS_PERMIT;
	if (!str_equal(certificate, certificate_selfsigned) &&
	    restriction_choose(run, run->settings, STR("certificate"),
		"it depends on who has signed the certificate", 2) == 1)
		return STATUS_PERMIT;
	return rule_permit_clientcerts(run, item, rule);
}

RULE_FUNCTION(rule_unknown_client)
{
	(void)item;
	(void)rule;
	if (!str_equal(run->client_name, STR("unknown")))
		return STATUS_DUNNO;
	return restriction_reject(run, run->settings->client_code,
	    "4.7.25 Client host rejected: cannot find your hostname");
}

RULE_FUNCTION(rule_unknown_reverse)
{
	(void)item;
	(void)rule;
	if (!str_equal(run->reverse_name, STR("unknown")))
		return STATUS_DUNNO;
	return restriction_reject(run, run->settings->client_code,
	    "4.7.1 Client host rejected: cannot find your reverse hostname");
}

/* The name first, then the address. */
RULE_FUNCTION(rule_check_client)
{
	bool reverse = rule->subject == RULE_REVERSE;
	enum restriction_status status;

	if (!restriction_find_domain(run, &item->maps,
		reverse ? run->reverse_name : run->client_name, &status) &&
	    status == STATUS_DUNNO)
		restriction_find_address(run, &item->maps, run->client_text,
		    &status);
	return reverse ? restriction_forbid_permit(run, status) : status;
}

RULE_FUNCTION(rule_check_certificate)
{
	struct mail_lookup lookup = restriction_lookup(run);
	enum restriction_status status = STATUS_DUNNO;
	struct postfix_answer answer;
	struct str prints[2];

	(void)rule;
	if (!has_certificate(run))
		return STATUS_DUNNO;
	size_t count = fingerprints(run, prints);
	for (size_t i = 0; i < count && status == STATUS_DUNNO; i++) {
		mail_maps_find(&item->maps, prints[i], false, &lookup, &answer);
		status = restriction_answer(run, &answer);
	}
	return status;
}

RULE_FUNCTION(rule_check_sasl)
{
	struct mail_lookup lookup = restriction_lookup(run);
	struct postfix_answer answer;

	(void)rule;
	if (restriction_login(run).length == 0)
		return STATUS_DUNNO;
	mail_maps_find(&item->maps, restriction_login(run), false, &lookup,
	    &answer);
	return restriction_answer(run, &answer);
}
