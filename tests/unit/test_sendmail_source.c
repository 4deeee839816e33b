/*
 * test_sendmail_source.c - the lists of Sendmail as values of a policy file.
 */
#include "mta/sendmail_source.h"

#include "base/files.h"
#include "tests/lib/sendmail_files.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A policy's list that is made of one value, and asked. */
struct listed {
	struct sendmail_files files;
	struct sendmail_source state;
	struct table_source source;
	struct table_options options;
	struct table_list list;
	struct table_scratch *scratch;
	struct problems problems;
	char path[128];
};

static void
listed_begin(struct listed *listed)
{
	memset(listed, 0, sizeof(*listed));
	sendmail_files_begin(&listed->files);
	snprintf(listed->path, sizeof(listed->path), "%s/etc/mail/sendmail.cf",
	    listed->files.root);
	listed->state = (struct sendmail_source){
		.hostname = STR("mx.example.test"),
		.path = listed->path,
	};
	listed->source = (struct table_source){
		.prefix = "sendmail:",
		.state = &listed->state,
		.open = sendmail_source_open,
		.find = sendmail_source_find,
	};
	listed->options = (struct table_options){
		.sources = &listed->source,
		.source_count = 1,
		.files = files_new(listed->files.arena, NULL),
		.store = table_store_new(),
		.host = &listed->files.network,
	};
	listed->scratch = table_scratch_new();
	problems_init(&listed->problems, listed->files.arena);
}

static void
listed_end(struct listed *listed)
{
	table_scratch_free(listed->scratch);
	sendmail_files_end(&listed->files);
	table_store_free(listed->options.store);
}

static bool
listed_make(struct listed *listed, const char *value,
    enum table_subject subject)
{
	const struct table_value values = { str_from(value), { "policy", 1 } };

	return table_list_make(&values, 1, subject, &listed->options,
	    listed->files.arena, &listed->list, &listed->problems);
}

static enum lookup
listed_find(struct listed *listed, const char *text, enum table_subject subject)
{
	struct mailbox_space space;
	struct mailbox mailbox;
	struct address address;
	struct table_key key = { .mailbox = &mailbox };
	struct error error;

	if (subject == TABLE_NETWORKS) {
		if (!address_parse(str_from(text), &address, &error))
			tap_bail("%s", error.text);
		key = (struct table_key){ .address = &address };
	} else {
		mailbox_parse(str_from(text), MAILBOX_INTERNAL, &space,
		    &mailbox);
	}
	return table_list_find(&listed->list, &key, listed->scratch, NULL);
}

/* The text of a sendmail.cf that has its relay-domains below the root. */
static void
put_sendmail(struct listed *listed, const char *relay_domains)
{
	struct sendmail_rules rules = {
		.rcpt = "R$+ < @ $* $=R >\t$@ RELAY\n",
	};

	rules.head = arena_print(listed->files.arena,
	    "FR-o %s/etc/mail/relay-domains\n"
	    "C{VirtHost}virtual.test\n"
	    "Cw[192.0.2.7]\n",
	    listed->files.root);
	sendmail_files_put(&listed->files, "etc/mail/sendmail.cf",
	    sendmail_files_cf(&listed->files, &rules));
	sendmail_files_put(&listed->files, "etc/mail/relay-domains",
	    relay_domains);
}

static void
lists_match_as_they_do_in_sendmail(void)
{
	static const struct {
		const char *value;
		enum table_subject subject;
		const char *text;
		enum lookup found;
	} cases[] = {
		{ "sendmail:w", TABLE_DOMAINS, "a@example.test", LOOKUP_FOUND },
		{ "sendmail:w", TABLE_DOMAINS, "a@mx.example.test",
		    LOOKUP_FOUND },
		{ "sendmail:w", TABLE_DOMAINS, "a@sub.example.test",
		    LOOKUP_MISSING },
		{ "sendmail:w", TABLE_DOMAINS, "a@[192.0.2.7]", LOOKUP_FOUND },
		{ "sendmail:w", TABLE_DOMAINS, "a@partner.test",
		    LOOKUP_MISSING },
		{ "sendmail:R", TABLE_DOMAINS, "a@partner.test", LOOKUP_FOUND },
		{ "sendmail:R", TABLE_DOMAINS, "a@sub.partner.test",
		    LOOKUP_FOUND },
		{ "sendmail:R", TABLE_DOMAINS, "a@notpartner.test",
		    LOOKUP_MISSING },
		{ "sendmail:R", TABLE_DOMAINS, "a@far.org", LOOKUP_MISSING },
		{ "sendmail:R", TABLE_DOMAINS, "a%b@partner.test",
		    LOOKUP_MISSING },
		{ "sendmail:R", TABLE_NETWORKS, "10.1.2.3", LOOKUP_FOUND },
		{ "sendmail:R", TABLE_NETWORKS, "10.11.2.3", LOOKUP_MISSING },
		{ "sendmail:{VirtHost}", TABLE_DOMAINS, "a@virtual.test",
		    LOOKUP_FOUND },
		{ "sendmail:{VirtHost}", TABLE_DOMAINS, "a@sub.virtual.test",
		    LOOKUP_MISSING },
		{ "sendmail:mta", TABLE_DOMAINS, "a@example.test",
		    LOOKUP_FOUND },
		{ "sendmail:mta", TABLE_DOMAINS, "a@sub.partner.test",
		    LOOKUP_FOUND },
		{ "sendmail:mta", TABLE_DOMAINS, "a@virtual.test",
		    LOOKUP_MISSING },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct listed listed;

		tap_case("%s: %s", cases[i].value, cases[i].text);
		listed_begin(&listed);
		put_sendmail(&listed, "partner.test\norg\n10.1\n");
		if (CHECK(
			listed_make(&listed, cases[i].value, cases[i].subject)))
			CHECK_INT(listed_find(&listed, cases[i].text,
				      cases[i].subject),
			    cases[i].found);
		listed_end(&listed);
	}
}

static void
a_network_beyond_the_ceiling_is_left_out(void)
{
	struct netblock block;
	const struct table_ceiling ceiling = { &block, 1 };
	struct listed listed;
	struct error error;

	listed_begin(&listed);
	put_sendmail(&listed, "10.1\n10.2\n");
	CHECK(netblock_parse(STR("10.1.0.0/16"), &block, &error));
	listed.options.ceiling = &ceiling;
	CHECK(listed_make(&listed, "sendmail:R", TABLE_NETWORKS));
	CHECK_INT(listed_find(&listed, "10.1.2.3", TABLE_NETWORKS),
	    LOOKUP_FOUND);
	CHECK_INT(listed_find(&listed, "10.2.2.3", TABLE_NETWORKS),
	    LOOKUP_MISSING);
	CHECK_INT(listed.problems.warnings, 1);
	listed_end(&listed);
}

static void
what_cannot_be_read_is_not_what_is_not_there(void)
{
	struct listed listed;

	tap_case("no Sendmail");
	listed_begin(&listed);
	CHECK(!listed_make(&listed, "sendmail:w", TABLE_DOMAINS));
	CHECK(listed_make(&listed, "sendmail:mta", TABLE_DOMAINS));
	CHECK_INT(listed_find(&listed, "a@example.test", TABLE_DOMAINS),
	    LOOKUP_MISSING);
	listed_end(&listed);

	tap_case("a directory in its place");
	listed_begin(&listed);
	sendmail_files_put(&listed.files, "etc/mail/sendmail.cf/x", "");
	CHECK(!listed_make(&listed, "sendmail:w", TABLE_DOMAINS));
	CHECK(listed_make(&listed, "sendmail:mta", TABLE_DOMAINS));
	CHECK_INT(listed_find(&listed, "a@example.test", TABLE_DOMAINS),
	    LOOKUP_FAILED);
	listed_end(&listed);

	tap_case("a directory for relay-domains");
	listed_begin(&listed);
	put_sendmail(&listed, "partner.test\n");
	snprintf(listed.path, sizeof(listed.path), "%s/etc/mail/relay-domains",
	    listed.files.root);
	unlink(listed.path);
	sendmail_files_put(&listed.files, "etc/mail/relay-domains/x", "");
	snprintf(listed.path, sizeof(listed.path), "%s/etc/mail/sendmail.cf",
	    listed.files.root);
	CHECK(listed_make(&listed, "sendmail:mta", TABLE_DOMAINS));
	CHECK_INT(listed_find(&listed, "a@example.test", TABLE_DOMAINS),
	    LOOKUP_FOUND);
	CHECK_INT(listed_find(&listed, "a@partner.test", TABLE_DOMAINS),
	    LOOKUP_FAILED);
	listed_end(&listed);
}

static void
a_change_of_a_file_is_seen(void)
{
	struct listed listed;

	listed_begin(&listed);
	put_sendmail(&listed, "partner.test\n");
	CHECK(listed_make(&listed, "sendmail:mta", TABLE_DOMAINS));
	CHECK(!files_changed(listed.options.files));
	sendmail_files_put(&listed.files, "etc/mail/relay-domains",
	    "partner.test\nother.test\n");
	CHECK(files_changed(listed.options.files));
	listed_end(&listed);

	tap_case("a Sendmail that is set up later");
	listed_begin(&listed);
	CHECK(listed_make(&listed, "sendmail:mta", TABLE_DOMAINS));
	CHECK(!files_changed(listed.options.files));
	put_sendmail(&listed, "");
	CHECK(files_changed(listed.options.files));
	listed_end(&listed);
}

static const struct tap_test tests[] = {
	TAP_TEST(lists_match_as_they_do_in_sendmail),
	TAP_TEST(a_network_beyond_the_ceiling_is_left_out),
	TAP_TEST(what_cannot_be_read_is_not_what_is_not_there),
	TAP_TEST(a_change_of_a_file_is_seen),
};

int
main(void)
{
	return TAP_RUN(tests);
}
