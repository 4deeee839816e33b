/*
 * trace.h - the steps by which a decision was reached, for explain.
 *
 * The servers pass NULL, and every function here does nothing with it.
 */
#ifndef POLICY_TRACE_H
#define POLICY_TRACE_H

#include "base/place.h"
#include "base/str.h"

#include <stddef.h>

enum {
	TRACE_STEPS = 256,
	TRACE_DETAIL = 240,
};

struct trace_step {
	const char *rule; /* "grant", "clients", "destination", "never_trust" */
	struct str name;  /* of the grant; borrowed from the policy */
	const char *outcome; /* "covers", "no", "ours", "refused", "skipped" */
	char detail[TRACE_DETAIL]; /* why, escaped; ends in NUL */
	struct place place;
};

struct trace {
	size_t count;
	struct trace_step steps[TRACE_STEPS]; /* later ones are left out */
};

void trace_add(struct trace *trace, const char *rule, struct str name,
    const char *outcome, struct place place, const char *detail, ...)
    __attribute__((format(printf, 6, 7)));

#endif
