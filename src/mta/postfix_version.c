/*
 * postfix_version.c - which version of Postfix reads a configuration.
 *
 * Every program of Postfix has its version inside, as "mail_version=3.7.11",
 * so that nothing has to be run and no package database has to be known.
 */
#include "mta/postfix_internal.h"

#include <string.h>

enum {
	PROGRAM_MAX = 64 << 20,
	VERSION_MAX = 32,
	ASSUMED_NUMBER = 307,
};

#define ASSUMED "3.7"

static const char stamp[] = "mail_version=";

static const char *const usual_directories[] = {
	"/usr/lib/postfix/sbin",
	"/usr/libexec/postfix",
	"/usr/lib/postfix/bin",
	"/usr/lib/postfix",
};

/* Finds the version in the bytes of a program. */
static bool
find_stamp(struct str bytes, struct arena *arena, struct str *version)
{
	const char *at = bytes.length > 0
	    ? memmem(bytes.data, bytes.length, stamp, sizeof(stamp) - 1)
	    : NULL;
	unsigned number;
	size_t length = 0;

	if (at == NULL)
		return false;
	size_t start = (size_t)(at - bytes.data) + sizeof(stamp) - 1;
	struct str rest = str_slice(bytes, start, bytes.length);
	while (length < rest.length && length < VERSION_MAX &&
	    rest.data[length] > ' ' && rest.data[length] < 0x7f)
		length++;
	*version = arena_copy(arena, str_slice(rest, 0, length));
	return postfix_version_parse(*version, &number);
}

static bool
ask_program(struct postfix *postfix, const char *directory, struct str *version)
{
	/* Not in the arena of the instance: it is only looked through. */
	struct arena *scratch = arena_new(0);
	struct str bytes;
	struct error error;
	bool found =
	    tree_read(postfix->host->tree,
		arena_print(scratch, "%s/master", directory), PROGRAM_MAX,
		scratch, &bytes, &error) == LOOKUP_FOUND &&
	    find_stamp(bytes, postfix->arena, version);

	arena_free(scratch);
	return found;
}

static bool
find_program(struct postfix *postfix, struct str *version)
{
	struct postfix_value value;
	struct error error;

	if (postfix_value(postfix, NULL, "daemon_directory", &value, &error) &&
	    value.text.length > 0 &&
	    ask_program(postfix, arena_copy(postfix->arena, value.text).data,
		version))
		return true;
	for (size_t i = 0;
	     i < sizeof(usual_directories) / sizeof(usual_directories[0]); i++)
		if (ask_program(postfix, usual_directories[i], version))
			return true;
	return false;
}

void
postfix_find_version(struct postfix *postfix)
{
	struct postfix_site *site = &postfix->site;
	struct str version;

	/* Needed to find daemon_directory; no default of it has changed. */
	site->version = ASSUMED_NUMBER;
	if (postfix_version_parse(postfix->host->version, &site->version)) {
		site->mail_version = postfix->host->version;
		return;
	}
	if (find_program(postfix, &version)) {
		site->mail_version = version;
		postfix_version_parse(version, &site->version);
		return;
	}
	site->mail_version = STR(ASSUMED);
	site->version_assumed = true;
	problems_warning(&postfix->problems,
	    (struct place){ postfix->main.path, 0 },
	    "nothing tells the version of Postfix: it is judged as " ASSUMED
	    " (--mta-version says another)");
}
