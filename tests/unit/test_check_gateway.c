/*
 * test_check_gateway.c - gateways and bridges in mynetworks. The routes of
 * another host are in none of its files, so trees cannot show them.
 */
#include "check/check.h"
#include "check/groups.h"

#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A Postfix below a directory, on a host with two networks. */
struct bench {
	struct arena *arena;
	char root[40];
	struct host network;
	struct mta_host host;
	struct mta_list mtas;
	struct address gateways[2];
	struct host_interface interfaces[2];
};

static const char *const names[] = {
	"/etc/postfix/main.cf",
	"/etc/postfix",
	"/etc",
	"",
};

static void
address_set(struct address *address, const char *text)
{
	struct error error;

	if (!address_parse(str_from(text), address, &error))
		tap_bail("%s: %s", text, error.text);
}

static void
network_set(struct bench *bench)
{
	address_set(&bench->gateways[0], "198.51.100.1");
	address_set(&bench->gateways[1], "fe80::1");
	address_set(&bench->interfaces[0].address, "198.51.100.25");
	bench->interfaces[0].name = "eth0";
	bench->interfaces[0].prefix = 96 + 24;
	address_set(&bench->interfaces[1].address, "172.17.0.1");
	bench->interfaces[1].name = "docker0";
	bench->interfaces[1].prefix = 96 + 16;
	bench->interfaces[1].bridge = true;
	bench->network = (struct host){
		.gateways = bench->gateways,
		.gateway_count = 2,
		.interfaces = bench->interfaces,
		.interface_count = 2,
	};
}

static void
file_write(const struct bench *bench, const char *mynetworks)
{
	char path[128];
	FILE *file;

	for (size_t i = TAP_COUNT(names) - 1; i > 0; i--) {
		snprintf(path, sizeof(path), "%s%s", bench->root, names[i]);
		if (access(path, F_OK) != 0 && mkdir(path, 0755) != 0)
			tap_bail("%s cannot be made", path);
	}
	snprintf(path, sizeof(path), "%s%s", bench->root, names[0]);
	file = fopen(path, "w");
	if (file == NULL)
		tap_bail("%s cannot be made", path);
	fprintf(file,
	    "compatibility_level = 3.6\nmyhostname = mx.example.test\n"
	    "mynetworks = %s\n",
	    mynetworks);
	fclose(file);
}

static void
bench_begin(struct bench *bench, const char *mynetworks)
{
	const struct mta_choice choice = {
		.kind_given = true,
		.kind = MTA_POSTFIX,
	};
	struct error error;

	*bench = (struct bench){
		.arena = arena_new(0),
		.root = "/tmp/mtaguard-gateway-XXXXXX",
	};
	if (mkdtemp(bench->root) == NULL)
		tap_bail("no directory for the test");
	network_set(bench);
	file_write(bench, mynetworks);
	bench->host = (struct mta_host){
		.tree = tree_new(bench->arena, bench->root, NULL),
		.network = &bench->network,
		.hostname = STR("mx.example.test"),
		.version = STR("3.7.11"),
	};
	if (!mta_find(&bench->host, &choice, bench->arena, &bench->mtas,
		&error) ||
	    bench->mtas.count != 1)
		tap_bail("the Postfix of the test is not found");
}

static void
bench_end(struct bench *bench)
{
	char path[128];

	for (size_t i = 0; i < TAP_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s%s", bench->root, names[i]);
		remove(path);
	}
	arena_free(bench->arena);
}

static void
bench_run(struct bench *bench, struct check_result *result)
{
	const struct check *check =
	    check_find(STR("postfix-mynetworks-gateway"));
	const struct check_context context = {
		.host = &bench->host,
		.mtas = &bench->mtas,
	};
	const struct check_selected selected = { check, CHECK_HIGH };

	if (check == NULL)
		tap_bail("the check is gone");
	check_run_one(&context, &selected, &bench->mtas.mtas[0], bench->arena,
	    result);
}

static const struct {
	const char *mynetworks;
	const char *outcome;
	unsigned line;
} cases[] = {
	{ "127.0.0.0/8 [::1]", "pass", 3 },
	{ "127.0.0.0/8 198.51.100.25", "pass", 3 },
	{ "198.51.100.0/24", "fail", 3 },
	{ "198.51.100.1", "fail", 3 },
	{ "127.0.0.0/8\n  [fe80::]/10", "fail", 4 },
	{ "172.17.0.0/16", "fail", 3 },
	{ "172.16.0.0/12", "fail", 3 },
	{ "172.18.0.0/16", "pass", 3 },
	{ "172.17.0.1", "pass", 3 }, /* the host itself */
	{ "inline:{198.51.100.1=yes}", "fail", 0 },
};

static void
a_trusted_network_must_not_hold_a_gateway_or_bridge(void)
{
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct bench bench;
		struct check_result result;

		tap_case("mynetworks = %s", cases[i].mynetworks);
		bench_begin(&bench, cases[i].mynetworks);
		bench_run(&bench, &result);
		CHECK_STR(check_outcome_name(result.outcome), cases[i].outcome);
		if (CHECK(result.findings != NULL) && cases[i].line > 0)
			CHECK_INT(result.findings->place.line, cases[i].line);
		bench_end(&bench);
	}
}

static void
a_host_whose_routes_are_unknown_is_not_judged(void)
{
	struct bench bench;
	struct check_result result;

	bench_begin(&bench, "198.51.100.0/24");
	bench.network.gateway_count = 0;
	bench_run(&bench, &result);
	CHECK_STR(check_outcome_name(result.outcome), "notapplicable");
	bench_end(&bench);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_trusted_network_must_not_hold_a_gateway_or_bridge),
	TAP_TEST(a_host_whose_routes_are_unknown_is_not_judged),
};

int
main(void)
{
	return TAP_RUN(tests);
}
