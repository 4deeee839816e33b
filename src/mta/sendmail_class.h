/*
 * sendmail_class.h - the classes of sendmail.cf, as Sendmail fills them.
 *
 * C lines have words; F lines have files, of which the first word of a line
 * counts, or with the format %[^\#] every word before a #. What a class holds
 * is known, or a part of it is not: a file that cannot be read, a program, a
 * map. Words are compared without case.
 *
 * A rule asks a class for whole tokens, and the dots of a name or an address
 * stand between tokens. So "$* $=R" matches the names below a word, and
 * "$=R $*" the addresses that begin with one: 10.1 has 10.1.2.3 and not
 * 10.11.2.3. A CIDR block or [address] there never matches anything.
 */
#ifndef MTA_SENDMAIL_CLASS_H
#define MTA_SENDMAIL_CLASS_H

#include "base/arena.h"
#include "base/host.h"
#include "base/lookup.h"
#include "base/netblock.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"
#include "base/tree.h"
#include "mta/sendmail_cf.h"

#include <stdbool.h>
#include <stddef.h>

struct sendmail_member {
	struct str word;
	struct place place; /* no file: the host itself has given it */
};

struct sendmail_class {
	struct str name;
	const struct sendmail_member *members; /* sorted without case */
	size_t count;
	const char *unknown; /* why there may be more; NULL: there are not */
	struct place unknown_place;
};

struct sendmail_classes {
	const struct sendmail_class *classes;
	size_t count;
	const char *missing; /* a file without -o that cannot be read, of which
			      * Sendmail dies; or NULL */
	struct place missing_place;
};

/* What the host gives to the classes w and m. */
struct sendmail_site {
	struct str hostname;        /* fully qualified, or as it is */
	const struct host *network; /* NULL: its addresses are not known */
};

/*
 * Fills every class of a sendmail.cf. The files are those of the tree, and
 * problems hears of what is in vain.
 */
void sendmail_classes_read(const struct sendmail_cf *cf,
    const struct sendmail_site *site, struct tree *tree, struct arena *arena,
    struct sendmail_classes *classes, struct problems *problems);

/* Never NULL: a class that no line fills is empty. */
const struct sendmail_class *sendmail_class_find(const struct sendmail_classes
						     *classes,
    struct str name);

/*
 * Each tells whether a class matches a text, and by which member (NULL
 * allowed): LOOKUP_FAILED where a part that is not known might.
 */
enum lookup sendmail_class_has(const struct sendmail_class *class,
    struct str word, const struct sendmail_member **member);
enum lookup sendmail_class_has_domain(const struct sendmail_class *class,
    struct str domain, const struct sendmail_member **member);
enum lookup sendmail_class_has_client(const struct sendmail_class *class,
    const struct address *address, const struct sendmail_member **member);

/*
 * The network that a member of class R is for clients: 10.1 is 10.1.0.0/16.
 * False: it is a name.
 */
bool sendmail_member_block(struct str word, struct netblock *block);

/* The same of a word that looks like a network and matches none. */
bool sendmail_member_in_vain(struct str word);

/* "203.0.113.66", "IPv6:2001:db8:0:0:0:0:0:1": {client_addr} of an address. */
void sendmail_print_address(const struct address *address, struct buf *buf);

/* $w, $m and the other macros that the host gives. */
bool sendmail_site_macro(const void *site, struct str name, struct str *value);

#endif
