/*
 * policy_scan.h - a policy file and its includes, put together and proved to
 * be well formed before libconfig reads it.
 *
 * libconfig 1.5 ends the process on some includes and passes several mistakes
 * in silence. So it never sees the files: it reads a text made here of the
 * same words, without comments and includes, in which the places of all lines
 * are known.
 */
#ifndef POLICY_POLICY_SCAN_H
#define POLICY_POLICY_SCAN_H

#include "base/arena.h"
#include "base/files.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"
#include "policy/policy_text.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	POLICY_SCAN_FILE = 16 * 1024 * 1024, /* bytes of one file */
	POLICY_SCAN_DEPTH = 10,              /* of includes */
	POLICY_SCAN_NESTING = 16,            /* of brackets */
	POLICY_SCAN_NAMES = 10000,           /* settings of one group */
};

struct policy_scan_options {
	const char *path;     /* NULL: places have no file */
	struct str text;      /* of the file; data NULL: read it from path */
	struct files *files;  /* reads the files */
	struct arena *arena;  /* owns the result */
	struct arena *places; /* owns the names of the files in all places */
	struct problems *problems;
};

/*
 * Puts all words into text, in the arena of the options. False if anything
 * was wrong; all that could be told has been.
 */
bool policy_scan(const struct policy_scan_options *options,
    struct policy_text *text);

#endif
