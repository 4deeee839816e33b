/*
 * exim_expand.h - what a string or a list of an Exim configuration comes to
 * for one message (Exim specification, chapters 10 and 11).
 *
 * No program is run and no name is looked up: what would need it is unsure,
 * and says why.
 */
#ifndef MTA_EXIM_EXPAND_H
#define MTA_EXIM_EXPAND_H

#include "base/arena.h"
#include "base/netblock.h"
#include "base/str.h"
#include "host/users.h"
#include "mta/exim.h"

#include <stdbool.h>
#include <stddef.h>

enum exim_truth {
	EXIM_NO,
	EXIM_YES,
	EXIM_UNSURE,
};

/* One recipient of one message, and whatever has been found out of it. */
struct exim_message {
	const struct exim *exim;
	struct arena *arena;
	const struct address *client; /* NULL: made on the host itself */
	struct str local_part;
	struct str domain;
	const struct host_user *user; /* after check_local_user */
	bool login;                   /* the client has authenticated */
	struct str value;             /* $value of a lookup */
	unsigned depth;
	unsigned long work;  /* how much more of it may be done */
	const char *reason;  /* why something was unsure: the last of them */
	struct place looked; /* of the entry that a lookup has found */
};

enum {
	EXIM_WORK = 1000000, /* items and bytes of lists, for one message */
};

/* A message that is judged on its own. */
struct exim_message exim_message_new(const struct exim *exim,
    struct arena *arena, const struct address *client, struct str local_part,
    struct str domain);

/* NO: the expansion is forced to fail; UNSURE: nobody knows. */
enum exim_truth exim_expand(struct exim_message *message, struct str text,
    struct str *expanded);

/* Whether a condition such as exists{/file} holds; cuts it from text. */
enum exim_truth exim_condition(struct exim_message *message, struct str *text);

/* ---- lists: exim_list.c ---- */

/* The items of a list: "a : b", or "<; a ; b"; a double separator is one. */
struct exim_items {
	struct str rest;
	char separator;
	bool started;
};
struct exim_items exim_items_of(struct str list);
bool exim_items_next(struct exim_items *items, struct arena *arena,
    struct str *item);

/* Whether the client is in a list of hosts, a value in one of the others. */
enum exim_truth exim_match_host(struct exim_message *message, struct str list);
enum exim_truth exim_match_address(struct exim_message *message,
    const struct address *address, struct str list);
enum exim_truth exim_match_domain(struct exim_message *message, struct str list,
    struct str domain);
enum exim_truth exim_match_local_part(struct exim_message *message,
    struct str list, struct str local_part);

/* An entry of a file for lsearch; the place is kept in the message. */
enum exim_truth exim_lsearch(struct exim_message *message, struct str file,
    struct str key, struct str *value);

enum exim_truth exim_not(enum exim_truth truth);

#endif
