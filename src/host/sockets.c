/*
 * sockets.c - the TCP ports that the host listens on, and who does.
 *
 * Messages of sock_diag(7) are taken apart by copying each header out of the
 * bytes, with its length checked, so that nothing depends on alignment.
 */
#include "host/sockets.h"

#include "base/lines.h"
#include "host/sockets_owner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	BUFFER = 32 * 1024, /* the kernel's own choice for dumps */
	ATTEMPTS = 5,       /* at a dump that changes while it is read */
	PATIENCE = 2,       /* seconds; the kernel answers at once */
	LISTENING = 10,     /* TCP_LISTEN in the kernel's tcp_states.h */
	SOCKETS_MAX = 65536,
	FILE_MAX = 16 << 20,
};

/* Sockets being collected. */
struct collection {
	struct arena *arena;
	struct listening_socket *list;
	size_t count;
	size_t capacity;
	const char *failure;
};

static bool
is_loopback(const struct address *address)
{
	static const struct address one = { .bytes = { [15] = 1 } };

	if (address_is_ipv4(address))
		return address->bytes[12] == 127;
	return memcmp(address, &one, sizeof(one)) == 0;
}

static bool
is_any(const struct address *address)
{
	static const struct address none = { .bytes = { 0 } };
	static const struct address mapped = {
		.bytes = { [10] = 0xff, [11] = 0xff }
	};

	return memcmp(address, &none, sizeof(none)) == 0 ||
	    memcmp(address, &mapped, sizeof(mapped)) == 0;
}

static void
collect(struct collection *collection, struct listening_socket found)
{
	if (collection->count == SOCKETS_MAX) {
		collection->failure = "there are more than 65536";
		return;
	}
	if (collection->count == collection->capacity) {
		size_t capacity = 2 * collection->capacity + 16;
		struct listening_socket *more =
		    arena_alloc(collection->arena, capacity * sizeof(*more));

		if (collection->count > 0)
			memcpy(more, collection->list,
			    collection->count * sizeof(*more));
		collection->list = more;
		collection->capacity = capacity;
	}
	found.any = is_any(&found.address);
	found.loopback = is_loopback(&found.address);
	collection->list[collection->count++] = found;
}

/* ---- asking the kernel ---- */

/* Takes one netlink message, or attribute, off the start of the bytes. */
static bool
take(struct str *bytes, size_t header_size, size_t length, struct str *inside)
{
	size_t filled = NLMSG_ALIGN(length);

	if (length < header_size || length > bytes->length)
		return false;
	*inside = str_slice(*bytes, header_size, length);
	*bytes = filled < bytes->length
	    ? str_slice(*bytes, filled, bytes->length)
	    : (struct str){ NULL, 0 };
	return true;
}

static bool
only_ipv6(struct str attributes)
{
	struct nlattr header;
	struct str value;

	while (attributes.length >= sizeof(header)) {
		memcpy(&header, attributes.data, sizeof(header));
		if (!take(&attributes, sizeof(header), header.nla_len, &value))
			return false;
		if ((header.nla_type & NLA_TYPE_MASK) == INET_DIAG_SKV6ONLY)
			return value.length > 0 && value.data[0] != 0;
	}
	return false;
}

static void
read_socket(struct str message, struct collection *collection)
{
	struct inet_diag_msg body;
	struct listening_socket found = {
		.address = { .bytes = { [10] = 0xff, [11] = 0xff } }
	};

	if (message.length < sizeof(body))
		return;
	memcpy(&body, message.data, sizeof(body));
	found.ipv6 = body.idiag_family == AF_INET6;
	if (found.ipv6)
		memcpy(found.address.bytes, body.id.idiag_src, 16);
	else
		memcpy(found.address.bytes + 12, body.id.idiag_src, 4);
	found.port = ntohs(body.id.idiag_sport);
	found.uid = body.idiag_uid;
	found.inode = body.idiag_inode;
	found.only_ipv6 = found.ipv6 &&
	    only_ipv6(
		str_slice(message, NLMSG_ALIGN(sizeof(body)), message.length));
	collect(collection, found);
}

static bool
ask(int descriptor, uint8_t family)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = 1u << LISTENING },
	};

	return send(descriptor, &request, sizeof(request), 0) >= 0;
}

enum dump_state {
	DUMP_MORE,
	DUMP_DONE,
	DUMP_INTERRUPTED, /* what is dumped has changed meanwhile */
	DUMP_FAILED,
};

static enum dump_state
dump_message(const struct nlmsghdr *header, struct str body,
    struct collection *collection)
{
	struct nlmsgerr failure;

	if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		return DUMP_INTERRUPTED;
	if (header->nlmsg_type == NLMSG_DONE)
		return DUMP_DONE;
	if (header->nlmsg_type == NLMSG_ERROR) {
		collection->failure = "a broken answer";
		if (body.length >= sizeof(failure)) {
			memcpy(&failure, body.data, sizeof(failure));
			collection->failure = strerrordesc_np(-failure.error);
		}
		return DUMP_FAILED;
	}
	if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY)
		read_socket(body, collection);
	return DUMP_MORE;
}

/* Reads one datagram of an answer. */
static enum dump_state
dump_read(int descriptor, char *buffer, struct collection *collection)
{
	ssize_t length = recv(descriptor, buffer, BUFFER, MSG_TRUNC);

	if (length < 0 && errno == EINTR)
		return DUMP_MORE;
	if (length <= 0 || length > BUFFER) {
		collection->failure =
		    length < 0 ? strerrordesc_np(errno) : "a broken answer";
		return DUMP_FAILED;
	}

	struct str bytes = { buffer, (size_t)length };
	struct nlmsghdr header;
	struct str body;
	enum dump_state state = DUMP_MORE;
	while (state == DUMP_MORE && bytes.length >= sizeof(header)) {
		memcpy(&header, bytes.data, sizeof(header));
		if (!take(&bytes, sizeof(header), header.nlmsg_len, &body)) {
			collection->failure = "a broken answer";
			return DUMP_FAILED;
		}
		state = dump_message(&header, body, collection);
	}
	return state;
}

/* One whole answer, on a socket of its own: nothing of an older one comes. */
static enum dump_state
dump_family(uint8_t family, char *buffer, struct collection *collection)
{
	static const struct timeval patience = { .tv_sec = PATIENCE };
	enum dump_state state = DUMP_MORE;
	int descriptor =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (descriptor < 0 ||
	    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) != 0 ||
	    !ask(descriptor, family)) {
		collection->failure = strerrordesc_np(errno);
		state = DUMP_FAILED;
	}
	while (state == DUMP_MORE)
		state = dump_read(descriptor, buffer, collection);
	if (descriptor >= 0)
		close(descriptor);
	return state;
}

/* A kernel without IPv6 does not know its family. */
static bool
knows_no_ipv6(const struct collection *collection, enum dump_state state)
{
	return state == DUMP_FAILED &&
	    collection->failure == strerrordesc_np(ENOENT);
}

static bool
dump(struct collection *collection)
{
	enum dump_state state = DUMP_INTERRUPTED;
	char *buffer = arena_alloc(collection->arena, BUFFER);

	for (int i = 0; i < ATTEMPTS && state == DUMP_INTERRUPTED; i++) {
		collection->count = 0;
		collection->failure = NULL;
		state = dump_family(AF_INET, buffer, collection);
		if (state != DUMP_DONE)
			continue;
		state = dump_family(AF_INET6, buffer, collection);
		if (knows_no_ipv6(collection, state))
			return true;
	}
	if (state == DUMP_INTERRUPTED)
		collection->failure = "they change too often";
	return state == DUMP_DONE && collection->failure == NULL;
}

/* ---- /proc/net/tcp ---- */

static bool
word_next(struct str *rest, struct str *word)
{
	size_t start = 0, end;

	while (start < rest->length && rest->data[start] == ' ')
		start++;
	for (end = start; end < rest->length && rest->data[end] != ' '; end++)
		continue;
	*word = str_slice(*rest, start, end);
	*rest = str_slice(*rest, end, rest->length);
	return word->length > 0;
}

static bool
hexadecimal(struct str text, uint32_t *number)
{
	uint32_t value = 0;

	if (text.length == 0 || text.length > 8)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		static const char digits[] = "0123456789ABCDEF";
		const char *digit =
		    memchr(digits, text.data[i], sizeof(digits) - 1);

		if (digit == NULL)
			return false;
		value = value << 4 | (uint32_t)(digit - digits);
	}
	*number = value;
	return true;
}

/* proc(5): each word of the address as the machine's own number. */
static bool
parse_address(struct str text, struct listening_socket *socket)
{
	size_t words = text.length / 8;
	size_t start = text.length == 8 ? 12 : 0;

	if (text.length != 8 && text.length != 32)
		return false;
	socket->ipv6 = words > 1;
	socket->address =
	    (struct address){ .bytes = { [10] = 0xff, [11] = 0xff } };
	for (size_t i = 0; i < words; i++) {
		uint32_t word;

		if (!hexadecimal(str_slice(text, 8 * i, 8 * i + 8), &word))
			return false;
		memcpy(socket->address.bytes + start + 4 * i, &word, 4);
	}
	return true;
}

/* "0: 0100007F:0019 00000000:0000 0A 0:0 00:0 0 UID TIMEOUT INODE ..." */
static bool
parse_line(struct str line, struct listening_socket *socket)
{
	enum {
		FIELD_LOCAL = 1,
		FIELD_STATE = 3,
		FIELD_UID = 7,
		FIELD_INODE = 9,
		FIELDS = 10,
	};
	struct str fields[FIELDS], address, port;
	uint32_t port_number, state;
	unsigned long uid, inode;

	for (size_t i = 0; i < FIELDS; i++)
		if (!word_next(&line, &fields[i]))
			return false;
	if (!str_cut(fields[FIELD_LOCAL], ':', &address, &port) ||
	    !parse_address(address, socket) ||
	    !hexadecimal(port, &port_number) ||
	    !hexadecimal(fields[FIELD_STATE], &state) || state != LISTENING ||
	    !str_number(fields[FIELD_UID], UINT32_MAX, &uid) ||
	    !str_number(fields[FIELD_INODE], UINT32_MAX, &inode))
		return false;
	socket->port = port_number & 0xffff;
	socket->uid = (uid_t)uid;
	socket->inode = inode;
	return true;
}

static void
parse(struct str text, struct collection *collection)
{
	struct lines lines = lines_of(text);
	struct str line;

	while (lines_next(&lines, &line)) {
		struct listening_socket socket = { .port = 0 };

		if (parse_line(line, &socket))
			collect(collection, socket);
	}
}

void
sockets_parse(struct str text, struct arena *arena, struct sockets *sockets)
{
	struct collection collection = { .arena = arena };

	for (size_t i = 0; i < sockets->count; i++)
		collect(&collection, sockets->list[i]);
	parse(text, &collection);
	sockets->list = collection.list;
	sockets->count = collection.count;
	sockets->reason = collection.failure;
	sockets->state =
	    collection.failure == NULL ? LOOKUP_FOUND : LOOKUP_FAILED;
}

static void
read_kept(struct tree *tree, struct arena *arena, struct sockets *sockets)
{
	static const char *const paths[] = { "/proc/net/tcp",
		"/proc/net/tcp6" };

	for (size_t i = 0; i < 2 && sockets->state != LOOKUP_FAILED; i++) {
		struct error error;
		struct str text;
		enum lookup state =
		    tree_read(tree, paths[i], FILE_MAX, arena, &text, &error);

		if (state == LOOKUP_FOUND) {
			sockets_parse(text, arena, sockets);
		} else if (state == LOOKUP_FAILED) {
			sockets->state = LOOKUP_FAILED;
			sockets->reason = arena_print(arena, "%s: %s",
			    tree_shown(tree, paths[i]), error.text);
		}
	}
}

void
sockets_read(struct tree *tree, struct arena *arena, struct sockets *sockets)
{
	struct collection collection = { .arena = arena };

	*sockets = (struct sockets){ .state = LOOKUP_MISSING };
	if (!tree_is_host(tree)) {
		read_kept(tree, arena, sockets);
		return;
	}
	if (!dump(&collection)) {
		sockets->state = LOOKUP_FAILED;
		sockets->reason =
		    arena_print(arena, "sock_diag: %s", collection.failure);
		return;
	}
	sockets->state = LOOKUP_FOUND;
	sockets->list = collection.list;
	sockets->count = collection.count;
	sockets->hidden =
	    sockets_find_owners(collection.list, collection.count, arena);
}
