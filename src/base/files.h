/*
 * files.h - the files that one load reads: remembered, followed, kept.
 *
 * A policy is more than its file: included files, tables. A load reads them
 * all through one struct files, which remembers what each was when it was
 * read. So it can tell when one has changed, and can copy the whole set into
 * a directory from which a later load reads it as if nothing had changed.
 */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a file was when it was read: another one, or a change, differs. */
struct file_id {
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	int64_t modified; /* nanoseconds since 1970, of the last change of
			   * content or of owner, mode and links (ctime) */
};

struct files;

/*
 * An empty set in an arena. With a directory that files_save() has written,
 * reads are answered from the copies kept there; NULL: from the files
 * themselves.
 */
struct files *files_new(struct arena *arena, const char *kept);

/*
 * Reads a whole file into memory of the given arena, which may be another
 * one than the set's. Only a regular file of at most limit bytes (0: any),
 * reached over any links, is read: never a FIFO, device or directory. Without
 * one, the error says why, but not the path: the caller knows its place. The
 * text has a NUL after it, and not the byte order mark that editors of other
 * systems put before it. The id may be NULL. A file that could not be read is
 * remembered too: when it can be, the set has changed.
 */
bool files_read(struct files *files, const char *path, size_t limit,
    struct arena *arena, struct str *text, struct file_id *id,
    struct error *error);

/* What a file is now, without reading it; false: not to be looked at. */
bool files_identify(const struct files *files, const char *path,
    struct file_id *id, struct error *error);

/* Remembers a file as read that a shared table has read before. */
void files_add(struct files *files, const char *path, const struct file_id *id);

/*
 * Remembers what is at a path now, be it nothing or a directory, without
 * reading it. It counts as changed like a file that was read, but is not kept.
 */
void files_watch(struct files *files, const char *path);

/*
 * A number that changes with every change of a file of the set, one that
 * cannot be looked at now included. Costs one stat(2) a file.
 */
uint64_t files_signature(const struct files *files);

/* Whether one is now another than when it was read. */
bool files_changed(const struct files *files);

/*
 * Copies every file of the set into a directory (made if need be, mode 0700),
 * whole or not at all: a crash leaves the set that was there before.
 */
bool files_save(const struct files *files, const char *directory,
    struct error *error);

size_t files_count(const struct files *files);

#endif
