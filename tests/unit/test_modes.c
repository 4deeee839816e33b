/*
 * test_modes.c - who may read and write a file, by mode, ACL and directories.
 */
#include "host/modes.h"

#include "tests/lib/tap.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

static char home[] = "/tmp/mtaguard-modes-XXXXXX";

/* Users and groups that the cases speak of. */
static const struct host_user users[] = {
	{ .name = STR_INIT("root"), .uid = 0, .gid = 0 },
	{ .name = STR_INIT("postfix"), .uid = 101, .gid = 101 },
	{ .name = STR_INIT("ann"), .uid = 1000, .gid = 1000 },
};
static const struct group mail = {
	.name = STR_INIT("mail"),
	.members = STR_INIT("ann"),
	.gid = 8,
};
static const struct accounts accounts = {
	.state = LOOKUP_FOUND,
	.users = { .users = users, .count = TAP_COUNT(users) },
	.groups = &mail,
};

/* One entry of an ACL, as the kernel stores it. */
#define ENTRY(tag, rights, id)                                   \
	(char)(tag), 0, (char)(rights), 0, (char)((id)&0xff),    \
	    (char)((id) >> 8 & 0xff), (char)((id) >> 16 & 0xff), \
	    (char)((id) >> 24 & 0xff)
#define NOBODY 0xffffffffu
#define BASE   ENTRY(1, 6, NOBODY), ENTRY(4, 4, NOBODY), ENTRY(32, 0, NOBODY)
#define STORED(...)                                                   \
	(struct str)                                                  \
	{                                                             \
		(const char[]){ 2, 0, 0, 0, __VA_ARGS__ },            \
		    sizeof((const char[]){ 2, 0, 0, 0, __VA_ARGS__ }) \
	}

static void
an_acl_names_whom_it_lets_in(void)
{
	const struct {
		struct str value;
		const char *text; /* NULL: the mode says all */
		bool reads, writes;
	} cases[] = {
		{ STORED(BASE), NULL, false, false },
		{ STORED(BASE, ENTRY(2, 6, 101), ENTRY(16, 6, NOBODY)),
		    "user:postfix:rw-", true, true },
		{ STORED(BASE, ENTRY(2, 6, 101), ENTRY(16, 4, NOBODY)),
		    "user:postfix:r--", true, false },
		{ STORED(BASE, ENTRY(8, 5, 8), ENTRY(2, 0, 1234),
		      ENTRY(16, 7, NOBODY)),
		    "group:mail:r-x, user:1234:---", true, false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct modes_acl acl;

		tap_case("ACL %zu", i);
		CHECK(modes_parse_acl(cases[i].value, &accounts, arena, &acl));
		CHECK_STR(acl.text != NULL ? acl.text : "-",
		    cases[i].text != NULL ? cases[i].text : "-");
		CHECK_INT(acl.reads, cases[i].reads);
		CHECK_INT(acl.writes, cases[i].writes);
		arena_free(arena);
	}
}

static void
a_damaged_acl_is_told(void)
{
	static const char bytes[] = { 2, 0, 0, 0, 1, 0, 6, 0, 1 };
	struct arena *arena = arena_new(0);
	struct modes_acl acl;

	for (size_t i = 0; i <= sizeof(bytes); i++) {
		if (i == 4)
			continue; /* an empty one is whole */
		tap_case("%zu bytes", i);
		CHECK(!modes_parse_acl((struct str){ bytes, i }, &accounts,
		    arena, &acl));
	}
	arena_free(arena);
}

static void
make(const char *path, mode_t mode, bool directory)
{
	if (directory ? mkdir(path, 0700) != 0 : fclose(fopen(path, "w")) != 0)
		tap_bail("cannot make %s", path);
	if (chmod(path, mode) != 0)
		tap_bail("cannot change %s", path);
}

static void
the_acl_of_a_file_is_read(void)
{
	struct str value = STORED(ENTRY(1, 6, NOBODY), ENTRY(2, 6, 101),
	    ENTRY(4, 0, NOBODY), ENTRY(16, 6, NOBODY), ENTRY(32, 0, NOBODY));
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena, home, NULL);
	struct modes modes;
	struct error error;

	make("secret", 0600, false);
	if (CHECK_INT(modes_read(tree, "/secret", &accounts, arena, &modes,
			  &error),
		LOOKUP_FOUND))
		CHECK_INT(modes.acl.state, LOOKUP_MISSING);
	CHECK_INT(modes_read(tree, "/gone", &accounts, arena, &modes, &error),
	    LOOKUP_MISSING);
	if (setxattr("secret", "system.posix_acl_access", value.data,
		value.length, 0) != 0) {
		arena_free(arena);
		tap_skip("the file system has no ACLs");
		return;
	}
	if (CHECK_INT(modes_read(tree, "/secret", &accounts, arena, &modes,
			  &error),
		LOOKUP_FOUND) &&
	    CHECK_INT(modes.acl.state, LOOKUP_FOUND))
		CHECK_STR(modes.acl.text, "user:postfix:rw-");
	arena_free(arena);
}

static void
a_directory_that_others_may_write_is_found(void)
{
	static const struct {
		const char *path;
		const char *directory; /* NULL: none */
	} cases[] = {
		{ "/closed/file", NULL },
		{ "/open/file", "/open" },
		{ "/open/below/file", "/open" },
		{ "/sticky/file", NULL },
		{ "/closed/link/file", "/open" },
		{ "/closed/up/open/file", "/open" },
		{ "/closed/loop/file", NULL },
		{ "/group/file", "/group" },
	};

	make("closed", 0755, true);
	make("open", 0777, true);
	make("open/below", 0755, true);
	make("sticky", 01777, true);
	make("group", 0775, true);
	/* Another group than root's, which only root can give. */
	if (geteuid() == 0 && chown("group", 0, 8) != 0)
		tap_bail("cannot change the group");
	if (symlink("/open", "closed/link") != 0 ||
	    symlink("..", "closed/up") != 0 ||
	    symlink("loop", "closed/loop") != 0)
		tap_bail("cannot make links");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct tree *tree = tree_new(arena, home, NULL);
		const char *directory = NULL;
		struct error error;
		struct stat status;

		tap_case("%s", cases[i].path);
		enum lookup state = modes_open_parent(tree, cases[i].path,
		    geteuid(), arena, &directory, &status, &error);
		if (strstr(cases[i].path, "loop") != NULL)
			CHECK(state != LOOKUP_FOUND);
		else
			CHECK_INT(state,
			    cases[i].directory != NULL ? LOOKUP_FOUND
						       : LOOKUP_MISSING);
		if (state == LOOKUP_FOUND && cases[i].directory != NULL)
			CHECK(str_ends(str_from(directory),
			    str_from(cases[i].directory)));
		arena_free(arena);
	}
}

static void
a_user_comes_as_far_as_the_modes_allow(void)
{
	/* Owned by whoever runs the test, so of others but for root. */
	static const struct {
		mode_t directory, file;
		unsigned wanted;
		const char *user;
		bool reaches;
	} cases[] = {
		{ 0755, 0644, 4, "ann", true },
		{ 0755, 0644, 2, "ann", false },
		{ 0755, 0666, 6, "ann", true },
		{ 0750, 0666, 6, "ann", false },
		{ 0711, 0666, 6, "ann", true },
		{ 0700, 0600, 6, "root", true },
	};

	make("gate", 0755, true);
	make("gate/socket", 0644, false);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct tree *tree = tree_new(arena, home, NULL);
		const char *where = NULL;
		struct error error;

		chmod(home, 0755);
		chmod("gate/socket", cases[i].file);
		chmod("gate", cases[i].directory);
		tap_case("%s wants %u of %o in %o", cases[i].user,
		    cases[i].wanted, (unsigned)cases[i].file,
		    (unsigned)cases[i].directory);
		enum lookup state = modes_reach(tree, "/gate/socket", &accounts,
		    host_users_find(&accounts.users, str_from(cases[i].user)),
		    cases[i].wanted, arena, &where, &error);
		CHECK_INT(state,
		    cases[i].reaches ? LOOKUP_FOUND : LOOKUP_MISSING);
		if (state == LOOKUP_MISSING)
			CHECK(strstr(where,
				  cases[i].directory == 0750
				      ? "/gate ("
				      : "/socket (") != NULL);
		chmod("gate", 0755);
		arena_free(arena);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(an_acl_names_whom_it_lets_in),
	TAP_TEST(a_damaged_acl_is_told),
	TAP_TEST(the_acl_of_a_file_is_read),
	TAP_TEST(a_directory_that_others_may_write_is_found),
	TAP_TEST(a_user_comes_as_far_as_the_modes_allow),
};

int
main(void)
{
	char command[64];

	if (mkdtemp(home) == NULL || chdir(home) != 0)
		tap_bail("cannot make a temporary directory");
	int status = TAP_RUN(tests);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	return system(command) == 0 ? status : 1;
}
