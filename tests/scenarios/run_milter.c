/*
 * run_milter.c - plays the scenarios over the milter protocol, as Postfix and
 * as Sendmail speak it.
 */
#include "tests/lib/milter_guard.h"
#include "tests/lib/milter_talk.h"
#include "tests/lib/scenario.h"
#include "tests/lib/tap.h"

#include <arpa/inet.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	MACROS_MOST = 8,
};

static const struct mta {
	enum scenario_protocol protocol;
	const char *name;
	const char *version;
} mtas[] = {
	{ SCENARIO_POSTFIX_MILTER, "postfix-milter", "Postfix 3.7.11" },
	{ SCENARIO_SENDMAIL_MILTER, "sendmail-milter", "8.17.1.9" },
};

/* A scenario that is played by one MTA: its session with the milter. */
struct play {
	const struct scenario *scenario;
	const struct mta *mta;
	struct arena *arena;
	struct scenario_space *space;
	struct milter_client client;
	bool open; /* a session, with the number of its steps: */
	unsigned number;
	bool mailed; /* MAIL has been said in it */
};

/* Macros while they are put together; a value that is empty is not told. */
struct macros {
	struct play *play;
	struct milter_client_macro list[MACROS_MOST + 1];
	size_t count;
};

static const char *
word(struct play *play, struct str text)
{
	return arena_copy(play->arena, text).data;
}

static void
tell(struct macros *macros, const char *name, struct str value)
{
	if (value.length > 0)
		macros->list[macros->count++] = (struct milter_client_macro){
			name,
			word(macros->play, value),
		};
}

static void
send_macros(struct macros *macros, char command)
{
	if (macros->count > 0 &&
	    !milter_client_macros(&macros->play->client, command, macros->list))
		tap_bail("no macros: %s", macros->play->client.error);
}

/* The text of an address, as an MTA gives it. */
static const char *
address_text(struct play *play, const struct session *session, char *family)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const unsigned char *bytes = session->client.bytes;
	char text[INET6_ADDRSTRLEN];

	if (session->client_kind != SESSION_CLIENT_ADDRESS) {
		*family = 'U';
		return NULL;
	}
	bool inet = memcmp(bytes, mapped, sizeof(mapped)) == 0;
	*family = inet ? '4' : '6';
	inet_ntop(inet ? AF_INET : AF_INET6,
	    bytes + (inet ? sizeof(mapped) : 0), text, sizeof(text));
	return word(play, str_from(text));
}

static void
say_connect(struct play *play, const struct session *session)
{
	struct macros macros = { .play = play };
	struct milter_answer answer;
	char port[16];
	char family;

	const char *address = address_text(play, session, &family);
	bool local = session->client_kind == SESSION_CLIENT_LOCAL;
	bool named = session->client_name.length > 0;
	snprintf(port, sizeof(port), "%u", session->server_port);
	tell(&macros, "v", str_from(play->mta->version));
	tell(&macros, "{client_addr}",
	    address != NULL ? str_from(address)
			    : (local ? STR("0") : STR("unknown")));
	tell(&macros, "{client_name}",
	    named ? session->client_name : STR("unknown"));
	tell(&macros, "{client_resolve}", named ? STR("OK") : STR("FAIL"));
	tell(&macros, "{client_ptr}", session->reverse_name);
	if (!local && session->server_port != 0)
		tell(&macros, "{daemon_port}", str_from(port));
	send_macros(&macros, 'C');
	if (!milter_client_connect(&play->client,
		named ? word(play, session->client_name) : "[unnamed]", family,
		session->client_port, address, &answer))
		tap_bail("CONNECT: %s", play->client.error);
}

static void
say_helo(struct play *play, const struct session *session)
{
	struct macros macros = { .play = play };
	struct milter_answer answer;

	if (session->helo.length == 0)
		return;
	tell(&macros, "{tls_version}", session->tls_version);
	tell(&macros, "{cipher}", session->tls_cipher);
	send_macros(&macros, 'H');
	if (!milter_client_helo(&play->client, word(play, session->helo),
		&answer))
		tap_bail("HELO: %s", play->client.error);
}

/* Ends the session that is open and begins that of a step. */
static void
enter_session(struct play *play, const struct scenario_step *step)
{
	if (play->open && play->number == step->number)
		return;
	if (play->open)
		milter_talk_end(&play->client);
	play->open = true;
	play->number = step->number;
	play->mailed = false;
	milter_talk_open(&play->client);
	say_connect(play, &step->session);
	say_helo(play, &step->session);
}

/* Both MTAs end a transaction by ABORT, whether or not there is one. */
static void
say_mail(struct play *play, const struct session *session)
{
	struct macros macros = { .play = play };

	if (play->mailed)
		milter_client_abort(&play->client);
	tell(&macros, "{auth_type}", session->login_method);
	tell(&macros, "{auth_authen}", session->login);
	tell(&macros, "{tls_version}", session->tls_version);
	macros.list[macros.count] = (struct milter_client_macro){ NULL, NULL };
	milter_talk_mail(&play->client, word(play, session->sender),
	    macros.list);
	play->mailed = true;
}

static const char *
say_rcpt(struct play *play, const struct request *request)
{
	struct macros macros = { .play = play };

	if (!play->mailed)
		say_mail(play, &request->session);
	if (request->macros) {
		/* Told even where it is empty, as MTAs do. */
		macros.list[0] = (struct milter_client_macro){
			"{rcpt_mailer}",
			word(play, request->rcpt_mailer),
		};
		macros.count = 1;
		tell(&macros, "{rcpt_host}", request->rcpt_host);
		tell(&macros, "{rcpt_addr}", request->rcpt_addr);
	}
	/* An empty list too: the macros of the recipient before must go. */
	return milter_talk_rcpt(&play->client,
	    word(play, request->session.recipient), macros.list);
}

/* Says a step; the answer of the milter, "continue" where none is due. */
static const char *
say(struct play *play, const struct scenario_step *step)
{
	struct request request;
	struct milter_answer answer;

	if (!scenario_request(play->scenario, step, play->mta->protocol,
		play->space, &request))
		tap_bail("%s:%u: no request", play->scenario->path, step->line);
	switch (step->session.stage) {
	case SESSION_HELO:
		say_helo(play, &step->session);
		break;
	case SESSION_MAIL:
		say_mail(play, &step->session);
		break;
	case SESSION_RCPT:
		return say_rcpt(play, &request);
	case SESSION_END_OF_MESSAGE:
		play->mailed = false;
		return milter_talk_words(&play->client,
		    milter_client_end(&play->client, &answer), &answer);
	case SESSION_CONNECT:
	case SESSION_DATA:
	case SESSION_VRFY:
	case SESSION_ETRN:
	case SESSION_OTHER:
		/* Said already, or not to a milter that asked for no DATA. */
		break;
	}
	return "continue";
}

/* Whether an answer has code, DSN and, after the recipient, the text. */
static bool
is_refusal(const char *answer, const struct scenario_expectation *expect)
{
	char start[32];

	snprintf(start, sizeof(start), "%u " STR_FORMAT, expect->code,
	    STR_ARGS(expect->dsn));
	if (strncmp(answer, start, strlen(start)) != 0)
		return false;
	for (const char *at = strstr(answer, ">: "); at != NULL;
	     at = strstr(at + 1, ">: "))
		if (str_starts(str_from(at + 3), expect->text))
			return true;
	return false;
}

static void
play_step(struct play *play, const struct scenario_step *step)
{
	struct scenario_driver driver = {
		.protocol = play->mta->protocol,
		.place = SCENARIO_DAEMON,
	};

	if (scenario_cannot(play->scenario, step, driver) != NULL)
		return;
	enter_session(play, step);
	const char *answer = say(play, step);
	const struct scenario_expectation *expect = &step->expect;
	bool held = true;
	tap_case("%s:%u %s: " STR_FORMAT,
	    strrchr(play->scenario->path, '/') + 1, step->line, play->mta->name,
	    STR_ARGS(step->text));
	switch (expect->answer) {
	case SCENARIO_SILENT:
		return;
	case SCENARIO_PASS:
		held = CHECK_STR(answer, "continue");
		break;
	case SCENARIO_REFUSE:
		held = expect->observe ? CHECK_STR(answer, "continue")
				       : CHECK(is_refusal(answer, expect));
		break;
	}
	if (!held)
		printf("# got %s\n", answer);
}

static void
play_scenario(const struct scenario *scenario, const struct mta *mta,
    struct arena *arena)
{
	struct play play = {
		.scenario = scenario,
		.mta = mta,
		.arena = arena,
		.space = arena_alloc(arena, sizeof(*play.space)),
	};

	for (size_t i = 0; i < scenario->step_count; i++)
		play_step(&play, &scenario->steps[i]);
	if (play.open)
		milter_talk_end(&play.client);
}

static const char *
top(void)
{
	const char *directory = getenv("top_srcdir");

	return directory != NULL ? directory : ".";
}

static void
play_file(const char *path)
{
	struct arena *arena = arena_new(0);
	struct scenario scenario;
	struct error error;

	bool is_read = scenario_read(path, arena, &scenario, &error);
	tap_case("%s", is_read ? path : error.text);
	if (CHECK(is_read)) {
		const char *file = scenario.path;
		if (scenario.policy_path != NULL)
			file = arena_print(arena, "%s/%s", top(),
			    scenario.policy_path);
		milter_guard_load(file, scenario.policy);
		for (size_t i = 0; i < TAP_COUNT(mtas); i++)
			play_scenario(&scenario, &mtas[i], arena);
	}
	arena_free(arena);
}

static void
the_milter_plays_each_scenario(void)
{
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/tests/scenarios/*.scn", top());
	if (glob(pattern, 0, NULL, &found) != 0)
		tap_bail("no scenarios in %s", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		play_file(found.gl_pathv[i]);
	globfree(&found);
}

static const struct tap_test tests[] = {
	TAP_TEST(the_milter_plays_each_scenario),
};

int
main(void)
{
	milter_guard_start("networks = { local = [ \"127.0.0.1\" ]; };\n"
			   "relay = ({ name = \"host\"; from = \"local\"; });\n"
			   "destinations = [ \"relay.test\" ];\n");
	milter_talk_to(milter_guard_path());
	int status = TAP_RUN(tests);
	milter_guard_stop();
	return status;
}
