/*
 * test_syslog.c - what becomes of messages of the facility mail.
 */
#include "host/syslog.h"
#include "host/syslog_ng.h"

#include "tests/lib/tap.h"

static void
selectors_are_those_of_syslog_conf(void)
{
	static const struct {
		const char *selector;
		int severities; /* bits of mail; -1: no selector */
	} cases[] = {
		{ "mail.*", 0xff },
		{ "mail.info", 0x7f },
		{ "mail.crit", 0x07 },
		{ "mail.emerg", 0x01 },
		{ "mail.debug", 0xff },
		{ "mail.=info", 0x40 },
		{ "*.*", 0xff },
		{ "*.info;mail.none", 0 },
		{ "mail.none;*.info", 0x7f },
		{ "*.*;mail.!err", 0xf0 },
		{ "*.*;mail.!=info", 0xbf },
		{ "auth,mail.warn", 0x1f },
		{ "auth.*;authpriv.*", 0 },
		{ "2.info", 0x7f },
		{ "MAIL.INFO", 0x7f },
		{ "mail.warning;mail.=debug", 0x9f },
		{ "mail", -1 },
		{ "mail.loud", -1 },
		{ ".info", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		unsigned bits;
		bool is =
		    syslog_parse_selector(str_from(cases[i].selector), &bits);

		tap_case("%s", cases[i].selector);
		CHECK_INT(is ? (int)bits : -1, cases[i].severities);
	}
}

typedef void parser(struct syslog_reading *reading, struct str text,
    const char *file);

/* "target bits line, ..." and "?line" for what was not decided. */
static const char *
told(parser *parse, const char *text, struct arena *arena)
{
	struct syslog syslog = { .state = LOOKUP_FOUND };
	struct syslog_reading reading = { .arena = arena, .syslog = &syslog };
	const char *all = "";

	parse(&reading, str_from(text), "f");
	for (const struct syslog_rule *rule = syslog.first; rule != NULL;
	     rule = rule->next)
		all = arena_print(arena, "%s%s%s%.*s %02x %u", all,
		    all[0] != '\0' ? ", " : "",
		    rule->action == SYSLOG_REMOTE      ? "@"
			: rule->action == SYSLOG_OTHER ? "!"
						       : "",
		    STR_ARGS(rule->target), rule->severities, rule->place.line);
	if (syslog.uncertain != NULL)
		all = arena_print(arena, "%s ?%u", all,
		    syslog.uncertain_place.line);
	return all;
}

static void
rules_say_where_mail_goes(void)
{
	static const struct {
		const char *text;
		const char *told;
	} cases[] = {
		{ "# x\nmail.* -/var/log/mail.log\n",
		    "/var/log/mail.log ff 2" },
		{ "mail.*\t/a;format\nmail.err\t/b", "/a ff 1, /b 0f 2" },
		{ "*.*;mail.none /a\n", "" },
		{ "mail.* @@logs.example\n", "@@@logs.example ff 1" },
		{ "mail.* root,ann\n", "!root,ann ff 1" },
		{ "mail.* /dev/console\n", "!/dev/console ff 1" },
		{ "mail.info ~\nmail.* /a\n", "/a 80 2" },
		{ "mail.info stop\n*.* /a\n", "/a 80 2" },
		{ "mail.* /a\n& /b\n& stop\n*.* /c\n", "/a ff 1, /b ff 2" },
		{ "mail.* action(type=\"omfile\" file=\"/a\")\n", "/a ff 1" },
		{ "mail.* action(type=\"omfile\"\n  file=\"/a\")\n*.* /b\n",
		    "/a ff 1, /b ff 3" },
		{ "mail.* action(type=\"omfile\" dynaFile=\"d\")\n", " ?1" },
		{ "mail.* action(type=\"omfwd\" target=\"h\")\n",
		    "@omfwd ff 1" },
		{ "action(type=\"omfile\" file=\"/a\")\n", "/a ff 1" },
		{ "mail.* \\\n   /a\n", "/a ff 1" },
		{ "module(load=\"imuxsock\")\n$Umask 0022\nmail.* /a",
		    "/a ff 3" },
		{ "if $programname == 'x' then /a\nmail.* /b", "/b ff 2 ?1" },
		{ ":msg, contains, \"x\" stop\nmail.* /b", "/b ff 2 ?1" },
		{ "mail.* ?template\n", " ?1" },
		{ "rubbish\n", " ?1" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);

		tap_case("%s", cases[i].text);
		CHECK_STR(told(syslog_parse, cases[i].text, arena),
		    cases[i].told);
		arena_free(arena);
	}
}

#define DESTINATION "destination d { file(\"/m\"); };\n"

static void
syslog_ng_is_read_roughly(void)
{
	static const struct {
		const char *text;
		const char *told;
	} cases[] = {
		{ DESTINATION "filter m { facility(mail); };\n"
			      "log { source(s); filter(m); destination(d); };",
		    "/m ff 1" },
		{ DESTINATION "log { source(s); destination(d); };",
		    "/m ff 1" },
		{ DESTINATION "filter m { not facility(auth, mail); };\n"
			      "log { filter(m); destination(d); };",
		    "" },
		{ DESTINATION
		    "filter m { facility(mail) and level(info..emerg); };\n"
		    "log { filter(m); destination(d); };",
		    "/m 7f 1" },
		{ DESTINATION "filter m { level(info, notice, warn) and\n"
			      "\tnot facility(auth,mail); };\n"
			      "log { filter(m); destination(d); };",
		    "" },
		{ DESTINATION "filter m { facility(mail) and level(err); };\n"
			      "log { filter(m); destination(d); };",
		    "/m 08 1" },
		{ DESTINATION "filter m { program(\"x\"); };\n"
			      "log { filter(m); destination(d); };",
		    " ?2" },
		{ DESTINATION "filter m { facility(mail) or program(x); };\n"
			      "log { filter(m); destination(d); };",
		    " ?2" },
		{ DESTINATION "log { filter(gone); destination(d); };", " ?2" },
		{ "# destination d { file(\"/x\"); };\n"
		  "destination d { network(\"h\" port(514)); };\n"
		  "log { destination(d); };",
		    "@h ff 2" },
		{ "log { destination(d", "" },
		{ "destination", "" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);

		tap_case("%s", cases[i].text);
		CHECK_STR(told(syslog_ng_parse, cases[i].text, arena),
		    cases[i].told);
		arena_free(arena);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(selectors_are_those_of_syslog_conf),
	TAP_TEST(rules_say_where_mail_goes),
	TAP_TEST(syslog_ng_is_read_roughly),
};

int
main(void)
{
	return TAP_RUN(tests);
}
