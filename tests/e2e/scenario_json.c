/*
 * scenario_json.c - prints scenarios as JSON, for the drivers of real MTAs.
 *
 * A byte is a character from U+0000 to U+00FF, so that none is lost.
 */
#include "tests/lib/scenario.h"

#include <stdio.h>

static const struct {
	const char *name;
	enum scenario_protocol protocol;
} protocols[] = {
	{ "policy", SCENARIO_POLICY },
	{ "postfix-milter", SCENARIO_POSTFIX_MILTER },
	{ "sendmail-milter", SCENARIO_SENDMAIL_MILTER },
};

static const char *const stages[] = {
	[SESSION_CONNECT] = "connect",
	[SESSION_HELO] = "helo",
	[SESSION_MAIL] = "mail",
	[SESSION_RCPT] = "rcpt",
	[SESSION_DATA] = "data",
	[SESSION_END_OF_MESSAGE] = "end",
	[SESSION_VRFY] = "vrfy",
	[SESSION_ETRN] = "etrn",
	[SESSION_OTHER] = "other",
};

static const char *const mta_kinds[] = {
	[SCENARIO_OURS] = "ours",
	[SCENARIO_RELAY] = "relay",
	[SCENARIO_ERROR] = "error",
	[SCENARIO_FORWARD] = "forward",
	[SCENARIO_CANONIFIED] = "canonified",
	[SCENARIO_MACROS] = "macros",
};

static void
print_text(struct str text)
{
	putchar('"');
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\')
			printf("\\u%04x", byte);
		else
			putchar(byte);
	}
	putchar('"');
}

static void
print_member(const char *name, struct str text)
{
	printf("\"%s\":", name);
	print_text(text);
	putchar(',');
}

static void
print_session(const struct session *session)
{
	print_member("client", session->client_text);
	print_member("name", session->client_name);
	print_member("reverse", session->reverse_name);
	print_member("helo", session->helo);
	print_member("login", session->login);
	print_member("sender", session->sender);
	print_member("recipient", session->recipient);
	print_member("etrn", session->etrn_domain);
	printf("\"port\":%u,", session->server_port);
}

static void
print_expectation(const struct scenario_expectation *expect)
{
	printf("\"pass\":%s,\"observe\":%s,\"code\":%u,",
	    expect->answer == SCENARIO_PASS ? "true" : "false",
	    expect->observe ? "true" : "false", expect->code);
	printf("\"expected\":%s,",
	    expect->answer == SCENARIO_SILENT ? "false" : "true");
	print_member("dsn", expect->dsn);
	print_member("text", expect->text);
}

/* Why a real MTA with each of the protocols cannot play the step. */
static void
print_reasons(const struct scenario *scenario, const struct scenario_step *step)
{
	printf("\"cannot\":{");
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		const char *why = scenario_cannot(scenario, step,
		    (struct scenario_driver){
			.protocol = protocols[i].protocol,
			.place = SCENARIO_MTA,
		    });

		printf("%s\"%s\":", i > 0 ? "," : "", protocols[i].name);
		print_text(str_from(why != NULL ? why : ""));
	}
	putchar('}');
}

static void
print_step(const struct scenario *scenario, const struct scenario_step *step)
{
	printf("{\"line\":%u,\"session\":%u,", step->line, step->number);
	print_member("label", step->text);
	print_member("stage", str_from(stages[step->session.stage]));
	print_member("parameters", step->parameters);
	print_session(&step->session);
	print_expectation(&step->expect);
	print_reasons(scenario, step);
	putchar('}');
}

static void
print_scenario(const struct scenario *scenario)
{
	putchar('{');
	print_member("path", str_from(scenario->path));
	print_member("policy", scenario->policy);
	print_member("policy_path",
	    str_from(
		scenario->policy_path != NULL ? scenario->policy_path : ""));
	printf("\"mta\":[");
	for (size_t i = 0; i < scenario->mta_count; i++) {
		const struct scenario_mta_row *row = &scenario->mta[i];

		printf("%s{", i > 0 ? "," : "");
		print_member("kind", str_from(mta_kinds[row->kind]));
		print_member("key", row->key);
		printf("\"value\":");
		print_text(row->value);
		putchar('}');
	}
	printf("],\"steps\":[");
	for (size_t i = 0; i < scenario->step_count; i++) {
		if (i > 0)
			putchar(',');
		print_step(scenario, &scenario->steps[i]);
	}
	printf("]}\n");
}

int
main(int count, char **paths)
{
	for (int i = 1; i < count; i++) {
		struct arena *arena = arena_new(0);
		struct scenario scenario;
		struct error error;

		if (!scenario_read(paths[i], arena, &scenario, &error)) {
			fprintf(stderr, "%s\n", error.text);
			return 1;
		}
		print_scenario(&scenario);
		arena_free(arena);
	}
	return 0;
}
