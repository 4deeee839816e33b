/*
 * test_proof_recorded.c - the proof against what the real Postfix said to 142
 * sessions or more of each recorded configuration.
 */
#include "check/proof.h"
#include "check/proof_address.h"

#include "tests/lib/recorded.h"
#include "tests/lib/tap.h"

#include <stdlib.h>

/* The clients of the recorded sessions that are strangers wherever we are. */
static const char *const strangers[] = {
	"203.0.113.66",
	"8.8.4.4",
	"9.200.1.2",
	"2001:db8:ffff::66",
};

/* What the recorded sessions have in recipients of the rest of the world. */
static const char *const foreign[] = {
	"outside.example",
	"OUTSIDE.example",
	"other.example",
	"evilbackup.example",
	"203.0.113.25",
};

/*
 * The search tries more than the recorded sessions: in these it finds a way
 * that none of them tries, and that Postfix does take.
 */
static const char *const found_only[] = {
	"gen1-g1-0014", /* HELO below a key of one label */
};

/* In these, what strangers send outside is accepted, and thrown away. */
static const char *const thrown_away[] = {
	"gen1-g1-0024",
	"gen1-g1-0063",
	"o49-discard-sender",
};

/*
 * In these mynetworks is not set, and by its default neighbours relay: they
 * count as strangers, since nobody has named them.
 */
static const char *const by_default[] = {
	"gen1-g1-0026",
	"gen1-g1-0040",
	"gen1-g1-0046",
	"gen1-g1-0095",
	"o61-compat0-mynetstyle",
};

static bool
is_stranger(const struct recorded *recorded, const struct session *session)
{
	bool known = false;

	for (size_t i = 0; i < TAP_COUNT(strangers); i++) {
		struct address address;
		struct error error;

		known |=
		    address_parse(str_from(strangers[i]), &address, &error) &&
		    memcmp(&address, &session->client, sizeof(address)) == 0;
	}
	return known && session->login.length == 0 &&
	    session->certificate.length == 0 &&
	    !proof_address_is_near(recorded->host.network, &session->client);
}

static bool
has_foreign(struct str recipient)
{
	for (size_t i = 0; i < TAP_COUNT(foreign); i++) {
		struct str name = str_from(foreign[i]);

		for (size_t at = 0; at + name.length <= recipient.length; at++)
			if (str_equal(str_slice(recipient, at,
					  at + name.length),
				name))
				return true;
	}
	return false;
}

/* Whether the real Postfix let a stranger relay. */
static bool
was_open(const struct recorded *recorded)
{
	for (size_t i = 0; i < recorded->count; i++) {
		const struct recorded_session *session = &recorded->sessions[i];

		if (session->verdict == 'A' &&
		    strchr("dDrR", session->class) != NULL &&
		    is_stranger(recorded, &session->session) &&
		    has_foreign(session->session.recipient))
			return true;
	}
	return false;
}

static bool
is_among(const char *directory, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_ends(str_from(directory), str_from(names[i])))
			return true;
	return false;
}

/* Each unknown says what, and why. */
static void
check_unknown(const struct proof *proof)
{
	for (const struct proof_service *service = proof->services;
	     service != NULL; service = service->next) {
		const struct proof_unknown *unknown = service->unknown;

		for (; unknown != NULL; unknown = unknown->next)
			CHECK(unknown->restriction.length > 0 &&
			    unknown->reason != NULL &&
			    unknown->place.file != NULL);
	}
}

static void
check_case(const char *directory)
{
	struct recorded *recorded = recorded_read(directory);
	const struct mta mta = {
		.kind = MTA_POSTFIX,
		.instance = STR_INIT("-"),
		.config = directory,
		.postfix = recorded->postfix,
	};
	const struct mta_list list = { &mta, 1 };
	struct proof proof;
	bool open = was_open(recorded) &&
	    !is_among(directory, thrown_away, TAP_COUNT(thrown_away));

	tap_case("%s", recorded->name);
	proof_run(&(struct proof_options){ .host = &recorded->host }, &list,
	    recorded->arena, &proof);
	if (is_among(directory, by_default, TAP_COUNT(by_default)))
		CHECK(proof.verdict == PROOF_OPEN);
	else if (open)
		CHECK(proof.verdict != PROOF_CLOSED);
	else
		CHECK(proof.verdict != PROOF_OPEN ||
		    is_among(directory, found_only, TAP_COUNT(found_only)));
	if (proof.verdict == PROOF_UNKNOWN)
		check_unknown(&proof);
	recorded_free(recorded);
}

static void
no_open_configuration_is_called_closed(void)
{
	const char *top = getenv("top_srcdir");
	struct arena *arena = arena_new(0);
	const char *directory = arena_print(arena,
	    "%s/tests/data/postfix-verdicts", top != NULL ? top : ".");
	const char **cases = recorded_cases(directory, arena);

	for (; *cases != NULL; cases++)
		check_case(*cases);
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(no_open_configuration_is_called_closed),
};

int
main(void)
{
	return TAP_RUN(tests);
}
