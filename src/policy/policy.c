/*
 * policy.c - a policy in force: the settings of the whole file, and the load.
 */
#include "policy/policy.h"

#include "base/log.h"
#include "policy/policy_advice.h"
#include "policy/policy_ceiling.h"
#include "policy/policy_expect.h"
#include "policy/policy_grant.h"
#include "policy/policy_listen.h"
#include "policy/policy_settings.h"
#include "policy/policy_values.h"

#include <string.h>

static const struct policy_word mode_words[] = {
	{ .text = "enforce", .value = POLICY_ENFORCE },
	{ .text = "observe", .value = POLICY_OBSERVE },
	{ .text = NULL },
};

static const struct policy_word role_words[] = {
	{ .text = "null-client", .value = POLICY_ROLE_NULL_CLIENT },
	{ .text = "site-relay", .value = POLICY_ROLE_SITE_RELAY },
	{ .text = "mx", .value = POLICY_ROLE_MX },
	{ .text = "submission", .value = POLICY_ROLE_SUBMISSION },
	{ .text = NULL },
};

static const struct policy_word when_down_words[] = {
	{ .text = "defer", .value = POLICY_DOWN_DEFER },
	{ .text = "mta", .value = POLICY_DOWN_MTA },
	{ .text = NULL },
};

/* The severities of a check: check/check.h, which stands above. */
static const struct policy_word fail_on_words[] = {
	{ .text = "info" },
	{ .text = "low" },
	{ .text = "medium" },
	{ .text = "high" },
	{ .text = "critical" },
	{ .text = NULL },
};

static const struct policy_word level_words[] = {
	{ .text = "error", .value = LOG_LEVEL_ERROR },
	{ .text = "warning", .value = LOG_LEVEL_WARNING },
	{ .text = "info", .value = LOG_LEVEL_INFO },
	{ .text = "debug", .value = LOG_LEVEL_DEBUG },
	{ .text = NULL },
};

static const struct policy_word format_words[] = {
	{ .text = "text", .value = LOG_FORMAT_TEXT },
	{ .text = "json", .value = LOG_FORMAT_JSON },
	{ .text = NULL },
};

static const struct policy_word target_words[] = {
	{ .text = "stderr", .value = LOG_TARGET_STDERR },
	{ .text = "syslog", .value = LOG_TARGET_SYSLOG },
	{ .text = NULL },
};

static void
read_mode(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy *policy = object;
	unsigned value;

	if (policy_settings_word(reader, setting, node, &value))
		policy->mode = (enum policy_mode)value;
}

static void
read_roles(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy *policy = object;
	bool list = node->kind == POLICY_NODE_LIST;
	const struct policy_node *nodes = list ? node->children : node;
	size_t count = list ? node->count : 1;
	unsigned value;

	for (size_t i = 0; i < count; i++)
		if (policy_settings_word(reader, setting, &nodes[i], &value))
			policy->roles |= value;
}

static void
read_never_trust(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;
	struct policy_strings strings = policy_strings_of(reader, node);
	const struct table_ceiling *ceiling = reader->tables.ceiling;

	policy->never_trust_gateways =
	    policy_strings_take(&strings, STR("gateways"));
	/* What is distrusted may reach as far as it likes. */
	reader->tables.ceiling = NULL;
	policy_networks_make(reader, setting, node, &strings,
	    &policy->never_trust);
	reader->tables.ceiling = ceiling;
}

/*
 * The macros of Sendmail do not tell for which other hosts it takes mail; its
 * own lists do, if somebody here can read them.
 */
static void
read_mta_destinations(struct policy_reader *reader,
    const struct policy_node *node, struct policy *policy)
{
	const struct table_options *tables = &reader->tables;
	const struct table_value lists = { STR("sendmail:mta"), node->place };

	policy->mta_destinations.subject = TABLE_DOMAINS;
	policy->mta_destinations.place = node->place;
	for (size_t i = 0; i < tables->source_count; i++)
		if (strcmp(tables->sources[i].prefix, "sendmail:") == 0)
			table_list_make(&lists, 1, TABLE_DOMAINS, tables,
			    reader->arena, &policy->mta_destinations,
			    reader->problems);
}

static void
read_destinations(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;
	struct policy_strings strings = policy_strings_of(reader, node);

	(void)setting;
	policy->destinations_mta = policy_strings_take(&strings, STR("mta"));
	for (size_t i = 0; i < strings.count; i++)
		if (str_equal_nocase(strings.values[i].text, STR("mta")))
			problems_error(reader->problems,
			    strings.values[i].place,
			    "\"" STR_FORMAT "\" would be a domain: is \"mta\" "
			    "meant?",
			    STR_ARGS(strings.values[i].text));
	if (policy->destinations_mta)
		read_mta_destinations(reader, node, policy);
	policy->destinations.subject = TABLE_DOMAINS;
	policy->destinations.place = node->place;
	if (strings.count > 0)
		policy_values_make(reader, node, &strings, TABLE_DOMAINS,
		    &policy->destinations);
}

static void
read_when_down(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;
	unsigned value;

	if (policy_settings_word(reader, setting, node, &value))
		policy->when_down = (enum policy_when_down)value;
}

static void
read_level(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy *policy = object;

	policy_settings_word(reader, setting, node, &policy->log.level);
}

static void
read_format(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy *policy = object;

	policy_settings_word(reader, setting, node, &policy->log.format);
}

static void
read_target(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy *policy = object;
	unsigned target;

	if (policy_settings_word(reader, setting, node, &target))
		policy->log.syslog = target == LOG_TARGET_SYSLOG;
}

static const struct policy_setting log_settings[] = {
	{
	    .name = "level",
	    .type = POLICY_SETTING_WORD,
	    .preset = "\"info\"",
	    .words = level_words,
	    .read = read_level,
	},
	{
	    .name = "format",
	    .type = POLICY_SETTING_WORD,
	    .preset = "\"text\"",
	    .words = format_words,
	    .read = read_format,
	},
	{
	    .name = "target",
	    .type = POLICY_SETTING_WORD,
	    .preset = "\"stderr\"",
	    .words = target_words,
	    .read = read_target,
	},
};

const struct policy_setting_group policy_log_settings = {
	.name = "log",
	.settings = log_settings,
	.count = sizeof(log_settings) / sizeof(log_settings[0]),
};

static void
read_log(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	(void)setting;
	policy_settings_read(reader, &policy_log_settings, node, object);
}

static void
read_user(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy *policy = object;

	(void)setting;
	if (node->text.length == 0)
		problems_error(reader->problems, node->place,
		    "\"user\" is empty: name the user to run as");
	policy->user = arena_copy(reader->arena, node->text);
}

static void
read_connections(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;

	(void)reader;
	(void)setting;
	policy->connections = (size_t)node->number;
}

static void
read_own_transports(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;
	struct policy_strings strings = policy_strings_of(reader, node);
	struct str *transports =
	    arena_alloc(reader->arena, strings.count * sizeof(*transports));

	(void)setting;
	for (size_t i = 0; i < strings.count; i++) {
		if (strings.values[i].text.length == 0)
			problems_error(reader->problems,
			    strings.values[i].place,
			    "an empty value: leave it out");
		transports[i] =
		    arena_copy(reader->arena, strings.values[i].text);
	}
	policy->own_transports = transports;
	policy->own_transport_count = strings.count;
	policy->own_transports_place = node->place;
}

static const struct policy_setting file_settings[] = {
	{
	    .name = "mode",
	    .type = POLICY_SETTING_WORD,
	    .preset = "\"enforce\"",
	    .words = mode_words,
	    .read = read_mode,
	},
	{
	    .name = "roles",
	    .type = POLICY_SETTING_WORDS,
	    .words = role_words,
	    .read = read_roles,
	},
	/* Before all networks, which it bounds. */
	{
	    .name = "networks_ceiling",
	    .type = POLICY_SETTING_VALUES,
	    .preset = "[ \"host\" ]",
	    .read = policy_ceiling_read,
	},
	/* Before all that may name a network. */
	{
	    .name = "networks",
	    .type = POLICY_SETTING_GROUP,
	    .read = policy_networks_read,
	},
	{
	    .name = "never_trust",
	    .type = POLICY_SETTING_VALUES,
	    .preset = "[ \"gateways\" ]",
	    .read = read_never_trust,
	},
	{
	    .name = "destinations",
	    .type = POLICY_SETTING_VALUES,
	    .preset = "[ \"mta\" ]",
	    .read = read_destinations,
	},
	{
	    .name = "own_transports",
	    .type = POLICY_SETTING_VALUES,
	    .preset = "[ \"local\", \"virtual\", \"relay\", \"error\" ]",
	    .read = read_own_transports,
	},
	{
	    .name = "relay",
	    .type = POLICY_SETTING_GROUPS,
	    .read = policy_grants_read,
	},
	{
	    .name = "clients",
	    .type = POLICY_SETTING_CLIENTS,
	    .read = policy_clients_read,
	},
	{
	    .name = "when_down",
	    .type = POLICY_SETTING_WORD,
	    .preset = "\"defer\"",
	    .words = when_down_words,
	    .read = read_when_down,
	},
	{
	    .name = "listen",
	    .type = POLICY_SETTING_GROUP,
	    .read = policy_listen_read,
	},
	{
	    .name = "log",
	    .type = POLICY_SETTING_GROUP,
	    .preset = "{}",
	    .read = read_log,
	},
	{
	    .name = "user",
	    .type = POLICY_SETTING_STRING,
	    .preset = "\"mtaguard\"",
	    .read = read_user,
	},
	{
	    .name = "connections",
	    .type = POLICY_SETTING_NUMBER,
	    .preset = "4096",
	    .minimum = 1,
	    .maximum = 65536,
	    .read = read_connections,
	},
	{
	    .name = "expect",
	    .type = POLICY_SETTING_GROUP,
	    .read = policy_expect_read,
	},
	{
	    .name = "profile",
	    .type = POLICY_SETTING_STRING,
	    .read = policy_profile_read,
	},
	{
	    .name = "fail_on",
	    .type = POLICY_SETTING_WORD,
	    .words = fail_on_words,
	    .read = policy_fail_on_read,
	},
	{
	    .name = "waivers",
	    .type = POLICY_SETTING_GROUPS,
	    .read = policy_waivers_read,
	},
	{ .name = "rules", .type = POLICY_SETTING_LATER },
	{ .name = "limits", .type = POLICY_SETTING_LATER },
};

const struct policy_setting_group policy_file_settings = {
	.name = "the policy file",
	.settings = file_settings,
	.count = sizeof(file_settings) / sizeof(file_settings[0]),
};

static const struct address *
copy_addresses(struct arena *arena, const struct address *addresses,
    size_t count)
{
	struct address *copy = arena_alloc(arena, count * sizeof(*copy));

	if (count > 0)
		memcpy(copy, addresses, count * sizeof(*copy));
	return copy;
}

static void
copy_host(struct arena *arena, const struct host *host, struct host *copy)
{
	copy->address_count = host->address_count;
	copy->addresses =
	    copy_addresses(arena, host->addresses, host->address_count);
	copy->gateway_count = host->gateway_count;
	copy->gateways =
	    copy_addresses(arena, host->gateways, host->gateway_count);
}

/* The folder that relative file names of the policy start from. */
static const char *
folder_of(struct arena *arena, const char *path)
{
	struct str folder, file;

	if (!str_cut_last(str_from(path), '/', &folder, &file))
		return ".";
	if (folder.length == 0)
		return "/";
	return arena_print(arena, STR_FORMAT, STR_ARGS(folder));
}

static bool
load(struct policy_reader *reader)
{
	const struct policy_options *options = reader->options;
	struct policy_scan_options scan = {
		.path = reader->policy->path,
		.text = options->text,
		.files = reader->tables.files,
		.arena = reader->load,
		.places = reader->arena,
		.problems = reader->problems,
	};
	unsigned errors = reader->problems->errors;

	if (!policy_settings_init(reader))
		return false;
	const struct policy_node *file = policy_file_read(&scan);
	if (file == NULL)
		return false;
	policy_settings_read(reader, &policy_file_settings, file,
	    reader->policy);
	if (reader->problems->errors > errors)
		return false;
	policy_advise(reader->policy, reader->options->now, reader->problems);
	return true;
}

struct policy *
policy_load(const struct policy_options *options, struct problems *problems)
{
	struct arena *arena = arena_new(0);
	struct policy *policy = arena_alloc(arena, sizeof(*policy));
	size_t memory =
	    options->memory > 0 ? options->memory : POLICY_TABLE_MEMORY;

	policy->arena = arena;
	policy->path = arena_print(arena, "%s", options->path);
	if (options->host != NULL)
		copy_host(arena, options->host, &policy->host);

	struct policy_reader reader = {
		.options = options,
		.tables = {
			.sources = options->sources,
			.source_count = options->source_count,
			.files = options->files,
			.directory = folder_of(arena, options->path),
			.store = options->store,
			.host = options->host,
			.limit = memory,
			.file_limit = memory,
		},
		.arena = arena,
		.load = arena_new(0),
		.problems = problems,
		.policy = policy,
	};
	bool good = load(&reader);
	arena_free(reader.load);
	if (good)
		return policy;
	arena_free(arena);
	return NULL;
}

void
policy_free(struct policy *policy)
{
	if (policy != NULL)
		arena_free(policy->arena);
}
