/*
 * attr.c - Postfix's policy-delegation protocol: reading requests, printing
 * actions.
 */
#include "serve/attr.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum attribute_kind {
	ATTRIBUTE_IGNORED,
	ATTRIBUTE_REQUEST,
	ATTRIBUTE_STAGE,
	ATTRIBUTE_CLIENT,
	ATTRIBUTE_NAME, /* text, of which "unknown" is none */
	ATTRIBUTE_PORT,
	ATTRIBUTE_TEXT,
};

struct attribute {
	struct str name; /* with its "=" */
	enum attribute_kind kind;
	size_t offset; /* of the field in struct request */
};

/* clang-format off */
#define ATTRIBUTE(name_, kind_) \
	{ .name = STR_INIT(name_ "="), .kind = (kind_) }
#define ATTRIBUTE_FIELD(name_, kind_, field_) \
	{ .name = STR_INIT(name_ "="), .kind = (kind_), \
	    .offset = offsetof(struct request, field_) }

/*
 * What Postfix sends, in the order in which it does, so that the row after
 * the last one found is nearly always the next. (tls_sni, of 3.12, comes
 * before policy_context there; here it is out of the way of the others.)
 */
static const struct attribute attributes[] = {
	ATTRIBUTE("request", ATTRIBUTE_REQUEST),
	ATTRIBUTE("protocol_state", ATTRIBUTE_STAGE),
	ATTRIBUTE("protocol_name", ATTRIBUTE_IGNORED),
	ATTRIBUTE("client_address", ATTRIBUTE_CLIENT),
	ATTRIBUTE_FIELD("client_name", ATTRIBUTE_NAME, session.client_name),
	ATTRIBUTE_FIELD("client_port", ATTRIBUTE_PORT, session.client_port),
	ATTRIBUTE_FIELD("reverse_client_name", ATTRIBUTE_NAME,
	    session.reverse_name),
	ATTRIBUTE("server_address", ATTRIBUTE_IGNORED),
	ATTRIBUTE_FIELD("server_port", ATTRIBUTE_PORT, session.server_port),
	ATTRIBUTE_FIELD("helo_name", ATTRIBUTE_TEXT, session.helo),
	ATTRIBUTE_FIELD("sender", ATTRIBUTE_TEXT, session.sender),
	ATTRIBUTE_FIELD("recipient", ATTRIBUTE_TEXT, session.recipient),
	ATTRIBUTE("recipient_count", ATTRIBUTE_IGNORED),
	ATTRIBUTE_FIELD("queue_id", ATTRIBUTE_TEXT, session.queue_id),
	ATTRIBUTE_FIELD("instance", ATTRIBUTE_TEXT, session.instance),
	ATTRIBUTE("size", ATTRIBUTE_IGNORED),
	ATTRIBUTE_FIELD("etrn_domain", ATTRIBUTE_TEXT, session.etrn_domain),
	ATTRIBUTE("stress", ATTRIBUTE_IGNORED),
	ATTRIBUTE_FIELD("sasl_method", ATTRIBUTE_TEXT, session.login_method),
	ATTRIBUTE_FIELD("sasl_username", ATTRIBUTE_TEXT, session.login),
	ATTRIBUTE("sasl_sender", ATTRIBUTE_IGNORED),
	ATTRIBUTE("ccert_subject", ATTRIBUTE_IGNORED),
	ATTRIBUTE("ccert_issuer", ATTRIBUTE_IGNORED),
	ATTRIBUTE_FIELD("ccert_fingerprint", ATTRIBUTE_TEXT,
	    session.certificate),
	ATTRIBUTE_FIELD("ccert_pubkey_fingerprint", ATTRIBUTE_TEXT,
	    session.certificate_key),
	ATTRIBUTE_FIELD("encryption_protocol", ATTRIBUTE_TEXT,
	    session.tls_version),
	ATTRIBUTE_FIELD("encryption_cipher", ATTRIBUTE_TEXT,
	    session.tls_cipher),
	ATTRIBUTE("encryption_keysize", ATTRIBUTE_IGNORED),
	ATTRIBUTE_FIELD("policy_context", ATTRIBUTE_TEXT, policy_context),
	ATTRIBUTE("compatibility_level", ATTRIBUTE_IGNORED),
	ATTRIBUTE("mail_version", ATTRIBUTE_IGNORED),
	ATTRIBUTE("tls_sni", ATTRIBUTE_IGNORED),
};
/* clang-format on */

enum {
	ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]),
};

_Static_assert(ATTRIBUTES <= 64, "a bit for each attribute");
_Static_assert((ATTRIBUTES & (ATTRIBUTES - 1)) == 0, "a cheap remainder");

struct stage_row {
	struct str name;
	enum session_stage stage;
};

/* All others (XCLIENT, and what is to come) are SESSION_OTHER. */
static const struct stage_row stages[] = {
	{ .name = STR_INIT("RCPT"), .stage = SESSION_RCPT },
	{ .name = STR_INIT("DATA"), .stage = SESSION_DATA },
	{ .name = STR_INIT("END-OF-MESSAGE"), .stage = SESSION_END_OF_MESSAGE },
	{ .name = STR_INIT("MAIL"), .stage = SESSION_MAIL },
	{ .name = STR_INIT("EHLO"), .stage = SESSION_HELO },
	{ .name = STR_INIT("HELO"), .stage = SESSION_HELO },
	{ .name = STR_INIT("CONNECT"), .stage = SESSION_CONNECT },
	{ .name = STR_INIT("VRFY"), .stage = SESSION_VRFY },
	{ .name = STR_INIT("ETRN"), .stage = SESSION_ETRN },
};

/* A walk over the lines of a request. */
struct reader {
	const char *next;
	const char *end;
	size_t guess;     /* index of the attribute that is likely next */
	uint64_t seen;    /* one bit an attribute */
	unsigned unknown; /* attributes that we do not know */
	struct request *request;
	struct error *error;
};

/* Length of the empty line at the start of text, 0 if there is none. */
static size_t
blank_length(const char *text, const char *end)
{
	if (text == end || text[0] > '\r')
		return 0;
	if (text[0] == '\n')
		return 1;
	return end - text >= 2 && text[0] == '\r' && text[1] == '\n' ? 2 : 0;
}

/*
 * Finds the end of the first line in text that is followed by an empty one;
 * searched bytes of it are known to hold none as a whole.
 */
static bool
find_end(struct str text, size_t searched, size_t *used)
{
	const char *end = text.data + text.length;
	const char *at = text.data;

	if (searched > 2)
		at += searched - 2;
	while (at < end) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL)
			return false;
		at++;
		size_t blank = blank_length(at, end);
		if (blank > 0) {
			*used = (size_t)(at - text.data) + blank;
			return true;
		}
	}
	return false;
}

static enum session_stage
stage_read(struct str value)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		if (str_equal(value, stages[i].name))
			return stages[i].stage;
	return SESSION_OTHER;
}

static void
client_read(struct session *session, struct str value)
{
	struct error ignored; /* what is no address is nobody's */

	session->client_text = value;
	if (address_parse(value, &session->client, &ignored))
		session->client_kind = SESSION_CLIENT_ADDRESS;
}

static unsigned
port_read(struct str value)
{
	unsigned port = 0;

	if (value.length > 5)
		return 0;
	for (size_t i = 0; i < value.length; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return 0;
		port = port * 10 + (unsigned)(value.data[i] - '0');
	}
	return port <= UINT16_MAX ? port : 0;
}

/* Puts a value where it belongs; false if there cannot be such a request. */
static bool
take_value(const struct attribute *attribute, struct str value,
    struct request *request)
{
	void *field = (char *)request + attribute->offset;

	if (value.length == 0 && attribute->kind != ATTRIBUTE_REQUEST)
		return true;
	switch (attribute->kind) {
	case ATTRIBUTE_IGNORED:
		return true;
	case ATTRIBUTE_REQUEST:
		return str_equal(value, STR("smtpd_access_policy"));
	case ATTRIBUTE_STAGE:
		request->session.stage = stage_read(value);
		return true;
	case ATTRIBUTE_CLIENT:
		client_read(&request->session, value);
		return true;
	case ATTRIBUTE_NAME:
		if (!str_equal(value, STR("unknown")))
			*(struct str *)field = value;
		return true;
	case ATTRIBUTE_PORT:
		*(unsigned *)field = port_read(value);
		return true;
	case ATTRIBUTE_TEXT:
		*(struct str *)field = value;
		return true;
	}
	return true;
}

static const struct attribute *
attribute_find(struct str name)
{
	for (size_t i = 0; i < ATTRIBUTES; i++)
		if (str_equal(attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

/*
 * Finds which attribute the next line has, and where its value begins.
 * attribute is NULL if it is one that we do not know.
 */
static enum attr_result
read_name(const struct reader *reader, const struct attribute **attribute,
    const char **value)
{
	size_t rest = (size_t)(reader->end - reader->next);
	const char *newline = memchr(reader->next, '\n', rest);

	if (newline == NULL)
		return ATTR_MORE;
	size_t length = (size_t)(newline - reader->next);
	const char *equals = memchr(reader->next, '=', length);
	if (equals == NULL) {
		error_write(reader->error, "a line without \"=\"");
		return ATTR_BAD;
	}
	*value = equals + 1;
	*attribute = attribute_find(
	    (struct str){ reader->next, (size_t)(*value - reader->next) });
	return ATTR_DONE;
}

static uint64_t
word_at(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/*
 * memcmp(a, b, length) == 0, for the length of a name: word by word, and the
 * last word again up to the end. The call would cost half of reading a line.
 */
static bool
same_bytes(const char *a, const char *b, size_t length)
{
	if (length < sizeof(uint64_t))
		return memcmp(a, b, length) == 0;

	size_t last = length - sizeof(uint64_t);
	for (size_t i = 0; i < last; i += sizeof(uint64_t))
		if (word_at(a + i) != word_at(b + i))
			return false;
	return word_at(a + last) == word_at(b + last);
}

/* Whether the next line has the attribute that is likely next. */
static bool
guess_holds(const struct reader *reader)
{
	struct str name = attributes[reader->guess].name;

	return (size_t)(reader->end - reader->next) > name.length &&
	    same_bytes(reader->next, name.data, name.length);
}

/* Takes a value for an attribute; it must be the first one. */
static enum attr_result
take_attribute(struct reader *reader, const struct attribute *attribute,
    struct str value)
{
	size_t index = (size_t)(attribute - attributes);
	uint64_t bit = (uint64_t)1 << index;

	if ((reader->seen & bit) != 0) {
		struct str name = attribute->name;

		error_write(reader->error, "attribute " STR_FORMAT " twice",
		    STR_ARGS(str_slice(name, 0, name.length - 1)));
		return ATTR_BAD;
	}
	reader->seen |= bit;
	reader->guess = (index + 1) % ATTRIBUTES;
	if (!take_value(attribute, value, reader->request)) {
		error_write(reader->error,
		    "the request is not smtpd_access_policy");
		return ATTR_BAD;
	}
	return ATTR_DONE;
}

static enum attr_result
check_count(const struct reader *reader)
{
	unsigned known = (unsigned)__builtin_popcountll(reader->seen);

	if (known + reader->unknown <= ATTR_COUNT_MAX)
		return ATTR_DONE;
	error_write(reader->error, "over %d attributes", ATTR_COUNT_MAX);
	return ATTR_OVER;
}

/* Reads one line. */
static enum attr_result
read_line(struct reader *reader)
{
	const struct attribute *attribute = &attributes[reader->guess];
	const char *value = reader->next + attribute->name.length;

	if (!guess_holds(reader)) {
		enum attr_result result = read_name(reader, &attribute, &value);
		if (result != ATTR_DONE)
			return result;
	}

	/* Half of the values that Postfix sends are empty. */
	const char *newline = value;
	if (*value != '\n')
		newline = memchr(value, '\n', (size_t)(reader->end - value));
	if (newline == NULL)
		return ATTR_MORE;
	if (newline - reader->next >= ATTR_LINE_MAX) {
		error_write(reader->error, "a line of over %d bytes",
		    ATTR_LINE_MAX);
		return ATTR_OVER;
	}
	reader->next = newline + 1;
	if (attribute == NULL) {
		reader->unknown++;
		return check_count(reader);
	}
	if (newline > value && newline[-1] == '\r')
		newline--;
	return take_attribute(reader, attribute,
	    (struct str){ value, (size_t)(newline - value) });
}

/* Reads lines up to the empty one. */
static enum attr_result
read_lines(struct reader *reader)
{
	size_t blank;

	while ((blank = blank_length(reader->next, reader->end)) == 0) {
		enum attr_result result = read_line(reader);

		if (result != ATTR_DONE)
			return result;
	}
	reader->next += blank;
	return ATTR_DONE;
}

/* The result for input that holds no empty line. */
static enum attr_result
wait_for_more(struct attr_state *state, struct str input, struct error *error)
{
	state->searched = input.length;
	if (input.length < ATTR_REQUEST_MAX)
		return ATTR_MORE;
	error_write(error, "a request of over %d bytes", ATTR_REQUEST_MAX);
	return ATTR_OVER;
}

/* What can only be said of a request as a whole. */
static enum attr_result
check_whole(const struct reader *reader, struct str text)
{
	if ((reader->seen & 1) == 0) {
		error_write(reader->error, "no attribute \"request\"");
		return ATTR_BAD;
	}
	if (memchr(text.data, '\0', text.length) != NULL) {
		error_write(reader->error, "a NUL");
		return ATTR_BAD;
	}
	return check_count(reader);
}

/*
 * The first time, the lines are read at once: nearly always all of them are
 * there. If not, they are read again when the empty line has come, so that a
 * request that comes byte by byte is not read once a byte.
 */
enum attr_result
attr_parse(struct attr_state *state, struct str input, size_t *used,
    struct request *request, struct error *error)
{
	if (input.length > ATTR_REQUEST_MAX)
		input.length = ATTR_REQUEST_MAX;

	const char *end = input.data + input.length;
	bool blank = blank_length(input.data, end) > 0;
	if (state->searched > 0 && !blank &&
	    !find_end(input, state->searched, used))
		return wait_for_more(state, input, error);

	*request = (struct request){
		.protocol = REQUEST_POLICY,
		.session.stage = SESSION_OTHER,
		.session.form = MAILBOX_INTERNAL,
	};
	struct reader reader = {
		.next = input.data,
		.end = end,
		.request = request,
		.error = error,
	};
	enum attr_result result = read_lines(&reader);
	if (result == ATTR_DONE) {
		*used = (size_t)(reader.next - input.data);
		return check_whole(&reader, str_slice(input, 0, *used));
	}
	/* What is wrong with a line is said when its request has its end, so
	 * that the answer does not depend on where the input was split. */
	if (result == ATTR_MORE || !find_end(input, 0, used))
		return wait_for_more(state, input, error);
	return result;
}

bool
attr_skip(struct str input, size_t *used)
{
	if (find_end(input, 0, used))
		return true;
	size_t kept = 0;
	if (str_ends(input, STR("\n")))
		kept = 1;
	else if (str_ends(input, STR("\n\r")))
		kept = 2;
	*used = input.length - kept;
	return false;
}

/* Whether Postfix would take the action as a permit, or not as one action. */
static bool
is_safe(struct str action)
{
	static const struct str permits[] = {
		STR_INIT("OK"),
		STR_INIT("RELAY"),
		STR_INIT("permit"),
	};
	struct str word, rest;

	str_cut(action, ' ', &word, &rest);
	for (size_t i = 0; i < sizeof(permits) / sizeof(permits[0]); i++)
		if (str_equal_nocase(word, permits[i]))
			return false;
	for (size_t i = 0; i < action.length; i++)
		if (action.data[i] < ' ' || action.data[i] > '~')
			return false;
	/* Digits alone permit, and so does nothing at all. */
	for (size_t i = 0; i < action.length; i++)
		if (action.data[i] < '0' || action.data[i] > '9')
			return action.data[0] != ' ';
	return false;
}

static void
print_refusal(const struct decision *decision, struct buf *reply)
{
	assert(decision->verdict == VERDICT_REJECT
		? decision->code >= 500 && decision->code <= 599
		: decision->code >= 400 && decision->code <= 499);
	assert(decision->text.length > 0);
	assert(decision->text.length <= DECISION_TEXT);
	buf_add_number(reply, decision->code);
	buf_add_char(reply, ' ');
	if (decision->dsn.length > 0) {
		buf_add(reply, decision->dsn);
		buf_add_char(reply, ' ');
	}
	buf_add(reply, decision->text);
}

static void
print_action(const struct decision *decision, struct buf *reply)
{
	switch (decision->verdict) {
	case VERDICT_CONTINUE:
		buf_add(reply, STR("DUNNO"));
		return;
	case VERDICT_ASK_MTA:
		if (decision->observe)
			buf_add(reply, STR("warn_if_reject "));
		buf_add(reply, STR("reject_unauth_destination"));
		return;
	case VERDICT_REJECT:
	case VERDICT_DEFER:
		if (decision->observe)
			buf_add(reply, STR("DUNNO"));
		else
			print_refusal(decision, reply);
		return;
	}
}

void
attr_print(const struct decision *decision, struct buf *reply)
{
	buf_add(reply, STR("action="));
	size_t start = reply->length;
	print_action(decision, reply);
	assert(is_safe(str_slice(buf_str(reply), start, reply->length)));
	buf_add(reply, STR("\n\n"));
	assert(!reply->full);
}

void
attr_refuse(struct decision *decision)
{
	*decision = (struct decision){
		.verdict = VERDICT_DEFER,
		.cause = DECISION_MALFORMED,
		.code = 451,
		.dsn = STR("4.3.0"),
		.text = STR("Relay guard cannot read the request"),
		.rule = STR("malformed"),
	};
}
