/*
 * descriptor.h - reading from a file descriptor without coming short.
 */
#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads up to size bytes, in as many calls of read(2) as that takes. Returns
 * how many: fewer only at the end of the file. -1: errno says why.
 */
ssize_t descriptor_read(int descriptor, char *bytes, size_t size);

#endif
