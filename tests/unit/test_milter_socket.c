/*
 * test_milter_socket.c - the address of the milter: read, claimed, removed.
 */
#include "serve/milter_socket.h"

#include "tests/lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[] = "/tmp/milter-socket.XXXXXX";
static char path[sizeof(directory) + 16];
static char at[sizeof(path) + 16];

/* A socket of another program at our path, listening or dead; or -1. */
static int
make_socket(bool listening)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(descriptor, (const struct sockaddr *)&address,
		sizeof(address)) != 0 ||
	    (listening && listen(descriptor, 1) != 0))
		tap_bail("%s: %s", path, strerror(errno));
	if (listening)
		return descriptor;
	close(descriptor);
	return -1;
}

static void
addresses_are_rendered_for_libmilter(void)
{
	static const struct {
		const char *at;
		const char *connection;
	} cases[] = {
		{ "unix:/run/mtaguard/milter", "unix:/run/mtaguard/milter" },
		{ "inet:127.0.0.1:8891", "inet:8891@[127.0.0.1]" },
		{ "inet:[2001:db8::1]:8891", "inet6:8891@[2001:db8::1]" },
		{ "inet:*:8891", "inet:8891@[0.0.0.0]" },
		{ "inet:127.0.0.1:000008891", "inet:8891@[127.0.0.1]" },
		{ "inet:[::]:8891", "inet6:8891@[::]" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct milter_socket own;
		struct error error;

		tap_case("%s", cases[i].at);
		if (CHECK(milter_socket_parse(str_from(cases[i].at), &own,
			&error)))
			CHECK_STR(own.connection, cases[i].connection);
	}
}

static void
mistakes_are_told(void)
{
	static const struct {
		const char *at;
		const char *error;
	} cases[] = {
		{ "", "\"\" is neither unix:/path nor inet:host:port" },
		{ "/run/milter",
		    "\"/run/milter\" is neither unix:/path nor "
		    "inet:host:port" },
		{ "unix:run/milter",
		    "\"run/milter\" is not a path from the root" },
		{ "inet:8891", "\"8891\" is not HOST:PORT" },
		{ "inet:127.0.0.1:0", "\"127.0.0.1:0\" is not HOST:PORT" },
		{ "inet:127.0.0.1:65536",
		    "\"127.0.0.1:65536\" is not HOST:PORT" },
		{ "inet:8891@127.0.0.1",
		    "\"8891@127.0.0.1\" is not HOST:PORT" },
		{ "inet:::1:8891",
		    "\"::1\": an IPv6 address goes in brackets" },
		{ "inet::8891", "\":8891\" has no host" },
		{ "systemd:",
		    "libmilter opens its socket itself and takes "
		    "none from systemd" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct milter_socket own;
		struct error error;

		tap_case("\"%s\"", cases[i].at);
		if (CHECK(!milter_socket_parse(str_from(cases[i].at), &own,
			&error)))
			CHECK_STR(error.text, cases[i].error);
	}
}

static void
a_path_must_fit_into_a_socket_address(void)
{
	char longest[sizeof("unix:") +
	    sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct milter_socket own;
	struct error error;

	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "unix:/", sizeof("unix:/") - 1);
	CHECK(milter_socket_parse((struct str){ longest, sizeof(longest) - 2 },
	    &own, &error));
	CHECK(strlen(own.connection) == sizeof(longest) - 2);
	CHECK(!milter_socket_parse((struct str){ longest, sizeof(longest) - 1 },
	    &own, &error));
	CHECK_STR(error.text, "the path of a socket has at most 107 bytes");
}

static void
a_free_path_is_claimed_and_nothing_is_left_there(void)
{
	struct milter_socket own;
	struct error error;

	CHECK(milter_socket_parse(str_from(at), &own, &error));
	CHECK(milter_socket_claim(&own, &error));
	CHECK(access(path, F_OK) != 0);
}

static void
a_dead_socket_is_replaced(void)
{
	struct milter_socket own;
	struct error error;

	make_socket(false);
	CHECK(milter_socket_parse(str_from(at), &own, &error));
	CHECK(milter_socket_claim(&own, &error));
	CHECK(access(path, F_OK) != 0);
}

static void
a_live_socket_is_left_alone(void)
{
	struct milter_socket own;
	struct error error;
	int fill[8];

	int live = make_socket(true);
	CHECK(milter_socket_parse(str_from(at), &own, &error));
	/* One that accepts nobody has a full backlog in the end. */
	for (size_t i = 0; i < TAP_COUNT(fill); i++) {
		tap_case("%zu connections wait", i);
		CHECK(!milter_socket_claim(&own, &error));
		CHECK(strstr(error.text, "is in use by a running instance") !=
		    NULL);
		fill[i] = milter_socket_connect(&own, 10, &error);
	}
	tap_case("after all");
	CHECK(access(path, F_OK) == 0);
	for (size_t i = 0; i < TAP_COUNT(fill); i++)
		if (fill[i] >= 0)
			close(fill[i]);
	close(live);
	unlink(path);
}

static void
what_is_no_socket_is_left_alone(void)
{
	struct milter_socket own;
	struct error error;

	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	CHECK(milter_socket_parse(str_from(at), &own, &error));
	CHECK(!milter_socket_claim(&own, &error));
	CHECK(strstr(error.text, "exists and is not a socket") != NULL);
	CHECK(access(path, F_OK) == 0);
	unlink(path);
}

static void
a_missing_directory_is_told(void)
{
	struct milter_socket own;
	struct error error;

	CHECK(
	    milter_socket_parse(STR("unix:/nonexistent/milter"), &own, &error));
	CHECK(!milter_socket_claim(&own, &error));
	CHECK_STR(error.text,
	    "cannot listen at unix:/nonexistent/milter: "
	    "No such file or directory");
}

static void
a_port_in_use_is_told(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	struct milter_socket own;
	struct error error;
	char text[64];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int live = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(live, (const struct sockaddr *)&address, length) != 0 ||
	    listen(live, 8) != 0 ||
	    getsockname(live, (struct sockaddr *)&address, &length) != 0)
		tap_bail("no port: %s", strerror(errno));
	snprintf(text, sizeof(text), "inet:127.0.0.1:%u",
	    ntohs(address.sin_port));
	CHECK(milter_socket_parse(str_from(text), &own, &error));
	CHECK(!milter_socket_claim(&own, &error));
	CHECK(strstr(error.text, "is in use by a running instance") != NULL);
	close(live);
	CHECK(milter_socket_claim(&own, &error));
}

static void
mode_is_set_and_only_our_own_file_is_removed(void)
{
	struct policy_listener listener = { .mode = 0640 };
	struct milter_socket own;
	struct error error;
	struct stat status;

	CHECK(milter_socket_parse(str_from(at), &own, &error));
	make_socket(false);
	CHECK(milter_socket_adopt(&own, &listener, &error));
	CHECK(stat(path, &status) == 0);
	CHECK_INT(status.st_mode & 07777, 0640);

	/* Another instance has replaced it meanwhile. */
	char elsewhere[sizeof(path) + 8];
	snprintf(elsewhere, sizeof(elsewhere), "%s.old", path);
	rename(path, elsewhere);
	make_socket(false);
	milter_socket_remove(&own);
	CHECK(access(path, F_OK) == 0);
	unlink(path);
	unlink(elsewhere);

	make_socket(false);
	CHECK(milter_socket_adopt(&own, &listener, &error));
	milter_socket_remove(&own);
	CHECK(access(path, F_OK) != 0);
}

static void
an_unknown_group_is_told(void)
{
	struct policy_listener listener = { .mode = 0660,
		.group = STR("no-such-group-here") };
	struct milter_socket own;
	struct error error;

	CHECK(milter_socket_parse(str_from(at), &own, &error));
	make_socket(false);
	CHECK(!milter_socket_adopt(&own, &listener, &error));
	CHECK_STR(error.text, "there is no group \"no-such-group-here\"");
	milter_socket_remove(&own);
	CHECK(access(path, F_OK) != 0);
}

static void
who_does_not_negotiate_is_no_milter(void)
{
	struct milter_socket own;
	struct error error;

	int live = make_socket(true);
	CHECK(milter_socket_parse(str_from(at), &own, &error));
	CHECK(!milter_socket_negotiate(&own, 50, &error));
	CHECK_STR(error.text, "no answer in time");
	close(live);
	CHECK(!milter_socket_negotiate(&own, 50, &error));
	CHECK(strstr(error.text, "Connection refused") != NULL);
	unlink(path);
}

static const struct tap_test tests[] = {
	TAP_TEST(addresses_are_rendered_for_libmilter),
	TAP_TEST(mistakes_are_told),
	TAP_TEST(a_path_must_fit_into_a_socket_address),
	TAP_TEST(a_free_path_is_claimed_and_nothing_is_left_there),
	TAP_TEST(a_dead_socket_is_replaced),
	TAP_TEST(a_live_socket_is_left_alone),
	TAP_TEST(what_is_no_socket_is_left_alone),
	TAP_TEST(a_missing_directory_is_told),
	TAP_TEST(a_port_in_use_is_told),
	TAP_TEST(mode_is_set_and_only_our_own_file_is_removed),
	TAP_TEST(an_unknown_group_is_told),
	TAP_TEST(who_does_not_negotiate_is_no_milter),
};

int
main(void)
{
	if (mkdtemp(directory) == NULL)
		tap_bail("%s: %s", directory, strerror(errno));
	snprintf(path, sizeof(path), "%s/milter", directory);
	snprintf(at, sizeof(at), "unix:%s", path);
	int status = TAP_RUN(tests);
	rmdir(directory);
	return status;
}
