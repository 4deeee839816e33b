/*
 * auditd.h - whom auditd writes to when its disk fills (auditd.conf(5)).
 */
#ifndef HOST_AUDITD_H
#define HOST_AUDITD_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/place.h"
#include "base/str.h"
#include "base/tree.h"

struct auditd {
	enum lookup state; /* MISSING: no auditd.conf */
	const char *reason;
	struct str action_mail_acct; /* "root" where nothing is set */
	struct place place;          /* line 0: nothing is set */
};

void auditd_read(struct tree *tree, struct arena *arena, struct auditd *auditd);

/* The last value of a setting; line 0: not set. */
unsigned auditd_parse(struct str text, struct str name, struct str *value);

#endif
