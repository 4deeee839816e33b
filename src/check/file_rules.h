/*
 * file_rules.h - who may own, read and change a file: what checks of files
 * have in common, and how they tell it.
 */
#ifndef CHECK_FILE_RULES_H
#define CHECK_FILE_RULES_H

#include "check/check.h"
#include "host/facts.h"
#include "host/modes.h"

#include <sys/types.h>

/* What a file is allowed at the most. */
struct file_rule {
	const char *what;          /* "the TLS key": how it is called */
	const char *const *groups; /* beside root's; ends with NULL */
	mode_t mode;               /* 0600 */
	bool owner;                /* root must own it */
	bool acl;                  /* it may have no ACL */
	bool parents;              /* nobody else may put another in place */
};

/*
 * Judges the file at path and adds what is wrong, and where nothing is, that.
 * place (file NULL: the file itself) is where it is named. MISSING: it is not
 * there, and nothing was said; FAILED: it was said why.
 */
enum lookup file_rule_judge(struct check_run *run, const struct file_rule *rule,
    const char *path, struct place place);

/* "root:ssl-cert 0640"; in the arena of the run. */
const char *file_rule_found(struct check_run *run, const struct stat *status);

#endif
