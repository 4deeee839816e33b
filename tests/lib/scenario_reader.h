/*
 * scenario_reader.h - what the files that read scenarios share.
 */
#ifndef TESTS_LIB_SCENARIO_READER_H
#define TESTS_LIB_SCENARIO_READER_H

#include "tests/lib/scenario.h"

#include "base/lines.h"

struct scenario_reader {
	struct scenario *scenario;
	struct arena *arena;
	struct error *error;
	struct lines lines;
	struct scenario_step next;         /* what the lines so far have set */
	struct scenario_step session_only; /* "only" before a session */
	bool only_given;                   /* "only" before this line */
	bool in_session;
	/* Each with room for as many as the file has bytes. */
	struct scenario_step *steps;
	struct scenario_mta_row *mta;
	struct address *addresses;
	struct address *gateways;
};

/* Cuts the first word off a text. */
struct str scenario_take_word(struct str *text);

/* "only" says nothing: a step is for every driver. */
void scenario_clear_only(struct scenario_step *step);

/* Reads what is after "session" on its line. */
bool scenario_read_session(struct scenario_reader *reader, struct str rest);

/* Reads the rest of a line after the word of a step. */
bool scenario_read_step(struct scenario_reader *reader, struct str word,
    struct str rest, struct str line);

#endif
