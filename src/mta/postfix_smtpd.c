/*
 * postfix_smtpd.c - what an smtpd dies of at its start, and nobody else does.
 *
 * Each row was tried with the smtpd of Postfix 3.7. The server starts with
 * such a value; but no client is served.
 */
#include "mta/postfix_internal.h"

/* clang-format off */
static const struct postfix_parameter parameters[] = {
	{ "allow_untrusted_routing", KIND_FLAG, 0 },
	{ "broken_sasl_auth_clients", KIND_FLAG, 0 },
	{ "disable_vrfy_command", KIND_FLAG, 0 },
	{ "show_user_unknown_table_name", KIND_FLAG, 0 },
	{ "smtpd_client_port_logging", KIND_FLAG, 0 },
	{ "smtpd_delay_open_until_valid_rcpt", KIND_FLAG, 0 },
	{ "smtpd_delay_reject", KIND_FLAG, 0 },
	{ "smtpd_enforce_tls", KIND_FLAG, 0 },
	{ "smtpd_forbid_unauth_pipelining", KIND_FLAG, 0 },
	{ "smtpd_helo_required", KIND_FLAG, 0 },
	{ "smtpd_peername_lookup", KIND_FLAG, 0 },
	{ "smtpd_per_request_deadline", KIND_FLAG, 0 },
	{ "smtpd_reject_unlisted_recipient", KIND_FLAG, 0 },
	{ "smtpd_reject_unlisted_sender", KIND_FLAG, 0 },
	{ "smtpd_relay_before_recipient_restrictions", KIND_FLAG, 0 },
	{ "smtpd_sasl_auth_enable", KIND_FLAG, 0 },
	{ "smtpd_sasl_authenticated_header", KIND_FLAG, 0 },
	{ "smtpd_tls_always_issue_session_ids", KIND_FLAG, 0 },
	{ "smtpd_tls_ask_ccert", KIND_FLAG, 0 },
	{ "smtpd_tls_auth_only", KIND_FLAG, 0 },
	{ "smtpd_tls_received_header", KIND_FLAG, 0 },
	{ "smtpd_tls_req_ccert", KIND_FLAG, 0 },
	{ "smtpd_tls_wrappermode", KIND_FLAG, 0 },
	{ "smtpd_use_tls", KIND_FLAG, 0 },
	{ "strict_rfc821_envelopes", KIND_FLAG, 0 },
	{ "access_map_defer_code", KIND_NUMBER, NO_MINIMUM },
	{ "access_map_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "address_verify_poll_count", KIND_NUMBER, 1 },
	{ "defer_code", KIND_NUMBER, NO_MINIMUM },
	{ "fault_injection_code", KIND_NUMBER, NO_MINIMUM },
	{ "invalid_hostname_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "maps_rbl_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "multi_recipient_bounce_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "non_fqdn_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "plaintext_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "queue_minfree", KIND_NUMBER, NO_MINIMUM },
	{ "reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "relay_domains_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "smtpd_client_auth_rate_limit", KIND_NUMBER, NO_MINIMUM },
	{ "smtpd_client_connection_count_limit", KIND_NUMBER, NO_MINIMUM },
	{ "smtpd_client_connection_rate_limit", KIND_NUMBER, NO_MINIMUM },
	{ "smtpd_client_message_rate_limit", KIND_NUMBER, NO_MINIMUM },
	{ "smtpd_client_new_tls_session_rate_limit", KIND_NUMBER, NO_MINIMUM },
	{ "smtpd_client_recipient_rate_limit", KIND_NUMBER, NO_MINIMUM },
	{ "smtpd_hard_error_limit", KIND_NUMBER, 1 },
	{ "smtpd_history_flush_threshold", KIND_NUMBER, 1 },
	{ "smtpd_junk_command_limit", KIND_NUMBER, 1 },
	{ "smtpd_min_data_rate", KIND_NUMBER, 1 },
	{ "smtpd_policy_service_request_limit", KIND_NUMBER, NO_MINIMUM },
	{ "smtpd_policy_service_try_limit", KIND_NUMBER, 1 },
	{ "smtpd_recipient_limit", KIND_NUMBER, 1 },
	{ "smtpd_recipient_overshoot_limit", KIND_NUMBER, 1 },
	{ "smtpd_sasl_response_limit", KIND_NUMBER, 1 },
	{ "smtpd_soft_error_limit", KIND_NUMBER, 1 },
	{ "smtpd_tls_ccert_verifydepth", KIND_NUMBER, NO_MINIMUM },
	{ "unknown_address_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "unknown_client_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "unknown_hostname_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "unknown_local_recipient_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "unknown_relay_recipient_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "unknown_virtual_alias_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "unknown_virtual_mailbox_reject_code", KIND_NUMBER, NO_MINIMUM },
	{ "unverified_recipient_defer_code", KIND_NUMBER, 200 },
	{ "unverified_recipient_reject_code", KIND_NUMBER, 200 },
	{ "unverified_sender_defer_code", KIND_NUMBER, 200 },
	{ "unverified_sender_reject_code", KIND_NUMBER, 200 },
	{ "address_verify_poll_delay", KIND_TIME, 1 },
	{ "address_verify_sender_ttl", KIND_TIME, 0 },
	{ "milter_command_timeout", KIND_TIME, 1 },
	{ "milter_connect_timeout", KIND_TIME, 1 },
	{ "milter_content_timeout", KIND_TIME, 1 },
	{ "smtpd_error_sleep_time", KIND_TIME, 0 },
	{ "smtpd_policy_service_max_idle", KIND_TIME, 1 },
	{ "smtpd_policy_service_max_ttl", KIND_TIME, 1 },
	{ "smtpd_policy_service_retry_delay", KIND_TIME, 1 },
	{ "smtpd_policy_service_timeout", KIND_TIME, 1 },
	{ "smtpd_proxy_timeout", KIND_TIME, 1 },
	{ "smtpd_starttls_timeout", KIND_TIME, 1 },
	{ "smtpd_timeout", KIND_TIME, 1 },
	{ "smtpd_upstream_proxy_timeout", KIND_TIME, 1 },
};
/* clang-format on */

const char *
postfix_smtpd_fatal(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    struct place *place)
{
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]);
	     i++) {
		const struct postfix_parameter *parameter = &parameters[i];
		struct postfix_value value;
		struct error error;
		const char *wrong;

		if (!postfix_value(postfix, service, parameter->name, &value,
			&error) ||
		    (value.origin != POSTFIX_FROM_MAIN &&
			value.origin != POSTFIX_FROM_MASTER) ||
		    !postfix_scope_has_default(&postfix->scope,
			str_from(parameter->name)))
			continue;
		wrong = postfix_parameter_judge(parameter, value.text, arena);
		if (wrong == NULL)
			continue;
		*place = value.place;
		return arena_print(arena,
		    "%s is \"" STR_FORMAT "\", %s: smtpd does not start",
		    parameter->name, STR_ARGS(value.text), wrong);
	}
	return NULL;
}
