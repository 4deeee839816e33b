/*
 * test_proof_sendmail.c - whether a stranger can relay through a Sendmail, and
 * what our guard makes of it.
 */
#include "check/proof.h"

#include "tests/lib/policy_build.h"
#include "tests/lib/sendmail_files.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <string.h>

#define GUARD                           \
	"O InputMailFilters=mtaguard\n" \
	"Xmtaguard, S=unix:/run/mtaguard/milter"
#define R_DOMAINS "R$+ < @ $* $=R >\t$@ RELAY\n"

/* A proof of one Sendmail, and what it stands on. */
struct proven {
	struct sendmail_files files;
	struct policy_build build;
	struct policy_listener listener;
	struct mta mta;
	struct proof proof;
};

static void
prove(struct proven *proven, const struct sendmail_rules *rules, bool policy)
{
	sendmail_files_begin(&proven->files);
	policy_build_init(&proven->build);
	proven->listener = (struct policy_listener){
		.at = STR("unix:/run/mtaguard/milter"),
	};
	proven->build.policy.milter_listeners = &proven->listener;
	proven->build.policy.milter_listener_count = 1;
	proven->build.policy.destinations_mta = true;
	sendmail_files_put(&proven->files, "etc/mail/sendmail.cf",
	    sendmail_files_cf(&proven->files, rules));
	proven->mta = (struct mta){
		.kind = MTA_SENDMAIL,
		.config = "/etc/mail/sendmail.cf",
		.sendmail = sendmail_files_read(&proven->files),
	};
	const struct mta_list list = { &proven->mta, 1 };
	const struct proof_options options = {
		.host = &proven->files.host,
		.policy = policy ? &proven->build.policy : NULL,
	};
	proof_run(&options, &list, proven->files.arena, &proven->proof);
}

static void
prove_end(struct proven *proven)
{
	policy_build_free(&proven->build);
	sendmail_files_end(&proven->files);
}

static const struct {
	const char *name;
	struct sendmail_rules rules;
	const char *verdict;
	const char *sender, *recipient;
} opened[] = {
	{ "stock", { 0 }, "closed", NULL, NULL },
	{ "promiscuous_relay", { .last = "" }, "open",
	    "probe@elsewhere.invalid", "victim@elsewhere.invalid" },
	{ "a partner", { .head = "CRpartner.test\n", .rcpt = R_DOMAINS },
	    "closed", NULL, NULL },
	{ "a top-level domain", { .head = "CRorg\n", .rcpt = R_DOMAINS },
	    "open", "probe@elsewhere.invalid", "victim@elsewhere.org" },
	{ "relay_local_from", { .relay = "R<?> $+ < @ $=w >\t$@ RELAY\n" },
	    "open", "root@example.test", "victim@elsewhere.invalid" },
	{ "everybody's network", { .head = "CR203\n" }, "open",
	    "probe@elsewhere.invalid", "victim@elsewhere.invalid" },
	{ "a rule of nobody's", { .rcpt = "R$+ < @ far.test >\t$@ RELAY\n" },
	    "unknown", NULL, NULL },
	{ "loopback alone",
	    { .head = "O DaemonPortOptions=Addr=127.0.0.1\n", .last = "" },
	    "closed", NULL, NULL },
};

static void
an_open_path_has_its_session(void)
{
	for (size_t i = 0; i < TAP_COUNT(opened); i++) {
		struct proven proven;

		tap_case("%s", opened[i].name);
		prove(&proven, &opened[i].rules, false);
		CHECK_STR(proof_verdict_name(proven.proof.verdict),
		    opened[i].verdict);
		const struct proof_service *service = proven.proof.services;
		if (!CHECK(service != NULL)) {
			prove_end(&proven);
			continue;
		}
		CHECK_INT(service->paths != NULL, opened[i].sender != NULL);
		if (service->paths != NULL && opened[i].sender != NULL) {
			const struct session *session =
			    &service->paths->session;
			struct arena *arena = proven.files.arena;

			CHECK_STR(arena_copy(arena, session->sender).data,
			    opened[i].sender);
			CHECK_STR(arena_copy(arena, session->recipient).data,
			    opened[i].recipient);
			CHECK(service->paths->by.place.file != NULL);
		}
		CHECK_INT(service->unknown != NULL,
		    strcmp(opened[i].verdict, "unknown") == 0);
		prove_end(&proven);
	}
}

static void
the_guard_closes_what_is_open_as_long_as_it_answers(void)
{
	static const struct {
		const char *filter;
		bool guarded;
		const char *verdict, *without_guard;
	} cases[] = {
		{ GUARD ", F=T\n", true, "closed", "closed" },
		{ GUARD ", F=R\n", true, "closed", "closed" },
		{ GUARD "\n", true, "closed", "open" },
		{ "Xmtaguard, S=unix:/run/mtaguard/milter, F=T\n", false,
		    "open", "open" },
		{ GUARD ", F=T\nO DaemonPortOptions=InputFilter=other\n", false,
		    "open", "open" },
		{ "O InputMailFilters=x\nXx, S=unix:/run/x, F=T\n", false,
		    "open", "open" },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		const struct sendmail_rules rules = {
			.head = cases[i].filter,
			.last = "",
		};
		struct proven proven;

		tap_case("%s", cases[i].filter);
		prove(&proven, &rules, true);
		CHECK_INT(proven.proof.guarded, cases[i].guarded);
		CHECK_STR(proof_verdict_name(proven.proof.verdict),
		    cases[i].verdict);
		CHECK_STR(proof_verdict_name(proven.proof.without_guard),
		    cases[i].without_guard);
		prove_end(&proven);
	}
}

static void
the_matrix_says_who_may_send_where(void)
{
	static const struct {
		enum proof_who who;
		enum proof_where where;
		const char *verdict;
	} cases[] = {
		{ PROOF_STRANGER, PROOF_OURS, "open" },
		{ PROOF_STRANGER, PROOF_RELAY, "open" },
		{ PROOF_STRANGER, PROOF_ANYWHERE, "closed" },
		{ PROOF_NEIGHBOUR, PROOF_ANYWHERE, "open" },
		{ PROOF_TRUSTED, PROOF_ANYWHERE, "open" },
		{ PROOF_LOGIN, PROOF_ANYWHERE, "open" },
		{ PROOF_CERTIFICATE, PROOF_ANYWHERE, "closed" },
	};
	const struct sendmail_rules rules = {
		.head = "CRpartner.test 198.51.100\n"
			"C{TrustAuthMech}PLAIN\n",
		.rcpt = R_DOMAINS "R$* $| $={TrustAuthMech}\t$# RELAY\n",
	};
	struct proven proven;

	prove(&proven, &rules, false);
	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		const struct proof_cell *cell = proven.proof.matrix;

		while (cell != NULL &&
		    (cell->who != cases[i].who ||
			cell->where != cases[i].where))
			cell = cell->next;
		tap_case("%s %s", proof_who_name(cases[i].who),
		    proof_where_name(cases[i].where));
		if (CHECK(cell != NULL))
			CHECK_STR(proof_verdict_name(cell->verdict),
			    cases[i].verdict);
	}
	prove_end(&proven);
}

static const struct tap_test tests[] = {
	TAP_TEST(an_open_path_has_its_session),
	TAP_TEST(the_guard_closes_what_is_open_as_long_as_it_answers),
	TAP_TEST(the_matrix_says_who_may_send_where),
};

int
main(void)
{
	return TAP_RUN(tests);
}
