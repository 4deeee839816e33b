/*
 * cmd_explain_print.c - an answer of "mtaguard explain", for a person, for a
 * table and for a program.
 */
#include "cmd_explain.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "serve/attr.h"
#include "serve/milter_reply.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum word {
	WORD_ACCEPT,
	WORD_REJECT,
	WORD_DEFER,
	WORD_UNKNOWN,
};

struct word_row {
	const char *name;
	const char *colour; /* of a terminal (ECMA-48) */
	const char *meaning;
};

static const struct word_row words[] = {
	[WORD_ACCEPT] = {
	    .name = "ACCEPT",
	    .colour = "\033[32m",
	    .meaning = "the guard lets it pass; the MTA's own rules follow",
	},
	[WORD_REJECT] = {
	    .name = "REJECT",
	    .colour = "\033[31m",
	    .meaning = "the guard refuses it",
	},
	[WORD_DEFER] = {
	    .name = "DEFER",
	    .colour = "\033[33m",
	    .meaning = "the guard cannot decide; the client may try again",
	},
	[WORD_UNKNOWN] = {
	    .name = "UNKNOWN",
	    .colour = "\033[33m",
	    .meaning = "the guard leaves it to the MTA's own rules",
	},
};

static const char no_colour[] = "\033[0m";

/* What the guard itself decides; UNKNOWN where it leaves that to the MTA. */
static const struct word_row *
word_of(const struct decision *decision)
{
	switch (decision->verdict) {
	case VERDICT_CONTINUE:
		if (decision->cause == DECISION_STAGE)
			return &words[WORD_UNKNOWN];
		return &words[WORD_ACCEPT];
	case VERDICT_ASK_MTA:
		return &words[WORD_UNKNOWN];
	case VERDICT_REJECT:
		return &words[WORD_REJECT];
	case VERDICT_DEFER:
		return &words[WORD_DEFER];
	}
	abort();
}

static const char *
protocol_name(enum request_protocol protocol)
{
	switch (protocol) {
	case REQUEST_POLICY:
		return "policy";
	case REQUEST_MILTER:
		return "milter";
	}
	abort();
}

/* What the MTA is told over the policy protocol, without the line's end. */
static void
write_policy_reply(const struct decision *decision, struct buf *reply)
{
	attr_print(decision, reply);
	while (reply->length > 0 && reply->data[reply->length - 1] == '\n')
		reply->length--;
}

/* What the client of the MTA is told, or that nothing is refused. */
static void
write_milter_reply(const struct explain_answer *answer, struct buf *text)
{
	const struct decision *decision = answer->decision;
	struct milter_reply reply;

	if (decision->code == 0 || decision->observe) {
		buf_add(text, STR("continue"));
		return;
	}
	milter_reply_write(decision, answer->request->session.recipient,
	    &reply);
	buf_print(text, "%s %s ", reply.code, reply.dsn);
	for (const char *at = reply.text; *at != '\0'; at++) {
		/* Doubled for smfi_setreply(), single for the client. */
		if (at[0] == '%' && at[1] == '%')
			at++;
		buf_add_char(text, *at);
	}
}

static void
write_reply(const struct explain_answer *answer, struct buf *reply)
{
	switch (answer->request->protocol) {
	case REQUEST_POLICY:
		write_policy_reply(answer->decision, reply);
		return;
	case REQUEST_MILTER:
		write_milter_reply(answer, reply);
		return;
	}
}

/* Prints what comes from the input: nothing in it can steer a terminal. */
void
explain_print_escaped(struct str text, FILE *stream)
{
	for (size_t i = 0; i < text.length; i++) {
		char bytes[4];
		struct buf buf = BUF(bytes);

		buf_add_escaped(&buf, str_slice(text, i, i + 1));
		fwrite(buf.data, 1, buf.length, stream);
	}
}

/* The same, but blanks may stay. */
void
explain_print_plain(struct str text, FILE *stream)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == ' ')
			fputc(' ', stream);
		else
			explain_print_escaped(str_slice(text, i, i + 1),
			    stream);
	}
}

void
explain_print_place(struct place place, FILE *stream)
{
	if (place.file == NULL)
		fprintf(stream, "-");
	else if (place.line == 0)
		fprintf(stream, "%s", place.file);
	else
		fprintf(stream, "%s:%u", place.file, place.line);
}

static void
print_fact(const char *name, struct str value, FILE *stream)
{
	if (value.length == 0)
		return;
	fprintf(stream, "%-12s", name);
	explain_print_escaped(value, stream);
	fprintf(stream, "\n");
}

/* A sender or recipient, which may be empty, in one pair of brackets. */
static void
print_path(const char *name, struct str value, FILE *stream)
{
	bool bare = value.length == 0 || value.data[0] != '<';

	fprintf(stream, "%-12s%s", name, bare ? "<" : "");
	explain_print_escaped(value, stream);
	fprintf(stream, "%s\n", bare ? ">" : "");
}

void
explain_print_session(const struct session *session, FILE *stream)
{
	print_fact("stage", session_stage_name(session->stage), stream);
	print_fact("client", session->client_text, stream);
	print_fact("name", session->client_name, stream);
	print_fact("reverse", session->reverse_name, stream);
	if (session->server_port != 0)
		fprintf(stream, "%-12s%u\n", "port", session->server_port);
	print_fact("helo", session->helo, stream);
	print_fact("login", session->login, stream);
	print_fact("method", session->login_method, stream);
	print_fact("tls", session->tls_version, stream);
	print_fact("certificate", session->certificate, stream);
	print_fact("key", session->certificate_key, stream);
	print_path("from", session->sender, stream);
	if (session->stage == SESSION_ETRN)
		print_fact("etrn", session->etrn_domain, stream);
	else
		print_path("rcpt", session->recipient, stream);
}

static void
print_steps(const struct trace *trace, FILE *stream)
{
	fprintf(stream, "\n");
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_step *step = &trace->steps[i];

		fprintf(stream, "%2zu. %s", i + 1, step->rule);
		if (step->name.length > 0) {
			fprintf(stream, " ");
			explain_print_escaped(step->name, stream);
		}
		fprintf(stream, ": %s", step->outcome);
		if (step->detail[0] != '\0')
			fprintf(stream, ", %s", step->detail);
		if (step->place.file != NULL) {
			fprintf(stream, "  [");
			explain_print_place(step->place, stream);
			fprintf(stream, "]");
		}
		fprintf(stream, "\n");
	}
	if (trace->count == TRACE_STEPS)
		fprintf(stream, "    (more steps are left out)\n");
}

void
explain_print_text(const struct explain_answer *answer, bool colours,
    FILE *stream)
{
	const struct decision *decision = answer->decision;
	const struct word_row *word = word_of(decision);
	char bytes[2 * ATTR_REPLY_MAX];
	struct buf reply = BUF(bytes);

	explain_print_session(&answer->request->session, stream);
	print_steps(answer->trace, stream);
	fprintf(stream, "\n%s%-12s%s%s\n", colours ? word->colour : "",
	    word->name, colours ? no_colour : "", word->meaning);
	fprintf(stream, "%-12s" STR_FORMAT " (" STR_FORMAT ") at ", "by",
	    STR_ARGS(decision->rule),
	    STR_ARGS(decision_cause_name(decision->cause)));
	explain_print_place(decision->place, stream);
	write_reply(answer, &reply);
	fprintf(stream, "\n%-12s" STR_FORMAT "\n",
	    protocol_name(answer->request->protocol),
	    STR_ARGS(buf_str(&reply)));
	if (decision->observe)
		fprintf(stream, "%-12s%s\n", "observe",
		    "the mode is observe: nothing is refused, only logged");
}

void
explain_print_guard(const struct explain_answer *answer, FILE *stream)
{
	const struct decision *decision = answer->decision;

	fprintf(stream, "\t%s\t", word_of(decision)->name);
	explain_print_escaped(decision->rule, stream);
	fprintf(stream, "\t");
	explain_print_place(decision->place, stream);
}

void
explain_print_line(const struct explain_answer *answer, FILE *stream)
{
	fprintf(stream, STR_FORMAT, STR_ARGS(answer->id));
	explain_print_guard(answer, stream);
	fprintf(stream, "\n");
}

/*
 * Text for JSON, which is Unicode: a byte that is not UTF-8 becomes the
 * character of its number.
 */
json_t *
explain_json_text(struct str text)
{
	char *copy = malloc(2 * text.length + 1);
	size_t length = 0;

	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < text.length;) {
		size_t size = utf8_length(str_slice(text, i, text.length));
		unsigned char byte = (unsigned char)text.data[i];

		if (size > 0) {
			memcpy(copy + length, text.data + i, size);
			length += size;
			i += size;
		} else {
			copy[length++] = (char)(0xc0 | byte >> 6);
			copy[length++] = (char)(0x80 | (byte & 0x3f));
			i++;
		}
	}
	json_t *json = json_stringn(copy, length);
	free(copy);
	return json;
}

void
explain_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0) {
		fprintf(stderr, "mtaguard: out of memory\n");
		abort();
	}
}

void
explain_set_place(json_t *object, struct place place)
{
	explain_set(object, "file",
	    place.file != NULL ? explain_json_text(str_from(place.file))
			       : json_null());
	explain_set(object, "line",
	    place.line > 0 ? json_integer(place.line) : json_null());
}

static json_t *
json_steps(const struct trace *trace)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_step *step = &trace->steps[i];
		json_t *object = json_object();

		explain_set(object, "rule", json_string(step->rule));
		explain_set(object, "name", explain_json_text(step->name));
		explain_set(object, "outcome", json_string(step->outcome));
		explain_set(object, "detail", json_string(step->detail));
		explain_set_place(object, step->place);
		json_array_append_new(steps, object);
	}
	return steps;
}

json_t *
explain_json_session(const struct session *session)
{
	json_t *object = json_object();

	explain_set(object, "stage",
	    explain_json_text(session_stage_name(session->stage)));
	explain_set(object, "client", explain_json_text(session->client_text));
	explain_set(object, "name", explain_json_text(session->client_name));
	explain_set(object, "reverse",
	    explain_json_text(session->reverse_name));
	explain_set(object, "port", json_integer(session->server_port));
	explain_set(object, "helo", explain_json_text(session->helo));
	explain_set(object, "login", explain_json_text(session->login));
	explain_set(object, "method", explain_json_text(session->login_method));
	explain_set(object, "tls", explain_json_text(session->tls_version));
	explain_set(object, "certificate",
	    explain_json_text(session->certificate));
	explain_set(object, "key", explain_json_text(session->certificate_key));
	explain_set(object, "from", explain_json_text(session->sender));
	explain_set(object, "rcpt", explain_json_text(session->recipient));
	explain_set(object, "etrn", explain_json_text(session->etrn_domain));
	return object;
}

json_t *
explain_json_answer(const struct explain_answer *answer)
{
	const struct decision *decision = answer->decision;
	enum request_protocol protocol = answer->request->protocol;
	char bytes[2 * ATTR_REPLY_MAX];
	struct buf reply = BUF(bytes);
	json_t *object = json_object();

	write_reply(answer, &reply);
	explain_set(object, "id", explain_json_text(answer->id));
	explain_set(object, "verdict", json_string(word_of(decision)->name));
	explain_set(object, "rule", explain_json_text(decision->rule));
	explain_set(object, "cause",
	    explain_json_text(decision_cause_name(decision->cause)));
	explain_set_place(object, decision->place);
	explain_set(object, "observe", json_boolean(decision->observe));
	explain_set(object, "protocol", json_string(protocol_name(protocol)));
	explain_set(object, "reply", explain_json_text(buf_str(&reply)));
	explain_set(object, "session",
	    explain_json_session(&answer->request->session));
	explain_set(object, "steps", json_steps(answer->trace));
	return object;
}

void
explain_print_json(const struct explain_answer *answer, FILE *stream)
{
	json_t *object = explain_json_answer(answer);

	json_dumpf(object, stream, JSON_COMPACT | JSON_PRESERVE_ORDER);
	fprintf(stream, "\n");
	json_decref(object);
}
