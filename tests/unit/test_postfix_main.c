/*
 * test_postfix_main.c - main.cf and master.cf as they are written, and the
 * values that a service sees.
 */
#include "mta/postfix_main.h"
#include "mta/postfix_master.h"
#include "mta/postfix_scope.h"

#include "tests/lib/tap.h"

#include <stdio.h>

static const char main_text[] = "# a comment\n"                 /* 1 */
				"myhostname = mail.ours.test\n" /* 2 */
				"mynetworks = 127.0.0.0/8\n"    /* 3 */
				"# between the parts\n"         /* 4 */
				"\n"                            /* 5 */
				"   # indented\n"               /* 6 */
				"\t10.0.0.0/8,\r\n"             /* 7 */
				"  192.0.2.0/24 # data\n"       /* 8 */
				"relayhost=\n"                  /* 9 */
				"empty =   \n"                  /* 10 */
				"mynetworks_style = class\n"    /* 11 */
				"relayhost = [a]:25\n"          /* 12 */
				"mua = $mynetworks $role\n"     /* 13 */
				"MYHOSTNAME = other\n";         /* 14 */

static const char master_text[] =
    "smtp      inet  n  -  y  -  -  smtpd\n"       /* 1 */
    "# o\n"                                        /* 2 */
    "submission inet n - y - - smtpd\n"            /* 3 */
    "  -o role=mua -v\n"                           /* 4 */
    "  -o { smtpd_banner = $myhostname  ready }\n" /* 5 */
    "  -osmtpd_client_restrictions=\n"             /* 6 */
    "  -o role=sub\n"                              /* 7 */
    "pickup unix n - y 60? 1 pickup\n"             /* 8 */
    "pipe unix - n n - 10 pipe flags=R argv=/x -o a\n" /* 9 */;

static struct str
text_of(const char *text)
{
	return str_from(text);
}

static void
settings_are_read_with_their_places(void)
{
	static const struct {
		const char *name;
		const char *value;
		unsigned line;
		const char *word; /* a word of the value */
		unsigned word_line;
	} cases[] = {
		{ "myhostname", "mail.ours.test", 2, "ours", 2 },
		{ "MYHOSTNAME", "other", 14, "other", 14 },
		{ "mynetworks",
		    "127.0.0.0/8\t10.0.0.0/8,\r  192.0.2.0/24 # data", 3,
		    "192.0.2.0", 8 },
		{ "mynetworks",
		    "127.0.0.0/8\t10.0.0.0/8,\r  192.0.2.0/24 # data", 3,
		    "10.0", 7 },
		{ "relayhost", "[a]:25", 12, "25", 12 },
		{ "empty", "", 10, "", 10 },
	};
	struct arena *arena = arena_new(0);
	struct problems problems;
	struct postfix_main main;

	problems_init(&problems, arena);
	postfix_main_read("main.cf", text_of(main_text), arena, &main,
	    &problems);
	CHECK(!main.fatal);
	CHECK_INT(problems.errors + problems.warnings, 1);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		const struct postfix_setting *setting =
		    postfix_main_find(&main, str_from(cases[i].name));

		tap_case("%s: %s", cases[i].name, cases[i].word);
		if (!CHECK(setting != NULL))
			continue;
		const char *value = arena_copy(arena, setting->value).data;
		CHECK_STR(value, cases[i].value);
		CHECK_INT(postfix_setting_place(&main, setting, 0).line,
		    cases[i].line);
		const char *at = strstr(value, cases[i].word);
		CHECK_INT(postfix_setting_place(&main, setting,
			      (size_t)(at - value))
			      .line,
		    cases[i].word_line);
	}
	CHECK(postfix_main_find(&main, STR("mynetwork")) == NULL);
	CHECK(main.settings[2].overridden);
	arena_free(arena);
}

static const struct {
	bool master;
	const char *text;
	bool fatal;
	const char *told;
} refusals[] = {
	{ false, "a b = 1\n", true,
	    "missing '=' after the name: Postfix does not start" },
	{ false, "abc\n", true,
	    "missing '=' after the name: Postfix does not start" },
	{ false, "= 1\n", true,
	    "missing name before '=': Postfix does not start" },
	{ false, " a = 1\nb = 2\n", false,
	    "ignored: the first line of a setting must not start "
	    "with white space" },
	{ true, "smtp inet n - y - -\n", true,
	    "a service has eight columns: service type private unpriv "
	    "chroot wakeup maxproc command: Postfix does not start" },
	{ true, "smtp inet y - y - - smtpd\n", true,
	    "private is not n for a service of type inet: Postfix "
	    "does not start" },
	{ true, "smtp tcp n - y - - smtpd\n", true,
	    "the type is none of inet, unix, unix-dgram, fifo, pass: "
	    "Postfix does not start" },
	{ true, "smtp inet n - y - x smtpd\n", true,
	    "maxproc is not a number: Postfix does not start" },
	{ true, "smtp inet n - y - - smtpd -o\n", false,
	    "nothing follows -o: the service does not start" },
	{ true, "smtp inet n - y - - smtpd -o a\n", false,
	    "missing '=' after the name: the service does not start" },
};

static void
what_postfix_refuses_is_told(void)
{
	for (size_t i = 0; i < TAP_COUNT(refusals); i++) {
		struct arena *arena = arena_new(0);
		struct postfix_main main = { .fatal = false };
		struct postfix_master master = { .fatal = false };
		struct problems problems;

		tap_case("%s", refusals[i].text);
		problems_init(&problems, arena);
		if (refusals[i].master)
			postfix_master_read("x.cf", text_of(refusals[i].text),
			    arena, &master, &problems);
		else
			postfix_main_read("x.cf", text_of(refusals[i].text),
			    arena, &main, &problems);
		CHECK_INT(main.fatal || master.fatal, refusals[i].fatal);
		if (CHECK(problems.first != NULL)) {
			CHECK_STR(problems.first->text, refusals[i].told);
			CHECK_INT(problems.first->place.line, 1);
		}
		arena_free(arena);
	}
}

static const struct {
	size_t service;
	const char *name;
	const char *text;
	enum postfix_origin origin;
	unsigned line;
} seen[] = {
	{ 1, "mua", "127.0.0.0/8\t10.0.0.0/8,\r  192.0.2.0/24 # data sub",
	    POSTFIX_FROM_MAIN, 13 },
	{ 0, "mua", "127.0.0.0/8\t10.0.0.0/8,\r  192.0.2.0/24 # data ",
	    POSTFIX_FROM_MAIN, 13 },
	{ 1, "smtpd_banner", "mail.ours.test  ready", POSTFIX_FROM_MASTER, 5 },
	{ 1, "smtpd_client_restrictions", "", POSTFIX_FROM_MASTER, 6 },
	{ 1, "service_name", "submission", POSTFIX_FROM_DEFAULT, 0 },
	{ 0, "mydomain", "ours.test", POSTFIX_FROM_DEFAULT, 0 },
	{ 0, "mydestination", "mail.ours.test, localhost.ours.test, localhost",
	    POSTFIX_FROM_DEFAULT, 0 },
	{ 0, "smtpd_relay_restrictions", "", POSTFIX_FROM_DEFAULT, 0 },
	{ 0, "mynetworks_style", "class", POSTFIX_FROM_MAIN, 11 },
	{ 0, "relay_domains", "mail.ours.test, localhost.ours.test, localhost",
	    POSTFIX_FROM_DEFAULT, 0 },
	{ 0, "no_such_thing", "", POSTFIX_FROM_NOWHERE, 0 },
};

static void
a_service_sees_its_own_values(void)
{
	struct arena *arena = arena_new(0);
	struct problems problems;
	struct postfix_main main;
	struct postfix_master master;
	struct postfix_site site = {
		.hostname = STR("mail"),
		.config_directory = STR("/etc/postfix"),
		.mail_version = STR("3.7.11"),
		.version = 307,
	};

	problems_init(&problems, arena);
	postfix_main_read("main.cf", text_of(main_text), arena, &main,
	    &problems);
	postfix_master_read("master.cf", text_of(master_text), arena, &master,
	    &problems);
	CHECK_INT(master.count, 4);
	CHECK_INT(problems.errors, 0);
	CHECK_INT(master.services[3].override_count, 0);
	for (size_t i = 0; i < TAP_COUNT(seen); i++) {
		struct postfix_scope scope = {
			.main = &main,
			.master_path = "master.cf",
			.service = &master.services[seen[i].service],
			.site = &site,
		};
		struct postfix_value value;
		struct error error = { "" };

		tap_case("%s of service %zu", seen[i].name, seen[i].service);
		CHECK(postfix_scope_value(&scope, str_from(seen[i].name), arena,
		    &value, &error));
		CHECK_STR(arena_copy(arena, value.text).data, seen[i].text);
		CHECK_INT(value.origin, seen[i].origin);
		CHECK_INT(value.place.line, seen[i].line);
	}
	arena_free(arena);
}

static void
names_of_the_host_follow_each_other(void)
{
	static const struct {
		const char *text;
		const char *hostname;
		const char *name;
		const char *value;
	} cases[] = {
		{ "", "mail", "myhostname", "mail.localdomain" },
		{ "", "mail", "mydomain", "localdomain" },
		{ "", "mail.a.test", "mydomain", "a.test" },
		{ "mydomain = b.test\n", "mail", "myhostname", "mail.b.test" },
		{ "myhostname = x.c.test\n", "mail", "mydomain", "c.test" },
		{ "myhostname = $myorigin\nmyorigin = x.d.test\n", "mail",
		    "mydomain", "d.test" },
		{ "myhostname = ${n?x}.e.test\nn = y\n", "mail", "mydomain",
		    "e.test" },
		{ "myhostname = x$mydomain\n", "mail", "myhostname", "x" },
		{ "myhostname = x$mydomain\n", "mail", "mydomain",
		    "localdomain" },
		{ "mydomain = f.test\nmyhostname = x.$mydomain\n", "mail",
		    "myhostname", "x.f.test" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct problems problems;
		struct postfix_main main;
		struct postfix_site site = {
			.hostname = str_from(cases[i].hostname),
			.version = 307,
		};
		struct postfix_scope scope = { .main = &main, .site = &site };
		struct postfix_value value;
		struct error error = { "" };

		tap_case("%s with %s", cases[i].name, cases[i].text);
		problems_init(&problems, arena);
		postfix_main_read("main.cf", text_of(cases[i].text), arena,
		    &main, &problems);
		CHECK(postfix_scope_value(&scope, str_from(cases[i].name),
		    arena, &value, &error));
		CHECK_STR(arena_copy(arena, value.text).data, cases[i].value);
		arena_free(arena);
	}
}

static const struct tap_test tests[] = {
	TAP_TEST(settings_are_read_with_their_places),
	TAP_TEST(what_postfix_refuses_is_told),
	TAP_TEST(a_service_sees_its_own_values),
	TAP_TEST(names_of_the_host_follow_each_other),
};

int
main(void)
{
	return TAP_RUN(tests);
}
