/*
 * daemon.c - the life of a front end: from the policy file to the last reply.
 */
#include "daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon_notify.h"
#include "daemon_signals.h"
#include "daemon_user.h"
#include "serve/audit.h"
#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	SPARE = 64,       /* descriptors beside those of connections */
	TURN = 1000,      /* milliseconds between two turns of the main loop */
	FIRST_TURN = 50,  /* the same, until the sockets answer */
	PATIENCE = 10000, /* milliseconds for them to do so */
};

/* What the main thread alone knows while the front end serves. */
struct life {
	struct daemon *daemon;
	struct notify notify;
	struct arena *arena;
	const char *state;   /* directory of this front end */
	struct str fixed;    /* settings that hold until a restart */
	int64_t started;     /* clock_monotonic() */
	int64_t signed_life; /* the same, of the last sign of life */
	bool ready;          /* READY=1 was sent */
	bool reloading;      /* RELOADING=1 was sent, and no READY=1 since */
	bool mute;           /* does not answer, and we have said so */
	unsigned long told;  /* loads, good and bad, that STATUS knows */
};

/* What a reload cannot change, written down to be compared. */
static struct str
fixed_settings(const struct daemon_front *front, const struct policy *policy,
    struct arena *arena)
{
	const struct policy_listener *listeners;
	size_t count = front->listeners(policy, &listeners);
	const char *text = arena_print(arena, "%zu %d " STR_FORMAT,
	    policy->connections, policy->log.syslog, STR_ARGS(policy->user));

	for (size_t i = 0; i < count; i++)
		text = arena_print(arena, "%s; " STR_FORMAT " %o " STR_FORMAT,
		    text, STR_ARGS(listeners[i].at), listeners[i].mode,
		    STR_ARGS(listeners[i].group));
	return str_from(text);
}

static void
tell_restart(struct life *life)
{
	struct daemon *daemon = life->daemon;
	struct arena *arena = arena_new(0);
	struct slot_lease lease = slot_take(&daemon->slot);
	bool same = str_equal(life->fixed,
	    fixed_settings(daemon->front, lease.policy, arena));

	slot_put(&daemon->slot, lease);
	arena_free(arena);
	if (!same)
		log_say(LOG_LEVEL_WARNING, "daemon",
		    "%s, connections, user or log.target have changed: that "
		    "takes a restart",
		    daemon->front->setting);
}

/* Raises the limit of descriptors, and says so if it is too low. */
static void
raise_limit(struct daemon *daemon)
{
	struct rlimit limit;
	size_t wanted = daemon->connections + SPARE;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
		return;
	log_say(LOG_LEVEL_WARNING, "daemon",
	    "connections = %zu needs %zu descriptors, but the limit is %lu: "
	    "raise it (LimitNOFILE= of the unit, ulimit -n)",
	    daemon->connections, wanted, (unsigned long)limit.rlim_cur);
	daemon->connections =
	    limit.rlim_cur > 2 * SPARE ? limit.rlim_cur - SPARE : SPARE;
}

/*
 * spawn(8) makes the connection standard error, too: a line of the log would
 * be a reply that nobody asked for.
 */
static bool
silence_stderr(struct error *error)
{
	struct stat input, errors;

	if (fstat(STDIN_FILENO, &input) != 0 ||
	    fstat(STDERR_FILENO, &errors) != 0 ||
	    input.st_dev != errors.st_dev || input.st_ino != errors.st_ino)
		return true;
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (nothing < 0 || dup2(nothing, STDERR_FILENO) < 0)
		return error_set(error, "/dev/null: %s", strerror(errno));
	close(nothing);

	const struct log_options options = {
		.name = "mtaguardd",
		.level = LOG_LEVEL_INFO,
		.target = LOG_TARGET_SYSLOG,
	};
	return log_open(&options, error);
}

static bool
start_log(const struct policy *policy, const struct daemon_options *options,
    struct error *error)
{
	const struct log_options log = {
		.name = "mtaguardd",
		.level = (enum log_level)policy->log.level,
		.format = (enum log_format)policy->log.format,
		.target =
		    policy->log.syslog ? LOG_TARGET_SYSLOG : LOG_TARGET_STDERR,
	};

	/* On standard input the log may be open already. */
	if (options->stdio && log_is_open())
		return true;
	return log_open(&log, error);
}

/* Ends the start with an error and an exit status. */
static int
give_up(int status, const struct error *error)
{
	log_say(LOG_LEVEL_ERROR, "daemon", "%s", error->text);
	return status;
}

static int
load_first(struct life *life, struct error *error)
{
	struct daemon *daemon = life->daemon;
	const char *path = daemon->options->path;
	struct loader_options options = {
		.path = path,
		.state_directory = life->state,
		.keep_nothing = daemon->options->stdio,
	};

	options.sources = sources_of_host(&options.source_count);
	daemon->loader = loader_new(&options, &daemon->slot, error);
	if (daemon->loader != NULL)
		return EX_OK;
	error_prefix(error, "cannot start");
	return access(path, R_OK) != 0 ? EX_NOINPUT : EX_CONFIG;
}

/* Leaves what root can do, once the sockets are made. */
static bool
become_user(struct daemon *daemon, const struct policy *policy,
    struct error *error)
{
	const struct policy_listener *listeners;
	size_t count = daemon->front->listeners(policy, &listeners);
	struct str prefix = STR("unix:");

	for (size_t i = 0; !daemon->options->stdio && i < count; i++) {
		struct str at = listeners[i].at;

		if (str_starts(at, prefix) &&
		    !daemon_user_give_socket(policy->user,
			str_slice(at, prefix.length, at.length), error))
			return false;
	}
	return daemon_user_become(policy->user,
	    daemon->options->stdio ? NULL : daemon->options->state, error);
}

/* Listens and drops privileges, in this order. */
static int
open_front(struct life *life, const struct policy *policy, struct error *error)
{
	struct daemon *daemon = life->daemon;
	const struct daemon_front *front = daemon->front;
	const struct policy_listener *listeners;

	if (!daemon->options->stdio &&
	    front->listeners(policy, &listeners) == 0) {
		error_write(error, "%s: %s is missing: it says where to listen",
		    daemon->options->path, front->setting);
		return EX_CONFIG;
	}
	daemon->connections = policy->connections;
	raise_limit(daemon);
	if (!front->open(daemon, policy, error))
		return EX_SOFTWARE;
	return become_user(daemon, policy, error) ? EX_OK : EX_CONFIG;
}

static int
start(struct life *life, struct error *error)
{
	struct daemon *daemon = life->daemon;
	struct error state;

	if (daemon->options->stdio && !silence_stderr(error))
		return EX_SOFTWARE;
	int status = load_first(life, error);
	if (status != EX_OK)
		return status;

	/* No reload can replace the policy before the loader is started. */
	struct slot_lease lease = slot_take(&daemon->slot);
	const struct policy *policy = lease.policy;
	if (!start_log(policy, daemon->options, error))
		status = EX_SOFTWARE;
	else
		status = open_front(life, policy, error);
	life->fixed = fixed_settings(daemon->front, policy, life->arena);
	slot_put(&daemon->slot, lease);
	if (status != EX_OK)
		return status;

	if (!daemon->options->stdio &&
	    !daemon_user_make_state(daemon->options->state, life->state,
		&state))
		log_say(LOG_LEVEL_WARNING, "daemon",
		    "no last good copy of the policy can be kept: %s",
		    state.text);
	if (!loader_start(daemon->loader, error) ||
	    !daemon->front->start(daemon, error))
		return EX_SOFTWARE;
	return EX_OK;
}

static void
tell_status(struct life *life)
{
	struct daemon *daemon = life->daemon;
	struct loader_status status;
	char text[512];

	loader_get_status(daemon->loader, &status);
	if (status.generation + status.failures == life->told)
		return;
	snprintf(text, sizeof(text), "%sSTATUS=%s generation %lu%s%s%s",
	    life->reloading ? "READY=1\n" : "", daemon->front->name,
	    status.generation, status.last_good ? " (the last good copy)" : "",
	    status.stale ? "; the policy file is bad: " : "", status.error);
	if (!notify_send(&life->notify, text))
		return;
	life->reloading = false;
	life->told = status.generation + status.failures;
	tell_restart(life);
}

/* Sends READY=1 once the sockets answer; false: they never did. */
static bool
tell_ready(struct life *life)
{
	struct daemon *daemon = life->daemon;

	if (daemon->front->answers(daemon)) {
		life->ready = notify_send(&life->notify, "READY=1");
		if (life->ready)
			log_say(LOG_LEVEL_INFO, "daemon",
			    "%s: version " PACKAGE_VERSION " is ready",
			    daemon->front->name);
		return true;
	}
	if (clock_monotonic() - life->started < PATIENCE * 1000000ll)
		return true;
	log_say(LOG_LEVEL_ERROR, "daemon", "%s: the sockets do not answer",
	    daemon->front->name);
	return false;
}

/* A sign of life, three times as often as it must be, if there is life. */
static void
tell_alive(struct life *life)
{
	struct daemon *daemon = life->daemon;
	int64_t now = clock_monotonic();

	if (life->notify.watchdog == 0 ||
	    now - life->signed_life < life->notify.watchdog / 3)
		return;
	if (daemon->front->answers(daemon)) {
		life->mute = false;
		if (notify_send(&life->notify, "WATCHDOG=1"))
			life->signed_life = now;
	} else if (!life->mute) {
		life->mute = true;
		log_say(LOG_LEVEL_WARNING, "daemon",
		    "%s: does not answer: no sign of life to systemd",
		    daemon->front->name);
	}
}

static void
ask_reload(struct life *life)
{
	char text[80];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)(clock_monotonic() / 1000));
	life->reloading = notify_send(&life->notify, text);
	log_say(LOG_LEVEL_INFO, "daemon", "asked to reload the policy");
	loader_reload(life->daemon->loader);
}

static int
turn_time(const struct life *life)
{
	int64_t watchdog = life->notify.watchdog / 4000000;

	if (!life->ready)
		return FIRST_TURN;
	return watchdog > 0 && watchdog < TURN ? (int)watchdog + 1 : TURN;
}

/* Until somebody ends it; returns the exit status. */
static int
live(struct life *life)
{
	struct daemon *daemon = life->daemon;

	for (;;) {
		enum daemon_wish wish = daemon_wish(turn_time(life));

		if (wish == DAEMON_WISH_END)
			return EX_OK;
		if (!daemon->front->running(daemon))
			return daemon->options->stdio ? EX_OK : EX_SOFTWARE;
		if (wish == DAEMON_WISH_RELOAD)
			ask_reload(life);
		if (!life->ready && !tell_ready(life))
			return EX_SOFTWARE;
		tell_status(life);
		tell_alive(life);
		audit_tick(clock_wall());
	}
}

static int
live_and_end(struct life *life)
{
	struct daemon *daemon = life->daemon;
	struct error error;
	int status = start(life, &error);

	if (status == EX_OK)
		status = live(life);
	else
		give_up(status, &error);
	notify_send(&life->notify, "STOPPING=1");
	daemon->front->stop(daemon);
	log_say(LOG_LEVEL_INFO, "daemon", "%s: ends with status %d",
	    daemon->front->name, status);
	return status;
}

int
daemon_serve(const struct daemon_front *front,
    const struct daemon_options *options)
{
	struct arena *arena = arena_new(0);
	struct life *life = arena_alloc(arena, sizeof(*life));
	struct daemon *daemon = arena_alloc(arena, sizeof(*daemon));
	struct error error;

	daemon->front = front;
	daemon->options = options;
	life->daemon = daemon;
	life->arena = arena;
	life->state = daemon_user_state(arena, options->state, front->name);
	life->started = clock_monotonic();
	notify_open(&life->notify);
	daemon->wake = daemon_signals(&error);
	if (daemon->wake < 0)
		return give_up(EX_SOFTWARE, &error);

	int status = live_and_end(life);
	bool over = loader_free(daemon->loader);
	log_close();
	if (!over)
		_exit(status);
	notify_close(&life->notify);
	arena_free(arena);
	return status;
}
