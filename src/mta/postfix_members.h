/*
 * postfix_members.h - who is in a list of Postfix, ready for decisions.
 *
 * The elements of a list become segments in their order: sets of names or
 * networks, patterns, and what nobody here can look up. A look-up is pure: no
 * heap, no file.
 */
#ifndef MTA_POSTFIX_MEMBERS_H
#define MTA_POSTFIX_MEMBERS_H

#include "base/error.h"
#include "base/lookup.h"
#include "base/netblock.h"
#include "base/place.h"
#include "base/str.h"
#include "mta/postfix_list.h"
#include "table/table.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_segment;

/* A list while it is made; begins with kind and build. */
struct postfix_members_build {
	struct table_build *build;
	enum postfix_list_kind kind;
	bool parents;
	struct postfix_segment *first;
	struct postfix_segment *last;
	bool stopped; /* nothing more can be known of the order */
};

/*
 * Adds an element, and all that its table lists. False: that it is there
 * makes the whole list useless; it was told.
 */
bool postfix_members_add(struct postfix_members_build *members,
    const struct postfix_element *element);

void postfix_members_add_block(struct postfix_members_build *members,
    bool negated, const struct netblock *block, struct place place);

/* What postfix_members_find() asks; NULL and an error beyond the limit. */
void *postfix_members_finish(struct postfix_members_build *members,
    struct error *error);

enum lookup postfix_members_find(const void *opened,
    struct table_scratch *scratch, struct str *found);

#endif
