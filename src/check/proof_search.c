/*
 * proof_search.c - goes through a space of sessions, and leaves out what
 * cannot matter.
 */
#include "check/proof_search.h"

/* Where the search stands: an atom of each attribute. */
struct position {
	size_t atoms[PROOF_ATTRIBUTES];
	/* Attributes that some session looked at, since the ones before them
	 * are what they are. */
	bool looked_at[PROOF_ATTRIBUTES];
};

static const struct proof_atoms *
atoms_of(const struct proof_search *search, unsigned attribute)
{
	return search->atoms[attribute] != NULL
	    ? search->atoms[attribute]
	    : &search->space->atoms[attribute];
}

static void
session_make(const struct proof_search *search, const struct position *position,
    struct session *session)
{
	*session = search->base;
	for (unsigned i = 0; i < PROOF_ATTRIBUTES; i++) {
		const struct proof_atoms *atoms = atoms_of(search, i);

		if (atoms->count > 0)
			proof_atom_set(session, (enum proof_attribute)i,
			    &atoms->atoms[position->atoms[i]]);
	}
}

/*
 * Goes on to the next session that may be ruled otherwise: the last attribute
 * that was looked at is the first to change. False: there is none.
 */
static bool
advance(const struct proof_search *search, struct position *position,
    unsigned facts)
{
	for (unsigned i = 0; i < PROOF_ATTRIBUTES; i++)
		if ((facts & proof_fact((enum proof_attribute)i)) != 0)
			position->looked_at[i] = true;
	for (unsigned i = PROOF_ATTRIBUTES; i-- > 0;) {
		bool change = position->looked_at[i] &&
		    position->atoms[i] + 1 < atoms_of(search, i)->count;

		if (change) {
			position->atoms[i]++;
			return true;
		}
		position->atoms[i] = 0;
		position->looked_at[i] = false;
	}
	return false;
}

void
proof_search_run(struct proof_search *search)
{
	struct position position = { 0 };
	struct arena *work = arena_new(0);
	bool more = true;

	search->complete = true;
	while (more) {
		struct session session;
		struct ruling ruling;

		if (search->count == PROOF_JUDGED_MAX) {
			search->complete = false;
			break;
		}
		search->count++;
		arena_reset(work);
		session_make(search, &position, &session);
		restrictions_judge(search->space->restrictions, &session, false,
		    work, &ruling);
		more = search->judged(search->state, &session, &ruling) &&
		    advance(search, &position, ruling.facts);
	}
	arena_free(work);
}
