/*
 * restriction_settings.c - what smtpd's restrictions depend on beside their
 * lists.
 */
#include "mta/restriction_settings.h"

/* A parameter, and the field of struct restriction_settings it is for. */
struct row {
	const char *name;
	size_t offset;
};

#define AT(field)    offsetof(struct restriction_settings, field)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct row flags[] = {
	{ "smtpd_delay_reject", AT(delay_reject) },
	{ "smtpd_helo_required", AT(helo_required) },
	{ "smtpd_reject_unlisted_recipient", AT(reject_unlisted_recipient) },
	{ "smtpd_reject_unlisted_sender", AT(reject_unlisted_sender) },
	{ "soft_bounce", AT(soft_bounce) },
	{ "allow_untrusted_routing", AT(untrusted_routing) },
	{ "smtpd_sasl_auth_enable", AT(sasl) },
	{ "smtpd_tls_auth_only", AT(sasl_tls_only) },
	{ "strict_rfc821_envelopes", AT(strict_envelopes) },
};

static const struct row codes[] = {
	{ "reject_code", AT(reject_code) },
	{ "defer_code", AT(defer_code) },
	{ "access_map_reject_code", AT(access_reject_code) },
	{ "access_map_defer_code", AT(access_defer_code) },
	{ "relay_domains_reject_code", AT(relay_code) },
	{ "maps_rbl_reject_code", AT(rbl_code) },
	{ "unknown_client_reject_code", AT(client_code) },
	{ "unknown_hostname_reject_code", AT(helo_code) },
	{ "unknown_address_reject_code", AT(address_code) },
	{ "invalid_hostname_reject_code", AT(name_code) },
	{ "non_fqdn_reject_code", AT(fqdn_code) },
	{ "multi_recipient_bounce_reject_code", AT(bounce_code) },
	{ "plaintext_reject_code", AT(plaintext_code) },
	{ "unknown_local_recipient_reject_code", AT(local_code) },
	{ "unknown_virtual_alias_reject_code", AT(alias_code) },
	{ "unknown_virtual_mailbox_reject_code", AT(mailbox_code) },
	{ "unknown_relay_recipient_reject_code", AT(relayed_code) },
};

static const struct row texts[] = {
	{ "smtpd_null_access_lookup_key", AT(null_key) },
	{ "recipient_delimiter", AT(delimiters) },
	{ "smtpd_policy_service_default_action", AT(policy_action) },
	{ "address_verify_sender", AT(verify_sender) },
};

static const struct row maps[] = {
	{ "relay_clientcerts", AT(client_certificates) },
	{ "smtpd_sender_login_maps", AT(login_maps) },
	{ "local_recipient_maps", AT(local_recipients) },
	{ "relay_recipient_maps", AT(relay_recipients) },
	{ "virtual_mailbox_maps", AT(mailboxes) },
	{ "recipient_canonical_maps", AT(recipient_canonical) },
	{ "sender_canonical_maps", AT(sender_canonical) },
	{ "canonical_maps", AT(canonical) },
	{ "virtual_alias_maps", AT(aliases) },
};

/* What is being read, from where and into what. */
struct reading {
	const struct postfix *postfix;
	const struct postfix_service *service;
	struct arena *arena;
	struct restriction_settings *settings;
	struct error *error;
};

static void *
field(const struct reading *reading, size_t offset)
{
	return (char *)reading->settings + offset;
}

static bool
value_of(const struct reading *reading, const char *name,
    struct postfix_value *value)
{
	return postfix_value(reading->postfix, reading->service, name, value,
	    reading->error);
}

static bool
flag_of(const struct reading *reading, const char *name, bool *flag)
{
	struct postfix_value value;

	return postfix_flag(reading->postfix, reading->service, name, flag,
	    &value, reading->error);
}

static bool
read_flags(const struct reading *reading)
{
	for (size_t i = 0; i < COUNT(flags); i++)
		if (!flag_of(reading, flags[i].name,
			field(reading, flags[i].offset)))
			return false;
	return true;
}

static bool
read_codes(const struct reading *reading)
{
	for (size_t i = 0; i < COUNT(codes); i++) {
		struct postfix_value value;
		unsigned long number;

		if (!value_of(reading, codes[i].name, &value))
			return false;
		if (!str_number(value.text, 99999, &number))
			return error_set(reading->error,
			    "%s = " STR_FORMAT " is not a number",
			    codes[i].name, STR_ARGS(value.text));
		*(unsigned *)field(reading, codes[i].offset) = (unsigned)number;
	}
	return true;
}

static bool
read_texts(const struct reading *reading)
{
	struct postfix_value value;

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (!value_of(reading, texts[i].name, &value))
			return false;
		*(struct str *)field(reading, texts[i].offset) = value.text;
	}
	for (size_t i = 0; i < COUNT(maps); i++) {
		if (!value_of(reading, maps[i].name, &value))
			return false;
		mail_maps_read(value.text, value.place,
		    reading->postfix->tables, reading->arena,
		    field(reading, maps[i].offset));
	}
	return true;
}

static bool
has_token(struct str list, struct str word)
{
	struct str token;

	while (postfix_list_next(&list, &token))
		if (str_equal_nocase(token, word))
			return true;
	return false;
}

/* mynetworks, or the host's own addresses by mynetworks_style. */
static bool
read_networks(const struct reading *reading, const struct postfix_value *styles)
{
	struct restriction_settings *settings = reading->settings;
	struct postfix_value value;
	struct error error;

	if (!value_of(reading, "mynetworks", &value))
		return false;
	settings->networks_place = value.place;
	settings->networks_given = value.origin == POSTFIX_FROM_MAIN ||
	    value.origin == POSTFIX_FROM_MASTER;
	if (!settings->networks_given) {
		if (!postfix_default_networks(reading->postfix,
			reading->service, reading->arena,
			&settings->own_networks, &settings->own_network_count,
			&error))
			settings->networks_unknown =
			    arena_print(reading->arena, "%s", error.text);
		settings->neighbours_unknown =
		    postfix_neighbours_unknown(reading->postfix,
			reading->service, reading->arena);
		return true;
	}
	postfix_list_read(
	    &(struct postfix_list_source){
		.kind = POSTFIX_CLIENTS,
		.parents = has_token(styles->text, STR("mynetworks")),
		.text = value.text,
		.place = value.place,
	    },
	    reading->postfix->tables, reading->arena, &settings->networks,
	    NULL);
	return true;
}

static bool
read_mx_networks(const struct reading *reading,
    const struct postfix_value *styles)
{
	struct restriction_settings *settings = reading->settings;
	struct postfix_value value;

	if (!value_of(reading, "permit_mx_backup_networks", &value))
		return false;
	settings->mx_networks_given = value.text.length > 0;
	postfix_list_read(
	    &(struct postfix_list_source){
		.kind = POSTFIX_CLIENTS,
		.parents =
		    has_token(styles->text, STR("permit_mx_backup_networks")),
		.text = value.text,
		.place = value.place,
	    },
	    reading->postfix->tables, reading->arena, &settings->mx_networks,
	    NULL);
	return true;
}

/* Whether the session may, or must, be encrypted, and certificates count. */
static bool
read_tls(const struct reading *reading)
{
	struct restriction_settings *settings = reading->settings;
	struct postfix_value level;
	bool use, enforce, wrapper, ask, require;

	if (!value_of(reading, "smtpd_tls_security_level", &level) ||
	    !flag_of(reading, "smtpd_use_tls", &use) ||
	    !flag_of(reading, "smtpd_enforce_tls", &enforce) ||
	    !flag_of(reading, "smtpd_tls_wrappermode", &wrapper) ||
	    !flag_of(reading, "smtpd_tls_ask_ccert", &ask) ||
	    !flag_of(reading, "smtpd_tls_req_ccert", &require))
		return false;
	if (level.text.length > 0) {
		use = !str_equal(level.text, STR("none"));
		enforce = use && !str_equal(level.text, STR("may"));
	}
	settings->tls_wrapper = wrapper;
	settings->tls_required = enforce || wrapper;
	settings->tls_offered = use || settings->tls_required;
	settings->ask_certificate = ask || (require && enforce);
	return true;
}

/* What stands in words rather than as a number or yes. */
static bool
read_words(const struct reading *reading)
{
	struct restriction_settings *settings = reading->settings;
	struct postfix_value value, origin;

	if (!value_of(reading, "smtpd_relay_before_recipient_restrictions",
		&value))
		return false;
	settings->relay_first = str_equal(value.text, STR("yes"));
	if (!value_of(reading, "smtpd_proxy_filter", &value))
		return false;
	settings->proxy_filter = value.text.length > 0;
	if (!value_of(reading, "receive_override_options", &value))
		return false;
	settings->any_listed =
	    has_token(value.text, STR("no_unknown_recipient_checks"));
	if (!value_of(reading, "myorigin", &origin))
		return false;
	if (!str_has(settings->verify_sender, '@'))
		settings->verify_sender = str_from(arena_print(reading->arena,
		    STR_FORMAT "@" STR_FORMAT,
		    STR_ARGS(settings->verify_sender), STR_ARGS(origin.text)));
	return true;
}

bool
restriction_settings_read(const struct postfix *postfix,
    const struct postfix_service *service, struct arena *arena,
    struct restriction_settings *settings, struct error *error)
{
	const struct reading reading = {
		.postfix = postfix,
		.service = service,
		.arena = arena,
		.settings = settings,
		.error = error,
	};
	struct postfix_value styles;

	*settings = (struct restriction_settings){
		.version = postfix->site.version,
	};
	if (!value_of(&reading, "parent_domain_matches_subdomains", &styles))
		return false;
	settings->access_parents =
	    has_token(styles.text, STR("smtpd_access_maps"));
	return read_flags(&reading) && read_codes(&reading) &&
	    read_texts(&reading) && read_networks(&reading, &styles) &&
	    read_mx_networks(&reading, &styles) && read_tls(&reading) &&
	    read_words(&reading);
}
