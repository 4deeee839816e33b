/*
 * scenario_step.c - reads the sessions and the steps of a scenario.
 */
#include "tests/lib/scenario_reader.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str
scenario_take_word(struct str *text)
{
	size_t length = 0;

	*text = str_trim(*text);
	while (length < text->length && !is_blank(text->data[length]))
		length++;
	struct str word = str_slice(*text, 0, length);
	*text = str_trim(str_slice(*text, length, text->length));
	return word;
}

/*
 * Cuts an argument off: up to white space, but not to that inside quotes,
 * brackets or a comment.
 */
static struct str
take_argument(struct str *text)
{
	bool quoted = false, bracket = false, comment = false;
	size_t length = 0;

	for (; length < text->length; length++) {
		char c = text->data[length];

		if (is_blank(c) && !quoted && !bracket && !comment)
			break;
		if (c == '\\')
			length++;
		else if (c == '"')
			quoted = !quoted;
		else if ((c == '<' || c == '>') && !quoted)
			bracket = c == '<';
		else if ((c == '(' || c == ')') && !quoted)
			comment = c == '(';
	}
	if (length > text->length)
		length = text->length;
	struct str argument = str_slice(*text, 0, length);
	*text = str_trim(str_slice(*text, length, text->length));
	return argument;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Replaces \xNN, so that a file can have any byte in an address. */
static struct str
unescape(struct arena *arena, struct str text)
{
	char *bytes = arena_alloc(arena, text.length + 1);
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		bool escape = i + 3 < text.length && text.data[i] == '\\' &&
		    text.data[i + 1] == 'x' &&
		    hex_digit(text.data[i + 2]) >= 0 &&
		    hex_digit(text.data[i + 3]) >= 0;

		if (!escape) {
			bytes[length++] = text.data[i];
			continue;
		}
		bytes[length++] = (char)(hex_digit(text.data[i + 2]) * 16 +
		    hex_digit(text.data[i + 3]));
		i += 3;
	}
	return (struct str){ bytes, length };
}

/* ---- sessions ---- */

static bool
set_client(struct scenario_reader *reader, struct session *session,
    struct str value)
{
	session->client_text = value;
	if (str_equal(value, STR("local")))
		session->client_kind = SESSION_CLIENT_LOCAL;
	else if (str_equal(value, STR("unknown")))
		session->client_kind = SESSION_CLIENT_UNKNOWN;
	else if (address_parse(value, &session->client, reader->error))
		session->client_kind = SESSION_CLIENT_ADDRESS;
	else
		return false;
	return true;
}

static const struct {
	struct str name;
	size_t offset; /* of the str in struct session */
} session_words[] = {
	{ STR_INIT("name"), offsetof(struct session, client_name) },
	{ STR_INIT("reverse"), offsetof(struct session, reverse_name) },
	{ STR_INIT("helo"), offsetof(struct session, helo) },
	{ STR_INIT("login"), offsetof(struct session, login) },
	{ STR_INIT("method"), offsetof(struct session, login_method) },
	{ STR_INIT("tls"), offsetof(struct session, tls_version) },
	{ STR_INIT("certificate"), offsetof(struct session, certificate) },
	{ STR_INIT("key"), offsetof(struct session, certificate_key) },
	{ STR_INIT("instance"), offsetof(struct session, instance) },
};

/* A field of a session, by its offset. */
static struct str *
session_field(struct session *session, size_t offset)
{
	void *field = (char *)session + offset;

	return field;
}

static bool
read_session_word(struct scenario_reader *reader, struct session *session,
    struct str word)
{
	struct str name, value;
	unsigned long port;

	str_cut(word, '=', &name, &value);
	if (str_equal(name, STR("client")))
		return set_client(reader, session, value);
	if (str_equal(name, STR("port"))) {
		if (!str_number(value, 65535, &port))
			return error_set(reader->error, "no such port");
		session->server_port = (unsigned)port;
		return true;
	}
	for (size_t i = 0; i < sizeof(session_words) / sizeof(session_words[0]);
	     i++) {
		if (!str_equal(session_words[i].name, name))
			continue;
		*session_field(session, session_words[i].offset) = value;
		return true;
	}
	return error_set(reader->error, "a session has no \"" STR_FORMAT "\"",
	    STR_ARGS(name));
}

void
scenario_clear_only(struct scenario_step *step)
{
	step->only = SCENARIO_ANY_PROTOCOL;
	step->places = SCENARIO_ANY_PLACE;
	step->reason = NULL;
}

bool
scenario_read_session(struct scenario_reader *reader, struct str rest)
{
	struct session *session = &reader->next.session;

	reader->session_only = reader->next;
	if (!reader->only_given)
		scenario_clear_only(&reader->session_only);
	if (reader->in_session)
		reader->next.number++;
	reader->in_session = true;
	*session = (struct session){
		.form = MAILBOX_ARGUMENT,
		.server_port = 25,
		.client_port = 40000 + reader->next.number,
	};
	if (rest.length == 0)
		return error_set(reader->error, "a session needs client=");
	while (rest.length > 0)
		if (!read_session_word(reader, session,
			scenario_take_word(&rest)))
			return false;
	if (session->login.length > 0 && session->login_method.length == 0)
		session->login_method = STR("PLAIN");
	return true;
}

/* ---- steps ---- */

/* Reads "554 5.7.1 Relay access denied" or a part of it, from the left. */
static bool
read_reply(struct scenario_reader *reader, struct str rest,
    struct scenario_expectation *expect)
{
	struct str word = scenario_take_word(&rest);
	unsigned long code;

	if (!str_number(word, 599, &code) || code < 400)
		return error_set(reader->error,
		    "\"" STR_FORMAT "\" is no answer", STR_ARGS(word));
	expect->answer = SCENARIO_REFUSE;
	expect->code = (unsigned)code;
	expect->dsn = scenario_take_word(&rest);
	expect->text = rest;
	return true;
}

static bool
read_expectation(struct scenario_reader *reader, struct str rest,
    struct scenario_expectation *expect)
{
	struct str whole = rest;
	struct str word = scenario_take_word(&rest);

	if (str_equal(word, STR("observe"))) {
		expect->observe = true;
		return read_expectation(reader, rest, expect);
	}
	if (str_equal(word, STR("ask"))) {
		expect->ask = true;
		return read_expectation(reader, rest, expect);
	}
	if (str_equal(word, STR("pass")) && rest.length == 0) {
		expect->answer = SCENARIO_PASS;
		return true;
	}
	if (str_equal(word, STR("refuse")) && rest.length == 0)
		return read_reply(reader, STR("554 5.7.1 Relay access denied"),
		    expect);
	if (str_equal(word, STR("defer")) && rest.length == 0)
		return read_reply(reader, STR("451 4.7.1"), expect);
	return read_reply(reader, whole, expect);
}

struct step_word {
	struct str name;
	enum session_stage stage;
	size_t offset; /* of what the argument sets, 0: it has none */
	bool path;     /* the argument is one of MAIL or RCPT */
};

static const struct step_word step_words[] = {
	{
	    .name = STR_INIT("connect"),
	    .stage = SESSION_CONNECT,
	},
	{
	    .name = STR_INIT("helo"),
	    .stage = SESSION_HELO,
	    .offset = offsetof(struct session, helo),
	},
	{
	    .name = STR_INIT("mail"),
	    .stage = SESSION_MAIL,
	    .offset = offsetof(struct session, sender),
	    .path = true,
	},
	{
	    .name = STR_INIT("rcpt"),
	    .stage = SESSION_RCPT,
	    .offset = offsetof(struct session, recipient),
	    .path = true,
	},
	{
	    .name = STR_INIT("data"),
	    .stage = SESSION_DATA,
	},
	{
	    .name = STR_INIT("end"),
	    .stage = SESSION_END_OF_MESSAGE,
	},
	{
	    .name = STR_INIT("vrfy"),
	    .stage = SESSION_VRFY,
	    .offset = offsetof(struct session, recipient),
	    .path = true,
	},
	{
	    .name = STR_INIT("etrn"),
	    .stage = SESSION_ETRN,
	    .offset = offsetof(struct session, etrn_domain),
	},
	{
	    .name = STR_INIT("other"),
	    .stage = SESSION_OTHER,
	    .offset = offsetof(struct session, recipient),
	    .path = true,
	},
};

/* What a step leaves behind for those after it: helo and sender. */
static void
carry_on(struct scenario_reader *reader, const struct scenario_step *step)
{
	struct session *session = &reader->next.session;

	if (step->session.stage == SESSION_MAIL)
		session->sender = step->session.sender;
	if (step->session.stage == SESSION_HELO)
		session->helo = step->session.helo;
}

/* "only" before the step stands, else that before the session. */
static void
choose_only(const struct scenario_reader *reader, struct scenario_step *step)
{
	if (reader->only_given)
		return;
	step->only = reader->session_only.only;
	step->places = reader->session_only.places;
	step->reason = reader->session_only.reason;
}

/* Reads the argument, parameters and expectation of a step. */
static bool
read_rest(struct scenario_reader *reader, const struct step_word *word,
    struct str rest, struct scenario_step *step)
{
	struct str arrow = STR("->");

	if (word->offset != 0 && !str_starts(rest, arrow)) {
		struct str argument = word->path ? take_argument(&rest)
						 : scenario_take_word(&rest);

		*session_field(&step->session, word->offset) =
		    unescape(reader->arena, argument);
	}
	step->parameters = str_slice(rest, 0, 0);
	while (rest.length > 0) {
		struct str parameter = scenario_take_word(&rest);

		if (str_equal(parameter, arrow))
			return read_expectation(reader, rest, &step->expect);
		step->parameters.length = (size_t)(parameter.data +
		    parameter.length - step->parameters.data);
	}
	return true;
}

static const struct step_word *
find_step(struct str name)
{
	for (size_t i = 0; i < sizeof(step_words) / sizeof(step_words[0]); i++)
		if (str_equal(step_words[i].name, name))
			return &step_words[i];
	return NULL;
}

bool
scenario_read_step(struct scenario_reader *reader, struct str word,
    struct str rest, struct str line)
{
	const struct step_word *kind = find_step(word);
	struct scenario *scenario = reader->scenario;
	struct scenario_step *step = &reader->steps[scenario->step_count];

	if (kind == NULL)
		return error_set(reader->error, "no step \"" STR_FORMAT "\"",
		    STR_ARGS(word));
	if (!reader->in_session)
		return error_set(reader->error, "a step before any session");
	scenario->step_count++;
	*step = reader->next;
	step->line = reader->lines.number;
	step->text = line;
	step->session.stage = kind->stage;
	choose_only(reader, step);
	if (!read_rest(reader, kind, rest, step))
		return false;
	if (kind->stage == SESSION_RCPT &&
	    step->expect.answer == SCENARIO_SILENT)
		return error_set(reader->error, "rcpt without an expectation");
	carry_on(reader, step);
	return true;
}
