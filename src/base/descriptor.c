/*
 * descriptor.c - reading from a file descriptor without coming short.
 */
#include "base/descriptor.h"

#include <errno.h>
#include <unistd.h>

ssize_t
descriptor_read(int descriptor, char *bytes, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(descriptor, bytes + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}
