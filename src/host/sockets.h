/*
 * sockets.h - the TCP ports that the host listens on, and who does.
 *
 * Of this host the kernel is asked (sock_diag(7)), in the network namespace of
 * the process; of the files of another host there is only what was kept of its
 * /proc/net/tcp and tcp6.
 */
#ifndef HOST_SOCKETS_H
#define HOST_SOCKETS_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/netblock.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct listening_socket {
	struct address address;
	bool ipv6;      /* of an AF_INET6 socket */
	bool only_ipv6; /* of such a one: takes no IPv4 clients */
	bool any;       /* on every address of the host */
	bool loopback;  /* in 127.0.0.0/8, mapped or not, or ::1 */
	unsigned port;
	uid_t uid; /* of whoever made it */
	uint64_t inode;
	pid_t process; /* one that holds it, as a rule the first; 0: unseen */
	const char *program; /* "master"; NULL: unseen */
};

struct sockets {
	enum lookup state; /* MISSING: nothing was kept of another host */
	const char *reason;
	const char *hidden; /* what could not be seen; NULL: nothing */
	const struct listening_socket *list;
	size_t count;
};

void sockets_read(struct tree *tree, struct arena *arena,
    struct sockets *sockets);

/* Adds the listening sockets in the text of /proc/net/tcp or tcp6. */
void sockets_parse(struct str text, struct arena *arena,
    struct sockets *sockets);

#endif
