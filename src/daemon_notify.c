/*
 * daemon_notify.c - what systemd is told: readiness, state, signs of life.
 */
#include "daemon_notify.h"

#include "base/str.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The watchdog of this process: a child that inherits the names has none. */
static int64_t
watchdog(void)
{
	const char *interval = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	unsigned long number;

	if (pid != NULL &&
	    (!str_number(str_from(pid), INT32_MAX, &number) ||
		(pid_t)number != getpid()))
		return 0;
	if (interval == NULL ||
	    !str_number(str_from(interval), INT64_MAX / 1000, &number))
		return 0;
	return (int64_t)number * 1000;
}

void
notify_open(struct notify *notify)
{
	const char *path = getenv("NOTIFY_SOCKET");

	*notify = (struct notify){ .descriptor = -1,
		.address = { .sun_family = AF_UNIX },
		.watchdog = watchdog() };
	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(notify->address.sun_path))
		return;
	memcpy(notify->address.sun_path, path, strlen(path));
	/* "@" is how a name of the abstract namespace is written. */
	if (path[0] == '@')
		notify->address.sun_path[0] = '\0';
	notify->length =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	notify->descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

void
notify_close(struct notify *notify)
{
	if (notify->descriptor >= 0)
		close(notify->descriptor);
	notify->descriptor = -1;
}

bool
notify_send(const struct notify *notify, const char *text)
{
	if (notify->descriptor < 0)
		return true;
	return sendto(notify->descriptor, text, strlen(text),
		   MSG_DONTWAIT | MSG_NOSIGNAL,
		   (const struct sockaddr *)&notify->address,
		   notify->length) >= 0 ||
	    (errno != EAGAIN && errno != EINTR);
}
