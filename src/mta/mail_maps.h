/*
 * mail_maps.h - tables that are asked one after the other, and the keys by
 * which a mail address is looked up in them (Postfix src/global/maps.c,
 * mail_addr_find.c; access(5), virtual(5)).
 */
#ifndef MTA_MAIL_MAPS_H
#define MTA_MAIL_MAPS_H

#include "base/arena.h"
#include "base/str.h"
#include "mta/choices.h"
#include "mta/postfix_list.h"
#include "mta/postfix_table.h"

#include <stdbool.h>
#include <stddef.h>

struct mail_maps {
	struct postfix_table **tables;
	size_t count;
	struct place place; /* of the parameter */
	/* What an entry that we cannot read may say, beside not being there;
	 * ends with an empty one. */
	const struct str *candidates;
	bool each_key; /* it may say another thing of each key */
};

/* For tables in which any entry means yes. */
extern const struct str mail_maps_membership[];

/* Opens the tables that a value names. */
void mail_maps_read(struct str value, struct place place,
    struct postfix_tables *tables, struct arena *arena, struct mail_maps *maps);

/* One look-up: where unknown answers are chosen, and texts live. */
struct mail_lookup {
	struct choices *choices;
	struct arena *arena;
};

/* FOUND, MISSING or BROKEN. A partial key is not for tables of patterns. */
void mail_maps_find(const struct mail_maps *maps, struct str key, bool partial,
    const struct mail_lookup *lookup, struct postfix_answer *answer);

enum mail_keys {
	MAIL_KEY_LOCAL = 1 << 0,      /* user, if the domain is local */
	MAIL_KEY_AT_DOMAIN = 1 << 1,  /* @example.com */
	MAIL_KEY_DOMAIN = 1 << 2,     /* example.com, com */
	MAIL_KEY_DOT_DOMAIN = 1 << 3, /* example.com, .com */
	MAIL_KEY_USER_AT = 1 << 4,    /* user@ */
};

/*
 * Looks an address in the internal form up: user+ext@domain, user@domain, and
 * then what keys says.
 */
void mail_maps_find_address(const struct mail_maps *maps, struct str address,
    struct str delimiters, unsigned keys, const struct mail_lookup *lookup,
    struct postfix_answer *answer);

/* Looks a domain and its parents up; dots: as ".example.com". */
void mail_maps_find_domain(const struct mail_maps *maps, struct str domain,
    bool dots, bool partial, const struct mail_lookup *lookup,
    struct postfix_answer *answer);

/* user+ext: the length of user, or of all (split_addr.c). */
size_t mail_extension(struct str local, struct str delimiters);

#endif
