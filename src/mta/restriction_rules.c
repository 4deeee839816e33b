/*
 * restriction_rules.c - every restriction that smtpd knows, one row each.
 */
#include "mta/restriction_rules.h"

enum {
	C = FACT_ADDRESS,
	N = FACT_NAME,
	V = FACT_REVERSE,
	H = FACT_HELO,
	L = FACT_LOGIN,
	T = FACT_TLS,
	K = FACT_CERTIFICATE | FACT_TLS,
	S = FACT_SENDER,
	R = FACT_RECIPIENT,
	ALL = C | N | V | H | L | K | S | R,
};

/* clang-format off */
#define ROW(name_, argument_, subject_, facts_, apply_) \
	{ .name = STR_INIT(name_), .argument = RULE_##argument_, \
	    .subject = RULE_##subject_, .facts = (facts_), .apply = (apply_) }
#define SERVER(name_, subject_, facts_, type_) \
	{ .name = STR_INIT(name_), .argument = RULE_TABLE, \
	    .subject = RULE_##subject_, .facts = (facts_), \
	    .type = RESOLVER_##type_, .apply = rule_check_server }
#define REMOVED(name_, subject_, facts_, apply_) \
	{ .name = STR_INIT(name_), .subject = RULE_##subject_, \
	    .facts = (facts_), .until = 308, .apply = (apply_) }

/* In the order of smtpd_check.c, generic_checks(). */
static const struct restriction_rule rules[] = {
	ROW("permit", NO_ARGUMENT, NOTHING, 0, rule_permit),
	ROW("defer", NO_ARGUMENT, NOTHING, 0, rule_defer),
	ROW("reject", NO_ARGUMENT, NOTHING, 0, rule_reject),
	ROW("reject_unauth_pipelining", NO_ARGUMENT, NOTHING, 0, rule_nothing),
	ROW("check_policy_service", POLICY, NOTHING, ALL, rule_policy_service),
	ROW("defer_if_permit", NO_ARGUMENT, NOTHING, 0, rule_defer_if_permit),
	ROW("defer_if_reject", NO_ARGUMENT, NOTHING, 0, rule_defer_if_reject),
	ROW("sleep", NUMBER, NOTHING, 0, rule_nothing),
	ROW("reject_plaintext_session", NO_ARGUMENT, NOTHING, T,
	    rule_plaintext_session),

	ROW("reject_unknown_client_hostname", NO_ARGUMENT, CLIENT, N,
	    rule_unknown_client),
	ROW("reject_unknown_client", NO_ARGUMENT, CLIENT, N,
	    rule_unknown_client),
	ROW("reject_unknown_reverse_client_hostname", NO_ARGUMENT, REVERSE, V,
	    rule_unknown_reverse),
	ROW("permit_inet_interfaces", NO_ARGUMENT, CLIENT, C,
	    rule_permit_inet_interfaces),
	ROW("permit_mynetworks", NO_ARGUMENT, CLIENT, C | N,
	    rule_permit_mynetworks),
	ROW("check_client_access", TABLE, CLIENT, C | N, rule_check_client),
	ROW("check_reverse_client_hostname_access", TABLE, REVERSE, C | V,
	    rule_check_client),
	REMOVED("reject_maps_rbl", CLIENT, C, rule_rbl_address),
	ROW("reject_rbl_client", DOMAIN, CLIENT, C, rule_rbl_address),
	ROW("reject_rbl", DOMAIN, CLIENT, C, rule_rbl_address),
	ROW("permit_dnswl_client", DOMAIN, CLIENT, C | R, rule_dnswl_address),
	ROW("reject_rhsbl_client", DOMAIN, CLIENT, N, rule_rbl_domain),
	ROW("permit_rhswl_client", DOMAIN, CLIENT, N | R, rule_dnswl_domain),
	ROW("reject_rhsbl_reverse_client", DOMAIN, REVERSE, V,
	    rule_rbl_domain),
	ROW("check_ccert_access", TABLE, NOTHING, K, rule_check_certificate),
	ROW("check_sasl_access", TABLE, NOTHING, L, rule_check_sasl),
	SERVER("check_client_ns_access", CLIENT, N, NS),
	SERVER("check_client_mx_access", CLIENT, N, MX),
	SERVER("check_client_a_access", CLIENT, N, A),
	SERVER("check_reverse_client_hostname_ns_access", REVERSE, V, NS),
	SERVER("check_reverse_client_hostname_mx_access", REVERSE, V, MX),
	SERVER("check_reverse_client_hostname_a_access", REVERSE, V, A),

	ROW("check_helo_access", TABLE, HELO, H, rule_check_helo),
	ROW("reject_invalid_helo_hostname", NO_ARGUMENT, HELO, H,
	    rule_invalid_helo),
	ROW("reject_invalid_hostname", NO_ARGUMENT, HELO, H,
	    rule_invalid_helo),
	ROW("reject_unknown_helo_hostname", NO_ARGUMENT, HELO, H,
	    rule_unknown_helo),
	ROW("reject_unknown_hostname", NO_ARGUMENT, HELO, H,
	    rule_unknown_helo),
	REMOVED("permit_naked_ip_address", HELO, H, rule_permit_naked_address),
	SERVER("check_helo_ns_access", HELO, H, NS),
	SERVER("check_helo_mx_access", HELO, H, MX),
	SERVER("check_helo_a_access", HELO, H, A),
	ROW("reject_non_fqdn_helo_hostname", NO_ARGUMENT, HELO, H,
	    rule_non_fqdn_helo),
	ROW("reject_non_fqdn_hostname", NO_ARGUMENT, HELO, H,
	    rule_non_fqdn_helo),
	ROW("reject_rhsbl_helo", DOMAIN, HELO, H, rule_rbl_domain),

	ROW("check_sender_access", TABLE, SENDER, S, rule_check_address),
	ROW("reject_unknown_address", NO_ARGUMENT, SENDER, S,
	    rule_unknown_address),
	ROW("reject_unknown_sender_domain", NO_ARGUMENT, SENDER, S,
	    rule_unknown_address),
	ROW("reject_unverified_sender", NO_ARGUMENT, SENDER, S,
	    rule_unverified_address),
	ROW("reject_non_fqdn_sender", NO_ARGUMENT, SENDER, S,
	    rule_non_fqdn_address),
	ROW("reject_authenticated_sender_login_mismatch", NO_ARGUMENT, SENDER,
	    S | L, rule_auth_sender_mismatch),
	ROW("reject_known_sender_login_mismatch", NO_ARGUMENT, SENDER, S | L,
	    rule_known_sender_mismatch),
	ROW("reject_unauthenticated_sender_login_mismatch", NO_ARGUMENT,
	    SENDER, S | L, rule_unauth_sender_mismatch),
	SERVER("check_sender_ns_access", SENDER, S, NS),
	SERVER("check_sender_mx_access", SENDER, S, MX),
	SERVER("check_sender_a_access", SENDER, S, A),
	ROW("reject_rhsbl_sender", DOMAIN, SENDER, S, rule_rbl_domain),
	ROW("reject_unlisted_sender", NO_ARGUMENT, SENDER, S, rule_unlisted),

	ROW("check_recipient_access", TABLE, RECIPIENT, R, rule_check_address),
	ROW("permit_mx_backup", NO_ARGUMENT, RECIPIENT, R,
	    rule_permit_mx_backup),
	ROW("permit_auth_destination", NO_ARGUMENT, RECIPIENT, R,
	    rule_permit_auth_destination),
	ROW("reject_unauth_destination", NO_ARGUMENT, RECIPIENT, R,
	    rule_reject_unauth_destination),
	ROW("defer_unauth_destination", NO_ARGUMENT, RECIPIENT, R,
	    rule_defer_unauth_destination),
	REMOVED("check_relay_domains", RECIPIENT, R | N,
	    rule_check_relay_domains),
	ROW("permit_sasl_authenticated", NO_ARGUMENT, NOTHING, L,
	    rule_permit_sasl),
	ROW("permit_tls_all_clientcerts", NO_ARGUMENT, NOTHING, K,
	    rule_permit_all_clientcerts),
	ROW("permit_tls_clientcerts", NO_ARGUMENT, NOTHING, K,
	    rule_permit_clientcerts),
	ROW("reject_unknown_recipient_domain", NO_ARGUMENT, RECIPIENT, R,
	    rule_unknown_address),
	ROW("reject_non_fqdn_recipient", NO_ARGUMENT, RECIPIENT, R,
	    rule_non_fqdn_address),
	SERVER("check_recipient_ns_access", RECIPIENT, R, NS),
	SERVER("check_recipient_mx_access", RECIPIENT, R, MX),
	SERVER("check_recipient_a_access", RECIPIENT, R, A),
	ROW("reject_rhsbl_recipient", DOMAIN, RECIPIENT, R, rule_rbl_domain),
	ROW("check_recipient_maps", NO_ARGUMENT, RECIPIENT, R, rule_unlisted),
	ROW("reject_unlisted_recipient", NO_ARGUMENT, RECIPIENT, R,
	    rule_unlisted),
	ROW("reject_multi_recipient_bounce", NO_ARGUMENT, SENDER, S,
	    rule_multi_recipient_bounce),
	ROW("reject_unverified_recipient", NO_ARGUMENT, RECIPIENT, R,
	    rule_unverified_address),
	ROW("check_etrn_access", TABLE, NOTHING, 0, rule_check_etrn),
};
/* clang-format on */

const struct restriction_rule *
restriction_rule_find(struct str name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (str_equal_nocase(name, rules[i].name))
			return &rules[i];
	return NULL;
}

const struct restriction_rule *
restriction_rule_of_stage(enum restriction_stage stage)
{
	switch (stage) {
	case STAGE_CLIENT:
		return restriction_rule_find(STR("check_client_access"));
	case STAGE_HELO:
		return restriction_rule_find(STR("check_helo_access"));
	case STAGE_SENDER:
		return restriction_rule_find(STR("check_sender_access"));
	case STAGE_RELAY:
	case STAGE_RECIPIENT:
		return restriction_rule_find(STR("check_recipient_access"));
	}
	return NULL;
}
