/*
 * test_slot.c - the policy in force, taken for one decision and put back.
 */
#include "serve/slot.h"

#include "tests/lib/tap.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	READERS = 4,
	POLICIES = 2000,
	FREED = 99,
};

/* What readers share with the one who sets. */
struct traffic {
	struct slot slot;
	atomic_bool over;
	_Atomic unsigned long taken;
	_Atomic unsigned long mixed; /* policies seen half, or freed */
};

/* A policy in which two numbers always agree, until it is freed. */
static struct policy *
make(unsigned long number)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (policy == NULL)
		tap_bail("no memory");
	policy->generation = number;
	policy->connections = number;
	return policy;
}

static void
spoil(struct policy *policy)
{
	policy->mode = (enum policy_mode)POLICY_OBSERVE;
	policy->connections = FREED;
	policy->generation = 0;
	free(policy);
}

static void *
read_policies(void *pointer)
{
	struct traffic *traffic = pointer;

	while (!atomic_load(&traffic->over)) {
		struct slot_lease lease = slot_take(&traffic->slot);
		unsigned long number = lease.policy->generation;

		/* Long enough for another policy to come meanwhile. */
		for (unsigned i = 0; i < 20; i++)
			if (lease.policy->connections != number)
				atomic_fetch_add(&traffic->mixed, 1);
		slot_put(&traffic->slot, lease);
		atomic_fetch_add(&traffic->taken, 1);
	}
	return NULL;
}

static void
a_policy_is_whole_while_it_is_lent(void)
{
	static struct traffic traffic;
	pthread_t readers[READERS];

	CHECK(slot_set(&traffic.slot, make(0)) == NULL);
	for (unsigned i = 0; i < READERS; i++)
		if (pthread_create(&readers[i], NULL, read_policies,
			&traffic) != 0)
			tap_bail("no thread");
	for (unsigned long number = 1; number <= POLICIES; number++) {
		struct policy *old = slot_set(&traffic.slot, make(number));

		if (old->generation != number - 1)
			CHECK_INT(old->generation, number - 1);
		spoil(old);
	}
	while (atomic_load(&traffic.taken) < 1000)
		poll(NULL, 0, 1);
	atomic_store(&traffic.over, true);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	CHECK_INT(traffic.mixed, 0);
	CHECK_INT(traffic.slot.readers[0], 0);
	CHECK_INT(traffic.slot.readers[1], 0);
	free(slot_set(&traffic.slot, NULL));
}

struct setting {
	struct slot *slot;
	struct policy *policy;
	struct policy *old;
	atomic_bool done;
};

static void *
set(void *pointer)
{
	struct setting *setting = pointer;

	setting->old = slot_set(setting->slot, setting->policy);
	atomic_store(&setting->done, true);
	return NULL;
}

static void
setting_waits_for_those_who_have_the_old_one(void)
{
	static struct slot slot;
	struct policy first = { .generation = 1 }, second = { .generation = 2 };
	struct setting setting = { .slot = &slot, .policy = &second };
	pthread_t thread;

	CHECK(slot_set(&slot, &first) == NULL);
	struct slot_lease lease = slot_take(&slot);
	struct slot_lease again = slot_take(&slot);
	if (pthread_create(&thread, NULL, set, &setting) != 0)
		tap_bail("no thread");

	/* Others get the new one at once. */
	struct slot_lease other = slot_take(&slot);
	while (other.policy != &second) {
		slot_put(&slot, other);
		poll(NULL, 0, 1);
		other = slot_take(&slot);
	}
	CHECK(lease.policy == &first);
	slot_put(&slot, lease);
	poll(NULL, 0, 20);
	CHECK(!atomic_load(&setting.done));
	slot_put(&slot, again);
	pthread_join(thread, NULL);
	CHECK(setting.done);
	CHECK(setting.old == &first);
	slot_put(&slot, other);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_policy_is_whole_while_it_is_lent),
	TAP_TEST(setting_waits_for_those_who_have_the_old_one),
};

int
main(void)
{
	return TAP_RUN(tests);
}
