/*
 * grants.h - who may send to the rest of the world: whether a grant covers a
 * session.
 *
 * A grant covers a session if all the conditions that it gives hold. It names
 * the client if those about who is there hold (until, ports, login, tls,
 * from, certificates), whatever it wants to send: clients = "granted" asks
 * for that.
 *
 * An unknown client, and one in never_trust, matches no "from" (gateway =
 * true lifts the latter alone). A program of this host, without a network,
 * matches what 127.0.0.1 or ::1 would; never_trust is about networks and is
 * not asked. A condition whose fact the protocol does not carry never holds,
 * and neither does one whose fact was not told.
 */
#ifndef POLICY_GRANTS_H
#define POLICY_GRANTS_H

#include "policy/policy.h"

#include <stdbool.h>

struct grants_finding {
	const struct policy_grant *covering; /* the first; NULL: none */
	bool named;                          /* some grant names the client */
	bool failed; /* a grant might cover, but could not be looked up */
	bool naming_failed; /* a grant might name the client, likewise */
};

/*
 * Looks for the first grant that covers the session of a request whose
 * recipient was parsed into the scratch. Parses the sender there if a grant
 * needs it.
 */
void grants_find(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace,
    struct grants_finding *finding);

/*
 * Whether a protocol carries all facts that a grant asks for; if not, the
 * first that is missing.
 */
bool grants_carried(const struct policy_grant *grant,
    enum request_protocol protocol, enum request_fact *missing);

/*
 * Whether a port is among those of a grant or of an entry of clients. One
 * that was not told (0, as by Postfix before 3.2) is in no list of ports: it
 * satisfies no grant, and an entry of clients that names ports is not for it.
 */
bool grants_ports_hold(const struct policy_ports *ports, unsigned port);

#endif
