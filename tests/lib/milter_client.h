/*
 * milter_client.h - the MTA's side of the milter protocol, version 6.
 *
 * Written from the protocol's description, not over libmilter, so that it can
 * say what no MTA says. Each read has a deadline. What the filter has asked
 * to be silent about is not waited for.
 */
#ifndef TESTS_LIB_MILTER_CLIENT_H
#define TESTS_LIB_MILTER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MILTER_CLIENT_STAGES =
	    7, /* CONNECT, HELO, MAIL, RCPT, DATA, EOM, EOH */
	MILTER_CLIENT_TEXT = 1024,
};

/* What both MTAs offer. */
#define MILTER_CLIENT_ACTIONS 0x1ffu
#define MILTER_CLIENT_STEPS   0x1fffffu

struct milter_client {
	int descriptor; /* -1: closed */
	int timeout;    /* milliseconds for each answer */
	uint32_t version;
	uint32_t actions;
	uint32_t steps;
	char symbols[MILTER_CLIENT_STAGES][256]; /* asked for; "": nothing */
	char error[256];
};

/* The answer to one command. */
struct milter_answer {
	char command; /* 'c' continue, 'r', 't', 'y' with a text; 0: silent */
	char text[MILTER_CLIENT_TEXT]; /* "554 5.7.1 ..." ends in NUL */
};

struct milter_client_macro {
	const char *name; /* "i", "{client_addr}"; NULL ends a list */
	const char *value;
};

/* False, with the error, if nobody listens. */
bool milter_client_open(struct milter_client *client, const char *path);
void milter_client_close(struct milter_client *client);

/* A packet as it is: any command, any bytes. */
bool milter_client_send(struct milter_client *client, char command,
    const void *bytes, size_t length);
/* Bytes that need not be a packet. */
bool milter_client_write(struct milter_client *client, const void *bytes,
    size_t length);
bool milter_client_read(struct milter_client *client,
    struct milter_answer *answer);

/* Whether the filter closes the connection within the time. */
bool milter_client_is_closed(struct milter_client *client);

/* Offers actions and steps; what the filter wants lies in the client. */
bool milter_client_negotiate(struct milter_client *client, uint32_t actions,
    uint32_t steps);

/* Tells macros before a command: its letter, C H M R T E N. */
bool milter_client_macros(struct milter_client *client, char command,
    const struct milter_client_macro *macros);

/* Family '4', '6', 'L', 'U'; with 'U' neither port nor address are sent. */
bool milter_client_connect(struct milter_client *client, const char *host,
    char family, unsigned port, const char *address,
    struct milter_answer *answer);
bool milter_client_helo(struct milter_client *client, const char *helo,
    struct milter_answer *answer);

/* Arguments as argv, NULL at the end: the address and ESMTP parameters. */
bool milter_client_mail(struct milter_client *client,
    const char *const *arguments, struct milter_answer *answer);
bool milter_client_rcpt(struct milter_client *client,
    const char *const *arguments, struct milter_answer *answer);

bool milter_client_abort(struct milter_client *client);
bool milter_client_end(struct milter_client *client,
    struct milter_answer *answer);
bool milter_client_quit(struct milter_client *client);

#endif
