/*
 * postfix_start.c - what every program of Postfix dies of at its start.
 *
 * The parameters are those that each program reads, whether it uses them or
 * not (Postfix src/global/mail_params.c); a service's own are not here.
 */
#include "mta/postfix_internal.h"

#include "mta/postfix_expand.h"
#include "mta/postfix_list.h"
#include "mta/recipient_resolve.h"

#include <string.h>

enum {
	LEVEL_MAX = 0x7fffffff,
	LEVEL_HAS_POINTS = 306, /* from Postfix 3.6 on */
};

/* clang-format off */
static const struct postfix_parameter parameters[] = {
	{ "address_verify_negative_cache", KIND_FLAG, 0 },
	{ "backwards_bounce_logfile_compatibility", KIND_FLAG, 0 },
	{ "daemon_table_open_error_is_fatal", KIND_FLAG, 0 },
	{ "disable_dns_lookups", KIND_FLAG, 0 },
	{ "disable_mime_input_processing", KIND_FLAG, 0 },
	{ "disable_mime_output_conversion", KIND_FLAG, 0 },
	{ "dns_ncache_ttl_fix_enable", KIND_FLAG, 0 },
	{ "enable_idna2003_compatibility", KIND_FLAG, 0 },
	{ "enable_long_queue_ids", KIND_FLAG, 0 },
	{ "enable_original_recipient", KIND_FLAG, 0 },
	{ "helpful_warnings", KIND_FLAG, 0 },
	{ "multi_instance_enable", KIND_FLAG, 0 },
	{ "owner_request_special", KIND_FLAG, 0 },
	{ "respectful_logging", KIND_FLAG, 0 },
	{ "send_cyrus_sasl_authzid", KIND_FLAG, 0 },
	{ "smtputf8_enable", KIND_FLAG, 0 },
	{ "soft_bounce", KIND_FLAG, 0 },
	{ "strict_7bit_headers", KIND_FLAG, 0 },
	{ "strict_8bitmime", KIND_FLAG, 0 },
	{ "strict_8bitmime_body", KIND_FLAG, 0 },
	{ "strict_mime_encoding_domain", KIND_FLAG, 0 },
	{ "strict_smtputf8", KIND_FLAG, 0 },
	{ "berkeley_db_create_buffer_size", KIND_NUMBER, 1 },
	{ "berkeley_db_read_buffer_size", KIND_NUMBER, 1 },
	{ "debug_peer_level", KIND_NUMBER, 1 },
	{ "default_process_limit", KIND_NUMBER, 1 },
	{ "delay_logging_resolution_limit", KIND_NUMBER, NO_MINIMUM },
	{ "deliver_lock_attempts", KIND_NUMBER, 1 },
	{ "fork_attempts", KIND_NUMBER, 1 },
	{ "hash_queue_depth", KIND_NUMBER, 1 },
	{ "header_address_token_limit", KIND_NUMBER, 1 },
	{ "header_size_limit", KIND_NUMBER, 1 },
	{ "line_length_limit", KIND_NUMBER, 512 },
	{ "lmdb_map_size", KIND_NUMBER, 1 },
	{ "max_use", KIND_NUMBER, 1 },
	{ "message_size_limit", KIND_NUMBER, NO_MINIMUM },
	{ "mime_boundary_length_limit", KIND_NUMBER, 1 },
	{ "mime_nesting_limit", KIND_NUMBER, 1 },
	{ "tcp_windowsize", KIND_NUMBER, NO_MINIMUM },
	{ "application_event_drain_time", KIND_TIME, 1 },
	{ "daemon_timeout", KIND_TIME, 1 },
	{ "deliver_lock_delay", KIND_TIME, 1 },
	{ "fork_delay", KIND_TIME, 1 },
	{ "in_flow_delay", KIND_TIME, 0 },
	{ "ipc_idle", KIND_TIME, 1 },
	{ "ipc_timeout", KIND_TIME, 1 },
	{ "ipc_ttl", KIND_TIME, 1 },
	{ "max_idle", KIND_TIME, 1 },
	{ "stale_lock_time", KIND_TIME, 1 },
	{ "trigger_timeout", KIND_TIME, 1 },
	{ "address_verify_service_name", KIND_TEXT, 1 },
	{ "alias_database", KIND_TEXT, 0 },
	{ "bounce_service_name", KIND_TEXT, 1 },
	{ "cleanup_service_name", KIND_TEXT, 1 },
	{ "command_directory", KIND_TEXT, 1 },
	{ "daemon_directory", KIND_TEXT, 1 },
	{ "data_directory", KIND_TEXT, 1 },
	{ "debug_peer_list", KIND_TEXT, 0 },
	{ "default_database_type", KIND_TEXT, 1 },
	{ "default_delivery_status_filter", KIND_TEXT, 0 },
	{ "default_privs", KIND_TEXT, 1 },
	{ "default_verp_delimiters", KIND_TEXT, 2 },
	{ "defer_service_name", KIND_TEXT, 1 },
	{ "double_bounce_sender", KIND_TEXT, 1 },
	{ "error_service_name", KIND_TEXT, 1 },
	{ "export_environment", KIND_TEXT, 0 },
	{ "fast_flush_domains", KIND_TEXT, 0 },
	{ "flush_service_name", KIND_TEXT, 1 },
	{ "hash_queue_names", KIND_TEXT, 1 },
	{ "import_environment", KIND_TEXT, 0 },
	{ "info_log_address_format", KIND_TEXT, 1 },
	{ "internal_mail_filter_classes", KIND_TEXT, 0 },
	{ "known_tcp_ports", KIND_TEXT, 0 },
	{ "mail_name", KIND_TEXT, 1 },
	{ "mail_owner", KIND_TEXT, 1 },
	{ "mail_release_date", KIND_TEXT, 1 },
	{ "mail_version", KIND_TEXT, 1 },
	{ "maillog_file", KIND_TEXT, 0 },
	{ "maillog_file_compressor", KIND_TEXT, 1 },
	{ "maillog_file_prefixes", KIND_TEXT, 1 },
	{ "maillog_file_rotate_suffix", KIND_TEXT, 1 },
	{ "message_drop_headers", KIND_TEXT, 0 },
	{ "meta_directory", KIND_TEXT, 1 },
	{ "multi_instance_directories", KIND_TEXT, 0 },
	{ "multi_instance_group", KIND_TEXT, 0 },
	{ "multi_instance_name", KIND_TEXT, 0 },
	{ "multi_instance_wrapper", KIND_TEXT, 0 },
	{ "mydestination", KIND_TEXT, 0 },
	{ "mydomain", KIND_TEXT, 1 },
	{ "myhostname", KIND_TEXT, 1 },
	{ "mynetworks", KIND_TEXT, 0 },
	{ "mynetworks_style", KIND_TEXT, 1 },
	{ "myorigin", KIND_TEXT, 1 },
	{ "parent_domain_matches_subdomains", KIND_TEXT, 0 },
	{ "pickup_service_name", KIND_TEXT, 1 },
	{ "postlog_service_name", KIND_TEXT, 1 },
	{ "process_id_directory", KIND_TEXT, 1 },
	{ "proxy_interfaces", KIND_TEXT, 0 },
	{ "proxymap_service_name", KIND_TEXT, 1 },
	{ "proxywrite_service_name", KIND_TEXT, 1 },
	{ "queue_directory", KIND_TEXT, 1 },
	{ "queue_service_name", KIND_TEXT, 1 },
	{ "recipient_delimiter", KIND_TEXT, 0 },
	{ "relay_domains", KIND_TEXT, 0 },
	{ "relayhost", KIND_TEXT, 0 },
	{ "rewrite_service_name", KIND_TEXT, 1 },
	{ "setgid_group", KIND_TEXT, 1 },
	{ "shlib_directory", KIND_TEXT, 1 },
	{ "showq_service_name", KIND_TEXT, 1 },
	{ "smtputf8_autodetect_classes", KIND_TEXT, 1 },
	{ "syslog_facility", KIND_TEXT, 1 },
	{ "syslog_name", KIND_TEXT, 1 },
	{ "trace_service_name", KIND_TEXT, 1 },
	{ "verp_delimiter_filter", KIND_TEXT, 1 },
};
/* clang-format on */

/* A number as sscanf(3) reads %ld, and nothing after it. */
static bool
read_number(struct str text, long *number)
{
	bool negative = str_starts(text, STR("-"));
	unsigned long value;

	if (negative || str_starts(text, STR("+")))
		text = str_slice(text, 1, text.length);
	if (!str_number(text, 0x7fffffffffffffff, &value))
		return false;
	*number = negative ? -(long)value : (long)value;
	return true;
}

/* Digits, of which there may be none, and a unit: what follows is ignored. */
static bool
read_time(struct str text, long *number)
{
	size_t digits = 0;
	unsigned long value = 0;

	while (digits < text.length && text.data[digits] >= '0' &&
	    text.data[digits] <= '9')
		digits++;
	if (text.length == 0 ||
	    (digits > 0 &&
		!str_number(str_slice(text, 0, digits), 0x7fffffff, &value)))
		return false;
	*number = (long)value;
	return digits == text.length ||
	    (text.data[digits] != '\0' &&
		strchr("smhdw", text.data[digits]) != NULL);
}

const char *
postfix_parameter_judge(const struct postfix_parameter *parameter,
    struct str text, struct arena *arena)
{
	long number = 0;
	bool good = true;

	switch (parameter->kind) {
	case KIND_FLAG:
		if (str_equal_nocase(text, STR("yes")) ||
		    str_equal_nocase(text, STR("no")))
			return NULL;
		return "neither yes nor no";
	case KIND_NUMBER:
		good = read_number(text, &number);
		break;
	case KIND_TIME:
		good = read_time(text, &number);
		break;
	case KIND_TEXT:
		number = (long)text.length;
		break;
	}
	if (!good)
		return parameter->kind == KIND_TIME ? "not a time"
						    : "not a number";
	if (number >= parameter->minimum)
		return NULL;
	if (parameter->kind == KIND_TEXT)
		return "too short";
	return arena_print(arena, "less than %ld", parameter->minimum);
}

/* A value that a file gives; false: there is none, or it cannot be expanded. */
static bool
value_of(struct postfix *postfix, const char *name, struct postfix_value *value)
{
	struct error error;

	if (postfix_value(postfix, NULL, name, value, &error))
		return value->origin == POSTFIX_FROM_MAIN;
	/* Of a default, what it is made of is at fault: that comes first. */
	if (value->origin != POSTFIX_FROM_MAIN)
		return false;
	postfix_dies(postfix, value->place, "%s: Postfix does not start",
	    error.text);
	return false;
}

static void
check_parameters(struct postfix *postfix)
{
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]);
	     i++) {
		const struct postfix_parameter *parameter = &parameters[i];
		struct postfix_value value;

		if (!value_of(postfix, parameter->name, &value))
			continue;
		const char *wrong = postfix_parameter_judge(parameter,
		    value.text, postfix->arena);
		if (wrong != NULL)
			postfix_dies(postfix, value.place,
			    "%s is \"" STR_FORMAT
			    "\", %s: Postfix does not start",
			    parameter->name, STR_ARGS(value.text), wrong);
	}
}

/* A default that cannot be expanded, though all that is set can be. */
static void
check_defaults(struct postfix *postfix)
{
	for (size_t i = 0; postfix->fatal == NULL &&
	     i < sizeof(parameters) / sizeof(parameters[0]);
	     i++) {
		struct postfix_value value;
		struct error error;

		if (!postfix_value(postfix, NULL, parameters[i].name, &value,
			&error))
			postfix_dies(postfix,
			    (struct place){ postfix->main.path, 0 },
			    "%s: Postfix does not start", error.text);
	}
}

static void
check_level(struct postfix *postfix)
{
	struct postfix_value value;
	unsigned long number;
	int order;

	if (!value_of(postfix, "compatibility_level", &value))
		return;
	if (postfix->site.version < LEVEL_HAS_POINTS &&
	    !str_number(value.text, LEVEL_MAX, &number))
		postfix_dies(postfix, value.place,
		    "compatibility_level is \"" STR_FORMAT
		    "\", and before 3.6 it is a plain number: Postfix does "
		    "not start",
		    STR_ARGS(value.text));
	else if (!postfix_level_compare(value.text, STR("0"), &order))
		postfix_dies(postfix, value.place,
		    "compatibility_level is \"" STR_FORMAT
		    "\", which is no level: Postfix does not start",
		    STR_ARGS(value.text));
}

static void
check_hostname(struct postfix *postfix)
{
	struct postfix_value value;

	if (value_of(postfix, "myhostname", &value) && value.text.length > 0 &&
	    !recipient_host_valid(value.text))
		postfix_dies(postfix, value.place,
		    "myhostname is \"" STR_FORMAT
		    "\", which is no name of a host: Postfix does not start",
		    STR_ARGS(value.text));
}

/* Debian's Postfix reads it from a file whose name it is. */
static void
check_origin(struct postfix *postfix)
{
	struct postfix_value value;
	struct stat status;
	struct error error;

	if (!value_of(postfix, "myorigin", &value) ||
	    !str_starts(value.text, STR("/")))
		return;
	if (tree_stat(postfix->host->tree,
		arena_copy(postfix->arena, value.text).data, &status,
		&error) == LOOKUP_MISSING)
		problems_warning(&postfix->problems, value.place,
		    "myorigin is the file " STR_FORMAT ", which is not there",
		    STR_ARGS(value.text));
}

/* Only where mynetworks is not given does anybody ask for the style. */
static void
check_style(struct postfix *postfix)
{
	const struct netblock *blocks;
	struct postfix_value value;
	struct error error;
	size_t count;

	if (value_of(postfix, "mynetworks", &value) || postfix->fatal != NULL)
		return;
	if (postfix_default_networks(postfix, NULL, postfix->arena, &blocks,
		&count, &error))
		return;
	value_of(postfix, "mynetworks_style", &value);
	postfix_dies(postfix, value.place, "%s", error.text);
}

/* What only some programs read: these die, and postconf(1) does. */
static void
check_expansions(struct postfix *postfix, const struct postfix_service *service,
    struct str name)
{
	struct postfix_value value;
	struct error error;

	if (postfix_scope_has_default(&postfix->scope, name) &&
	    !postfix_value(postfix, service,
		arena_copy(postfix->arena, name).data, &value, &error))
		postfix_doubt(postfix, value.place,
		    "%s: whatever program reads it does not start", error.text);
}

static void
check_all_expansions(struct postfix *postfix)
{
	const struct postfix_main *main = &postfix->main;
	const struct postfix_master *master = &postfix->master;

	for (size_t i = 0; i < main->sorted_count; i++)
		check_expansions(postfix, NULL, main->sorted[i]->name);
	for (size_t i = 0; i < master->count; i++)
		for (size_t k = 0; k < master->services[i].override_count; k++)
			check_expansions(postfix, &master->services[i],
			    master->services[i].overrides[k].name);
}

/* Notes that a value is more than we expand: nobody knows what it says. */
static bool
is_in_bounds(struct postfix *postfix, const struct postfix_service *service,
    struct str name)
{
	struct postfix_value value;
	struct error error;
	const char *text = arena_copy(postfix->arena, name).data;

	if (postfix_value(postfix, service, text, &value, &error) ||
	    !value.beyond)
		return true;
	postfix_doubt(postfix, value.place,
	    "%s: to have it judged, write it without so many references",
	    error.text);
	postfix->unread = postfix->unsure;
	postfix->unread_place = postfix->unsure_place;
	return false;
}

static bool
are_in_bounds(struct postfix *postfix, const struct postfix_service *service,
    struct str names)
{
	struct str name;

	while (postfix_list_next(&names, &name))
		if (!is_in_bounds(postfix, service, name))
			return false;
	return true;
}

/* What main.cf and a service's -o set of what is built in, and the classes. */
static bool
is_scope_in_bounds(struct postfix *postfix,
    const struct postfix_service *service)
{
	const struct postfix_main *main = &postfix->main;
	struct postfix_value classes;
	struct error error;

	for (size_t i = 0; i < main->sorted_count; i++)
		if (postfix_scope_has_default(&postfix->scope,
			main->sorted[i]->name) &&
		    !is_in_bounds(postfix, service, main->sorted[i]->name))
			return false;
	for (size_t i = 0; service != NULL && i < service->override_count; i++)
		if (!is_in_bounds(postfix, service, service->overrides[i].name))
			return false;
	return !postfix_value(postfix, service, "smtpd_restriction_classes",
		   &classes, &error) ||
	    are_in_bounds(postfix, service, classes.text);
}

void
postfix_check_bounds(struct postfix *postfix)
{
	const struct postfix_master *master = &postfix->master;

	if (postfix->fatal != NULL || !is_scope_in_bounds(postfix, NULL))
		return;
	for (size_t i = 0; i < master->count; i++)
		if (master->services[i].override_count > 0 &&
		    !is_scope_in_bounds(postfix, &master->services[i]))
			return;
}

void
postfix_check_start(struct postfix *postfix)
{
	check_level(postfix);
	check_parameters(postfix);
	check_hostname(postfix);
	check_origin(postfix);
	check_style(postfix);
	check_defaults(postfix);
	if (postfix->fatal == NULL)
		check_all_expansions(postfix);
}
