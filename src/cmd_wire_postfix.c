/*
 * cmd_wire_postfix.c - the lines for main.cf and master.cf.
 */
#include "cmd_wire.h"

#include "policy/grants.h"

#include <stdio.h>
#include <string.h>

enum {
	PORT_SMTP = 25,
	PORT_SUBMISSIONS = 465,
	PORT_SUBMISSION = 587,
	PORTS_MAX = 64,
};

/* Ports beside 25 that the policy file names. */
struct ports {
	unsigned numbers[PORTS_MAX];
	size_t count;
};

static void
add_port(struct ports *ports, unsigned port)
{
	if (port == PORT_SMTP || ports->count == PORTS_MAX)
		return;
	for (size_t i = 0; i < ports->count; i++)
		if (ports->numbers[i] == port)
			return;
	ports->numbers[ports->count++] = port;
}

static void
add_ports(struct ports *ports, const struct policy_ports *named)
{
	for (size_t i = 0; i < named->count; i++)
		add_port(ports, named->ports[i]);
}

static void
find_ports(const struct policy *policy, struct ports *ports)
{
	ports->count = 0;
	if ((policy->roles & POLICY_ROLE_SUBMISSION) != 0) {
		add_port(ports, PORT_SUBMISSION);
		add_port(ports, PORT_SUBMISSIONS);
	}
	for (size_t i = 0; i < policy->grant_count; i++)
		add_ports(ports, &policy->grants[i].ports);
	for (size_t i = 0; i < policy->client_count; i++)
		add_ports(ports, &policy->clients[i].ports);
}

/* Whether clients that no grant names are refused on a port. */
static bool
is_granted_only(const struct policy *policy, unsigned port)
{
	for (size_t i = 0; i < policy->client_count; i++)
		if (grants_ports_hold(&policy->clients[i].ports, port))
			return true;
	return (policy->roles & POLICY_ROLE_SUBMISSION) != 0 &&
	    (port == PORT_SUBMISSION || port == PORT_SUBMISSIONS);
}

/* What stands behind the guard, by the port of the service. */
static const char *
behind(const struct policy *policy, unsigned port)
{
	return is_granted_only(policy, port) ? "reject"
					     : "reject_unauth_destination";
}

/* The entry of master.cf for a port; "submissions" was smtps before 3.6. */
static void
print_service_name(unsigned port)
{
	switch (port) {
	case PORT_SUBMISSION:
		printf("submission");
		break;
	case PORT_SUBMISSIONS:
		printf("submissions (or smtps)");
		break;
	default:
		printf("%u", port);
		break;
	}
}

static void
print_service(const struct policy *policy, const char *address, unsigned port)
{
	printf("\n# Below the line of the service ");
	print_service_name(port);
	printf(", in the place of its own\n"
	       "# -o smtpd_relay_restrictions=...:\n"
	       "  -o { smtpd_relay_restrictions = check_policy_service { %s,"
	       " timeout=3s, try_limit=2, retry_delay=1s, %s },"
	       " permit_mynetworks, permit_sasl_authenticated, %s }\n",
	    address, wire_fallback(policy)->policy, behind(policy, port));
}

static void
print_main(const struct policy *policy, const char *address)
{
	printf("\n# ---- main.cf ----\n");
	wire_comment("#",
	    "The guard stands first: for what a permit_... before it lets in, "
	    "it\n"
	    "is never asked. It only refuses: whom a grant names, the "
	    "restrictions\n"
	    "behind it must let in too.\n");
	wire_comment("#", wire_fallback(policy)->meaning);
	printf("smtpd_relay_restrictions =\n"
	       "    check_policy_service { %s, timeout=3s, try_limit=2,\n"
	       "        retry_delay=1s, %s },\n"
	       "    permit_mynetworks, permit_sasl_authenticated, %s\n",
	    address, wire_fallback(policy)->policy, behind(policy, PORT_SMTP));
}

static void
print_master(const struct policy *policy, const char *address)
{
	struct ports ports;

	printf("\n# ---- master.cf ----\n");
	wire_comment("#",
	    "The line of main.cf holds for each smtpd that has none of its "
	    "own. An\n"
	    "-o smtpd_relay_restrictions=... of a service, as many files have "
	    "it for\n"
	    "submission, takes the guard away from it. To find such lines:\n"
	    "    postconf -P | grep restrictions\n"
	    "With postscreen, the guard is asked by the service behind it,\n"
	    "    smtpd      pass  -       -       y       -       -       "
	    "smtpd\n"
	    "which needs no -o either; postscreen itself asks nobody.\n");
	find_ports(policy, &ports);
	for (size_t i = 0; i < ports.count; i++)
		print_service(policy, address, ports.numbers[i]);
}

/* A service that is chrooted sees a socket only below the queue directory. */
static void
print_chroot(const char *address)
{
	if (strncmp(address, "unix:/", strlen("unix:/")) == 0)
		wire_comment("#",
		    "The socket does not lie below /var/spool/postfix: "
		    "services "
		    "that are\n"
		    "chrooted (the fifth column of master.cf is y) cannot "
		    "reach "
		    "it.\n");
}

static void
print_policy(const struct policy *policy)
{
	char bytes[WIRE_ADDRESS] = "";
	struct buf address = { .data = bytes, .capacity = sizeof(bytes) - 1 };

	if (!wire_find(policy->policy_listeners, policy->policy_listener_count,
		wire_write_postfix, &address)) {
		/* Where the socket unit that comes with us has it. */
		buf_add(&address, STR("unix:mtaguard/policy"));
		wire_comment("#",
		    "The socket comes from systemd. If ListenStream= of its "
		    "unit "
		    "is not\n"
		    "/var/spool/postfix/mtaguard/policy, change the address "
		    "below.\n");
	}
	print_chroot(bytes);
	print_main(policy, bytes);
	print_master(policy, bytes);
}

static void
print_milter(const struct policy *policy, const char *address, bool instead)
{
	printf("\n# ---- main.cf, %sthe milter ----\n",
	    instead ? "instead of all that: " : "");
	wire_comment("#",
	    "Before other milters. An entry DISABLE in smtpd_milter_maps, and\n"
	    "receive_override_options=no_milters, take the guard away.\n");
	print_chroot(address);
	wire_comment("#", wire_fallback(policy)->meaning);
	printf("smtpd_milters = %s\n"
	       "milter_default_action = %s\n"
	       "milter_connect_timeout = 3s\n"
	       "milter_command_timeout = 10s\n",
	    address, wire_fallback(policy)->milter);
}

bool
wire_postfix(const struct policy *policy)
{
	char bytes[WIRE_ADDRESS] = "";
	struct buf address = { .data = bytes, .capacity = sizeof(bytes) - 1 };
	bool asked = policy->policy_listener_count > 0;
	bool milter = wire_find(policy->milter_listeners,
	    policy->milter_listener_count, wire_write_postfix, &address);

	if (!asked && !milter) {
		fprintf(stderr,
		    "mtaguard wire: listen names no address; for Postfix: "
		    "listen = { policy = "
		    "\"unix:/var/spool/postfix/mtaguard/policy\"; };\n");
		return false;
	}
	if (asked)
		print_policy(policy);
	if (milter)
		print_milter(policy, bytes, asked);
	printf("\n# Then: postfix check && postfix reload\n");
	return true;
}
