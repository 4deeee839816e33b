/*
 * test_postfix.c - an instance of Postfix as it is really configured: its
 * addresses and networks, its listeners, what it dies of, its version.
 */
#include "mta/postfix.h"

#include "tests/lib/tap.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define INTERFACES "198.51.100.10/24,2001:db8:1::10/64,10.9.8.7/16"

/* The working directory of all tests: made anew, removed at the end. */
static char home[] = "/tmp/mtaguard-postfix-XXXXXX";

/* A host below home, and what was read of it. */
struct house {
	struct arena *arena;
	struct host network;
	struct mta_host host;
	struct postfix *postfix;
	struct error error;
};

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

static void
house_open(struct house *house)
{
	*house = (struct house){ .arena = arena_new(0) };
	if (!host_parse(STR(INTERFACES), house->arena, &house->network,
		&house->error))
		tap_bail("%s", house->error.text);
	house->host = (struct mta_host){
		.tree = tree_new(house->arena, home, NULL),
		.network = &house->network,
		.hostname = STR("mail.ours.test"),
		.version = STR("3.7.11"),
	};
}

/* Reads an instance with the text of main.cf and master.cf (NULL: none). */
static bool
house_read(struct house *house, const char *main_text, const char *master_text)
{
	house_open(house);
	put("etc/postfix/main.cf", main_text);
	unlink("etc/postfix/master.cf");
	if (master_text != NULL)
		put("etc/postfix/master.cf", master_text);
	return postfix_read(&house->host, "/etc/postfix", house->arena,
	    &house->postfix, &house->error);
}

static void
house_close(struct house *house)
{
	arena_free(house->arena);
}

static const char *
text_of(struct house *house, const char *name)
{
	struct postfix_value value;

	if (!postfix_value(house->postfix, NULL, name, &value, &house->error))
		return house->error.text;
	return arena_copy(house->arena, value.text).data;
}

static void
networks_are_trusted_by_style(void)
{
	static const struct {
		const char *main;
		const char *networks;
	} cases[] = {
		{ "compatibility_level = 3.6\n",
		    "127.0.0.1/32 [::1]/128 198.51.100.10/32 "
		    "[2001:db8:1::10]/128 10.9.8.7/32" },
		{ "", /* below level 2: subnet */
		    "127.0.0.0/8 [::1]/128 198.51.100.0/24 "
		    "[2001:db8:1::]/64 10.9.0.0/16" },
		{ "mynetworks_style = class\n",
		    "127.0.0.0/8 [::1]/128 198.51.100.0/24 "
		    "[2001:db8:1::]/64 10.0.0.0/8" },
		{ "inet_protocols = ipv4\n",
		    "127.0.0.0/8 198.51.100.0/24 10.9.0.0/16" },
		{ "inet_protocols = ipv6\nmynetworks_style = host",
		    "[::1]/128 [2001:db8:1::10]/128" },
		{ "inet_interfaces = loopback-only\n",
		    "127.0.0.0/8 [::1]/128" },
		{ "inet_interfaces = localhost, 10.9.8.7\n",
		    "127.0.0.0/8 [::1]/128 10.9.0.0/16" },
		{ "inet_interfaces = $myhostname [2001:db8:1::10]\n",
		    "198.51.100.0/24 [2001:db8:1::]/64" },
		{ "inet_interfaces =\n", "" },
		{ "mynetworks =\n", "" },
		{ "mynetworks = 192.0.2.0/24 # x\n", "192.0.2.0/24 # x" },
	};

	put("etc/hosts",
	    "127.0.0.1 localhost\n# 10.9.8.7 mail.ours.test\n"
	    "198.51.100.10\tMail.ours.test mail # ours\n");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct house house;

		tap_case("%s", cases[i].main);
		if (CHECK(house_read(&house, cases[i].main, NULL)))
			CHECK_STR(text_of(&house, "mynetworks"),
			    i == 6 ? "127.0.0.0/8 10.9.0.0/16"
				   : cases[i].networks);
		house_close(&house);
	}
	unlink("etc/hosts");
}

static void
localhost_needs_no_hosts_file(void)
{
	struct house house;

	unlink("etc/hosts");
	CHECK(house_read(&house, "inet_interfaces = localhost\n", NULL));
	CHECK_STR(text_of(&house, "mynetworks"), "127.0.0.0/8 [::1]/128");
	house_close(&house);
}

static void
a_service_may_have_another_style(void)
{
	struct house house;
	struct postfix_value value;

	CHECK(house_read(&house,
	    "mynetworks_style = host\n"
	    "smtpd_client_event_limit_exceptions = "
	    "$mynetworks\n",
	    "smtp inet n - y - - smtpd -o inet_protocols=ipv4 "
	    "-o mynetworks_style=class\n"));
	CHECK(postfix_value(house.postfix, &house.postfix->master.services[0],
	    "mynetworks", &value, &house.error));
	CHECK_STR(arena_copy(house.arena, value.text).data,
	    "127.0.0.0/8 198.51.100.0/24 10.0.0.0/8");
	CHECK_STR(text_of(&house, "smtpd_client_event_limit_exceptions"),
	    "127.0.0.1/32 [::1]/128 198.51.100.10/32 [2001:db8:1::10]/128 "
	    "10.9.8.7/32");
	house_close(&house);
}

/* What Postfix 3.7 dies of, tried with postconf and postmap. */
static const struct {
	const char *main;
	const char *fatal; /* the start of it; NULL: it starts */
	unsigned line;
} starts[] = {
	{ "a = b\n", NULL, 0 },
	{ "a = b\nnothing\n",
	    "missing '=' after the name: Postfix does not start", 2 },
	{ "a b = c\n", "missing '=' after the name: Postfix does not start",
	    1 },
	{ "inet_interfaces = 0.0.0.0\n",
	    "inet_interfaces has 0.0.0.0, which no interface", 1 },
	{ "x = y\ninet_interfaces = 203.0.113.9\n",
	    "inet_interfaces has 203.0.113.9, which no interface", 2 },
	{ "inet_interfaces = all, 127.0.0.1\n",
	    "inet_interfaces has \"all\", which is no address", 1 },
	{ "inet_interfaces = loopback-only # c\n",
	    "inet_interfaces has \"loopback-only\", which is no", 1 },
	{ "inet_protocols = ipv4\ninet_interfaces = ::1\n",
	    "inet_interfaces has \"::1\", which is no address", 2 },
	{ "inet_interfaces = 127.1\n",
	    "inet_interfaces has \"127.1\", which is no address", 1 },
	{ "inet_protocols = ipv5\n", "inet_protocols has \"ipv5\"", 1 },
	{ "inet_protocols =\n", NULL, 0 },
	{ "compatibility_level = x\n", "compatibility_level is \"x\"", 1 },
	{ "compatibility_level = 99\n", NULL, 0 },
	{ "compatibility_level = 3.6.1.2\n", "compatibility_level is", 1 },
	{ "soft_bounce = maybe\n",
	    "soft_bounce is \"maybe\", neither yes nor no", 1 },
	{ "soft_bounce = YES\n", NULL, 0 },
	{ "soft_bounce = yes # c\n", "soft_bounce is \"yes # c\"", 1 },
	{ "default_process_limit = 100x\n", "default_process_limit is", 1 },
	{ "default_process_limit = -1\n",
	    "default_process_limit is \"-1\", less than 1", 1 },
	{ "message_size_limit = 10M\n",
	    "message_size_limit is \"10M\", not a number", 1 },
	{ "message_size_limit = 99999999999\n", NULL, 0 },
	{ "max_idle = 100\n", NULL, 0 },
	{ "max_idle = 5d x\n", NULL, 0 },
	{ "max_idle = 5q\n", "max_idle is \"5q\", not a time", 1 },
	{ "max_idle = m\n", "max_idle is \"m\", less than 1", 1 },
	{ "myhostname = a b\n", "myhostname is \"a b\", which is no name", 1 },
	{ "myhostname = -x.test\n", "myhostname is", 1 },
	{ "myhostname = 1.2.3\n", "myhostname is", 1 },
	{ "myhostname =\n", "myhostname is \"\", too short", 1 },
	{ "myhostname = $mydomain\n", "myhostname is \"\", too short", 1 },
	{ "mynetworks_style = foo\n", "mynetworks_style is \"foo\"", 1 },
	{ "mynetworks_style = foo\nmynetworks = 127.0.0.1\n", NULL, 0 },
	{ "soft_bounce = $x\nx = ${y\n", "soft_bounce", 1 },
	{ "mydestination = $mydestination\n", "mydestination", 1 },
	{ "proxy_interfaces = no.such.test\n", NULL, 0 },
};

static void
what_postfix_dies_of_is_known(void)
{
	for (size_t i = 0; i < TAP_COUNT(starts); i++) {
		struct house house;

		tap_case("%s", starts[i].main);
		if (!CHECK(house_read(&house, starts[i].main, NULL)))
			continue;
		const char *fatal = house.postfix->fatal;
		const char *want = starts[i].fatal;
		if (want == NULL) {
			CHECK_STR(fatal != NULL ? fatal : "", "");
		} else if (CHECK(fatal != NULL)) {
			if (strncmp(fatal, want, strlen(want)) != 0 &&
			    strstr(fatal, want) == NULL)
				CHECK_STR(fatal, want);
			CHECK_INT(house.postfix->fatal_place.line,
			    starts[i].line);
		}
		CHECK(house.postfix->unsure == NULL);
		house_close(&house);
	}
}

static void
what_only_dns_knows_is_not_known(void)
{
	struct house house;
	const struct postfix_listener *listeners;
	size_t count;

	CHECK(house_read(&house, "inet_interfaces = relay.ours.test\n", NULL));
	CHECK(house.postfix->fatal == NULL);
	CHECK(house.postfix->unsure != NULL);
	CHECK(house.postfix->own_unsure != NULL);
	postfix_listeners(house.postfix, &listeners, &count);
	CHECK_INT(count, 1);
	CHECK(listeners[0].reachable);
	CHECK(listeners[0].unsure != NULL);
	house_close(&house);
}

static void
an_unknown_host_is_not_a_wrong_one(void)
{
	struct house house;

	house_open(&house);
	house.host.network_unknown = true;
	CHECK(host_parse(STR(""), house.arena, &house.network, &house.error));
	put("etc/postfix/main.cf", "inet_interfaces = 203.0.113.9\n");
	CHECK(postfix_read(&house.host, "/etc/postfix", house.arena,
	    &house.postfix, &house.error));
	CHECK(house.postfix->fatal == NULL);
	CHECK_INT(house.postfix->own_count, 1);
	put("etc/postfix/main.cf", "inet_interfaces = all\n");
	CHECK(postfix_read(&house.host, "/etc/postfix", house.arena,
	    &house.postfix, &house.error));
	CHECK(house.postfix->own_unsure != NULL);
	CHECK(house.postfix->unsure == NULL);
	house_close(&house);
}

/* One line of master.cf, and where strangers find it. */
static const struct {
	const char *main;
	const char *master;
	const char *endpoints; /* "" : none; NULL: it is no listener */
	const char *fatal;
} services[] = {
	{ "", "smtp inet n - y - - smtpd", "0.0.0.0:25 [::]:25", NULL },
	{ "inet_protocols = ipv4", "smtp inet n - y - - smtpd", "0.0.0.0:25",
	    NULL },
	{ "inet_interfaces = loopback-only", "smtp inet n - y - - smtpd",
	    "127.0.0.1:25 [::1]:25 local", NULL },
	{ "inet_interfaces = 198.51.100.10", "587 inet n - y - - smtpd",
	    "198.51.100.10:587", NULL },
	{ "inet_interfaces = loopback-only",
	    "0.0.0.0:2525 inet n - y - - smtpd", "0.0.0.0:2525", NULL },
	{ "inet_interfaces = loopback-only", "[::]:smtps inet n - y - - smtpd",
	    "[::]:465", NULL },
	{ "", "127.0.0.1:10025 inet n - y - - smtpd", "127.0.0.1:10025 local",
	    NULL },
	{ "", "localhost:10025 inet n - y - - smtpd",
	    "127.0.0.1:10025 [::1]:10025 local", NULL },
	{ "", "[2001:db8:1::10]:submission inet n - y - - smtpd",
	    "[2001:db8:1::10]:587", NULL },
	{ "", "[127.0.0.1]:25 inet n - y - - smtpd", "127.0.0.1:25 local",
	    NULL },
	{ "", "::1:25 inet n - y - - smtpd", "[::1]:25 local", NULL },
	{ "", "other.test:25 inet n - y - - smtpd", " unsure", NULL },
	{ "inet_protocols = ipv6", "127.0.0.1:25 inet n - y - - smtpd", NULL,
	    "inet_protocols leaves the family of 127.0.0.1 out: Postfix does "
	    "not start" },
	{ "", "custom inet n - y - - smtpd", "0.0.0.0:2626 [::]:2626", NULL },
	{ "", "noport inet n - y - - smtpd", NULL,
	    "/etc/services has no port noport: Postfix does not start" },
	{ "", "smtp unix - - y - - smtp", NULL, NULL },
	{ "", "smtpd pass - - y - - smtpd", NULL, NULL },
	{ "", "smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd",
	    "0.0.0.0:25 [::]:25", NULL },
	{ "",
	    "smtp inet n - y - 1 postscreen\n -o smtpd_service_name=mine\n"
	    "smtpd pass - - y - - smtpd",
	    NULL, NULL },
};

static const char *
endpoints_text(struct house *house, const struct postfix_listener *listener)
{
	char text[512];
	struct buf buf = BUF(text);

	for (size_t i = 0; i < listener->endpoint_count; i++) {
		const struct postfix_endpoint *endpoint =
		    &listener->endpoints[i];

		buf_print(&buf, "%s%s", i > 0 ? " " : "",
		    endpoint->ipv6 ? "[" : "");
		address_print(&endpoint->address, &buf);
		buf_print(&buf, "%s:%u", endpoint->ipv6 ? "]" : "",
		    endpoint->port);
	}
	if (listener->unsure != NULL)
		buf_print(&buf, " unsure");
	if (!listener->reachable)
		buf_print(&buf, " local");
	return arena_copy(house->arena, buf_str(&buf)).data;
}

static void
services_are_found_where_they_listen(void)
{
	put("etc/services",
	    "smtp\t25/tcp mail\nsmtps 465/tcp submissions\n"
	    "submission 587/tcp # msa\ncustom 2626/udp\n"
	    "other 2626/tcp custom\n");
	for (size_t i = 0; i < TAP_COUNT(services); i++) {
		const struct postfix_listener *listeners;
		struct house house;
		size_t count;

		tap_case("%s", services[i].master);
		if (!CHECK(house_read(&house, services[i].main,
			services[i].master)))
			continue;
		CHECK_STR(house.postfix->fatal != NULL ? house.postfix->fatal
						       : "",
		    services[i].fatal != NULL ? services[i].fatal : "");
		postfix_listeners(house.postfix, &listeners, &count);
		if (services[i].endpoints == NULL)
			CHECK_INT(count, 0);
		else if (CHECK_INT(count, 1))
			CHECK_STR(endpoints_text(&house, &listeners[0]),
			    services[i].endpoints);
		house_close(&house);
	}
	unlink("etc/services");
}

static void
the_server_behind_postscreen_counts(void)
{
	const struct postfix_listener *listeners;
	struct house house;
	size_t count;

	CHECK(house_read(&house, "",
	    "smtp inet n - y - 1 postscreen\n"
	    "smtpd pass - - y - - smtpd -o mynetworks=192.0.2.0/24\n"));
	postfix_listeners(house.postfix, &listeners, &count);
	CHECK_INT(count, 1);
	CHECK_INT(listeners[0].inet->line, 1);
	CHECK_INT(listeners[0].smtpd->line, 2);
	house_close(&house);
}

static void
the_version_stands_in_the_programs(void)
{
	static const struct {
		const char *given, *program, *version;
		unsigned number;
		unsigned warnings;
	} cases[] = {
		{ "3.5.1", "x mail_version=3.8.4", "3.5.1", 305, 0 },
		{ "", "x mail_version=3.8.4", "3.8.4", 308, 0 },
		{ "", "x mail_version=3.10-20250101\n", "3.10-20250101", 310,
		    0 },
		{ "", "x mail_version=never", "3.7", 307, 1 },
		{ "", "x", "3.7", 307, 1 },
	};

	put("etc/postfix/main.cf", "daemon_directory = /opt/postfix\n");
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct house house;

		tap_case("\"%s\", \"%s\"", cases[i].given, cases[i].program);
		house_open(&house);
		put("opt/postfix/master", cases[i].program);
		house.host.version = str_from(cases[i].given);
		CHECK(postfix_read(&house.host, "/etc/postfix", house.arena,
		    &house.postfix, &house.error));
		CHECK_STR(text_of(&house, "mail_version"), cases[i].version);
		CHECK_INT(house.postfix->site.version, cases[i].number);
		CHECK_INT(house.postfix->problems.warnings, cases[i].warnings);
		house_close(&house);
	}
	unlink("opt/postfix/master");
}

static void
every_instance_that_starts_is_found(void)
{
	struct mta_choice choice = { .kind_given = false };
	struct mta_list list;
	struct house house;

	house_open(&house);
	put("etc/postfix/master.cf", "smtp inet n - y - - smtpd\n");
	put("etc/postfix/main.cf",
	    "multi_instance_directories = /etc/postfix-out, /etc/postfix-off "
	    "/etc/postfix-none\n");
	put("etc/postfix-out/main.cf",
	    "multi_instance_enable = yes\n"
	    "multi_instance_name = out\n");
	put("etc/postfix-off/main.cf", "a = b\n");
	CHECK(mta_find(&house.host, &choice, house.arena, &list, &house.error));
	if (CHECK_INT(list.count, 2)) {
		CHECK(str_equal(list.mtas[0].instance, STR("-")));
		CHECK(str_equal(list.mtas[1].instance, STR("out")));
		CHECK_INT(list.mtas[0].problems->warnings, 1);
		CHECK_INT(list.mtas[0].problems->errors, 1);
		CHECK(str_equal(list.mtas[0].version, STR("3.7.11")));
	}
	put("etc/postfix/main.cf", "a = b\n");
	house_close(&house);
}

static void
what_is_not_there_is_no_instance(void)
{
	struct mta_choice choice = { .kind_given = true,
		.kind = MTA_POSTFIX,
		.config = "/etc/none" };
	struct mta_list list;
	struct house house;

	house_open(&house);
	CHECK(
	    !mta_find(&house.host, &choice, house.arena, &list, &house.error));
	CHECK(!postfix_read(&house.host, "/etc/none", house.arena,
	    &house.postfix, &house.error));
	unlink("etc/postfix/master.cf");
	CHECK(mta_find(&house.host, &(struct mta_choice){ .config = NULL },
	    house.arena, &list, &house.error));
	CHECK_INT(list.count, 1);
	CHECK_STR(list.mtas[0].fatal,
	    "there is no master.cf: Postfix does not start");
	unlink("etc/postfix/main.cf");
	CHECK(mta_find(&house.host, &(struct mta_choice){ .config = NULL },
	    house.arena, &list, &house.error));
	CHECK_INT(list.count, 0);
	house_close(&house);
}

static void
a_file_that_cannot_be_read_leaves_it_unknown(void)
{
	struct house house;

	house_open(&house);
	unlink("etc/postfix/main.cf");
	if (mkfifo("etc/postfix/main.cf", 0600) != 0)
		tap_bail("mkfifo");
	CHECK(postfix_read(&house.host, "/etc/postfix", house.arena,
	    &house.postfix, &house.error));
	CHECK(house.postfix->fatal == NULL);
	CHECK_STR(house.postfix->unsure,
	    "cannot be read: is not a regular file");
	unlink("etc/postfix/main.cf");
	house_close(&house);
}

/* Settings, and whether anybody asks for them. */
static void
what_nobody_asks_for_is_warned_of(void)
{
	static const struct {
		const char *name;
		bool unused;
	} cases[] = {
		{ "myhostname", false }, { "mine", false }, /* $mine */
		{ "more", false },                          /* ${more?x} */
		{ "inner", false },                         /* ${more?$inner} */
		{ "mua", false },                           /* in master.cf */
		{ "literal", true },                        /* $$literal */
		{ "typo_hostname", true },
		{ "strict", false },             /* a class of restrictions */
		{ "people_server_host", false }, /* ldap:people */
		{ "slow_destination_rate_delay", false },
		{ "fast_destination_rate_delay", true },
		{ "policy_time_limit", false },
		{ "virtual_maps", false }, /* a default mentions it */
	};
	char main_text[1024] = "smtpd_restriction_classes = strict\n"
			       "mydestination = $mine ${more?$inner} "
			       "$$literal\n"
			       "alias_maps = proxy:ldap:people\n";
	struct house house;

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		strncat(main_text, cases[i].name, 64);
		strncat(main_text, " = 1\n", 8);
	}
	CHECK(house_read(&house, main_text,
	    "smtp inet n - y - - smtpd -o mynetworks=$mua\n"
	    "slow unix - - y - - smtp\n"
	    "policy unix - n n - 0 spawn argv=/bin/true\n"));
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		const struct postfix_main *main = &house.postfix->main;

		tap_case("%s", cases[i].name);
		for (size_t k = 0; k < main->sorted_count; k++)
			if (str_equal(main->sorted[k]->name,
				str_from(cases[i].name)))
				CHECK_INT(house.postfix->unused[k],
				    cases[i].unused);
	}
	CHECK_INT(house.postfix->problems.warnings, 3);
	house_close(&house);
}

static const struct tap_test tests[] = {
	TAP_TEST(what_nobody_asks_for_is_warned_of),
	TAP_TEST(networks_are_trusted_by_style),
	TAP_TEST(localhost_needs_no_hosts_file),
	TAP_TEST(a_service_may_have_another_style),
	TAP_TEST(what_postfix_dies_of_is_known),
	TAP_TEST(what_only_dns_knows_is_not_known),
	TAP_TEST(an_unknown_host_is_not_a_wrong_one),
	TAP_TEST(services_are_found_where_they_listen),
	TAP_TEST(the_server_behind_postscreen_counts),
	TAP_TEST(the_version_stands_in_the_programs),
	TAP_TEST(every_instance_that_starts_is_found),
	TAP_TEST(what_is_not_there_is_no_instance),
	TAP_TEST(a_file_that_cannot_be_read_leaves_it_unknown),
};

int
main(void)
{
	static const char *const directories[] = { "etc", "etc/postfix",
		"etc/postfix-out", "etc/postfix-off", "opt", "opt/postfix" };
	char command[PATH_MAX + 16];

	if (mkdtemp(home) == NULL || chdir(home) != 0)
		tap_bail("cannot make %s", home);
	for (size_t i = 0; i < TAP_COUNT(directories); i++)
		if (mkdir(directories[i], 0700) != 0)
			tap_bail("cannot make %s", directories[i]);
	int status = TAP_RUN(tests);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	if (chdir("/") != 0 || system(command) != 0)
		tap_bail("cannot remove %s", home);
	return status;
}
