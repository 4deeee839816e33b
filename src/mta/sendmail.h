/*
 * sendmail.h - one Sendmail as it is really configured.
 *
 * sendmail.cf with places, what its classes hold, its maps, ports and
 * filters, and submit.cf, with which mail of this host's programs is sent.
 */
#ifndef MTA_SENDMAIL_H
#define MTA_SENDMAIL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/netblock.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"
#include "mta/mta.h"
#include "mta/postfix_table.h"
#include "mta/sendmail_cf.h"
#include "mta/sendmail_class.h"

#include <stdbool.h>
#include <stddef.h>

/* Where it listens: an O DaemonPortOptions, or the port that there is. */
struct sendmail_listener {
	struct str name;
	bool ipv6;
	bool local; /* a socket of the file system */
	bool any;   /* no Addr=: all addresses */
	bool known; /* the address is one, or any */
	struct address address;
	bool loopback; /* nobody but this host reaches it */
	struct str addr, port;
	unsigned number;    /* of the port; 0: a name that we do not know */
	struct str flags;   /* M= */
	bool has_filter;    /* InputFilter= takes the place of the option */
	struct str filters; /* names, with ; between them */
	struct place place;
};

/* An X line: a milter. */
struct sendmail_filter {
	struct str name;
	struct str socket;   /* S= */
	struct str flags;    /* F=: R, T, 4, or nothing: mail goes on */
	struct str timeouts; /* T= */
	bool listed;         /* in O InputMailFilters */
	struct place place;
};

/* A K line. */
struct sendmail_map {
	struct str name;
	struct str type;
	struct str flags; /* the words that begin with - */
	struct str path;  /* the rest */
	bool optional;    /* -o: without its file it is empty */
	struct place place;
	struct postfix_table *table; /* NULL: no file that can be read */
	const char *unknown;         /* then: why */
};

struct sendmail {
	struct arena *arena; /* owns all below */
	const struct mta_host *host;
	const char *path; /* of sendmail.cf */
	struct str version;
	struct sendmail_site site;
	struct sendmail_cf cf;
	struct sendmail_classes classes;
	struct sendmail_cf submit; /* path NULL: there is no submit.cf */
	const char *submit_unread; /* why it could not be read, or NULL */
	struct place submit_place; /* of it, then */
	const struct sendmail_listener *listeners;
	size_t listener_count;
	const struct sendmail_filter *filters;
	size_t filter_count;
	const struct sendmail_map *maps;
	size_t map_count;
	const char *source; /* sendmail.mc, if there is one */
	bool source_newer;  /* it was changed after sendmail.cf was made */
	struct postfix_tables *tables;
	struct problems problems;
	const char *fatal; /* why no daemon would start, or NULL */
	struct place fatal_place;
};

/*
 * Reads a sendmail.cf and what it names. False only where the file itself is
 * not to be read; what else is wrong is in problems and fatal.
 */
bool sendmail_read(const struct mta_host *host, const char *path,
    struct arena *arena, struct sendmail **sendmail, struct error *error);

/*
 * A value of the last line of an option, its macros expanded; false: it is
 * not set.
 */
bool sendmail_option(const struct sendmail *sendmail, const char *name,
    struct str *value, struct place *place);

/* NULL: there is no K line of that name. */
const struct sendmail_map *sendmail_map_find(const struct sendmail *sendmail,
    struct str name);

/*
 * Whether the access table has a key, and what it says. An optional map whose
 * file is not there is empty. Keys are compared without case.
 */
void sendmail_map_get(const struct sendmail_map *map, struct str key,
    struct arena *arena, struct postfix_answer *answer);

/*
 * Calls with every entry of a map until the callback returns false; FOUND, or
 * why not all could be listed.
 */
enum postfix_found sendmail_map_each(const struct sendmail_map *map,
    bool (*callback)(void *state, const struct postfix_entry *entry),
    void *state, const char **reason);

/* ---- parts of the reading, each in a file of its own ---- */

void sendmail_read_listeners(struct sendmail *sendmail);
void sendmail_read_filters(struct sendmail *sendmail);
void sendmail_read_maps(struct sendmail *sendmail);

#endif
