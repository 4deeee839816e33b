/*
 * test_policy_grant.c - who may send to the world, as it is written.
 */
#include "tests/lib/said.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	NOW = 1700000000, /* 2023-11-14 */
};

static const struct {
	const char *text;
	const char *said;
	bool loaded;
} cases[] = {
	{ "networks = { servers = \"10.0.0.0/8\"; }; relay = ( { "
	  "name = \"x\"; from = \"servres\"; } );",
	    "p:1: no network is named \"servres\": is \"servers\" "
	    "meant?",
	    false },
	{ "relay = ( { name = \"x\"; from = \"gateways\"; } );",
	    "p:1: \"gateways\" is a word of never_trust, not of "
	    "from",
	    false },
	{ "relay = ( { name = \"x\"; from = \"inside\"; } );",
	    "p:1: no network is named \"inside\": name it in "
	    "networks",
	    false },
	{ "relay = ( { name = \"x\"; from = [ ]; } );",
	    "p:1: \"from\" is an empty list, which nobody is in: "
	    "leave the setting out, or name a value",
	    false },
	{ "relay = ( { name = \"x\"; from = [ \"10.0.0.0/8\", "
	  "\"\" ]; } );",
	    "p:1: an empty value: leave it out", false },
	{ "relay = ( { name = \"x\"; } );",
	    "p:1: a grant that names no network: it would hold for "
	    "the whole Internet; give it from, login or "
	    "certificates",
	    false },
	{ "relay = ( { name = \"x\"; senders = \"example.com\"; "
	  "tls = true; ports = 25; } );",
	    "p:1: a grant that names no network: it would hold for "
	    "the whole Internet; give it from, login or "
	    "certificates",
	    false },
	{ "relay = ( { from = \"10.0.0.1\"; } );",
	    "p:1: \"name\" is missing in relay", false },
	{ "relay = ( { name = \"\"; from = \"10.0.0.1\"; } );",
	    "p:1: the name of a grant has 1 to 64 characters", false },
	{ "relay = { name = \"x\"; from = \"10.0.0.1\"; };",
	    "p:1: \"relay\" must be a list of groups, as in ( { "
	    "... }, { ... } ), not a group",
	    false },
	{ "relay = ( \"x\" );",
	    "p:1: \"relay\" must be a list of groups, as in ( { "
	    "... }, { ... } ), not a string in the list",
	    false },
	{ "relay = ( { name = \"x\"; from = \"10.0.0.1\"; }, { "
	  "name = \"x\"; from = \"10.0.0.2\"; } );",
	    "p:1: a second grant is named \"x\", the first at p:1", false },
	{ "relay = ( { name = \"x\"; login = \"yes\"; } );",
	    "p:1: \"yes\" is no login name: write true", false },
	{ "relay = ( { name = \"x\"; login = [ ]; } );",
	    "p:1: \"login\" is an empty list, which nobody is in: "
	    "leave the setting out, or name a value",
	    false },
	{ "relay = ( { name = \"x\"; login = false; } );",
	    "p:1: a grant that names no network: it would hold for "
	    "the whole Internet; give it from, login or "
	    "certificates",
	    false },
	{ "relay = ( { name = \"x\"; login = 1; } );",
	    "p:1: \"login\" must be true or a list of login names, "
	    "not a number",
	    false },
	{ "relay = ( { name = \"x\"; login = true; ports = [ 0, "
	  "65536 ]; } );",
	    "p:1: 0 is no port: ports go from 1 to 65535\n"
	    "p:1: 65536 is no port: ports go from 1 to 65535",
	    false },
	{ "relay = ( { name = \"x\"; login = true; ports = [ ]; "
	  "} );",
	    "p:1: \"ports\" is an empty list, which nobody is in: "
	    "leave the setting out, or name a value",
	    false },
	{ "relay = ( { name = \"x\"; login = true; ports = "
	  "\"25\"; } );",
	    "p:1: \"ports\" must be a port or a list of them, as "
	    "in [ 465, 587 ], not a string",
	    false },
	{ "relay = ( { name = \"x\"; login = true; tls = "
	  "\"yes\"; } );",
	    "p:1: \"tls\" must be true or false, not a string", false },
	{ "relay = ( { name = \"x\"; login = true; senders = [ "
	  "\"/foo/\" ]; } );",
	    "p:1: pattern \"foo\" would match a part: it must "
	    "begin with ^ and end with $, as in "
	    "^(a|b)@example\\.com$",
	    false },
	{ "relay = ( { name = \"x\"; login = true; senders = [ "
	  "\"/^(foo$/\" ]; } );",
	    "p:1: pattern \"^(foo$\", after byte 6: missing "
	    "closing parenthesis",
	    false },
	{ "relay = ( { name = \"x\"; login = true; to = [ "
	  "\"-bad-\" ]; } );",
	    "p:1: \"-bad-\" is not a domain", false },
	{ "relay = ( { name = \"x\"; login = true; mode = "
	  "\"0660\"; } );",
	    "p:1: \"mode\" does not stand in relay, but in the "
	    "policy file and an entry of listen",
	    false },
	{ "relay = ( { name = \"x\"; login = true; form = "
	  "\"10.0.0.1\"; } );",
	    "p:1: unknown setting \"form\" in relay: is \"from\" "
	    "meant?",
	    false },
	{ "relay = ( { name = \"x\"; login = true; until = "
	  "\"2030-02-29\"; } );",
	    "p:1: \"2030-02-29\" is no date: \"until\" is written "
	    "\"YYYY-MM-DD\"",
	    false },
	{ "relay = ( { name = \"x\"; login = true; until = "
	  "\"2100-02-29\"; } );",
	    "p:1: \"2100-02-29\" is no date: \"until\" is written "
	    "\"YYYY-MM-DD\"",
	    false },
	{ "relay = ( { name = \"x\"; login = true; until = "
	  "\"1969-12-31\"; } );",
	    "p:1: \"1969-12-31\" is no date: \"until\" is written "
	    "\"YYYY-MM-DD\"",
	    false },
	{ "relay = ( { name = \"x\"; login = true; until = "
	  "\"30.1.2030\"; } );",
	    "p:1: \"30.1.2030\" is no date: \"until\" is written "
	    "\"YYYY-MM-DD\"",
	    false },
	{ "relay = ( { name = \"x\"; login = true; until = "
	  "\"2020-01-01\"; } );",
	    "p:1: warning: until 2020-01-01 is over: this grant "
	    "holds no more",
	    true },
	{ "relay = ( { name = \"x\"; from = \"10.0.0.0/8\"; "
	  "gateway = true; } );",
	    "p:1: gateway = true needs a \"from\" that is one "
	    "literal address",
	    false },
	{ "relay = ( { name = \"x\"; login = true; gateway = "
	  "true; } );",
	    "p:1: gateway = true needs a \"from\" that is one "
	    "literal address",
	    false },
	{ "relay = ( { name = \"x\"; from = \"10.0.0.1\"; "
	  "null_sender = false; } );",
	    "p:1: warning: null_sender = false means nothing "
	    "without senders",
	    true },
	{ "relay = ( { name = \"x\"; certificates = [ \"AB:CD\" "
	  "]; } );",
	    "p:1: \"AB:CD\" is no fingerprint: it begins with the "
	    "algorithm, as in \"sha256:AB:CD:...\"",
	    false },
	{ "relay = ( { name = \"x\"; certificates = [ "
	  "\"sha256:AB:CD\" ]; } );",
	    "p:1: a fingerprint of sha256 has 32 bytes, not 2", false },
	{ "relay = ( { name = \"x\"; certificates = [ "
	  "\"sha256:GG\" ]; } );",
	    "p:1: \"sha256:GG\" is no fingerprint: two hexadecimal "
	    "digits a byte are wanted, with colons between",
	    false },
	{ "relay = ( { name = \"x\"; certificates = [ \"sha256:AA:\" "
	  "]; } );",
	    "p:1: \"sha256:AA:\" is no fingerprint: two hexadecimal "
	    "digits a byte are wanted, with colons between",
	    false },
	{ "relay = ( { name = \"x\"; certificates = [ "
	  "\"sha1:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:"
	  "33\" "
	  "]; } );",
	    "p:1: warning: sha1 fingerprints can be forged: use "
	    "sha256, and smtpd_tls_fingerprint_digest = sha256 in "
	    "main.cf",
	    true },
	{ "relay = ( { name = \"x\"; certificates = "
	  "\"file:missing\"; } );",
	    "p:1: ./missing: No such file or directory", false },
	{ "listen = { milter = \"unix:/x\"; }; relay = ( { name "
	  "= \"x\"; certificates = "
	  "\"sha256:"
	  "0000000000000000000000000000000000000000000000000000000000000000\"; "
	  "} );",
	    "p:1: warning: the grant \"x\" never holds in the "
	    "milter: no macro of the milter protocol has the "
	    "fingerprint of a certificate",
	    true },
	{ "relay = ( { name = \"x\"; from = \"0.0.0.0/0\"; }, { "
	  "name = \"y\"; from = [ \"0.0.0.0/1\", "
	  "\"128.0.0.0/1\", \"2000::/3\" ]; } );",
	    "p:1: warning: the grant \"x\" holds for all of IPv4: "
	    "it makes an open relay\n"
	    "p:1: warning: the grant \"y\" holds for all of IPv4: "
	    "it makes an open relay\n"
	    "p:1: warning: the grant \"y\" holds for all of IPv6: "
	    "it makes an open relay",
	    true },
	{ "relay = ( { name = \"x\"; from = \"0.0.0.0/0\"; login = true; }, "
	  "{ name = \"y\"; from = \"0.0.0.0/0\"; certificates = "
	  "\"sha256:00112233445566778899aabbccddeeff"
	  "00112233445566778899aabbccddeeff\"; } );",
	    "", true },
	{ "relay = ( { name = \"x\"; login = true; to = \"mta\"; "
	  "} );",
	    "p:1: \"mta\" is a word of destinations", false },
	{ "relay = ( { name = \"x\"; login = [ \"TRUE\" ]; "
	  "senders = \"MTA\"; } );",
	    "p:1: \"mta\" is a word of destinations\n"
	    "p:1: \"true\" is no login name: leave out the quotes",
	    false },
	{ "relay = ( { name = \"x\"; from = \"10.0.0.1\"; "
	  "gateway = true; } );",
	    "", true },
	{ "relay = ( { name = \"x\"; from = [ \"2001:db8::1\" ]; "
	  "gateway = true; } );",
	    "", true },
	{ "relay = ( { name = \"x\"; login = [ \"alice\", "
	  "\"file:missing\" ]; } );",
	    "p:1: file:missing: No such file or directory", false },
	{ "relay = ( { name = \"x\"; login = true; senders = [ "
	  "\"example.com\", \".example.com\", \"user@\", "
	  "\"a@b.example\" ]; until = \"2030-12-31\"; "
	  "null_sender = false; } );",
	    "", true },
	{ "relay = ( ); clients = \"granted\"; destinations = [ "
	  "]; never_trust = [ ];",
	    "", true },
};

static void
what_is_wrong_is_told_with_what_would_be_right(void)
{
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct said said;

		tap_case("%s", cases[i].text);
		said_load(&said, cases[i].text, NOW);
		CHECK_STR(said.text, cases[i].said);
		CHECK_INT(said.policy != NULL, cases[i].loaded);
		said_free(&said);
	}
}

static void
a_date_holds_through_its_day(void)
{
	static const struct {
		const char *until;
		int64_t end; /* date -ud "DATE + 1 day" +%s */
	} dates[] = {
		{ "1970-01-01", 86400 },
		{ "1972-02-29", 68256000 },
		{ "1999-12-31", 946684800 },
		{ "2000-02-29", 951868800 },
		{ "2027-06-30", 1814400000 },
		{ "2100-02-28", 4107542400 },
		{ "2400-02-29", 13574649600 },
	};

	for (size_t i = 0; i < TAP_COUNT(dates); i++) {
		struct said said;
		char text[128];

		tap_case("%s", dates[i].until);
		snprintf(text, sizeof(text),
		    "relay = ( { name = \"x\"; login = true; until = \"%s\"; "
		    "} );",
		    dates[i].until);
		said_load(&said, text, 0);
		CHECK_STR(said.text, "");
		if (CHECK(said.policy != NULL))
			CHECK_INT(said.policy->grants[0].until, dates[i].end);
		said_free(&said);
	}
}

static void
a_date_is_over_from_its_end_on(void)
{
	static const char text[] = "relay = ( { name = \"x\"; login = true; "
				   "until = \"2027-06-30\"; } );";
	struct said said;

	said_load(&said, text, 1814400000 - 1);
	CHECK_STR(said.text, "");
	said_free(&said);
	said_load(&said, text, 1814400000);
	CHECK_STR(said.text,
	    "p:1: warning: until 2027-06-30 is over: this grant holds no more");
	said_free(&said);
}

/* Looks a word up in a list. */
static enum lookup
find_word(const struct table_list *list, const char *word)
{
	struct table_scratch *scratch = table_scratch_new();
	struct table_key key = { .word = str_from(word) };
	struct str found;
	enum lookup result = table_list_find(list, &key, scratch, &found);

	table_scratch_free(scratch);
	return result;
}

static void
fingerprints_are_compared_as_postfix_sends_them(void)
{
	static const char *const written[] = {
		"md5:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
		"md5:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
		"md5:00112233445566778899aabbccddeeff",
	};

	for (size_t i = 0; i < TAP_COUNT(written); i++) {
		struct said said;
		char text[160];

		tap_case("%s", written[i]);
		snprintf(text, sizeof(text),
		    "relay = ( { name = \"x\"; certificates = \"%s\"; } );",
		    written[i]);
		said_load(&said, text, 0);
		if (CHECK(said.policy != NULL))
			CHECK_INT(find_word(&said.policy->grants[0]
						 .certificates,
				      "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:"
				      "DD:EE:FF"),
			    LOOKUP_FOUND);
		said_free(&said);
	}
}

/* Writes a file of the working directory. */
static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

static void
logins_are_compared_as_they_are(void)
{
	static const char *const logins[] = { "alice", "Alice@EXAMPLE.COM",
		"\xff\xfe", "m\xc3\xbcller", "\xac:x", "a b" };

	for (size_t i = 0; i < TAP_COUNT(logins); i++) {
		struct said said;
		char text[128];

		tap_case("%s", logins[i]);
		snprintf(text, sizeof(text),
		    "relay = ( { name = \"x\"; login = \"%s\"; } );",
		    logins[i]);
		said_load(&said, text, 0);
		CHECK_STR(said.text, "");
		if (CHECK(said.policy != NULL))
			CHECK_INT(find_word(&said.policy->grants[0].logins,
				      logins[i]),
			    LOOKUP_FOUND);
		said_free(&said);
	}
}

static void
fingerprints_may_stand_in_a_file(void)
{
	static const char text[] = "relay = ( { name = \"x\"; "
				   "certificates = \"file:certs\"; } );";
	struct said said;

	write_file("certs",
	    "# ours\n\nmd5:00112233445566778899aabbccddeeff\n"
	    "  md5:ff112233445566778899aabbccddeeff\n");
	said_load(&said, text, 0);
	if (CHECK(said.policy != NULL)) {
		const struct table_list *list =
		    &said.policy->grants[0].certificates;

		CHECK_INT(find_word(list,
			      "FF:11:22:33:44:55:66:77:88:99:AA:BB:"
			      "CC:DD:EE:FF"),
		    LOOKUP_FOUND);
		CHECK_INT(find_word(list, "none of them"), LOOKUP_MISSING);
	}
	said_free(&said);

	write_file("certs", "\nmd5:00\n");
	said_load(&said, text, 0);
	CHECK_STR(said.text,
	    "./certs:2: a fingerprint of md5 has 16 bytes, "
	    "not 1");
	CHECK(said.policy == NULL);
	said_free(&said);
	unlink("certs");
}

/* Else the grant would ask for no certificate at all. */
static void
an_empty_file_is_a_list_of_nobody(void)
{
	struct said said;

	write_file("empty", "# nobody\n");
	said_load(&said,
	    "networks = { n = \"file:empty\"; };\n"
	    "relay = ( { name = \"x\"; from = \"n\"; "
	    "certificates = \"file:empty\"; senders = \"file:empty\"; "
	    "to = \"file:empty\"; login = \"file:empty\"; } );",
	    0);
	CHECK_STR(said.text, "");
	if (CHECK(said.policy != NULL)) {
		const struct policy_grant *grant = &said.policy->grants[0];

		CHECK(grant->from.count > 0);
		CHECK(grant->certificates.count > 0);
		CHECK(grant->senders.count > 0);
		CHECK(grant->to.count > 0);
		CHECK(grant->logins.count > 0);
		CHECK_INT(find_word(&grant->certificates, ""), LOOKUP_MISSING);
	}
	said_free(&said);
	unlink("empty");
}

static const struct tap_test tests[] = {
	TAP_TEST(what_is_wrong_is_told_with_what_would_be_right),
	TAP_TEST(a_date_holds_through_its_day),
	TAP_TEST(a_date_is_over_from_its_end_on),
	TAP_TEST(fingerprints_are_compared_as_postfix_sends_them),
	TAP_TEST(logins_are_compared_as_they_are),
	TAP_TEST(fingerprints_may_stand_in_a_file),
	TAP_TEST(an_empty_file_is_a_list_of_nobody),
};

int
main(void)
{
	char folder[] = "/tmp/test_policy_grant.XXXXXX";

	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		tap_bail("cannot make %s", folder);
	int status = TAP_RUN(tests);
	if (chdir("/") == 0)
		rmdir(folder);
	return status;
}
