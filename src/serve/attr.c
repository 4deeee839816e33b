/*
 * attr.c - Postfix's policy-delegation protocol: reading requests.
 */
#include "serve/attr.h"

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum attribute_kind {
	ATTRIBUTE_IGNORED,
	ATTRIBUTE_TEXT,
	ATTRIBUTE_NAME, /* text, of which "unknown" is none */
	ATTRIBUTE_PORT,
	ATTRIBUTE_REQUEST,
	ATTRIBUTE_STAGE,
	ATTRIBUTE_CLIENT,
};

/* Small and in one piece: 32 of them are looked at for each request. */
struct attribute {
	char name[28]; /* with its "=" */
	uint8_t length;
	uint8_t kind;    /* enum attribute_kind */
	uint16_t offset; /* of the field in struct request */
};

/* clang-format off */
#define ATTRIBUTE(name_, kind_) \
	{ .name = name_ "=", .length = sizeof(name_ "=") - 1, .kind = (kind_) }
#define ATTRIBUTE_FIELD(name_, kind_, field_) \
	{ .name = name_ "=", .length = sizeof(name_ "=") - 1, .kind = (kind_), \
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
	size_t expected;  /* index of the attribute that is likely next */
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

static void *
field_of(const struct attribute *attribute, struct request *request)
{
	return (char *)request + attribute->offset;
}

/* Puts a value where it belongs; false if there cannot be such a request. */
static bool
take_value(const struct attribute *attribute, struct str value,
    struct request *request)
{
	void *field = field_of(attribute, request);

	switch ((enum attribute_kind)attribute->kind) {
	case ATTRIBUTE_IGNORED:
		return true;
	case ATTRIBUTE_TEXT:
		*(struct str *)field = value;
		return true;
	case ATTRIBUTE_NAME:
		if (!str_equal(value, STR("unknown")))
			*(struct str *)field = value;
		return true;
	case ATTRIBUTE_PORT:
		*(unsigned *)field = port_read(value);
		return true;
	case ATTRIBUTE_REQUEST:
		return str_equal(value, STR("smtpd_access_policy"));
	case ATTRIBUTE_STAGE:
		request->session.stage = stage_read(value);
		return true;
	case ATTRIBUTE_CLIENT:
		client_read(&request->session, value);
		return true;
	}
	return true;
}

static uint64_t
word_at(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/*
 * memcmp(a, b, length) == 0 for the length of a name: its first word, its
 * last one, and what may be between. The call would cost as much as all else
 * that a line costs.
 */
static bool
same_bytes(const char *a, const char *b, size_t length)
{
	if (length < sizeof(uint64_t))
		return memcmp(a, b, length) == 0;

	size_t last = length - sizeof(uint64_t);
	if (word_at(a) != word_at(b) || word_at(a + last) != word_at(b + last))
		return false;
	for (size_t i = sizeof(uint64_t); i < last; i += sizeof(uint64_t))
		if (word_at(a + i) != word_at(b + i))
			return false;
	return true;
}

/*
 * memchr() for a newline. Most values are shorter than what the call costs,
 * and every processor of this kind compares sixteen bytes at once.
 */
static inline const char *
newline_find(const char *text, const char *end)
{
#ifdef __SSE2__
	const __m128i newlines = _mm_set1_epi8('\n');

	for (; end - text >= 16; text += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i_u *)text);
		int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, newlines));

		if (found != 0)
			return text + __builtin_ctz((unsigned)found);
	}
#endif
	return memchr(text, '\n', (size_t)(end - text));
}

/* What is before the end of a line and, where it ends in CRLF, the CR. */
static struct str
value_between(const char *value, const char *newline)
{
	size_t length = (size_t)(newline - value);

	/* Before the value stands the "=". */
	return (struct str){ value, length - (newline[-1] == '\r') };
}

/*
 * Reads the line that is expected, with a value that is not empty; returns
 * the next one. NULL if it has not come whole, or is wrong.
 */
static const char *
read_expected_value(const struct reader *reader,
    const struct attribute *attribute, const char *value)
{
	const char *newline = newline_find(value, reader->end);

	if (newline == NULL)
		return NULL;
	struct str text = value_between(value, newline);
	if (attribute->kind == ATTRIBUTE_TEXT)
		*(struct str *)field_of(attribute, reader->request) = text;
	else if (attribute->kind != ATTRIBUTE_IGNORED &&
	    !take_value(attribute, text, reader->request))
		return NULL;
	return newline + 1;
}

/*
 * Reads lines as long as they come as Postfix sends them, in the order of the
 * table; what is wrong with a line is left for read_line() to say. Half of
 * the values are empty, as all fields are at first.
 */
static void
read_expected(struct reader *reader)
{
	const struct attribute *attribute = &attributes[reader->expected];
	uint64_t bit = (uint64_t)1 << reader->expected;
	const char *next = reader->next;

	for (; attribute < &attributes[ATTRIBUTES]; attribute++, bit <<= 1) {
		const char *value = next + attribute->length;

		if (reader->end - next <= attribute->length ||
		    !same_bytes(next, attribute->name, attribute->length) ||
		    (reader->seen & bit) != 0)
			break;
		if (*value != '\n')
			value = read_expected_value(reader, attribute, value);
		else if (attribute->kind != ATTRIBUTE_REQUEST)
			value++;
		else
			break;
		if (value == NULL)
			break;
		reader->seen |= bit;
		next = value;
	}
	reader->next = next;
	reader->expected = (size_t)(attribute - attributes);
}

static struct str
name_of(size_t index)
{
	return (struct str){ attributes[index].name, attributes[index].length };
}

static size_t
attribute_index(struct str name)
{
	size_t index = 0;

	while (index < ATTRIBUTES && !str_equal(name_of(index), name))
		index++;
	return index;
}

static enum attr_result
check_count(const struct reader *reader)
{
	if (reader->unknown + ATTRIBUTES <= ATTR_COUNT_MAX)
		return ATTR_DONE;

	unsigned known = (unsigned)__builtin_popcountll(reader->seen);
	if (known + reader->unknown <= ATTR_COUNT_MAX)
		return ATTR_DONE;
	error_write(reader->error, "over %d attributes", ATTR_COUNT_MAX);
	return ATTR_OVER;
}

/* Takes a value for an attribute; it must be the first one. */
static bool
take_attribute(struct reader *reader, size_t index, struct str value)
{
	uint64_t bit = (uint64_t)1 << index;
	struct str name = name_of(index);

	if ((reader->seen & bit) != 0)
		return error_set(reader->error,
		    "attribute " STR_FORMAT " twice",
		    STR_ARGS(str_slice(name, 0, name.length - 1)));
	reader->seen |= bit;
	reader->expected = index + 1;
	return take_value(&attributes[index], value, reader->request) ||
	    error_set(reader->error, "the request is not smtpd_access_policy");
}

/* Reads one line, whatever it is. */
static enum attr_result
read_line(struct reader *reader)
{
	const char *start = reader->next;
	const char *newline = NULL;

	if (start < reader->end)
		newline = memchr(start, '\n', (size_t)(reader->end - start));
	if (newline == NULL)
		return ATTR_MORE;
	reader->next = newline + 1;
	const char *equals = memchr(start, '=', (size_t)(newline - start));
	if (equals == NULL) {
		error_write(reader->error, "a line without \"=\"");
		return ATTR_BAD;
	}
	size_t index = attribute_index(
	    (struct str){ start, (size_t)(equals + 1 - start) });
	if (index == ATTRIBUTES) {
		reader->unknown++;
		return check_count(reader);
	}
	return take_attribute(reader, index, value_between(equals + 1, newline))
	    ? ATTR_DONE
	    : ATTR_BAD;
}

/* Reads lines up to the empty one. */
static enum attr_result
read_lines(struct reader *reader)
{
	for (;;) {
		read_expected(reader);
		size_t blank = blank_length(reader->next, reader->end);
		reader->next += blank;
		if (blank > 0)
			return ATTR_DONE;
		enum attr_result result = read_line(reader);
		if (result != ATTR_DONE)
			return result;
	}
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

/* No line of a short request is over the limit, and nearly all are short. */
static enum attr_result
check_lines(const struct reader *reader, struct str text)
{
	struct str line;

	if (text.length <= ATTR_LINE_MAX)
		return ATTR_DONE;
	while (str_cut(text, '\n', &line, &text))
		if (line.length >= ATTR_LINE_MAX) {
			error_write(reader->error, "a line of over %d bytes",
			    ATTR_LINE_MAX);
			return ATTR_OVER;
		}
	return ATTR_DONE;
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
	enum attr_result result = check_count(reader);
	return result == ATTR_DONE ? check_lines(reader, text) : result;
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
