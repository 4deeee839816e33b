/*
 * scenario.h - reads a scenario: SMTP sessions, and what the guard says to
 * them.
 *
 * One dialogue, played by several drivers: the engine in process, the daemon
 * at its sockets, a real MTA in front of it. tests/README.md has the grammar.
 * A driver walks over the steps, asks scenario_cannot() whether it can carry
 * the step, makes the request or the SMTP command, and compares with the
 * expectation. All text lives as long as the arena.
 */
#ifndef TESTS_LIB_SCENARIO_H
#define TESTS_LIB_SCENARIO_H

#include "base/arena.h"
#include "base/error.h"
#include "base/host.h"
#include "base/str.h"
#include "mail/session.h"
#include "policy/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCENARIO_NOW = 1767225600, /* 2026-01-01, where a file says nothing */
};

/* By what the guard is asked: bits, so that a set of them is a number. */
enum scenario_protocol {
	SCENARIO_POLICY = 1 << 0,
	SCENARIO_POSTFIX_MILTER = 1 << 1,
	SCENARIO_SENDMAIL_MILTER = 1 << 2,
	SCENARIO_MILTER = SCENARIO_POSTFIX_MILTER | SCENARIO_SENDMAIL_MILTER,
	SCENARIO_ANY_PROTOCOL = SCENARIO_POLICY | SCENARIO_MILTER,
};

/* What is asked: bits likewise. */
enum scenario_place {
	SCENARIO_ENGINE = 1 << 0, /* policy_decide() */
	SCENARIO_DAEMON = 1 << 1, /* mtaguardd, at its socket */
	SCENARIO_MTA = 1 << 2,    /* a real MTA that asks mtaguardd */
	SCENARIO_ANY_PLACE = SCENARIO_ENGINE | SCENARIO_DAEMON | SCENARIO_MTA,
};

struct scenario_driver {
	enum scenario_protocol protocol;
	enum scenario_place place;
};

/* What the guard shall answer. */
enum scenario_answer {
	SCENARIO_SILENT, /* nothing is expected: the line sets something */
	SCENARIO_PASS,   /* DUNNO, continue; a real MTA accepts */
	SCENARIO_REFUSE, /* with code, dsn and the start of the text */
};

struct scenario_expectation {
	enum scenario_answer answer; /* as the client sees it */
	bool ask;     /* the policy protocol leaves the answer to the MTA */
	bool observe; /* the guard only logs it: the client sees a pass */
	unsigned code;
	struct str dsn;  /* empty: any */
	struct str text; /* how the reply starts after them */
};

/* One line of the dialogue; session is all that is known when it is said. */
struct scenario_step {
	unsigned line;
	unsigned number; /* of its session: another one, another connection */
	struct str text; /* the line, for labels */
	struct session session; /* sender, recipient: as the client writes */
	struct str parameters;  /* of MAIL and RCPT, after the argument */
	int64_t now;
	unsigned only;      /* enum scenario_protocol, together */
	unsigned places;    /* enum scenario_place, together */
	const char *reason; /* for "only"; NULL: none was given */
	struct scenario_expectation expect;
};

/* What the MTA makes of an address, where it is asked or writes macros. */
enum scenario_mta_kind {
	SCENARIO_OURS,       /* a domain that it delivers itself */
	SCENARIO_RELAY,      /* a domain that it is backup or gateway for */
	SCENARIO_ERROR,      /* a domain that it refuses itself */
	SCENARIO_FORWARD,    /* an address that it forwards: value */
	SCENARIO_CANONIFIED, /* a domain that DNS makes another of: value */
	SCENARIO_MACROS,     /* macros=none: it does not tell its mailer */
};

struct scenario_mta_row {
	enum scenario_mta_kind kind;
	struct str key;
	struct str value;
};

struct scenario {
	const char *path;
	const char *policy_path; /* below the top of the tree; NULL: inline */
	struct str policy;       /* the inline policy file */
	unsigned policy_line;    /* where it starts */
	struct host host;
	bool has_host;
	bool has_mta;
	const struct scenario_mta_row *mta;
	size_t mta_count;
	const struct scenario_step *steps;
	size_t step_count;
};

/* What a driver cannot carry, and why: the one table of it. */
struct scenario_reason {
	const char *name; /* as an "only" line says it */
	const char *why;
	unsigned protocols;     /* that can carry it */
	unsigned mta_protocols; /* on a real MTA, where not the same */
	unsigned places;        /* where it can be carried */
	/* Whether it is so of a step; NULL: files say it with "only". */
	bool (*applies)(const struct scenario *scenario,
	    const struct scenario_step *step);
};

extern const struct scenario_reason scenario_reasons[];
extern const size_t scenario_reason_count;

/* The error has the place in it: "x.scn:12: no step \"foo\"". */
bool scenario_read(const char *path, struct arena *arena,
    struct scenario *scenario, struct error *error);

/* Why a driver cannot carry a step, or NULL if it can. */
const char *scenario_cannot(const struct scenario *scenario,
    const struct scenario_step *step, struct scenario_driver driver);

/* Where a request keeps what is not in the file as such. */
struct scenario_space {
	char sender[4096];
	char recipient[4096];
	char address[4096];
	struct mailbox_space mailbox;
};

/*
 * Makes the request that the MTA would send at this step: for the policy
 * protocol with dequoted addresses, for a milter with macros that the MTA of
 * the scenario would write. A daemon's driver prints it as attributes, or
 * takes the macros from it. False if the protocol cannot say it.
 */
bool scenario_request(const struct scenario *scenario,
    const struct scenario_step *step, enum scenario_protocol protocol,
    struct scenario_space *space, struct request *request);

/*
 * What Postfix makes of an argument of MAIL or RCPT before it asks a policy
 * server: no brackets, quotes, comments, nor one level of source route.
 * False where Postfix refuses it, or what it makes is not known.
 */
bool scenario_internal(struct str argument, char *space, size_t size,
    struct str *internal);

#endif
