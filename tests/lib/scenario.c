/*
 * scenario.c - reads a scenario: SMTP sessions, and what the guard says to
 * them.
 */
#include "tests/lib/scenario_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	FILE_MAX = 256 * 1024,
};

/* ---- the lines before the first session ---- */

static bool
policy_block(struct scenario_reader *reader)
{
	struct str line;
	const char *start = reader->lines.rest.data;

	reader->scenario->policy_line = reader->lines.number + 1;
	while (lines_next(&reader->lines, &line)) {
		if (!str_equal(line, STR("}")))
			continue;
		reader->scenario->policy =
		    (struct str){ start, (size_t)(line.data - start) };
		return true;
	}
	return error_set(reader->error, "the policy does not end in a line }");
}

static bool
read_policy(struct scenario_reader *reader, struct str rest)
{
	if (str_equal(rest, STR("{")))
		return policy_block(reader);
	if (rest.length == 0)
		return error_set(reader->error, "policy needs { or a path");
	reader->scenario->policy_path = arena_copy(reader->arena, rest).data;
	return true;
}

static bool
read_addresses(struct scenario_reader *reader, struct str rest)
{
	struct host *host = &reader->scenario->host;

	while (rest.length > 0) {
		struct str kind = scenario_take_word(&rest);
		struct str text = scenario_take_word(&rest);
		struct address address;

		if (!address_parse(text, &address, reader->error))
			return false;
		if (str_equal(kind, STR("address")))
			reader->addresses[host->address_count++] = address;
		else if (str_equal(kind, STR("gateway")))
			reader->gateways[host->gateway_count++] = address;
		else
			return error_set(reader->error,
			    "a host has address and gateway");
	}
	host->addresses = reader->addresses;
	host->gateways = reader->gateways;
	return true;
}

static bool
read_host(struct scenario_reader *reader, struct str rest)
{
	reader->scenario->has_host = true;
	return read_addresses(reader, rest);
}

static const struct {
	struct str name;
	enum scenario_mta_kind kind;
	bool pair; /* key:value */
} mta_words[] = {
	{ STR_INIT("ours"), SCENARIO_OURS, false },
	{ STR_INIT("relay"), SCENARIO_RELAY, false },
	{ STR_INIT("error"), SCENARIO_ERROR, false },
	{ STR_INIT("forward"), SCENARIO_FORWARD, true },
	{ STR_INIT("canonified"), SCENARIO_CANONIFIED, true },
	{ STR_INIT("macros"), SCENARIO_MACROS, false },
};

/* Reads one "ours=a.example,b.example". */
static bool
read_mta_word(struct scenario_reader *reader, struct str word)
{
	struct scenario *scenario = reader->scenario;
	struct str name, values;
	size_t i = 0;

	str_cut(word, '=', &name, &values);
	while (i < sizeof(mta_words) / sizeof(mta_words[0]) &&
	    !str_equal(mta_words[i].name, name))
		i++;
	if (i == sizeof(mta_words) / sizeof(mta_words[0]) || values.length == 0)
		return error_set(reader->error, "no mta: \"" STR_FORMAT "\"",
		    STR_ARGS(word));
	while (values.length > 0) {
		struct scenario_mta_row *row =
		    &reader->mta[scenario->mta_count++];

		row->kind = mta_words[i].kind;
		str_cut(values, ',', &row->key, &values);
		if (mta_words[i].pair &&
		    !str_cut(row->key, ':', &row->key, &row->value))
			return error_set(reader->error, "no \":\" in it");
	}
	return true;
}

static bool
read_mta(struct scenario_reader *reader, struct str rest)
{
	reader->scenario->has_mta = true;
	reader->scenario->mta = reader->mta;
	while (rest.length > 0)
		if (!read_mta_word(reader, scenario_take_word(&rest)))
			return false;
	return true;
}

/* Reads 2027-07-01, or 2027-07-01T12:30:00, in UTC. */
static bool
read_now(struct scenario_reader *reader, struct str rest)
{
	const char *text = arena_copy(reader->arena, rest).data;
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (end != NULL && *end == 'T')
		end = strptime(end, "T%H:%M:%S", &tm);
	if (end == NULL || *end != '\0')
		return error_set(reader->error, "\"%s\" is no date", text);
	reader->next.now = timegm(&tm);
	return true;
}

/* ---- only ---- */

static const struct {
	struct str name;
	unsigned protocols;
} protocol_words[] = {
	{ STR_INIT("policy"), SCENARIO_POLICY },
	{ STR_INIT("milter"), SCENARIO_MILTER },
	{ STR_INIT("postfix-milter"), SCENARIO_POSTFIX_MILTER },
	{ STR_INIT("sendmail-milter"), SCENARIO_SENDMAIL_MILTER },
};

static unsigned
protocols_named(struct str word)
{
	for (size_t i = 0;
	     i < sizeof(protocol_words) / sizeof(protocol_words[0]); i++)
		if (str_equal(protocol_words[i].name, word))
			return protocol_words[i].protocols;
	return 0;
}

/* Reads "policy postfix-milter: reason". */
static bool
read_only(struct scenario_reader *reader, struct str rest)
{
	struct scenario_step *next = &reader->next;
	struct str words, name;
	unsigned only = 0;

	if (reader->only_given)
		return error_set(reader->error, "two lines with only");
	str_cut(rest, ':', &words, &name);
	name = str_trim(name);
	while (words.length > 0) {
		unsigned protocols =
		    protocols_named(scenario_take_word(&words));

		if (protocols == 0)
			return error_set(reader->error, "no such protocol");
		only |= protocols;
	}
	for (size_t i = 0; i < scenario_reason_count; i++) {
		const struct scenario_reason *reason = &scenario_reasons[i];

		if (reason->applies != NULL ||
		    !str_equal(str_from(reason->name), name))
			continue;
		if (only != reason->protocols)
			return error_set(reader->error,
			    "the reason is one for other protocols");
		next->only = only;
		next->places = reason->places;
		next->reason = reason->why;
		reader->only_given = true;
		return true;
	}
	return error_set(reader->error, "no reason \"" STR_FORMAT "\"",
	    STR_ARGS(name));
}

/* ---- all lines ---- */

static const struct {
	struct str name;
	bool (*read)(struct scenario_reader *reader, struct str rest);
} line_words[] = {
	{ STR_INIT("policy:"), read_policy },
	{ STR_INIT("policy"), read_policy },
	{ STR_INIT("host:"), read_host },
	{ STR_INIT("mta:"), read_mta },
	{ STR_INIT("now"), read_now },
	{ STR_INIT("only"), read_only },
	{ STR_INIT("session"), scenario_read_session },
};

static bool
read_line(struct scenario_reader *reader, struct str line)
{
	struct str rest = line;
	struct str word = scenario_take_word(&rest);

	for (size_t i = 0; i < sizeof(line_words) / sizeof(line_words[0]); i++)
		if (str_equal(line_words[i].name, word))
			return line_words[i].read(reader, rest);
	return scenario_read_step(reader, word, rest, line);
}

static bool
read_lines(struct scenario_reader *reader)
{
	struct str line;

	while (lines_next(&reader->lines, &line)) {
		bool only_before = reader->only_given;

		line = str_trim(line);
		if (line.length == 0 || line.data[0] == '#')
			continue;
		if (!read_line(reader, line)) {
			error_prefix(reader->error, "%s:%u",
			    reader->scenario->path, reader->lines.number);
			return false;
		}
		/* "only" holds for one line. */
		if (only_before)
			reader->only_given = false;
	}
	return true;
}

static bool
read_file(const char *path, struct arena *arena, struct str *text,
    struct error *error)
{
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return error_set(error, "%s: %s", path, strerror(errno));
	char *bytes = arena_alloc(arena, FILE_MAX);
	size_t length = fread(bytes, 1, FILE_MAX, file);
	bool whole = feof(file) != 0 && length < FILE_MAX;
	fclose(file);
	*text = (struct str){ bytes, length };
	return whole || error_set(error, "%s: too long", path);
}

bool
scenario_read(const char *path, struct arena *arena, struct scenario *scenario,
    struct error *error)
{
	struct str text;

	if (!read_file(path, arena, &text, error))
		return false;
	*scenario = (struct scenario){
		.path = arena_copy(arena, str_from(path)).data,
	};
	/* No line makes more of anything than it has bytes. */
	size_t room = text.length + 1;
	struct scenario_reader reader = {
		.scenario = scenario,
		.arena = arena,
		.error = error,
		.lines = lines_of(text),
		.next.now = SCENARIO_NOW,
		.steps = arena_alloc(arena, room * sizeof(*reader.steps)),
		.mta = arena_alloc(arena, room * sizeof(*reader.mta)),
		.addresses =
		    arena_alloc(arena, room * sizeof(*reader.addresses)),
		.gateways = arena_alloc(arena, room * sizeof(*reader.gateways)),
	};
	scenario_clear_only(&reader.next);
	if (!read_lines(&reader))
		return false;
	/* What every host has, and so needs no line. */
	if (!scenario->has_host &&
	    !read_addresses(&reader, STR("address 127.0.0.1")))
		return false;
	scenario->steps = reader.steps;
	if (scenario->policy_path == NULL && scenario->policy.data == NULL)
		return error_set(error, "%s: no policy", path);
	return scenario->step_count > 0 ||
	    error_set(error, "%s: no steps", path);
}
