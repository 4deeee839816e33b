/*
 * milter_socket.h - the one socket of the milter: its address, who holds it,
 * and reaching it from outside.
 *
 * libmilter opens the socket itself and tells nobody why it could not, takes
 * a unix socket from a running instance, and leaves the file behind. So we
 * look first, and clean up after.
 */
#ifndef SERVE_MILTER_SOCKET_H
#define SERVE_MILTER_SOCKET_H

#include "base/error.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

struct milter_socket {
	char connection[160]; /* as smfi_setconn() reads it; ends in NUL */
	struct sockaddr_storage address; /* where we are reached */
	socklen_t address_length;
	bool made; /* the file of a unix socket is ours: */
	dev_t device;
	ino_t inode;
};

/*
 * Reads "unix:/path", "inet:192.0.2.1:8891", "inet:[2001:db8::1]:8891";
 * host "*": all IPv4 addresses. A name is looked up once, now.
 */
bool milter_socket_parse(struct str at, struct milter_socket *own,
    struct error *error);

/*
 * Finds out, before libmilter does, whether the address can be had. What a
 * dead instance left is removed; a live one is an error and left alone.
 */
bool milter_socket_claim(const struct milter_socket *own, struct error *error);

/*
 * Takes the file of a unix socket, just made, as ours and gives it its mode
 * and group; ours also if that fails.
 */
bool milter_socket_adopt(struct milter_socket *own,
    const struct policy_listener *listener, struct error *error);

/* Connects, waiting at most some milliseconds. -1 and an error if not. */
int milter_socket_connect(const struct milter_socket *own,
    unsigned milliseconds, struct error *error);

/* Whether a milter answers there within some milliseconds. */
bool milter_socket_negotiate(const struct milter_socket *own,
    unsigned milliseconds, struct error *error);

/* Removes the file if it is still ours and nobody else's since. */
void milter_socket_remove(struct milter_socket *own);

#endif
