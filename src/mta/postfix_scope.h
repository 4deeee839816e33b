/*
 * postfix_scope.h - the effective value of a parameter: for a whole Postfix
 * instance, or as one service of master.cf sees it.
 *
 * A service's -o comes before main.cf, and main.cf before what is built in.
 * A text is expanded in the scope in which it is asked for, so that a value
 * of main.cf sees the -o of the service (postconf(5), master(5)).
 */
#ifndef MTA_POSTFIX_SCOPE_H
#define MTA_POSTFIX_SCOPE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/place.h"
#include "base/str.h"
#include "mta/postfix_main.h"
#include "mta/postfix_master.h"

#include <stdbool.h>

/* What belongs to the host and the build, and not to the files. */
struct postfix_site {
	struct str hostname; /* gethostname(2) */
	struct str config_directory;
	struct str mail_version; /* "3.7.11" */
	struct str mynetworks;   /* its default, by mynetworks_style */
	unsigned version;        /* 307 */
	bool version_assumed;    /* since nothing tells it */
};

struct postfix_scope {
	const struct postfix_main *main;
	const char *master_path;
	const struct postfix_service *service; /* NULL: the instance */
	const struct postfix_site *site;
};

enum postfix_origin {
	POSTFIX_FROM_MASTER,
	POSTFIX_FROM_MAIN,
	POSTFIX_FROM_DEFAULT,
	POSTFIX_FROM_NOWHERE, /* no such name: empty */
};

struct postfix_value {
	struct str text; /* expanded; in the arena */
	struct str raw;  /* as it is written; borrowed */
	enum postfix_origin origin;
	bool beyond;        /* more than we expand: nobody knows the text */
	struct place place; /* of a default: of the one that it refers to */
};

/* "3.7.11" is 307; false: no version. */
bool postfix_version_parse(struct str text, unsigned *version);

/* Whether a name is built in. */
bool postfix_scope_has_default(const struct postfix_scope *scope,
    struct str name);

/*
 * False where Postfix would die of the expansion, or beyond is true; the error
 * has the place.
 */
bool postfix_scope_value(const struct postfix_scope *scope, struct str name,
    struct arena *arena, struct postfix_value *value, struct error *error);

#endif
