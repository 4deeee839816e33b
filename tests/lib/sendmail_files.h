/*
 * sendmail_files.h - a Sendmail in a directory that a test makes.
 */
#ifndef TESTS_LIB_SENDMAIL_FILES_H
#define TESTS_LIB_SENDMAIL_FILES_H

#include "mta/sendmail.h"

/* A host with one file set of Sendmail below a directory of its own. */
struct sendmail_files {
	struct arena *arena;
	struct host network;  /* 198.51.100.25/24 and 2001:db8:25::25/64 */
	struct mta_host host; /* mx.example.test */
	char root[64];
};

/* Makes the directory; to be given to sendmail_files_end(). */
void sendmail_files_begin(struct sendmail_files *files);
void sendmail_files_end(struct sendmail_files *files);

/* Writes a file below it: "etc/mail/access"; its directories are made. */
void sendmail_files_put(struct sendmail_files *files, const char *path,
    const char *text);

/* Reads etc/mail/sendmail.cf below it; ends the test if that cannot be. */
const struct sendmail *sendmail_files_read(struct sendmail_files *files);

/*
 * The rules of check_rcpt as Sendmail's own m4 files write them, as far as
 * they decide; of each part, what features put in another's place is given.
 */
struct sendmail_rules {
	const char *head;       /* before the rule sets: C, F, K, O lines */
	const char *local;      /* rules of Local_check_rcpt */
	const char *rcpt_first; /* default: strips routes */
	const char *rcpt;       /* more rules of Rcpt_ok */
	const char *relay;      /* more rules of Relay_ok */
	const char *last;       /* default: the refusal */
};

/* The text of a sendmail.cf, in the arena. */
const char *sendmail_files_cf(struct sendmail_files *files,
    const struct sendmail_rules *rules);

#endif
