/*
 * test_tree.c - the files of a host below a directory, hostile ones too.
 */
#include "base/tree.h"

#include "tests/lib/tap.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The working directory of all tests: made anew, removed at the end. */
static char home[] = "/tmp/mtaguard-tree-XXXXXX";

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

static void
link_to(const char *target, const char *path)
{
	if (symlink(target, path) != 0)
		tap_bail("cannot make the link %s", path);
}

static void
directory(const char *path)
{
	if (mkdir(path, 0700) != 0)
		tap_bail("cannot make %s", path);
}

static const char *
at_home(const char *path)
{
	static char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s/%s", home, path);
	return whole;
}

/* What all tests look at. */
static void
make_root(void)
{
	char chain[32], next[32];

	directory("root");
	directory("root/etc");
	directory("root/etc/postfix");
	directory("root/var");
	put("secret", "of the host\n");
	put("root/secret", "of the root\n");
	put("root/etc/aliases", "root: ann\n");
	put("root/etc/postfix/main.cf", "a = b\n");
	link_to("/etc/aliases", "root/etc/postfix/absolute");
	link_to("../aliases", "root/etc/postfix/relative");
	link_to("../../../../../../secret", "root/etc/above");
	link_to(at_home("secret"), "root/etc/outside");
	link_to("/etc/postfix", "root/var/postfix");
	link_to("missing", "root/etc/dangling");
	link_to("loop", "root/etc/loop");
	link_to("../etc/mutual", "root/var/mutual");
	link_to("../var/mutual", "root/etc/mutual");
	link_to("/", "root/etc/top");
	put("root/etc/chain0", "end of the chain\n");
	for (int i = 1; i <= 41; i++) {
		snprintf(chain, sizeof(chain), "root/etc/chain%d", i);
		snprintf(next, sizeof(next), "chain%d", i - 1);
		link_to(next, chain);
	}
	if (mkfifo("root/etc/fifo", 0600) != 0 ||
	    truncate("root/etc/aliases", 10) != 0)
		tap_bail("cannot make the files of the tests");
	link_to("/dev/zero", "root/etc/device");
	link_to("fifo", "root/etc/to-fifo");
	put("root/etc/sparse", "");
	if (truncate("root/etc/sparse", (off_t)1 << 40) != 0)
		tap_bail("cannot make a sparse file");
}

static const char *
answer_name(enum lookup answer)
{
	switch (answer) {
	case LOOKUP_MISSING:
		return "missing";
	case LOOKUP_FOUND:
		return "found";
	case LOOKUP_FAILED:
		return "failed";
	}
	return "";
}

/* Paths below the root, and what is found there. */
static const struct {
	const char *path;
	const char *answer;
	const char *text; /* or the error */
} walks[] = {
	{ "/etc/aliases", "found", "root: ann\n" },
	{ "etc/aliases", "found", "root: ann\n" },
	{ "//etc/./postfix//main.cf", "found", "a = b\n" },
	{ "/etc/postfix/../aliases", "found", "root: ann\n" },
	{ "/../../etc/aliases", "found", "root: ann\n" },
	{ "/etc/postfix/absolute", "found", "root: ann\n" },
	{ "/etc/postfix/relative", "found", "root: ann\n" },
	{ "/var/postfix/relative", "found", "root: ann\n" },
	{ "/etc/above", "found", "of the root\n" },
	{ "/etc/outside", "missing", "No such file or directory" },
	{ "/etc/top/etc/top/secret", "found", "of the root\n" },
	{ "/etc/dangling", "missing", "No such file or directory" },
	{ "/etc/none", "missing", "No such file or directory" },
	{ "/etc/aliases/x", "missing", "Not a directory" },
	{ "/etc/aliases/..", "missing", "Not a directory" },
	{ "/etc/loop", "failed", "Too many levels of symbolic links" },
	{ "/etc/mutual", "failed", "Too many levels of symbolic links" },
	{ "/etc/chain40", "found", "end of the chain\n" },
	{ "/etc/chain41", "failed", "Too many levels of symbolic links" },
	{ "/etc/postfix", "failed", "is a directory" },
	{ "/etc/postfix/.", "failed", "is a directory" },
	{ "/etc/postfix/..", "failed", "is a directory" },
	{ "/", "failed", "is a directory" },
	{ "/etc/fifo", "failed", "is not a regular file" },
	{ "/etc/to-fifo", "failed", "is not a regular file" },
	{ "/etc/device", "missing", "No such file or directory" },
	{ "/etc/sparse", "failed",
	    "has 1099511627776 bytes, more than the limit of 100" },
};

static void
no_link_leads_out_of_the_root(void)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, at_home("root"), NULL);

	CHECK(!tree_is_host(tree));
	for (size_t i = 0; i < TAP_COUNT(walks); i++) {
		struct error error = { "" };
		struct str text = STR("");

		tap_case("%s", walks[i].path);
		enum lookup answer =
		    tree_read(tree, walks[i].path, 100, arena, &text, &error);
		CHECK_STR(answer_name(answer), walks[i].answer);
		CHECK_STR(answer == LOOKUP_FOUND ? text.data : error.text,
		    walks[i].text);
	}
	arena_free(arena);
}

static void
devices_of_this_host_are_not_read(void)
{
	static const char *const paths[] = { "/dev/zero", "/dev/tty", "/dev",
		"/proc/self/fd/0" };
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, NULL, NULL);
	struct str text;
	struct error error;

	CHECK(tree_is_host(tree));
	for (size_t i = 0; i < TAP_COUNT(paths); i++) {
		tap_case("%s", paths[i]);
		CHECK(tree_read(tree, paths[i], 0, arena, &text, &error) !=
		    LOOKUP_FOUND);
	}
	arena_free(arena);
}

static void
a_path_that_is_too_long_is_no_file(void)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, at_home("root"), NULL);
	char path[2 * PATH_MAX];
	struct stat status;
	struct error error;

	for (size_t i = 0; i + 1 < sizeof(path); i++)
		path[i] = i % 4 == 0 ? '/' : 'x';
	path[sizeof(path) - 1] = '\0';
	CHECK_INT(tree_stat(tree, path, &status, &error), LOOKUP_FAILED);

	/* Links that grow what is still to go. */
	char target[PATH_MAX];
	memset(target, '.', sizeof(target));
	for (size_t i = 1; i < 4090; i += 2)
		target[i] = '/';
	memcpy(target + 4080, "grow", 5);
	unlink("root/etc/grow");
	link_to(target, "root/etc/grow");
	CHECK_INT(tree_stat(tree, "/etc/grow", &status, &error), LOOKUP_FAILED);
	arena_free(arena);
}

static void
what_is_mounted_stands_in_its_place(void)
{
	static const struct {
		const char *path;
		const char *text; /* NULL: it is not there */
		const char *shown;
	} cases[] = {
		{ "/etc/postfix/main.cf", "of the case\n", "case/main.cf" },
		{ "/var/postfix/main.cf", "of the case\n",
		    "root/var/postfix/main.cf" },
		{ "/etc/postfix/relative", NULL, "case/relative" },
		{ "/etc/postfix/up", "root: bob\n", "case/up" },
		{ "/etc/postfix/over", "of the root\n", "case/over" },
		{ "/etc/aliases", "root: bob\n", "case/aliases" },
		{ "/etc/postfixed", NULL, "root/etc/postfixed" },
		{ "/opt/mail/main.cf", "of the case\n", "case/main.cf" },
		{ "/secret", "of the root\n", "root/secret" },
	};
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, at_home("root"), NULL);

	directory("case");
	put("case/main.cf", "of the case\n");
	put("case/aliases", "root: bob\n");
	link_to("../aliases", "case/up");
	link_to("/secret", "case/over");
	tree_mount(tree, "/etc/postfix/", at_home("case"));
	tree_mount(tree, "/etc/aliases", at_home("case/aliases"));
	tree_mount(tree, "/opt/mail", at_home("case"));
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct error error;
		struct str text;
		struct stat status;

		tap_case("%s", cases[i].path);
		enum lookup answer =
		    tree_read(tree, cases[i].path, 0, arena, &text, &error);
		if (cases[i].text == NULL)
			CHECK_INT(answer, LOOKUP_MISSING);
		else if (CHECK_INT(answer, LOOKUP_FOUND))
			CHECK_STR(text.data, cases[i].text);
		CHECK_INT(tree_stat(tree, cases[i].path, &status, &error),
		    answer);
		CHECK_STR(tree_shown(tree, cases[i].path),
		    at_home(cases[i].shown));
	}
	arena_free(arena);
}

static void
links_are_told_from_what_they_lead_to(void)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, at_home("root"), NULL);
	struct stat status;
	struct error error;
	const char *target;

	CHECK_INT(tree_lstat(tree, "/etc/postfix/absolute", arena, &status,
		      &target, &error),
	    LOOKUP_FOUND);
	CHECK(S_ISLNK(status.st_mode));
	CHECK_STR(target, "/etc/aliases");
	CHECK_INT(tree_stat(tree, "/etc/postfix/absolute", &status, &error),
	    LOOKUP_FOUND);
	CHECK(S_ISREG(status.st_mode));
	CHECK_INT(tree_lstat(tree, "/var/postfix/main.cf", arena, &status,
		      &target, &error),
	    LOOKUP_FOUND);
	CHECK(S_ISREG(status.st_mode));
	CHECK(target == NULL);
	CHECK_INT(tree_stat(tree, "/etc/fifo", &status, &error), LOOKUP_FOUND);
	CHECK(S_ISFIFO(status.st_mode));
	CHECK_INT(tree_lstat(tree, "/etc/dangling", arena, &status, NULL,
		      &error),
	    LOOKUP_FOUND);
	arena_free(arena);
}

static void
names_are_listed_in_order(void)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, at_home("root"), NULL);
	const char **names;
	size_t count = 0;
	struct error error;

	CHECK_INT(tree_list(tree, "/var/postfix", arena, &names, &count,
		      &error),
	    LOOKUP_FOUND);
	CHECK_INT(count, 3);
	if (count == 3) {
		CHECK_STR(names[0], "absolute");
		CHECK_STR(names[1], "main.cf");
		CHECK_STR(names[2], "relative");
	}
	CHECK_INT(tree_list(tree, "/none", arena, &names, &count, &error),
	    LOOKUP_MISSING);
	CHECK_INT(tree_list(tree, "/etc/aliases", arena, &names, &count,
		      &error),
	    LOOKUP_FAILED);
	CHECK_STR(error.text, "is not a directory");
	arena_free(arena);
}

/* Root can read everything; whoever else runs the tests stays who they are. */
static void
become_nobody(void)
{
	if (getuid() == 0 &&
	    (chmod(home, 0755) != 0 || chmod("root", 0755) != 0 ||
		seteuid(65534) != 0))
		tap_bail("cannot become nobody");
}

static void
become_oneself(void)
{
	if (getuid() == 0 && seteuid(0) != 0)
		tap_bail("cannot become root again");
}

static void
what_is_unreadable_is_not_missing(void)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, at_home("root"), NULL);
	struct str text;
	struct error error;

	directory("root/closed");
	put("root/closed/file", "x");
	put("root/unreadable", "x");
	if (chmod("root/closed", 0) != 0 || chmod("root/unreadable", 0) != 0)
		tap_bail("chmod");
	become_nobody();
	CHECK_INT(tree_read(tree, "/closed/file", 0, arena, &text, &error),
	    LOOKUP_FAILED);
	CHECK_STR(error.text, "Permission denied");
	CHECK_INT(tree_read(tree, "/unreadable", 0, arena, &text, &error),
	    LOOKUP_FAILED);
	become_oneself();
	if (chmod("root/closed", 0700) != 0)
		tap_bail("chmod");
	arena_free(arena);
}

/* Writes into a file over and over. */
static void *
change(void *stop)
{
	static const char bytes[4096] = "changing";
	int file = open("root/changing", O_RDWR | O_CLOEXEC);

	while (!atomic_load((atomic_bool *)stop)) {
		if (pwrite(file, bytes, sizeof(bytes), 0) < 0 ||
		    ftruncate(file, 1 << 20) != 0 ||
		    ftruncate(file, 1 << 19) != 0)
			break;
	}
	close(file);
	return NULL;
}

static void
a_file_that_changes_is_read_whole_or_not_at_all(void)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, at_home("root"), NULL);
	atomic_bool stop = false;
	pthread_t thread;
	unsigned torn = 0;

	put("root/changing", "");
	if (pthread_create(&thread, NULL, change, &stop) != 0)
		tap_bail("no thread");
	for (unsigned i = 0; i < 200; i++) {
		struct arena *own = arena_new(0);
		struct str text;
		struct error error;
		enum lookup answer =
		    tree_read(tree, "/changing", 0, own, &text, &error);

		if (answer == LOOKUP_FOUND)
			torn += text.length != 1 << 20 &&
			    text.length != 1 << 19 && text.length != 0 &&
			    text.length != 4096;
		else
			torn += strcmp(error.text,
				    "was changed while it was read") != 0;
		arena_free(own);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	CHECK_INT(torn, 0);
	arena_free(arena);
}

static void
what_was_looked_for_is_remembered(void)
{
	struct arena *arena = arena_new(0);
	struct files *files = files_new(arena, NULL);
	struct tree *tree = tree_new(arena, at_home("root"), files);
	const char **names;
	size_t count;
	struct stat status;
	struct str text;
	struct error error;

	tree_read(tree, "/etc/aliases", 0, arena, &text, &error);
	tree_stat(tree, "/etc/later", &status, &error);
	tree_list(tree, "/etc/postfix", arena, &names, &count, &error);
	CHECK_INT(files_count(files), 3);
	CHECK(!files_changed(files));
	put("root/etc/later", "has come");
	CHECK(files_changed(files));
	unlink("root/etc/later");
	CHECK(!files_changed(files));
	put("root/etc/postfix/new", "");
	CHECK(files_changed(files));
	unlink("root/etc/postfix/new");

	/* Looked at, not read: not of the set that is kept. */
	CHECK(files_save(files, at_home("kept"), &error));
	CHECK_INT(files_count(files_new(arena, at_home("kept"))), 0);
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(no_link_leads_out_of_the_root),
	TAP_TEST(devices_of_this_host_are_not_read),
	TAP_TEST(a_path_that_is_too_long_is_no_file),
	TAP_TEST(what_is_mounted_stands_in_its_place),
	TAP_TEST(links_are_told_from_what_they_lead_to),
	TAP_TEST(names_are_listed_in_order),
	TAP_TEST(what_is_unreadable_is_not_missing),
	TAP_TEST(a_file_that_changes_is_read_whole_or_not_at_all),
	TAP_TEST(what_was_looked_for_is_remembered),
};

int
main(void)
{
	char command[PATH_MAX + 16];

	if (mkdtemp(home) == NULL || chdir(home) != 0)
		tap_bail("cannot make %s", home);
	make_root();
	int status = TAP_RUN(tests);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	if (chdir("/") != 0 || system(command) != 0)
		tap_bail("cannot remove %s", home);
	return status;
}
