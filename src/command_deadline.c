/*
 * command_deadline.c - work that is done in time, and told whole or not at
 * all.
 */
#include "command_deadline.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SECOND = 1000 * 1000 * 1000, /* in nanoseconds */
	LONGEST = 24 * 60 * 60,      /* seconds */
};

static bool
duration_parse(struct str text, int64_t *nanoseconds)
{
	static const struct {
		struct str ending;
		int64_t nanoseconds;
	} units[] = {
		{ STR_INIT("ms"), SECOND / 1000 },
		{ STR_INIT("s"), SECOND },
		{ STR_INIT("m"), (int64_t)60 * SECOND },
		{ STR_INIT(""), SECOND },
	};
	unsigned long number;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!str_ends(text, units[i].ending))
			continue;
		text.length -= units[i].ending.length;
		if (!str_number(text, (unsigned long)LONGEST * 1000, &number))
			return false;
		*nanoseconds = (int64_t)number * units[i].nanoseconds;
		return *nanoseconds <= (int64_t)LONGEST * SECOND;
	}
	return false;
}

bool
command_deadline_read(const struct command *command, const char *value,
    int64_t *nanoseconds)
{
	if (duration_parse(str_from(value), nanoseconds))
		return true;
	command_misused(command,
	    "\"%s\" is no time: \"10s\", \"500ms\" or \"2m\"", value);
	return false;
}

static enum command_exit
trouble(const struct command_task *task, const char *what)
{
	fprintf(stderr, "mtaguard %s: %s: %s\n", task->name, what,
	    strerror(errno));
	return COMMAND_INTERNAL;
}

/* The child: prints into a file that the parent has, too. */
static _Noreturn void
work(const struct command_task *task, int file, pid_t parent,
    const sigset_t *signals)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A message to the terminal must not stop a process group that is
	 * not in its foreground. */
	signal(SIGTTOU, SIG_IGN);
	sigprocmask(SIG_SETMASK, signals, NULL);
	if (getppid() != parent || dup2(file, STDOUT_FILENO) == -1)
		_exit(COMMAND_INTERNAL);

	enum command_exit status = task->work(task->object);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("mtaguard: the report");
		status = COMMAND_INTERNAL;
	}
	exit((int)status);
}

/*
 * Waits for the end of the child, leaving it to be reaped: as long as it is,
 * nobody else has its number. False: the time is over; or a signal came that
 * wants us to end, in *ending.
 */
static bool
wait_until(pid_t child, int64_t end, const sigset_t *awaited, int *ending)
{
	for (;;) {
		siginfo_t info = { .si_pid = 0 };
		int64_t left = end - clock_monotonic();

		if (waitid(P_PID, (id_t)child, &info,
			WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid == child)
			return true;
		if (end != 0 && left <= 0)
			return false;
		struct timespec rest = {
			.tv_sec = (time_t)(left / SECOND),
			.tv_nsec = (long)(left % SECOND),
		};
		int came = sigtimedwait(awaited, NULL, end != 0 ? &rest : NULL);
		if (came > 0 && came != SIGCHLD) {
			*ending = came;
			return false;
		}
	}
}

/* Kills all that is left of the child and its children, and reaps it. */
static int
end_child(pid_t child)
{
	int status = 0;

	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	return status;
}

/* Copies the whole file, and says whether it could. */
static bool
copy(int from, FILE *to)
{
	char bytes[65536];
	off_t offset = 0;
	ssize_t length;

	while ((length = pread(from, bytes, sizeof(bytes), offset)) > 0) {
		if (fwrite(bytes, 1, (size_t)length, to) != (size_t)length)
			return false;
		offset += length;
	}
	return length == 0 && fflush(to) == 0;
}

/* Opens a file beside the one that it shall become. */
static FILE *
open_beside(const char *path, char **name)
{
	mode_t mask = umask(0);

	umask(mask);
	*name = NULL;
	if (asprintf(name, "%s.XXXXXX", path) == -1)
		return NULL;
	int descriptor = mkstemp(*name);
	if (descriptor == -1)
		return NULL;
	FILE *stream = fdopen(descriptor, "w");
	if (stream == NULL || fchmod(descriptor, 0666 & ~mask) == -1) {
		unlink(*name);
		close(descriptor);
		return NULL;
	}
	return stream;
}

/* Puts a whole file in the place of the old one, which a link may name. */
static bool
replace(int from, const char *path)
{
	char *real = realpath(path, NULL);
	const char *place = real != NULL ? real : path;
	char *name = NULL;
	FILE *stream = open_beside(place, &name);
	bool good = false;

	if (stream != NULL) {
		good = copy(from, stream) && fsync(fileno(stream)) == 0;
		good = fclose(stream) == 0 && good;
		good = good && rename(name, place) == 0;
		if (!good)
			unlink(name);
	}
	free(name);
	free(real);
	return good;
}

/* A device or a pipe is written to; there is nothing to be replaced. */
static bool
write_to(int from, const char *path)
{
	FILE *stream = fopen(path, "we");

	if (stream == NULL)
		return false;
	bool good = copy(from, stream);
	return fclose(stream) == 0 && good;
}

/* Work that printed nothing leaves the report of before as it is. */
static bool
tell(const struct command_task *task, int from)
{
	struct stat status;

	if (fstat(from, &status) == 0 && status.st_size == 0)
		return true;
	if (task->output == NULL)
		return copy(from, stdout);
	if (stat(task->output, &status) == 0 && !S_ISREG(status.st_mode))
		return write_to(from, task->output);
	return replace(from, task->output);
}

/* What came of a child that has ended by itself. */
static enum command_exit
conclude(const struct command_task *task, int file, int status)
{
	if (WIFSIGNALED(status)) {
		fprintf(stderr,
		    "mtaguard %s: ended by signal %d (%s), a mistake in "
		    "mtaguard; nothing is told\n",
		    task->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
		return COMMAND_INTERNAL;
	}
	enum command_exit result = (enum command_exit)WEXITSTATUS(status);
	if (tell(task, file))
		return result;
	trouble(task, task->output != NULL ? task->output : "standard output");
	return result == COMMAND_FAILED ? result : COMMAND_INTERNAL;
}

static enum command_exit
supervise(const struct command_task *task, int file, pid_t child,
    const sigset_t *awaited, int *ending)
{
	int64_t end =
	    task->deadline > 0 ? clock_monotonic() + task->deadline : 0;
	bool ended = wait_until(child, end, awaited, ending);
	int status = end_child(child);

	if (ended)
		return conclude(task, file, status);
	if (*ending == 0)
		fprintf(stderr,
		    "mtaguard %s: not done within the deadline of %.3g s; "
		    "nothing is told\n",
		    task->name, (double)task->deadline / SECOND);
	return COMMAND_DEADLINE;
}

enum command_exit
command_deadline_run(const struct command_task *task)
{
	enum command_exit status = COMMAND_INTERNAL;
	sigset_t awaited, before;
	pid_t self = getpid();
	int ending = 0;

	int file = memfd_create("report", MFD_CLOEXEC);
	if (file == -1)
		return trouble(task, "memory for the report");
	/* One that was ignored when we were started would never come. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGHUP);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGTERM);
	sigprocmask(SIG_BLOCK, &awaited, &before);
	fflush(NULL);

	pid_t child = fork();
	if (child == 0)
		work(task, file, self, &before);
	if (child == -1) {
		trouble(task, "fork");
	} else {
		setpgid(child, child);
		status = supervise(task, file, child, &awaited, &ending);
	}
	close(file);
	if (ending != 0)
		raise(ending);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
