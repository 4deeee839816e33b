/*
 * test_files.c - reading files, seeing them change, keeping copies.
 */
#include "base/files.h"

#include "tests/lib/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The working directory of all tests: made anew, removed at the end. */
static char home[] = "/tmp/mtaguard-files-XXXXXX";

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

/* Reads a file of the set; "" and the error if it cannot. */
static const char *
get(struct files *files, struct arena *arena, const char *path,
    struct error *error)
{
	struct str text;

	if (!files_read(files, path, 100, arena, &text, NULL, error))
		return "";
	return text.data;
}

static void
only_regular_files_are_read(void)
{
	static const struct {
		const char *path;
		const char *text;
		const char *error;
	} cases[] = {
		{ "plain", "hello\n", "" },
		{ "link", "hello\n", "" },
		{ "link-to-link", "hello\n", "" },
		{ "empty", "", "" },
		{ "marked", "hello\n", "" },
		{ "missing", "", "No such file or directory" },
		{ "plain/below", "", "Not a directory" },
		{ "directory", "", "is a directory" },
		{ "fifo", "", "is not a regular file" },
		{ "link-to-fifo", "", "is not a regular file" },
		{ "/dev/zero", "", "is not a regular file" },
		{ "loop", "", "Too many levels of symbolic links" },
		{ "dangling", "", "No such file or directory" },
		{ "large", "", "has 101 bytes, more than the limit of 100" },
		{ "/proc/self/status", "", "was changed while it was read" },
	};
	struct arena *arena = arena_new(0);
	struct files *files = files_new(arena, NULL);
	char large[102];

	memset(large, 'x', 101);
	large[101] = '\0';
	put("plain", "hello\n");
	put("empty", "");
	put("marked", "\xef\xbb\xbfhello\n");
	put("large", large);
	if (mkdir("directory", 0700) != 0 || mkfifo("fifo", 0600) != 0 ||
	    symlink("plain", "link") != 0 ||
	    symlink("link", "link-to-link") != 0 ||
	    symlink("fifo", "link-to-fifo") != 0 ||
	    symlink("loop", "loop") != 0 || symlink("nowhere", "dangling") != 0)
		tap_bail("cannot make files: %s", strerror(errno));

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct error error = { "" };

		tap_case("%s", cases[i].path);
		CHECK_STR(get(files, arena, cases[i].path, &error),
		    cases[i].text);
		CHECK_STR(error.text, cases[i].error);
	}
	CHECK_INT(files_count(files), TAP_COUNT(cases));
	arena_free(arena);
}

static void
the_limit_of_the_arena_holds(void)
{
	struct arena *arena = arena_new(0), *small = arena_new(1 << 16);
	struct files *files = files_new(arena, NULL);
	struct error error = { "" };
	struct str text;

	put("big", "");
	if (truncate("big", 1 << 20) != 0)
		tap_bail("truncate: %s", strerror(errno));
	CHECK(!files_read(files, "big", 0, small, &text, NULL, &error));
	CHECK_STR(error.text, "needs more than its limit of 0 MiB");
	CHECK(files_read(files, "big", 0, arena, &text, NULL, &error));
	CHECK_INT(text.length, 1 << 20);
	arena_free(small);
	arena_free(arena);
}

static void
write_again(void)
{
	put("watched", "two\n");
}

static void
grow(void)
{
	put("watched", "one and more\n");
}

static void
replace(void)
{
	put("watched.new", "one\n");
	rename("watched.new", "watched");
}

static void
keep_the_time(void)
{
	struct stat status;

	stat("watched", &status);
	struct timespec times[2] = { status.st_atim, status.st_mtim };
	put("watched", "six\n");
	utimensat(AT_FDCWD, "watched", times, 0);
}

static void
take_away(void)
{
	unlink("watched");
}

static void
make_unreadable(void)
{
	unlink("watched");
	symlink("watched", "watched");
}

static void
point_elsewhere(void)
{
	unlink("pointer");
	symlink("other", "pointer");
}

static void
make_missing(void)
{
	put("not-there-yet", "");
}

/* Waits until a change of a file gets another time than the last. */
static void
let_time_pass(void)
{
	struct stat first, now;

	put("clock", "");
	stat("clock", &first);
	do {
		put("clock", "");
		stat("clock", &now);
	} while (now.st_ctim.tv_sec == first.st_ctim.tv_sec &&
	    now.st_ctim.tv_nsec == first.st_ctim.tv_nsec);
}

static void
every_change_is_seen(void)
{
	static const struct {
		const char *what;
		void (*change)(void);
	} cases[] = {
		{ "written again, as long as before", write_again },
		{ "longer", grow },
		{ "replaced by one with the same text", replace },
		{ "written again, with the old time", keep_the_time },
		{ "removed", take_away },
		{ "no longer to be looked at", make_unreadable },
		{ "a link to another file", point_elsewhere },
		{ "a missing file is made", make_missing },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct files *files = files_new(arena, NULL);
		struct error error;

		tap_case("%s", cases[i].what);
		unlink("watched");
		unlink("pointer");
		unlink("not-there-yet");
		put("watched", "one\n");
		put("other", "one\n");
		symlink("watched", "pointer");
		let_time_pass();
		get(files, arena, "watched", &error);
		get(files, arena, "pointer", &error);
		get(files, arena, "not-there-yet", &error);

		uint64_t signature = files_signature(files);
		CHECK(!files_changed(files));
		CHECK(files_signature(files) == signature);
		cases[i].change();
		CHECK(files_changed(files));
		CHECK(files_signature(files) != signature);
		CHECK(files_signature(files) == files_signature(files));
		arena_free(arena);
	}
}

static void
what_a_shared_table_read_is_followed(void)
{
	struct arena *arena = arena_new(0);
	struct files *files = files_new(arena, NULL);
	struct file_id id;
	struct error error;

	put("table", "one\n");
	CHECK(files_identify(files, "table", &id, &error));
	CHECK_INT(files_count(files), 0);
	files_add(files, "table", &id);
	CHECK_INT(files_count(files), 1);
	CHECK(!files_changed(files));
	put("table", "other\n");
	CHECK(files_changed(files));
	CHECK(!files_identify(files, "missing", &id, &error));
	CHECK_STR(error.text, "No such file or directory");
	arena_free(arena);
}

static void
a_kept_set_is_read_as_the_files_were(void)
{
	struct arena *arena = arena_new(0);
	struct files *files = files_new(arena, NULL);
	struct error error = { "" };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/a name with spaces", home);
	put(path, "spaces\n");
	put("plain", "hello\n");
	get(files, arena, path, &error);
	get(files, arena, "plain", &error);
	get(files, arena, "link", &error);
	if (!CHECK(files_save(files, "kept", &error)))
		tap_case("%s", error.text);

	put(path, "other\n");
	unlink("plain");
	struct files *kept = files_new(arena, "kept");
	CHECK_STR(get(kept, arena, path, &error), "spaces\n");
	CHECK_STR(get(kept, arena, "plain", &error), "hello\n");
	CHECK_STR(get(kept, arena, "link", &error), "hello\n");
	CHECK(!files_changed(kept));
	CHECK_STR(get(kept, arena, "empty", &error), "");
	CHECK_STR(error.text, "no copy of it is kept in kept");

	struct files *none = files_new(arena, "nowhere");
	CHECK_STR(get(none, arena, "plain", &error), "");
	CHECK_STR(error.text,
	    "no copy is kept in nowhere: No such file or directory");

	put("kept/manifest", "mtaguard-files 1\ncopy-1 5 plain\n");
	put("kept/copy-1", "less");
	struct files *damaged = files_new(arena, "kept");
	CHECK_STR(get(damaged, arena, "plain", &error), "");
	CHECK_STR(error.text, "its copy in kept is damaged");

	put("kept/manifest", "something else\n");
	struct files *foreign = files_new(arena, "kept");
	CHECK_STR(get(foreign, arena, "plain", &error), "");
	CHECK_STR(error.text, "kept/manifest is not one of ours");
	arena_free(arena);
}

static size_t
files_in(const char *directory)
{
	DIR *stream = opendir(directory);
	size_t count = 0;

	if (stream == NULL)
		tap_bail("%s: %s", directory, strerror(errno));
	while (readdir(stream) != NULL)
		count++;
	closedir(stream);
	return count - 2;
}

static void
a_set_that_cannot_be_kept_leaves_the_old_one(void)
{
	struct arena *arena = arena_new(0);
	struct error error = { "" };
	struct files *first = files_new(arena, NULL);

	put("policy", "first\n");
	get(first, arena, "policy", &error);
	CHECK(files_save(first, "safe", &error));
	CHECK_INT(files_in("safe"), 2);

	struct files *second = files_new(arena, NULL);
	put("policy", "second\n");
	put("table", "second\n");
	get(second, arena, "policy", &error);
	get(second, arena, "table", &error);
	put("table", "third one\n");
	CHECK(!files_save(second, "safe", &error));
	CHECK_STR(error.text, "table: was changed after it was read");
	CHECK_STR(get(files_new(arena, "safe"), arena, "policy", &error),
	    "first\n");

	struct files *third = files_new(arena, NULL);
	get(third, arena, "policy", &error);
	get(third, arena, "table", &error);
	CHECK(files_save(third, "safe", &error));
	CHECK_STR(get(files_new(arena, "safe"), arena, "table", &error),
	    "third one\n");
	tap_case("no copy of an older set or a broken attempt is left");
	CHECK_INT(files_in("safe"), 3);
	arena_free(arena);
}

/* Keeps one of two sets and then the other, until it is killed. */
static _Noreturn void
save_for_ever(void)
{
	static const char *const sets[][2] = { { "a1", "a2" }, { "b1", "b2" } };

	for (size_t turn = 0;; turn++) {
		struct arena *arena = arena_new(0);
		struct files *files = files_new(arena, NULL);
		struct error error;

		put("one", sets[turn % 2][0]);
		put("two", sets[turn % 2][1]);
		get(files, arena, "one", &error);
		get(files, arena, "two", &error);
		files_save(files, "crash", &error);
		arena_free(arena);
	}
}

static void
a_crash_leaves_a_whole_set(void)
{
	for (unsigned i = 0; i < 20; i++) {
		pid_t child = fork();

		if (child == 0)
			save_for_ever();
		/* Any moment is a good one; each round takes another. */
		do
			usleep(1000 + i * 777);
		while (access("crash/manifest", F_OK) != 0);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);

		struct arena *arena = arena_new(0);
		struct files *kept = files_new(arena, "crash");
		struct error error = { "" };
		const char *one = get(kept, arena, "one", &error);
		const char *two = get(kept, arena, "two", &error);
		tap_case("round %u: \"%s\" \"%s\" %s", i, one, two, error.text);
		CHECK((strcmp(one, "a1") == 0 && strcmp(two, "a2") == 0) ||
		    (strcmp(one, "b1") == 0 && strcmp(two, "b2") == 0));
		arena_free(arena);
	}
}

static void
copies_are_for_nobody_else(void)
{
	struct arena *arena = arena_new(0);
	struct files *files = files_new(arena, NULL);
	struct error error;
	struct stat status;

	umask(0);
	put("plain", "secret\n");
	get(files, arena, "plain", &error);
	CHECK(files_save(files, "private", &error));
	CHECK(stat("private", &status) == 0);
	CHECK_INT(status.st_mode & 07777, 0700);
	CHECK(!files_save(files, "no/such/place", &error));
	CHECK_STR(error.text, "no/such/place: No such file or directory");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(only_regular_files_are_read),
	TAP_TEST(the_limit_of_the_arena_holds),
	TAP_TEST(every_change_is_seen),
	TAP_TEST(what_a_shared_table_read_is_followed),
	TAP_TEST(a_kept_set_is_read_as_the_files_were),
	TAP_TEST(a_set_that_cannot_be_kept_leaves_the_old_one),
	TAP_TEST(a_crash_leaves_a_whole_set),
	TAP_TEST(copies_are_for_nobody_else),
};

int
main(void)
{
	char command[sizeof(home) + 16];

	if (mkdtemp(home) == NULL || chdir(home) != 0)
		tap_bail("%s: %s", home, strerror(errno));
	int status = TAP_RUN(tests);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	if (chdir("/") != 0 || system(command) != 0)
		tap_bail("cannot remove %s", home);
	return status;
}
