/*
 * postfix_master.h - master.cf as it is written: services, and the settings
 * that each overrides with -o.
 *
 * See master(5) and Postfix src/master/master_ent.c; the normal form of -o is
 * that of postconf(1) -P.
 */
#ifndef MTA_POSTFIX_MASTER_H
#define MTA_POSTFIX_MASTER_H

#include "base/arena.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_override {
	struct str name;
	struct str value; /* not expanded */
	unsigned line;
};

struct postfix_service {
	struct str name;           /* "smtp", "127.0.0.1:10025", "private/x" */
	struct str type;           /* inet, unix, unix-dgram, fifo, pass */
	struct str private_column; /* y, n or -: the columns as written */
	struct str unprivileged;
	struct str chroot;
	struct str wakeup;
	struct str maxproc;
	struct str command;          /* "smtpd" */
	const struct str *arguments; /* all, braces kept */
	size_t argument_count;
	const struct postfix_override *overrides; /* last one counts */
	size_t override_count;
	unsigned line;
	const char *fatal; /* why its program dies of its options, or NULL */
	unsigned fatal_line;
};

struct postfix_master {
	const char *path;
	const struct postfix_service *services; /* in the order of the file */
	size_t count;
	bool fatal; /* Postfix does not start with this text */
};

/* Reads the text of a master.cf; it and the path outlive the result. */
void postfix_master_read(const char *path, struct str text, struct arena *arena,
    struct postfix_master *master, struct problems *problems);

/* The override that counts, or NULL. */
const struct postfix_override *postfix_service_override(const struct
    postfix_service *service,
    struct str name);

#endif
