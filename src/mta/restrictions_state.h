/*
 * restrictions_state.h - the compiled restrictions of one service.
 */
#ifndef MTA_RESTRICTIONS_STATE_H
#define MTA_RESTRICTIONS_STATE_H

#include "mta/recipient_resolve.h"
#include "mta/restriction_list.h"
#include "mta/restriction_run.h"
#include "mta/restriction_settings.h"
#include "mta/restrictions.h"

struct restrictions {
	struct restrictions_options options;
	struct arena *arena;
	const char *fatal; /* NULL: smtpd starts */
	struct place fatal_place;
	struct restriction_settings settings;
	struct recipient_resolver resolver;
	struct restriction_classes classes;
	struct restriction_list lists[STAGES];
	const struct restriction_element *elements;
	const struct restriction_item **items; /* of each; NULL: a list */
	size_t element_count;
};

/* Fills in the elements of lists that are there. */
void restrictions_collect(struct restrictions *restrictions);

/* The parameter of a stage. */
const char *restrictions_parameter(enum restriction_stage stage);

/* A run at its beginning, with all of the session known. */
void restrictions_run_new(const struct restrictions *restrictions,
    const struct session *session, struct choices *choices, struct arena *arena,
    struct restriction_run *run);

#endif
