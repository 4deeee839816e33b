/*
 * cmd_explain.h - the parts of "mtaguard explain": what describes a session,
 * and how an answer is printed.
 */
#ifndef CMD_EXPLAIN_H
#define CMD_EXPLAIN_H

#include "base/buf.h"
#include "base/error.h"
#include "command.h"
#include "policy/decision.h"
#include "policy/request.h"
#include "policy/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct json_t; /* of jansson */

enum explain_layout {
	EXPLAIN_TEXT,
	EXPLAIN_LINES,
	EXPLAIN_JSON,
};

/* One run of the command. */
struct explain {
	const struct command *command;
	const struct policy *policy; /* NULL: only the MTA is asked */
	struct explain_mta *mta;     /* NULL: it is not asked */
	struct policy_scratch *scratch;
	struct trace *trace;
	enum explain_layout layout;
	bool colours;
	int64_t now;
	unsigned long count; /* of answers that were laid out */
};

/* Judges a request and prints the answer. */
void explain_judge(struct explain *explain, struct str id,
    struct request *request);

/* Answers as the server does to a request that must not be judged. */
void explain_refuse(struct explain *explain, struct str id,
    const struct error *error);

/* The three inputs: arguments, policy requests, a file of sessions. */
enum command_exit explain_words(struct explain *explain, char **words);
enum command_exit explain_requests(struct explain *explain);
enum command_exit explain_sessions(struct explain *explain, const char *path);

/* One judged request. */
struct explain_answer {
	struct str id; /* as the input names it */
	const struct request *request;
	const struct decision *decision;
	const struct trace *trace;
};

/* Laid out for a person, with each step. */
void explain_print_text(const struct explain_answer *answer, bool colours,
    FILE *stream);

/* "id verdict rule place", separated by tabs. */
void explain_print_line(const struct explain_answer *answer, FILE *stream);

/* One object on one line; mtaguard(8) describes it. */
void explain_print_json(const struct explain_answer *answer, FILE *stream);

/* Parts of these, also for what the MTA says. */
void explain_print_guard(const struct explain_answer *answer, FILE *stream);
void explain_print_session(const struct session *session, FILE *stream);
void explain_print_place(struct place place, FILE *stream);
void explain_print_escaped(struct str text, FILE *stream);
void explain_print_plain(struct str text, FILE *stream);
struct json_t *explain_json_answer(const struct explain_answer *answer);
struct json_t *explain_json_session(const struct session *session);
struct json_t *explain_json_text(struct str text);
void explain_set(struct json_t *object, const char *key, struct json_t *value);
void explain_set_place(struct json_t *object, struct place place);

/* A fact of a session, as arguments and columns name it. */
struct explain_field;

/* Finds by either name; NULL: there is none. */
const struct explain_field *explain_field_find(struct str name);

/* Finds by the name of a column alone. */
const struct explain_field *explain_column_find(struct str name);

/* Notes that a field is given; false: it was already. */
bool explain_field_note(const struct explain_field *field, unsigned long *seen);
bool explain_field_noted(const struct explain_field *field, unsigned long seen);

/* A request in which nothing is told but stage, protocol and port. */
void explain_request_init(struct request *request);

/* Puts a value into the request, which borrows it. */
bool explain_field_set(const struct explain_field *field,
    struct request *request, struct str value, struct error *error);

/* Fills in what follows from the fields set; false: they contradict. */
bool explain_request_finish(struct request *request, struct error *error);

/* All names of columns, or of arguments, for a message. */
void explain_names(bool columns, struct buf *buf);

#endif
