/*
 * milter_talk.c - sessions with the milter, told in few words.
 */
#include "tests/lib/milter_talk.h"

#include "tests/lib/tap.h"

#include <stdio.h>

static const char *socket_path;

void
milter_talk_to(const char *path)
{
	socket_path = path;
}

const char *
milter_talk_words(struct milter_client *client, bool came,
    const struct milter_answer *answer)
{
	static char words[MILTER_CLIENT_TEXT];

	if (!came)
		return client->error;
	switch (answer->command) {
	case 0:
		return "silent";
	case 'c':
		return "continue";
	case 'y':
		snprintf(words, sizeof(words), "%s", answer->text);
		return words;
	default:
		snprintf(words, sizeof(words), "answer %c", answer->command);
		return words;
	}
}

void
milter_talk_open(struct milter_client *client)
{
	if (!milter_client_open(client, socket_path) ||
	    !milter_client_negotiate(client, MILTER_CLIENT_ACTIONS,
		MILTER_CLIENT_STEPS))
		tap_bail("no session: %s", client->error);
}

void
milter_talk_begin(struct milter_client *client, const char *address,
    const struct milter_client_macro *macros)
{
	struct milter_answer answer;
	char family = 'U';

	milter_talk_open(client);
	if (address != NULL)
		family = strchr(address, ':') != NULL ? '6' : '4';
	if (macros != NULL && !milter_client_macros(client, 'C', macros))
		tap_bail("no macros: %s", client->error);
	if (!milter_client_connect(client, "[unnamed]", family, 4321, address,
		&answer) ||
	    !milter_client_helo(client, "client.test", &answer))
		tap_bail("no session: %s", client->error);
}

void
milter_talk_mail(struct milter_client *client, const char *sender,
    const struct milter_client_macro *macros)
{
	const char *const arguments[] = { sender, NULL };
	struct milter_answer answer;

	if ((macros != NULL && !milter_client_macros(client, 'M', macros)) ||
	    !milter_client_mail(client, arguments, &answer) ||
	    answer.command != 0)
		tap_bail("MAIL: %s", client->error);
}

const char *
milter_talk_rcpt(struct milter_client *client, const char *recipient,
    const struct milter_client_macro *macros)
{
	const char *const arguments[] = { recipient, NULL };
	struct milter_answer answer;

	bool came =
	    (macros == NULL || milter_client_macros(client, 'R', macros)) &&
	    milter_client_rcpt(client, arguments, &answer);
	return milter_talk_words(client, came, &answer);
}

void
milter_talk_end(struct milter_client *client)
{
	milter_client_quit(client);
	milter_client_close(client);
}
