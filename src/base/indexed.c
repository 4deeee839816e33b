/*
 * indexed.c - indexed files, read byte by byte.
 */
#include "base/indexed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool
indexed_read(const struct indexed_file *file, uint64_t offset, void *bytes,
    size_t length)
{
	char *at = bytes;

	if (offset > file->size || length > file->size - offset)
		return false;
	while (length > 0) {
		ssize_t got =
		    pread(file->descriptor, at, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return true;
}

bool
indexed_damaged(struct error *error, const char *what)
{
	return error_set(error,
	    "the file is damaged: %s; make it anew with "
	    "postmap or makemap",
	    what);
}

int
indexed_compare(struct str a, struct str b)
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

	if (order != 0)
		return order;
	return (a.length > b.length) - (a.length < b.length);
}
