/*
 * host.c - what this host is on the network: its addresses and gateways.
 *
 * Messages of rtnetlink(7) are taken apart by copying each header out of the
 * bytes, with its length checked, so that nothing depends on alignment.
 */
#include "base/host.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	BUFFER = 32 * 1024, /* the kernel's own choice for dumps */
	ATTEMPTS = 5,       /* at a dump that changes while it is read */
	PATIENCE = 2,       /* seconds; the kernel answers at once */
};

/* Addresses being collected. */
struct collection {
	struct arena *arena;
	struct address *addresses;
	size_t count;
	size_t capacity;
};

static bool
collect(struct collection *collection, struct str bytes)
{
	struct address address = { .bytes = { [10] = 0xff, [11] = 0xff } };

	if (bytes.length == 4)
		memcpy(address.bytes + 12, bytes.data, 4);
	else if (bytes.length == 16)
		memcpy(address.bytes, bytes.data, 16);
	else
		return false;

	if (collection->count == collection->capacity) {
		size_t capacity = 2 * collection->capacity + 16;
		struct address *more =
		    arena_alloc(collection->arena, capacity * sizeof(*more));

		if (collection->count > 0)
			memcpy(more, collection->addresses,
			    collection->count * sizeof(*more));
		collection->addresses = more;
		collection->capacity = capacity;
	}
	collection->addresses[collection->count++] = address;
	return true;
}

/*
 * Takes a header off the start of the bytes, and the length that stands in it
 * with the filling after it; inside is what comes after the header.
 */
static bool
take(struct str *bytes, void *header, size_t header_size, size_t length,
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

static bool
attribute_next(struct str *bytes, unsigned *type, struct str *value)
{
	struct rtattr header;

	if (bytes->length < sizeof(header))
		return false;
	memcpy(&header, bytes->data, sizeof(header));
	if (!take(bytes, &header, sizeof(header), header.rta_len, value))
		return false;
	*type = header.rta_type & NLA_TYPE_MASK;
	return true;
}

/* The address of a link: where there is a peer, IFA_ADDRESS is the peer's. */
static void
read_address(struct str message, struct collection *collection)
{
	struct ifaddrmsg header;
	struct str value, local = { NULL, 0 }, other = { NULL, 0 };
	unsigned type;

	if (message.length < sizeof(header))
		return;
	struct str rest =
	    str_slice(message, NLMSG_ALIGN(sizeof(header)), message.length);
	while (attribute_next(&rest, &type, &value))
		if (type == IFA_LOCAL)
			local = value;
		else if (type == IFA_ADDRESS)
			other = value;
	collect(collection, local.length > 0 ? local : other);
}

/* The gateways among the attributes of a route or of one of its next hops. */
static void
read_gateways(struct str attributes, struct collection *collection)
{
	struct str value;
	unsigned type;

	while (attribute_next(&attributes, &type, &value))
		if (type == RTA_GATEWAY)
			collect(collection, value);
		else if (type == RTA_VIA && value.length > 2)
			/* After the family comes the address. */
			collect(collection, str_slice(value, 2, value.length));
}

static void
read_multipath(struct str hops, struct collection *collection)
{
	struct rtnexthop header;
	struct str attributes;

	while (hops.length >= sizeof(header)) {
		memcpy(&header, hops.data, sizeof(header));
		if (!take(&hops, &header, sizeof(header), header.rtnh_len,
			&attributes))
			return;
		read_gateways(attributes, collection);
	}
}

/* The next hops of a default route, in whichever table. */
static void
read_route(struct str message, struct collection *collection)
{
	struct rtmsg header;
	struct str value;
	unsigned type;

	if (message.length < sizeof(header))
		return;
	memcpy(&header, message.data, sizeof(header));
	if (header.rtm_dst_len != 0 || header.rtm_type != RTN_UNICAST ||
	    (header.rtm_flags & RTM_F_CLONED) != 0)
		return;

	struct str attributes =
	    str_slice(message, NLMSG_ALIGN(sizeof(header)), message.length);
	read_gateways(attributes, collection);
	while (attribute_next(&attributes, &type, &value))
		if (type == RTA_MULTIPATH)
			read_multipath(value, collection);
}

static int
netlink_open(int flags, uint32_t groups, struct error *error)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
		.nl_groups = groups };
	int descriptor =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);

	if (descriptor < 0) {
		error_write(error, "rtnetlink: %s", strerror(errno));
		return -1;
	}
	if (bind(descriptor, (const struct sockaddr *)&address,
		sizeof(address)) != 0) {
		error_write(error, "rtnetlink: %s", strerror(errno));
		close(descriptor);
		return -1;
	}
	return descriptor;
}

/* What is asked for: all addresses, or all routes, of both families. */
struct dump {
	unsigned short request; /* RTM_GETADDR */
	unsigned short answer;  /* RTM_NEWADDR */
	void (*read)(struct str message, struct collection *collection);
};

static const struct dump addresses = {
	.request = RTM_GETADDR,
	.answer = RTM_NEWADDR,
	.read = read_address,
};

static const struct dump routes = {
	.request = RTM_GETROUTE,
	.answer = RTM_NEWROUTE,
	.read = read_route,
};

static bool
dump_ask(int descriptor, const struct dump *dump, struct error *error)
{
	struct {
		struct nlmsghdr header;
		struct rtmsg body; /* all zero: any; not shorter than others */
	} request = {
		.header = { .nlmsg_len = sizeof(request),
		    .nlmsg_type = dump->request,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};

	if (send(descriptor, &request, sizeof(request), 0) < 0)
		return error_set(error, "rtnetlink: %s", strerror(errno));
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
    const struct dump *dump, struct collection *collection, struct error *error)
{
	struct nlmsgerr failure;

	if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		return DUMP_INTERRUPTED;
	if (header->nlmsg_type == NLMSG_DONE)
		return DUMP_DONE;
	if (header->nlmsg_type == NLMSG_ERROR) {
		if (body.length < sizeof(failure)) {
			error_write(error, "rtnetlink: a broken answer");
			return DUMP_FAILED;
		}
		memcpy(&failure, body.data, sizeof(failure));
		error_write(error, "rtnetlink: %s", strerror(-failure.error));
		return DUMP_FAILED;
	}
	if (header->nlmsg_type == dump->answer)
		dump->read(body, collection);
	return DUMP_MORE;
}

/* Reads one datagram of an answer. */
static enum dump_state
dump_read(int descriptor, char *buffer, const struct dump *dump,
    struct collection *collection, struct error *error)
{
	ssize_t length = recv(descriptor, buffer, BUFFER, MSG_TRUNC);

	if (length < 0 && errno == EINTR)
		return DUMP_MORE;
	if (length <= 0 || length > BUFFER) {
		error_write(error, "rtnetlink: %s",
		    length < 0 ? strerror(errno) : "a broken answer");
		return DUMP_FAILED;
	}

	struct str bytes = { buffer, (size_t)length };
	struct nlmsghdr header;
	struct str body;
	enum dump_state state = DUMP_MORE;
	while (state == DUMP_MORE && bytes.length >= sizeof(header)) {
		memcpy(&header, bytes.data, sizeof(header));
		if (!take(&bytes, &header, sizeof(header), header.nlmsg_len,
			&body)) {
			error_write(error, "rtnetlink: a broken answer");
			return DUMP_FAILED;
		}
		state = dump_message(&header, body, dump, collection, error);
	}
	return state;
}

/* One whole answer, on a socket of its own: nothing of an older one comes. */
static enum dump_state
dump_once(const struct dump *dump, char *buffer, struct collection *collection,
    struct error *error)
{
	static const struct timeval patience = { .tv_sec = PATIENCE };
	enum dump_state state = DUMP_FAILED;
	int descriptor = netlink_open(0, 0, error);

	if (descriptor < 0)
		return DUMP_FAILED;
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	if (dump_ask(descriptor, dump, error))
		do
			state = dump_read(descriptor, buffer, dump, collection,
			    error);
		while (state == DUMP_MORE);
	close(descriptor);
	return state;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct address));
}

/* Sorts, and leaves out what stands there twice. */
static void
arrange(struct collection *collection)
{
	size_t kept = 0;

	if (collection->count == 0)
		return;
	qsort(collection->addresses, collection->count,
	    sizeof(*collection->addresses), compare);
	for (size_t i = 1; i < collection->count; i++)
		if (compare(&collection->addresses[i],
			&collection->addresses[kept]) != 0)
			collection->addresses[++kept] =
			    collection->addresses[i];
	collection->count = kept + 1;
}

static bool
dump_all(const struct dump *dump, char *buffer, struct collection *collection,
    struct error *error)
{
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		collection->count = 0;
		switch (dump_once(dump, buffer, collection, error)) {
		case DUMP_DONE:
			arrange(collection);
			return true;
		case DUMP_FAILED:
			return false;
		case DUMP_INTERRUPTED:
		case DUMP_MORE:
			break;
		}
	}
	return error_set(error, "rtnetlink: changes faster than it is read");
}

bool
host_read(struct arena *arena, struct host *host, struct error *error)
{
	struct collection found = { .arena = arena };
	struct collection gateways = { .arena = arena };
	char *buffer = arena_alloc(arena, BUFFER);

	if (!dump_all(&addresses, buffer, &found, error) ||
	    !dump_all(&routes, buffer, &gateways, error))
		return false;
	*host = (struct host){
		.addresses = found.addresses,
		.address_count = found.count,
		.gateways = gateways.addresses,
		.gateway_count = gateways.count,
	};
	return true;
}

static bool
has(const struct address *list, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (compare(&list[i], address) == 0)
			return true;
	return false;
}

bool
host_has_address(const struct host *host, const struct address *address)
{
	return has(host->addresses, host->address_count, address);
}

bool
host_has_gateway(const struct host *host, const struct address *address)
{
	return has(host->gateways, host->gateway_count, address);
}

static bool
same(const struct address *a, size_t a_count, const struct address *b,
    size_t b_count)
{
	return a_count == b_count &&
	    (a_count == 0 || memcmp(a, b, a_count * sizeof(*a)) == 0);
}

bool
host_equal(const struct host *a, const struct host *b)
{
	return same(a->addresses, a->address_count, b->addresses,
		   b->address_count) &&
	    same(a->gateways, a->gateway_count, b->gateways, b->gateway_count);
}

int
host_watch(struct error *error)
{
	return netlink_open(SOCK_NONBLOCK,
	    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
		RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	    error);
}

bool
host_watch_read(int descriptor)
{
	char bytes[4096];
	bool changed = false;

	for (;;) {
		ssize_t length = recv(descriptor, bytes, sizeof(bytes), 0);

		if (length > 0) {
			changed = true;
		} else if (length < 0 && errno == ENOBUFS) {
			/* Some were lost: then there were some. */
			changed = true;
		} else if (length == 0 || errno != EINTR) {
			return changed;
		}
	}
}
