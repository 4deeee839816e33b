/*
 * test_milter_session.c - the request that callbacks and macros make.
 */
#include "serve/milter_session.h"

#include "tests/lib/tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/un.h>

/* The macros of a fake MTA; NULL: not told. */
static const char *told[MILTER_MACROS];

static const char *
get_told(void *pointer, enum milter_macro macro)
{
	(void)pointer;
	return told[macro];
}

static const struct milter_macros macros = { get_told, NULL };

static void
tell_nothing(void)
{
	memset(told, 0, sizeof(told));
}

/* A text of so many bytes; lives until the next call. */
static const char *
long_text(size_t length)
{
	static char text[64 * 1024];

	memset(text, 'a', length);
	text[length] = '\0';
	return text;
}

/* The request of a recipient, with the session's macros as they are. */
static const struct request *
ask(struct milter_session *session)
{
	struct error error;
	const struct request *request = milter_session_rcpt(session,
	    "<bob@example.test>", &macros, 1000, &error);

	if (request == NULL)
		tap_bail("not judged: %s", error.text);
	return request;
}

static void
connect_from(struct milter_session *session, const char *text)
{
	struct sockaddr_in inet = { .sin_family = AF_INET,
		.sin_port = htons(4321) };
	struct sockaddr_in6 inet6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(4321) };

	if (inet_pton(AF_INET, text, &inet.sin_addr) == 1)
		milter_session_connect(session, (struct sockaddr *)&inet,
		    &macros);
	else if (inet_pton(AF_INET6, text, &inet6.sin6_addr) == 1)
		milter_session_connect(session, (struct sockaddr *)&inet6,
		    &macros);
	else
		tap_bail("no address: %s", text);
}

static void
the_client_is_the_address_of_the_connection(void)
{
	static const struct {
		const char *address;
		const char *text;
	} cases[] = {
		{ "203.0.113.66", "203.0.113.66" },
		{ "2001:db8::66", "2001:db8::66" },
		{ "::ffff:203.0.113.66", "203.0.113.66" },
	};
	struct milter_session *session = milter_session_new();

	tell_nothing();
	/* Macros say another: the socket address is what was accepted. */
	told[MILTER_CLIENT_ADDR] = "127.0.0.1";
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct address address;
		struct error error;

		tap_case("%s", cases[i].address);
		connect_from(session, cases[i].address);
		const struct session *facts = &ask(session)->session;
		CHECK_INT(facts->client_kind, SESSION_CLIENT_ADDRESS);
		CHECK_INT(facts->client_port, 4321);
		CHECK(str_equal(facts->client_text, str_from(cases[i].text)));
		if (CHECK(address_parse(str_from(cases[i].address), &address,
			&error)))
			CHECK(memcmp(&address, &facts->client,
				  sizeof(address)) == 0);
	}
	milter_session_free(session);
}

static void
without_an_address_only_sendmail_bs_is_local(void)
{
	static const struct {
		const char *address;
		const char *port;
		const char *version;
		enum session_client kind;
	} cases[] = {
		{ "0", NULL, "8.17.1.9", SESSION_CLIENT_LOCAL },
		{ "0", NULL, NULL, SESSION_CLIENT_LOCAL },
		{ NULL, NULL, "8.17.1.9", SESSION_CLIENT_UNKNOWN },
		{ "0", "25", "8.17.1.9", SESSION_CLIENT_UNKNOWN },
		{ "0", "0", "8.17.1.9", SESSION_CLIENT_UNKNOWN },
		{ "unknown", NULL, "Postfix 3.7.11", SESSION_CLIENT_UNKNOWN },
		{ "unknown", "25", "Postfix 3.7.11", SESSION_CLIENT_UNKNOWN },
		{ NULL, NULL, "Postfix 3.7.11", SESSION_CLIENT_UNKNOWN },
		{ NULL, NULL, NULL, SESSION_CLIENT_UNKNOWN },
		{ "", NULL, "8.17.1.9", SESSION_CLIENT_UNKNOWN },
		{ "127.0.0.1", NULL, "8.17.1.9", SESSION_CLIENT_UNKNOWN },
	};
	struct milter_session *session = milter_session_new();

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%zu", i);
		tell_nothing();
		told[MILTER_CLIENT_ADDR] = cases[i].address;
		told[MILTER_DAEMON_PORT] = cases[i].port;
		told[MILTER_V] = cases[i].version;
		milter_session_connect(session, NULL, &macros);
		CHECK_INT(ask(session)->session.client_kind, cases[i].kind);
	}

	/* A client's unix socket is not sendmail -bs, whatever macros say. */
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	tap_case("AF_UNIX");
	tell_nothing();
	told[MILTER_CLIENT_ADDR] = "0";
	milter_session_connect(session, (struct sockaddr *)&local, &macros);
	CHECK_INT(ask(session)->session.client_kind, SESSION_CLIENT_UNKNOWN);
	milter_session_free(session);
}

static void
the_mta_is_known_by_its_version(void)
{
	static const struct {
		const char *version;
		enum request_mta mta;
	} cases[] = {
		{ "Postfix 3.7.11", REQUEST_MTA_POSTFIX },
		{ "8.17.1.9", REQUEST_MTA_SENDMAIL },
		{ "", REQUEST_MTA_UNKNOWN },
		{ NULL, REQUEST_MTA_UNKNOWN },
		{ "OpenSMTPD", REQUEST_MTA_UNKNOWN },
	};
	struct milter_session *session = milter_session_new();

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%zu", i);
		tell_nothing();
		told[MILTER_V] = cases[i].version;
		connect_from(session, "192.0.2.1");
		CHECK_INT(ask(session)->mta, cases[i].mta);
	}
	milter_session_free(session);
}

static void
names_are_those_that_the_mta_has_verified(void)
{
	static const struct {
		const char *name;
		const char *resolve;
		const char *verified;
	} cases[] = {
		{ "mx.example.test", "OK", "mx.example.test" },
		{ "mx.example.test", NULL, "mx.example.test" },
		{ "mx.example.test", "FORGED", "" },
		{ "mx.example.test", "TEMP", "" },
		{ "unknown", "FAIL", "" },
		{ "Unknown", NULL, "" },
		{ "[192.0.2.1]", "FAIL", "" },
		{ "[192.0.2.1]", "OK", "" },
		{ NULL, "OK", "" },
	};
	struct milter_session *session = milter_session_new();

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%zu", i);
		tell_nothing();
		told[MILTER_CLIENT_NAME] = cases[i].name;
		told[MILTER_CLIENT_PTR] = "ptr.example.test";
		told[MILTER_CLIENT_RESOLVE] = cases[i].resolve;
		connect_from(session, "192.0.2.1");
		const struct session *facts = &ask(session)->session;
		CHECK(
		    str_equal(facts->client_name, str_from(cases[i].verified)));
		CHECK(str_equal(facts->reverse_name, STR("ptr.example.test")));
	}
	milter_session_free(session);
}

static void
the_port_is_that_of_the_daemon(void)
{
	static const struct {
		const char *macro;
		unsigned port;
	} cases[] = {
		{ "587", 587 },
		{ "0", 0 },
		{ NULL, 0 },
		{ "smtp", 0 },
		{ "65536", 0 },
		{ "-1", 0 },
	};
	struct milter_session *session = milter_session_new();

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%zu", i);
		tell_nothing();
		told[MILTER_DAEMON_PORT] = cases[i].macro;
		connect_from(session, "192.0.2.1");
		CHECK_INT(ask(session)->session.server_port, cases[i].port);
	}
	milter_session_free(session);
}

static void
a_recipient_brings_its_macros(void)
{
	struct milter_session *session = milter_session_new();

	tell_nothing();
	connect_from(session, "192.0.2.1");
	milter_session_mail(session, "<a@outside.test>", &macros);
	const struct request *request = ask(session);
	CHECK_INT(request->protocol, REQUEST_MILTER);
	CHECK_INT(request->session.stage, SESSION_RCPT);
	CHECK_INT(request->session.form, MAILBOX_ARGUMENT);
	CHECK_INT(request->now, 1000);
	CHECK(!request->macros);
	CHECK(str_equal(request->session.sender, STR("<a@outside.test>")));
	CHECK(str_equal(request->session.recipient, STR("<bob@example.test>")));

	told[MILTER_RCPT_MAILER] = "";
	CHECK(ask(session)->macros);
	told[MILTER_RCPT_MAILER] = "local";
	told[MILTER_RCPT_HOST] = "";
	told[MILTER_RCPT_ADDR] = "bob";
	told[MILTER_QUEUE_ID] = "4XYZ";
	request = ask(session);
	CHECK(str_equal(request->rcpt_mailer, STR("local")));
	CHECK(str_equal(request->rcpt_addr, STR("bob")));
	CHECK(str_equal(request->session.queue_id, STR("4XYZ")));

	/* The next recipient's MTA may say nothing. */
	tell_nothing();
	request = ask(session);
	CHECK(!request->macros);
	CHECK(str_equal(request->rcpt_mailer, STR("")));
	CHECK(str_equal(request->session.queue_id, STR("")));
	milter_session_free(session);
}

static void
a_transaction_ends_and_the_connection_stays(void)
{
	struct milter_session *session = milter_session_new();

	tell_nothing();
	told[MILTER_TLS_VERSION] = "TLSv1.3";
	told[MILTER_AUTH_AUTHEN] = "carol";
	told[MILTER_AUTH_TYPE] = "PLAIN";
	connect_from(session, "192.0.2.1");
	milter_session_helo(session, "client.test", &macros);
	milter_session_mail(session, "<a@outside.test>", &macros);
	const struct session *facts = &ask(session)->session;
	CHECK(str_equal(facts->helo, STR("client.test")));
	CHECK(str_equal(facts->tls_version, STR("TLSv1.3")));
	CHECK(str_equal(facts->login, STR("carol")));
	CHECK(str_equal(facts->login_method, STR("PLAIN")));

	for (int i = 0; i < 3; i++) {
		tap_case("abort %d", i);
		milter_session_reset(session);
		CHECK(str_equal(facts->sender, STR("")));
		CHECK(str_equal(facts->login, STR("")));
		CHECK(str_equal(facts->helo, STR("client.test")));
		CHECK(str_equal(facts->tls_version, STR("TLSv1.3")));
		CHECK_INT(facts->client_kind, SESSION_CLIENT_ADDRESS);
	}

	tap_case("a second MAIL");
	told[MILTER_AUTH_AUTHEN] = NULL;
	told[MILTER_AUTH_TYPE] = NULL;
	milter_session_mail(session, "<>", &macros);
	CHECK(str_equal(facts->sender, STR("<>")));
	CHECK(str_equal(facts->login, STR("")));

	tap_case("another connection");
	tell_nothing();
	connect_from(session, "192.0.2.2");
	CHECK(str_equal(facts->helo, STR("")));
	CHECK(str_equal(facts->tls_version, STR("")));
	CHECK(str_equal(facts->client_text, STR("192.0.2.2")));
	milter_session_free(session);
}

static void
tls_may_begin_after_helo(void)
{
	struct milter_session *session = milter_session_new();

	tell_nothing();
	connect_from(session, "192.0.2.1");
	milter_session_helo(session, "client.test", &macros);
	const struct session *facts = &ask(session)->session;
	CHECK(str_equal(facts->tls_version, STR("")));

	told[MILTER_TLS_VERSION] = "TLSv1.2";
	told[MILTER_CIPHER] = "AES";
	milter_session_helo(session, "second.test", &macros);
	CHECK(str_equal(facts->tls_version, STR("TLSv1.2")));
	CHECK(str_equal(facts->tls_cipher, STR("AES")));
	CHECK(str_equal(facts->helo, STR("second.test")));

	tap_case("without a second HELO");
	tell_nothing();
	connect_from(session, "192.0.2.1");
	milter_session_helo(session, "client.test", &macros);
	told[MILTER_TLS_VERSION] = "TLSv1.3";
	milter_session_mail(session, "<a@outside.test>", &macros);
	CHECK(str_equal(facts->tls_version, STR("TLSv1.3")));
	milter_session_free(session);
}

/* Goes through a whole session in which one thing is too long. */
static bool
is_judged(struct milter_session *session, const char *helo, const char *sender,
    const char *recipient, struct error *error)
{
	connect_from(session, "192.0.2.1");
	milter_session_helo(session, helo, &macros);
	milter_session_mail(session, sender, &macros);
	return milter_session_rcpt(session, recipient, &macros, 1000, error) !=
	    NULL;
}

static void
what_is_too_long_is_not_judged(void)
{
	static const struct {
		enum milter_macro macro;
		size_t longest;
		const char *error;
	} cases[] = {
		{ MILTER_CLIENT_NAME, 512, "client name too long" },
		{ MILTER_CLIENT_PTR, 512, "reverse name too long" },
		{ MILTER_TLS_VERSION, 128, "TLS version too long" },
		{ MILTER_CIPHER, 128, "TLS cipher too long" },
		{ MILTER_AUTH_AUTHEN, 1024, "login too long" },
		{ MILTER_AUTH_TYPE, 128, "mechanism too long" },
	};
	struct milter_session *session = milter_session_new();
	struct error error;

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%s", cases[i].error);
		tell_nothing();
		told[cases[i].macro] = long_text(cases[i].longest);
		CHECK(is_judged(session, "h", "<>", "<a@b>", &error));
		told[cases[i].macro] = long_text(cases[i].longest + 1);
		CHECK(!is_judged(session, "h", "<>", "<a@b>", &error));
		CHECK_STR(error.text, cases[i].error);
	}
	tell_nothing();
	tap_case("arguments");
	CHECK(is_judged(session, long_text(4096), "<>", "<a@b>", &error));
	CHECK(!is_judged(session, long_text(4097), "<>", "<a@b>", &error));
	CHECK_STR(error.text, "HELO too long");
	CHECK(is_judged(session, "h", long_text(MAILBOX_MAX), "<>", &error));
	CHECK(!is_judged(session, "h", long_text(MAILBOX_MAX + 1), "", &error));
	CHECK_STR(error.text, "sender too long");
	CHECK(is_judged(session, "h", "<>", long_text(MAILBOX_MAX), &error));
	CHECK(
	    !is_judged(session, "h", "<>", long_text(MAILBOX_MAX + 1), &error));
	CHECK_STR(error.text, "recipient too long");
	milter_session_free(session);
}

static void
a_transaction_that_is_not_judged_ends(void)
{
	struct milter_session *session = milter_session_new();
	struct error error;

	tell_nothing();
	CHECK(!is_judged(session, "h", long_text(MAILBOX_MAX + 1), "", &error));
	milter_session_mail(session, "<a@outside.test>", &macros);
	CHECK(
	    milter_session_rcpt(session, "<a@b>", &macros, 1, &error) != NULL);

	/* A HELO that is too long holds until the next. */
	milter_session_helo(session, long_text(5000), &macros);
	milter_session_mail(session, "<a@outside.test>", &macros);
	CHECK(
	    milter_session_rcpt(session, "<a@b>", &macros, 1, &error) == NULL);
	milter_session_helo(session, "h", &macros);
	milter_session_mail(session, "<a@outside.test>", &macros);
	CHECK(
	    milter_session_rcpt(session, "<a@b>", &macros, 1, &error) != NULL);
	milter_session_free(session);
}

static void
what_the_mta_refuses_is_told_by_a_dsn(void)
{
	static const struct {
		const char *mailer;
		const char *host;
		const char *address;
		bool refused;
	} cases[] = {
		{ "error", "4.7.1", "Relay access denied", true },
		{ "error", "5.1.1", "550 User unknown", true },
		{ "error", "5.10.25", "x", true },
		{ "error", "5.1.1 User unknown in virtual alias table",
		    "x@valias.test", false },
		{ "error", "", "", false },
		{ "error", "2.1.0", "", false },
		{ "error", "5.1.1x", "", false },
		{ "error", "5551.1", "", false },
		{ "smtp", "5.1.1", "x@elsewhere.test", false },
		{ "errors", "5.1.1", "", false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct request request = {
			.protocol = REQUEST_MILTER,
			.macros = true,
			.rcpt_mailer = str_from(cases[i].mailer),
			.rcpt_host = str_from(cases[i].host),
			.rcpt_addr = str_from(cases[i].address),
		};

		tap_case("%s:%s", cases[i].mailer, cases[i].host);
		CHECK_INT(milter_session_refused(&request), cases[i].refused);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(the_client_is_the_address_of_the_connection),
	TAP_TEST(without_an_address_only_sendmail_bs_is_local),
	TAP_TEST(the_mta_is_known_by_its_version),
	TAP_TEST(names_are_those_that_the_mta_has_verified),
	TAP_TEST(the_port_is_that_of_the_daemon),
	TAP_TEST(a_recipient_brings_its_macros),
	TAP_TEST(a_transaction_ends_and_the_connection_stays),
	TAP_TEST(tls_may_begin_after_helo),
	TAP_TEST(what_is_too_long_is_not_judged),
	TAP_TEST(a_transaction_that_is_not_judged_ends),
	TAP_TEST(what_the_mta_refuses_is_told_by_a_dsn),
};

int
main(void)
{
	return TAP_RUN(tests);
}
