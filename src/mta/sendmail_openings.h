/*
 * sendmail_openings.h - what classes and the access table open: a part of
 * sendmail_relay.c.
 */
#ifndef MTA_SENDMAIL_OPENINGS_H
#define MTA_SENDMAIL_OPENINGS_H

#include "mta/sendmail_relay.h"

/* The openings that were found up to now. */
struct openings {
	const struct sendmail *sendmail;
	struct arena *arena;
	const struct sendmail_opening *first;
	const struct sendmail_opening **end;
	const struct sendmail_doubt *doubts;
	const struct sendmail_doubt **doubts_end;
};

enum openings_tag {
	OPENINGS_TO,
	OPENINGS_CONNECT,
	OPENINGS_FROM,
	OPENINGS_ISSUER,
	OPENINGS_SUBJECT,
};

void openings_init(struct openings *openings, const struct sendmail *sendmail,
    struct arena *arena);

/* One without a value, by a rule (NULL: by the file as a whole). */
void openings_add(struct openings *openings, enum sendmail_knob knob,
    enum sendmail_who who, enum sendmail_where where,
    const struct sendmail_line *rule);
void openings_add_line(struct openings *openings, enum sendmail_knob knob,
    unsigned line);
void openings_add_value(struct openings *openings, enum sendmail_knob knob,
    enum sendmail_who who, enum sendmail_where where, struct str value,
    struct place place);

void openings_doubt(struct openings *openings, const struct sendmail_line *rule,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What the members of a class open, as domains or as names of clients. */
void openings_add_domains(struct openings *openings, struct str class,
    bool below);
void openings_add_names(struct openings *openings, struct str class,
    bool below);
/* What class R opens as networks, and what class w does. */
void openings_add_networks(struct openings *openings);
void openings_add_own_addresses(struct openings *openings);

/* What entries of the access table open. */
void openings_add_access(struct openings *openings, enum openings_tag tag);
void openings_add_certificates(struct openings *openings);
void openings_add_logins(struct openings *openings);

#endif
