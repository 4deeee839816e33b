/*
 * policy_daemon.c - a mtaguardd policy in a process of its own, and one
 * connection to it.
 */
#include "tests/lib/policy_daemon.h"

#include "base/clock.h"
#include "tests/lib/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PATIENCE = 30, /* seconds for what must come */
};

static const int64_t second = 1000000000;

static void
make_directory(struct policy_daemon *daemon)
{
	snprintf(daemon->directory, sizeof(daemon->directory),
	    "/tmp/mtaguard-daemon-XXXXXX");
	if (mkdtemp(daemon->directory) == NULL ||
	    chmod(daemon->directory, 0755) != 0)
		tap_bail("no directory: %s", strerror(errno));
}

static const char *
path_in(const struct policy_daemon *daemon, const char *name, char *path,
    size_t size)
{
	snprintf(path, size, "%s/%s", daemon->directory, name);
	return path;
}

static FILE *
open_policy(const struct policy_daemon *daemon)
{
	char path[128];
	FILE *file = fopen(path_in(daemon, "conf", path, sizeof(path)), "w");

	if (file == NULL)
		tap_bail("%s: %s", path, strerror(errno));
	/* Root becomes this user; another user stays who he is. */
	fputs("user = \"nobody\";\n", file);
	return file;
}

/* Becomes mtaguardd, with what it writes in a file of its own. */
static void
run(const struct policy_daemon *daemon, int connection)
{
	const char *build = getenv("top_builddir");
	char program[4096], policy[128], state[128], log[128];

	snprintf(program, sizeof(program), "%s/mtaguardd",
	    build != NULL ? build : ".");
	path_in(daemon, "conf", policy, sizeof(policy));
	path_in(daemon, "state", state, sizeof(state));
	path_in(daemon, "log", log, sizeof(log));
	int errors = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (errors < 0 || dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	if (connection < 0)
		execl(program, program, "policy", "-c", policy, "--state",
		    state, (char *)NULL);
	else if (dup2(connection, STDIN_FILENO) >= 0 &&
	    dup2(connection, STDOUT_FILENO) >= 0)
		execl(program, program, "policy", "--stdio", "-c", policy,
		    "--state", state, (char *)NULL);
	_exit(127);
}

static void
start_process(struct policy_daemon *daemon, int connection)
{
	fflush(stdout);
	daemon->process = fork();
	if (daemon->process < 0)
		tap_bail("fork: %s", strerror(errno));
	if (daemon->process == 0)
		run(daemon, connection);
}

static bool
try_connect(struct policy_daemon *daemon)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	path_in(daemon, "socket", address.sun_path, sizeof(address.sun_path));
	daemon->connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(daemon->connection, (struct sockaddr *)&address,
		sizeof(address)) == 0)
		return true;
	close(daemon->connection);
	return false;
}

/* Prints what the daemon has written, and gives up. */
static _Noreturn void
give_up(const struct policy_daemon *daemon, const char *reason)
{
	char path[128], line[512];
	FILE *log = fopen(path_in(daemon, "log", path, sizeof(path)), "r");

	while (log != NULL && fgets(line, sizeof(line), log) != NULL)
		printf("# %s", line);
	tap_bail("mtaguardd policy: %s", reason);
}

static void
wait_for_socket(struct policy_daemon *daemon)
{
	int64_t end = clock_monotonic() + PATIENCE * second;

	while (!try_connect(daemon)) {
		if (waitpid(daemon->process, NULL, WNOHANG) != 0)
			give_up(daemon, "does not start");
		if (clock_monotonic() > end)
			give_up(daemon, "does not listen");
		poll(NULL, 0, 5);
	}
}

void
policy_daemon_start(struct policy_daemon *daemon, struct str text)
{
	make_directory(daemon);
	FILE *file = open_policy(daemon);
	fwrite(text.data, 1, text.length, file);
	fprintf(file, "\nlisten = { policy = \"unix:%s/socket\"; };\n",
	    daemon->directory);
	fclose(file);
	start_process(daemon, -1);
	wait_for_socket(daemon);
}

/* What a policy file names beside it is looked for beside ours. */
static void
link_neighbours(const struct policy_daemon *daemon, const char *path)
{
	struct str directory, name;
	char from[4096], to[512];

	str_cut_last(str_from(path), '/', &directory, &name);
	snprintf(from, sizeof(from), STR_FORMAT, STR_ARGS(directory));
	DIR *entries = opendir(from);
	const struct dirent *entry;
	while (entries != NULL && (entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(from, sizeof(from), STR_FORMAT "/%s",
		    STR_ARGS(directory), entry->d_name);
		path_in(daemon, entry->d_name, to, sizeof(to));
		if (symlink(from, to) != 0)
			tap_bail("%s: %s", to, strerror(errno));
	}
	if (entries != NULL)
		closedir(entries);
}

void
policy_daemon_start_file(struct policy_daemon *daemon, const char *path)
{
	int ends[2];

	make_directory(daemon);
	link_neighbours(daemon, path);
	FILE *file = open_policy(daemon);
	fprintf(file, "@include \"%s\"\n", path);
	fclose(file);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		tap_bail("socketpair: %s", strerror(errno));
	start_process(daemon, ends[1]);
	close(ends[1]);
	daemon->connection = ends[0];
}

struct str
policy_daemon_ask(struct policy_daemon *daemon, struct str request, char *reply,
    size_t size)
{
	struct pollfd wait = { .fd = daemon->connection, .events = POLLIN };
	struct str heard = { reply, 0 };

	if (send(daemon->connection, request.data, request.length,
		MSG_NOSIGNAL) != (ssize_t)request.length)
		give_up(daemon, "takes no request");
	while (!str_ends(heard, STR("\n\n"))) {
		if (poll(&wait, 1, PATIENCE * 1000) != 1)
			give_up(daemon, "does not answer");
		ssize_t got = read(daemon->connection, reply + heard.length,
		    size - heard.length);
		if (got <= 0)
			give_up(daemon, "closes instead of an answer");
		heard.length += (size_t)got;
	}
	return heard;
}

/* The state directory is one level below. */
static void
remove_all(const char *directory)
{
	DIR *entries = opendir(directory);
	const struct dirent *entry;

	if (entries == NULL)
		return;
	while ((entry = readdir(entries)) != NULL) {
		char path[512];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (unlink(path) != 0)
			remove_all(path);
	}
	closedir(entries);
	rmdir(directory);
}

bool
policy_daemon_stop(struct policy_daemon *daemon)
{
	int status = -1;

	kill(daemon->process, SIGTERM);
	if (waitpid(daemon->process, &status, 0) != daemon->process)
		tap_bail("waitpid: %s", strerror(errno));
	close(daemon->connection);
	remove_all(daemon->directory);
	return status == 0;
}
