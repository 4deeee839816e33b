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
#include "mta/exim_cache.h"

#include <stdbool.h>
#include <stddef.h>

enum exim_truth {
	EXIM_NO,
	EXIM_YES,
	EXIM_UNSURE,
};

/* What of a session a judgement has depended on. */
enum exim_asked {
	EXIM_ASKED_SENDER = 1 << 0,
	EXIM_ASKED_LOCAL_PART = 1 << 1,
	EXIM_ASKED_TLS = 1 << 2,
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
	bool nameless; /* its address has no name, else one that suits it */
	bool exact;    /* sender and local part are these; else whatever suits
			* the client */
	bool chosen;   /* while ACLs are judged: they are not */
	unsigned port; /* where it connects to; 0: not known */
	struct str sender;        /* of EXACT; empty: <> */
	bool tls;                 /* of EXACT */
	unsigned asked;           /* enum exim_asked: what made a difference */
	struct exim_cache *cache; /* of files and patterns */
	struct str value;         /* $value of a lookup */
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

/* "192.0.2.1", or IPv6 in full. */
struct str exim_print_address(const struct address *address,
    struct arena *arena);

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

/* The same of an address: "user@domain", or empty. */
enum exim_truth exim_match_sender(struct exim_message *message, struct str list,
    struct str sender);

/* ---- one item of a list: exim_item.c ---- */

enum exim_subject_kind {
	EXIM_SUBJECT_HOST,
	EXIM_SUBJECT_DOMAIN,
	EXIM_SUBJECT_LOCAL_PART,
	EXIM_SUBJECT_ADDRESS,
};

struct exim_subject {
	enum exim_subject_kind kind;
	const struct address *address; /* of HOST; NULL: no host */
	struct str text;
	/* A name that cannot be had was asked for: the list ends there. */
	bool lost;
	bool doubtful; /* one that DNS may not have, though it is nobody's */
};

/* An item that is no named list and no file. */
enum exim_truth exim_match_item(struct exim_message *message,
    struct exim_subject *subject, struct str item);

/* Host bits do not matter to Exim. */
bool exim_block_holds(struct str text, const struct address *address,
    bool *is_block);

/*
 * What "lsearch", "partial-lsearch*" and so on finds in a file; the place is
 * kept in the message.
 */
enum exim_truth exim_lookup(struct exim_message *message, struct str type,
    struct str file, struct str key, struct str *value);

enum exim_truth exim_not(enum exim_truth truth);

#endif
