/*
 * kernel.c - texts that the kernel of this host makes when they are read.
 */
#include "host/kernel.h"

#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	FIRST = 4096,
};

static enum lookup
read_all(int descriptor, size_t limit, struct arena *arena, struct str *text,
    struct error *error)
{
	size_t capacity = FIRST, length = 0;
	char *bytes = arena_alloc(arena, capacity);

	for (;;) {
		ssize_t got = descriptor_read(descriptor, bytes + length,
		    capacity - length);

		if (got < 0) {
			error_write(error, "%s", strerror(errno));
			return LOOKUP_FAILED;
		}
		length += (size_t)got;
		if (length < capacity)
			break;
		if (capacity >= limit) {
			error_write(error, "has more than %zu bytes", limit);
			return LOOKUP_FAILED;
		}
		char *more = arena_alloc(arena, 2 * capacity);
		memcpy(more, bytes, length);
		bytes = more;
		capacity *= 2;
	}
	*text = (struct str){ bytes, length };
	return LOOKUP_FOUND;
}

enum lookup
kernel_read(const char *path, size_t limit, struct arena *arena,
    struct str *text, struct error *error)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*text = (struct str){ NULL, 0 };
	if (descriptor < 0) {
		error_write(error, "%s", strerror(errno));
		return errno == ENOENT || errno == ENOTDIR ? LOOKUP_MISSING
							   : LOOKUP_FAILED;
	}
	enum lookup answer = read_all(descriptor, limit, arena, text, error);
	close(descriptor);
	return answer;
}
