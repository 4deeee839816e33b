/*
 * listen.c - the sockets that a server listens at, from "unix:/path",
 * "inet:host:port" and "systemd:NAME".
 */
#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

enum {
	GROUP_MEMORY = 64 * 1024, /* for the members of a group */
};

static bool
add_socket(struct listen_sockets *sockets, struct listen_socket socket,
    struct error *error)
{
	struct listen_socket *larger =
	    reallocarray(sockets->sockets, sockets->count + 1, sizeof(*larger));

	if (larger == NULL)
		return error_set(error, "no memory");
	larger[sockets->count] = socket;
	sockets->sockets = larger;
	sockets->count++;
	return true;
}

static int
open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* What is at the path of a unix socket that we want. */
static bool
is_free(const struct sockaddr_un *address, struct error *error)
{
	const char *path = address->sun_path;
	struct stat status;

	if (lstat(path, &status) != 0) {
		if (errno == ENOENT)
			return true;
		return error_set(error, "%s: %s", path, strerror(errno));
	}
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, "%s exists and is not a socket", path);

	int probe = open_socket(AF_UNIX);
	if (probe < 0)
		return error_set(error, "socket: %s", strerror(errno));
	int result =
	    connect(probe, (const struct sockaddr *)address, sizeof(*address));
	int reason = errno;
	close(probe);
	/* EAGAIN: its queue is full, so somebody is there. */
	if (result == 0 || reason == EAGAIN)
		return error_set(error, "%s: another instance answers there",
		    path);
	if (reason != ECONNREFUSED && reason != ENOENT)
		return error_set(error, "%s: %s", path, strerror(reason));
	if (unlink(path) != 0 && errno != ENOENT)
		return error_set(error, "cannot remove the stale socket %s: %s",
		    path, strerror(errno));
	return true;
}

static bool
find_group(struct str name, gid_t *group, struct error *error)
{
	char *memory = malloc(GROUP_MEMORY + name.length + 1);
	struct group entry, *found = NULL;

	if (memory == NULL)
		return error_set(error, "no memory");
	char *copy = memory + GROUP_MEMORY;
	memcpy(copy, name.data, name.length);
	copy[name.length] = '\0';
	int result = getgrnam_r(copy, &entry, memory, GROUP_MEMORY, &found);
	if (found != NULL)
		*group = entry.gr_gid;
	free(memory);
	if (found != NULL)
		return true;
	return error_set(error, "group " STR_FORMAT ": %s", STR_ARGS(name),
	    result == 0 ? "there is none" : strerror(result));
}

/* The group first: chown() would clear bits of the mode. */
static bool
set_access(const char *path, const struct policy_listener *listener,
    struct error *error)
{
	gid_t group;

	if (listener->group.length > 0) {
		if (!find_group(listener->group, &group, error))
			return false;
		if (chown(path, (uid_t)-1, group) != 0)
			return error_set(error,
			    "%s: cannot give it to group " STR_FORMAT ": %s",
			    path, STR_ARGS(listener->group), strerror(errno));
	}
	if (chmod(path, listener->mode & 0777) != 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	return true;
}

/* Binds so that nobody can connect before the mode is set. */
static bool
bind_unix(struct listen_socket *own, const struct sockaddr_un *address,
    const struct policy_listener *listener, struct error *error)
{
	const char *path = address->sun_path;
	struct stat status;

	mode_t mask = umask(0777);
	int result = bind(own->descriptor, (const struct sockaddr *)address,
	    sizeof(*address));
	int reason = errno;
	umask(mask);
	if (result != 0)
		return error_set(error, "%s: %s", path, strerror(reason));
	own->path = strdup(path);
	if (own->path == NULL || lstat(path, &status) != 0) {
		unlink(path);
		return error_set(error, "%s: %s", path, strerror(errno));
	}
	own->device = status.st_dev;
	own->inode = status.st_ino;
	if (listen(own->descriptor, SOMAXCONN) != 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	return set_access(path, listener, error);
}

static void
close_socket(struct listen_socket *own)
{
	struct stat status;

	if (own->path != NULL && lstat(own->path, &status) == 0 &&
	    status.st_dev == own->device && status.st_ino == own->inode)
		unlink(own->path);
	free(own->path);
	if (own->descriptor >= 0)
		close(own->descriptor);
}

static bool
open_unix(struct listen_sockets *sockets, struct str path,
    const struct policy_listener *listener, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (path.length == 0 || path.data[0] != '/')
		return error_set(error, "the path of a socket begins with /");
	if (path.length >= sizeof(address.sun_path))
		return error_set(error,
		    "the path of a socket has at most %zu bytes",
		    sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path.data, path.length);
	if (!is_free(&address, error))
		return false;

	struct listen_socket own = { .descriptor = open_socket(AF_UNIX) };
	if (own.descriptor < 0)
		return error_set(error, "socket: %s", strerror(errno));
	if (bind_unix(&own, &address, listener, error) &&
	    add_socket(sockets, own, error))
		return true;
	close_socket(&own);
	return false;
}

/* A socket address in each of the shapes that it comes in. */
union inet_address {
	struct sockaddr any;
	struct sockaddr_in inet;
	struct sockaddr_in6 inet6;
};

static bool
read_host(struct str host, in_port_t port, union inet_address *address,
    struct error *error)
{
	char text[INET6_ADDRSTRLEN];
	bool inet6 = str_starts(host, STR("[")) && str_ends(host, STR("]"));

	if (str_equal(host, STR("*"))) {
		address->inet6 = (struct sockaddr_in6){
			.sin6_family = AF_INET6,
			.sin6_port = port,
		};
		return true;
	}
	if (inet6)
		host = str_slice(host, 1, host.length - 1);
	if (host.length >= sizeof(text))
		return error_set(error, "too long for an IP address");
	memcpy(text, host.data, host.length);
	text[host.length] = '\0';
	if (inet6) {
		address->inet6.sin6_family = AF_INET6;
		address->inet6.sin6_port = port;
	} else {
		address->inet.sin_family = AF_INET;
		address->inet.sin_port = port;
	}
	if (inet_pton(inet6 ? AF_INET6 : AF_INET, text,
		inet6 ? (void *)&address->inet6.sin6_addr
		      : (void *)&address->inet.sin_addr) == 1)
		return true;
	return error_set(error, "\"%s\" is not an IP address%s", text,
	    strchr(text, ':') != NULL ? "; IPv6 stands in brackets" : "");
}

static bool
read_inet(struct str text, union inet_address *address, struct error *error)
{
	struct str host, digits;
	unsigned long port;

	memset(address, 0, sizeof(*address));
	if (!str_cut_last(text, ':', &host, &digits) || host.length == 0)
		return error_set(error, "inet: wants HOST:PORT");
	if (!str_number(digits, UINT16_MAX, &port) || port == 0)
		return error_set(error,
		    "\"" STR_FORMAT "\" is not a port number",
		    STR_ARGS(digits));
	return read_host(host, htons((in_port_t)port), address, error);
}

static bool
set_option(int descriptor, int level, int name, int value)
{
	return setsockopt(descriptor, level, name, &value, sizeof(value)) == 0;
}

static bool
bind_inet(int descriptor, const union inet_address *address, bool both)
{
	bool inet6 = address->any.sa_family == AF_INET6;
	socklen_t length =
	    inet6 ? sizeof(address->inet6) : sizeof(address->inet);

	if (inet6 && !set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, !both))
		return false;
	/* What is accepted inherits these: a peer that has gone is noticed,
	 * and a reply does not wait for more. */
	return set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) &&
	    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1) &&
	    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1) &&
	    bind(descriptor, &address->any, length) == 0 &&
	    listen(descriptor, SOMAXCONN) == 0;
}

static bool
open_inet(struct listen_sockets *sockets, struct str text, struct error *error)
{
	bool both = str_starts(text, STR("*:"));
	union inet_address address;

	if (!read_inet(text, &address, error))
		return false;
	struct listen_socket own = {
		.descriptor = open_socket(address.any.sa_family),
	};
	/* A host without IPv6 has all of its addresses in IPv4. */
	if (own.descriptor < 0 && errno == EAFNOSUPPORT && both) {
		in_port_t port = address.inet6.sin6_port;

		memset(&address, 0, sizeof(address));
		address.inet.sin_family = AF_INET;
		address.inet.sin_port = port;
		own.descriptor = open_socket(AF_INET);
	}
	if (own.descriptor < 0)
		return error_set(error, "socket: %s", strerror(errno));
	if (!bind_inet(own.descriptor, &address, both)) {
		error_write(error, "inet:" STR_FORMAT ": %s", STR_ARGS(text),
		    strerror(errno));
		close_socket(&own);
		return false;
	}
	if (add_socket(sockets, own, error))
		return true;
	close_socket(&own);
	return false;
}

#ifdef HAVE_SYSTEMD

static bool
add_passed(struct listen_sockets *sockets, int descriptor, struct error *error)
{
	int flags = fcntl(descriptor, F_GETFL);

	if (sd_is_socket(descriptor, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
		return error_set(error,
		    "what systemd has passed is not a listening socket");
	if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0)
		return error_set(error, "fcntl: %s", strerror(errno));
	return add_socket(sockets,
	    (struct listen_socket){ .descriptor = descriptor }, error);
}

/*
 * Adds the socket that systemd has passed for the path of a unix socket, so
 * that a policy file is the same with a socket unit and without.
 */
static bool
open_passed(struct listen_sockets *sockets, struct str path, bool *passed,
    struct error *error)
{
	int count = sd_listen_fds(0);
	struct sockaddr_un bound;

	*passed = false;
	if (path.length >= sizeof(bound.sun_path))
		return true;
	memcpy(bound.sun_path, path.data, path.length);
	bound.sun_path[path.length] = '\0';
	for (int i = 0; i < count && !*passed; i++)
		if (sd_is_socket_unix(SD_LISTEN_FDS_START + i, SOCK_STREAM, 1,
			bound.sun_path, 0) > 0) {
			*passed = true;
			return add_passed(sockets, SD_LISTEN_FDS_START + i,
			    error);
		}
	return true;
}

static void
free_names(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

static bool
open_systemd(struct listen_sockets *sockets, struct str name,
    struct error *error)
{
	char **names = NULL;
	int passed = sd_listen_fds_with_names(0, &names);
	size_t before = sockets->count;
	bool good = true;

	for (int i = 0; i < passed && good; i++)
		if (name.length == 0 || str_equal(str_from(names[i]), name))
			good =
			    add_passed(sockets, SD_LISTEN_FDS_START + i, error);
	free_names(names);
	if (good && sockets->count == before)
		return error_set(error,
		    "systemd has passed no socket%s" STR_FORMAT,
		    name.length > 0 ? " of the name " : "", STR_ARGS(name));
	return good;
}

#else

static bool
open_passed(struct listen_sockets *sockets, struct str path, bool *passed,
    struct error *error)
{
	(void)sockets;
	(void)path;
	(void)error;
	*passed = false;
	return true;
}

static bool
open_systemd(struct listen_sockets *sockets, struct str name,
    struct error *error)
{
	(void)sockets;
	(void)name;
	return error_set(error, "this mtaguardd was built without systemd");
}

#endif

bool
listen_open(struct listen_sockets *sockets,
    const struct policy_listener *listener, struct error *error)
{
	struct str kind, rest;
	bool passed;

	str_cut(listener->at, ':', &kind, &rest);
	if (str_equal(kind, STR("unix"))) {
		if (!open_passed(sockets, rest, &passed, error))
			return false;
		return passed || open_unix(sockets, rest, listener, error);
	}
	if (str_equal(kind, STR("inet")))
		return open_inet(sockets, rest, error);
	if (str_equal(kind, STR("systemd")))
		return open_systemd(sockets, rest, error);
	return error_set(error,
	    "\"" STR_FORMAT "\" is none of unix:/path, inet:host:port and "
	    "systemd:NAME",
	    STR_ARGS(listener->at));
}

void
listen_close(struct listen_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++)
		close_socket(&sockets->sockets[i]);
	free(sockets->sockets);
	*sockets = (struct listen_sockets){ .count = 0 };
}
