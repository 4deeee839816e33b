/*
 * profile.h - a named list of checks with the parameters to run them by.
 *
 * A profile is a file in the language of the policy file:
 *
 *	title = "CIS Benchmark, mail transfer agents";
 *	references = [ "cis" ];            all checks that refer to one
 *	checks = ( "postfix-vrfy",         and these
 *	    { id = "root-alias"; severity = "high"; } );
 *	parameters = { var_postfix_inet_interfaces = "loopback-only"; };
 *
 * Without references and checks, it has every check that there is. A check
 * that it names twice has the severity that was given last.
 */
#ifndef CHECK_PROFILE_H
#define CHECK_PROFILE_H

#include "base/arena.h"
#include "base/problems.h"
#include "base/str.h"
#include "check/check.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

struct profile {
	const char *name; /* "cis" */
	struct str title;
	const struct check_parameter *parameters;
	size_t parameter_count;
	const struct check_selected *selected; /* in the order of telling */
	size_t count;
};

/* Every check, with its own severity and no parameters. */
void profile_of_all(struct arena *arena, struct profile *profile);

/*
 * Reads a profile: a name is NAME.conf in the directory, what has a slash is
 * a file. All lies in the arena. False: the problems tell why.
 */
bool profile_read(struct str name, const char *directory, struct arena *arena,
    struct profile *profile, struct problems *problems);

/*
 * The parameters that hold: what a policy file (may be NULL) expects, before
 * those of the profile.
 */
const struct check_parameter *profile_parameters(const struct profile *profile,
    const struct policy *policy, struct arena *arena, size_t *count);

/*
 * Keeps those of some ids (count 0: of all), whether the profile has them or
 * not, without those of others. Ids that no check has count for nothing.
 */
void profile_keep(struct profile *profile, const struct str *only,
    size_t only_count, const struct str *skip, size_t skip_count,
    struct arena *arena);

#endif
