/*
 * relay.h - whether the destination of a session is ours.
 *
 * A destination is ours if it is bare postmaster, an address literal of this
 * host, or in the list of destinations. An address with routing in it, or
 * with a domain that is none, is never ours, whatever a list or the MTA says.
 *
 * With "mta" among the destinations, what the list does not have is for the
 * MTA to say. In the policy protocol it is asked. In the milter protocol its
 * macros tell:
 *
 * Postfix   {rcpt_mailer} is one of own_transports: ours.
 * Sendmail  {rcpt_mailer} is "local": ours. {rcpt_addr} has another domain
 *           and another local part than the argument: the MTA itself forwards
 *           (virtusertable), ours. Another domain with the same local part
 *           may be what DNS made of a stranger's domain: not ours. Then its
 *           own lists decide (sendmail:mta), where they can be read.
 * both      {rcpt_mailer} is "error": the MTA refuses it, so it may.
 * neither   only "local" is ours.
 *
 * Without macros nobody knows, and the answer is to come again.
 */
#ifndef POLICY_RELAY_H
#define POLICY_RELAY_H

#include "policy/policy.h"

#include <stdbool.h>

struct relay_finding {
	enum verdict verdict;
	enum decision_cause cause;
};

/*
 * Judges the recipient that was parsed into the scratch. Overwrites the
 * sender there.
 */
struct relay_finding relay_judge(const struct policy *policy,
    const struct request *request, struct policy_scratch *scratch,
    struct trace *trace);

/*
 * Judges ETRN, whose domain was put into the recipient of the scratch. Where
 * Postfix may be asked, its fast_flush_domains decide.
 */
struct relay_finding relay_judge_etrn(const struct policy *policy,
    const struct request *request, struct policy_scratch *scratch,
    struct trace *trace);

#endif
