/*
 * cmd_explain_sessions.c - a file of sessions: one a line, in columns that
 * the first line names.
 */
#include "cmd_explain.h"

#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	COLUMNS_MAX = 64,
};

struct column {
	const struct explain_field *field; /* NULL: not used, or the id */
	bool id;
};

struct sessions {
	struct explain *explain;
	const char *name; /* of the file, for messages */
	FILE *file;
	struct column columns[COLUMNS_MAX];
	size_t count;
	unsigned long line;
	enum command_exit status;
};

/* Says what is wrong in the line that was read last. */
__attribute__((format(printf, 2, 3))) static void
complain(struct sessions *sessions, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%lu: ", sessions->name, sessions->line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	sessions->status = COMMAND_DATA;
}

/* Reads a line without its end; false: there is none, or it cannot be. */
static bool
read_line(struct sessions *sessions, char **bytes, size_t *size,
    struct str *line)
{
	errno = 0;
	ssize_t length = getline(bytes, size, sessions->file);
	if (length < 0) {
		if (errno == 0)
			return false;
		fprintf(stderr, "mtaguard explain: %s: %s\n", sessions->name,
		    strerror(errno));
		sessions->status = COMMAND_MISSING;
		return false;
	}
	sessions->line++;
	*line = (struct str){ *bytes, (size_t)length };
	if (str_ends(*line, STR("\n")))
		line->length--;
	if (str_ends(*line, STR("\r")))
		line->length--;
	return true;
}

/* Names one more column. */
static bool
add_column(struct sessions *sessions, struct str name, unsigned long *seen)
{
	const struct explain_field *field = explain_column_find(name);
	struct column *column = &sessions->columns[sessions->count];

	if (sessions->count == COLUMNS_MAX) {
		complain(sessions, "more than %d columns", COLUMNS_MAX);
		return false;
	}
	sessions->count++;
	*column = (struct column){ field, str_equal(name, STR("id")) };
	if (field == NULL && !column->id)
		fprintf(stderr,
		    "%s:%lu: warning: column \"" STR_FORMAT "\" is not used\n",
		    sessions->name, sessions->line, STR_ARGS(name));
	if (field != NULL && !explain_field_note(field, seen)) {
		complain(sessions, "column \"" STR_FORMAT "\" is there twice",
		    STR_ARGS(name));
		return false;
	}
	return true;
}

/* Reads the first line, which names the columns in any order. */
static bool
read_header(struct sessions *sessions, struct str line)
{
	static const struct str wanted[] = {
		STR_INIT("client_addr"),
		STR_INIT("recipient"),
	};
	unsigned long seen = 0;
	struct str name;
	bool more = true;

	while (more) {
		more = str_cut(line, '\t', &name, &line);
		if (!add_column(sessions, name, &seen))
			return false;
	}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		char bytes[256];
		struct buf names = BUF(bytes);

		if (explain_field_noted(explain_column_find(wanted[i]), seen))
			continue;
		explain_names(true, &names);
		complain(sessions,
		    "no column \"" STR_FORMAT "\"; the first line names the "
		    "columns, separated by tabs: id" STR_FORMAT,
		    STR_ARGS(wanted[i]), STR_ARGS(buf_str(&names)));
		return false;
	}
	return true;
}

/* Puts one value into the request, or into id. */
static bool
read_value(struct sessions *sessions, const struct column *column,
    struct str value, struct request *request, struct str *id)
{
	struct error error;

	if (column->id)
		*id = value;
	if (column->field == NULL ||
	    explain_field_set(column->field, request, value, &error))
		return true;
	complain(sessions, "%s", error.text);
	return false;
}

/* Reads the values of one session. */
static bool
read_session(struct sessions *sessions, struct str line,
    struct request *request, struct str *id)
{
	size_t count = 0;
	bool more = true;
	bool valid = true;

	explain_request_init(request);
	while (more) {
		struct str value;

		more = str_cut(line, '\t', &value, &line);
		if (count < sessions->count)
			valid = read_value(sessions, &sessions->columns[count],
				    value, request, id) &&
			    valid;
		count++;
	}
	if (count == sessions->count)
		return valid;
	complain(sessions, "%zu columns, but the first line names %zu", count,
	    sessions->count);
	return false;
}

static void
answer_line(struct sessions *sessions, struct str line)
{
	char number[24];
	struct buf buf = BUF(number);
	struct request request;
	struct error error;

	buf_add_number(&buf, sessions->line);
	struct str id = buf_str(&buf);
	if (!read_session(sessions, line, &request, &id))
		return;
	if (explain_request_finish(&request, &error))
		explain_judge(sessions->explain, id, &request);
	else
		complain(sessions, "%s", error.text);
}

static void
answer_lines(struct sessions *sessions)
{
	char *bytes = NULL;
	size_t size = 0;
	struct str line;

	if (!read_line(sessions, &bytes, &size, &line)) {
		if (sessions->status == COMMAND_DONE) {
			sessions->line = 1;
			complain(sessions,
			    "there is no line that names the "
			    "columns");
		}
	} else if (read_header(sessions, line)) {
		while (read_line(sessions, &bytes, &size, &line))
			if (line.length > 0)
				answer_line(sessions, line);
	}
	free(bytes);
}

enum command_exit
explain_sessions(struct explain *explain, const char *path)
{
	bool given = strcmp(path, "-") != 0;
	struct sessions sessions = {
		.explain = explain,
		.name = given ? path : "standard input",
		.file = given ? fopen(path, "r") : stdin,
	};

	if (sessions.file == NULL) {
		fprintf(stderr, "mtaguard explain: %s: %s\n", path,
		    strerror(errno));
		return COMMAND_MISSING;
	}
	answer_lines(&sessions);
	if (given)
		fclose(sessions.file);
	return sessions.status;
}
