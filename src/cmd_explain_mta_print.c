/*
 * cmd_explain_mta_print.c - the MTA's answer to a session, for a person, for a
 * table and for a program.
 */
#include "cmd_explain_mta.h"

#include <jansson.h>
#include <stdlib.h>

static const struct {
	const char *name;
	const char *colour; /* of a terminal (ECMA-48) */
	const char *meaning;
} kinds[] = {
	[RULING_ACCEPT] = { "ACCEPT", "\033[32m", "the MTA accepts it" },
	[RULING_REJECT] = { "REJECT", "\033[31m", "the MTA refuses it" },
	[RULING_DEFER] = { "DEFER", "\033[33m",
	    "the MTA refuses it for now; the client may try again" },
	[RULING_UNKNOWN] = { "UNKNOWN", "\033[33m",
	    "it depends on what no file tells" },
};

static const char *const classes[] = {
	[RECIPIENT_LOCAL] = "local",
	[RECIPIENT_ALIAS] = "virtual alias",
	[RECIPIENT_VIRTUAL] = "virtual mailbox",
	[RECIPIENT_RELAY] = "relay",
	[RECIPIENT_OTHER] = "default",
};

static const char no_colour[] = "\033[0m";

static void
print_step(const struct restriction_step *step, unsigned number, FILE *stream)
{
	struct place place = step->place;

	fprintf(stream, "%2u. %*s", number, (int)(2 * step->depth), "");
	if (step->parameter.length > 0 && step->depth == 0)
		fprintf(stream, STR_FORMAT ": ", STR_ARGS(step->parameter));
	explain_print_plain(step->restriction, stream);
	if (step->argument.length > 0) {
		fprintf(stream, " ");
		explain_print_plain(step->argument, stream);
	}
	if (step->key.length > 0) {
		fprintf(stream, " has ");
		explain_print_plain(step->key, stream);
	}
	if (step->value.length > 0) {
		fprintf(stream, " = ");
		explain_print_plain(step->value, stream);
	}
	fprintf(stream, ": %s", step->result);
	if (step->reason != NULL)
		fprintf(stream, ", %s", step->reason);
	if (place.file != NULL) {
		fprintf(stream, "  [");
		explain_print_place(place, stream);
		fprintf(stream, "]");
	}
	fprintf(stream, "\n");
}

static void
print_recipient(const struct ruling *ruling, FILE *stream)
{
	if (!ruling->class_known)
		return;
	fprintf(stream, "%-12s", "recipient");
	explain_print_plain(ruling->resolved, stream);
	fprintf(stream, ", class %s%s, transport ", classes[ruling->class],
	    ruling->routed ? ", with routing in its local part" : "");
	explain_print_plain(ruling->transport, stream);
	fprintf(stream, "\n");
}

void
explain_ruling_text(const struct explain_ruling *explained, bool colours,
    FILE *stream)
{
	const struct ruling *ruling = explained->ruling;
	const struct restriction_step *decided = ruling->decided;
	unsigned number = 0;

	explain_print_session(explained->session, stream);
	fprintf(stream, "\n");
	for (const struct restriction_step *step = ruling->steps; step != NULL;
	     step = step->next)
		print_step(step, ++number, stream);
	fprintf(stream, "\n%s%-12s%s%s\n",
	    colours ? kinds[ruling->kind].colour : "", kinds[ruling->kind].name,
	    colours ? no_colour : "", kinds[ruling->kind].meaning);
	fprintf(stream, "%-12s", "by");
	explain_print_plain(decided->restriction, stream);
	if (decided->place.file != NULL) {
		fprintf(stream, " at ");
		explain_print_place(decided->place, stream);
	}
	fprintf(stream, "\n");
	if (ruling->code != 0)
		fprintf(stream, "%-12s%u %s\n", "reply", ruling->code,
		    ruling->text);
	print_recipient(ruling, stream);
	if (ruling->kind == RULING_ACCEPT && ruling->outside)
		fprintf(stream, "%-12s%s\n", "relayed",
		    ruling->unknown == NULL ? "it would go on to another host"
					    : "it may go on to another host");
	if (explained->guard == NULL)
		return;
	fprintf(stream, "\nThe guard, asked alone:\n\n");
	explain_print_text(explained->guard, colours, stream);
}

void
explain_ruling_line(const struct explain_ruling *explained, FILE *stream)
{
	const struct ruling *ruling = explained->ruling;

	explain_print_plain(explained->id, stream);
	fprintf(stream, "\t%s\t", kinds[ruling->kind].name);
	explain_print_plain(ruling->decided->restriction, stream);
	fprintf(stream, "\t");
	explain_print_place(ruling->decided->place, stream);
	if (explained->guard != NULL)
		explain_print_guard(explained->guard, stream);
	fprintf(stream, "\n");
}

static json_t *
json_step(const struct restriction_step *step)
{
	json_t *object = json_object();

	explain_set(object, "parameter", explain_json_text(step->parameter));
	explain_set(object, "restriction",
	    explain_json_text(step->restriction));
	explain_set(object, "argument", explain_json_text(step->argument));
	explain_set(object, "key", explain_json_text(step->key));
	explain_set(object, "value", explain_json_text(step->value));
	explain_set(object, "result", json_string(step->result));
	explain_set(object, "reason",
	    step->reason != NULL ? explain_json_text(str_from(step->reason))
				 : json_null());
	explain_set_place(object, step->place);
	return object;
}

void
explain_ruling_json(const struct explain_ruling *explained, FILE *stream)
{
	const struct ruling *ruling = explained->ruling;
	json_t *object = json_object();
	json_t *steps = json_array();

	for (const struct restriction_step *step = ruling->steps; step != NULL;
	     step = step->next)
		json_array_append_new(steps, json_step(step));
	explain_set(object, "id", explain_json_text(explained->id));
	explain_set(object, "verdict", json_string(kinds[ruling->kind].name));
	explain_set(object, "rule",
	    explain_json_text(ruling->decided->restriction));
	explain_set_place(object, ruling->decided->place);
	explain_set(object, "code", json_integer(ruling->code));
	explain_set(object, "text",
	    ruling->text != NULL ? explain_json_text(str_from(ruling->text))
				 : json_null());
	explain_set(object, "class",
	    ruling->class_known ? json_string(classes[ruling->class])
				: json_null());
	explain_set(object, "routed", json_boolean(ruling->routed));
	explain_set(object, "outside", json_boolean(ruling->outside));
	explain_set(object, "resolved", explain_json_text(ruling->resolved));
	explain_set(object, "transport", explain_json_text(ruling->transport));
	explain_set(object, "session",
	    explain_json_session(explained->session));
	explain_set(object, "steps", steps);
	if (explained->guard != NULL)
		explain_set(object, "guard",
		    explain_json_answer(explained->guard));
	json_dumpf(object, stream, JSON_COMPACT | JSON_PRESERVE_ORDER);
	fprintf(stream, "\n");
	json_decref(object);
}
