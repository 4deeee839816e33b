/*
 * cmd_explain_mta.h - "mtaguard explain --mta": what the MTA's own
 * restrictions say to a session.
 */
#ifndef CMD_EXPLAIN_MTA_H
#define CMD_EXPLAIN_MTA_H

#include "cmd_explain.h"
#include "command_host.h"
#include "mta/restrictions.h"

#include <stdbool.h>

struct explain_mta;

struct explain_mta_options {
	const struct command_host *host;
	const struct policy *guard; /* judged beside the MTA; NULL: it is not */
	/* Sessions come over the network: none reaches a loopback address. */
	bool outside;
};

/*
 * The Postfix of the host; it lives as long as the arena of the host. NULL,
 * with a message: there is none.
 */
struct explain_mta *explain_mta_new(const struct command *command,
    const struct explain_mta_options *options);

/* One session that was judged. */
struct explain_ruling {
	struct str id;
	const struct session *session;
	const struct ruling *ruling;
	const char *instance; /* "postfix", or which one */
	/* What the guard says on its own; NULL: nobody asked. */
	const struct explain_answer *guard;
};

/* Lives until the next call. */
void explain_mta_judge(struct explain_mta *mta, const struct session *session,
    struct explain_ruling *ruling);

void explain_ruling_text(const struct explain_ruling *ruling, bool colours,
    FILE *stream);

/* "id verdict rule place", and with a guard its verdict, rule and place. */
void explain_ruling_line(const struct explain_ruling *ruling, FILE *stream);
void explain_ruling_json(const struct explain_ruling *ruling, FILE *stream);

#endif
