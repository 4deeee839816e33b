/*
 * milter_daemon.c - sessions with mtaguardd milter while signals come.
 */
#include "tests/lib/milter_talk.h"
#include "tests/lib/tap.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PATIENCE = 20000, /* milliseconds until what must happen has not */
	SESSIONS = 64,
	SIGNALS = 500,
	SENDERS = 4,
	BURSTS = 3,
	SHORT = 64, /* bytes of a name in our directory, beside it */
};

static char directory[] = "/tmp/milter-daemon.XXXXXX";
static char configuration[sizeof(directory) + SHORT];
static char path[sizeof(directory) + SHORT];
static char home[sizeof(directory) + SHORT]; /* STATE_DIRECTORY=... */
static char program[4096];
static pid_t running; /* the daemon that was started last; 0: none */

static long
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
pause_shortly(void)
{
	static const struct timespec turn = { .tv_nsec = 5000000 };

	nanosleep(&turn, NULL);
}

static void
write_policy(const char *destination)
{
	FILE *file = fopen(configuration, "we");

	if (file == NULL ||
	    fprintf(file,
		"networks = { local = [ \"127.0.0.0/8\" ]; };\n"
		"destinations = [ \"%s\" ];\n"
		"relay = ({ name = \"host\"; from = \"local\"; });\n"
		"user = \"nobody\";\n"
		"listen = { milter = \"unix:%s\"; };\n",
		destination, path) < 0 ||
	    fclose(file) != 0)
		tap_bail("%s: %s", configuration, strerror(errno));
}

/* Starts the daemon, and waits until it answers. */
static pid_t
start(void)
{
	char name[] = "mtaguardd", front[] = "milter", option[] = "-c";
	char *arguments[] = { name, front, option, configuration, NULL };
	/* ThreadSanitizer waits a second at the end of a process. */
	char options[] = "TSAN_OPTIONS=atexit_sleep_ms=0";
	char *environment[] = { home, options, NULL };
	struct milter_client client;

	if (posix_spawn(&running, program, NULL, NULL, arguments,
		environment) != 0)
		tap_bail("%s cannot be started", program);
	long deadline = milliseconds() + PATIENCE;
	for (;;) {
		if (milter_client_open(&client, path)) {
			bool ready = milter_client_negotiate(&client,
			    MILTER_CLIENT_ACTIONS, MILTER_CLIENT_STEPS);
			milter_client_close(&client);
			if (ready)
				return running;
		}
		if (milliseconds() > deadline ||
		    waitpid(running, NULL, WNOHANG) != 0)
			tap_bail("mtaguardd milter is not ready");
		pause_shortly();
	}
}

/* Sends a signal, and returns how many milliseconds the end took. */
static long
end(pid_t daemon, int number, int *status)
{
	long before = milliseconds();

	kill(daemon, number);
	while (waitpid(daemon, status, WNOHANG) == 0) {
		if (milliseconds() > before + PATIENCE) {
			kill(daemon, SIGKILL);
			waitpid(daemon, status, 0);
		}
		pause_shortly();
	}
	running = 0;
	return milliseconds() - before;
}

static void
begin(struct milter_client *client)
{
	milter_talk_begin(client, "203.0.113.66",
	    MACROS({ "v", "Postfix 3.7.11" }, { "{daemon_port}", "25" }));
	milter_talk_mail(client, "<a@outside.test>", NULL);
}

static const char *
ask(struct milter_client *client, const char *recipient)
{
	return milter_talk_rcpt(client, recipient,
	    MACROS({ "{rcpt_mailer}", "smtp" }));
}

static void
a_termination_with_open_sessions_is_quick(void)
{
	static struct milter_client sessions[SESSIONS];
	int status;

	pid_t daemon = start();
	for (size_t i = 0; i < SESSIONS; i++) {
		begin(&sessions[i]);
		CHECK_STR(ask(&sessions[i], "<bob@example.test>"), "continue");
	}
	long took = end(daemon, SIGTERM, &status);
	tap_case("%ld ms", took);
	CHECK(took < 1000);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
	CHECK(access(path, F_OK) != 0);
	for (size_t i = 0; i < SESSIONS; i++) {
		/* Nothing that an MTA could take for a permission. */
		CHECK(strcmp(ask(&sessions[i], "<v@elsewhere.test>"),
			  "continue") != 0);
		milter_client_close(&sessions[i]);
	}
}

/*
 * Sends signals faster than they are taken, so that some come while others
 * are pending: then the kernel looks for another thread that waits for them.
 */
static void
send_bursts(pid_t daemon)
{
	pid_t senders[SENDERS];

	for (int i = 0; i < SENDERS; i++) {
		senders[i] = fork();
		if (senders[i] < 0)
			tap_bail("fork: %s", strerror(errno));
		if (senders[i] > 0)
			continue;
		for (int sent = 0; sent < SIGNALS; sent++) {
			kill(daemon, SIGHUP);
			kill(daemon, SIGUSR1);
		}
		_exit(0);
	}
	for (int i = 0; i < SENDERS; i++)
		waitpid(senders[i], NULL, 0);
}

static void
bursts_of_signals_never_end_it(void)
{
	int status;

	for (int round = 0; round < BURSTS; round++) {
		struct milter_client client;
		pid_t daemon = start();

		tap_case("burst %d", round);
		send_bursts(daemon);
		begin(&client);
		CHECK_STR(ask(&client, "<bob@example.test>"), "continue");
		milter_talk_end(&client);
		CHECK(end(daemon, SIGTERM, &status) < 1000);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static void
hundreds_of_reloads_end_no_session(void)
{
	struct milter_client client;
	int status;

	pid_t daemon = start();
	begin(&client);
	for (int i = 0; i < SIGNALS; i++) {
		kill(daemon, SIGHUP);
		const char *answer = ask(&client, "<bob@example.test>");
		if (strcmp(answer, "continue") != 0) {
			tap_case("after %d signals", i + 1);
			CHECK_STR(answer, "continue");
			break;
		}
	}
	CHECK(
	    strncmp(ask(&client, "<v@elsewhere.test>"), "554 5.7.1 ", 10) == 0);
	milter_talk_end(&client);
	CHECK(end(daemon, SIGTERM, &status) < 1000);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Whether a recipient is answered in this way within the time. */
static bool
comes_to(struct milter_client *client, const char *recipient,
    const char *wanted)
{
	long deadline = milliseconds() + PATIENCE;

	while (strncmp(ask(client, recipient), wanted, strlen(wanted)) != 0) {
		if (milliseconds() > deadline)
			return false;
		pause_shortly();
	}
	return true;
}

static void
an_open_session_gets_the_policy_in_force(void)
{
	struct milter_client client;
	int status;

	pid_t daemon = start();
	begin(&client);
	CHECK_STR(ask(&client, "<bob@example.test>"), "continue");
	write_policy("elsewhere.test");
	kill(daemon, SIGHUP);
	CHECK(comes_to(&client, "<v@elsewhere.test>", "continue"));
	CHECK(
	    strncmp(ask(&client, "<bob@example.test>"), "554 5.7.1 ", 10) == 0);
	write_policy("example.test");
	kill(daemon, SIGUSR1);
	CHECK(comes_to(&client, "<bob@example.test>", "continue"));
	CHECK(
	    strncmp(ask(&client, "<v@elsewhere.test>"), "554 5.7.1 ", 10) == 0);
	milter_talk_end(&client);
	CHECK(end(daemon, SIGTERM, &status) < 1000);
}

static void
a_killed_daemon_starts_again(void)
{
	struct milter_client client;
	int status;

	pid_t daemon = start();
	begin(&client);
	end(daemon, SIGKILL, &status);
	CHECK(strcmp(ask(&client, "<v@elsewhere.test>"), "continue") != 0);
	milter_client_close(&client);
	CHECK(access(path, F_OK) == 0);

	daemon = start();
	begin(&client);
	CHECK_STR(ask(&client, "<bob@example.test>"), "continue");
	CHECK(
	    strncmp(ask(&client, "<v@elsewhere.test>"), "554 5.7.1 ", 10) == 0);
	milter_talk_end(&client);
	CHECK(end(daemon, SIGTERM, &status) < 1000);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_termination_with_open_sessions_is_quick),
	TAP_TEST(hundreds_of_reloads_end_no_session),
	TAP_TEST(bursts_of_signals_never_end_it),
	TAP_TEST(an_open_session_gets_the_policy_in_force),
	TAP_TEST(a_killed_daemon_starts_again),
};

/* However the program ends. */
static void
clear(void)
{
	char name[] = "rm", option[] = "-rf";
	char *const arguments[] = { name, option, directory, NULL };
	pid_t remover;

	if (running != 0)
		kill(running, SIGKILL);
	if (posix_spawnp(&remover, "rm", NULL, NULL, arguments, environ) == 0)
		waitpid(remover, NULL, 0);
}

static void
furnish(void)
{
	const char *top = getenv("top_builddir");
	const struct passwd *nobody = getpwnam("nobody");

	snprintf(program, sizeof(program), "%s/mtaguardd",
	    top != NULL ? top : ".");
	if (mkdtemp(directory) == NULL)
		tap_bail("%s: %s", directory, strerror(errno));
	atexit(clear);
	/* As root, the daemon drops to this user and removes its socket. */
	if (geteuid() == 0 &&
	    (nobody == NULL ||
		chown(directory, nobody->pw_uid, nobody->pw_gid) != 0))
		tap_bail("no user nobody");
	snprintf(configuration, sizeof(configuration), "%s/conf", directory);
	snprintf(path, sizeof(path), "%s/milter", directory);
	snprintf(home, sizeof(home), "STATE_DIRECTORY=%s/state", directory);
	write_policy("example.test");
	milter_talk_to(path);
}

int
main(void)
{
	furnish();
	return TAP_RUN(tests);
}
