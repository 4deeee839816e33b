/*
 * test_restrictions_recorded.c - the evaluator of restrictions says what the
 * real Postfix has said.
 *
 * Arguments are other directories of cases, of which each verdict that is
 * another is shown.
 */
#include "mta/restrictions.h"

#include "tests/lib/recorded.h"
#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>

/* What is counted over all cases. */
struct tally {
	unsigned long sessions, verdicts, unknown, opened, classes;
};

/* All services of a case, compiled when first needed. */
struct services {
	const struct recorded *recorded;
	struct {
		const struct postfix_service *service;
		struct restrictions *restrictions;
	} compiled[16];
	size_t count;
};

static struct restrictions *
compile(struct services *services, const struct postfix_service *service)
{
	const struct recorded *recorded = services->recorded;

	for (size_t i = 0; i < services->count; i++)
		if (services->compiled[i].service == service)
			return services->compiled[i].restrictions;
	if (services->count == TAP_COUNT(services->compiled))
		tap_bail("%s: more services than expected", recorded->name);
	size_t at = services->count++;
	services->compiled[at].service = service;
	services->compiled[at].restrictions = restrictions_new(
	    &(struct restrictions_options){
		.postfix = recorded->postfix,
		.service = service,
		.guard = &recorded->guard,
		.resolver = &recorded->resolver,
	    },
	    recorded->arena);
	return services->compiled[at].restrictions;
}

static char
class_letter(const struct ruling *ruling)
{
	static const char plain[] = "lavrd", routed[] = "LAVRD";

	if (!ruling->class_known)
		return '-';
	return ruling->routed ? routed[ruling->class] : plain[ruling->class];
}

static char
verdict_letter(const struct ruling *ruling)
{
	static const char letters[] = "ARD?";

	return ruling->fatal ? 'F' : letters[ruling->kind];
}

/* Judges as the recording client spoke: with TLS where it is demanded. */
static char
judge(struct services *services, const struct recorded_session *recorded,
    struct arena *arena, struct ruling *ruling)
{
	struct session session = recorded->session;
	const struct postfix_listener *listener =
	    recorded_listener(services->recorded, &session);

	*ruling = (struct ruling){ .kind = RULING_REJECT };
	if (services->recorded->postfix->fatal != NULL)
		return 'F';
	if (listener == NULL)
		return 'X';
	struct restrictions *restrictions = compile(services, listener->smtpd);
	restrictions_judge(restrictions, &session, false, arena, ruling);
	if (ruling->code == 530 && session.tls_version.length == 0) {
		session.tls_version = STR("yes");
		restrictions_judge(restrictions, &session, false, arena,
		    ruling);
	}
	return verdict_letter(ruling);
}

static bool
same_verdict(char got, char recorded)
{
	/* A connection that is dropped in the dialogue is refused. */
	if (recorded == 'H')
		return got == 'R' || got == 'D';
	return got == recorded;
}

static void
show(const struct recorded *recorded, const struct recorded_session *session,
    char verdict, const struct ruling *ruling)
{
	const struct restriction_step *decided = ruling->decided;

	printf("# %s " STR_FORMAT ": %c%c, recorded %c%c: by " STR_FORMAT ", "
	       "%s, %s\n",
	    recorded->name, STR_ARGS(session->id), verdict,
	    class_letter(ruling), session->verdict, session->class,
	    STR_ARGS(decided != NULL ? decided->restriction : STR("-")),
	    ruling->text != NULL ? ruling->text : "-",
	    decided != NULL && decided->reason != NULL ? decided->reason : "-");
}

static void
compare(struct services *services, const struct recorded_session *session,
    struct arena *arena, struct tally *tally)
{
	struct ruling ruling;
	char verdict = judge(services, session, arena, &ruling);
	bool accepted = verdict == 'A';
	bool same = same_verdict(verdict, session->verdict);

	tally->sessions++;
	tally->verdicts += same;
	tally->unknown += verdict == '?';
	if (verdict != '?')
		tally->opened += accepted != (session->verdict == 'A');
	bool class = session->class == '-' || session->class == 'e' ||
	    ruling.class_known == false ||
	    class_letter(&ruling) == session->class;
	tally->classes += class;
	if (!same || !class)
		show(services->recorded, session, verdict, &ruling);
}

static void
compare_case(const char *directory, struct tally *tally)
{
	struct recorded *recorded = recorded_read(directory);
	struct services services = { .recorded = recorded };

	for (size_t i = 0; i < recorded->count; i++)
		compare(&services, &recorded->sessions[i], recorded->arena,
		    tally);
	recorded_free(recorded);
}

static void
compare_all(const char *directory, struct tally *tally)
{
	struct arena *arena = arena_new(0);
	char *absolute = realpath(directory, NULL);

	if (absolute == NULL)
		tap_bail("%s: is not there", directory);
	const char **cases = recorded_cases(absolute, arena);
	for (size_t i = 0; cases[i] != NULL; i++)
		compare_case(cases[i], tally);
	free(absolute);
	arena_free(arena);
	printf("# %lu sessions: %lu verdicts agree, %lu unknown, %lu accepted "
	       "or refused wrongly, %lu classes agree\n",
	    tally->sessions, tally->verdicts, tally->unknown, tally->opened,
	    tally->classes);
}

static void
the_evaluator_says_what_postfix_said(void)
{
	const char *top = getenv("top_srcdir");
	struct tally tally = { .sessions = 0 };
	struct arena *arena = arena_new(0);

	compare_all(arena_print(arena, "%s/tests/data/postfix-verdicts",
			top != NULL ? top : "."),
	    &tally);
	arena_free(arena);
	CHECK(tally.sessions > 20000);
	CHECK_INT((long long)tally.verdicts, (long long)tally.sessions);
	CHECK_INT((long long)tally.classes, (long long)tally.sessions);
	CHECK_INT((long long)tally.opened, 0);
}

static const struct tap_test tests[] = {
	TAP_TEST(the_evaluator_says_what_postfix_said),
};

int
main(int argc, char **argv)
{
	struct tally tally = { .sessions = 0 };

	if (argc == 1)
		return TAP_RUN(tests);
	for (int i = 1; i < argc; i++)
		compare_all(argv[i], &tally);
	return tally.verdicts == tally.sessions ? EXIT_SUCCESS : EXIT_FAILURE;
}
