/*
 * cmd_wire.h - the parts of "mtaguard wire": one for each MTA.
 */
#ifndef CMD_WIRE_H
#define CMD_WIRE_H

#include "base/buf.h"
#include "policy/policy.h"

#include <stdbool.h>

enum {
	WIRE_ADDRESS = 512, /* bytes of the longest address, with a NUL */
};

/* How an MTA behaves while the guard does not answer. */
struct wire_fallback {
	const char *policy;   /* default_action of check_policy_service */
	const char *milter;   /* milter_default_action */
	const char *sendmail; /* flags of INPUT_MAIL_FILTER */
	const char *meaning;  /* lines of a comment */
};

/* What the policy file says of it. */
const struct wire_fallback *wire_fallback(const struct policy *policy);

/* Prints each line of a text as a comment; mark is "#" or "dnl". */
void wire_comment(const char *mark, const char *text);

/* Writes an address of listen; false: it has no name there. */
typedef bool wire_writer(struct str at, struct buf *buf);

/* As Postfix names it, relative to the queue directory if it is below. */
wire_writer wire_write_postfix;

/* As Sendmail names it: inet:port@host. */
wire_writer wire_write_sendmail;

/* The first listener that has a name; false: there is none. */
bool wire_find(const struct policy_listener *listeners, size_t count,
    wire_writer *write, struct buf *buf);

/* Each prints its lines to standard output; false: nothing can be wired. */
bool wire_postfix(const struct policy *policy);
bool wire_sendmail(const struct policy *policy);
bool wire_systemd(const struct policy *policy);

#endif
