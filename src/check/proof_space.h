/*
 * proof_space.h - the sessions of strangers that one service of Postfix can
 * tell apart.
 *
 * For each thing that a stranger chooses, some values ("atoms") stand for all:
 * taken from the keys, networks and patterns of what the service asks about
 * it, and values that nobody has named. Those to which all elements give the
 * same answer are one atom. The space is what is to be searched.
 */
#ifndef CHECK_PROOF_SPACE_H
#define CHECK_PROOF_SPACE_H

#include "base/arena.h"
#include "base/str.h"
#include "check/proof.h"
#include "check/proof_address.h"
#include "mail/session.h"
#include "mta/restrictions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which they are tried. */
enum proof_attribute {
	PROOF_ADDRESS,
	PROOF_NAME,
	PROOF_REVERSE,
	PROOF_HELO,
	PROOF_SENDER,
	PROOF_RECIPIENT,
};

enum {
	PROOF_ATTRIBUTES = PROOF_RECIPIENT + 1,
	PROOF_ATOMS_MAX = 4096, /* of one attribute */
	PROOF_TEXT_MAX = 512,   /* of an atom */
};

/* The names that stand for all that nobody has named (RFC 2606, 6761). */
#define PROOF_STRANGER_LABEL "attacker"
#define PROOF_VICTIM_LABEL   "outside"
#define PROOF_STRANGER_NAME  PROOF_STRANGER_LABEL ".example"
#define PROOF_VICTIM_NAME    PROOF_VICTIM_LABEL ".example"
/* A domain of the stranger's that names us as its second MX. */
#define PROOF_BACKUP_NAME "evilbackup.example"

struct proof_atom {
	struct str text;        /* empty: none */
	struct address address; /* PROOF_ADDRESS */
};

/* A set of 64-bit hashes. */
struct proof_seen {
	uint64_t *slots; /* 0: free */
	size_t count, capacity;
};

/* False: it was there. */
bool proof_seen_add(struct proof_seen *seen, uint64_t hash,
    struct arena *arena);
bool proof_seen_has(const struct proof_seen *seen, uint64_t hash);

struct proof_atoms {
	struct proof_atom *atoms;
	size_t count;
	struct proof_seen seen;
};

struct proof_space {
	struct arena *arena;
	const struct proof_options *options;
	const struct postfix *postfix;
	const struct postfix_service *smtpd; /* the line whose -o count */
	struct restrictions *restrictions;
	const struct restriction_element *elements;
	size_t element_count;
	bool ipv4, ipv6;     /* whether clients can come by it */
	struct session base; /* in which all is as if nobody were there */
	struct proof_atoms atoms[PROOF_ATTRIBUTES];
	struct proof_seen claimed; /* hashes of domains that are this host's */
	struct str hostname;       /* myhostname */
	struct str ours;           /* a domain that is delivered here */
	struct str relayed, aliased, mailboxes; /* of the other classes;
						 * empty: none */
	struct proof_blocks blocks;
	/* What could not be gone through: then nothing is closed. */
	struct proof_service *service;
	bool complete;
	unsigned long dns_asked; /* questions to DNS so far */
};

/*
 * Collects all atoms for strangers. What cannot be listed, and matters to an
 * element, is added to the unknown of the service, and the space is not
 * complete.
 */
void proof_space_fill(struct proof_space *space);

/* Notes that the space has a gap. */
void proof_space_gap(struct proof_space *space,
    const struct restriction_element *element, const char *reason,
    struct place place);

/* Puts an atom into a session. */
void proof_atom_set(struct session *session, enum proof_attribute attribute,
    const struct proof_atom *atom);

/* Adds a text as an atom unless one like it is there already. */
void proof_atom_add(struct proof_space *space, enum proof_attribute attribute,
    struct str text);
void proof_address_add(struct proof_space *space,
    const struct address *address);

/*
 * Whether a client can have the name, and Postfix takes the address for one:
 * what it refuses at once tells nothing.
 */
bool proof_atom_is_possible(const struct proof_space *space,
    enum proof_attribute attribute, struct str text, struct arena *work);

/*
 * What tells answers of elements apart: of a refusal, the text does not
 * matter. And what else tells atoms apart, as a number.
 */
struct str proof_action(struct str answer);
uint64_t proof_kind(const struct proof_space *space,
    enum proof_attribute attribute, const struct proof_atom *atom);

/*
 * The enum restriction_fact that an attribute bears upon: a verified name is
 * also the one of the reverse zone.
 */
unsigned proof_fact(enum proof_attribute attribute);

/*
 * Whether a domain, or one above it, is this host's. What anybody can have a
 * name below is nobody's, unless it is claimed as it is: mydestination has
 * host names of one label, and means no more.
 */
bool proof_is_claimed(const struct proof_space *space, struct str domain);
void proof_claim(struct proof_space *space, struct str domain, bool whole);

/*
 * Whether everybody can have a name below it: one label, or two of which the
 * second is a country's and the first says no more than com or co.
 */
bool proof_is_public_suffix(struct str domain);

/* ---- parts ---- */

/* Keys of tables and elements of lists: proof_keys.c. */
void proof_domains_find(struct proof_space *space);
void proof_keys_collect(struct proof_space *space);
/* Members of patterns: proof_patterns.c. */
void proof_patterns_collect(struct proof_space *space);
/* What every MTA is tried with: proof_vectors.c. */
void proof_vectors_collect(struct proof_space *space);

#endif
