/*
 * listen.h - the sockets that a server listens at, from "unix:/path",
 * "inet:host:port" and "systemd:NAME".
 */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include "base/error.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct listen_socket {
	int descriptor; /* listens, does not block */
	char *path;     /* of a unix socket of ours, to be unlinked; or NULL */
	dev_t device;   /* what stood at path once it was ours */
	ino_t inode;
};

struct listen_sockets {
	struct listen_socket *sockets;
	size_t count;
};

/*
 * Opens what an entry of listen.policy names and adds it: one socket, or all
 * that systemd has passed under the name.
 *
 * A unix socket whose server is gone is replaced; one that is answered is
 * left alone and an error, and so is a path that is no socket. From its first
 * moment the socket is as open as its mode says, and not more. But one that
 * systemd has passed, bound to this path, is taken as it is.
 */
bool listen_open(struct listen_sockets *sockets,
    const struct policy_listener *listener, struct error *error);

/* Closes all, and unlinks the paths that still are ours. */
void listen_close(struct listen_sockets *sockets);

#endif
