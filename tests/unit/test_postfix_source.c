/*
 * test_postfix_source.c - the lists of Postfix as values of a policy file.
 */
#include "mta/postfix_source.h"

#include "tests/lib/lists.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <string.h>

static const char main_cf[] =
    "compatibility_level = 3.6\n"
    "myhostname = mx.example.com\n"
    "mydestination = $myhostname, localhost, example.com, .example.net\n"
    "relay_domains = !not.example.org, example.org, com,\n"
    "    texthash:$config_directory/relay\n"
    "virtual_mailbox_domains = pcre:$config_directory/virtual.pcre\n"
    "virtual_alias_domains = a.example, mysql:/etc/none, b.example\n"
    "virtual_alias_maps = texthash:$config_directory/valias\n"
    "permit_mx_backup_networks = $config_directory/nets\n"
    "mynetworks = 127.0.0.0/8 [::1]/128 !10.1.2.3 10.0.0.0/8\n"
    "    host.example.com 192.0.2.0/24\n"
    "trusted = cidr:$config_directory/trusted\n";

/* Opens lists with a Postfix whose files are those of the directory. */
static void
open_postfix(struct lists *lists, struct postfix_source *postfix,
    struct table_source *source)
{
	*source = (struct table_source){
		.prefix = "postfix:",
		.state = postfix,
		.open = postfix_source_open,
		.find = postfix_source_find,
	};
	lists_open(lists);
	*postfix = (struct postfix_source){
		.hostname = STR("mx"),
		.directory = lists->directory,
	};
	lists->options.sources = source;
	lists->options.source_count = 1;
	lists_write(lists, "main.cf", main_cf);
	lists_write(lists, "relay",
	    "relay.example x\nuser@elsewhere.example x\n");
	lists_write(lists, "virtual.pcre", "/^v[0-9]+\\.example$/ x\n");
	lists_write(lists, "valias", "alias.example x\na@b.example c@d\n");
	lists_write(lists, "nets", "# ours\n198.51.100.0/24\n");
	lists_write(lists, "trusted", "203.0.113.0/25 OK\n");
}

static const struct {
	const char *value;
	enum table_subject subject;
	const char *key;
	enum lookup expected;
} member_cases[] = {
	{ "postfix:mydestination", TABLE_DOMAINS, "a@mx.example.com",
	    LOOKUP_FOUND },
	{ "postfix:mydestination", TABLE_DOMAINS, "a@EXAMPLE.com",
	    LOOKUP_FOUND },
	{ "postfix:mydestination", TABLE_DOMAINS, "a@sub.example.com",
	    LOOKUP_MISSING },
	/* A string list takes no dot for subdomains. */
	{ "postfix:mydestination", TABLE_DOMAINS, "a@x.example.net",
	    LOOKUP_MISSING },
	{ "postfix:mydestination", TABLE_DOMAINS, "a%b@example.com",
	    LOOKUP_MISSING },
	/* relay_domains is in parent_domain_matches_subdomains. */
	{ "postfix:relay_domains", TABLE_DOMAINS, "a@example.org",
	    LOOKUP_FOUND },
	{ "postfix:relay_domains", TABLE_DOMAINS, "a@sub.example.org",
	    LOOKUP_FOUND },
	{ "postfix:relay_domains", TABLE_DOMAINS, "a@not.example.org",
	    LOOKUP_MISSING },
	{ "postfix:relay_domains", TABLE_DOMAINS, "a@x.not.example.org",
	    LOOKUP_MISSING },
	{ "postfix:relay_domains", TABLE_DOMAINS, "a@relay.example",
	    LOOKUP_FOUND },
	{ "postfix:relay_domains", TABLE_DOMAINS, "user@elsewhere.example",
	    LOOKUP_MISSING },
	/* All of .com would be a registry's. */
	{ "postfix:relay_domains", TABLE_DOMAINS, "a@evil.com",
	    LOOKUP_MISSING },
	{ "postfix:virtual_mailbox_domains", TABLE_DOMAINS, "a@v12.example",
	    LOOKUP_FOUND },
	{ "postfix:virtual_mailbox_domains", TABLE_DOMAINS,
	    "v1.example@w.example", LOOKUP_MISSING },
	{ "postfix:virtual_alias_domains", TABLE_DOMAINS, "a@a.example",
	    LOOKUP_FOUND },
	/* Behind what cannot be read, nobody knows. */
	{ "postfix:virtual_alias_domains", TABLE_DOMAINS, "a@b.example",
	    LOOKUP_FAILED },
	{ "postfix:virtual_alias_domains", TABLE_DOMAINS, "a@elsewhere.example",
	    LOOKUP_FAILED },
	{ "postfix:permit_mx_backup_networks", TABLE_NETWORKS, "198.51.100.7",
	    LOOKUP_FOUND },
	{ "postfix:permit_mx_backup_networks", TABLE_NETWORKS, "198.51.101.7",
	    LOOKUP_MISSING },
	{ "postfix:mynetworks", TABLE_NETWORKS, "::1", LOOKUP_FOUND },
	{ "postfix:mynetworks", TABLE_NETWORKS, "10.9.9.9", LOOKUP_FOUND },
	{ "postfix:mynetworks", TABLE_NETWORKS, "10.1.2.3", LOOKUP_MISSING },
	{ "postfix:mynetworks", TABLE_NETWORKS, "192.0.2.9", LOOKUP_FOUND },
	{ "postfix:mynetworks", TABLE_NETWORKS, "203.0.113.9", LOOKUP_MISSING },
	{ "postfix:trusted", TABLE_NETWORKS, "203.0.113.9", LOOKUP_FOUND },
	{ "postfix:trusted", TABLE_NETWORKS, "203.0.113.200", LOOKUP_MISSING },
};

static void
members_are_those_of_the_mta(void)
{
	struct table_source source;
	struct postfix_source postfix;
	struct lists lists;

	open_postfix(&lists, &postfix, &source);
	for (size_t i = 0; i < TAP_COUNT(member_cases); i++) {
		tap_case("%s: %s", member_cases[i].value, member_cases[i].key);
		if (CHECK(lists_make(&lists, member_cases[i].subject,
			member_cases[i].value)))
			CHECK_INT(lists_find(&lists, member_cases[i].key),
			    member_cases[i].expected);
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static void
mistakes_are_told(void)
{
	static const struct {
		const char *value;
		enum table_subject subject;
		const char *mistake;
	} cases[] = {
		{ "postfix:mynetworks", TABLE_DOMAINS,
		    "policy:1: postfix:mynetworks: holds networks, and not "
		    "domains" },
		{ "postfix:relay_domains", TABLE_NETWORKS,
		    "policy:1: postfix:relay_domains: holds domains, and not "
		    "networks" },
		{ "postfix:relay_domain", TABLE_DOMAINS,
		    "policy:1: postfix:relay_domain: Postfix knows no such "
		    "parameter" },
		{ "postfix:mydestination", TABLE_WORDS,
		    "policy:1: postfix:mydestination: lists of Postfix hold no "
		    "such words" },
	};
	struct table_source source;
	struct postfix_source postfix;
	struct lists lists;

	open_postfix(&lists, &postfix, &source);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		tap_case("%s", cases[i].value);
		CHECK(!lists_make(&lists, cases[i].subject, cases[i].value));
		CHECK_STR(lists_mistake(&lists), cases[i].mistake);
		lists_drop(&lists);
	}
	lists_close(&lists);
}

static void
networks_stay_below_their_ceiling(void)
{
	static const struct netblock blocks[] = {
		{ .address.bytes = { [10] = 0xff, [11] = 0xff, [12] = 10 },
		    .prefix = 104 },
	};
	static const struct table_ceiling ceiling = { blocks, 1 };
	struct table_source source;
	struct postfix_source postfix;
	struct lists lists;

	open_postfix(&lists, &postfix, &source);
	lists.options.ceiling = &ceiling;
	if (CHECK(lists_make(&lists, TABLE_NETWORKS, "postfix:mynetworks"))) {
		CHECK_INT(lists_find(&lists, "10.9.9.9"), LOOKUP_FOUND);
		CHECK_INT(lists_find(&lists, "10.1.2.3"), LOOKUP_MISSING);
		CHECK_INT(lists_find(&lists, "192.0.2.9"), LOOKUP_MISSING);
		CHECK_INT(lists_find(&lists, "127.0.0.1"), LOOKUP_MISSING);
		CHECK_STR(lists_mistake(&lists),
		    "main.cf:10: postfix:mynetworks: 127.0.0.0/8 reaches "
		    "beyond networks_ceiling: left out");
	}
	lists_close(&lists);
}

static void
a_change_of_a_file_of_the_mta_is_seen(void)
{
	struct table_source source;
	struct postfix_source postfix;
	struct lists lists;

	open_postfix(&lists, &postfix, &source);
	if (CHECK(lists_make(&lists, TABLE_DOMAINS, "postfix:relay_domains"))) {
		CHECK(!files_changed(lists.files));
		lists_write(&lists, "relay", "other.example x\n");
		CHECK(files_changed(lists.files));
	}
	lists_drop(&lists);
	if (CHECK(lists_make(&lists, TABLE_DOMAINS, "postfix:relay_domains"))) {
		CHECK_INT(lists_find(&lists, "a@other.example"), LOOKUP_FOUND);
		lists_write(&lists, "main.cf", "relay_domains =\n");
		CHECK(files_changed(lists.files));
	}
	lists_close(&lists);
}

static void
a_postfix_that_would_not_start_is_no_source(void)
{
	struct table_source source;
	struct postfix_source postfix;
	struct lists lists;

	open_postfix(&lists, &postfix, &source);
	lists_write(&lists, "main.cf", "compatibility_level = 3.6\nrelay\n");
	CHECK(!lists_make(&lists, TABLE_DOMAINS, "postfix:relay_domains"));
	CHECK(strstr(lists_mistake(&lists), "would not start") != NULL);
	lists_close(&lists);
}

static const struct tap_test tests[] = {
	TAP_TEST(members_are_those_of_the_mta),
	TAP_TEST(mistakes_are_told),
	TAP_TEST(networks_stay_below_their_ceiling),
	TAP_TEST(a_change_of_a_file_of_the_mta_is_seen),
	TAP_TEST(a_postfix_that_would_not_start_is_no_source),
};

int
main(void)
{
	return TAP_RUN(tests);
}
