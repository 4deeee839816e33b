/*
 * policy_expect.c - what "mtaguard check" holds this host to: expect, profile,
 * fail_on and waivers.
 */
#include "policy/policy_expect.h"

#include "policy/policy_date.h"
#include "policy/policy_values.h"

#include <limits.h>

/* The values of a setting in one text, with ", " between two. */
static struct str
join(struct policy_reader *reader, const struct policy_node *node)
{
	struct policy_strings strings = policy_strings_of(reader, node);
	const char *text = "";

	for (size_t i = 0; i < strings.count; i++)
		text = arena_print(reader->arena, "%s%s" STR_FORMAT, text,
		    i > 0 ? ", " : "", STR_ARGS(strings.values[i].text));
	return str_from(text);
}

/* Takes what is written for any setting of expect. */
static void
read_expectation(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy_expectation **next = object;
	struct policy_expectation *expectation = *next;

	if (setting->type == POLICY_SETTING_VALUES &&
	    !policy_values_some(reader, setting, node))
		return;
	expectation->name = str_from(setting->name);
	expectation->place = node->place;
	expectation->value = node->kind == POLICY_NODE_NUMBER
	    ? str_from(arena_print(reader->arena, "%ld", node->number))
	    : join(reader, node);
	(*next)++;
}

static const struct policy_setting expect_settings[] = {
	{
	    .name = "inet_interfaces",
	    .type = POLICY_SETTING_VALUES,
	    .read = read_expectation,
	},
	{
	    .name = "mynetworks",
	    .type = POLICY_SETTING_VALUES,
	    .read = read_expectation,
	},
	{
	    .name = "relayhost",
	    .type = POLICY_SETTING_STRING,
	    .read = read_expectation,
	},
	{
	    .name = "root_alias",
	    .type = POLICY_SETTING_VALUES,
	    .read = read_expectation,
	},
	{
	    .name = "smtpd_banner",
	    .type = POLICY_SETTING_STRING,
	    .read = read_expectation,
	},
	{
	    .name = "action_mail_acct",
	    .type = POLICY_SETTING_STRING,
	    .read = read_expectation,
	},
	{
	    .name = "default_process_limit",
	    .type = POLICY_SETTING_NUMBER,
	    .maximum = INT_MAX,
	    .read = read_expectation,
	},
	{
	    .name = "smtpd_client_connection_count_limit",
	    .type = POLICY_SETTING_NUMBER,
	    .maximum = INT_MAX,
	    .read = read_expectation,
	},
	{
	    .name = "smtpd_client_connection_rate_limit",
	    .type = POLICY_SETTING_NUMBER,
	    .maximum = INT_MAX,
	    .read = read_expectation,
	},
	{
	    .name = "queue_minfree",
	    .type = POLICY_SETTING_NUMBER,
	    .maximum = INT_MAX,
	    .read = read_expectation,
	},
	{
	    .name = "header_size_limit",
	    .type = POLICY_SETTING_NUMBER,
	    .maximum = INT_MAX,
	    .read = read_expectation,
	},
	{
	    .name = "message_size_limit",
	    .type = POLICY_SETTING_NUMBER,
	    .maximum = INT_MAX,
	    .read = read_expectation,
	},
	{
	    .name = "smtpd_recipient_limit",
	    .type = POLICY_SETTING_NUMBER,
	    .maximum = INT_MAX,
	    .read = read_expectation,
	},
};

enum {
	EXPECTATIONS = sizeof(expect_settings) / sizeof(expect_settings[0]),
};

const struct policy_setting_group policy_expect_settings = {
	.name = "expect",
	.settings = expect_settings,
	.count = EXPECTATIONS,
};

void
policy_expect_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;
	struct policy_expectation *expectations =
	    arena_alloc(reader->arena, EXPECTATIONS * sizeof(*expectations));
	struct policy_expectation *next = expectations;

	(void)setting;
	policy_settings_read(reader, &policy_expect_settings, node,
	    (void *)&next);
	policy->expectations = expectations;
	policy->expectation_count = (size_t)(next - expectations);
}

void
policy_profile_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;

	(void)setting;
	if (node->text.length == 0)
		problems_error(reader->problems, node->place,
		    "\"profile\" is empty: leave it out");
	policy->profile = arena_copy(reader->arena, node->text);
	policy->profile_place = node->place;
}

void
policy_fail_on_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;
	unsigned value;

	if (policy_settings_word(reader, setting, node, &value))
		policy->fail_on = arena_copy(reader->arena, node->text);
}

/* ---- waivers ---- */

static void
read_check(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_waiver *waiver = object;

	(void)setting;
	if (node->text.length == 0)
		problems_error(reader->problems, node->place,
		    "a waiver that names no check");
	waiver->check = arena_copy(reader->arena, node->text);
}

static void
read_reason(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_waiver *waiver = object;

	(void)setting;
	if (str_trim(node->text).length == 0)
		problems_error(reader->problems, node->place,
		    "a waiver without a reason");
	waiver->reason = arena_copy(reader->arena, node->text);
}

static void
read_until(struct policy_reader *reader, const struct policy_setting *setting,
    const struct policy_node *node, void *object)
{
	struct policy_waiver *waiver = object;

	(void)setting;
	waiver->until = arena_copy(reader->arena, node->text);
	if (!policy_date_parse(node->text, &waiver->end)) {
		problems_error(reader->problems, node->place,
		    "\"" STR_FORMAT "\" is no date: \"until\" is written "
		    "\"YYYY-MM-DD\"",
		    STR_ARGS(node->text));
		return;
	}
	if (waiver->end <= reader->options->now)
		problems_warning(reader->problems, node->place,
		    "until " STR_FORMAT " is over: this waiver holds no more",
		    STR_ARGS(node->text));
}

static const struct policy_setting waiver_settings[] = {
	{
	    .name = "check",
	    .type = POLICY_SETTING_STRING,
	    .required = true,
	    .read = read_check,
	},
	{
	    .name = "reason",
	    .type = POLICY_SETTING_STRING,
	    .required = true,
	    .read = read_reason,
	},
	{
	    .name = "until",
	    .type = POLICY_SETTING_STRING,
	    .required = true,
	    .read = read_until,
	},
};

const struct policy_setting_group policy_waiver_settings = {
	.name = "waivers",
	.settings = waiver_settings,
	.count = sizeof(waiver_settings) / sizeof(waiver_settings[0]),
};

void
policy_waivers_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	struct policy *policy = object;
	struct policy_waiver *waivers =
	    arena_alloc(reader->arena, node->count * sizeof(*waivers));

	(void)setting;
	for (size_t i = 0; i < node->count; i++) {
		waivers[i].place = node->children[i].place;
		policy_settings_read(reader, &policy_waiver_settings,
		    &node->children[i], &waivers[i]);
	}
	policy->waivers = waivers;
	policy->waiver_count = node->count;
}
