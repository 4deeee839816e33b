/*
 * milter_capture.c - what an MTA once said to a milter, to be said again.
 */
#include "tests/lib/milter_capture.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	char command;
} commands[] = {
	{ "OPTNEG to MTA:", 'O' },
	{ "CONNECT", 'C' },
	{ "HELO", 'H' },
	{ "MAIL", 'M' },
	{ "RCPT", 'R' },
	{ "ABORT", 'A' },
	{ "QUIT", 'Q' },
	{ "BODYEOB", 'E' },
	/* What our filter has asked not to be told. */
	{ "OPTNEG from MTA:", 0 },
	{ "DATA", 0 },
	{ "HEADER", 0 },
	{ "EOH", 0 },
	{ "BODY", 0 },
	{ "UNKNOWN", 0 },
};

static bool
find_command(char *line, char *command, char **rest)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		size_t length = strlen(commands[i].name);
		if (strncmp(line, commands[i].name, length) != 0 ||
		    isalpha((unsigned char)line[length]))
			continue;
		*command = commands[i].command;
		*rest = line + length;
		return true;
	}
	return false;
}

/*
 * Cuts out "[value]" at the start of text. Values have brackets themselves:
 * the last one is that before the end or before the next thing.
 */
static char *
cut_value(char *text, const char *next, char **rest)
{
	if (*text != '[')
		return NULL;
	char *end = strstr(text, next);
	if (end == NULL)
		end = text + strlen(text) - 1;
	if (*end != ']')
		return NULL;
	*rest = end[1] == '\0' ? end + 1 : end + strlen(next) - 1;
	*end = '\0';
	return text + 1;
}

/* "{daemon_name}=[mx]  v=[Postfix 3.7.11]" or "(none)" */
static bool
read_macros(char *text, struct milter_step *step)
{
	size_t count = 0;

	text += strspn(text, " ");
	if (strcmp(text, "(none)") == 0)
		return true;
	while (*text != '\0') {
		char *equal = strchr(text, '=');
		if (equal == NULL || count == MILTER_CAPTURE_MACROS - 1)
			return false;
		*equal = '\0';
		step->macros[count].name = text;
		step->macros[count].value = cut_value(equal + 1, "]  ", &text);
		if (step->macros[count++].value == NULL)
			return false;
		text += strspn(text, " ");
	}
	return true;
}

/* "[<bob@example.test>] [NOTIFY=NEVER]" */
static bool
read_words(char *text, struct milter_step *step)
{
	size_t count = 0;

	text += strspn(text, " ");
	while (*text != '\0') {
		if (count == MILTER_CAPTURE_WORDS - 1)
			return false;
		step->words[count] = cut_value(text, "] [", &text);
		if (step->words[count++] == NULL)
			return false;
	}
	return true;
}

/* "host=[evil.test] family=4 port=4321 addr=[203.0.113.66]" */
static bool
read_connect(char *text, struct milter_step *step)
{
	static const char host[] = " host=", family[] = "family=";
	static const char port[] = "port=", address[] = "addr=";
	char *rest;

	if (strncmp(text, host, sizeof(host) - 1) != 0)
		return false;
	step->words[0] = cut_value(text + sizeof(host) - 1, "] f", &rest);
	char *at_family = strstr(rest, family);
	char *at_port = strstr(rest, port);
	char *at_address = strstr(rest, address);
	if (step->words[0] == NULL || at_family == NULL || at_port == NULL ||
	    at_address == NULL)
		return false;
	step->family = at_family[sizeof(family) - 1];
	step->port = (unsigned)strtoul(at_port + sizeof(port) - 1, NULL, 10);
	step->words[1] =
	    cut_value(at_address + sizeof(address) - 1, "]  ", &rest);
	return step->words[1] != NULL;
}

static bool
read_step(char *line, struct milter_step *step)
{
	static const char macros[] = "  macros for ";
	char *rest;

	*step = (struct milter_step){ .session = 0 };
	if (*line != '[')
		return false;
	step->session = (unsigned)strtoul(line + 1, &line, 10);
	if (strncmp(line, "] ", 2) != 0)
		return false;
	line += 2;
	if (strncmp(line, macros, sizeof(macros) - 1) == 0)
		return find_command(line + sizeof(macros) - 1, &step->place,
			   &rest) &&
		    *rest == ':' && read_macros(rest + 1, step);
	if (!find_command(line, &step->command, &rest))
		return false;
	switch (step->command) {
	case 'O':
		step->symbols = strstr(rest, "sym=[]") == NULL;
		return true;
	case 'C':
		return read_connect(rest, step);
	case 'H':
	case 'M':
	case 'R':
		return read_words(rest, step);
	default:
		return true;
	}
}

static char *
read_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t capacity = 0;

	if (file == NULL)
		return NULL;
	ssize_t length = getdelim(&text, &capacity, '\0', file);
	fclose(file);
	if (length > 0)
		return text;
	free(text);
	return NULL;
}

bool
milter_capture_read(const char *path, struct milter_capture *capture)
{
	size_t lines = 1;

	*capture = (struct milter_capture){ .text = read_text(path) };
	if (capture->text == NULL)
		return false;
	for (const char *c = capture->text; *c != '\0'; c++)
		lines += *c == '\n';
	capture->steps = calloc(lines, sizeof(*capture->steps));
	if (capture->steps == NULL)
		return false;

	char *next = capture->text;
	while (*next != '\0') {
		char *line = next;
		next += strcspn(line, "\n");
		if (*next == '\n')
			*next++ = '\0';
		if (!read_step(line, &capture->steps[capture->count++])) {
			fprintf(stderr, "%s: not understood: %s\n", path, line);
			return false;
		}
	}
	return true;
}

void
milter_capture_free(struct milter_capture *capture)
{
	free(capture->steps);
	free(capture->text);
}
