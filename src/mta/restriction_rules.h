/*
 * restriction_rules.h - every restriction that smtpd knows, one row each.
 */
#ifndef MTA_RESTRICTION_RULES_H
#define MTA_RESTRICTION_RULES_H

#include "mta/restriction_list.h"
#include "mta/restriction_run.h"
#include "mta/restrictions.h"

enum rule_argument {
	RULE_NO_ARGUMENT,
	RULE_TABLE,  /* type:name */
	RULE_DOMAIN, /* of a DNS list; without one it does nothing */
	RULE_POLICY, /* the endpoint of a policy server */
	RULE_NUMBER,
};

/* What of a session a rule is about. */
enum rule_subject {
	RULE_NOTHING,
	RULE_CLIENT,
	RULE_REVERSE,
	RULE_HELO,
	RULE_SENDER,
	RULE_RECIPIENT,
};

struct restriction_rule {
	struct str name;
	enum rule_argument argument;
	enum rule_subject subject;
	unsigned facts; /* enum restriction_fact, together */
	unsigned since; /* 0: always */
	unsigned until; /* the last version; then it is 451. 0: still there */
	enum resolver_type type; /* of check_*_{ns,mx,a}_access */
	enum restriction_status (*apply)(struct restriction_run *run,
	    const struct restriction_item *item,
	    const struct restriction_rule *rule);
};

/* NULL: there is none. */
const struct restriction_rule *restriction_rule_find(struct str name);

/* The check_ that a table alone stands for. */
const struct restriction_rule *restriction_rule_of_stage(
    enum restriction_stage stage);

/* ---- what the rows call, one file a subject ---- */

#define RULE_FUNCTION(name)                                       \
	enum restriction_status name(struct restriction_run *run, \
	    const struct restriction_item *item,                  \
	    const struct restriction_rule *rule)

/* restriction_rules_general.c */
RULE_FUNCTION(rule_permit);
RULE_FUNCTION(rule_reject);
RULE_FUNCTION(rule_defer);
RULE_FUNCTION(rule_defer_if_permit);
RULE_FUNCTION(rule_defer_if_reject);
RULE_FUNCTION(rule_nothing);
RULE_FUNCTION(rule_plaintext_session);
RULE_FUNCTION(rule_policy_service);

/* restriction_rules_client.c */
RULE_FUNCTION(rule_permit_mynetworks);
RULE_FUNCTION(rule_permit_inet_interfaces);
RULE_FUNCTION(rule_permit_sasl);
RULE_FUNCTION(rule_permit_clientcerts);
RULE_FUNCTION(rule_permit_all_clientcerts);
RULE_FUNCTION(rule_unknown_client);
RULE_FUNCTION(rule_unknown_reverse);
RULE_FUNCTION(rule_check_client);
RULE_FUNCTION(rule_check_certificate);
RULE_FUNCTION(rule_check_sasl);

/* restriction_rules_name.c: what HELO and addresses look like */
RULE_FUNCTION(rule_invalid_helo);
RULE_FUNCTION(rule_non_fqdn_helo);
RULE_FUNCTION(rule_unknown_helo);
RULE_FUNCTION(rule_permit_naked_address);
RULE_FUNCTION(rule_check_helo);
RULE_FUNCTION(rule_check_etrn);
RULE_FUNCTION(rule_check_address);
RULE_FUNCTION(rule_non_fqdn_address);
RULE_FUNCTION(rule_unlisted);
RULE_FUNCTION(rule_multi_recipient_bounce);
RULE_FUNCTION(rule_auth_sender_mismatch);
RULE_FUNCTION(rule_known_sender_mismatch);
RULE_FUNCTION(rule_unauth_sender_mismatch);

/* restriction_rules_destination.c */
RULE_FUNCTION(rule_reject_unauth_destination);
RULE_FUNCTION(rule_defer_unauth_destination);
RULE_FUNCTION(rule_permit_auth_destination);
RULE_FUNCTION(rule_permit_mx_backup);
RULE_FUNCTION(rule_check_relay_domains);

/* restriction_rules_dns.c: what only DNS or another server knows */
RULE_FUNCTION(rule_unknown_address);
RULE_FUNCTION(rule_unverified_address);
RULE_FUNCTION(rule_rbl_address);
RULE_FUNCTION(rule_rbl_domain);
RULE_FUNCTION(rule_dnswl_address);
RULE_FUNCTION(rule_dnswl_domain);
RULE_FUNCTION(rule_check_server);

#endif
