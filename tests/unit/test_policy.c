/*
 * test_policy.c - the settings of a policy file: good ones and bad ones.
 */
#include "base/log.h"
#include "tests/lib/said.h"
#include "tests/lib/tap.h"

enum {
	NOW = 1700000000, /* 2023-11-14 */
};

static const struct {
	const char *text;
	const char *said;
	bool loaded;
} cases[] = {
	{ "mode = \"observ\";",
	    "p:1: \"mode\" must be one of \"enforce\", "
	    "\"observe\", not \"observ\"",
	    false },
	{ "mode = 5;",
	    "p:1: \"mode\" must be one of \"enforce\", "
	    "\"observe\", not a number",
	    false },
	{ "mode = [ \"enforce\" ];",
	    "p:1: \"mode\" must be one of \"enforce\", "
	    "\"observe\", not a list",
	    false },
	{ "roles = \"mx\";", "", true },
	{ "roles = [ \"mx\", \"mta\" ];",
	    "p:1: \"roles\" must be a list of any of "
	    "\"null-client\", \"site-relay\", \"mx\", "
	    "\"submission\", not \"mta\"",
	    false },
	{ "roles = [ 1 ];",
	    "p:1: \"roles\" must be a list of any of "
	    "\"null-client\", \"site-relay\", \"mx\", "
	    "\"submission\", not a number in the list",
	    false },
	{ "rolls = [ \"mx\" ];",
	    "p:1: unknown setting \"rolls\" in the policy file: is "
	    "\"roles\" meant?",
	    false },
	{ "RELAY = ( );",
	    "p:1: unknown setting \"RELAY\" in the policy file: is "
	    "\"relay\" meant?",
	    false },
	{ "ports = [ 25 ];",
	    "p:1: \"ports\" does not stand in the policy file, but "
	    "in relay and clients",
	    false },
	{ "zzz = 1;", "p:1: unknown setting \"zzz\" in the policy file",
	    false },
	{ "rules = ( );", "p:1: \"rules\" comes with a later version", false },
	{ "limits = ( );", "p:1: \"limits\" comes with a later version",
	    false },
	{ "networks_ceiling = \"x\";",
	    "p:1: \"x\" is not an IP address or network: networks_ceiling "
	    "has networks, or the word \"host\"",
	    false },
	{ "expect = { };", "", true },
	{ "expect = { relayhos = \"x\"; };",
	    "p:1: unknown setting \"relayhos\" in expect: is \"relayhost\" "
	    "meant?",
	    false },
	{ "expect = { relayhost = 5; };",
	    "p:1: \"relayhost\" must be a string in quotes, not a number",
	    false },
	{ "expect = { queue_minfree = -1; };",
	    "p:1: \"queue_minfree\" must be a number from 0 to 2147483647, "
	    "not -1",
	    false },
	{ "expect = {\n root_alias = [ ]; };",
	    "p:2: \"root_alias\" is an empty list, which nobody is in: leave "
	    "the setting out, or name a value",
	    false },
	{ "profile = \"\";", "p:1: \"profile\" is empty: leave it out", false },
	{ "fail_on = \"hihg\";",
	    "p:1: \"fail_on\" must be one of \"info\", \"low\", "
	    "\"medium\", \"high\", \"critical\", not \"hihg\"",
	    false },
	{ "waivers = ( { check = \"a\"; reason = \"b\"; } );",
	    "p:1: \"until\" is missing in waivers", false },
	{ "waivers = ( { check = \"a\"; reason = \" \"; until = "
	  "\"2023-11-14\"; } );",
	    "p:1: a waiver without a reason", false },
	{ "waivers = ( { check = \"a\"; reason = \"b\"; until = "
	  "\"2023-02-29\"; } );",
	    "p:1: \"2023-02-29\" is no date: \"until\" is written "
	    "\"YYYY-MM-DD\"",
	    false },
	{ "waivers = ( { check = \"a\"; reason = \"b\";\n until = "
	  "\"2023-11-13\"; } );",
	    "p:2: warning: until 2023-11-13 is over: this waiver holds no "
	    "more",
	    true },
	{ "networks = ( );",
	    "p:1: \"networks\" must be a group in { }, not a list", false },
	{ "networks = { a = [ ]; };",
	    "p:1: the network \"a\" is empty: name an address, or "
	    "leave it out",
	    false },
	{ "networks = { gateways = \"10.0.0.1\"; };",
	    "p:1: no network can be named \"gateways\": that word "
	    "has a meaning of its own",
	    false },
	{ "networks = { a = 5; };",
	    "p:1: \"a\" must be a string or a list of strings, as "
	    "in [ \"a\", \"b\" ], not a number",
	    false },
	{ "networks = { a = [ \"10.0.0.1/8\" ]; };",
	    "p:1: \"10.0.0.1/8\" has bits after its prefix: the "
	    "network is 10.0.0.0/8",
	    false },
	{ "networks = { a = [ \"::ffff:10.0.0.0/104\" ]; };",
	    "p:1: \"::ffff:10.0.0.0/104\" is IPv4 inside IPv6: "
	    "write 10.0.0.0/8",
	    false },
	{ "networks = { a = \"postfix:mynetworks\"; };",
	    "p:1: postfix:mynetworks: the values of an MTA are "
	    "not known here",
	    false },
	{ "networks = { a = \"example.com\"; };",
	    "p:1: \"example.com\" is not an IP address or network", false },
	{ "networks = { a = \"\"; };", "p:1: an empty value: leave it out",
	    false },
	{ "networks = { a = \"cidr:missing\"; };",
	    "p:1: cidr:missing: No such file or directory", false },
	{ "never_trust = \"172.16.0.1/12\";",
	    "p:1: \"172.16.0.1/12\" has bits after its prefix: the "
	    "network is 172.16.0.0/12",
	    false },
	{ "never_trust = [ \"gateway\" ];",
	    "p:1: no network is named \"gateway\": is \"gateways\" "
	    "meant?",
	    false },
	{ "destinations = [ \"mta\", \"exa mple\" ];",
	    "p:1: \"exa mple\" is not a domain", false },
	{ "destinations = \"MTA\";",
	    "p:1: \"MTA\" would be a domain: is \"mta\" meant?", false },
	{ "destinations = [ \"postfix:relay_domains\" ];",
	    "p:1: postfix:relay_domains: the values of an MTA are "
	    "not known here",
	    false },
	{ "destinations = \"hash:/etc/x\";",
	    "p:1: hash:/etc/x: unknown kind of table; known are "
	    "file:, cidr:, pcre: and /pattern/",
	    false },
	{ "clients = \"grantd\";",
	    "p:1: \"clients\" must be \"granted\", not \"grantd\"", false },
	{ "clients = ( { only = \"granted\"; ports = 25; }, { "
	  "ports = [ 25 ]; } );",
	    "p:1: \"only\" is missing in clients", false },
	{ "clients = [ \"granted\" ];",
	    "p:1: \"clients\" must be \"granted\" or a list of "
	    "groups, as in ( { ports = [ 587 ]; only = "
	    "\"granted\"; } ), not a string in the list",
	    false },
	{ "when_down = \"accept\";",
	    "p:1: \"when_down\" must be one of \"defer\", \"mta\", "
	    "not \"accept\"",
	    false },
	{ "connections = 0;",
	    "p:1: \"connections\" must be a number from 1 to "
	    "65536, not 0",
	    false },
	{ "connections = 70000;",
	    "p:1: \"connections\" must be a number from 1 to "
	    "65536, not 70000",
	    false },
	{ "connections = \"5\";",
	    "p:1: \"connections\" must be a number from 1 to "
	    "65536, not a string",
	    false },
	{ "user = \"\";", "p:1: \"user\" is empty: name the user to run as",
	    false },
	{ "own_transports = \"local\";", "", true },
	{ "own_transports = [ \"local\", \"\" ];",
	    "p:1: an empty value: leave it out", false },
	{ "own_transports = [ \"local\", \"smtp\" ];",
	    "p:1: warning: own_transports name \"smtp\", by which mail leaves "
	    "for all the world: in the milter, \"mta\" makes an open relay",
	    true },
	{ "own_transports = \"smtp\"; destinations = \"a.example\";", "",
	    true },
	{ "log = { level = \"loud\"; };",
	    "p:1: \"level\" must be one of \"error\", \"warning\", "
	    "\"info\", \"debug\", not \"loud\"",
	    false },
	{ "log = { levl = \"info\"; };",
	    "p:1: unknown setting \"levl\" in log: is \"level\" "
	    "meant?",
	    false },
	{ "log = \"syslog\";",
	    "p:1: \"log\" must be a group in { }, not a string", false },
	{ "listen = { policy = 5; };",
	    "p:1: \"policy\" must be an address in quotes, a group "
	    "{ at = ...; } or a list of both in ( ), not a number",
	    false },
	{ "listen = { policy = \"tcp:1\"; };",
	    "p:1: \"tcp:1\" is no address to listen at: it begins "
	    "with unix:, inet: or systemd:",
	    false },
	{ "listen = { policy = \"unix:run/x\"; };",
	    "p:1: \"unix:run/x\": the path of a socket begins with "
	    "/",
	    false },
	{ "listen = { policy = "
	  "\"unix:/"
	  "01234567890123456789012345678901234567890123456789012345678901234567"
	  "89012345678901234567890123456789012345678\"; "
	  "};",
	    "p:1: "
	    "\"unix:/"
	    "012345678901234567890123456789012345678901234567890123456789012345"
	    "6789012345678901234567890123456789012345678\": "
	    "the path of a socket has at most 107 bytes, this one "
	    "has 110",
	    false },
	{ "listen = { policy = \"inet:127.0.0.1\"; };",
	    "p:1: \"inet:127.0.0.1\": a port from 1 to 65535 must "
	    "follow the last colon, as in \"inet:127.0.0.1:9998\"",
	    false },
	{ "listen = { policy = \"inet:127.0.0.1:0\"; };",
	    "p:1: \"inet:127.0.0.1:0\": a port from 1 to 65535 "
	    "must follow the last colon, as in "
	    "\"inet:127.0.0.1:9998\"",
	    false },
	{ "listen = { policy = \"inet:127.0.0.1:65536\"; };",
	    "p:1: \"inet:127.0.0.1:65536\": a port from 1 to 65535 "
	    "must follow the last colon, as in "
	    "\"inet:127.0.0.1:9998\"",
	    false },
	{ "listen = { policy = \"inet:::1:25\"; };",
	    "p:1: \"inet:::1:25\": before the port stands an "
	    "address, a name or *; an IPv6 address in [ ]",
	    false },
	{ "listen = { policy = \"inet:[::1]:25\"; };", "", true },
	{ "listen = { policy = \"inet::25\"; };",
	    "p:1: \"inet::25\": before the port stands an address, "
	    "a name or *; an IPv6 address in [ ]",
	    false },
	{ "listen = { policy = \"inet:12@host\"; };",
	    "p:1: \"inet:12@host\": a port from 1 to 65535 must "
	    "follow the last colon, as in \"inet:127.0.0.1:9998\"",
	    false },
	{ "listen = { policy = ( { at = \"inet:127.0.0.1:25\"; "
	  "mode = \"0660\"; } ); };",
	    "p:1: \"mode\" means something for a unix socket only", false },
	{ "listen = { policy = ( { mode = \"0660\"; } ); };",
	    "p:1: \"at\" is missing in an entry of listen", false },
	{ "listen = { policy = ( { at = \"unix:/x\"; mode = 660; "
	  "} ); };",
	    "p:1: \"mode\" must be a string in quotes, not a number", false },
	{ "listen = { policy = ( { at = \"unix:/x\"; mode = "
	  "\"0668\"; } ); };",
	    "p:1: \"0668\" is no mode of a socket: three octal "
	    "digits are, as in \"0660\"",
	    false },
	{ "listen = { policy = ( { at = \"unix:/x\"; mode = "
	  "\"0666\"; } ); };",
	    "p:1: warning: mode \"0666\" lets every user of this "
	    "host connect",
	    true },
	{ "listen = { policy = [ \"unix:/x\", \"unix:/x\" ]; };",
	    "p:1: \"unix:/x\" is listed twice", false },
	{ "listen = { milter = [ \"unix:/x\", \"unix:/y\" ]; };",
	    "p:1: the milter has one address only: libmilter "
	    "listens once",
	    false },
	{ "listen = { milter = \"systemd:\"; };",
	    "p:1: the milter takes no socket from systemd: "
	    "libmilter opens its own",
	    false },
	{ "listen = { polcy = \"unix:/x\"; };",
	    "p:1: unknown setting \"polcy\" in listen: is "
	    "\"policy\" meant?",
	    false },
	{ "destinations = \"/^.*$/\";",
	    "p:1: warning: destinations hold for any domain "
	    "(/^.*$/): they make an open relay",
	    true },
	{ "networks = { a = \"/etc/x\"; };",
	    "p:1: pattern \"etc\" would match a part: it must "
	    "begin with ^ and end with $, as in "
	    "^(a|b)@example\\.com$",
	    false },
	{ "networks = { a = \"2001:db8::1/32\"; };",
	    "p:1: \"2001:db8::1/32\" has bits after its prefix: "
	    "the network is 2001:db8::/32",
	    false },
	{ "destinations = \"*.example.com\";",
	    "p:1: \"*.example.com\": for all domains below one, "
	    "write .example.com",
	    false },
	{ "destinations = [ \"10.0.0.0/8\" ];",
	    "p:1: \"10.0.0.0/8\" is not a domain", false },
	{ "destinations = [ \"a.example\" \"b.example\" ];",
	    "p:1: a comma is missing before this value of the list "
	    "of line 1",
	    false },
	{ "mode = \"enforce\"; mode = \"observe\";",
	    "p:1: \"mode\" is set twice, first at p:1", false },
	{ "log = { level = \"debug\"; format = \"json\"; target "
	  "= \"syslog\"; };",
	    "", true },
	{ "listen = { policy = ( \"inet:*:10031\", { at = "
	  "\"unix:/run/x\"; mode = \"660\"; group = \"postfix\"; "
	  "}, \"systemd:\" ); milter = { at = "
	  "\"inet:[::1]:8891\"; }; };",
	    "", true },
	{ "listen = { policy = \"inet:[10.0.0.1]x:25\"; };",
	    "p:1: \"inet:[10.0.0.1]x:25\": before the port stands "
	    "an address, a name or *; an IPv6 address in [ ]",
	    false },
	{ "listen = { policy = { at = \"unix:/x\"; group = "
	  "\"012345678901234567890123456789012\"; }; };",
	    "p:1: the name of a group has at most 32 characters", false },
	{ "when_down = true;",
	    "p:1: \"when_down\" must be one of \"defer\", \"mta\", "
	    "not true or false",
	    false },
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
defaults_hold_for_an_empty_file(void)
{
	struct said said;

	said_load(&said, "", NOW);
	CHECK_STR(said.text, "");
	if (!CHECK(said.policy != NULL))
		return;
	const struct policy *policy = said.policy;
	CHECK_INT(policy->mode, POLICY_ENFORCE);
	CHECK_INT(policy->roles, 0);
	CHECK_INT(policy->when_down, POLICY_DOWN_DEFER);
	CHECK_INT(policy->grant_count, 0);
	CHECK_INT(policy->client_count, 0);
	CHECK(policy->never_trust_gateways);
	CHECK_INT(policy->never_trust.count, 0);
	CHECK(policy->destinations_mta);
	CHECK_INT(policy->destinations.count, 0);
	CHECK_INT(policy->own_transport_count, 4);
	CHECK(str_equal(policy->own_transports[3], STR("error")));
	CHECK_INT(policy->policy_listener_count, 0);
	CHECK_INT(policy->milter_listener_count, 0);
	CHECK_INT(policy->log.level, LOG_LEVEL_INFO);
	CHECK_INT(policy->log.format, LOG_FORMAT_TEXT);
	CHECK(!policy->log.syslog);
	CHECK(str_equal(policy->user, STR("mtaguard")));
	CHECK_INT(policy->connections, 4096);
	said_free(&said);
}

static void
settings_say_otherwise(void)
{
	struct said said;

	said_load(&said,
	    "mode = \"observe\"; roles = [ \"mx\", \"submission\" ];\n"
	    "never_trust = [ \"n\", \"10.0.0.0/8\" ];\n"
	    "destinations = [ \"mta\", \"example.com\" ];\n"
	    "clients = ( { ports = [ 465, 587 ]; only = \"granted\"; },\n"
	    "            { ports = 2525; only = \"granted\"; } );\n"
	    "when_down = \"mta\"; connections = 20; user = \"guard\";\n"
	    "log = { level = \"debug\"; format = \"json\";\n"
	    "        target = \"syslog\"; };\n"
	    "own_transports = [ \"lmtp\" ];\n"
	    "networks = { n = \"172.16.0.0/12\"; };",
	    NOW);
	CHECK_STR(said.text, "");
	if (!CHECK(said.policy != NULL))
		return;
	const struct policy *policy = said.policy;
	CHECK_INT(policy->mode, POLICY_OBSERVE);
	CHECK_INT(policy->roles, POLICY_ROLE_MX | POLICY_ROLE_SUBMISSION);
	CHECK_INT(policy->when_down, POLICY_DOWN_MTA);
	CHECK_INT(policy->client_count, 2);
	CHECK_INT(policy->clients[0].ports.count, 2);
	CHECK_INT(policy->clients[0].ports.ports[1], 587);
	CHECK_INT(policy->clients[1].ports.ports[0], 2525);
	CHECK_INT(policy->clients[1].place.line, 5);
	CHECK(!policy->never_trust_gateways);
	CHECK_INT(policy->never_trust.count, 2);
	CHECK_INT(policy->never_trust.place.line, 2);
	CHECK(policy->destinations_mta);
	CHECK_INT(policy->destinations.count, 1);
	CHECK_INT(policy->own_transport_count, 1);
	CHECK_INT(policy->log.level, LOG_LEVEL_DEBUG);
	CHECK_INT(policy->log.format, LOG_FORMAT_JSON);
	CHECK(policy->log.syslog);
	CHECK(str_equal(policy->user, STR("guard")));
	CHECK_INT(policy->connections, 20);
	said_free(&said);
}

static void
clients_granted_means_all_ports(void)
{
	struct said said;

	said_load(&said, "clients = \"granted\";", NOW);
	if (CHECK(said.policy != NULL) &&
	    CHECK_INT(said.policy->client_count, 1))
		CHECK_INT(said.policy->clients[0].ports.count, 0);
	said_free(&said);
}

static void
listeners_have_mode_and_group(void)
{
	struct said said;

	said_load(&said,
	    "listen = {\n"
	    "policy = ( \"inet:*:10031\",\n"
	    "{ at = \"unix:/run/x\"; mode = \"620\"; group = \"mail\"; },\n"
	    "\"systemd:\" );\n"
	    "milter = \"unix:/run/y\"; };",
	    NOW);
	CHECK_STR(said.text, "");
	if (CHECK(said.policy != NULL) &&
	    CHECK_INT(said.policy->policy_listener_count, 3)) {
		const struct policy_listener *listeners =
		    said.policy->policy_listeners;

		CHECK(str_equal(listeners[0].at, STR("inet:*:10031")));
		CHECK_INT(listeners[0].place.line, 2);
		CHECK_INT(listeners[1].mode, 0620);
		CHECK(str_equal(listeners[1].group, STR("mail")));
		CHECK_INT(listeners[1].place.line, 3);
		CHECK_INT(said.policy->milter_listeners[0].mode, 0660);
		CHECK_INT(said.policy->milter_listeners[0].group.length, 0);
	}
	said_free(&said);
}

static void
loopback_without_a_grant_is_told(void)
{
	static const struct {
		const char *text;
		bool told4;
		bool told6;
	} loopbacks[] = {
		{ "", true, true },
		{ "relay=({name=\"x\";from=\"127.0.0.1\"});", false, true },
		{ "relay=({name=\"x\";from=[\"127.0.0.0/8\",\"::1\"]});", false,
		    false },
		{ "relay=({name=\"x\";from=\"127.0.0.1\";login=true});", true,
		    true },
		{ "relay=({name=\"x\";from=\"127.0.0.1\";"
		  "until=\"2020-12-31\"});",
		    true, true },
		{ "relay=({name=\"x\";from=\"::1\";senders=\"a.example\"});",
		    true, false },
		{ "networks={l=[\"127.0.0.1\",\"::1\"]}"
		  "relay=({name=\"x\";from=\"l\"});"
		  "never_trust=\"l\"",
		    true, true },
	};

	for (size_t i = 0; i < TAP_COUNT(loopbacks); i++) {
		struct said said;

		tap_case("%s", loopbacks[i].text);
		said_load_loopback(&said, loopbacks[i].text, NOW);
		CHECK(said.policy != NULL);
		CHECK_INT(strstr(said.text, "covers 127.0.0.1:") != NULL,
		    loopbacks[i].told4);
		CHECK_INT(strstr(said.text, "covers ::1:") != NULL,
		    loopbacks[i].told6);
		said_free(&said);
	}
}

static void
the_checker_reads_what_is_expected(void)
{
	struct said said;

	said_load(&said,
	    "expect = { relayhost = \"\";\n"
	    "root_alias = [ \"a@b\", \"c\" ]; queue_minfree = 7; };\n"
	    "profile = \"cis\"; fail_on = \"high\";\n"
	    "waivers = ( { check = \"x\"; reason = \"y z\";\n"
	    "  until = \"2023-11-14\"; } );",
	    NOW);
	CHECK_STR(said.text, "");
	if (CHECK(said.policy != NULL)) {
		const struct policy *policy = said.policy;

		CHECK_INT(policy->expectation_count, 3);
		CHECK_STR(policy->expectations[0].name.data, "relayhost");
		CHECK_INT(policy->expectations[0].value.length, 0);
		CHECK_STR(policy->expectations[1].value.data, "a@b, c");
		CHECK_INT(policy->expectations[1].place.line, 2);
		CHECK_STR(policy->expectations[2].value.data, "7");
		CHECK_STR(policy->profile.data, "cis");
		CHECK_STR(policy->fail_on.data, "high");
		CHECK_INT(policy->waiver_count, 1);
		CHECK_STR(policy->waivers[0].reason.data, "y z");
		CHECK_INT(policy->waivers[0].end, 1700006400);
		CHECK_INT(policy->waivers[0].place.line, 4);
	}
	said_free(&said);
}

static const struct tap_test tests[] = {
	TAP_TEST(what_is_wrong_is_told_with_what_would_be_right),
	TAP_TEST(defaults_hold_for_an_empty_file),
	TAP_TEST(settings_say_otherwise),
	TAP_TEST(clients_granted_means_all_ports),
	TAP_TEST(listeners_have_mode_and_group),
	TAP_TEST(loopback_without_a_grant_is_told),
	TAP_TEST(the_checker_reads_what_is_expected),
};

int
main(void)
{
	return TAP_RUN(tests);
}
