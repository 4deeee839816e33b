/*
 * milter_socket.c - the one socket of the milter: its address, who holds it,
 * and reaching it from outside.
 */
#include "serve/milter_socket.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	PORT_MAX = 65535,
	HOST_MAX = 253,
	CLAIM_WAIT = 1000,     /* milliseconds for a live instance to answer */
	NANOSECONDS = 1000000, /* of a millisecond */
};

static const char *
socket_path(const struct milter_socket *own)
{
	static const size_t start = sizeof("unix:") - 1;

	return own->address.ss_family == AF_UNIX ? own->connection + start
						 : NULL;
}

static bool
parse_unix(struct str path, struct milter_socket *own, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (path.length == 0 || path.data[0] != '/')
		return error_set(error,
		    "\"" STR_FORMAT "\" is not a path from "
		    "the root",
		    STR_ARGS(path));
	if (path.length >= sizeof(address.sun_path))
		return error_set(error,
		    "the path of a socket has at most "
		    "%zu bytes",
		    sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path.data, path.length);
	memcpy(&own->address, &address, sizeof(address));
	own->address_length = sizeof(address);
	snprintf(own->connection, sizeof(own->connection), "unix:" STR_FORMAT,
	    STR_ARGS(path));
	return true;
}

/* Separates HOST:PORT and [HOST]:PORT; IPv6 only in brackets. */
static bool
cut_port(struct str text, struct str *host, unsigned long *port,
    struct error *error)
{
	struct str digits;

	if (!str_cut_last(text, ':', host, &digits) ||
	    !str_number(digits, PORT_MAX, port) || *port == 0)
		return error_set(error, "\"" STR_FORMAT "\" is not HOST:PORT",
		    STR_ARGS(text));
	if (memchr(host->data, ':', host->length) == NULL)
		return true;
	if (!str_starts(*host, STR("[")) || !str_ends(*host, STR("]")))
		return error_set(error,
		    "\"" STR_FORMAT "\": an IPv6 address "
		    "goes in brackets",
		    STR_ARGS(*host));
	*host = str_slice(*host, 1, host->length - 1);
	return true;
}

/* As libmilter reads it: "inet6:8891@[2001:db8::1]". */
static bool
print_inet(struct milter_socket *own, struct error *error)
{
	char host[INET6_ADDRSTRLEN];
	char port[8];

	int failure = getnameinfo((const struct sockaddr *)&own->address,
	    own->address_length, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV);
	if (failure != 0)
		return error_set(error, "%s", gai_strerror(failure));
	snprintf(own->connection, sizeof(own->connection), "%s:%s@[%s]",
	    own->address.ss_family == AF_INET6 ? "inet6" : "inet", port, host);
	return true;
}

static bool
parse_inet(struct str text, struct milter_socket *own, struct error *error)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found;
	struct str host_part;
	unsigned long number;
	char host[HOST_MAX + 1], port[8];

	if (!cut_port(text, &host_part, &number, error))
		return false;
	if (host_part.length == 0 || host_part.length > HOST_MAX)
		return error_set(error, "\"" STR_FORMAT "\" has no host",
		    STR_ARGS(text));
	snprintf(host, sizeof(host), STR_FORMAT, STR_ARGS(host_part));
	snprintf(port, sizeof(port), "%hu", (unsigned short)number);
	bool any = strcmp(host, "*") == 0;
	hints.ai_family = any ? AF_INET : AF_UNSPEC;

	int failure = getaddrinfo(any ? NULL : host, port, &hints, &found);
	if (failure != 0)
		return error_set(error, "%s: %s", host, gai_strerror(failure));
	memcpy(&own->address, found->ai_addr, found->ai_addrlen);
	own->address_length = found->ai_addrlen;
	freeaddrinfo(found);
	return print_inet(own, error);
}

bool
milter_socket_parse(struct str at, struct milter_socket *own,
    struct error *error)
{
	struct str kind, rest;

	*own = (struct milter_socket){ .made = false };
	str_cut(at, ':', &kind, &rest);
	if (str_equal(kind, STR("unix")))
		return parse_unix(rest, own, error);
	if (str_equal(kind, STR("inet")))
		return parse_inet(rest, own, error);
	if (str_equal(kind, STR("systemd")))
		return error_set(error,
		    "libmilter opens its socket itself and "
		    "takes none from systemd");
	return error_set(error,
	    "\"" STR_FORMAT "\" is neither unix:/path nor "
	    "inet:host:port",
	    STR_ARGS(at));
}

/* Waits for a connection that connect() has only begun. */
static bool
finish_connect(int descriptor, unsigned milliseconds)
{
	struct pollfd wait = { .fd = descriptor, .events = POLLOUT };
	socklen_t length = sizeof(errno);
	int failure = 0;

	int ready = poll(&wait, 1, (int)milliseconds);
	if (ready < 0)
		return false;
	if (ready == 0) {
		errno = ETIMEDOUT;
		return false;
	}
	if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) !=
	    0)
		return false;
	errno = failure;
	return failure == 0;
}

/* A connection to whoever listens there now; -1 and errno if nobody does. */
static int
reach(const struct milter_socket *own, unsigned milliseconds)
{
	/* Linux connects 0.0.0.0 and :: to this host. */
	int descriptor = socket(own->address.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return -1;
	if (connect(descriptor, (const struct sockaddr *)&own->address,
		own->address_length) == 0)
		return descriptor;
	if (errno == EINPROGRESS && finish_connect(descriptor, milliseconds))
		return descriptor;

	int failure = errno;
	close(descriptor);
	errno = failure;
	return -1;
}

int
milter_socket_connect(const struct milter_socket *own, unsigned milliseconds,
    struct error *error)
{
	int descriptor = reach(own, milliseconds);

	if (descriptor < 0)
		error_write(error, "%s: %s", own->connection, strerror(errno));
	return descriptor;
}

/* Reads so many bytes, or says why they did not come by the deadline. */
static bool
read_all(int descriptor, void *bytes, size_t length, int64_t deadline,
    struct error *error)
{
	char *next = bytes;

	while (length > 0) {
		struct pollfd wait = { .fd = descriptor, .events = POLLIN };
		int64_t left = (deadline - clock_monotonic()) / NANOSECONDS;
		if (left <= 0 || poll(&wait, 1, (int)left) == 0)
			return error_set(error, "no answer in time");
		ssize_t count = read(descriptor, next, length);
		if (count == 0)
			return error_set(error, "closed without an answer");
		if (count < 0 && errno != EINTR && errno != EAGAIN)
			return error_set(error, "%s", strerror(errno));
		if (count > 0) {
			next += count;
			length -= (size_t)count;
		}
	}
	return true;
}

static bool
negotiate(int descriptor, int64_t deadline, struct error *error)
{
	/* A length and what it counts: command, version 6, actions, steps. */
	static const unsigned char question[] = { 0, 0, 0, 13, 'O', 0, 0, 0, 6,
		0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff };
	static const unsigned char quit[] = { 0, 0, 0, 1, 'Q' };
	unsigned char reply[sizeof(question)]; /* macro names come after */

	if (send(descriptor, question, sizeof(question), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(question))
		return error_set(error, "%s", strerror(errno));
	if (!read_all(descriptor, reply, sizeof(reply), deadline, error))
		return false;
	if (reply[4] != 'O')
		return error_set(error, "the answer is no milter's");
	send(descriptor, quit, sizeof(quit), MSG_NOSIGNAL);
	return true;
}

bool
milter_socket_negotiate(const struct milter_socket *own, unsigned milliseconds,
    struct error *error)
{
	int64_t deadline =
	    clock_monotonic() + (int64_t)milliseconds * NANOSECONDS;

	int descriptor = milter_socket_connect(own, milliseconds, error);
	if (descriptor < 0)
		return false;
	bool answered = negotiate(descriptor, deadline, error);
	close(descriptor);
	return answered;
}

/* Removes the file of an instance that has died, and nothing else. */
static bool
remove_stale(const char *path, struct error *error)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return errno == ENOENT ||
		    error_set(error, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, "%s exists and is not a socket", path);
	if (unlink(path) != 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	return true;
}

/* libmilter says why it failed to syslog alone; so the same is tried here. */
static bool
try_bind(const struct milter_socket *own, struct error *error)
{
	static const int on = 1;

	int descriptor =
	    socket(own->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return error_set(error, "no socket: %s", strerror(errno));
	bool bound = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on,
			 sizeof(on)) == 0 &&
	    bind(descriptor, (const struct sockaddr *)&own->address,
		own->address_length) == 0;
	int failure = errno;
	close(descriptor);
	if (!bound)
		return error_set(error, "cannot listen at %s: %s",
		    own->connection, strerror(failure));
	return socket_path(own) == NULL ||
	    remove_stale(socket_path(own), error);
}

bool
milter_socket_claim(const struct milter_socket *own, struct error *error)
{
	const char *path = socket_path(own);

	int descriptor = reach(own, CLAIM_WAIT);
	int failure = errno;
	if (descriptor >= 0)
		close(descriptor);
	/* A live instance whose backlog is full gives EAGAIN. */
	if (descriptor >= 0 || failure == EAGAIN)
		return error_set(error, "%s is in use by a running instance",
		    own->connection);
	if (path != NULL && failure != ENOENT && failure != ECONNREFUSED)
		return error_set(error, "%s: %s", path, strerror(failure));
	if (path != NULL && !remove_stale(path, error))
		return false;
	return try_bind(own, error);
}

static bool
find_group(struct str group, gid_t *id, struct error *error)
{
	char name[128];

	if (group.length >= sizeof(name))
		return error_set(error, "the name of the group is too long");
	memcpy(name, group.data, group.length);
	name[group.length] = '\0';
	const struct group *found = getgrnam(name);
	if (found == NULL)
		return error_set(error, "there is no group \"%s\"", name);
	*id = found->gr_gid;
	return true;
}

bool
milter_socket_adopt(struct milter_socket *own,
    const struct policy_listener *listener, struct error *error)
{
	const char *path = socket_path(own);
	struct stat status;
	gid_t group = (gid_t)-1;

	if (path == NULL)
		return true;
	if (lstat(path, &status) != 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	own->made = true;
	own->device = status.st_dev;
	own->inode = status.st_ino;
	if (listener->group.length > 0 &&
	    !find_group(listener->group, &group, error))
		return false;
	/* The group first: the mode must not hold for another one. */
	if (chown(path, (uid_t)-1, group) != 0 ||
	    chmod(path, listener->mode) != 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	return true;
}

void
milter_socket_remove(struct milter_socket *own)
{
	const char *path = socket_path(own);
	struct stat status;

	if (own->made && lstat(path, &status) == 0 &&
	    status.st_dev == own->device && status.st_ino == own->inode)
		unlink(path);
	own->made = false;
}
