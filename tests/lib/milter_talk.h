/*
 * milter_talk.h - sessions with the milter, told in few words.
 *
 * Answers are text: "continue", the reply of a refusal ("554 5.7.1 ..."),
 * "silent" where none is to come, or what went wrong in the protocol.
 */
#ifndef TESTS_LIB_MILTER_TALK_H
#define TESTS_LIB_MILTER_TALK_H

#include "tests/lib/milter_client.h"

/* A list of macros: MACROS({ "i", "4XYZ" }, { "v", "8.17.1" }). */
#define MACROS(...)                          \
	(const struct milter_client_macro[]) \
	{                                    \
		__VA_ARGS__,                 \
		{                            \
			NULL, NULL           \
		}                            \
	}

/* Says at which socket the milter is; before all others. */
void milter_talk_to(const char *path);

/* Opens and negotiates as both MTAs do; gives up if that fails. */
void milter_talk_open(struct milter_client *client);

/*
 * A session up to HELO: CONNECT from an address with macros (NULL: none), and
 * a HELO. An address of NULL is an unknown one.
 */
void milter_talk_begin(struct milter_client *client, const char *address,
    const struct milter_client_macro *macros);

/* MAIL with one argument; gives up if it is answered. */
void milter_talk_mail(struct milter_client *client, const char *sender,
    const struct milter_client_macro *macros);

/* RCPT with one argument; the answer lives until the next one. */
const char *milter_talk_rcpt(struct milter_client *client,
    const char *recipient, const struct milter_client_macro *macros);

/* Says QUIT and closes. */
void milter_talk_end(struct milter_client *client);

/* The words for an answer. */
const char *milter_talk_words(struct milter_client *client, bool came,
    const struct milter_answer *answer);

#endif
