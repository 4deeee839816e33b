/*
 * policy_grant.c - the settings relay and clients: who may send to the rest
 * of the world.
 */
#include "policy/policy_grant.h"

#include "policy/policy_date.h"
#include "policy/policy_fingerprint.h"
#include "policy/policy_values.h"

#include <string.h>

enum {
	NAME_LENGTH = 64,
};

static void
read_name(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;

	(void)setting;
	if (node->text.length == 0 || node->text.length > NAME_LENGTH) {
		problems_error(reader->problems, node->place,
		    "the name of a grant has 1 to %d characters", NAME_LENGTH);
		return;
	}
	grant->name = arena_copy(reader->arena, node->text);
}

static void
read_from(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;
	struct policy_strings strings = policy_strings_of(reader, node);

	if (policy_values_some(reader, setting, node))
		policy_networks_make(reader, setting, node, &strings,
		    &grant->from);
}

/*
 * Tells a word that means something elsewhere, and here would be a value that
 * nothing matches.
 */
static void
check_words(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_strings *strings)
{
	static const struct {
		const char *setting;
		struct str word;
		const char *cure;
	} words[] = {
		{ "senders", STR_INIT("mta"), "a word of destinations" },
		{ "to", STR_INIT("mta"), "a word of destinations" },
		{ "login", STR_INIT("yes"), "no login name: write true" },
		{ "login", STR_INIT("true"),
		    "no login name: leave out the "
		    "quotes" },
		{ "login", STR_INIT("no"), "no login name: leave login out" },
		{ "login", STR_INIT("false"),
		    "no login name: leave login "
		    "out" },
	};

	for (size_t i = 0; i < strings->count; i++)
		for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++)
			if (strcmp(setting->name, words[j].setting) == 0 &&
			    str_equal_nocase(strings->values[i].text,
				words[j].word))
				problems_error(reader->problems,
				    strings->values[i].place,
				    "\"" STR_FORMAT "\" is %s",
				    STR_ARGS(words[j].word), words[j].cure);
}

static void
read_values(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, enum table_subject subject,
    struct table_list *list)
{
	struct policy_strings strings = policy_strings_of(reader, node);

	check_words(reader, setting, &strings);
	if (policy_values_some(reader, setting, node))
		policy_values_make(reader, node, &strings, subject, list);
}

static void
read_senders(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;

	read_values(reader, setting, node, TABLE_SENDERS, &grant->senders);
}

static void
read_to(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;

	read_values(reader, setting, node, TABLE_DOMAINS, &grant->to);
}

static void
read_login(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;

	if (node->kind == POLICY_NODE_FLAG) {
		grant->login = node->flag;
		return;
	}
	grant->login = true;
	read_values(reader, setting, node, TABLE_WORDS, &grant->logins);
}

static void
read_tls(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;

	(void)reader;
	(void)setting;
	grant->tls = node->flag;
}

static void
read_ports(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;

	policy_ports_read(reader, setting, node, &grant->ports);
}

static void
read_certificates(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy_grant *grant = object;
	struct policy_strings strings = policy_strings_of(reader, node);

	if (policy_values_some(reader, setting, node))
		policy_fingerprints_make(reader, node, &strings,
		    &grant->certificates);
}

static void
read_until(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;

	(void)setting;
	if (!policy_date_parse(node->text, &grant->until)) {
		problems_error(reader->problems, node->place,
		    "\"" STR_FORMAT "\" is no date: \"until\" is written "
		    "\"YYYY-MM-DD\"",
		    STR_ARGS(node->text));
		return;
	}
	if (grant->until <= reader->options->now)
		problems_warning(reader->problems, node->place,
		    "until " STR_FORMAT " is over: this grant holds no more",
		    STR_ARGS(node->text));
}

static void
read_gateway(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_grant *grant = object;

	(void)reader;
	(void)setting;
	grant->gateway = node->flag;
}

static void
read_null_sender(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy_grant *grant = object;

	(void)reader;
	(void)setting;
	grant->null_sender = node->flag;
}

static const struct policy_setting grant_settings[] = {
	{
	    .name = "name",
	    .type = POLICY_SETTING_STRING,
	    .required = true,
	    .read = read_name,
	},
	{
	    .name = "from",
	    .type = POLICY_SETTING_VALUES,
	    .read = read_from,
	},
	{
	    .name = "senders",
	    .type = POLICY_SETTING_VALUES,
	    .read = read_senders,
	},
	{
	    .name = "to",
	    .type = POLICY_SETTING_VALUES,
	    .read = read_to,
	},
	{
	    .name = "login",
	    .type = POLICY_SETTING_LOGIN,
	    .preset = "false",
	    .read = read_login,
	},
	{
	    .name = "tls",
	    .type = POLICY_SETTING_FLAG,
	    .preset = "false",
	    .read = read_tls,
	},
	{
	    .name = "ports",
	    .type = POLICY_SETTING_PORTS,
	    .read = read_ports,
	},
	{
	    .name = "certificates",
	    .type = POLICY_SETTING_VALUES,
	    .read = read_certificates,
	},
	{
	    .name = "until",
	    .type = POLICY_SETTING_STRING,
	    .read = read_until,
	},
	{
	    .name = "gateway",
	    .type = POLICY_SETTING_FLAG,
	    .preset = "false",
	    .read = read_gateway,
	},
	{
	    .name = "null_sender",
	    .type = POLICY_SETTING_FLAG,
	    .preset = "true",
	    .read = read_null_sender,
	},
};

const struct policy_setting_group policy_grant_settings = {
	.name = "relay",
	.settings = grant_settings,
	.count = sizeof(grant_settings) / sizeof(grant_settings[0]),
};

/* Whether "from" is one literal address, neither a block nor a name. */
static bool
is_one_address(const struct policy_node *from)
{
	struct address address;
	struct error error;

	if (from == NULL)
		return false;
	if (from->kind == POLICY_NODE_LIST && from->count == 1)
		from = &from->children[0];
	return from->kind == POLICY_NODE_STRING &&
	    address_parse(from->text, &address, &error);
}

/* Whether a condition is given: anything but false. */
static bool
is_asked(const struct policy_node *grant, const char *name)
{
	const struct policy_node *node = policy_settings_find(grant, name);

	return node != NULL && (node->kind != POLICY_NODE_FLAG || node->flag);
}

/* Tells what only the settings of a grant together show. */
static void
check_grant(struct policy_reader *reader, const struct policy_node *node,
    const struct policy_grant *grant)
{
	const struct policy_node *from = policy_settings_find(node, "from");
	const struct policy_node *gateway =
	    policy_settings_find(node, "gateway");

	/* What was meant to say who, but misread, has been told already. */
	if (from == NULL && !is_asked(node, "login") &&
	    !is_asked(node, "certificates"))
		problems_error(reader->problems, node->place,
		    "a grant that names no network: it would hold for the "
		    "whole Internet; give it from, login or certificates");
	if (grant->gateway && !is_one_address(from))
		problems_error(reader->problems, gateway->place,
		    "gateway = true needs a \"from\" that is one literal "
		    "address");
	if (!grant->null_sender && grant->senders.count == 0 &&
	    policy_settings_find(node, "senders") == NULL)
		problems_warning(reader->problems, node->place,
		    "null_sender = false means nothing without senders");
}

static void
check_names(struct policy_reader *reader, const struct policy_grant *grants,
    size_t count)
{
	const struct policy_grant *last = &grants[count - 1];

	for (size_t i = 0; i + 1 < count; i++)
		if (last->name.length > 0 &&
		    str_equal(grants[i].name, last->name)) {
			problems_error(reader->problems, last->place,
			    "a second grant is named \"" STR_FORMAT "\", the "
			    "first at %s:%u",
			    STR_ARGS(last->name), grants[i].place.file,
			    grants[i].place.line);
			return;
		}
}

void
policy_grants_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;
	struct policy_grant *grants =
	    arena_alloc(reader->arena, node->count * sizeof(*grants));

	(void)setting;
	for (size_t i = 0; i < node->count; i++) {
		grants[i].place = node->children[i].place;
		policy_settings_read(reader, &policy_grant_settings,
		    &node->children[i], &grants[i]);
		check_grant(reader, &node->children[i], &grants[i]);
		check_names(reader, grants, i + 1);
	}
	policy->grants = grants;
	policy->grant_count = node->count;
}

static void
read_clients_ports(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy_clients *clients = object;

	policy_ports_read(reader, setting, node, &clients->ports);
}

static const struct policy_word only_words[] = {
	{ .text = "granted" },
	{ .text = NULL },
};

static void
read_only(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	unsigned value;

	(void)object;
	policy_settings_word(reader, setting, node, &value);
}

static const struct policy_setting clients_settings[] = {
	{
	    .name = "ports",
	    .type = POLICY_SETTING_PORTS,
	    .read = read_clients_ports,
	},
	{
	    .name = "only",
	    .type = POLICY_SETTING_WORD,
	    .required = true,
	    .words = only_words,
	    .read = read_only,
	},
};

const struct policy_setting_group policy_clients_settings = {
	.name = "clients",
	.settings = clients_settings,
	.count = sizeof(clients_settings) / sizeof(clients_settings[0]),
};

void
policy_clients_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	static const struct policy_setting word = {
		.name = "clients",
		.type = POLICY_SETTING_WORD,
		.words = only_words,
	};
	struct policy *policy = object;
	bool all = node->kind == POLICY_NODE_STRING;
	size_t count = all ? 1 : node->count;
	struct policy_clients *clients =
	    arena_alloc(reader->arena, count * sizeof(*clients));
	unsigned value;

	(void)setting;
	if (all)
		policy_settings_word(reader, &word, node, &value);
	for (size_t i = 0; i < count; i++)
		clients[i].place = all ? node->place : node->children[i].place;
	for (size_t i = 0; i < node->count; i++)
		policy_settings_read(reader, &policy_clients_settings,
		    &node->children[i], &clients[i]);
	policy->clients = clients;
	policy->client_count = count;
}
