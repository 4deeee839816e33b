/*
 * sockets.c - the TCP ports that the host listens on, and who does.
 */
#include "host/sockets.h"

#include "base/lines.h"
#include "base/netlink.h"
#include "host/sockets_owner.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

enum {
	LISTENING = 10, /* TCP_LISTEN in the kernel's tcp_states.h */
	SOCKETS_MAX = 65536,
	FILE_MAX = 16 << 20,
};

/* Sockets being collected. */
struct collection {
	struct arena *arena;
	struct listening_socket *list;
	size_t count;
	size_t capacity;
	size_t begun; /* how many there were before the list being read */
	const char *failure;
};

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
	found.any = address_is_any(&found.address);
	found.loopback = address_is_loopback(&found.address);
	collection->list[collection->count++] = found;
}

/* ---- asking the kernel ---- */

static bool
only_ipv6(struct str attributes)
{
	struct str value;
	unsigned type;

	while (netlink_attribute(&attributes, &type, &value))
		if (type == INET_DIAG_SKV6ONLY)
			return value.length > 0 && value.data[0] != 0;
	return false;
}

static void
begin(void *state)
{
	struct collection *collection = state;

	collection->count = collection->begun;
}

static void
read_socket(void *state, struct str message)
{
	struct collection *collection = state;
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
dump_family(uint8_t family, struct collection *collection, struct error *error)
{
	const struct inet_diag_req_v2 body = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = 1u << LISTENING,
	};
	const struct netlink_dump dump = {
		.protocol = NETLINK_SOCK_DIAG,
		.request = SOCK_DIAG_BY_FAMILY,
		.answer = SOCK_DIAG_BY_FAMILY,
		.body = &body,
		.body_size = sizeof(body),
		.may_lack = family == AF_INET6,
		.begin = begin,
		.read = read_socket,
	};

	collection->begun = collection->count;
	if (!netlink_dump(&dump, collection, error))
		return false;
	if (collection->failure != NULL)
		return error_set(error, "%s", collection->failure);
	return true;
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
	struct error error;

	*sockets = (struct sockets){ .state = LOOKUP_MISSING };
	if (!tree_is_host(tree)) {
		read_kept(tree, arena, sockets);
		return;
	}
	if (!dump_family(AF_INET, &collection, &error) ||
	    !dump_family(AF_INET6, &collection, &error)) {
		sockets->state = LOOKUP_FAILED;
		sockets->reason =
		    arena_print(arena, "sock_diag: %s", error.text);
		return;
	}
	sockets->state = LOOKUP_FOUND;
	sockets->list = collection.list;
	sockets->count = collection.count;
	sockets->hidden =
	    sockets_find_owners(collection.list, collection.count, arena);
}
