/*
 * sendmail_judge.c - what a sendmail.cf opens, by its rules, and what the real
 * Sendmail answers to questions; no test by itself.
 *
 * usage: sendmail_judge SENDMAIL.CF < QUESTIONS
 *
 * A question is a line: client, its verified name, sender, recipient, with
 * tabs between them. Prints "opening WHO WHERE VALUE [open]", "doubt TEXT",
 * and then "answer refuses|delivers|relays" for each question.
 */
#include "base/lines.h"
#include "check/sendmail_replay.h"
#include "mta/sendmail_relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	QUESTIONS_MAX = 4096,
	AT_ONCE = 64, /* a deadline is for each lot */
	INPUT_MAX = 1 << 20,
};

static const char *const who[] = {
	[SENDMAIL_ANYONE] = "anyone",
	[SENDMAIL_FORGER] = "forger",
	[SENDMAIL_NETWORK] = "network",
	[SENDMAIL_NAMES] = "names",
	[SENDMAIL_LOGIN] = "login",
	[SENDMAIL_CERTIFICATE] = "certificate",
};
static const char *const where[] = {
	[SENDMAIL_ANYWHERE] = "anywhere",
	[SENDMAIL_DOMAIN] = "domain",
	[SENDMAIL_ADDRESS] = "address",
	[SENDMAIL_MX] = "mx",
	[SENDMAIL_ROUTED] = "routed",
};
static const char *const replies[] = {
	[SENDMAIL_UNASKED] = "unasked",
	[SENDMAIL_REFUSES] = "refuses",
	[SENDMAIL_DELIVERS] = "delivers",
	[SENDMAIL_RELAYS] = "relays",
};

_Noreturn static void
give_up(const char *what)
{
	fprintf(stderr, "sendmail_judge: %s\n", what);
	exit(1);
}

static void
print_openings(const struct sendmail *sendmail, struct arena *arena)
{
	struct sendmail_relay relay;

	sendmail_relay_read(sendmail, arena, &relay);
	for (const struct sendmail_opening *opening = relay.openings;
	     opening != NULL; opening = opening->next)
		printf("opening\t%s\t%s\t" STR_FORMAT "\t%s\n",
		    who[opening->who], where[opening->where],
		    STR_ARGS(opening->value),
		    sendmail_opening_is_open(opening) ? "open" : "");
	for (const struct sendmail_doubt *doubt = relay.doubts; doubt != NULL;
	     doubt = doubt->next)
		printf("doubt\t%s\n", doubt->text);
}

static size_t
read_questions(struct arena *arena, struct sendmail_question *questions)
{
	char *bytes = arena_alloc(arena, INPUT_MAX);
	struct str text = { bytes, fread(bytes, 1, INPUT_MAX, stdin) };
	struct lines lines = lines_of(text);
	struct str line, client;
	struct error error;
	size_t count = 0;

	while (count < QUESTIONS_MAX && lines_next(&lines, &line)) {
		struct sendmail_question *question = &questions[count++];

		str_cut(line, '\t', &client, &line);
		str_cut(line, '\t', &question->client_name, &line);
		str_cut(line, '\t', &question->sender, &question->recipient);
		if (!address_parse(client, &question->client, &error))
			give_up(error.text);
	}
	return count;
}

int
main(int argc, char **argv)
{
	static struct sendmail_question questions[QUESTIONS_MAX];
	struct arena *arena = arena_new(0);
	char hostname[256] = "";
	struct sendmail *sendmail;
	struct host network;
	struct error error;

	if (argc != 2)
		give_up("usage: sendmail_judge SENDMAIL.CF");
	if (gethostname(hostname, sizeof(hostname) - 1) != 0)
		give_up("no host name");
	if (!host_read(arena, &network, &error))
		give_up(error.text);
	const struct mta_host host = {
		.tree = tree_new(arena, NULL, NULL),
		.network = &network,
		.hostname = str_from(hostname),
		.may_run = true,
	};
	if (!sendmail_read(&host, argv[1], arena, &sendmail, &error))
		give_up(error.text);
	print_openings(sendmail, arena);
	if (sendmail->fatal != NULL)
		printf("fatal\t%s\n", sendmail->fatal);
	size_t count = read_questions(arena, questions);
	for (size_t i = 0; i < count; i += AT_ONCE)
		if (!sendmail_ask(sendmail, &questions[i],
			count - i < AT_ONCE ? count - i : AT_ONCE, arena,
			&error))
			give_up(error.text);
	for (size_t i = 0; i < count; i++)
		printf("answer\t%s\n", replies[questions[i].reply]);
	arena_free(arena);
	return 0;
}
