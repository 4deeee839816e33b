/*
 * units.h - which services start with the host, as it stands on disk.
 *
 * systemd itself is not asked: the links that "systemctl enable" makes, masks,
 * aliases, instances of templates, what generators have left in /run, and the
 * links of SysV's runlevels, are files (systemd.unit(5)).
 */
#ifndef HOST_UNITS_H
#define HOST_UNITS_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/place.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>

/* An entry of a directory of units, or of a *.wants or *.requires in one. */
struct unit_entry {
	const struct unit_entry *next;
	struct str name;   /* "postfix.service" */
	struct str target; /* base name of what a link leads to; else empty */
	struct str holder; /* "multi-user.target"; empty: not wanted by any */
	const char *path;  /* as shown */
	bool masked;       /* leads to /dev/null, or is empty */
};

struct units {
	enum lookup state; /* FAILED: a directory could not be read */
	const char *reason;
	const struct unit_entry *first; /* the strongest directory first */
};

enum unit_enablement {
	UNIT_ABSENT,   /* no such unit */
	UNIT_DISABLED, /* nothing starts it by itself */
	UNIT_ENABLED,
	UNIT_MASKED,
};

struct unit {
	enum unit_enablement enablement;
	const char *file; /* of the unit itself, or of its template, or NULL */
	const char *by;   /* the link that enables or masks it, or NULL */
	struct str alias; /* it is a second name of this unit; else empty */
};

void units_read(struct tree *tree, struct arena *arena, struct units *units);

/* One that units_read() found; FAILED: not everything could be read. */
enum lookup units_find(const struct units *units, struct str name,
    struct unit *unit);

/* The same of any instance: "postfix@-.service" of "postfix@.service". */
enum lookup units_find_instance(const struct units *units, struct str template,
    struct unit *unit);

/*
 * The entry that a link named so and leading there makes (target empty: no
 * link); directory as in "/etc/systemd/system/x.target.wants". False: it is
 * none that says anything.
 */
bool units_parse_link(struct str directory, struct str name, struct str target,
    struct unit_entry *entry);

#endif
