/*
 * units.c - which services start with the host, as it stands on disk.
 */
#include "host/units.h"

static const struct str wants = STR_INIT(".wants");
static const struct str requires = STR_INIT(".requires");

/* systemd.unit(5), "Unit file load path": the strongest first. */
static const char *const directories[] = {
	"/etc/systemd/system",
	"/run/systemd/system",
	"/run/systemd/generator",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",
	"/run/systemd/generator.late",
};

/* Runlevels of a running host; systemd-sysv-generator(8) reads them so. */
static const char *const runlevels[] = {
	"/etc/rc2.d",
	"/etc/rc3.d",
	"/etc/rc4.d",
	"/etc/rc5.d",
	"/etc/rc.d/rc2.d",
	"/etc/rc.d/rc3.d",
	"/etc/rc.d/rc4.d",
	"/etc/rc.d/rc5.d",
};

/* Units while they are being read. */
struct reading {
	struct tree *tree;
	struct arena *arena;
	struct units *units;
	const struct unit_entry **end;
};

static struct str
base_name(struct str path)
{
	struct str before, name;

	return str_cut_last(path, '/', &before, &name) ? name : path;
}

static void
add(struct reading *reading, const struct unit_entry *found, const char *path)
{
	struct unit_entry *entry = arena_alloc(reading->arena, sizeof(*entry));

	*entry = *found;
	entry->name = arena_copy(reading->arena, found->name);
	entry->target = arena_copy(reading->arena, found->target);
	entry->holder = arena_copy(reading->arena, found->holder);
	entry->path = tree_shown(reading->tree, path);
	*reading->end = entry;
	reading->end = &entry->next;
}

static void
failed(struct reading *reading, const char *path, const struct error *error)
{
	reading->units->state = LOOKUP_FAILED;
	if (reading->units->reason == NULL)
		reading->units->reason = arena_print(reading->arena, "%s: %s",
		    tree_shown(reading->tree, path), error->text);
}

bool
units_parse_link(struct str directory, struct str name, struct str target,
    struct unit_entry *entry)
{
	struct str holder = base_name(directory);

	*entry = (struct unit_entry){ .name = name,
		.target = base_name(target),
		.masked = str_equal(target, STR("/dev/null")) };
	if (name.length == 0)
		return false;
	if (str_ends(holder, wants))
		entry->holder =
		    str_slice(holder, 0, holder.length - wants.length);
	else if (str_ends(holder, requires))
		entry->holder =
		    str_slice(holder, 0, holder.length - requires.length);
	return true;
}

/* A unit's file, or a link that stands for one. */
static void
read_entry(struct reading *reading, const char *directory, const char *name)
{
	const char *path =
	    arena_print(reading->arena, "%s/%s", directory, name);
	struct unit_entry entry;
	struct error error;
	struct stat status;
	const char *target;
	enum lookup state = tree_lstat(reading->tree, path, reading->arena,
	    &status, &target, &error);

	if (state == LOOKUP_FAILED)
		failed(reading, path, &error);
	if (state != LOOKUP_FOUND ||
	    !units_parse_link(str_from(directory), str_from(name),
		target != NULL ? str_from(target) : (struct str){ NULL, 0 },
		&entry))
		return;
	if (S_ISREG(status.st_mode) && status.st_size == 0 &&
	    entry.holder.length == 0)
		entry.masked = true;
	add(reading, &entry, path);
}

static void
read_directory(struct reading *reading, const char *directory, bool below)
{
	struct error error;
	const char **names;
	size_t count;
	enum lookup state = tree_list(reading->tree, directory, reading->arena,
	    &names, &count, &error);

	if (state == LOOKUP_FAILED)
		failed(reading, directory, &error);
	for (size_t i = 0; state == LOOKUP_FOUND && i < count; i++) {
		struct str name = str_from(names[i]);

		if (str_ends(name, wants) || str_ends(name, requires)) {
			if (below)
				read_directory(reading,
				    arena_print(reading->arena, "%s/%s",
					directory, names[i]),
				    false);
		} else if (str_ends(name, STR(".service")) ||
		    str_ends(name, STR(".socket")) ||
		    str_ends(name, STR(".timer")) ||
		    str_ends(name, STR(".path"))) {
			read_entry(reading, directory, names[i]);
		}
	}
}

/* "S20postfix" in a runlevel stands for postfix.service. */
static void
read_runlevel(struct reading *reading, const char *directory)
{
	enum {
		ORDER = 3, /* letter and number before the name */
	};
	struct error error;
	const char **names;
	size_t count;
	enum lookup state = tree_list(reading->tree, directory, reading->arena,
	    &names, &count, &error);

	if (state == LOOKUP_FAILED)
		failed(reading, directory, &error);
	for (size_t i = 0; state == LOOKUP_FOUND && i < count; i++) {
		if (names[i][0] != 'S' || strlen(names[i]) <= ORDER)
			continue;
		struct unit_entry entry = {
			.name = str_from(arena_print(reading->arena,
			    "%s.service", names[i] + ORDER)),
			.holder = STR("runlevel"),
		};
		add(reading, &entry,
		    arena_print(reading->arena, "%s/%s", directory, names[i]));
	}
}

/* A script is a unit's file, weaker than any of systemd's own. */
static void
read_scripts(struct reading *reading)
{
	static const char path[] = "/etc/init.d";
	struct error error;
	const char **names;
	size_t count;
	enum lookup state = tree_list(reading->tree, path, reading->arena,
	    &names, &count, &error);

	if (state == LOOKUP_FAILED)
		failed(reading, path, &error);
	for (size_t i = 0; state == LOOKUP_FOUND && i < count; i++) {
		struct unit_entry entry = {
			.name = str_from(arena_print(reading->arena,
			    "%s.service", names[i])),
		};

		add(reading, &entry,
		    arena_print(reading->arena, "%s/%s", path, names[i]));
	}
}

void
units_read(struct tree *tree, struct arena *arena, struct units *units)
{
	struct reading reading = { tree, arena, units, &units->first };

	*units = (struct units){ .state = LOOKUP_FOUND };
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]);
	     i++)
		read_directory(&reading, directories[i], true);
	read_scripts(&reading);
	for (size_t i = 0; i < sizeof(runlevels) / sizeof(runlevels[0]); i++)
		read_runlevel(&reading, runlevels[i]);
}

/* "postfix@.service" of "postfix@-.service"; empty: no instance. */
static bool
is_template_of(struct str template, struct str name)
{
	struct str before, after, prefix, suffix;

	return str_cut(name, '@', &before, &after) &&
	    str_cut(template, '@', &prefix, &suffix) &&
	    str_equal(before, prefix) && str_ends(after, suffix) &&
	    suffix.length > 0 && suffix.data[0] == '.';
}

/* Whether an entry of a *.wants speaks of the unit. */
static bool
speaks_of(const struct unit_entry *entry, struct str name, bool instances)
{
	if (instances)
		return is_template_of(name, entry->name);
	return str_equal(entry->name, name) || str_equal(entry->target, name);
}

static enum lookup
find(const struct units *units, struct str name, bool instances,
    struct unit *unit)
{
	const struct unit_entry *own = NULL, *wanted = NULL;

	*unit = (struct unit){ .enablement = UNIT_ABSENT };
	for (const struct unit_entry *entry = units->first; entry != NULL;
	     entry = entry->next)
		if (entry->holder.length > 0) {
			if (wanted == NULL && speaks_of(entry, name, instances))
				wanted = entry;
		} else if (own == NULL &&
		    (str_equal(entry->name, name) ||
			is_template_of(entry->name, name))) {
			own = entry;
		}

	if (own != NULL && !own->masked && own->target.length > 0 &&
	    !str_equal(own->target, own->name)) {
		unit->alias = own->target;
		unit->by = own->path;
	}
	if (own != NULL) {
		unit->file = own->path;
		unit->enablement = UNIT_DISABLED;
	}
	if (own != NULL && own->masked) {
		unit->enablement = UNIT_MASKED;
		unit->by = own->path;
	} else if (wanted != NULL && own != NULL) {
		/* A link whose unit is gone starts nothing. */
		unit->enablement = UNIT_ENABLED;
		unit->by = wanted->path;
	}
	if (units->state == LOOKUP_FAILED && unit->enablement != UNIT_ENABLED &&
	    unit->enablement != UNIT_MASKED)
		return LOOKUP_FAILED;
	return LOOKUP_FOUND;
}

enum lookup
units_find(const struct units *units, struct str name, struct unit *unit)
{
	return find(units, name, false, unit);
}

enum lookup
units_find_instance(const struct units *units, struct str template,
    struct unit *unit)
{
	return find(units, template, true, unit);
}
