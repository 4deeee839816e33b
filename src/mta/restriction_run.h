/*
 * restriction_run.h - one session on its way through a service's lists.
 *
 * A list ends with permit, reject or dunno; some restrictions leave something
 * behind for the end (defer_if_permit, DISCARD). What nobody knows is chosen
 * (mta/choices.h), so that a run is as definite as Postfix's own.
 */
#ifndef MTA_RESTRICTION_RUN_H
#define MTA_RESTRICTION_RUN_H

#include "base/arena.h"
#include "base/str.h"
#include "mail/session.h"
#include "mta/choices.h"
#include "mta/mail_maps.h"
#include "mta/recipient_resolve.h"
#include "mta/restriction_list.h"
#include "mta/restriction_settings.h"
#include "mta/restrictions.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	RESTRICTION_DEPTH = 100,    /* of classes and results of tables */
	RESTRICTION_CLASSES = 2000, /* gone through in one session: ours */
};

enum restriction_status {
	STATUS_DUNNO,
	STATUS_PERMIT,
	STATUS_REJECT,
};

/* A refusal for the case that the end would be another one. */
struct restriction_deferral {
	bool active;
	unsigned code;
	const char *text;
	const struct restriction_step *step;
};

struct restriction_run {
	const struct restrictions_options *options;
	const struct restriction_settings *settings;
	const struct restriction_classes *classes;
	const struct recipient_resolver *resolver;
	const struct session *session;
	struct arena *arena;
	struct choices *choices;
	bool trace;

	/* As smtpd sees the session. */
	struct str client_name;  /* "unknown": none is verified */
	struct str client_text;  /* the address */
	struct str reverse_name; /* or "unknown" */
	struct str helo;
	struct str sender, recipient;             /* in the internal form */
	bool has_helo, has_sender, has_recipient; /* by now */
	struct resolution sender_resolution, recipient_resolution;
	bool sender_resolved, recipient_resolved;

	/* On the way. */
	enum restriction_stage stage;
	struct str parameter; /* whose list it is */
	unsigned depth;
	unsigned classes_run;
	unsigned warn; /* the depth at which refusals are only logged */
	struct restriction_deferral defer_permit, defer_reject;
	bool discard;
	bool sender_checked, recipient_checked; /* for being listed */
	unsigned facts;
	struct restriction_step *step; /* of the item at hand */

	/* What came of it. */
	unsigned code;
	const char *text;
	const struct restriction_step *rejected, *unknown;
	const struct restriction_step *permit[STAGES];
	const struct restriction_step *steps;
	const struct restriction_step **end;
};

/* Evaluates a list of the session, or one inside of another. */
enum restriction_status restriction_run_list(struct restriction_run *run,
    const struct restriction_list *list);

/*
 * Refuses, or only notes it after warn_if_reject. The text is what stands
 * after the code.
 */
enum restriction_status restriction_reject(struct restriction_run *run,
    unsigned code, const char *text);

/* 451: a mistake of the configuration; warn_if_reject does not help. */
enum restriction_status restriction_error(struct restriction_run *run,
    const char *reason);

/* 451: a table could not be asked. */
enum restriction_status restriction_retry(struct restriction_run *run,
    struct place place);

/* Remembers that a permit at the end is to be a deferral. */
void restriction_defer_if_permit(struct restriction_run *run, unsigned code,
    const char *text);

/* What a table or a policy server says, "REJECT text" (access(5)). */
enum restriction_status restriction_result(struct restriction_run *run,
    struct str value);

/*
 * Takes one of the answers that something unknown may give. The reason says
 * what would make it known.
 */
unsigned restriction_choose(struct restriction_run *run, const void *what,
    struct str key, const char *reason, unsigned options);

/* The login of the client; empty where smtpd would not have taken one. */
struct str restriction_login(const struct restriction_run *run);

struct mail_lookup restriction_lookup(const struct restriction_run *run);

/* The sender's or recipient's resolution, made when first asked for. */
const struct resolution *restriction_sender(struct restriction_run *run);
const struct resolution *restriction_recipient(struct restriction_run *run);

/* reject_unlisted_recipient and its like for the sender. */
enum restriction_status restriction_listed(struct restriction_run *run,
    bool sender);

/* Asks DNS; false: it is not known. */
bool restriction_ask_dns(struct restriction_run *run, struct str name,
    enum resolver_type type, struct resolver_answer *answer);

/* A forbidden OK is 451. */
enum restriction_status restriction_forbid_permit(struct restriction_run *run,
    enum restriction_status status);

/* FOUND, MISSING or BROKEN: whether permit_mynetworks trusts the client. */
enum postfix_found restriction_trusted(struct restriction_run *run);

/* Access maps of domains and of addresses; see access(5). */
bool restriction_find_domain(struct restriction_run *run,
    const struct mail_maps *maps, struct str domain,
    enum restriction_status *status);
bool restriction_find_address(struct restriction_run *run,
    const struct mail_maps *maps, struct str address,
    enum restriction_status *status);

/* Notes in the step what a table has, and gives its result. */
enum restriction_status restriction_answer(struct restriction_run *run,
    const struct postfix_answer *answer);

#endif
