/*
 * test_waiting.c - the policy server asks a counter store, and waits.
 *
 * The linker puts __wrap_policy_decide() before the engine, so that a
 * decision has charges before there are limits.
 */
#include "serve/policyd.h"

#include "base/clock.h"
#include "tests/lib/policy_server.h"
#include "tests/lib/tap.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* How the fake store answers; what it has been asked. */
enum store_mode {
	STORE_AT_ONCE,
	STORE_WITH_THE_NEXT, /* when it is asked again */
	STORE_NEVER,
};

static struct {
	enum store_mode mode;
	_Atomic int asked, cancelled, answered_later;
	store_done *done;
	void *pointer; /* of the question that is open; NULL: none */
	char key[64];
} fake;

static void
fake_charge(void *state, const struct charge *charges, size_t count,
    store_done *done, void *pointer)
{
	const struct store_answer answer = { .known = true };
	store_done *open_done = fake.done;
	void *open_pointer = fake.pointer;

	(void)state;
	fake.asked++;
	snprintf(fake.key, sizeof(fake.key), "%zu " STR_FORMAT, count,
	    STR_ARGS(charges[0].key));
	if (fake.mode == STORE_AT_ONCE) {
		done(pointer, &answer);
		return;
	}
	fake.done = done;
	fake.pointer = pointer;
	if (fake.mode == STORE_WITH_THE_NEXT && open_pointer != NULL) {
		fake.answered_later++;
		open_done(open_pointer, &answer);
	}
}

static void
fake_cancel(void *state, void *pointer)
{
	(void)state;
	fake.cancelled++;
	if (fake.pointer == pointer)
		fake.pointer = NULL;
}

static struct store fake_store = {
	.charge = fake_charge,
	.cancel = fake_cancel,
};

void __real_policy_decide(const struct policy *policy,
    const struct request *request, struct policy_scratch *scratch,
    struct trace *trace, struct decision *decision);
void __wrap_policy_decide(const struct policy *policy,
    const struct request *request, struct policy_scratch *scratch,
    struct trace *trace, struct decision *decision);

/* Requests whose HELO says so are counted. */
void
__wrap_policy_decide(const struct policy *policy, const struct request *request,
    struct policy_scratch *scratch, struct trace *trace,
    struct decision *decision)
{
	__real_policy_decide(policy, request, scratch, trace, decision);
	if (!str_equal(request->session.helo, STR("counted")))
		return;
	decision->charges[0].limit = STR("a limit");
	decision->charges[0].key = request->session.sender;
	decision->charges[0].amount = 1;
	decision->charge_count = 1;
}

#define COUNTED(state, sender)                                               \
	"request=smtpd_access_policy\nprotocol_state=" state                 \
	"\nhelo_name=counted\nrecipient=v@elsewhere.example\nsender=" sender \
	"\n\n"

static bool
hear(int client, const char *want)
{
	char reply[8192];

	reply[client_hear(client, reply, strlen(want))] = '\0';
	return CHECK_STR(reply, want);
}

static void
a_store_is_waited_for_and_others_are_not(void)
{
	struct policy_server server;

	memset(&fake, 0, sizeof(fake));
	fake.mode = STORE_WITH_THE_NEXT;
	policy_server_start(&server,
	    (struct policyd_options){ .store = &fake_store });
	int first = client_dial(&server), second = client_dial(&server);
	/* A slow machine lets the deadline pass: then once more. */
	for (int i = 0; i < 50 && fake.answered_later == 0; i++) {
		client_say(first, COUNTED("RCPT", "one") DATA);
		client_say(second, COUNTED("DATA", "two"));
		hear(first, DENIED DUNNO);
		hear(second, DUNNO);
	}
	CHECK(fake.answered_later > 0);
	CHECK(fake.asked >= 2);
	close(first);
	close(second);
	CHECK(policy_server_stop(&server));
}

static void
a_silent_store_costs_its_deadline_only(void)
{
	struct policy_server server;

	memset(&fake, 0, sizeof(fake));
	fake.mode = STORE_NEVER;
	policy_server_start(&server,
	    (struct policyd_options){ .store = &fake_store });
	int client = client_dial(&server), other = client_dial(&server);
	int64_t start = clock_monotonic();
	client_say(client, COUNTED("RCPT", "alice@x") COUNTED("DATA", "bob@x"));
	client_say(other, RCPT);
	hear(other, DENIED);
	hear(client, DENIED DUNNO);
	/* One after the other: each has its own time. */
	CHECK(clock_monotonic() - start >= 2 * STORE_DEADLINE * 900000LL);
	CHECK_INT(fake.asked, 2);
	CHECK_INT(fake.cancelled, 2);
	CHECK_STR(fake.key, "1 bob@x");
	close(client);
	close(other);
	CHECK(policy_server_stop(&server));
}

static void
a_store_may_answer_at_once(void)
{
	struct policy_server server;

	memset(&fake, 0, sizeof(fake));
	fake.mode = STORE_AT_ONCE;
	policy_server_start(&server,
	    (struct policyd_options){ .store = &fake_store });
	int client = client_dial(&server);
	client_say(client, COUNTED("RCPT", "a") COUNTED("DATA", "b") RCPT);
	hear(client, DENIED DUNNO DENIED);
	CHECK_INT(fake.asked, 2);
	CHECK_INT(fake.cancelled, 0);
	close(client);
	CHECK(policy_server_stop(&server));
}

static void
the_end_waits_for_the_store(void)
{
	struct policy_server server;

	memset(&fake, 0, sizeof(fake));
	fake.mode = STORE_NEVER;
	policy_server_start(&server,
	    (struct policyd_options){ .store = &fake_store });
	int client = client_dial(&server);
	client_say(client, COUNTED("RCPT", "a") DATA);
	CHECK(policy_server_stop(&server));
	hear(client, DENIED DUNNO);
	CHECK(client_ends(client));
	close(client);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_store_is_waited_for_and_others_are_not),
	TAP_TEST(a_silent_store_costs_its_deadline_only),
	TAP_TEST(a_store_may_answer_at_once),
	TAP_TEST(the_end_waits_for_the_store),
};

int
main(void)
{
	return TAP_RUN(tests);
}
