/*
 * proof.h - whether a stranger can relay through an MTA, and how.
 *
 * For every place where strangers can talk to an MTA, the search looks for a
 * session of a stranger in which a recipient of the rest of the world is
 * accepted. OPEN is proven by a session that anybody can repeat. CLOSED means
 * that the search has been through all there is. UNKNOWN says what could not
 * be read or decided, where it stands, and what would decide it; something
 * unknown that does not matter is not told.
 *
 * Where our own guard is wired in, all is proven twice: as it answers, and
 * with the guard down.
 *
 * Who is who. Strangers are clients with a public address that no network of
 * this host holds, without login or certificate; a public network that the
 * configuration itself names is somebody's, unless it is so wide that it is
 * everybody's (PROOF_WIDE…). Neighbours have an address in a network of this
 * host. Trusted are loopback, private and named networks.
 */
#ifndef CHECK_PROOF_H
#define CHECK_PROOF_H

#include "base/arena.h"
#include "base/place.h"
#include "base/str.h"
#include "mail/session.h"
#include "mta/mta.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	/* Nobody owns a network as wide as this, or wider: bits of prefix. */
	PROOF_WIDE_IPV4 = 15,
	PROOF_WIDE_IPV6 = 23,
};

/* Each is worse than the one before. */
enum proof_verdict {
	PROOF_CLOSED,
	PROOF_UNKNOWN,
	PROOF_OPEN,
};

enum proof_who {
	PROOF_STRANGER,
	PROOF_NEIGHBOUR,
	PROOF_TRUSTED,
	PROOF_LOGIN,
	PROOF_CERTIFICATE,
};

enum proof_where {
	PROOF_OURS,     /* delivered by this MTA */
	PROOF_RELAY,    /* what it relays for: relay_domains */
	PROOF_ANYWHERE, /* the rest of the world */
};

enum {
	PROOF_WHO = PROOF_CERTIFICATE + 1,
	PROOF_WHERE = PROOF_ANYWHERE + 1,
};

/* What let a session through. */
struct proof_by {
	struct str parameter;   /* "smtpd_relay_restrictions" */
	struct str restriction; /* "check_sender_access" */
	struct str argument;    /* "hash:/etc/postfix/senders" */
	struct str key, value;  /* of a table */
	struct place place;
};

struct proof_path {
	struct proof_path *next;
	struct session session;
	struct proof_by by;
	bool by_dns; /* DNS was asked, and said what a stranger would like */
	bool routed; /* accepted with a route in it, which the next hop may
		      * take */
};

struct proof_unknown {
	struct proof_unknown *next;
	struct str restriction; /* with its argument */
	const char *reason;     /* and what would decide it */
	struct place place;
};

struct proof_service {
	const struct proof_service *next;
	const struct mta *mta;
	struct str name; /* as in master.cf: "smtp", "[::1]:25" */
	unsigned port;
	bool reachable;     /* by others than this host */
	const char *closed; /* why nobody is served at all, or NULL */
	struct place closed_place;
	enum proof_verdict verdict;
	bool guarded; /* our guard is wired in */
	enum proof_verdict without_guard;
	struct proof_path *paths; /* each by another rule */
	struct proof_path *down;  /* those without the guard */
	struct proof_unknown *unknown;
	unsigned long judged; /* sessions */
};

/* What becomes of one kind of client that sends to one kind of recipient. */
struct proof_cell {
	const struct proof_cell *next;
	const struct proof_service *service;
	enum proof_who who;
	bool tls; /* of a login: within TLS only */
	enum proof_where where;
	enum proof_verdict verdict; /* OPEN: accepted, CLOSED: refused */
	struct proof_by by;
};

struct proof {
	enum proof_verdict verdict;
	bool guarded;
	enum proof_verdict without_guard;
	const struct proof_service *services;
	const struct proof_cell *matrix;
	const struct proof_service **service_end;
	const struct proof_cell **cell_end;
};

struct proof_options {
	const struct mta_host *host;
	const struct policy *policy; /* of our guard; NULL: none */
	/* Certainly strangers, beside those that the search chooses. */
	const struct address *strangers;
	size_t stranger_count;
};

struct proof_task {
	const struct proof_options *options;
	const struct mta *mta;
	struct arena *arena; /* holds all that is found */
	struct proof *proof;
};

/* Proves all MTAs of a list. */
void proof_run(const struct proof_options *options, const struct mta_list *mtas,
    struct arena *arena, struct proof *proof);

/* "closed", "unknown", "open"; "stranger" …; "ours", "relay", "anywhere". */
const char *proof_verdict_name(enum proof_verdict verdict);
const char *proof_who_name(enum proof_who who);
const char *proof_where_name(enum proof_where where);

/* ---- for the kinds of MTA, one file each: proof_<kind>.c ---- */

struct prover {
	enum mta_kind kind;
	/* Adds the services of an MTA, and their cells, to task->proof. */
	void (*prove)(const struct proof_task *task);
};

extern const struct prover proof_postfix;
extern const struct prover proof_sendmail;
extern const struct prover proof_exim;

/*
 * Adds a service; the caller goes on to fill it in, and gives its verdict to
 * proof_service_done() in the end.
 */
struct proof_service *proof_service_add(const struct proof_task *task,
    struct str name, unsigned port);
void proof_service_done(const struct proof_task *task,
    const struct proof_service *service);

/*
 * Adds to the lists of a service; what is there already is not added twice,
 * but a path that needs no DNS takes the place of one that does.
 */
void proof_path_add(struct proof_path **list, const struct proof_path *path,
    struct arena *arena);
void proof_unknown_add(struct proof_service *service, struct str restriction,
    const char *reason, struct place place, struct arena *arena);

struct proof_cell *proof_cell_add(const struct proof_task *task,
    const struct proof_service *service, enum proof_who who,
    enum proof_where where);

#endif
