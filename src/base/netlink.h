/*
 * netlink.h - asking the kernel for a list over netlink(7).
 *
 * Messages are taken apart by copying each header out of the bytes, with its
 * length checked, so that nothing depends on alignment.
 */
#ifndef BASE_NETLINK_H
#define BASE_NETLINK_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NETLINK_BODY_MAX = 64, /* bytes; inet_diag_req_v2 has 56 */
};

/* What is asked for, and who reads the answer. */
struct netlink_dump {
	unsigned short request; /* RTM_GETADDR */
	unsigned short answer;  /* RTM_NEWADDR */
	/* The answer begins, or begins again. */
	void (*begin)(void *state);
	/* One message of it, after its nlmsghdr. */
	void (*read)(void *state, struct str message);
	int protocol;     /* NETLINK_ROUTE */
	const void *body; /* of the request, after its nlmsghdr */
	size_t body_size; /* at most NETLINK_BODY_MAX */
	/* A kernel that does not know what is asked for (ENOENT) has none of
	 * it: sock_diag(7) of IPv6 where there is no IPv6. */
	bool may_lack;
};

/* Asks for a whole list, again when it changes while it is read. */
bool netlink_dump(const struct netlink_dump *dump, void *state,
    struct error *error);

/* A socket for rtnetlink messages of the groups; -1 and an error. */
int netlink_open(int flags, uint32_t groups, struct error *error);

/*
 * Takes a header off the start of the bytes, and the length that stands in it
 * with the filling after it; inside is what comes after the header. False: it
 * is broken.
 */
bool netlink_take(struct str *bytes, void *header, size_t header_size,
    size_t length, struct str *inside);

/* Takes the next attribute off; false: there is none. */
bool netlink_attribute(struct str *bytes, unsigned *type, struct str *value);

#endif
