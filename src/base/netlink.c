/*
 * netlink.c - asking the kernel for a list over netlink(7).
 */
#include "base/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	BUFFER = 32 * 1024, /* the kernel's own choice for dumps */
	ATTEMPTS = 5,       /* at a dump that changes while it is read */
	PATIENCE = 2,       /* seconds; the kernel answers at once */
};

bool
netlink_take(struct str *bytes, void *header, size_t header_size, size_t length,
    struct str *inside)
{
	size_t filled = NLMSG_ALIGN(length);

	if (length < header_size || length > bytes->length)
		return false;
	memcpy(header, bytes->data, header_size);
	size_t start = NLMSG_ALIGN(header_size);
	*inside = start < length ? str_slice(*bytes, start, length)
				 : (struct str){ NULL, 0 };
	*bytes = filled < bytes->length
	    ? str_slice(*bytes, filled, bytes->length)
	    : (struct str){ NULL, 0 };
	return true;
}

bool
netlink_attribute(struct str *bytes, unsigned *type, struct str *value)
{
	struct rtattr header;

	if (bytes->length < sizeof(header))
		return false;
	memcpy(&header, bytes->data, sizeof(header));
	if (!netlink_take(bytes, &header, sizeof(header), header.rta_len,
		value))
		return false;
	*type = header.rta_type & NLA_TYPE_MASK;
	return true;
}

static int
open_socket(int protocol, int flags, uint32_t groups, struct error *error)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
		.nl_groups = groups };
	int descriptor =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, protocol);

	if (descriptor < 0) {
		error_write(error, "netlink: %s", strerror(errno));
		return -1;
	}
	if (bind(descriptor, (const struct sockaddr *)&address,
		sizeof(address)) != 0) {
		error_write(error, "netlink: %s", strerror(errno));
		close(descriptor);
		return -1;
	}
	return descriptor;
}

int
netlink_open(int flags, uint32_t groups, struct error *error)
{
	return open_socket(NETLINK_ROUTE, flags, groups, error);
}

static bool
dump_ask(int descriptor, const struct netlink_dump *dump, struct error *error)
{
	struct {
		struct nlmsghdr header;
		char body[NETLINK_BODY_MAX];
	} request = {
		.header = { .nlmsg_len =
				(uint32_t)NLMSG_LENGTH(dump->body_size),
		    .nlmsg_type = dump->request,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};

	memcpy(request.body, dump->body, dump->body_size);
	if (send(descriptor, &request, request.header.nlmsg_len, 0) < 0)
		return error_set(error, "netlink: %s", strerror(errno));
	return true;
}

enum dump_state {
	DUMP_MORE,
	DUMP_DONE,
	DUMP_INTERRUPTED, /* what is dumped has changed meanwhile */
	DUMP_FAILED,
};

static enum dump_state
dump_message(const struct nlmsghdr *header, struct str body,
    const struct netlink_dump *dump, void *state, struct error *error)
{
	struct nlmsgerr failure;

	if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		return DUMP_INTERRUPTED;
	if (header->nlmsg_type == NLMSG_DONE)
		return DUMP_DONE;
	if (header->nlmsg_type == NLMSG_ERROR) {
		if (body.length < sizeof(failure)) {
			error_write(error, "netlink: a broken answer");
			return DUMP_FAILED;
		}
		memcpy(&failure, body.data, sizeof(failure));
		if (failure.error == -ENOENT && dump->may_lack)
			return DUMP_DONE;
		error_write(error, "netlink: %s", strerror(-failure.error));
		return DUMP_FAILED;
	}
	if (header->nlmsg_type == dump->answer)
		dump->read(state, body);
	return DUMP_MORE;
}

/* Reads one datagram of an answer. */
static enum dump_state
dump_read(int descriptor, char *buffer, const struct netlink_dump *dump,
    void *state, struct error *error)
{
	ssize_t length = recv(descriptor, buffer, BUFFER, MSG_TRUNC);

	if (length < 0 && errno == EINTR)
		return DUMP_MORE;
	if (length <= 0 || length > BUFFER) {
		error_write(error, "netlink: %s",
		    length < 0 ? strerror(errno) : "a broken answer");
		return DUMP_FAILED;
	}

	struct str bytes = { buffer, (size_t)length };
	struct nlmsghdr header;
	struct str body;
	enum dump_state result = DUMP_MORE;
	while (result == DUMP_MORE && bytes.length >= sizeof(header)) {
		memcpy(&header, bytes.data, sizeof(header));
		if (!netlink_take(&bytes, &header, sizeof(header),
			header.nlmsg_len, &body)) {
			error_write(error, "netlink: a broken answer");
			return DUMP_FAILED;
		}
		result = dump_message(&header, body, dump, state, error);
	}
	return result;
}

/* One whole answer, on a socket of its own: nothing of an older one comes. */
static enum dump_state
dump_once(const struct netlink_dump *dump, char *buffer, void *state,
    struct error *error)
{
	static const struct timeval patience = { .tv_sec = PATIENCE };
	enum dump_state result = DUMP_FAILED;
	int descriptor = open_socket(dump->protocol, 0, 0, error);

	if (descriptor < 0)
		return DUMP_FAILED;
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	if (dump_ask(descriptor, dump, error))
		do
			result =
			    dump_read(descriptor, buffer, dump, state, error);
		while (result == DUMP_MORE);
	close(descriptor);
	return result;
}

bool
netlink_dump(const struct netlink_dump *dump, void *state, struct error *error)
{
	char buffer[BUFFER];

	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		dump->begin(state);
		switch (dump_once(dump, buffer, state, error)) {
		case DUMP_DONE:
			return true;
		case DUMP_FAILED:
			return false;
		case DUMP_INTERRUPTED:
		case DUMP_MORE:
			break;
		}
	}
	return error_set(error, "netlink: changes faster than it is read");
}
