/*
 * test_units.c - which services start with a host, by links on its disk.
 */
#include "host/units.h"

#include "tests/lib/tap.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[] = "/tmp/mtaguard-units-XXXXXX";

/* Makes the directories above a path. */
static void
directories(const char *path)
{
	struct arena *arena = arena_new(0);

	for (const char *slash = strchr(path, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		struct str part = { path, (size_t)(slash - path) };

		mkdir(arena_copy(arena, part).data, 0755);
	}
	arena_free(arena);
}

static void
put(const char *path, const char *text)
{
	directories(path);
	FILE *file = fopen(path, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

static void
link_to(const char *target, const char *path)
{
	directories(path);
	if (symlink(target, path) != 0)
		tap_bail("cannot make the link %s", path);
}

#define ETC "etc/systemd/system/"
#define LIB "usr/lib/systemd/system/"

static void
make_units(void)
{
	static const char *const files[] = { "plain", "enabled", "masked",
		"aliased", "required", "runtime", "template@", "generated" };

	for (size_t i = 0; i < TAP_COUNT(files); i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), LIB "%s.service", files[i]);
		put(path, "[Service]\n");
	}
	link_to("/" LIB "enabled.service",
	    ETC "multi-user.target.wants/enabled.service");
	link_to("/" LIB "required.service",
	    ETC "mail.target.requires/required.service");
	link_to("/dev/null", ETC "masked.service");
	link_to("/" LIB "masked.service",
	    ETC "multi-user.target.wants/masked.service");
	put(ETC "empty.service", "");
	link_to("/" LIB "aliased.service", ETC "mta.service");
	link_to("/" LIB "aliased.service",
	    ETC "multi-user.target.wants/mta.service");
	link_to("/" LIB "template@.service",
	    "run/systemd/generator/x.service.wants/template@-.service");
	link_to("/" LIB "gone.service",
	    ETC "multi-user.target.wants/gone.service");
	put("etc/init.d/script", "#!/bin/sh\n");
	link_to("../init.d/script", "etc/rc3.d/S20script");
	put("etc/init.d/stopped", "#!/bin/sh\n");
	link_to("../init.d/stopped", "etc/rc3.d/K20stopped");
}

static void
links_on_disk_say_what_is_enabled(void)
{
	static const struct {
		const char *unit;
		enum unit_enablement enablement;
		const char *by;
	} cases[] = {
		{ "plain.service", UNIT_DISABLED, NULL },
		{ "enabled.service", UNIT_ENABLED,
		    ETC "multi-user.target.wants/enabled.service" },
		{ "required.service", UNIT_ENABLED,
		    ETC "mail.target.requires/required.service" },
		{ "masked.service", UNIT_MASKED, ETC "masked.service" },
		{ "empty.service", UNIT_MASKED, ETC "empty.service" },
		{ "aliased.service", UNIT_ENABLED,
		    ETC "multi-user.target.wants/mta.service" },
		{ "template@-.service", UNIT_ENABLED,
		    "run/systemd/generator/x.service.wants/"
		    "template@-.service" },
		{ "template@other.service", UNIT_DISABLED, NULL },
		{ "gone.service", UNIT_ABSENT, NULL },
		{ "script.service", UNIT_ENABLED, "etc/rc3.d/S20script" },
		{ "stopped.service", UNIT_DISABLED, NULL },
		{ "other.service", UNIT_ABSENT, NULL },
	};
	struct arena *arena = arena_new(0);
	struct units units;

	units_read(tree_new(arena, home, NULL), arena, &units);
	CHECK_INT(units.state, LOOKUP_FOUND);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct unit unit;

		tap_case("%s", cases[i].unit);
		CHECK_INT(units_find(&units, str_from(cases[i].unit), &unit),
		    LOOKUP_FOUND);
		CHECK_INT(unit.enablement, cases[i].enablement);
		CHECK_INT(unit.by != NULL, cases[i].by != NULL);
		if (unit.by != NULL && cases[i].by != NULL)
			CHECK(
			    str_ends(str_from(unit.by), str_from(cases[i].by)));
	}
	arena_free(arena);
}

static void
a_second_name_is_told_as_such(void)
{
	struct arena *arena = arena_new(0);
	struct units units;
	struct unit unit;

	units_read(tree_new(arena, home, NULL), arena, &units);
	units_find(&units, STR("mta.service"), &unit);
	CHECK(str_equal(unit.alias, STR("aliased.service")));
	units_find(&units, STR("aliased.service"), &unit);
	CHECK_INT(unit.alias.length, 0);
	arena_free(arena);
}

static void
any_instance_enables_its_template(void)
{
	struct arena *arena = arena_new(0);
	struct units units;
	struct unit unit;

	units_read(tree_new(arena, home, NULL), arena, &units);
	units_find_instance(&units, STR("template@.service"), &unit);
	CHECK_INT(unit.enablement, UNIT_ENABLED);
	units_find_instance(&units, STR("plain@.service"), &unit);
	CHECK_INT(unit.enablement, UNIT_ABSENT);
	arena_free(arena);
}

static void
a_directory_that_cannot_be_read_leaves_doubt(void)
{
	struct arena *arena = arena_new(0);
	struct units units;
	struct unit unit;

	/* A file where a directory should be. */
	put("bad/etc/systemd/system", "");
	char root[PATH_MAX];
	snprintf(root, sizeof(root), "%s/bad", home);
	units_read(tree_new(arena, root, NULL), arena, &units);
	CHECK_INT(units.state, LOOKUP_FAILED);
	CHECK_INT(units_find(&units, STR("x.service"), &unit), LOOKUP_FAILED);
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(links_on_disk_say_what_is_enabled),
	TAP_TEST(a_second_name_is_told_as_such),
	TAP_TEST(any_instance_enables_its_template),
	TAP_TEST(a_directory_that_cannot_be_read_leaves_doubt),
};

int
main(void)
{
	char command[64];

	if (mkdtemp(home) == NULL || chdir(home) != 0)
		tap_bail("cannot make a temporary directory");
	make_units();
	int status = TAP_RUN(tests);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	return system(command) == 0 ? status : 1;
}
