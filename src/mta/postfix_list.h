/*
 * postfix_list.h - the match lists of Postfix: mynetworks, mydestination,
 * relay_domains and their like (Postfix src/util/match_list.c,
 * match_ops.c; src/global/{string,domain,namadr}_list.c).
 *
 * The first element that matches decides; "!" turns it round; /file and
 * type:table stand for what they hold.
 */
#ifndef MTA_POSTFIX_LIST_H
#define MTA_POSTFIX_LIST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/netblock.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"
#include "mta/postfix_table.h"

#include <stdbool.h>
#include <stddef.h>

enum postfix_list_kind {
	POSTFIX_STRINGS, /* exact: mydestination, virtual_alias_domains */
	POSTFIX_DOMAINS, /* and parents: relay_domains */
	POSTFIX_CLIENTS, /* names as domains, and addresses: mynetworks */
};

enum postfix_element_kind {
	POSTFIX_ELEMENT_TEXT,  /* a name, or any word */
	POSTFIX_ELEMENT_BLOCK, /* an address or network */
	POSTFIX_ELEMENT_TABLE,
	POSTFIX_ELEMENT_BROKEN, /* of which a look-up fails: host bits, a
				 * file that is not there */
};

struct postfix_element {
	enum postfix_element_kind kind;
	bool negated;
	struct str text;
	struct netblock block;
	bool ipv4, ipv6; /* BLOCK, BROKEN: the clients that it is about */
	struct postfix_table *table;
	const char *reason; /* BROKEN */
	bool unread;        /* BROKEN for us: to Postfix it may be none */
	struct place place;
};

struct postfix_list {
	enum postfix_list_kind kind;
	bool parents; /* parent_domain_matches_subdomains names it */
	const struct postfix_element *elements; /* files are read into it */
	size_t count;
	const char *fatal; /* why Postfix dies of it ("!" alone), or NULL */
	struct place fatal_place;
};

/* How a list is read: the value of a parameter, expanded, with its place. */
struct postfix_list_source {
	enum postfix_list_kind kind;
	bool parents;
	struct str text;
	struct place place;
	/* The place of a byte of the text; NULL: place, for all. */
	struct place (*place_of)(const void *state, size_t offset);
	const void *state;
};

/* Problems (may be NULL) hears of "#", of host bits, of missing files. */
void postfix_list_read(const struct postfix_list_source *source,
    struct postfix_tables *tables, struct arena *arena,
    struct postfix_list *list, struct problems *problems);

/*
 * Looks a string or domain up, or a client by name and address. Key and place
 * of the answer are those of the element that decided, or of the entry of its
 * table; also where it is MISSING because of an element with "!".
 */
void postfix_list_find(const struct postfix_list *list, struct str text,
    struct arena *arena, struct postfix_answer *answer);
void postfix_list_find_client(const struct postfix_list *list, struct str name,
    const struct address *address, struct arena *arena,
    struct postfix_answer *answer);

/* The tokens of a list: commas and white space apart, {groups} kept whole. */
bool postfix_list_next(struct str *rest, struct str *token);

/* Reads 192.0.2.0/24, [2001:db8::]/32, [2001:db8::1]: no host bits. */
bool postfix_block_parse(struct str text, struct netblock *block,
    struct error *error);

#endif
