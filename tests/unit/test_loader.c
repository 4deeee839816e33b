/*
 * test_loader.c - loading, reloading, following files and the host.
 */
#include "serve/loader.h"

#include "base/clock.h"
#include "tests/lib/policy_build.h"
#include "tests/lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char good[] =
    "destinations = [ \"file:domains\" ];\n"
    "networks = { local = [ \"127.0.0.0/8\", \"::1\" ]; };\n"
    "relay = ( { name = \"host\"; from = \"local\"; } "
    ");\n";
static const char bad[] = "destinations = [ \"file:domains\" ];\n"
			  "relya = ();\n";

/* A policy in force, and the thread that keeps it. */
struct service {
	struct slot slot;
	struct loader *loader;
};

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

/* A directory of its own for a test, with a good policy. */
static void
prepare(void)
{
	if (system("rm -rf *") != 0 || mkdir("state", 0700) != 0)
		tap_bail("cannot clear the directory");
	put("domains", "example.com\n");
	put("policy.conf", good);
}

static bool
begin(struct service *service, struct error *error)
{
	const struct loader_options options = {
		.path = "policy.conf",
		.state_directory = "state",
	};

	*service = (struct service){ .loader = NULL };
	service->loader = loader_new(&options, &service->slot, error);
	if (service->loader == NULL)
		return false;
	if (!loader_start(service->loader, error))
		tap_bail("%s", error->text);
	return true;
}

static void
begin_well(struct service *service)
{
	struct error error;

	if (!begin(service, &error))
		tap_bail("loader_new: %s", error.text);
}

static void
end(struct service *service)
{
	/* A busy machine may take longer than the patience of one call. */
	for (unsigned i = 0; i < 50; i++)
		if (loader_free(service->loader))
			return;
	tap_bail("the loader does not end");
}

static struct loader_status
status_of(struct service *service)
{
	struct loader_status status;

	loader_get_status(service->loader, &status);
	return status;
}

/* Waits until so many loads have been made; false: they were not. */
static bool
wait_loads(struct service *service, unsigned long generation,
    unsigned long failures)
{
	int64_t deadline = clock_monotonic() + 10000000000;
	struct loader_status status;

	do {
		status = status_of(service);
		if (status.generation == generation &&
		    status.failures == failures)
			return true;
		poll(NULL, 0, 5);
	} while (clock_monotonic() < deadline);
	tap_case("generation %lu, failures %lu", status.generation,
	    status.failures);
	return false;
}

/* Whether the policy in force lets a stranger write to a domain. */
static bool
is_ours(struct service *service, const char *domain)
{
	char recipient[128];
	struct asked asked = { .client = "203.0.113.7",
		.sender = "a@b.example",
		.recipient = recipient,
		.stage = SESSION_RCPT };
	struct policy_scratch *scratch = policy_scratch_new();
	struct decision decision;

	snprintf(recipient, sizeof(recipient), "someone@%s", domain);
	struct request request = asked_request(&asked);
	struct slot_lease lease = slot_take(&service->slot);
	policy_decide(lease.policy, &request, scratch, NULL, &decision);
	slot_put(&service->slot, lease);
	policy_scratch_free(scratch);
	return decision.verdict == VERDICT_CONTINUE;
}

static void
the_first_load_is_in_force_and_kept(void)
{
	struct service service;

	prepare();
	begin_well(&service);
	struct loader_status status = status_of(&service);
	CHECK_INT(status.generation, 1);
	CHECK_INT(status.failures, 0);
	CHECK(!status.stale && !status.last_good);
	CHECK(status.loaded >= clock_wall() - 60);
	CHECK_STR(status.error, "");
	CHECK(is_ours(&service, "example.com"));
	CHECK(!is_ours(&service, "example.net"));

	int64_t deadline = clock_monotonic() + 10000000000;
	while (access("state/last-good/manifest", F_OK) != 0 &&
	    clock_monotonic() < deadline)
		poll(NULL, 0, 5);
	CHECK(access("state/last-good/manifest", F_OK) == 0);
	end(&service);
	CHECK(service.slot.policy == NULL);
}

/* Puts the name of the turn in the table, by writing over it. */
static void
write_over(const char *name)
{
	put("domains", name);
}

/* The same by renaming another file to it. */
static void
rename_to(const char *name)
{
	put("domains.new", name);
	if (rename("domains.new", "domains") != 0)
		tap_bail("rename: %s", strerror(errno));
}

/* The same by turning a link: the table itself is not touched. */
static void
turn_link(const char *name)
{
	put(name, name);
	unlink("link");
	if (symlink(name, "link") != 0 || rename("link", "domains") != 0)
		tap_bail("symlink: %s", strerror(errno));
}

static void
a_change_is_in_force_within_a_second(void)
{
	static const struct {
		const char *what;
		void (*change)(const char *name);
	} cases[] = {
		{ "written over", write_over },
		{ "renamed", rename_to },
		{ "linked", turn_link },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct service service;
		int64_t fastest = INT64_MAX;
		char name[32];

		prepare();
		begin_well(&service);
		/* The promise is about us, not about a busy machine. */
		for (unsigned turn = 0; turn < 3; turn++) {
			int64_t start = clock_monotonic();

			snprintf(name, sizeof(name), "turn%u.example", turn);
			cases[i].change(name);
			if (!CHECK(wait_loads(&service, turn + 2, 0)))
				break;
			CHECK(is_ours(&service, name));
			int64_t took = clock_monotonic() - start;
			fastest = took < fastest ? took : fastest;
		}
		tap_case("%s: in %lld ms", cases[i].what,
		    (long long)(fastest / 1000000));
		CHECK(fastest < 1000000000);
		CHECK(!is_ours(&service, "example.com"));
		end(&service);
	}
}

static void
a_bad_file_changes_nothing(void)
{
	struct service service;

	prepare();
	begin_well(&service);
	put("policy.conf", bad);
	CHECK(wait_loads(&service, 1, 1));
	struct loader_status status = status_of(&service);
	CHECK(status.stale && !status.last_good);
	CHECK_STR(status.error,
	    "policy.conf:2: unknown setting \"relya\" in the policy file: "
	    "is \"relay\" meant?");
	CHECK(is_ours(&service, "example.com"));

	/* It is not tried again of itself, but when somebody asks. */
	poll(NULL, 0, 700);
	CHECK(wait_loads(&service, 1, 1));
	loader_reload(service.loader);
	CHECK(wait_loads(&service, 1, 2));

	put("policy.conf", good);
	CHECK(wait_loads(&service, 2, 2));
	status = status_of(&service);
	CHECK(!status.stale);
	CHECK_STR(status.error, "");
	end(&service);
}

static void
a_missing_table_is_taken_when_it_comes(void)
{
	struct service service;

	prepare();
	begin_well(&service);
	unlink("domains");
	CHECK(wait_loads(&service, 1, 1));
	CHECK(is_ours(&service, "example.com"));
	put("domains", "example.net\n");
	CHECK(wait_loads(&service, 2, 1));
	CHECK(is_ours(&service, "example.net"));
	end(&service);
}

static void
a_file_that_is_being_written_is_not_read_by_halves(void)
{
	struct service service;
	int64_t longest = 0;

	prepare();
	begin_well(&service);
	int file = open("policy.conf", O_WRONLY | O_TRUNC);
	/* Any part of it would be a good policy, or a bad one. */
	for (size_t i = 0; i < sizeof(good) - 1; i += 12) {
		size_t left = sizeof(good) - 1 - i;
		int64_t start = clock_monotonic();

		if (write(file, good + i, left < 12 ? left : 12) < 0)
			tap_bail("write: %s", strerror(errno));
		poll(NULL, 0, 320);
		int64_t took = clock_monotonic() - start;
		longest = took > longest ? took : longest;
	}
	close(file);
	if (longest > 390000000)
		tap_skip("the machine is too busy to write in time");
	else
		CHECK(wait_loads(&service, 2, 0));
	end(&service);
}

static void
a_reload_may_be_asked_for(void)
{
	struct service service;

	prepare();
	begin_well(&service);
	for (unsigned long turn = 0; turn < 20; turn++) {
		loader_reload(service.loader);
		CHECK(wait_loads(&service, turn + 2, 0));
	}
	end(&service);
}

static void
wait_kept(void)
{
	struct service service;
	int64_t deadline = clock_monotonic() + 10000000000;

	begin_well(&service);
	while (access("state/last-good/manifest", F_OK) != 0 &&
	    clock_monotonic() < deadline)
		poll(NULL, 0, 5);
	end(&service);
}

static void
a_start_with_a_bad_file_uses_the_last_good_copy(void)
{
	struct service service;
	struct error error;

	prepare();
	wait_kept();
	put("policy.conf", bad);
	put("domains", "spoilt second column\n");
	begin_well(&service);
	struct loader_status status = status_of(&service);
	CHECK_INT(status.generation, 1);
	CHECK_INT(status.failures, 1);
	CHECK(status.stale && status.last_good);
	CHECK(strncmp(status.error, "policy.conf:2: ", 15) == 0);
	CHECK(is_ours(&service, "example.com"));

	put("domains", "example.org\n");
	put("policy.conf", good);
	CHECK(wait_loads(&service, 2, 1));
	status = status_of(&service);
	CHECK(!status.stale && !status.last_good);
	CHECK(is_ours(&service, "example.org"));
	end(&service);

	tap_case("without a copy");
	prepare();
	put("policy.conf", bad);
	CHECK(!begin(&service, &error));
	CHECK(strncmp(error.text, "policy.conf:2: ", 15) == 0);
	CHECK(service.slot.policy == NULL);
}

static bool
run(const char *command)
{
	return system(command) == 0;
}

/* Whether an address is a gateway, as the policy in force knows. */
static bool
is_gateway(struct service *service, const char *text)
{
	struct slot_lease lease = slot_take(&service->slot);
	struct address address;
	struct error error;
	bool known = address_parse(str_from(text), &address, &error) &&
	    host_has_gateway(&lease.policy->host, &address);

	slot_put(&service->slot, lease);
	return known;
}

/* Whether an address becomes a gateway in time. */
static bool
wait_gateway(struct service *service, const char *text)
{
	int64_t deadline = clock_monotonic() + 10000000000;

	while (!is_gateway(service, text) && clock_monotonic() < deadline)
		poll(NULL, 0, 5);
	return is_gateway(service, text);
}

static void
the_host_is_followed_also_while_the_file_is_bad(void)
{
	struct service service;

	if (unshare(CLONE_NEWNET) != 0) {
		tap_skip("may not make a network namespace");
		return;
	}
	if (!run("ip link set lo up && "
		 "ip link add guard0 type veth peer name guard1 && "
		 /* IPv6 has changes of its own for seconds. */
		 "ip link set guard0 addrgenmode none && "
		 "ip link set guard1 addrgenmode none && "
		 "ip link set guard1 up && ip link set guard0 up && "
		 "ip address add 192.0.2.1/24 dev guard0")) {
		tap_skip("no ip(8), or no veth links");
		return;
	}
	prepare();
	wait_kept();
	begin_well(&service);
	CHECK(!is_gateway(&service, "192.0.2.254"));
	unsigned long before = status_of(&service).generation;
	CHECK(run("ip route add default via 192.0.2.254"));
	CHECK(wait_gateway(&service, "192.0.2.254"));
	CHECK(status_of(&service).generation > before);

	put("policy.conf", bad);
	CHECK(wait_loads(&service, status_of(&service).generation, 1));
	CHECK(run("ip route replace default via 192.0.2.253"));
	CHECK(wait_gateway(&service, "192.0.2.253"));
	CHECK(!is_gateway(&service, "192.0.2.254"));
	struct loader_status status = status_of(&service);
	CHECK(status.stale && status.last_good);
	CHECK(is_ours(&service, "example.com"));

	/* The change of the host is seen first, and fails with the file. */
	put("policy.conf", good);
	CHECK(wait_loads(&service, status.generation + 1, status.failures));
	put("policy.conf", bad);
	CHECK(run("ip route replace default via 192.0.2.252"));
	CHECK(wait_gateway(&service, "192.0.2.252"));
	end(&service);
}

static const struct tap_test tests[] = {
	TAP_TEST(the_first_load_is_in_force_and_kept),
	TAP_TEST(a_change_is_in_force_within_a_second),
	TAP_TEST(a_bad_file_changes_nothing),
	TAP_TEST(a_missing_table_is_taken_when_it_comes),
	TAP_TEST(a_file_that_is_being_written_is_not_read_by_halves),
	TAP_TEST(a_reload_may_be_asked_for),
	TAP_TEST(a_start_with_a_bad_file_uses_the_last_good_copy),
	TAP_TEST(the_host_is_followed_also_while_the_file_is_bad),
};

int
main(void)
{
	char home[] = "/tmp/mtaguard-loader-XXXXXX";
	char command[sizeof(home) + 16];

	if (mkdtemp(home) == NULL || chdir(home) != 0)
		tap_bail("%s: %s", home, strerror(errno));
	int status = TAP_RUN(tests);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	if (chdir("/") != 0 || system(command) != 0)
		tap_bail("cannot remove %s", home);
	return status;
}
