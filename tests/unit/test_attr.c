/*
 * test_attr.c - reading policy requests, whole and in parts.
 */
#include "serve/attr.h"

#include "tests/lib/tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	INPUT_MAX = 2 * ATTR_REQUEST_MAX,
};

#define REQUEST "request=smtpd_access_policy\n"

static bool
check_text(struct str got, const char *want)
{
	char text[512];

	snprintf(text, sizeof(text), STR_FORMAT, STR_ARGS(got));
	return CHECK_STR(text, want);
}

static enum attr_result
parse(struct str input, size_t *used, struct request *request,
    struct error *error)
{
	struct attr_state state = { 0 };

	error->text[0] = '\0';
	return attr_parse(&state, input, used, request, error);
}

/* Gives the bytes in two parts, the first of which ends at split. */
static enum attr_result
parse_split(struct str input, size_t split, size_t *used,
    struct request *request, struct error *error)
{
	struct attr_state state = { 0 };
	enum attr_result result = attr_parse(&state, str_slice(input, 0, split),
	    used, request, error);

	if (result != ATTR_MORE)
		return result;
	return attr_parse(&state, input, used, request, error);
}

static struct str
read_capture(const char *name, char *bytes, size_t size)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/policy-captures/%s",
	    getenv("top_srcdir"), name);
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		tap_bail("no %s", path);
	size_t length = fread(bytes, 1, size, file);
	fclose(file);
	return (struct str){ bytes, length };
}

static int
is_capture(const struct dirent *entry)
{
	return str_ends(str_from(entry->d_name), STR(".req"));
}

static bool
same_at_every_split(struct str input)
{
	struct request whole;
	struct error error;
	size_t used;

	if (parse(input, &used, &whole, &error) != ATTR_DONE ||
	    used != input.length)
		return false;
	for (size_t split = 0; split < input.length; split++) {
		struct request request;

		if (parse_split(input, split, &used, &request, &error) !=
			ATTR_DONE ||
		    used != input.length ||
		    memcmp(&request, &whole, sizeof(whole)) != 0)
			return false;
	}
	return true;
}

static void
every_capture_is_read_wherever_it_is_split(void)
{
	static char bytes[ATTR_REQUEST_MAX];
	char path[4096];
	struct dirent **entries;

	snprintf(path, sizeof(path), "%s/tests/data/policy-captures",
	    getenv("top_srcdir"));
	int count = scandir(path, &entries, is_capture, alphasort);
	CHECK(count >= 130);
	for (int i = 0; i < count; i++) {
		tap_case("%s", entries[i]->d_name);
		CHECK(same_at_every_split(
		    read_capture(entries[i]->d_name, bytes, sizeof(bytes))));
		free(entries[i]);
	}
	free(entries);
}

static void
a_request_that_comes_byte_by_byte_is_the_same(void)
{
	static char bytes[ATTR_REQUEST_MAX];
	struct str input =
	    read_capture("216-max-request-rcpt.req", bytes, sizeof(bytes));
	struct attr_state state = { 0 };
	struct request request;
	struct error error;
	size_t used;

	for (size_t length = 0; length < input.length; length++)
		if (attr_parse(&state, str_slice(input, 0, length), &used,
			&request, &error) != ATTR_MORE)
			CHECK_INT((long long)length, -1);
	CHECK_INT(attr_parse(&state, input, &used, &request, &error),
	    ATTR_DONE);
	CHECK_INT((long long)used, (long long)input.length);
}

static void
the_facts_of_a_session_are_taken(void)
{
	static char bytes[ATTR_REQUEST_MAX];
	struct request request;
	struct error error;
	size_t used;

	CHECK_INT(parse(read_capture("046-sasl-rcpt.req", bytes, sizeof(bytes)),
		      &used, &request, &error),
	    ATTR_DONE);
	CHECK_INT(request.protocol, REQUEST_POLICY);
	CHECK_INT(request.session.stage, SESSION_RCPT);
	CHECK_INT(request.session.form, MAILBOX_INTERNAL);
	CHECK_INT(request.session.client_kind, SESSION_CLIENT_ADDRESS);
	CHECK_INT(request.session.client.bytes[15], 77);
	CHECK_INT(request.session.client_port, 40001);
	CHECK_INT(request.session.server_port, 2525);
	check_text(request.session.client_text, "192.0.2.77");
	check_text(request.session.client_name, "mail.client.example");
	check_text(request.session.reverse_name, "mail.client.example");
	check_text(request.session.helo, "client.example.net");
	check_text(request.session.sender, "alice@sender.example");
	check_text(request.session.recipient, "victim@elsewhere.example");
	check_text(request.session.login, "user@login.example");
	check_text(request.session.login_method, "XCLIENT");
	check_text(request.session.instance, "5b3f.6b003544.ccf7c.0");
	check_text(request.session.tls_version, "");
	check_text(request.policy_context, "relay");

	CHECK_INT(parse(read_capture("157-tls-nocert-rcpt.req", bytes,
			    sizeof(bytes)),
		      &used, &request, &error),
	    ATTR_DONE);
	check_text(request.session.tls_version, "TLSv1.3");
}

static void
attributes_come_in_any_order(void)
{
	struct request request;
	struct error error;
	size_t used;

	CHECK_INT(parse(STR("recipient=b@c\nsize=7\nfuture=1\nsender=a=b\n"
			    "ccert_fingerprint=AA:BB\n" REQUEST
			    "ccert_pubkey_fingerprint=CC\nqueue_id=Q\n"
			    "encryption_cipher=X\netrn_domain=d\n\n"),
		      &used, &request, &error),
	    ATTR_DONE);
	check_text(request.session.recipient, "b@c");
	check_text(request.session.sender, "a=b");
	check_text(request.session.certificate, "AA:BB");
	check_text(request.session.certificate_key, "CC");
	check_text(request.session.queue_id, "Q");
	check_text(request.session.tls_cipher, "X");
	check_text(request.session.etrn_domain, "d");
	CHECK_INT(request.session.stage, SESSION_OTHER);
	CHECK_INT(request.session.client_kind, SESSION_CLIENT_UNKNOWN);
}

static void
states_of_the_protocol_are_stages(void)
{
	static const struct {
		const char *state;
		enum session_stage stage;
	} cases[] = {
		{ "CONNECT", SESSION_CONNECT },
		{ "HELO", SESSION_HELO },
		{ "EHLO", SESSION_HELO },
		{ "MAIL", SESSION_MAIL },
		{ "RCPT", SESSION_RCPT },
		{ "DATA", SESSION_DATA },
		{ "END-OF-MESSAGE", SESSION_END_OF_MESSAGE },
		{ "VRFY", SESSION_VRFY },
		{ "ETRN", SESSION_ETRN },
		{ "XCLIENT", SESSION_OTHER },
		{ "rcpt", SESSION_OTHER },
		{ "RCPT ", SESSION_OTHER },
		{ "", SESSION_OTHER },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		char text[256];
		struct request request;
		struct error error;
		size_t used;

		tap_case("%s", cases[i].state);
		snprintf(text, sizeof(text), REQUEST "protocol_state=%s\n\n",
		    cases[i].state);
		CHECK_INT(parse(str_from(text), &used, &request, &error),
		    ATTR_DONE);
		CHECK_INT(request.session.stage, cases[i].stage);
	}
}

static void
a_client_is_an_address_or_nobody(void)
{
	static const struct {
		const char *text;
		bool known;
		int last;
	} cases[] = {
		{ "192.0.2.9", true, 9 },
		{ "::ffff:192.0.2.9", true, 9 },
		{ "2001:db8::42", true, 0x42 },
		{ "fe80::1", true, 1 },
		{ "", false, 0 },
		{ "unknown", false, 0 },
		{ "fe80::1%eth0", false, 0 },
		{ "[192.0.2.9]", false, 0 },
		{ "192.0.2", false, 0 },
		{ "192.0.2.9 ", false, 0 },
		{ "999.1.2.3", false, 0 },
		{ "192.0.2.9/32", false, 0 },
	};
	char text[1024];
	struct request request;
	struct error error;
	size_t used;

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("\"%s\"", cases[i].text);
		snprintf(text, sizeof(text), REQUEST "client_address=%s\n\n",
		    cases[i].text);
		CHECK_INT(parse(str_from(text), &used, &request, &error),
		    ATTR_DONE);
		CHECK_INT(request.session.client_kind,
		    cases[i].known ? SESSION_CLIENT_ADDRESS
				   : SESSION_CLIENT_UNKNOWN);
		if (cases[i].known)
			CHECK_INT(request.session.client.bytes[15],
			    cases[i].last);
	}
	tap_case("600 bytes");
	snprintf(text, sizeof(text), REQUEST "client_address=%0600d\n\n", 1);
	CHECK_INT(parse(str_from(text), &used, &request, &error), ATTR_DONE);
	CHECK_INT(request.session.client_kind, SESSION_CLIENT_UNKNOWN);
	CHECK_INT((long long)request.session.client_text.length, 600);
}

static void
ports_that_are_none_are_not_told(void)
{
	static const struct {
		const char *text;
		unsigned port;
	} cases[] = {
		{ "25", 25 },
		{ "65535", 65535 },
		{ "65536", 0 },
		{ "99999", 0 },
		{ "4294967321", 0 },
		{ "-1", 0 },
		{ "25 ", 0 },
		{ "0x19", 0 },
		{ "unknown", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		char text[256];
		struct request request;
		struct error error;
		size_t used;

		tap_case("\"%s\"", cases[i].text);
		snprintf(text, sizeof(text),
		    REQUEST "client_port=7\nserver_port=%s\n\n", cases[i].text);
		CHECK_INT(parse(str_from(text), &used, &request, &error),
		    ATTR_DONE);
		CHECK_INT(request.session.server_port, cases[i].port);
		CHECK_INT(request.session.client_port, 7);
	}
}

static void
an_unknown_name_is_no_name(void)
{
	struct request request;
	struct error error;
	size_t used;

	CHECK_INT(parse(STR(REQUEST "client_name=unknown\n"
				    "reverse_client_name=unknown\n"
				    "helo_name=unknown\n\n"),
		      &used, &request, &error),
	    ATTR_DONE);
	check_text(request.session.client_name, "");
	check_text(request.session.reverse_name, "");
	check_text(request.session.helo, "unknown");
}

static void
lines_may_end_in_crlf(void)
{
	struct str input = STR("request=smtpd_access_policy\r\n"
			       "sender=a\rb\r\nrecipient=c@d\n"
			       "helo_name=\r\n\r\n");
	struct request request;
	struct error error;
	size_t used;

	CHECK_INT(parse(input, &used, &request, &error), ATTR_DONE);
	check_text(request.session.sender, "a\rb");
	check_text(request.session.recipient, "c@d");
	check_text(request.session.helo, "");
	CHECK(same_at_every_split(input));
}

static void
bytes_of_values_are_kept(void)
{
	struct request request;
	struct error error;
	size_t used;

	CHECK_INT(parse(STR(REQUEST "recipient=\x01\xff\xc3 \t\"<>@x\n\n"),
		      &used, &request, &error),
	    ATTR_DONE);
	check_text(request.session.recipient, "\x01\xff\xc3 \t\"<>@x");
}

static void
requests_that_must_not_be_judged_are_bad(void)
{
	static const struct {
		struct str input;
		const char *error;
	} cases[] = {
		{ STR_INIT("\n"), "no attribute \"request\"" },
		{ STR_INIT("\r\n"), "no attribute \"request\"" },
		{ STR_INIT("sender=a\n\n"), "no attribute \"request\"" },
		{ STR_INIT("request=\n\n"),
		    "the request is not smtpd_access_policy" },
		{ STR_INIT("request=smtpd_access_policy2\n\n"),
		    "the request is not smtpd_access_policy" },
		{ STR_INIT(REQUEST "junk\n\n"), "a line without \"=\"" },
		{ STR_INIT("junk\n" REQUEST "\n"), "a line without \"=\"" },
		{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		    "a line without \"=\"" },
		{ STR_INIT(REQUEST REQUEST "\n"), "attribute request twice" },
		{ STR_INIT(REQUEST "client_address=192.0.2.1\n"
				   "client_address=127.0.0.1\n\n"),
		    "attribute client_address twice" },
		{ STR_INIT(REQUEST "recipient=a\nsender=b\nrecipient=c\n\n"),
		    "attribute recipient twice" },
		{ STR_INIT(REQUEST "sender=\nsender=\n\n"),
		    "attribute sender twice" },
		{ STR_INIT(REQUEST "sasl_username=\nsasl_username=a\n\n"),
		    "attribute sasl_username twice" },
		{ STR_INIT(REQUEST "recipient=a\0b\n\n"), "a NUL" },
		{ STR_INIT(REQUEST "future=a\0b\n\n"), "a NUL" },
		{ STR_INIT(REQUEST " sender=a\n \n\n"),
		    "a line without \"=\"" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct str input = cases[i].input;
		struct request request;
		struct error error;
		size_t used = 0;

		tap_case("%s", cases[i].error);
		CHECK_INT(parse(input, &used, &request, &error), ATTR_BAD);
		CHECK_STR(error.text, cases[i].error);
		CHECK_INT((long long)used, (long long)input.length);
		for (size_t split = 0; split < input.length; split++)
			if (parse_split(input, split, &used, &request,
				&error) != ATTR_BAD ||
			    used != input.length)
				CHECK_INT((long long)split, -1);
	}
}

/* Puts count lines of a length after the start of a request. */
static struct str
make_lines(char *bytes, size_t count, size_t length)
{
	size_t at = sizeof(REQUEST) - 1;

	memcpy(bytes, REQUEST, at);
	for (size_t i = 0; i < count; i++, at += length) {
		memset(bytes + at, 'x', length);
		bytes[at + 1] = '=';
		bytes[at + length - 1] = '\n';
	}
	bytes[at++] = '\n';
	return (struct str){ bytes, at };
}

static void
limits_are_exact(void)
{
	static const struct {
		size_t count;
		size_t length;
		enum attr_result result;
	} cases[] = {
		{ 127, 4, ATTR_DONE },
		{ 128, 4, ATTR_OVER },
		{ 20000, 3, ATTR_OVER },
		{ 1, ATTR_LINE_MAX, ATTR_DONE },
		{ 1, ATTR_LINE_MAX + 1, ATTR_OVER },
		{ 1, ATTR_REQUEST_MAX, ATTR_OVER },
		{ 5, ATTR_LINE_MAX, ATTR_OVER },
		{ 4, (ATTR_REQUEST_MAX - sizeof(REQUEST)) / 4, ATTR_DONE },
	};
	static char bytes[INPUT_MAX];

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct str input =
		    make_lines(bytes, cases[i].count, cases[i].length);
		struct request request;
		struct error error;
		size_t used;

		tap_case("%zu lines of %zu bytes", cases[i].count,
		    cases[i].length);
		CHECK_INT(parse(input, &used, &request, &error),
		    cases[i].result);
		if (cases[i].result == ATTR_OVER)
			CHECK(error.text[0] != '\0');
		for (size_t split = 1; split < input.length; split += 997)
			if (parse_split(input, split, &used, &request,
				&error) != cases[i].result)
				CHECK_INT((long long)split, -1);
	}
}

static void
a_request_of_64_kib_is_not_waited_for(void)
{
	static char bytes[INPUT_MAX];
	struct str input = { bytes, ATTR_REQUEST_MAX };
	struct attr_state state = { 0 };
	struct request request;
	struct error error;
	size_t used;

	memset(bytes, 'x', sizeof(bytes));
	CHECK_INT(attr_parse(&state, str_slice(input, 0, input.length - 1),
		      &used, &request, &error),
	    ATTR_MORE);
	CHECK_INT(attr_parse(&state, input, &used, &request, &error),
	    ATTR_OVER);
}

static void
several_requests_are_cut_apart(void)
{
	struct str input = STR(REQUEST "helo_name=a\n\n" REQUEST
				       "helo_name=b\n\n" REQUEST "helo_");
	struct request request;
	struct error error;
	size_t used;

	CHECK_INT(parse(input, &used, &request, &error), ATTR_DONE);
	check_text(request.session.helo, "a");
	input = str_slice(input, used, input.length);
	CHECK_INT(parse(input, &used, &request, &error), ATTR_DONE);
	check_text(request.session.helo, "b");
	input = str_slice(input, used, input.length);
	CHECK_INT(parse(input, &used, &request, &error), ATTR_MORE);
	CHECK_INT(parse(str_slice(input, 0, 0), &used, &request, &error),
	    ATTR_MORE);
}

static void
skipping_ends_at_the_empty_line(void)
{
	static const struct {
		struct str input;
		bool found;
		size_t used;
	} cases[] = {
		{ STR_INIT("xxxx\n\nrequest="), true, 6 },
		{ STR_INIT("xx\r\n\r\nrequest="), true, 6 },
		{ STR_INIT("xx\n\r\nrequest="), true, 5 },
		{ STR_INIT("xx\nyy\n\n"), true, 7 },
		{ STR_INIT("xxxx"), false, 4 },
		{ STR_INIT("xxxx\n"), false, 4 },
		{ STR_INIT("xxxx\n\r"), false, 4 },
		{ STR_INIT("xxxx\r"), false, 5 },
		{ STR_INIT("\n"), false, 0 },
		{ STR_INIT("\n\r"), false, 0 },
		{ STR_INIT("\n\n"), true, 2 },
		{ STR_INIT("\n\r\n"), true, 3 },
		{ STR_INIT("\nx"), false, 2 },
		{ STR_INIT(""), false, 0 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		size_t used = 99;

		tap_case("%zu", i);
		CHECK_INT(attr_skip(cases[i].input, &used), cases[i].found);
		CHECK_INT((long long)used, (long long)cases[i].used);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(every_capture_is_read_wherever_it_is_split),
	TAP_TEST(a_request_that_comes_byte_by_byte_is_the_same),
	TAP_TEST(the_facts_of_a_session_are_taken),
	TAP_TEST(attributes_come_in_any_order),
	TAP_TEST(states_of_the_protocol_are_stages),
	TAP_TEST(a_client_is_an_address_or_nobody),
	TAP_TEST(ports_that_are_none_are_not_told),
	TAP_TEST(an_unknown_name_is_no_name),
	TAP_TEST(lines_may_end_in_crlf),
	TAP_TEST(bytes_of_values_are_kept),
	TAP_TEST(requests_that_must_not_be_judged_are_bad),
	TAP_TEST(limits_are_exact),
	TAP_TEST(a_request_of_64_kib_is_not_waited_for),
	TAP_TEST(several_requests_are_cut_apart),
	TAP_TEST(skipping_ends_at_the_empty_line),
};

int
main(void)
{
	return TAP_RUN(tests);
}
