/*
 * test_daemon_signals.c - signals as bytes that can be waited for.
 */
#include "daemon_signals.h"

#include "tests/lib/tap.h"

#include <signal.h>

enum {
	STORM = 100 * 1000, /* more than a pipe holds */
};

static void
wishes_come_as_they_weigh(void)
{
	struct error error;
	int wake = daemon_signals(&error);

	if (wake < 0)
		tap_bail("%s", error.text);
	CHECK_INT(daemon_wish(0), DAEMON_WISH_NONE);
	daemon_wake(wake);
	CHECK_INT(daemon_wish(1000), DAEMON_WISH_LOOK);
	raise(SIGHUP);
	daemon_wake(wake);
	CHECK_INT(daemon_wish(1000), DAEMON_WISH_RELOAD);
	raise(SIGUSR1);
	CHECK_INT(daemon_wish(1000), DAEMON_WISH_RELOAD);
	CHECK_INT(daemon_wish(0), DAEMON_WISH_NONE);
}

static void
the_end_is_not_lost_in_a_storm(void)
{
	for (unsigned i = 0; i < STORM; i++)
		raise(SIGHUP);
	raise(SIGTERM);
	CHECK_INT(daemon_wish(1000), DAEMON_WISH_END);
}

static const struct tap_test tests[] = {
	TAP_TEST(wishes_come_as_they_weigh),
	TAP_TEST(the_end_is_not_lost_in_a_storm),
};

int
main(void)
{
	return TAP_RUN(tests);
}
