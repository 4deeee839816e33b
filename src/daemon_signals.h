/*
 * daemon_signals.h - signals as bytes that can be waited for.
 */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

#include "base/error.h"

#include <stdbool.h>

enum daemon_wish {
	DAEMON_WISH_NONE,
	DAEMON_WISH_LOOK, /* the front end has news */
	DAEMON_WISH_RELOAD,
	DAEMON_WISH_END,
};

/*
 * Catches TERM and INT (end), HUP and USR1 (reload), and ignores PIPE. To be
 * called in the main thread; all others block them. Returns the descriptor
 * that daemon_wake() takes, or -1.
 */
int daemon_signals(struct error *error);

/* Has daemon_wish() return DAEMON_WISH_LOOK; from any thread. */
void daemon_wake(int descriptor);

/* Waits at most some milliseconds for what comes first. */
enum daemon_wish daemon_wish(int milliseconds);

#endif
