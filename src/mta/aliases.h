/*
 * aliases.h - where mail for a name ends on this host, and by which way.
 *
 * Followed as the MTA does: through its maps of addresses, its aliases,
 * :include: files and ~/.forward, each step with its place, until every
 * branch ends: off the host, in a mailbox, a file, a program, or nowhere.
 * What nobody can read is an end of its own, ALIAS_UNKNOWN.
 */
#ifndef MTA_ALIASES_H
#define MTA_ALIASES_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/place.h"
#include "base/str.h"
#include "base/tree.h"
#include "host/users.h"
#include "mta/aliases_text.h"
#include "mta/mta.h"

#include <stdbool.h>
#include <stddef.h>

enum alias_end {
	ALIAS_OFFHOST, /* an address of another host */
	ALIAS_LOGIN,   /* the mailbox of a person's account */
	ALIAS_ACCOUNT, /* that of an account which an alias names, on a host
			* whose accounts nobody has given */
	ALIAS_SYSTEM,  /* that of root, a service, or of nobody who logs in */
	ALIAS_FILE,    /* a file, or a mailbox of no account */
	ALIAS_PIPE,    /* a program */
	ALIAS_NOWHERE, /* refused, bounced, thrown away, or round for ever */
	ALIAS_UNKNOWN, /* could not look */
};

/* One name on the way, and what it was named by. */
struct alias_node {
	const struct alias_node *from; /* NULL: the name that was asked for */
	const struct alias_node *next; /* in the order of finding */
	struct str local;
	struct str domain;  /* empty: none */
	bool exact;         /* \name: no alias, no .forward */
	bool file;          /* local is an :include: file: its lines follow */
	unsigned stage;     /* how far an MTA is with it; its own business */
	const char *by;     /* "alias_maps", "~/.forward"; NULL: asked for */
	struct place place; /* of the entry that names it */
};

struct alias_leaf {
	const struct alias_leaf *next;
	enum alias_end end;
	struct str text;               /* address, path, command */
	const struct host_user *user;  /* of LOGIN, SYSTEM */
	const struct alias_node *node; /* the last name on the way */
	struct place place;            /* of what leads there */
	const char *reason;            /* NOWHERE, UNKNOWN: why; else NULL, or
	                                * how it is delivered */
};

enum {
	/* The most names that are followed: a list of subscribers is not. */
	ALIAS_NODES = 4096,
};

struct alias_route {
	const struct alias_leaf *leaves; /* in the order of finding */
	size_t count;
	const struct alias_node *nodes; /* every name that was met */
	/* A map of aliases was not there, or could not be used; its source
	 * was read in its place. NULL: none. */
	const char *unbuilt;
};

/* Follows mail for a name, "root" or "root@example.com". */
void aliases_follow(const struct mta *mta, const struct mta_host *host,
    struct str name, struct arena *arena, struct alias_route *route);

/* "off-host address", "login account" … */
const char *alias_end_name(enum alias_end end);

/*
 * The way to a leaf as one line: "postmaster -> root -> soc@example.com"; in
 * the arena.
 */
const char *alias_chain(const struct alias_leaf *leaf, struct arena *arena);

/* ---- for the MTAs, one file each: aliases_<mta>.c ---- */

struct alias_walk {
	struct arena *arena;
	struct tree *tree;
	enum aliases_dialect dialect;
	struct host_users users;
	enum lookup users_found;
	const struct alias_node *first, **end;
	const struct alias_node *at; /* the next to look at */
	size_t nodes;
	const struct alias_leaf *first_leaf, **leaf_end;
	struct alias_route *route;
	/* A name that is met again on the way is not a loop: it goes on. */
	bool goes_on;
	/* Puts a new name into the form in which names are compared. */
	void (*settle)(struct alias_walk *walk, struct alias_node *node);
	/* Takes a name one step on: names and leaves come of it. */
	void (*step)(struct alias_walk *walk, const struct alias_node *node);
	const void *state; /* of the MTA's own */
};

/* Starts at a name, walks to the end, and fills the route. */
void alias_walk_run(struct alias_walk *walk, struct str name);

/* What a step has found: a name at a stage of the MTA … */
struct alias_by {
	const char *by;
	struct place place;
	unsigned stage;
};
/* (a name that leads to itself becomes exact, any other loop is an end) */
void alias_walk_name(struct alias_walk *walk, const struct alias_node *from,
    struct str local, struct str domain, const struct alias_by *by);
/* … all that a value names … */
void alias_walk_value(struct alias_walk *walk, const struct alias_node *from,
    struct str value, const struct alias_by *by);
/* … a file of such values (.forward, :include:) … */
void alias_walk_lines(struct alias_walk *walk, const struct alias_node *from,
    const char *path, struct str text, const struct alias_by *by);
/* … or an end. */
struct alias_leaf *alias_walk_end(struct alias_walk *walk,
    const struct alias_node *from, enum alias_end end, struct str text,
    struct place place, const char *reason);

/* The end in the mailbox of an account of the host, or that there is none. */
void alias_walk_mailbox(struct alias_walk *walk, const struct alias_node *from,
    struct str account, const char *how);

/*
 * A path with $home and $user in it, as an account has it, without address
 * extension; NULL: there is another $name in it. In the arena.
 */
const char *alias_user_path(struct str path, const struct host_user *user,
    struct arena *arena);

/*
 * Follows a .forward of an account. False: there is none that leads anywhere,
 * or that an MTA would use (it is the user's or root's, not for others to
 * write).
 */
bool alias_walk_forward(struct alias_walk *walk, const struct alias_node *from,
    const struct host_user *user, const char *path, unsigned stage);

void aliases_postfix_follow(const struct mta *mta, const struct mta_host *host,
    struct str name, struct alias_walk *walk);
void aliases_sendmail_follow(const struct mta *mta, const struct mta_host *host,
    struct str name, struct alias_walk *walk);
void aliases_exim_follow(const struct mta *mta, const struct mta_host *host,
    struct str name, struct alias_walk *walk);

#endif
