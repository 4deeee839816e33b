/*
 * sockets_owner.c - the processes that hold the sockets, by /proc/PID/fd.
 */
#include "host/sockets_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	PATH = 64,
};

struct search {
	struct listening_socket *sockets;
	size_t count;
	size_t open;    /* sockets whose owner is not found yet */
	size_t refused; /* processes that could not be looked into */
	struct arena *arena;
};

static const char *
program_of(pid_t process, struct arena *arena)
{
	char path[PATH], name[32];
	ssize_t length = -1;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)process);
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor >= 0) {
		length = read(descriptor, name, sizeof(name));
		close(descriptor);
	}
	if (length <= 0)
		return NULL;
	return arena_copy(arena, str_trim((struct str){ name, (size_t)length }))
	    .data;
}

static void
found(struct search *search, pid_t process, unsigned long inode)
{
	for (size_t i = 0; i < search->count; i++) {
		struct listening_socket *socket = &search->sockets[i];

		if (socket->inode != inode || socket->process != 0)
			continue;
		socket->process = process;
		socket->program = program_of(process, search->arena);
		search->open--;
	}
}

/* The inode in "socket:[12345]"; 0: not a socket. */
static unsigned long
socket_inode(int directory, const char *name)
{
	static const struct str before = STR_INIT("socket:[");
	char target[PATH];
	unsigned long inode = 0;
	ssize_t length = readlinkat(directory, name, target, sizeof(target));

	if (length <= 0)
		return 0;
	struct str text = { target, (size_t)length };
	if (!str_starts(text, before) || !str_ends(text, STR("]")))
		return 0;
	text = str_slice(text, before.length, text.length - 1);
	return str_number(text, UINT32_MAX, &inode) ? inode : 0;
}

static void
look_into(struct search *search, pid_t process)
{
	const struct dirent *entry;
	char path[PATH];

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)process);
	DIR *directory = opendir(path);
	if (directory == NULL) {
		/* One that has ended meanwhile holds nothing. */
		if (errno != ENOENT && errno != ESRCH)
			search->refused++;
		return;
	}
	while (search->open > 0 && (entry = readdir(directory)) != NULL) {
		unsigned long inode =
		    socket_inode(dirfd(directory), entry->d_name);

		if (inode != 0)
			found(search, process, inode);
	}
	closedir(directory);
}

const char *
sockets_find_owners(struct listening_socket *sockets, size_t count,
    struct arena *arena)
{
	struct search search = { sockets, count, count, 0, arena };
	const struct dirent *entry;
	DIR *directory = opendir("/proc");

	if (directory == NULL)
		return count == 0 ? NULL : "/proc cannot be read";
	while (search.open > 0 && (entry = readdir(directory)) != NULL) {
		unsigned long process;

		if (str_number(str_from(entry->d_name), INT32_MAX, &process))
			look_into(&search, (pid_t)process);
	}
	closedir(directory);
	if (search.open == 0)
		return NULL;
	if (search.refused == 0)
		return arena_print(arena,
		    "%zu sockets are held by no process of this namespace",
		    search.open);
	return arena_print(arena,
	    "the owners of %zu sockets: %zu processes cannot be looked into "
	    "(not root)",
	    search.open, search.refused);
}
