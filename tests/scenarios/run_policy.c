/*
 * run_policy.c - plays the scenarios over the policy protocol, against a
 * mtaguardd in a process of its own.
 */
#include "serve/attr.h"
#include "tests/lib/policy_daemon.h"
#include "tests/lib/scenario.h"
#include "tests/lib/tap.h"

#include <arpa/inet.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

static const struct scenario_driver driver = {
	.protocol = SCENARIO_POLICY,
	.place = SCENARIO_DAEMON,
};

static const struct str states[] = {
	[SESSION_CONNECT] = STR_INIT("CONNECT"),
	[SESSION_HELO] = STR_INIT("EHLO"),
	[SESSION_MAIL] = STR_INIT("MAIL"),
	[SESSION_RCPT] = STR_INIT("RCPT"),
	[SESSION_DATA] = STR_INIT("DATA"),
	[SESSION_END_OF_MESSAGE] = STR_INIT("END-OF-MESSAGE"),
	[SESSION_VRFY] = STR_INIT("VRFY"),
	[SESSION_ETRN] = STR_INIT("ETRN"),
	[SESSION_OTHER] = STR_INIT("XCLIENT"),
};

static const char *
top_srcdir(void)
{
	const char *directory = getenv("top_srcdir");

	return directory != NULL ? directory : ".";
}

static void
add(struct buf *buf, const char *name, struct str value)
{
	buf_print(buf, "%s=", name);
	buf_add(buf, value);
	buf_add_char(buf, '\n');
}

/* What Postfix writes for an IPv4 address, mapped or not, and for IPv6. */
static void
add_client(struct buf *buf, const struct session *session)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const unsigned char *bytes = session->client.bytes;
	char text[INET6_ADDRSTRLEN] = "unknown";

	if (session->client_kind != SESSION_CLIENT_ADDRESS)
		;
	else if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, bytes + sizeof(mapped), text, sizeof(text));
	else
		inet_ntop(AF_INET6, bytes, text, sizeof(text));
	add(buf, "client_address", str_from(text));
}

static struct str
or_unknown(struct str name)
{
	return name.length > 0 ? name : STR("unknown");
}

static void
add_request(struct buf *buf, const struct request *request)
{
	const struct session *session = &request->session;

	add(buf, "request", STR("smtpd_access_policy"));
	add(buf, "protocol_state", states[session->stage]);
	add(buf, "protocol_name", STR("ESMTP"));
	add_client(buf, session);
	add(buf, "client_name", or_unknown(session->client_name));
	add(buf, "reverse_client_name", or_unknown(session->reverse_name));
	buf_print(buf, "server_port=%u\n", session->server_port);
	add(buf, "helo_name", session->helo);
	add(buf, "sender", session->sender);
	add(buf, "recipient", session->recipient);
	add(buf, "etrn_domain", session->etrn_domain);
	add(buf, "sasl_method", session->login_method);
	add(buf, "sasl_username", session->login);
	add(buf, "ccert_fingerprint", session->certificate);
	add(buf, "ccert_pubkey_fingerprint", session->certificate_key);
	add(buf, "encryption_protocol", session->tls_version);
	add(buf, "encryption_cipher", session->tls_cipher);
	buf_add_char(buf, '\n');
}

/* How the reply must start; all of it, where nothing may follow. */
static void
add_expected(struct buf *buf, const struct scenario_expectation *expect)
{
	buf_add(buf, STR("action="));
	if (expect->ask) {
		if (expect->observe)
			buf_add(buf, STR("warn_if_reject "));
		buf_add(buf, STR("reject_unauth_destination\n\n"));
	} else if (expect->observe || expect->answer == SCENARIO_PASS) {
		buf_add(buf, STR("DUNNO\n\n"));
	} else {
		buf_print(buf, "%u " STR_FORMAT " " STR_FORMAT, expect->code,
		    STR_ARGS(expect->dsn), STR_ARGS(expect->text));
	}
}

static void
play_step(struct policy_daemon *daemon, const struct scenario *scenario,
    const struct scenario_step *step, struct scenario_space *space)
{
	static char asked[ATTR_REQUEST_MAX];
	char replied[ATTR_REPLY_MAX], wanted[ATTR_REPLY_MAX];
	struct buf text = BUF(asked), want = BUF(wanted);
	struct request request;

	tap_case("%s:%u: " STR_FORMAT, strrchr(scenario->path, '/') + 1,
	    step->line, STR_ARGS(step->text));
	if (!CHECK(scenario_request(scenario, step, SCENARIO_POLICY, space,
		&request)))
		return;
	add_request(&text, &request);
	add_expected(&want, &step->expect);
	struct str reply =
	    policy_daemon_ask(daemon, buf_str(&text), replied, sizeof(replied));
	if (!CHECK(str_starts(reply, buf_str(&want))))
		printf("# got  " STR_FORMAT "\n# want " STR_FORMAT "\n",
		    STR_ARGS(str_trim(reply)),
		    STR_ARGS(str_trim(buf_str(&want))));
}

static bool
is_played(const struct scenario *scenario, const struct scenario_step *step)
{
	return step->expect.answer != SCENARIO_SILENT &&
	    scenario_cannot(scenario, step, driver) == NULL;
}

static bool
has_steps(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->step_count; i++)
		if (is_played(scenario, &scenario->steps[i]))
			return true;
	return false;
}

static void
play(const struct scenario *scenario, struct scenario_space *space)
{
	struct policy_daemon daemon;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", top_srcdir(),
	    scenario->policy_path != NULL ? scenario->policy_path : "");
	if (scenario->policy_path != NULL)
		policy_daemon_start_file(&daemon, path);
	else
		policy_daemon_start(&daemon, scenario->policy);
	for (size_t i = 0; i < scenario->step_count; i++)
		if (is_played(scenario, &scenario->steps[i]))
			play_step(&daemon, scenario, &scenario->steps[i],
			    space);
	tap_case("%s", scenario->path);
	CHECK(policy_daemon_stop(&daemon));
}

static void
play_file(const char *path, struct scenario_space *space)
{
	struct arena *arena = arena_new(0);
	struct scenario scenario;
	struct error error;

	bool readable = scenario_read(path, arena, &scenario, &error);
	tap_case("%s", readable ? path : error.text);
	if (CHECK(readable) && has_steps(&scenario))
		play(&scenario, space);
	arena_free(arena);
}

static void
the_policy_server_plays_each_scenario(void)
{
	struct scenario_space *space = malloc(sizeof(*space));
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/tests/scenarios/*.scn",
	    top_srcdir());
	if (space == NULL || glob(pattern, 0, NULL, &found) != 0)
		tap_bail("no scenarios in %s", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		play_file(found.gl_pathv[i], space);
	globfree(&found);
	free(space);
}

static const struct tap_test tests[] = {
	TAP_TEST(the_policy_server_plays_each_scenario),
};

int
main(void)
{
	return TAP_RUN(tests);
}
