/*
 * aliases_files.h - the files in which an MTA finds its aliases.
 */
#ifndef MTA_ALIASES_FILES_H
#define MTA_ALIASES_FILES_H

#include "base/arena.h"
#include "base/place.h"
#include "mta/aliases_text.h"
#include "mta/mta.h"

#include <stdbool.h>
#include <stddef.h>

struct aliases_file {
	const struct aliases_file *next;
	const char *source;  /* the text that people edit */
	const char *built;   /* what the MTA reads; NULL: the text itself */
	struct place place;  /* of the setting that names it */
	const char *unknown; /* what it names is no file that can be read */
	enum aliases_dialect dialect;
};

/* In the order in which they are asked; NULL: there are none. */
const struct aliases_file *aliases_files(const struct mta *mta,
    const struct mta_host *host, struct arena *arena);

#endif
