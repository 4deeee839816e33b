/*
 * daemon_notify.h - what systemd is told: readiness, state, signs of life.
 *
 * The protocol of sd_notify(3): one datagram, sent here without waiting, as
 * a service manager that is slow must not stop the guard.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int descriptor; /* -1: nobody wants to know */
	struct sockaddr_un address;
	socklen_t length;
	int64_t watchdog; /* nanoseconds between two signs of life; 0: none */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* Sends "READY=1" and the like, one a line; false: try again later. */
bool notify_send(const struct notify *notify, const char *text);

#endif
