/*
 * policy_server.h - a policy server in a thread of the test, and its clients.
 *
 * It knows no grant and no destination, so that it refuses every recipient.
 */
#ifndef TESTS_LIB_POLICY_SERVER_H
#define TESTS_LIB_POLICY_SERVER_H

#include "serve/policyd.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	PATIENCE = 10000, /* milliseconds for what must come */
	SOON = 100,       /* milliseconds for a short deadline */
};

#define REQUEST(state, client, recipient)                        \
	"request=smtpd_access_policy\nprotocol_state=" state     \
	"\nclient_address=" client "\nrecipient=" recipient "\n" \
	"helo_name=client.example.net\nsender=alice@sender.example\n\n"
#define RCPT REQUEST("RCPT", "192.0.2.77", "victim@elsewhere.example")
#define DATA REQUEST("DATA", "192.0.2.77", "")

#define DENIED "action=554 5.7.1 Relay access denied\n\n"
#define DUNNO  "action=DUNNO\n\n"

struct policy_server {
	struct policy policy;
	struct slot slot;
	struct policyd *policyd;
	pthread_t thread;
	sem_t ready;
	char directory[64];
	char path[96];
};

/* Starts it; the options need no slot. Gives up on the test if it fails. */
void policy_server_start(struct policy_server *server,
    struct policyd_options options);

/* Ends it, and says whether it has left nothing behind. */
bool policy_server_stop(struct policy_server *server);

/* Whether this is the thread of the server. */
bool policy_server_is_here(void);

int client_dial(const struct policy_server *server);
void client_say(int client, const char *text);
bool client_is_readable(int client, int milliseconds);

/* Reads until count bytes, the end, or the end of patience. */
size_t client_hear(int client, char *bytes, size_t count);

/* Whether the connection ends without another byte. */
bool client_ends(int client);

#endif
