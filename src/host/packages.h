/*
 * packages.h - which packages are installed, as the host's package manager
 * has written it down.
 *
 * dpkg keeps a text, rpm an SQLite database, older rpm (RHEL 8) Berkeley DB, of
 * which the index of names is read; SUSE's rpm keeps a format of its own. Of
 * that it is known that it is there, and nothing else: every question about it
 * is LOOKUP_FAILED.
 */
#ifndef HOST_PACKAGES_H
#define HOST_PACKAGES_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/place.h"
#include "base/str.h"
#include "base/tree.h"

struct package {
	const struct package *next;
	struct str name;
	struct str version; /* "3.7.11-0+deb12u1"; empty: not known */
	struct place place;
};

struct packages {
	enum lookup state;   /* MISSING: no package manager that we know */
	const char *reason;  /* FAILED: why nothing is known */
	const char *manager; /* "dpkg", "rpm"; NULL: MISSING */
	const char *file;    /* its database */
	const struct package *first; /* those that are installed */
};

/* Reads the database of dpkg, or else that of rpm. */
void packages_read(struct tree *tree, struct arena *arena,
    struct packages *packages);

/* FAILED where nothing is known; package (may be NULL) is the one found. */
enum lookup packages_find(const struct packages *packages, struct str name,
    const struct package **package);

/*
 * The installed packages in the text of dpkg's status file. What has only left
 * its configuration files behind is not installed. Names and versions are
 * copied into the arena.
 */
const struct package *packages_parse_dpkg(struct str text, const char *file,
    struct arena *arena);

/* The same of the header of one package in rpm's database; false: damaged. */
bool packages_parse_rpm(struct str header, struct arena *arena,
    struct package *package);

#endif
