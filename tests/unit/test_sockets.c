/*
 * test_sockets.c - the ports that this host, or another one, listens on.
 */
#include "host/sockets.h"

#include "tests/lib/tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* The lines of a table of /proc/net, with the words that count. */
#define HEADER "  sl  local_address rem_address   st tx_queue ...\n"
#define LINE(local, state)                                           \
	"   0: " local " 00000000:0000 " state " 00000000:00000000 " \
	"00:00000000 00000000   101        0 4242 1 0 100 0 0 10 0\n"

static void
kept_tables_are_read(void)
{
	static const struct {
		const char *text;
		const char *address; /* NULL: nothing listens */
		unsigned port;
		bool any, loopback;
	} cases[] = {
		{ LINE("0100007F:0019", "0A"), "127.0.0.1", 25, false, true },
		{ LINE("0200007F:0019", "0A"), "127.0.0.2", 25, false, true },
		{ LINE("00000000:024B", "0A"), "0.0.0.0", 587, true, false },
		{ LINE("0A0200C0:01D1", "0A"), "192.0.2.10", 465, false,
		    false },
		{ LINE("00000000000000000000000000000000:0019", "0A"), "::", 25,
		    true, false },
		{ LINE("00000000000000000000000001000000:0019", "0A"), "::1",
		    25, false, true },
		{ LINE("0000000000000000FFFF00000100007F:0019", "0A"),
		    "127.0.0.1", 25, false, true },
		{ LINE("B80D0120000000000000000001000000:0019", "0A"),
		    "2001:db8::1", 25, false, false },
		{ LINE("0100007F:0019", "01"), NULL, 0, false, false },
		{ LINE("0100007F", "0A"), NULL, 0, false, false },
		{ LINE("0100007:0019", "0A"), NULL, 0, false, false },
		{ LINE("010000ZF:0019", "0A"), NULL, 0, false, false },
		{ HEADER, NULL, 0, false, false },
		{ "", NULL, 0, false, false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct sockets sockets = { .state = LOOKUP_MISSING };
		char text[64];
		struct buf buf = BUF(text);

		tap_case("%s", cases[i].text);
		sockets_parse(str_from(cases[i].text), arena, &sockets);
		CHECK_INT(sockets.count, cases[i].address != NULL);
		if (sockets.count == 1) {
			const struct listening_socket *one = &sockets.list[0];

			address_print(&one->address, &buf);
			buf_add_char(&buf, '\0');
			CHECK_STR(text, cases[i].address);
			CHECK_INT(one->port, cases[i].port);
			CHECK_INT(one->any, cases[i].any);
			CHECK_INT(one->loopback, cases[i].loopback);
			CHECK_INT(one->uid, 101);
			CHECK_INT(one->inode, 4242);
		}
		arena_free(arena);
	}
}

/* Listens on a free port; 0: not here. */
static unsigned
listen_on(int descriptor, int family)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 bound;
	socklen_t length = sizeof(bound);
	const struct sockaddr *address = family == AF_INET6
	    ? (const struct sockaddr *)&ipv6
	    : (const struct sockaddr *)&ipv4;

	if (bind(descriptor, address,
		family == AF_INET6 ? sizeof(ipv6) : sizeof(ipv4)) != 0 ||
	    listen(descriptor, 1) != 0 ||
	    getsockname(descriptor, (struct sockaddr *)&bound, &length) != 0)
		return 0;
	return ntohs(bound.sin6_port); /* at the same place in both */
}

static const struct listening_socket *
find(const struct sockets *sockets, unsigned port)
{
	for (size_t i = 0; i < sockets->count; i++)
		if (sockets->list[i].port == port)
			return &sockets->list[i];
	return NULL;
}

static void
a_socket_of_this_process_is_seen_with_its_owner(void)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < TAP_COUNT(families); i++) {
		struct arena *arena = arena_new(0);
		struct sockets sockets;
		int descriptor = socket(families[i], SOCK_STREAM, 0);
		unsigned port = listen_on(descriptor, families[i]);

		tap_case("family %d", families[i]);
		if (port == 0 && families[i] == AF_INET6) {
			close(descriptor);
			arena_free(arena);
			tap_skip("this machine has no IPv6");
			return;
		}
		sockets_read(tree_new(arena, NULL, NULL), arena, &sockets);
		CHECK_INT(sockets.state, LOOKUP_FOUND);
		const struct listening_socket *own = find(&sockets, port);
		if (CHECK(own != NULL)) {
			CHECK_INT(own->process, getpid());
			CHECK_INT(own->uid, geteuid());
			CHECK_INT(own->loopback, true);
			CHECK_INT(own->any, false);
			CHECK_INT(own->ipv6, families[i] == AF_INET6);
			CHECK(own->program != NULL &&
			    str_starts(str_from(own->program), STR("sockets")));
		}
		close(descriptor);
		arena_free(arena);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(kept_tables_are_read),
	TAP_TEST(a_socket_of_this_process_is_seen_with_its_owner),
};

int
main(void)
{
	return TAP_RUN(tests);
}
