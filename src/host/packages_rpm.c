/*
 * packages_rpm.c - the packages that rpm has installed.
 *
 * Table Packages of rpmdb.sqlite has one header a package: two counts, an
 * index of (tag, type, offset, count), and the data that it points into, all
 * in network order (rpm-format, "Header format"). Berkeley DB's Packages has
 * the same headers, and an index of their names in a file beside it.
 */
#include "host/packages_rpm.h"

#include "base/indexed.h"

#include <stdint.h>
#include <unistd.h>
#ifdef HAVE_SQLITE3
#include <sqlite3.h>
#endif

enum {
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TYPE_STRING = 6,
	COUNTS = 8, /* bytes of the two counts */
	ENTRY = 16, /* bytes of an entry of the index */
};

#define NAMES "/var/lib/rpm/Name" /* the index of Packages in Berkeley DB */

static uint32_t
number(struct str bytes, size_t offset)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4; i++)
		value = value << 8 | (unsigned char)bytes.data[offset + i];
	return value;
}

/* The string of a tag; empty: there is none, or it leaves the header. */
static struct str
header_string(struct str index, struct str data, uint32_t tag)
{
	for (size_t i = 0; i + ENTRY <= index.length; i += ENTRY) {
		uint32_t offset = number(index, i + 8);

		if (number(index, i) != tag ||
		    number(index, i + 4) != TYPE_STRING ||
		    offset >= data.length)
			continue;

		struct str rest = str_slice(data, offset, data.length);
		const char *end = memchr(rest.data, '\0', rest.length);
		if (end == NULL)
			break;
		return str_slice(rest, 0, (size_t)(end - rest.data));
	}
	return (struct str){ NULL, 0 };
}

bool
packages_parse_rpm(struct str header, struct arena *arena,
    struct package *package)
{
	if (header.length < COUNTS)
		return false;

	size_t entries = number(header, 0);
	size_t rest = header.length - COUNTS;
	if (entries > rest / ENTRY ||
	    number(header, 4) > rest - entries * ENTRY)
		return false;

	size_t start = COUNTS + entries * ENTRY;
	struct str index = str_slice(header, COUNTS, start);
	struct str data = str_slice(header, start, start + number(header, 4));
	struct str name = header_string(index, data, TAG_NAME);
	struct str version = header_string(index, data, TAG_VERSION);
	struct str release = header_string(index, data, TAG_RELEASE);
	if (name.length == 0)
		return false;
	package->name = arena_copy(arena, name);
	package->version = str_from(arena_print(arena,
	    STR_FORMAT "-" STR_FORMAT, STR_ARGS(version), STR_ARGS(release)));
	return true;
}

#ifdef HAVE_SQLITE3
static bool
read_rows(sqlite3_stmt *statement, struct arena *arena,
    struct packages *packages)
{
	const struct package **end = &packages->first;
	int state;

	while ((state = sqlite3_step(statement)) == SQLITE_ROW) {
		struct package *package = arena_alloc(arena, sizeof(*package));
		const char *data = sqlite3_column_blob(statement, 0);
		int length = sqlite3_column_bytes(statement, 0);

		if (data == NULL || length <= 0 ||
		    !packages_parse_rpm((struct str){ data, (size_t)length },
			arena, package)) {
			packages->reason = "a package's header is damaged";
			return false;
		}
		package->place = (struct place){ packages->file, 0 };
		*end = package;
		end = &package->next;
	}
	if (state != SQLITE_DONE)
		packages->reason = "it is not a whole SQLite database";
	return state == SQLITE_DONE;
}

/*
 * Through the descriptor, so that the tree alone decides which file that is;
 * "immutable", so that nothing beside it is opened or made.
 */
static bool
read_sqlite(int descriptor, struct arena *arena, struct packages *packages)
{
	const char *name = arena_print(arena,
	    "file:/proc/self/fd/%d?mode=ro&immutable=1", descriptor);
	sqlite3_stmt *statement = NULL;
	sqlite3 *database = NULL;
	bool whole = false;

	packages->reason = "it cannot be opened as an SQLite database";
	if (sqlite3_open_v2(name, &database,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK) {
		packages->reason = "it has no table of packages";
		if (sqlite3_prepare_v2(database, "SELECT blob FROM Packages",
			-1, &statement, NULL) == SQLITE_OK)
			whole = read_rows(statement, arena, packages);
	}
	sqlite3_finalize(statement);
	sqlite3_close(database);
	return whole;
}
#else
static bool
read_sqlite(int descriptor, struct arena *arena, struct packages *packages)
{
	(void)descriptor;
	(void)arena;
	packages->reason = "built without SQLite, which reads rpm's database";
	return false;
}
#endif

/* What was written last stands in the journal beside it, until it is merged. */
static bool
has_journal(struct tree *tree, const char *path, struct arena *arena)
{
	struct error error;
	struct stat status;
	enum lookup state = tree_stat(tree, arena_print(arena, "%s-wal", path),
	    &status, &error);

	return state == LOOKUP_FAILED ||
	    (state == LOOKUP_FOUND && status.st_size > 0);
}

static void
try_sqlite(struct tree *tree, const char *path, struct arena *arena,
    struct packages *packages)
{
	struct error error;
	int descriptor;
	enum lookup state = tree_open(tree, path, &descriptor, &error);

	if (state == LOOKUP_MISSING)
		return;
	packages->state = LOOKUP_FAILED;
	packages->manager = "rpm";
	packages->file = tree_shown(tree, path);
	if (state == LOOKUP_FAILED) {
		packages->reason = arena_print(arena, "%s", error.text);
		return;
	}
	if (has_journal(tree, path, arena))
		packages->reason = "it is being written to";
	else if (read_sqlite(descriptor, arena, packages))
		packages->state = LOOKUP_FOUND;
	close(descriptor);
}

static void
try_other(struct tree *tree, const char *path, struct arena *arena,
    struct packages *packages)
{
	struct error error;
	struct stat status;

	if (tree_stat(tree, path, &status, &error) == LOOKUP_MISSING)
		return;
	packages->state = LOOKUP_FAILED;
	packages->manager = "rpm";
	packages->file = tree_shown(tree, path);
	packages->reason =
	    arena_print(arena, "rpm's database is not in SQLite's format");
}

/* A name of the index; its value says where in Packages the headers are. */
struct names {
	struct arena *arena;
	const struct package **end;
	struct place place;
};

static bool
name_add(void *state, struct str key, struct str value)
{
	struct names *names = state;
	struct package *package = arena_alloc(names->arena, sizeof(*package));

	(void)value;
	package->name = arena_copy(names->arena, key);
	package->place = names->place;
	*names->end = package;
	names->end = &package->next;
	return true;
}

static bool
read_names(const struct indexed_file *file, struct packages *packages,
    const char *shown)
{
	static const struct indexed_reader *const readers[] = { &indexed_btree,
		&indexed_hash };
	struct names names = { file->arena, &packages->first, { shown, 0 } };
	struct error error;

	error_write(&error, "it is no Berkeley DB");
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		bool foreign;
		void *opened = readers[i]->open(file, &foreign, &error);

		if (opened == NULL && foreign)
			continue;
		if (opened != NULL &&
		    readers[i]->each(opened, name_add, &names, &error))
			return true;
		break;
	}
	packages->first = NULL;
	packages->reason =
	    arena_print(file->arena, "%s: %s", shown, error.text);
	return false;
}

/* The index of names tells what is installed; Packages has megabytes. */
static void
try_berkeley(struct tree *tree, const char *path, struct arena *arena,
    struct packages *packages)
{
	const char *shown = tree_shown(tree, NAMES);
	struct error error;
	struct stat status;
	int descriptor;

	if (tree_stat(tree, path, &status, &error) == LOOKUP_MISSING)
		return;
	packages->state = LOOKUP_FAILED;
	packages->manager = "rpm";
	packages->file = tree_shown(tree, path);
	if (tree_open(tree, NAMES, &descriptor, &error) != LOOKUP_FOUND) {
		packages->reason =
		    arena_print(arena, "%s: %s", shown, error.text);
		return;
	}
	if (fstat(descriptor, &status) == 0 &&
	    read_names(&(struct indexed_file){ .descriptor = descriptor,
			   .size = (uint64_t)status.st_size,
			   .arena = arena },
		packages, shown))
		packages->state = LOOKUP_FOUND;
	close(descriptor);
}

/* Where it is, and what reads it; newer rpm first. */
static const struct {
	const char *path;
	void (*read)(struct tree *tree, const char *path, struct arena *arena,
	    struct packages *packages);
} databases[] = {
	{ "/usr/lib/sysimage/rpm/rpmdb.sqlite", try_sqlite },
	{ "/var/lib/rpm/rpmdb.sqlite", try_sqlite },
	{ "/usr/lib/sysimage/rpm/Packages.db", try_other },
	{ "/var/lib/rpm/Packages.db", try_other },
	{ "/var/lib/rpm/Packages", try_berkeley },
};

void
packages_read_rpm(struct tree *tree, struct arena *arena,
    struct packages *packages)
{
	for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]) &&
	     packages->state == LOOKUP_MISSING;
	     i++)
		databases[i].read(tree, databases[i].path, arena, packages);
}
