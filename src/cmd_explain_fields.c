/*
 * cmd_explain_fields.c - how a session is described: client=192.0.2.1 as an
 * argument, client_addr as a column.
 */
#include "cmd_explain.h"

#include <stdint.h>

enum {
	PORT_SMTP = 25,
};

struct explain_field {
	struct str name;   /* of the argument */
	struct str column; /* in a file of sessions; empty: in none */
	bool (*set)(struct request *request, const struct explain_field *field,
	    struct str value, struct error *error);
	size_t offset; /* of the field in struct request */
};

static struct str *
text_field(struct request *request, const struct explain_field *field)
{
	return (struct str *)(void *)((char *)request + field->offset);
}

static bool
set_text(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	(void)error;
	*text_field(request, field) = value;
	return true;
}

/* A host name, of which "unknown" is none. */
static bool
set_name(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	if (str_equal(value, STR("unknown")))
		value.length = 0;
	return set_text(request, field, value, error);
}

static bool
set_helo(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	if (str_equal(value, STR("-")))
		value.length = 0;
	return set_text(request, field, value, error);
}

static bool
set_client(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	struct session *session = &request->session;

	(void)field;
	session->client_text = value;
	session->client_kind = SESSION_CLIENT_UNKNOWN;
	if (value.length == 0 || str_equal(value, STR("unknown")))
		return true;
	if (str_equal(value, STR("local"))) {
		session->client_kind = SESSION_CLIENT_LOCAL;
		return true;
	}
	if (!address_parse(value, &session->client, error))
		return error_set(error,
		    "\"" STR_FORMAT "\" is not a client: an IP address such as "
		    "192.0.2.1 or 2001:db8::1, \"unknown\" or \"local\"",
		    STR_ARGS(value));
	session->client_kind = SESSION_CLIENT_ADDRESS;
	return true;
}

static bool
set_port(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	unsigned long port = PORT_SMTP;

	(void)field;
	if (value.length > 0 && !str_number(value, UINT16_MAX, &port))
		return error_set(error,
		    "\"" STR_FORMAT
		    "\" is not a port: a number from 1 to 65535",
		    STR_ARGS(value));
	request->session.server_port = (unsigned)port;
	return true;
}

static bool
set_stage(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	(void)field;
	for (int i = SESSION_CONNECT; i < SESSION_OTHER; i++) {
		enum session_stage stage = (enum session_stage)i;

		if (!str_equal_nocase(value, session_stage_name(stage)))
			continue;
		request->session.stage = stage;
		return true;
	}
	return error_set(error,
	    "\"" STR_FORMAT "\" is not a stage: connect, helo, mail, rcpt, "
	    "data, end-of-message, vrfy or etrn",
	    STR_ARGS(value));
}

/* "yes", a version such as TLSv1.3, or a certificate after "cert:". */
static bool
set_tls(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	struct str certificate = STR("cert:");

	if (str_equal(value, STR("no")))
		value.length = 0;
	if (str_starts(value, certificate)) {
		request->session.certificate =
		    str_slice(value, certificate.length, value.length);
		value = STR("yes");
	}
	return set_text(request, field, value, error);
}

static bool
set_protocol(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	(void)field;
	if (str_equal(value, STR("policy")))
		request->protocol = REQUEST_POLICY;
	else if (str_equal(value, STR("milter")))
		request->protocol = REQUEST_MILTER;
	else
		return error_set(error,
		    "\"" STR_FORMAT "\" is not a protocol: policy or milter",
		    STR_ARGS(value));
	return true;
}

static bool
set_mta(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	(void)field;
	if (str_equal(value, STR("postfix")))
		request->mta = REQUEST_MTA_POSTFIX;
	else if (str_equal(value, STR("sendmail")))
		request->mta = REQUEST_MTA_SENDMAIL;
	else
		return error_set(error,
		    "\"" STR_FORMAT "\" is not an MTA: postfix or sendmail",
		    STR_ARGS(value));
	return true;
}

/* A macro that only a milter is told. */
static bool
set_macro(struct request *request, const struct explain_field *field,
    struct str value, struct error *error)
{
	request->macros = true;
	return set_text(request, field, value, error);
}

/* clang-format off */
#define FIELD(name_, column_, set_) \
	{ .name = STR_INIT(name_), .column = STR_INIT(column_), .set = (set_) }
#define FIELD_TEXT(name_, column_, set_, field_) \
	{ .name = STR_INIT(name_), .column = STR_INIT(column_), \
	    .set = (set_), .offset = offsetof(struct request, field_) }

static const struct explain_field fields[] = {
	FIELD("client", "client_addr", set_client),
	FIELD_TEXT("name", "client_name", set_name, session.client_name),
	FIELD_TEXT("reverse", "reverse_name", set_name, session.reverse_name),
	FIELD("port", "port", set_port),
	FIELD_TEXT("helo", "helo", set_helo, session.helo),
	FIELD_TEXT("login", "sasl_login", set_text, session.login),
	FIELD_TEXT("method", "", set_text, session.login_method),
	FIELD_TEXT("tls", "tls", set_tls, session.tls_version),
	FIELD_TEXT("certificate", "", set_text, session.certificate),
	FIELD_TEXT("key", "", set_text, session.certificate_key),
	FIELD_TEXT("from", "sender", set_text, session.sender),
	FIELD_TEXT("rcpt", "recipient", set_text, session.recipient),
	FIELD_TEXT("etrn", "", set_text, session.etrn_domain),
	FIELD("stage", "", set_stage),
	FIELD("protocol", "", set_protocol),
	FIELD("mta", "", set_mta),
	FIELD_TEXT("mailer", "", set_macro, rcpt_mailer),
	FIELD_TEXT("host", "", set_macro, rcpt_host),
	FIELD_TEXT("addr", "", set_macro, rcpt_addr),
};
/* clang-format on */

enum {
	FIELDS = sizeof(fields) / sizeof(fields[0]),
};

const struct explain_field *
explain_column_find(struct str name)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (name.length > 0 && str_equal(name, fields[i].column))
			return &fields[i];
	return NULL;
}

const struct explain_field *
explain_field_find(struct str name)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (str_equal(name, fields[i].name))
			return &fields[i];
	return explain_column_find(name);
}

void
explain_request_init(struct request *request)
{
	*request = (struct request){
		.protocol = REQUEST_POLICY,
		.session.stage = SESSION_RCPT,
		.session.server_port = PORT_SMTP,
		.session.form = MAILBOX_ARGUMENT,
	};
}

bool
explain_field_set(const struct explain_field *field, struct request *request,
    struct str value, struct error *error)
{
	return field->set(request, field, value, error);
}

bool
explain_request_finish(struct request *request, struct error *error)
{
	struct session *session = &request->session;

	if (session->login.length > 0 && session->login_method.length == 0)
		session->login_method = STR("PLAIN");
	if (session->certificate.length > 0 && session->tls_version.length == 0)
		session->tls_version = STR("yes");
	if (request->macros && request->protocol != REQUEST_MILTER)
		return error_set(error,
		    "mailer=, host= and addr= are known to a milter only: "
		    "say protocol=milter");
	return true;
}

bool
explain_field_noted(const struct explain_field *field, unsigned long seen)
{
	return (seen >> (field - fields) & 1) != 0;
}

bool
explain_field_note(const struct explain_field *field, unsigned long *seen)
{
	bool first = !explain_field_noted(field, *seen);

	*seen |= 1ul << (field - fields);
	return first;
}

void
explain_names(bool columns, struct buf *buf)
{
	for (size_t i = 0; i < FIELDS; i++) {
		const struct explain_field *field = &fields[i];

		if (columns && field->column.length == 0)
			continue;
		buf_print(buf, " %s%s",
		    columns ? field->column.data : field->name.data,
		    columns ? "" : "=");
	}
}
