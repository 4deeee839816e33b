/*
 * exim.h - an Exim as it is configured.
 *
 * Read from its configuration file, or from the parts of which Debian's
 * update-exim4.conf(8) makes one when Exim is started. Expansions ($…) are
 * kept as they are written: exim_expand.h tells what they come to.
 */
#ifndef MTA_EXIM_H
#define MTA_EXIM_H

#include "base/arena.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"
#include "mta/exim_text.h"
#include "mta/mta.h"

#include <stdbool.h>
#include <stddef.h>

/* "name = value", or a name alone. */
struct exim_option {
	struct str name;
	struct str value; /* of a string in quotes, what is in them */
	bool flag;        /* a name alone: true, and "no_" was cut if false */
	bool on;
	bool negated; /* of a condition of an ACL: "!hosts" */
	struct place place;
};

struct exim_options {
	const struct exim_option *options;
	size_t count;
};

/* domainlist, hostlist, addresslist, localpartlist. */
struct exim_named_list {
	struct str kind, name, value;
	struct place place;
};

enum exim_verb {
	EXIM_ACCEPT,
	EXIM_DEFER,
	EXIM_DENY,
	EXIM_DISCARD,
	EXIM_DROP,
	EXIM_REQUIRE,
	EXIM_WARN,
};

struct exim_statement {
	enum exim_verb verb;
	struct exim_options conditions; /* and modifiers, in their order */
	struct place place;
};

struct exim_acl {
	struct str name;
	const struct exim_statement *statements;
	size_t count;
	struct place place;
};

/* A router, transport or authenticator. */
struct exim_driver {
	struct str name;
	struct exim_options options;
	struct place place;
};

struct exim_drivers {
	const struct exim_driver *drivers;
	size_t count;
};

struct exim {
	struct arena *arena; /* owns all below */
	const struct mta_host *host;
	const char *path;    /* of the file, or the main one of the parts */
	const char *shown;   /* the same, as people would name it */
	const char *program; /* of the host, that may be asked; or NULL */
	struct exim_cache
	    *cache;    /* of files and patterns; NULL: none is kept */
	bool composed; /* of parts, which Exim itself does not read */
	struct str version;
	struct exim_options main;
	const struct exim_named_list *lists;
	size_t list_count;
	const struct exim_acl *acls;
	size_t acl_count;
	struct exim_drivers routers, transports, authenticators;
	struct problems problems;
	const char *unread; /* why not all of it is known, or NULL */
	struct place unread_place;
	const char *fatal;
	struct place fatal_place;
};

/* The last of a name counts; NULL: it is not there. */
const struct exim_option *exim_option(const struct exim_options *options,
    const char *name);

/* The value of an option, or what is built in. */
struct exim_option exim_main(const struct exim *exim, const char *name);

const struct exim_named_list *exim_list_named(const struct exim *exim,
    const char *kind, struct str name);
const struct exim_acl *exim_acl_named(const struct exim *exim, struct str name);

/* Reads lines into a model, whose problems and host are set. */
void exim_read(struct exim_text *text, struct exim *exim);

/* Where it listens: local_interfaces, daemon_smtp_ports. */
struct exim_listener {
	struct address address;
	bool any, ipv6, loopback;
	unsigned port;
	bool tls_on_connect;
	struct place place;
};

/* False: they cannot be told, and why. */
bool exim_listeners(const struct exim *exim, struct arena *arena,
    const struct exim_listener **listeners, size_t *count, struct error *error);

/*
 * The parts of Debian's configuration (update-exim4.conf(8)) in their order,
 * with the macros that it makes; false: there are none.
 */
bool exim_debian_read(struct tree *tree, const char *directory,
    struct arena *arena, struct exim_text *text, const char **path);

/*
 * Asks the program, where it may be run: its version, whether it takes the
 * configuration, and its main options, which then stand in the place of what
 * was read.
 */
void exim_ask_options(struct exim *exim);

#endif
