/*
 * proof_search.h - goes through a space of sessions, and leaves out what
 * cannot matter.
 *
 * A session whose ruling did not look at an attribute stands for all that
 * differ in it alone (after Korat: Boyapati, Khurshid, Marinov, 2002). So an
 * attribute is varied only where it is really consulted.
 */
#ifndef CHECK_PROOF_SEARCH_H
#define CHECK_PROOF_SEARCH_H

#include "check/proof_space.h"

enum {
	PROOF_JUDGED_MAX = 60 * 1000, /* sessions of one search */
};

struct proof_search {
	const struct proof_space *space;
	struct session base; /* what is not varied: login, TLS, certificate */
	/* Other atoms than those of the space; NULL: those. */
	const struct proof_atoms *atoms[PROOF_ATTRIBUTES];
	void *state;
	/* Called for each session that was judged; false ends the search. */
	bool (*judged)(void *state, const struct session *session,
	    const struct ruling *ruling);
	unsigned long count; /* of sessions that were judged */
	bool complete;       /* nothing was left out for want of time */
};

void proof_search_run(struct proof_search *search);

#endif
