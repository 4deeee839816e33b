/*
 * test_packages.c - what dpkg and rpm have written down as installed.
 */
#include "host/packages.h"

#include "tests/lib/tap.h"

#include <stdlib.h>

static const char *
version_of(const struct package *first, const char *name)
{
	struct packages packages = { .state = LOOKUP_FOUND, .first = first };
	const struct package *found;

	if (packages_find(&packages, str_from(name), &found) != LOOKUP_FOUND)
		return "none";
	return found->version.data;
}

static void
the_status_says_what_is_in_place(void)
{
	static const struct {
		const char *status;
		const char *version;
	} cases[] = {
		{ "Status: install ok installed\n", "1" },
		{ "Status: hold ok installed\n", "1" },
		{ "Status: install ok triggers-pending\n", "1" },
		{ "Status: install ok unpacked\n", "1" },
		{ "Status: deinstall ok config-files\n", "none" },
		{ "Status: purge ok not-installed\n", "none" },
		{ "Status: install reinstreq half-installed\n", "none" },
		{ "status: install ok installed\n", "1" },
		{ "", "none" },
		{ "Description: x\n Status: install ok installed\n", "none" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *text = arena_print(arena,
		    "Package: postfix\n%sVersion: 1\n", cases[i].status);

		tap_case("%s", cases[i].status);
		CHECK_STR(version_of(packages_parse_dpkg(str_from(text), "f",
					 arena),
			      "postfix"),
		    cases[i].version);
		arena_free(arena);
	}
}

static void
each_stanza_is_one_package_in_its_place(void)
{
	static const char text[] =
	    "Package: a\nStatus: install ok installed\nVersion: 1:2-3\n"
	    "Conffiles:\n /etc/a x\n\n\n"
	    "Package: b\nVersion: 4\n\n"
	    "Package: c\nStatus: install ok installed\nVersion: 5";
	struct arena *arena = arena_new(0);
	const struct package *first =
	    packages_parse_dpkg(STR(text), "status", arena);

	CHECK_STR(version_of(first, "a"), "1:2-3");
	CHECK_STR(version_of(first, "b"), "none");
	CHECK_STR(version_of(first, "c"), "5");
	CHECK_INT(first->place.line, 1);
	CHECK_INT(first->next->place.line, 11);
	CHECK_STR(version_of(first, "Conffiles"), "none");
	arena_free(arena);
}

/* A header with one string a tag, as rpm stores it. */
static struct str
header(char *bytes, const char *name, const char *version, const char *release)
{
	const char *const values[] = { name, version, release };
	size_t data = 8 + 3 * 16, length = 0;

	memset(bytes, 0, data);
	bytes[3] = 3;
	for (size_t i = 0; i < 3; i++) {
		char *entry = bytes + 8 + 16 * i;
		unsigned tag = 1000 + (unsigned)i;

		entry[2] = (char)(tag >> 8);
		entry[3] = (char)tag;
		entry[7] = 6;
		entry[11] = (char)length;
		entry[15] = 1;
		memcpy(bytes + data + length, values[i], strlen(values[i]) + 1);
		length += strlen(values[i]) + 1;
	}
	bytes[7] = (char)length;
	return (struct str){ bytes, data + length };
}

static void
a_header_of_rpm_has_name_and_version(void)
{
	struct arena *arena = arena_new(0);
	struct package package;
	char bytes[256];
	struct str whole = header(bytes, "postfix", "3.5.25", "1.el9");

	if (CHECK(packages_parse_rpm(whole, arena, &package))) {
		CHECK_STR(package.name.data, "postfix");
		CHECK_STR(package.version.data, "3.5.25-1.el9");
	}
	for (size_t i = 0; i < whole.length; i++) {
		/* A copy of its own, for the sanitizer to guard its end. */
		char *cut = malloc(i + 1);

		memcpy(cut, bytes, i);
		tap_case("cut after %zu bytes", i);
		CHECK(!packages_parse_rpm((struct str){ cut, i }, arena,
		    &package));
		free(cut);
	}
	bytes[0] = 127;
	tap_case("an index of two billion entries");
	CHECK(!packages_parse_rpm(whole, arena, &package));
	arena_free(arena);
}

static void
what_cannot_be_looked_at_is_not_missing(void)
{
	struct packages packages = { .state = LOOKUP_FAILED };

	CHECK_INT(packages_find(&packages, STR("postfix"), NULL),
	    LOOKUP_FAILED);
	packages.state = LOOKUP_MISSING;
	CHECK_INT(packages_find(&packages, STR("postfix"), NULL),
	    LOOKUP_FAILED);
}

static const struct tap_test tests[] = {
	TAP_TEST(the_status_says_what_is_in_place),
	TAP_TEST(each_stanza_is_one_package_in_its_place),
	TAP_TEST(a_header_of_rpm_has_name_and_version),
	TAP_TEST(what_cannot_be_looked_at_is_not_missing),
};

int
main(void)
{
	return TAP_RUN(tests);
}
