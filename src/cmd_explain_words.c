/*
 * cmd_explain_words.c - a session in arguments: client=192.0.2.1 rcpt=a@b.
 */
#include "cmd_explain.h"

static bool
unknown_name(struct str name, struct error *error)
{
	char bytes[sizeof(error->text)];
	struct buf names = BUF(bytes);

	explain_names(false, &names);
	return error_set(error,
	    "\"" STR_FORMAT "=\" is not known; these are:" STR_FORMAT,
	    STR_ARGS(name), STR_ARGS(buf_str(&names)));
}

/* Reads one "name=value". */
static bool
read_word(struct str word, struct request *request, unsigned long *seen,
    struct error *error)
{
	struct str name, value;

	if (!str_cut(word, '=', &name, &value))
		return error_set(error, "\"" STR_FORMAT "\" is not name=value",
		    STR_ARGS(word));
	const struct explain_field *field = explain_field_find(name);
	if (field == NULL)
		return unknown_name(name, error);
	if (!explain_field_note(field, seen))
		return error_set(error, "\"" STR_FORMAT "=\" is given twice",
		    STR_ARGS(name));
	return explain_field_set(field, request, value, error);
}

/* What a session must have, so that a slip is not judged as another one. */
static bool
check_words(unsigned long seen, const struct request *request,
    struct error *error)
{
	bool etrn = request->session.stage == SESSION_ETRN;
	const char *wanted = etrn ? "etrn" : "rcpt";

	if (!explain_field_noted(explain_field_find(STR("client")), seen))
		return error_set(error,
		    "client= is missing; client=unknown if there is none");
	if (!explain_field_noted(explain_field_find(str_from(wanted)), seen))
		return error_set(error, "%s= is missing", wanted);
	return true;
}

enum command_exit
explain_words(struct explain *explain, char **words)
{
	struct request request;
	struct error error;
	unsigned long seen = 0;
	bool valid = true;

	explain_request_init(&request);
	for (; valid && *words != NULL; words++)
		valid = read_word(str_from(*words), &request, &seen, &error);
	if (!valid || !explain_request_finish(&request, &error) ||
	    !check_words(seen, &request, &error))
		return command_misused(explain->command, "%s", error.text);
	explain_judge(explain, STR("1"), &request);
	return COMMAND_DONE;
}
