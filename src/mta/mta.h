/*
 * mta.h - the mail servers of a host, each as it is really configured.
 */
#ifndef MTA_MTA_H
#define MTA_MTA_H

#include "base/arena.h"
#include "base/error.h"
#include "base/host.h"
#include "base/problems.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mta_kind {
	MTA_POSTFIX,
	MTA_SENDMAIL,
	MTA_EXIM,
};

enum {
	MTA_KINDS = MTA_EXIM + 1,
};

/*
 * What belongs to the host and not to the files of an MTA. All of it can be
 * given for the files of another host (--hostname, --interfaces,
 * --mta-version); all but tree and network is copied by nobody, so it
 * outlives every model made of it.
 */
struct mta_host {
	struct tree *tree;
	const struct host *network; /* interfaces and their networks */
	struct str hostname;        /* gethostname(2) */
	struct str version;         /* of the MTA; empty: to be found out */
	bool network_unknown; /* of another host: network is loopback alone */
	bool elsewhere; /* only files of an MTA were given, another host's: the
			 * accounts and sockets of this one are not theirs */
	bool may_run;   /* the host's own programs may be asked: no --root */
	int64_t now;    /* seconds since 1970 */
};

/* One mail server: a Postfix instance, a Sendmail or an Exim. */
struct mta {
	enum mta_kind kind;
	struct str instance; /* of Postfix: "-" or its name; else empty */
	struct str version;  /* "3.7.11"; empty: not found out */
	const char *config;  /* main.cf's directory, or the file */
	const char *fatal;   /* why it does not start; NULL: it does */
	struct place fatal_place;
	const char *unsure; /* why fatal cannot be told, or NULL */
	struct place unsure_place;
	const char *unread; /* why its configuration is not known, or NULL */
	struct place unread_place;
	const struct problems *problems; /* what its files are warned of for */
	const struct postfix *postfix;   /* by kind; the others are NULL */
	const struct sendmail *sendmail;
	const struct exim *exim;
};

struct mta_list {
	const struct mta *mtas;
	size_t count;
};

/* What to look at, where the user has said it. */
struct mta_choice {
	bool kind_given;
	enum mta_kind kind;
	const char *config; /* directory or file; NULL: where it usually is */
};

/*
 * Finds and reads every MTA that is installed or configured below the tree,
 * or the one that was chosen. An MTA whose files cannot be read is in the list,
 * with its problems. False: the choice cannot be read at all (the
 * error names it). An empty list: no MTA here.
 */
bool mta_find(const struct mta_host *host, const struct mta_choice *choice,
    struct arena *arena, struct mta_list *list, struct error *error);

/* "postfix", "sendmail", "exim". */
const char *mta_kind_name(enum mta_kind kind);
bool mta_kind_parse(struct str text, enum mta_kind *kind);

/* Adds one to a list that is being made. */
void mta_list_add(struct mta_list *list, struct arena *arena,
    const struct mta *mta);

/* One kind: where it is usually configured, and what reads it. */
struct mta_reader {
	enum mta_kind kind;
	/*
	 * Adds what it finds to the list with mta_list_add(). Without config
	 * it looks in the usual places, and finding nothing there is no
	 * error; with one, false where it cannot be read.
	 */
	bool (*read)(const struct mta_host *host, const char *config,
	    struct arena *arena, struct mta_list *list, struct error *error);
};

/* One each in the file of its kind: postfix.c, sendmail.c, exim.c. */
extern const struct mta_reader postfix_reader;
extern const struct mta_reader sendmail_reader;
extern const struct mta_reader exim_reader;

#endif
