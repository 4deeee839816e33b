/*
 * test_listen.c - sockets to listen at: whose they are, who may come.
 */
#include "serve/listen.h"

#include "tests/lib/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[64];
static char path[96];
static char at[128];

/* The mode that a socket had until it was given its own. */
static mode_t mode_before;

int __real_chmod(const char *name, mode_t mode);
int __wrap_chmod(const char *name, mode_t mode);

int
__wrap_chmod(const char *name, mode_t mode)
{
	struct stat status;

	mode_before = lstat(name, &status) == 0 ? status.st_mode & 0777 : 0777;
	return __real_chmod(name, mode);
}

static void
make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/mtaguard-listen-XXXXXX");
	if (mkdtemp(directory) == NULL)
		tap_bail("mkdtemp: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/socket", directory);
	snprintf(at, sizeof(at), "unix:%s", path);
}

static bool
open_at(struct listen_sockets *sockets, const char *text, unsigned mode,
    const char *group, struct error *error)
{
	struct policy_listener listener = {
		.at = str_from(text),
		.mode = mode,
		.group = str_from(group),
	};

	error->text[0] = '\0';
	return listen_open(sockets, &listener, error);
}

static bool
can_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int client = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int result =
	    connect(client, (struct sockaddr *)&address, sizeof(address));
	close(client);
	return result == 0;
}

static void
a_unix_socket_has_its_mode_whatever_the_umask(void)
{
	static const unsigned modes[] = { 0600, 0660, 0666, 0777 };
	static const mode_t masks[] = { 0, 022, 077, 0777 };

	make_directory();
	for (size_t i = 0; i < TAP_COUNT(modes) * TAP_COUNT(masks); i++) {
		struct listen_sockets sockets = { 0 };
		struct error error;
		struct stat status;
		mode_t mask = umask(masks[i % TAP_COUNT(masks)]);
		unsigned mode = modes[i / TAP_COUNT(masks)];

		tap_case("%o with umask %o", mode,
		    (unsigned)masks[i % TAP_COUNT(masks)]);
		mode_before = 0777;
		CHECK(open_at(&sockets, at, mode, "", &error));
		/* Before its group is set, it is nobody's. */
		CHECK_INT(mode_before, 0);
		CHECK_INT(umask(mask), masks[i % TAP_COUNT(masks)]);
		CHECK_INT(lstat(path, &status), 0);
		CHECK_INT(status.st_mode & 07777, mode);
		CHECK_INT((long long)sockets.count, 1);
		CHECK(can_connect());
		listen_close(&sockets);
		CHECK(lstat(path, &status) != 0);
	}
	rmdir(directory);
}

static void
a_unix_socket_belongs_to_its_group(void)
{
	struct listen_sockets sockets = { 0 };
	const struct group *own = getgrgid(getegid());
	struct error error;
	struct stat status;

	make_directory();
	if (own != NULL) {
		CHECK(open_at(&sockets, at, 0660, own->gr_name, &error));
		CHECK_INT(lstat(path, &status), 0);
		CHECK_INT(status.st_gid, own->gr_gid);
		listen_close(&sockets);
	}
	CHECK(!open_at(&sockets, at, 0660, "no-such-group", &error));
	CHECK_STR(error.text, "group no-such-group: there is none");
	CHECK(lstat(path, &status) != 0);
	listen_close(&sockets);
	rmdir(directory);
}

static void
a_stale_socket_is_replaced(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct listen_sockets sockets = { 0 };
	int stale = socket(AF_UNIX, SOCK_STREAM, 0);
	struct error error;

	make_directory();
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK_INT(bind(stale, (struct sockaddr *)&address, sizeof(address)), 0);
	close(stale);
	CHECK(!can_connect());
	CHECK(open_at(&sockets, at, 0660, "", &error));
	CHECK(can_connect());
	listen_close(&sockets);
	rmdir(directory);
}

static void
a_live_instance_is_left_alone(void)
{
	struct listen_sockets live = { 0 }, second = { 0 };
	struct error error;
	char want[256];

	make_directory();
	CHECK(open_at(&live, at, 0660, "", &error));
	CHECK(!open_at(&second, at, 0660, "", &error));
	snprintf(want, sizeof(want), "%s: another instance answers there",
	    path);
	CHECK_STR(error.text, want);
	listen_close(&second);
	CHECK(can_connect());
	listen_close(&live);
	rmdir(directory);
}

static void
what_is_no_socket_is_left_alone(void)
{
	struct listen_sockets sockets = { 0 };
	struct error error;
	struct stat status;
	char want[256];

	make_directory();
	close(open(path, O_CREAT | O_WRONLY, 0600));
	CHECK(!open_at(&sockets, at, 0660, "", &error));
	snprintf(want, sizeof(want), "%s exists and is not a socket", path);
	CHECK_STR(error.text, want);
	CHECK_INT(lstat(path, &status), 0);
	listen_close(&sockets);
	unlink(path);

	/* Nor is a link followed. */
	CHECK_INT(symlink("/nowhere/at/all", path), 0);
	CHECK(!open_at(&sockets, at, 0660, "", &error));
	CHECK_INT(lstat(path, &status), 0);
	listen_close(&sockets);
	unlink(path);
	rmdir(directory);
}

static void
the_socket_of_a_successor_is_not_unlinked(void)
{
	struct listen_sockets old = { 0 }, successor = { 0 };
	struct error error;

	make_directory();
	CHECK(open_at(&old, at, 0660, "", &error));
	unlink(path);
	CHECK(open_at(&successor, at, 0660, "", &error));
	listen_close(&old);
	CHECK(can_connect());
	listen_close(&successor);
	rmdir(directory);
}

/* A port that was free a moment ago. */
static unsigned
free_port(int family)
{
	struct sockaddr_in6 any = { .sin6_family = (sa_family_t)family };
	socklen_t length = sizeof(any);
	int probe = socket(family, SOCK_STREAM, 0);

	if (probe < 0)
		return 0;
	if (bind(probe, (struct sockaddr *)&any, length) != 0 ||
	    getsockname(probe, (struct sockaddr *)&any, &length) != 0)
		any.sin6_port = 0;
	close(probe);
	/* Both families have the port at the same place. */
	return ntohs(any.sin6_port);
}

static bool
reaches(const char *host, unsigned port)
{
	struct sockaddr_in inet = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 inet6 = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port) };
	bool is_inet = inet_pton(AF_INET, host, &inet.sin_addr) == 1;
	int client = socket(is_inet ? AF_INET : AF_INET6, SOCK_STREAM, 0);
	int result = -1;

	if (is_inet)
		result =
		    connect(client, (struct sockaddr *)&inet, sizeof(inet));
	else if (inet_pton(AF_INET6, host, &inet6.sin6_addr) == 1)
		result =
		    connect(client, (struct sockaddr *)&inet6, sizeof(inet6));
	close(client);
	return result == 0;
}

static void
inet_sockets_are_where_they_are_said_to_be(void)
{
	static const struct {
		const char *host;
		int family;
		const char *reached;
		const char *not_reached;
	} cases[] = {
		{ "inet:127.0.0.1", AF_INET, "127.0.0.1", "127.0.0.2" },
		{ "inet:[::1]", AF_INET6, "::1", "127.0.0.1" },
		{ "inet:*", AF_INET6, "127.0.0.1", NULL },
		{ "inet:*", AF_INET6, "::1", NULL },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct listen_sockets sockets = { 0 };
		unsigned port = free_port(cases[i].family);
		struct error error;
		char text[64];

		if (port == 0) {
			tap_skip("no IPv6 here");
			continue;
		}
		snprintf(text, sizeof(text), "%s:%u", cases[i].host, port);
		tap_case("%s by %s", cases[i].host, cases[i].reached);
		if (!CHECK(open_at(&sockets, text, 0, "", &error)))
			continue;
		CHECK(reaches(cases[i].reached, port));
		if (cases[i].not_reached != NULL)
			CHECK(!reaches(cases[i].not_reached, port));
		listen_close(&sockets);
	}
}

static void
mistakes_are_told(void)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{ "unix:relative", "the path of a socket begins with /" },
		{ "unix:", "the path of a socket begins with /" },
		{ "inet:25", "inet: wants HOST:PORT" },
		{ "inet::25", "inet: wants HOST:PORT" },
		{ "inet:127.0.0.1:0", "\"0\" is not a port number" },
		{ "inet:127.0.0.1:65536", "\"65536\" is not a port number" },
		{ "inet:::1:25",
		    "\"::1\" is not an IP address; IPv6 stands in brackets" },
		{ "inet:host:25", "\"host\" is not an IP address" },
		{ "/path",
		    "\"/path\" is none of unix:/path, inet:host:port "
		    "and systemd:NAME" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct listen_sockets sockets = { 0 };
		struct error error;

		tap_case("%s", cases[i].text);
		CHECK(!open_at(&sockets, cases[i].text, 0660, "", &error));
		CHECK_STR(error.text, cases[i].error);
		CHECK_INT((long long)sockets.count, 0);
	}
}

static void
a_path_is_never_cut(void)
{
	struct listen_sockets sockets = { 0 };
	struct error error;
	char text[256];

	memset(text, 'x', sizeof(text));
	memcpy(text, "unix:/", 6);
	text[sizeof(text) - 1] = '\0';
	CHECK(!open_at(&sockets, text, 0660, "", &error));
	CHECK_STR(error.text, "the path of a socket has at most 107 bytes");
}

static void
systemd_must_have_passed_something(void)
{
	struct listen_sockets sockets = { 0 };
	struct error error;

	unsetenv("LISTEN_FDS");
	CHECK(!open_at(&sockets, "systemd:policy", 0, "", &error));
	CHECK(strstr(error.text, "systemd") != NULL);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_unix_socket_has_its_mode_whatever_the_umask),
	TAP_TEST(a_unix_socket_belongs_to_its_group),
	TAP_TEST(a_stale_socket_is_replaced),
	TAP_TEST(a_live_instance_is_left_alone),
	TAP_TEST(what_is_no_socket_is_left_alone),
	TAP_TEST(the_socket_of_a_successor_is_not_unlinked),
	TAP_TEST(inet_sockets_are_where_they_are_said_to_be),
	TAP_TEST(mistakes_are_told),
	TAP_TEST(a_path_is_never_cut),
	TAP_TEST(systemd_must_have_passed_something),
};

int
main(void)
{
	return TAP_RUN(tests);
}
