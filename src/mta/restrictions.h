/*
 * restrictions.h - what one smtpd service of Postfix answers to RCPT TO.
 *
 * A concrete evaluator: given the effective configuration of a service and
 * one session, it goes through the client, helo, sender, relay and recipient
 * restrictions as Postfix does (src/smtpd/smtpd_check.c), resolves the
 * recipient (src/trivial-rewrite), and says what comes of it, and by which
 * element. What no file can tell (a policy server, SQL, DNS) is UNKNOWN
 * unless it does not matter.
 *
 * Compiled once for a service; judging is pure but for caches of tables.
 */
#ifndef MTA_RESTRICTIONS_H
#define MTA_RESTRICTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/netblock.h"
#include "base/place.h"
#include "base/str.h"
#include "mail/session.h"
#include "mta/postfix.h"
#include "mta/postfix_list.h"
#include "mta/postfix_table.h"

#include <stdbool.h>
#include <stddef.h>

enum ruling_kind {
	RULING_ACCEPT,
	RULING_REJECT,
	RULING_DEFER,
	RULING_UNKNOWN,
};

/* What Postfix makes of a recipient (trivial-rewrite, resolve_class). */
enum recipient_class {
	RECIPIENT_LOCAL,
	RECIPIENT_ALIAS,
	RECIPIENT_VIRTUAL,
	RECIPIENT_RELAY,
	RECIPIENT_OTHER, /* class default: the rest of the world */
};

enum restriction_stage {
	STAGE_CLIENT,
	STAGE_HELO,
	STAGE_SENDER,
	STAGE_RELAY,
	STAGE_RECIPIENT,
};

enum {
	STAGES = STAGE_RECIPIENT + 1,
};

/* What of a session an answer may depend on. */
enum restriction_fact {
	FACT_ADDRESS = 1 << 0, /* of the client */
	FACT_NAME = 1 << 1,    /* verified */
	FACT_REVERSE = 1 << 2, /* not verified */
	FACT_HELO = 1 << 3,
	FACT_LOGIN = 1 << 4,
	FACT_TLS = 1 << 5,
	FACT_CERTIFICATE = 1 << 6,
	FACT_SENDER = 1 << 7,
	FACT_RECIPIENT = 1 << 8,
};

/* One element of a list that was evaluated, and what it said. */
struct restriction_step {
	enum restriction_stage stage;
	unsigned depth;         /* in classes and in results of tables */
	struct str parameter;   /* "smtpd_relay_restrictions" */
	struct str restriction; /* "check_client_access" */
	struct str argument;    /* "hash:/etc/postfix/clients" */
	struct str key, value;  /* of a table: what was found */
	struct place place;     /* of the element, or of the table's entry */
	const char *result;     /* "permit", "dunno", "reject", "unknown" */
	const char *reason;     /* unknown: why, and what would decide it */
	const struct restriction_step *next;
};

struct ruling {
	enum ruling_kind kind;
	unsigned code;    /* 250, 554, 451 …; 0: not known */
	const char *text; /* "5.7.1 Relay access denied" */
	bool fatal;       /* smtpd dies at its start: nobody is served */
	unsigned facts;   /* enum restriction_fact, together: all that was
			   * looked at. A session that differs only in others
			   * gets the same ruling */
	bool discarded;   /* accepted, and thrown away */
	enum recipient_class class;
	bool class_known;
	struct place failed_place; /* of a table that could not tell it */
	bool routed;         /* the local part names another destination */
	bool outside;        /* class relay or default, and a transport that
			     * delivers: accepted means relayed */
	struct str resolved; /* the recipient after rewriting */
	struct str transport, nexthop;
	const struct restriction_step *decided; /* the step that counts */
	const struct restriction_step *permit[STAGES]; /* that ended a list */
	/* The first that nobody knows; of what is accepted for certain, if
	 * only its answer tells whether it is relayed. */
	const struct restriction_step *unknown;
	const struct restriction_step *steps; /* all, if a trace was asked */
};

struct restrictions;

/* ---- what no file tells: a callback knows it, or nobody does ---- */

/* What a policy server that is ours would say: filled in by check/guard.c. */
struct restrictions_guard {
	void *state;
	/*
	 * Whether an endpoint ("unix:mtaguard/policy") is the guard's, and
	 * then its action as in the policy protocol, in the arena. False: not
	 * known, as of any other policy server.
	 */
	bool (*ask)(void *state, struct str endpoint,
	    const struct session *session, struct arena *arena,
	    struct str *action);
	bool down; /* it does not answer: its default_action counts */
};

enum resolver_type {
	RESOLVER_A,
	RESOLVER_AAAA,
	RESOLVER_MX,
	RESOLVER_NS,
};

/* Of RESOLVER_A and RESOLVER_AAAA the address, of the others the text. */
struct resolver_record {
	unsigned preference; /* of MX */
	struct str text;     /* a host name */
	struct address address;
};

struct resolver_answer {
	enum lookup lookup; /* MISSING: no such name, or no such record */
	const struct resolver_record *records;
	size_t count;
};

/* DNS as somebody has recorded it; the programs ask no DNS. */
struct restrictions_resolver {
	void *state;
	/* False: not known. */
	bool (*find)(void *state, struct str name, enum resolver_type type,
	    struct arena *arena, struct resolver_answer *answer);
};

struct restrictions_options {
	const struct postfix *postfix;
	const struct postfix_service *service;        /* the smtpd's line */
	const struct restrictions_guard *guard;       /* NULL: none is known */
	const struct restrictions_resolver *resolver; /* NULL: no DNS */
};

/*
 * Compiles the lists of a service into the arena. Never fails: what is fatal
 * for smtpd is a ruling.
 */
struct restrictions *restrictions_new(const struct restrictions_options
					  *options,
    struct arena *arena);

/* Why smtpd dies at its start; NULL: it does not. */
const char *restrictions_fatal(const struct restrictions *restrictions,
    struct place *place);

/*
 * Judges one session at RCPT TO. The form of sender and recipient is that of
 * the session. The arena holds the ruling and what it points to.
 */
void restrictions_judge(struct restrictions *restrictions,
    const struct session *session, bool trace, struct arena *arena,
    struct ruling *ruling);

/*
 * Whether smtpd takes the sender and the recipient of a session for addresses
 * at all, or answers 501 before it looks at its lists.
 */
bool restrictions_take(const struct restrictions *restrictions,
    const struct session *session, struct arena *arena);

/*
 * One thing that the answers of a service may depend on, for whoever looks
 * for the sessions that matter (check/proof.h): an element of its lists and
 * classes, or a list or table that resolves addresses (relay_domains,
 * transport_maps) or that a table's result may ask (mynetworks), which has no
 * restriction and its parameter's name.
 */
struct restriction_element {
	enum restriction_stage stage; /* of a class: the first that names it */
	struct str parameter;
	struct str restriction; /* lower case */
	struct str argument;
	struct place place;
	unsigned facts;                  /* enum restriction_fact, together */
	struct postfix_table *table;     /* that it asks, or NULL */
	const struct postfix_list *list; /* that it asks, or NULL */
	bool parents; /* parent domains are asked for without a dot */
};

/* All of them, once each; they live as long as the restrictions. */
void restrictions_elements(const struct restrictions *restrictions,
    const struct restriction_element **elements, size_t *count);

/*
 * What the element with a number says to a session, asked alone: a word or
 * the value of a table, in the arena. Sessions to which all elements say the
 * same get the same ruling.
 */
void restrictions_ask(struct restrictions *restrictions, size_t element,
    const struct session *session, struct arena *arena, struct str *answer);

#endif
