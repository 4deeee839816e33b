/*
 * files.c - the files that one load reads: remembered, followed, kept.
 *
 * Copies lie in one directory, under names of their own, and a manifest maps
 * paths to them. A new set is written beside the old one; renaming its
 * manifest over the old one is the moment at which it becomes the set.
 */
#include "base/files.h"

#include "base/descriptor.h"
#include "base/hash.h"
#include "base/lines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MANIFEST_MAX = 16 << 20,
	CHUNK = 64 * 1024,
};

#define COPY_START "copy-"

static const struct str manifest_head = STR_INIT("mtaguard-files 1");

/* One file of the set, under the name by which it was asked for. */
struct entry {
	struct entry *next;
	const char *path;
	int problem;  /* errno: it could not be looked at; 0: see id */
	bool watched; /* only looked at: of no use in a copy of the set */
	struct file_id id;
};

struct files {
	struct arena *arena;
	struct entry *first;
	struct entry **end;
	size_t count;
	const char *kept; /* directory of the copies, or NULL */
	struct str manifest;
	struct error manifest_error; /* why it is empty */
	bool absent;                 /* there is none */
};

static struct file_id
identity(const struct stat *status)
{
	/* Unlike the time of modification, nobody can set this one back. */
	return (struct file_id){
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = (uint64_t)status->st_size,
		.modified = (int64_t)status->st_ctim.tv_sec * 1000000000 +
		    status->st_ctim.tv_nsec,
	};
}

static bool
same_id(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && a->modified == b->modified;
}

static bool
regular(const struct stat *status, struct error *error)
{
	if (S_ISREG(status->st_mode))
		return true;
	if (S_ISDIR(status->st_mode))
		return error_set(error, "is a directory");
	return error_set(error, "is not a regular file");
}

/* Opens a regular file, or returns -1. */
static int
open_regular(const char *path, struct file_id *id, struct error *error)
{
	struct stat status;

	/* Opening a device can do something: look before. */
	if (stat(path, &status) != 0) {
		error_write(error, "%s", strerror(errno));
		return -1;
	}
	if (!regular(&status, error))
		return -1;

	int descriptor =
	    open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (descriptor < 0) {
		error_write(error, "%s", strerror(errno));
		return -1;
	}
	if (fstat(descriptor, &status) != 0) {
		error_write(error, "%s", strerror(errno));
	} else if (regular(&status, error)) {
		*id = identity(&status);
		return descriptor;
	}
	close(descriptor);
	return -1;
}

/* Whether an open file is still what it was when it was opened. */
static bool
unchanged(int descriptor, const struct file_id *id, struct error *error)
{
	struct stat status;

	if (fstat(descriptor, &status) != 0)
		return error_set(error, "%s", strerror(errno));
	struct file_id now = identity(&status);
	if (!same_id(&now, id))
		return error_set(error, "was changed while it was read");
	return true;
}

static bool
read_whole(int descriptor, const struct file_id *id, size_t limit,
    struct arena *arena, struct str *text, struct error *error)
{
	if (limit > 0 && id->size > limit)
		return error_set(error,
		    "has %llu bytes, more than the limit of %zu",
		    (unsigned long long)id->size, limit);

	size_t size = (size_t)id->size;
	char *bytes = arena_try(arena, size + 1, error);
	if (bytes == NULL)
		return false;

	/* The byte for the NUL shows whether the file has grown. */
	ssize_t length = descriptor_read(descriptor, bytes, size + 1);
	if (length < 0)
		return error_set(error, "%s", strerror(errno));
	if ((size_t)length != size)
		return error_set(error, "was changed while it was read");
	if (!unchanged(descriptor, id, error))
		return false;
	bytes[size] = '\0';
	*text = (struct str){ bytes, size };
	return true;
}

static bool
read_path(const char *path, size_t limit, struct arena *arena, struct str *text,
    struct file_id *id, struct error *error)
{
	int descriptor = open_regular(path, id, error);

	if (descriptor < 0)
		return false;
	bool done = read_whole(descriptor, id, limit, arena, text, error);
	close(descriptor);
	return done;
}

/* Takes "copy-XXXXXX SIZE PATH" apart; false: it is something else. */
static bool
manifest_row(struct str line, struct str *copy, unsigned long *size,
    struct str *path)
{
	struct str rest, number;

	return str_cut(line, ' ', copy, &rest) &&
	    str_cut(rest, ' ', &number, path) &&
	    str_starts(*copy, STR(COPY_START)) && !str_has(*copy, '/') &&
	    str_number(number, (unsigned long)INT64_MAX, size);
}

static void
read_manifest(struct files *files)
{
	const char *path =
	    arena_print(files->arena, "%s/manifest", files->kept);
	struct file_id id;
	struct error error;
	struct str line;
	struct lines lines;

	files->absent = access(path, F_OK) != 0 && errno == ENOENT;
	if (!read_path(path, MANIFEST_MAX, files->arena, &files->manifest, &id,
		&error)) {
		error_write(&files->manifest_error, "no copy is kept in %s: %s",
		    files->kept, error.text);
		return;
	}
	lines = lines_of(files->manifest);
	if (!lines_next(&lines, &line) || !str_equal(line, manifest_head)) {
		files->manifest = (struct str){ NULL, 0 };
		error_write(&files->manifest_error,
		    "%s/manifest is not one of ours", files->kept);
	}
}

struct files *
files_new(struct arena *arena, const char *kept)
{
	struct files *files = arena_alloc(arena, sizeof(*files));

	files->arena = arena;
	files->end = &files->first;
	if (kept != NULL) {
		files->kept = arena_print(arena, "%s", kept);
		read_manifest(files);
	}
	return files;
}

/* Where a path is read from: itself or, with its size, its kept copy. */
struct source {
	char copy[PATH_MAX];
	const char *path;
	unsigned long size;
};

static bool
source_find(const struct files *files, const char *path, struct source *source,
    struct error *error)
{
	struct lines lines = lines_of(files->manifest);
	struct str line, copy, name;

	source->path = path;
	if (files->kept == NULL)
		return true;
	source->path = source->copy;
	while (lines_next(&lines, &line)) {
		if (!manifest_row(line, &copy, &source->size, &name) ||
		    !str_equal(name, str_from(path)))
			continue;
		snprintf(source->copy, sizeof(source->copy), "%s/" STR_FORMAT,
		    files->kept, STR_ARGS(copy));
		return true;
	}
	if (files->manifest.length == 0)
		*error = files->manifest_error;
	else
		error_write(error, "no copy of it is kept in %s", files->kept);
	return false;
}

static bool
look(const struct files *files, const char *path, struct file_id *id,
    int *problem, struct error *error)
{
	struct source source;
	struct stat status;

	*problem = ENOENT;
	if (!source_find(files, path, &source, error))
		return false;
	if (stat(source.path, &status) != 0) {
		*problem = errno;
		return error_set(error, "%s", strerror(*problem));
	}
	*problem = 0;
	*id = identity(&status);
	return true;
}

/* The first reading counts: what changes after it is a change of the set. */
static void
remember(struct files *files, const char *path, const struct file_id *id,
    int problem, bool watched)
{
	for (struct entry *entry = files->first; entry != NULL;
	     entry = entry->next)
		if (strcmp(entry->path, path) == 0) {
			entry->watched = entry->watched && watched;
			return;
		}

	struct entry *entry = arena_alloc(files->arena, sizeof(*entry));
	entry->path = arena_print(files->arena, "%s", path);
	entry->problem = problem;
	entry->watched = watched;
	if (problem == 0)
		entry->id = *id;
	*files->end = entry;
	files->end = &entry->next;
	files->count++;
}

bool
files_read(struct files *files, const char *path, size_t limit,
    struct arena *arena, struct str *text, struct file_id *id,
    struct error *error)
{
	struct source source;
	struct file_id seen = { 0 };
	int problem;

	/*
	 * What was seen before reading is what is remembered, also where the
	 * reading fails: a file that is made good is then a change.
	 */
	bool found = look(files, path, &seen, &problem, error);
	remember(files, path, &seen, problem, false);
	if (!found)
		return false;

	if (!source_find(files, path, &source, error) ||
	    !read_path(source.path, limit, arena, text, &seen, error))
		return false;
	if (files->kept != NULL && text->length != source.size)
		return error_set(error, "its copy in %s is damaged",
		    files->kept);
	if (str_starts(*text, STR("\xef\xbb\xbf")))
		*text = str_slice(*text, 3, text->length);
	if (id != NULL)
		*id = seen;
	return true;
}

bool
files_identify(const struct files *files, const char *path, struct file_id *id,
    struct error *error)
{
	int problem;

	return look(files, path, id, &problem, error);
}

void
files_add(struct files *files, const char *path, const struct file_id *id)
{
	remember(files, path, id, 0, false);
}

void
files_watch(struct files *files, const char *path)
{
	struct file_id seen = { 0 };
	struct error error;
	int problem;

	look(files, path, &seen, &problem, &error);
	remember(files, path, &seen, problem, true);
}

uint64_t
files_signature(const struct files *files)
{
	uint64_t signature = hash_seed();

	for (const struct entry *entry = files->first; entry != NULL;
	     entry = entry->next) {
		struct {
			struct file_id id;
			uint64_t problem;
		} now = { 0 };
		struct error error;
		int problem;

		look(files, entry->path, &now.id, &problem, &error);
		now.problem = (uint64_t)problem;
		signature =
		    hash_str((struct str){ (const char *)&now, sizeof(now) },
			signature);
	}
	return signature;
}

bool
files_changed(const struct files *files)
{
	for (const struct entry *entry = files->first; entry != NULL;
	     entry = entry->next) {
		struct file_id id = { 0 };
		struct error error;
		int problem;

		look(files, entry->path, &id, &problem, &error);
		if (problem != entry->problem || !same_id(&id, &entry->id))
			return true;
	}
	return false;
}

size_t
files_count(const struct files *files)
{
	return files->count;
}

static bool
write_all(int descriptor, const char *bytes, size_t length, struct error *error)
{
	while (length > 0) {
		ssize_t written = write(descriptor, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return error_set(error, "%s", strerror(errno));
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

static bool
copy_bytes(int from, int to, struct error *error)
{
	char chunk[CHUNK];
	ssize_t length;

	while ((length = descriptor_read(from, chunk, sizeof(chunk))) > 0)
		if (!write_all(to, chunk, (size_t)length, error))
			return false;
	if (length < 0)
		return error_set(error, "%s", strerror(errno));
	return true;
}

static bool
sync_and_close(int descriptor, bool done, struct error *error)
{
	if (done && fsync(descriptor) != 0)
		done = error_set(error, "%s", strerror(errno));
	if (close(descriptor) != 0 && done)
		done = error_set(error, "%s", strerror(errno));
	return done;
}

/* Copies one file, as it was when it was read, under a new name. */
static bool
save_copy(const struct entry *entry, char *copy, struct error *error)
{
	struct file_id id;
	int from = open_regular(entry->path, &id, error);

	if (from < 0)
		return false;
	bool done = same_id(&id, &entry->id) ||
	    error_set(error, "was changed after it was read");
	int to = done ? mkostemp(copy, O_CLOEXEC) : -1;
	if (done && to < 0)
		done = error_set(error, "%s: %s", copy, strerror(errno));
	if (to >= 0) {
		done =
		    copy_bytes(from, to, error) && unchanged(from, &id, error);
		done = sync_and_close(to, done, error);
	}
	close(from);
	return done;
}

/* Copies one file and adds the row that names its copy. */
static bool
save_entry(const struct entry *entry, const char *directory, FILE *manifest,
    struct error *error)
{
	char copy[PATH_MAX];

	if (entry->problem != 0 || entry->watched)
		return true;
	if (strchr(entry->path, '\n') != NULL)
		return error_set(error, "a path has a line break in it");
	snprintf(copy, sizeof(copy), "%s/" COPY_START "XXXXXX", directory);
	if (!save_copy(entry, copy, error)) {
		error_prefix(error, "%s", entry->path);
		return false;
	}
	fprintf(manifest, "%s %llu %s\n", strrchr(copy, '/') + 1,
	    (unsigned long long)entry->id.size, entry->path);
	return true;
}

static bool
save_manifest(const struct files *files, const char *directory,
    const char *path, struct error *error)
{
	FILE *manifest = fopen(path, "we");

	if (manifest == NULL)
		return error_set(error, "%s: %s", path, strerror(errno));
	fprintf(manifest, STR_FORMAT "\n", STR_ARGS(manifest_head));

	bool done = true;
	for (const struct entry *entry = files->first; done && entry != NULL;
	     entry = entry->next)
		done = save_entry(entry, directory, manifest, error);
	if (done && (fflush(manifest) != 0 || fsync(fileno(manifest)) != 0))
		done = error_set(error, "%s: %s", path, strerror(errno));
	if (fclose(manifest) != 0 && done)
		done = error_set(error, "%s: %s", path, strerror(errno));
	return done;
}

/* Makes what was done in a directory last. */
static bool
sync_directory(const char *directory, struct error *error)
{
	int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (descriptor < 0)
		return error_set(error, "%s: %s", directory, strerror(errno));
	return sync_and_close(descriptor, true, error);
}

/* Removes the copies that no row names: of older sets, of broken attempts. */
static void
sweep(const char *directory)
{
	struct arena *arena = arena_new(0);
	struct files *named = files_new(arena, directory);
	const struct dirent *file;
	DIR *stream = NULL;

	/* A manifest that cannot be read may still name copies. */
	if (named->manifest.length > 0 || named->absent)
		stream = opendir(directory);
	while (stream != NULL && (file = readdir(stream)) != NULL) {
		struct lines lines = lines_of(named->manifest);
		struct str line, copy, path;
		unsigned long size;
		bool wanted = false;

		while (!wanted && lines_next(&lines, &line))
			wanted = manifest_row(line, &copy, &size, &path) &&
			    str_equal(copy, str_from(file->d_name));
		if (!wanted &&
		    str_starts(str_from(file->d_name), STR(COPY_START)))
			unlinkat(dirfd(stream), file->d_name, 0);
	}
	if (stream != NULL)
		closedir(stream);
	arena_free(arena);
}

bool
files_save(const struct files *files, const char *directory,
    struct error *error)
{
	char manifest[PATH_MAX], written[PATH_MAX];

	if (mkdir(directory, 0700) != 0 && errno != EEXIST)
		return error_set(error, "%s: %s", directory, strerror(errno));
	snprintf(manifest, sizeof(manifest), "%s/manifest", directory);
	snprintf(written, sizeof(written), "%s/manifest.new", directory);

	/* The names of the copies must be on disk before what names them. */
	bool done = save_manifest(files, directory, written, error) &&
	    sync_directory(directory, error);
	if (done && rename(written, manifest) != 0)
		done = error_set(error, "%s: %s", manifest, strerror(errno));
	if (done)
		done = sync_directory(directory, error);
	sweep(directory);
	return done;
}
