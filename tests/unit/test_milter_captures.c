/*
 * test_milter_captures.c - what real MTAs said to a milter, said to ours.
 */
#include "tests/lib/milter_capture.h"
#include "tests/lib/milter_guard.h"
#include "tests/lib/milter_talk.h"
#include "tests/lib/tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
	SESSIONS = 16, /* numbers in the captures are below */
};

static const char strangers[] =
    "networks = { local = [ \"192.0.2.1\" ]; };\n"
    "destinations = [ \"example.test\" ];\n"
    "relay = ({ name = \"host\"; from = \"local\"; });\n";

static const char loopback_granted[] =
    "networks = { local = [ \"127.0.0.0/8\" ]; };\n"
    "destinations = [ \"example.test\" ];\n"
    "relay = ({ name = \"host\"; from = \"local\"; });\n";

static const char asking[] =
    "networks = { local = [ \"192.0.2.1\" ]; };\n"
    "destinations = [ \"mta\" ];\n"
    "relay = ({ name = \"host\"; from = \"local\"; });\n";

/* All arguments of RCPT in the captures that are ours. */
static const char *const ours[] = {
	"<bob@example.test>",
	"bob@example.test",
	"<bob@EXAMPLE.TEST>",
	"<bob@example.test.>",
	"<Bob+Tag@Example.Test>",
	"<\"quoted user\"@example.test>",
	"<carol@example.test>",
	"<postmaster>",
	"<bob@[127.0.0.1]>",
};

/* In postfix-address-classes, whose Postfix tells the transport of each. */
static const char *const own_classes[] = {
	"<bob@example.test>",
	"<x@partner.test>",
	"<x@vmbox.test>",
	"<x@valias.test>",
	"<bob@[127.0.0.1]>",
};

static bool
is_among(const char *const *list, size_t count, const char *recipient)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], recipient) == 0)
			return true;
	return false;
}

/* One session of a capture, as it is played. */
struct player {
	struct milter_client client;
	bool open;
	bool loopback; /* the client's address is of this host */
	bool rejected; /* the MTA has refused the next recipient itself */
};

/* What is expected of a recipient: true for continue. */
typedef bool expectation(const struct player *player, const char *recipient);

static bool
is_listed(const struct player *player, const char *recipient)
{
	return player->rejected || is_among(ours, TAP_COUNT(ours), recipient);
}

static bool
is_granted_or_listed(const struct player *player, const char *recipient)
{
	return player->loopback || is_listed(player, recipient);
}

static bool
is_own_class(const struct player *player, const char *recipient)
{
	(void)player;
	return is_among(own_classes, TAP_COUNT(own_classes), recipient);
}

static void
play_start(struct player *player, const struct milter_step *step)
{
	/* Its macros are those of an MTA that cannot be asked for others. */
	uint32_t actions =
	    MILTER_CLIENT_ACTIONS & ~(step->symbols ? 0 : 0x100u);

	player->open =
	    milter_client_open(&player->client, milter_guard_path()) &&
	    milter_client_negotiate(&player->client, actions,
		MILTER_CLIENT_STEPS);
	CHECK(player->open);
}

static void
play_macros(struct player *player, const struct milter_step *step)
{
	bool error = false;
	bool dsn = false;

	for (size_t i = 0; step->macros[i].name != NULL; i++) {
		const struct milter_client_macro *macro = &step->macros[i];
		if (strcmp(macro->name, "{rcpt_mailer}") == 0)
			error = strcmp(macro->value, "error") == 0;
		if (strcmp(macro->name, "{rcpt_host}") == 0)
			dsn = strcmp(macro->value, "4.7.1") == 0;
	}
	player->rejected = error && dsn;
	CHECK(milter_client_macros(&player->client, step->place, step->macros));
}

static void
play_recipient(struct player *player, const struct milter_step *step,
    expectation *expected)
{
	struct milter_answer answer;

	bool came = milter_client_rcpt(&player->client, step->words, &answer);
	const char *words = milter_talk_words(&player->client, came, &answer);
	if (expected(player, step->words[0]))
		CHECK_STR(words, "continue");
	else
		CHECK(strncmp(words, "554 5.7.1 <", 11) == 0 &&
		    strstr(words, ">: Relay access denied") != NULL);
}

static void
play_step(struct player *player, const struct milter_step *step,
    expectation *expected)
{
	struct milter_client *client = &player->client;
	struct milter_answer answer = { .command = 0 };

	switch (step->command) {
	case 'O':
		play_start(player, step);
		break;
	case 'C':
		player->loopback = strncmp(step->words[1], "127.", 4) == 0;
		CHECK(milter_client_connect(client, step->words[0],
		    step->family, step->port, step->words[1], &answer));
		break;
	case 'H':
		CHECK(milter_client_helo(client, step->words[0], &answer));
		break;
	case 'M':
		CHECK(milter_client_mail(client, step->words, &answer));
		break;
	case 'R':
		play_recipient(player, step, expected);
		break;
	case 'A':
		CHECK(milter_client_abort(client));
		break;
	case 'E':
		CHECK(milter_client_end(client, &answer));
		CHECK_INT(answer.command, 'c');
		return;
	case 'Q':
		milter_talk_end(client);
		player->open = false;
		break;
	default:
		return;
	}
	CHECK_INT(answer.command, 0);
}

/* Plays a whole capture; returns how many recipients it had. */
static unsigned
play(const char *directory, const char *name, expectation *expected)
{
	static struct player players[SESSIONS];
	struct milter_capture capture;
	unsigned recipients = 0;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (!milter_capture_read(path, &capture))
		tap_bail("%s cannot be read", path);
	for (size_t i = 0; i < capture.count; i++) {
		const struct milter_step *step = &capture.steps[i];
		if (step->session >= SESSIONS)
			tap_bail("%s: session %u", path, step->session);
		struct player *player = &players[step->session];
		tap_case("%s:%zu: %c", name, i + 1,
		    step->command != 0 ? step->command : '-');
		recipients += step->command == 'R';
		if (step->place != 0)
			play_macros(player, step);
		else
			play_step(player, step, expected);
	}
	for (size_t i = 0; i < SESSIONS; i++)
		CHECK(!players[i].open);
	milter_capture_free(&capture);
	return recipients;
}

static const char *
captures(void)
{
	static char directory[256];
	const char *top = getenv("top_srcdir");

	snprintf(directory, sizeof(directory), "%s/tests/data/milter-captures",
	    top != NULL ? top : ".");
	return directory;
}

static void
play_all(const char *policy, expectation *expected)
{
	unsigned recipients = 0;
	unsigned files = 0;
	DIR *directory = opendir(captures());
	const struct dirent *entry;

	if (directory == NULL)
		tap_bail("no %s", captures());
	milter_guard_policy(policy);
	while ((entry = readdir(directory)) != NULL) {
		if (strstr(entry->d_name, ".milter.txt") == NULL)
			continue;
		recipients += play(captures(), entry->d_name, expected);
		files++;
	}
	closedir(directory);
	tap_case("in all");
	CHECK_INT(files, 9);
	CHECK_INT(recipients, 133);
}

static void
strangers_reach_our_domain_only(void)
{
	play_all(strangers, is_listed);
}

static void
granted_clients_reach_the_world(void)
{
	play_all(loopback_granted, is_granted_or_listed);
}

static void
postfix_tells_the_class_of_a_domain(void)
{
	milter_guard_policy(asking);
	CHECK_INT(play(captures(), "postfix-address-classes.milter.txt",
		      is_own_class),
	    7);
}

static const struct tap_test tests[] = {
	TAP_TEST(strangers_reach_our_domain_only),
	TAP_TEST(granted_clients_reach_the_world),
	TAP_TEST(postfix_tells_the_class_of_a_domain),
};

int
main(void)
{
	milter_guard_start(strangers);
	int status = TAP_RUN(tests);
	milter_guard_stop();
	return status;
}
