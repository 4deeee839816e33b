/*
 * packages.c - which packages are installed, as the host's package manager
 * has written it down.
 */
#include "host/packages.h"

#include "base/lines.h"
#include "host/packages_rpm.h"

#include <stdbool.h>

enum {
	STATUS_MAX = 64 << 20, /* of a Debian with all its packages: 40 MiB */
};

static const char dpkg_status[] = "/var/lib/dpkg/status";

/* The third word of Status where the files of a package are in place. */
static const struct str present[] = {
	STR_INIT("installed"),
	STR_INIT("triggers-pending"),
	STR_INIT("triggers-awaited"),
	STR_INIT("half-configured"),
	STR_INIT("unpacked"),
};

static bool
is_present(struct str status)
{
	struct str before, last;

	if (!str_cut_last(status, ' ', &before, &last))
		return false;
	for (size_t i = 0; i < sizeof(present) / sizeof(present[0]); i++)
		if (str_equal(last, present[i]))
			return true;
	return false;
}

/* One stanza while its lines are read. */
struct stanza {
	struct str name, status, version;
	unsigned line;
};

static void
stanza_field(struct stanza *stanza, struct str line, unsigned number)
{
	struct str field, value;

	/* A line that starts with a blank goes on with the field before. */
	if (line.data[0] == ' ' || line.data[0] == '\t' ||
	    !str_cut(line, ':', &field, &value))
		return;
	value = str_trim(value);
	if (str_equal_nocase(field, STR("Package"))) {
		stanza->name = value;
		stanza->line = number;
	} else if (str_equal_nocase(field, STR("Status"))) {
		stanza->status = value;
	} else if (str_equal_nocase(field, STR("Version"))) {
		stanza->version = value;
	}
}

static void
stanza_end(struct stanza *stanza, const char *file, struct arena *arena,
    const struct package ***end)
{
	if (stanza->name.length > 0 && is_present(stanza->status)) {
		struct package *package = arena_alloc(arena, sizeof(*package));

		package->name = arena_copy(arena, stanza->name);
		package->version = arena_copy(arena, stanza->version);
		package->place = (struct place){ file, stanza->line };
		**end = package;
		*end = &package->next;
	}
	*stanza = (struct stanza){ .line = 0 };
}

const struct package *
packages_parse_dpkg(struct str text, const char *file, struct arena *arena)
{
	struct lines lines = lines_of(text);
	struct stanza stanza = { .line = 0 };
	const struct package *first = NULL;
	const struct package **end = &first;
	struct str line;

	while (lines_next(&lines, &line))
		if (line.length == 0)
			stanza_end(&stanza, file, arena, &end);
		else
			stanza_field(&stanza, line, lines.number);
	stanza_end(&stanza, file, arena, &end);
	return first;
}

static enum lookup
read_dpkg(struct tree *tree, struct arena *arena, struct packages *packages)
{
	struct arena *scratch = arena_new(0);
	struct error error;
	struct str text;
	enum lookup state =
	    tree_read(tree, dpkg_status, STATUS_MAX, scratch, &text, &error);

	packages->file = tree_shown(tree, dpkg_status);
	packages->manager = "dpkg";
	if (state == LOOKUP_FOUND)
		packages->first =
		    packages_parse_dpkg(text, packages->file, arena);
	else if (state == LOOKUP_FAILED)
		packages->reason = arena_print(arena, "%s", error.text);
	arena_free(scratch);
	return state;
}

void
packages_read(struct tree *tree, struct arena *arena, struct packages *packages)
{
	*packages = (struct packages){ .state = LOOKUP_MISSING };
	packages->state = read_dpkg(tree, arena, packages);
	if (packages->state != LOOKUP_MISSING)
		return;
	packages->manager = NULL;
	packages->file = NULL;
	packages_read_rpm(tree, arena, packages);
}

enum lookup
packages_find(const struct packages *packages, struct str name,
    const struct package **package)
{
	if (packages->state != LOOKUP_FOUND)
		return LOOKUP_FAILED;
	for (const struct package *each = packages->first; each != NULL;
	     each = each->next)
		if (str_equal(each->name, name)) {
			if (package != NULL)
				*package = each;
			return LOOKUP_FOUND;
		}
	return LOOKUP_MISSING;
}
