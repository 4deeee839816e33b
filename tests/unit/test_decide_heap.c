/*
 * test_decide_heap.c - a decision uses no heap.
 *
 * The linker puts the functions below in place of those of the C library, in
 * all that is linked from the tree (see tests.am).
 */
#include "policy/policy.h"

#include "tests/lib/policy_build.h"
#include "tests/lib/tap.h"

#include <stdlib.h>

static unsigned allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *
__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	allocations++;
	return __real_realloc(memory, size);
}

static void
build_policy(struct policy_build *build)
{
	policy_build_init(build);
	policy_build_address(build, "192.0.2.25");
	build->policy.never_trust =
	    policy_build_list(build, TABLE_NETWORKS, "172.16.0.0/12");
	build->policy.destinations = policy_build_list(build, TABLE_DOMAINS,
	    "example.com .example.org /^list-.*@example\\.net$/");
	struct policy_grant *grant =
	    policy_build_grant(build, "site", "10.0.0.0/8 2001:db8::/32");
	grant->senders = policy_build_list(build, TABLE_SENDERS,
	    "example.com /^[a-z]+@far\\.test$/");
	grant = policy_build_grant(build, "users", "");
	grant->logins = policy_build_list(build, TABLE_WORDS, "ann tom");
}

static const struct asked questions[] = {
	{ .client = "10.1.2.3",
	    .sender = "a@example.com",
	    .recipient = "v@far.test",
	    .stage = SESSION_RCPT },
	{ .client = "10.1.2.3",
	    .sender = "ann@far.test",
	    .recipient = "v@far.test",
	    .stage = SESSION_RCPT },
	{ .client = "203.0.113.9",
	    .sender = "a@far.test",
	    .recipient = "bob@a.b.c.example.org",
	    .stage = SESSION_RCPT },
	{ .client = "203.0.113.9",
	    .sender = "a@far.test",
	    .recipient = "list-x@example.net",
	    .stage = SESSION_RCPT },
	{ .client = "203.0.113.9",
	    .sender = "a@far.test",
	    .recipient = "v@a.b.c.far.test",
	    .stage = SESSION_RCPT },
	{ .client = "203.0.113.9",
	    .recipient = "\"a b\"@example.com",
	    .milter = true,
	    .stage = SESSION_RCPT },
	{ .client = "203.0.113.9",
	    .recipient = "v@[192.0.2.25]",
	    .stage = SESSION_VRFY },
	{ .client = "unknown",
	    .recipient = "v%far.test@example.com",
	    .login = "tom",
	    .method = "PLAIN",
	    .stage = SESSION_RCPT },
	{ .client = "203.0.113.9", .stage = SESSION_CONNECT },
};

static void
decisions_use_no_heap(void)
{
	struct policy_scratch *scratch = policy_scratch_new();
	struct policy_build build;

	CHECK(allocations > 0);
	build_policy(&build);
	for (size_t i = 0; i < TAP_COUNT(questions); i++) {
		struct request request = asked_request(&questions[i]);
		struct decision decision;
		unsigned before = allocations;

		policy_decide(&build.policy, &request, scratch, NULL,
		    &decision);
		tap_case("%s to %s", questions[i].client,
		    questions[i].recipient);
		CHECK_INT(allocations - before, 0);
	}
	policy_build_free(&build);
	policy_scratch_free(scratch);
}

static const struct tap_test tests[] = {
	TAP_TEST(decisions_use_no_heap),
};

int
main(void)
{
	return TAP_RUN(tests);
}
