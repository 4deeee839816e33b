/*
 * restriction_settings.h - what smtpd's restrictions depend on beside their
 * lists: flags, reply codes, networks and tables, as one service sees them.
 */
#ifndef MTA_RESTRICTION_SETTINGS_H
#define MTA_RESTRICTION_SETTINGS_H

#include "base/arena.h"
#include "base/error.h"
#include "mta/mail_maps.h"
#include "mta/postfix.h"
#include "mta/postfix_list.h"

#include <stdbool.h>
#include <stddef.h>

struct restriction_settings {
	bool delay_reject;
	bool helo_required;
	bool relay_first; /* smtpd_relay_before_recipient_restrictions */
	bool reject_unlisted_recipient;
	bool reject_unlisted_sender;
	bool soft_bounce;
	bool untrusted_routing; /* allow_untrusted_routing */
	bool sasl;              /* smtpd_sasl_auth_enable */
	bool sasl_tls_only;     /* smtpd_tls_auth_only */
	bool ask_certificate;
	bool strict_envelopes;
	bool tls_offered;
	bool tls_required;
	bool tls_wrapper;    /* from the first byte on */
	bool proxy_filter;   /* then some actions of tables are not there */
	bool any_listed;     /* receive_override_options says so */
	bool access_parents; /* parent_domain_matches_subdomains names
			      * smtpd_access_maps */
	unsigned reject_code, defer_code, access_reject_code, access_defer_code;
	unsigned relay_code, rbl_code, client_code, helo_code, address_code;
	unsigned name_code, fqdn_code, bounce_code, plaintext_code;
	unsigned local_code, alias_code, mailbox_code, relayed_code;
	struct str null_key; /* smtpd_null_access_lookup_key */
	struct str delimiters;
	struct str policy_action; /* smtpd_policy_service_default_action */
	struct str verify_sender; /* address_verify_sender, with its domain */
	struct postfix_list networks; /* mynetworks, unless: */
	const struct netblock *own_networks;
	size_t own_network_count;
	const char *neighbours_unknown; /* why it may trust more; NULL */
	bool networks_given;
	struct place networks_place;
	const char *networks_unknown;    /* why nobody knows them; NULL */
	struct postfix_list mx_networks; /* permit_mx_backup_networks */
	bool mx_networks_given;
	struct mail_maps client_certificates; /* relay_clientcerts */
	struct mail_maps login_maps;          /* smtpd_sender_login_maps */
	struct mail_maps local_recipients, relay_recipients, mailboxes;
	struct mail_maps recipient_canonical, sender_canonical, canonical;
	struct mail_maps aliases; /* virtual_alias_maps */
	unsigned version;         /* 307 */
};

/* False where smtpd dies of one of them; the error says which. */
bool restriction_settings_read(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    struct restriction_settings *settings, struct error *error);

#endif
