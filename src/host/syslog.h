/*
 * syslog.h - what becomes of messages of the facility mail.
 *
 * Selectors are taken as syslog.conf(5) defines them. What rsyslog's scripts
 * and filters by property, or syslog-ng's functions, make of a message is not
 * decided: such a line makes what is said uncertain.
 */
#ifndef HOST_SYSLOG_H
#define HOST_SYSLOG_H

#include "base/arena.h"
#include "base/lookup.h"
#include "base/place.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>

/* Severities as bits: 1 << 0 is emerg, 1 << 7 is debug. */
enum {
	SYSLOG_CRIT = 2,
	SYSLOG_INFO = 6,
	SYSLOG_ALL = 0xff,
};

enum syslog_action {
	SYSLOG_FILE,
	SYSLOG_REMOTE,
	SYSLOG_OTHER, /* terminals, users, pipes, programs */
};

/* Somewhere that mail's messages go. */
struct syslog_rule {
	const struct syslog_rule *next;
	unsigned severities; /* of mail's messages: bits */
	enum syslog_action action;
	struct str target; /* of a file, its path */
	struct place place;
};

struct syslog {
	enum lookup state; /* MISSING: no syslog daemon is configured */
	const char *reason;
	const char *daemon;    /* "rsyslog", "syslog-ng", "syslogd" */
	const char *file;      /* its own configuration */
	bool journal;          /* systemd's journal keeps everything, too */
	const char *uncertain; /* the first line that was not decided */
	struct place uncertain_place;
	const struct syslog_rule *first; /* those that mail has a part in */
};

void syslog_read(struct tree *tree, struct arena *arena, struct syslog *syslog);

/* Which severities of mail a selector selects; false: it is none. */
bool syslog_parse_selector(struct str selector, unsigned *severities);

/* While files are read; zero, with arena and syslog set, at the start. */
struct syslog_reading {
	struct tree *tree; /* NULL: no file is included */
	struct arena *arena;
	struct syslog *syslog;
	const struct syslog_rule **end;
	unsigned discarded;  /* severities that go no further */
	unsigned severities; /* of the last line, for "&" */
	unsigned depth, files;
	/* What takes the text of a file that is included, and its state. */
	void (*parse)(struct syslog_reading *reading, struct str text,
	    const char *file);
	void *state;
};

/* Notes the first line that was not decided. */
void syslog_uncertain(struct syslog_reading *reading, struct place place,
    const char *what);

/* Reads a file that is included, or all those of a pattern, in their order. */
void syslog_include(struct syslog_reading *reading, struct str pattern,
    struct place place);

/* Adds the rules in the text of a file in the format of (r)syslogd. */
void syslog_parse(struct syslog_reading *reading, struct str text,
    const char *file);

#endif
