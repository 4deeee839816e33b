/*
 * daemon_user.h - the account that the daemon runs as, and its directory.
 */
#ifndef DAEMON_USER_H
#define DAEMON_USER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Where the process runs as root: becomes that user, with its groups and for
 * good. Makes the state directory (NULL: none) beforehand, if need be, and
 * gives it to the user. As any other user it stays what it is.
 */
bool daemon_user_become(struct str user, const char *state,
    struct error *error);

/*
 * Where the process runs as root: makes that user the owner of a unix socket,
 * so that the guard can reach itself there once it is no longer root.
 */
bool daemon_user_give_socket(struct str user, struct str path,
    struct error *error);

/*
 * The directory below the state directory for one front end. It may be absent;
 * daemon_user_make_state() makes both, as the user that will write there.
 */
const char *daemon_user_state(struct arena *arena, const char *state,
    const char *front);
bool daemon_user_make_state(const char *state, const char *directory,
    struct error *error);

#endif
