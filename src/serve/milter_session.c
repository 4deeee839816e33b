/*
 * milter_session.c - what one milter session has been told so far.
 */
#include "serve/milter_session.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_MAX_BYTES = 512, /* of a host name, and whatever is in its place */
	HELO_MAX_BYTES = 4096,
	LOGIN_MAX_BYTES = 1024,
	WORD_MAX_BYTES = 128, /* of a mechanism, a TLS version, a queue id */
	PORT_MAX = 65535,
};

/* What was too long to be kept, by how long that counts; NULL: nothing. */
struct unfit {
	const char *connection;
	const char *helo;
	const char *transaction;
};

struct milter_session {
	struct request request; /* its text lies below */
	struct policy_scratch *scratch;
	struct unfit unfit;
	char client_text[WORD_MAX_BYTES];
	char client_name[NAME_MAX_BYTES];
	char reverse_name[NAME_MAX_BYTES];
	char tls_version[WORD_MAX_BYTES];
	char tls_cipher[WORD_MAX_BYTES];
	char login[LOGIN_MAX_BYTES];
	char login_method[WORD_MAX_BYTES];
	char helo[HELO_MAX_BYTES];
	char sender[MAILBOX_MAX];
};

/* Where one fact is kept, and what is said when it does not fit. */
struct kept {
	char *bytes;
	size_t capacity;
	const char **unfit;
	const char *name;
};

#define KEPT(session, field, lifetime, what)      \
	((struct kept){                           \
	    .bytes = (session)->field,            \
	    .capacity = sizeof((session)->field), \
	    .unfit = &(session)->unfit.lifetime,  \
	    .name = (what),                       \
	})

static struct str
keep(struct kept place, const char *text)
{
	if (text == NULL)
		return STR("");
	size_t length = strlen(text);
	if (length > place.capacity) {
		*place.unfit = place.name;
		return STR("");
	}
	memcpy(place.bytes, text, length);
	return (struct str){ place.bytes, length };
}

static const char *
get(const struct milter_macros *macros, enum milter_macro macro)
{
	return macros->get(macros->pointer, macro);
}

/* The value of a macro that is read at once; empty where it was not told. */
static struct str
read_macro(const struct milter_macros *macros, enum milter_macro macro)
{
	const char *value = get(macros, macro);

	return value != NULL ? str_from(value) : STR("");
}

static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

struct milter_session *
milter_session_new(void)
{
	struct milter_session *session = malloc(sizeof(*session));

	if (session == NULL)
		return NULL;
	session->scratch = policy_scratch_new();
	session->request = (struct request){ .protocol = REQUEST_MILTER };
	session->unfit = (struct unfit){ .connection = NULL };
	return session;
}

void
milter_session_free(struct milter_session *session)
{
	if (session == NULL)
		return;
	policy_scratch_free(session->scratch);
	free(session);
}

/* Postfix says its name before its version, Sendmail its version alone. */
static enum request_mta
which_mta(struct str version)
{
	if (version.length == 0)
		return REQUEST_MTA_UNKNOWN;
	if (version.data[0] >= '0' && version.data[0] <= '9')
		return REQUEST_MTA_SENDMAIL;
	if (str_starts(version, STR("Postfix")))
		return REQUEST_MTA_POSTFIX;
	return REQUEST_MTA_UNKNOWN;
}

static bool
copy_address(const struct sockaddr *from, struct session *session)
{
	/* Copied, since it need not be aligned for its family. */
	if (from->sa_family == AF_INET) {
		struct sockaddr_in inet;
		memcpy(&inet, from, sizeof(inet));
		memcpy(session->client.bytes, mapped, sizeof(mapped));
		memcpy(session->client.bytes + sizeof(mapped), &inet.sin_addr,
		    sizeof(inet.sin_addr));
		session->client_port = ntohs(inet.sin_port);
		return true;
	}
	if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 inet6;
		memcpy(&inet6, from, sizeof(inet6));
		memcpy(session->client.bytes, &inet6.sin6_addr,
		    sizeof(session->client.bytes));
		session->client_port = ntohs(inet6.sin6_port);
		return true;
	}
	return false;
}

/*
 * Sendmail as a program on this host's own pipe (-bs) says that the client's
 * address is 0, and no port. Any other session without an address is a client
 * that the MTA could not tell us, and nobody's.
 */
static bool
is_local_submission(const struct milter_macros *macros)
{
	return str_equal(read_macro(macros, MILTER_CLIENT_ADDR), STR("0")) &&
	    read_macro(macros, MILTER_DAEMON_PORT).length == 0;
}

/* The address as both kinds of socket show it alike. */
static struct str
print_address(const struct address *address, char *text, socklen_t capacity)
{
	if (memcmp(address->bytes, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, address->bytes + sizeof(mapped), text,
		    capacity);
	else
		inet_ntop(AF_INET6, address->bytes, text, capacity);
	return str_from(text);
}

static void
connect_client(struct milter_session *session, const struct sockaddr *address,
    const struct milter_macros *macros)
{
	struct session *facts = &session->request.session;

	if (address != NULL && copy_address(address, facts)) {
		facts->client_kind = SESSION_CLIENT_ADDRESS;
		facts->client_text = print_address(&facts->client,
		    session->client_text, sizeof(session->client_text));
	} else if (address == NULL && is_local_submission(macros)) {
		facts->client_kind = SESSION_CLIENT_LOCAL;
		facts->client_text = STR("local");
	} else {
		facts->client_kind = SESSION_CLIENT_UNKNOWN;
		facts->client_text = STR("unknown");
	}
}

/* A host's name, where the MTA has one: else it says "unknown" or "[ip]". */
static const char *
host_name(const struct milter_macros *macros, enum milter_macro macro)
{
	const char *name = get(macros, macro);

	if (name == NULL || name[0] == '[' ||
	    str_equal_nocase(str_from(name), STR("unknown")))
		return NULL;
	return name;
}

/* A name counts as verified unless the MTA says that it is not. */
static bool
is_verified(const struct milter_macros *macros)
{
	const char *resolved = get(macros, MILTER_CLIENT_RESOLVE);

	return resolved == NULL || strcmp(resolved, "OK") == 0;
}

void
milter_session_connect(struct milter_session *session,
    const struct sockaddr *address, const struct milter_macros *macros)
{
	struct session *facts = &session->request.session;
	unsigned long port = 0;

	session->unfit = (struct unfit){ .connection = NULL };
	session->request = (struct request){
		.protocol = REQUEST_MILTER,
		.session = { .form = MAILBOX_ARGUMENT },
		.mta = which_mta(read_macro(macros, MILTER_V)),
	};
	connect_client(session, address, macros);
	if (str_number(read_macro(macros, MILTER_DAEMON_PORT), PORT_MAX, &port))
		facts->server_port = (unsigned)port;
	if (is_verified(macros))
		facts->client_name =
		    keep(KEPT(session, client_name, connection, "client name"),
			host_name(macros, MILTER_CLIENT_NAME));
	facts->reverse_name =
	    keep(KEPT(session, reverse_name, connection, "reverse name"),
		host_name(macros, MILTER_CLIENT_PTR));
}

static void
read_tls(struct milter_session *session, const struct milter_macros *macros)
{
	struct session *facts = &session->request.session;

	facts->tls_version =
	    keep(KEPT(session, tls_version, connection, "TLS version"),
		get(macros, MILTER_TLS_VERSION));
	facts->tls_cipher =
	    keep(KEPT(session, tls_cipher, connection, "TLS cipher"),
		get(macros, MILTER_CIPHER));
}

void
milter_session_helo(struct milter_session *session, const char *helo,
    const struct milter_macros *macros)
{
	milter_session_reset(session);
	session->unfit.helo = NULL;
	session->request.session.helo =
	    keep(KEPT(session, helo, helo, "HELO"), helo);
	read_tls(session, macros);
}

void
milter_session_mail(struct milter_session *session, const char *sender,
    const struct milter_macros *macros)
{
	struct session *facts = &session->request.session;

	milter_session_reset(session);
	facts->sender =
	    keep(KEPT(session, sender, transaction, "sender"), sender);
	facts->login = keep(KEPT(session, login, transaction, "login"),
	    get(macros, MILTER_AUTH_AUTHEN));
	facts->login_method =
	    keep(KEPT(session, login_method, transaction, "mechanism"),
		get(macros, MILTER_AUTH_TYPE));
	/* STARTTLS need not be followed by a second HELO. */
	read_tls(session, macros);
}

void
milter_session_reset(struct milter_session *session)
{
	struct request *request = &session->request;

	session->unfit.transaction = NULL;
	request->session.sender = STR("");
	request->session.recipient = STR("");
	request->session.login = STR("");
	request->session.login_method = STR("");
	request->session.queue_id = STR("");
	request->rcpt_mailer = STR("");
	request->rcpt_host = STR("");
	request->rcpt_addr = STR("");
	request->macros = false;
}

static bool
is_fit(const struct milter_session *session, size_t recipient,
    struct error *error)
{
	const char *const unfit[] = { session->unfit.connection,
		session->unfit.helo, session->unfit.transaction };

	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++)
		if (unfit[i] != NULL)
			return error_set(error, "%s too long", unfit[i]);
	if (recipient > MAILBOX_MAX)
		return error_set(error, "recipient too long");
	return true;
}

const struct request *
milter_session_rcpt(struct milter_session *session, const char *recipient,
    const struct milter_macros *macros, int64_t now, struct error *error)
{
	struct request *request = &session->request;
	size_t length = strlen(recipient);

	if (!is_fit(session, length, error))
		return NULL;
	request->now = now;
	request->session.stage = SESSION_RCPT;
	request->session.recipient = (struct str){ recipient, length };
	request->session.queue_id = read_macro(macros, MILTER_QUEUE_ID);
	request->macros = get(macros, MILTER_RCPT_MAILER) != NULL;
	request->rcpt_mailer = read_macro(macros, MILTER_RCPT_MAILER);
	request->rcpt_host = read_macro(macros, MILTER_RCPT_HOST);
	request->rcpt_addr = read_macro(macros, MILTER_RCPT_ADDR);
	return request;
}

/*
 * Both MTAs then say mailer "error" with a DSN for the host. "error" and a
 * text is another thing: a virtual alias domain of Postfix, whose aliases are
 * looked up later, so that its recipients have to be judged.
 */
bool
milter_session_refused(const struct request *request)
{
	struct str dsn = request->rcpt_host;

	if (!str_equal(request->rcpt_mailer, STR("error")))
		return false;
	if (dsn.length < sizeof("5.7.1") - 1 || dsn.data[1] != '.' ||
	    (dsn.data[0] != '4' && dsn.data[0] != '5'))
		return false;
	for (size_t i = 2; i < dsn.length; i++)
		if (dsn.data[i] != '.' &&
		    (dsn.data[i] < '0' || dsn.data[i] > '9'))
			return false;
	return true;
}

struct str
milter_session_client(const struct milter_session *session)
{
	return session->request.session.client_text;
}

struct policy_scratch *
milter_session_scratch(struct milter_session *session)
{
	return session->scratch;
}
