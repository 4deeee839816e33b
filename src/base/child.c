/*
 * child.c - ask another program: its answer, within a deadline.
 */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHILD_ARGUMENTS = 64,
	CHILD_BLOCK = 16 * 1024,
	CHILD_TICK = 2, /* ms: between the end of output and that of a child */
};

/* One of its outputs, as it comes. */
struct stream {
	int descriptor; /* -1: at its end */
	char *data;
	size_t length;
	size_t capacity;
};

enum {
	STREAM_OUTPUT,
	STREAM_ERRORS,
	STREAMS,
};

struct running {
	pid_t pid;
	int timer;
	struct stream streams[STREAMS];
};

static void
close_descriptor(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

/* A file without a name that has the whole input. */
static int
input_open(struct str input, struct error *error)
{
	int descriptor = memfd_create("input", MFD_CLOEXEC);

	if (descriptor < 0) {
		error_write(error, "no file for its input: %s",
		    strerror(errno));
		return -1;
	}
	while (input.length > 0) {
		ssize_t written = write(descriptor, input.data, input.length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			error_write(error, "cannot write its input: %s",
			    strerror(errno));
			close(descriptor);
			return -1;
		}
		input = str_slice(input, (size_t)written, input.length);
	}
	lseek(descriptor, 0, SEEK_SET);
	return descriptor;
}

/* The time that is left is a descriptor, so nobody reads a clock. */
static int
timer_open(unsigned milliseconds, struct error *error)
{
	struct itimerspec span = { .it_value = {
				       .tv_sec = milliseconds / 1000,
				       .tv_nsec = (long)(milliseconds % 1000) *
					       1000000L +
					   1,
				   } };
	int descriptor =
	    timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (descriptor < 0 || timerfd_settime(descriptor, 0, &span, NULL) < 0)
		error_write(error, "no timer: %s", strerror(errno));
	else
		return descriptor;
	if (descriptor >= 0)
		close(descriptor);
	return -1;
}

static int
spawn(const struct child *child, const int *descriptors, pid_t *pid)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	static char zone[] = "TZ=UTC";
	char *const environment[] = { path, locale, zone, NULL };
	union {
		const char *const *given;
		char *const *wanted; /* as POSIX has it; not written to */
	} arguments;
	const char *list[CHILD_ARGUMENTS] = { child->program };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;

	for (size_t i = 0; child->arguments[i] != NULL; i++) {
		if (i + 2 >= CHILD_ARGUMENTS)
			return E2BIG;
		list[i + 1] = child->arguments[i];
	}
	arguments.given = list;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	for (int i = 0; i <= STDERR_FILENO; i++)
		posix_spawn_file_actions_adddup2(&actions, descriptors[i], i);
	posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
		POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	int status = posix_spawn(pid, child->program, &actions, &attributes,
	    arguments.wanted, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

/* Opens both pipes and starts the child; our ends are in running. */
static bool
start(const struct child *child, int input, struct running *running,
    struct error *error)
{
	int ends[STREAMS][2];

	for (size_t i = 0; i < STREAMS; i++) {
		if (pipe2(ends[i], O_CLOEXEC) == 0) {
			running->streams[i].descriptor = ends[i][0];
			continue;
		}
		error_write(error, "no pipe: %s", strerror(errno));
		if (i > 0)
			close(ends[0][1]);
		return false;
	}
	int descriptors[] = { input, ends[STREAM_OUTPUT][1],
		ends[STREAM_ERRORS][1] };
	int status = spawn(child, descriptors, &running->pid);
	close(ends[STREAM_OUTPUT][1]);
	close(ends[STREAM_ERRORS][1]);
	if (status == 0)
		return true;
	running->pid = -1;
	return error_set(error, "cannot be started: %s", strerror(status));
}

static bool
stream_read(struct stream *stream, size_t limit, struct error *error)
{
	if (stream->capacity - stream->length < CHILD_BLOCK) {
		stream->capacity = stream->capacity * 2 + CHILD_BLOCK;
		char *data = realloc(stream->data, stream->capacity);

		if (data == NULL)
			return error_set(error, "no memory for its output");
		stream->data = data;
	}
	ssize_t got = read(stream->descriptor, stream->data + stream->length,
	    CHILD_BLOCK);
	if (got < 0)
		return errno == EINTR ||
		    error_set(error, "cannot read it: %s", strerror(errno));
	if (got == 0)
		close_descriptor(&stream->descriptor);
	stream->length += (size_t)got;
	return stream->length <= limit ||
	    error_set(error, "more than %zu bytes of output", limit);
}

static bool
is_late(const struct running *running)
{
	struct pollfd timer = { .fd = running->timer, .events = POLLIN };

	return poll(&timer, 1, 0) > 0;
}

/* Reads both outputs to their ends. */
static bool
read_all(const struct child *child, struct running *running,
    struct error *error)
{
	struct stream *streams = running->streams;

	while (streams[STREAM_OUTPUT].descriptor >= 0 ||
	    streams[STREAM_ERRORS].descriptor >= 0) {
		struct pollfd polls[STREAMS + 1];

		for (size_t i = 0; i < STREAMS; i++)
			polls[i] =
			    (struct pollfd){ streams[i].descriptor, POLLIN, 0 };
		polls[STREAMS] = (struct pollfd){ running->timer, POLLIN, 0 };
		if (poll(polls, STREAMS + 1, -1) < 0 && errno != EINTR)
			return error_set(error, "%s", strerror(errno));
		if (polls[STREAMS].revents != 0)
			return error_set(error, "no answer within %u ms",
			    child->deadline);
		for (size_t i = 0; i < STREAMS; i++)
			if (polls[i].revents != 0 &&
			    !stream_read(&streams[i], child->limit, error))
				return false;
	}
	return true;
}

/* Waits for its end, which may come later than that of its output. */
static bool
wait_end(const struct child *child, struct running *running, int *status,
    struct error *error)
{
	while (waitpid(running->pid, status, WNOHANG) == 0) {
		struct pollfd timer = { running->timer, POLLIN, 0 };

		poll(&timer, 1, CHILD_TICK);
		if (is_late(running))
			return error_set(error, "does not end within %u ms",
			    child->deadline);
	}
	running->pid = -1;
	return true;
}

/* Ends it, with all that it has started, and closes what is open. */
static void
stop(struct running *running)
{
	if (running->pid > 0) {
		kill(-running->pid, SIGKILL);
		while (waitpid(running->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_descriptor(&running->timer);
	for (size_t i = 0; i < STREAMS; i++) {
		close_descriptor(&running->streams[i].descriptor);
		free(running->streams[i].data);
	}
}

static struct str
stream_text(const struct stream *stream, struct arena *arena)
{
	return arena_copy(arena, (struct str){ stream->data, stream->length });
}

bool
child_ask(const struct child *child, struct arena *arena,
    struct child_answer *answer, struct error *error)
{
	struct running running = { .pid = -1,
		.timer = -1,
		.streams = { { .descriptor = -1 }, { .descriptor = -1 } } };
	int input = input_open(child->input, error);
	int status = 0;

	if (input < 0)
		return false;
	running.timer = timer_open(child->deadline, error);
	bool done = running.timer >= 0 &&
	    start(child, input, &running, error) &&
	    read_all(child, &running, error) &&
	    wait_end(child, &running, &status, error);
	close(input);
	if (done) {
		answer->output =
		    stream_text(&running.streams[STREAM_OUTPUT], arena);
		answer->errors =
		    stream_text(&running.streams[STREAM_ERRORS], arena);
		answer->status = WIFEXITED(status) ? WEXITSTATUS(status)
						   : 128 + WTERMSIG(status);
	}
	stop(&running);
	return done;
}
