/*
 * policy.h - a policy in force: read from its file, immutable, and asked.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/arena.h"
#include "base/files.h"
#include "base/host.h"
#include "base/problems.h"
#include "policy/decision.h"
#include "policy/request.h"
#include "policy/trace.h"
#include "table/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum policy_mode {
	POLICY_ENFORCE,
	POLICY_OBSERVE,
};

enum policy_when_down {
	POLICY_DOWN_DEFER,
	POLICY_DOWN_MTA,
};

enum policy_role {
	POLICY_ROLE_NULL_CLIENT = 1 << 0,
	POLICY_ROLE_SITE_RELAY = 1 << 1,
	POLICY_ROLE_MX = 1 << 2,
	POLICY_ROLE_SUBMISSION = 1 << 3,
};

/* One entry of listen.policy or listen.milter. */
struct policy_listener {
	struct str at;    /* "unix:/path", "inet:127.0.0.1:9998", "systemd:" */
	unsigned mode;    /* permission bits of a unix socket; default 0660 */
	struct str group; /* of a unix socket; empty: left as it is */
	struct place place;
};

struct policy_ports {
	const unsigned *ports; /* none: all */
	size_t count;
};

/* Who may send to the rest of the world: one entry of relay. */
struct policy_grant {
	struct str name;
	struct place place;
	struct table_list from; /* count 0: not asked for; all others alike */
	struct table_list senders;
	struct table_list to;
	struct table_list logins; /* login = [ names ]; empty with login */
	struct table_list certificates;
	struct policy_ports ports;
	bool login; /* a mechanism other than ANONYMOUS and XCLIENT */
	bool tls;
	bool gateway;     /* from may be an address that is never trusted */
	bool null_sender; /* senders holds for <> too; default true: see .c */
	int64_t until;    /* first second when it no longer holds; 0: always */
};

/* One entry of clients. */
struct policy_clients {
	struct policy_ports ports;
	struct place place;
};

/* One setting of expect: what this host is meant to be. */
struct policy_expectation {
	struct str name;  /* "relayhost" */
	struct str value; /* of a list: with ", " between two */
	struct place place;
};

/* One entry of waivers: a check that may fail for a while, and why. */
struct policy_waiver {
	struct str check; /* its id */
	struct str reason;
	struct str until; /* the last day, as it is written */
	int64_t end;      /* first second when it no longer holds */
	struct place place;
};

struct policy_log {
	unsigned level;  /* enum log_level */
	unsigned format; /* enum log_format */
	bool syslog;
};

struct policy {
	struct arena *arena; /* owns all below, and the policy itself */
	const char *path;
	enum policy_mode mode;
	unsigned roles; /* enum policy_role, together; 0: not said */
	enum policy_when_down when_down;
	const struct policy_grant *grants;
	size_t grant_count;
	const struct policy_clients *clients;
	size_t client_count;
	struct table_list never_trust;
	bool never_trust_gateways;
	bool destinations_mta;          /* destinations has "mta" */
	struct table_list destinations; /* all others of its values */
	/* With "mta", what the lists of the MTA say where its macros do not:
	 * of Sendmail. Empty: nobody here knows them. */
	struct table_list mta_destinations;
	const struct str *own_transports; /* see mtaguard.conf(5) */
	size_t own_transport_count;
	struct place own_transports_place;
	const struct policy_listener *policy_listeners;
	size_t policy_listener_count;
	const struct policy_listener *milter_listeners;
	size_t milter_listener_count;
	/* For the checker alone; the guard never looks at these. */
	const struct policy_expectation *expectations;
	size_t expectation_count;
	struct str profile; /* empty: not said */
	struct place profile_place;
	struct str fail_on; /* "info" to "critical"; empty: not said */
	const struct policy_waiver *waivers;
	size_t waiver_count;
	struct host host; /* addresses and gateways at the time of the load */
	struct policy_log log;
	struct str user;          /* to drop to, when started as root */
	size_t connections;       /* the most at once */
	unsigned long generation; /* of this load, for the log; set by caller */
};

enum {
	/* Ten million domains; but a log that is named by mistake is not
	 * read until there is no memory left. */
	POLICY_TABLE_MEMORY = 256 << 20,
};

struct policy_options {
	const char *path;
	struct str text; /* of the file; data NULL: read it from path */
	const struct table_source *sources; /* beyond the built-in kinds */
	size_t source_count;
	struct table_store *store; /* shared by the loads of one process */
	struct files *files;       /* remembers what this load reads */
	const struct host *host;   /* copied */
	int64_t now;               /* for "until is in the past" */
	size_t memory; /* limit of one table, and of its file, in bytes; 0:
			* POLICY_TABLE_MEMORY */
};

/*
 * Reads a policy file and all that it names. All mistakes and warnings go to
 * problems. NULL if there was an error; else to be given to policy_free().
 */
struct policy *policy_load(const struct policy_options *options,
    struct problems *problems);
void policy_free(struct policy *policy);

/*
 * What a decision needs beside the policy: made once for a thread or a
 * connection, so that a decision needs no heap. What a decision borrows from
 * it lives until the next one.
 */
struct policy_scratch {
	struct table_scratch *tables;
	struct mailbox_space sender_space;
	struct mailbox_space recipient_space;
	struct mailbox sender;
	struct mailbox recipient;
};

struct policy_scratch *policy_scratch_new(void);
void policy_scratch_free(struct policy_scratch *scratch);

/*
 * Decides. Pure: reads policy and request, writes scratch, trace (may be
 * NULL) and decision, and nothing else; no heap (names that are not ASCII
 * apart), no clock, no lock. The decision borrows from all of them.
 *
 * Order (DESIGN 4): grants, clients, destinations; what is not ours and not
 * granted is refused. RFC 5321 4.5.1 for bare postmaster.
 */
void policy_decide(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace,
    struct decision *decision);

#endif
