/*
 * milter_guard.h - the milter, run inside a test program.
 *
 * One a process, as libmilter has it; its policy can be changed between
 * sessions. What fails here is no result of a test: the program gives up.
 */
#ifndef TESTS_LIB_MILTER_GUARD_H
#define TESTS_LIB_MILTER_GUARD_H

#include "base/str.h"

/* Listens in a directory of its own, with the text of a policy file. */
void milter_guard_start(const char *policy);

/* Puts the text of another policy file in force. */
void milter_guard_policy(const char *text);

/* The same, from a path; text with data is read in place of the file. */
void milter_guard_load(const char *path, struct str text);

/* The path of the socket. */
const char *milter_guard_path(void);

/* Stops; how many milliseconds that took. */
long milter_guard_stop(void);

#endif
