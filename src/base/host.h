/*
 * host.h - what this host is on the network: its addresses and gateways.
 *
 * Read from the kernel over rtnetlink, in the network namespace of the
 * process. It changes while we run: containers bring bridges, DHCP brings
 * routes; so it can be watched.
 */
#ifndef BASE_HOST_H
#define BASE_HOST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/netblock.h"

#include <stdbool.h>
#include <stddef.h>

/* One address of an interface, with the network that it stands in. */
struct host_interface {
	const char *name; /* "eth0", "docker0" */
	struct address address;
	unsigned prefix; /* of the network, as in struct netblock */
	bool loopback;
	bool bridge; /* of containers or virtual machines */
};

/* The lists of addresses are sorted by their bytes, none twice. */
struct host {
	const struct address *addresses; /* of the host itself */
	size_t address_count;
	const struct address *gateways; /* next hops of default routes */
	size_t gateway_count;
	const struct host_interface *interfaces; /* in the kernel's order */
	size_t interface_count;
};

/*
 * The host that a person describes: "198.51.100.10/24,2001:db8::1/64", and
 * loopback always. It has no gateways.
 */
bool host_parse(struct str text, struct arena *arena, struct host *host,
    struct error *error);

/* Asks the kernel; what was found lies in the arena. */
bool host_read(struct arena *arena, struct host *host, struct error *error);

bool host_has_address(const struct host *host, const struct address *address);
bool host_has_gateway(const struct host *host, const struct address *address);

/* Whether both have the same addresses and gateways. */
bool host_equal(const struct host *a, const struct host *b);

/*
 * Opens a non-blocking descriptor that becomes readable when a link, address
 * or route changes; the caller closes it. -1 and an error if it cannot.
 */
int host_watch(struct error *error);

/* Reads away what the descriptor has; true: something has changed. */
bool host_watch_read(int descriptor);

#endif
