/*
 * test_decide_model.c - recorded requests and thousands of changed ones,
 * judged by the engine and by a model of Postfix.
 *
 * The engine is never softer than the model, stricter only in the classes
 * that the documentation names, and no answer permits.
 */
#include "policy/policy.h"

#include "serve/attr.h"
#include "tests/lib/policy_build.h"
#include "tests/lib/postfix_model.h"
#include "tests/lib/tap.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MUTATIONS = 400, /* of each recorded request */
	REQUEST_MAX = 16 * 1024,
	FILES_MAX = 512,
};

static const char *const domains[] = { "guard.example", "relayed.example",
	NULL };
static const char *const literals[] = { "[127.0.0.1]", NULL };
static const char *const clients[] = { "127.0.0.1", "::ffff:127.0.0.1", NULL };
static const struct postfix_model model = { domains, literals, clients };

/* Recipients and states that matter, put in place of others. */
static const char *const recipients[] = {
	"bob@guard.example",
	"bob@GUARD.EXAMPLE.",
	"bob@relayed.example",
	"bob@sub.guard.example",
	"bob@guard.example.",
	"bob@guard.example..",
	"bob@xguard.example",
	"bob@guard.example.far.test",
	"victim@far.test",
	"victim%far.test@guard.example",
	"far.test!victim@guard.example",
	"victim@far.test@guard.example",
	"@far.test:victim@guard.example",
	"victim@[127.0.0.1]",
	"victim@[198.51.100.1]",
	"victim%far.test@[127.0.0.1]",
	"postmaster",
	"bob",
	"far.test!bob",
	"victim%far.test",
	"",
	"@guard.example",
	"bob@",
	"bob+x=far.test@guard.example",
	"a b@guard.example",
	"smtp:far.test@guard.example",
};
static const char *const states[] = { "RCPT", "VRFY", "ETRN", "DATA", "XCLIENT",
	"rcpt", "" };
static const char *const addresses[] = { "127.0.0.1", "192.0.2.77", "unknown",
	"", "127.0.0.2", "::1", "::ffff:127.0.0.1", "127.0.0.1 " };

struct sample {
	char bytes[REQUEST_MAX];
	size_t length;
};

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t
below(uint64_t *state, size_t limit)
{
	return (size_t)(next_random(state) % limit);
}

/* ---- changes ---- */

/* Replaces part of a sample; leaves it alone if that does not fit. */
static void
replace(struct sample *sample, size_t first, size_t last, struct str by)
{
	size_t length = sample->length - (last - first) + by.length;

	if (length > sizeof(sample->bytes))
		return;
	memmove(sample->bytes + first + by.length, sample->bytes + last,
	    sample->length - last);
	if (by.length > 0)
		memcpy(sample->bytes + first, by.data, by.length);
	sample->length = length;
}

static void
replace_value(struct sample *sample, const char *name, const char *value)
{
	struct str text = { sample->bytes, sample->length };
	struct str old = postfix_model_value(text, name);

	if (old.data < sample->bytes ||
	    old.data > sample->bytes + sample->length)
		return;
	size_t first = (size_t)(old.data - sample->bytes);
	replace(sample, first, first + old.length, str_from(value));
}

static void
change_byte(struct sample *sample, uint64_t *random)
{
	static const char liked[] = "@%!:.,<>\"\\ =\n\r\0[]\x01\x7f\xc3";
	size_t at = below(random, sample->length);
	char c = below(random, 2) == 0 ? liked[below(random, sizeof(liked) - 1)]
				       : (char)below(random, 256);

	switch (below(random, 3)) {
	case 0:
		sample->bytes[at] = c;
		return;
	case 1:
		replace(sample, at, at, (struct str){ &c, 1 });
		return;
	case 2:
		replace(sample, at, at + 1, (struct str){ "", 0 });
		return;
	}
}

/* Cuts out a piece, or doubles it. */
static void
change_piece(struct sample *sample, uint64_t *random)
{
	char piece[256];
	size_t first = below(random, sample->length);
	size_t length = 1 + below(random, sizeof(piece));

	if (length > sample->length - first)
		length = sample->length - first;
	memcpy(piece, sample->bytes + first, length);
	if (below(random, 2) == 0)
		replace(sample, first, first + length, (struct str){ "", 0 });
	else
		replace(sample, first, first, (struct str){ piece, length });
}

static void
mutate(struct sample *sample, uint64_t *random)
{
	size_t changes = 1 + below(random, 3);

	for (size_t i = 0; i < changes && sample->length > 0; i++)
		switch (below(random, 6)) {
		case 0:
		case 1:
			replace_value(sample, "recipient",
			    recipients[below(random, TAP_COUNT(recipients))]);
			break;
		case 2:
			replace_value(sample, "protocol_state",
			    states[below(random, TAP_COUNT(states))]);
			break;
		case 3:
			replace_value(sample, "client_address",
			    addresses[below(random, TAP_COUNT(addresses))]);
			break;
		case 4:
			change_byte(sample, random);
			break;
		case 5:
			change_piece(sample, random);
			break;
		}
}

/* ---- judging ---- */

/* What came out of a run, so that one that tests nothing is seen. */
struct tally {
	unsigned passed, asked, refused, deferred, malformed, stricter;
};

struct judge {
	const struct policy_build *build;
	struct policy_scratch *scratch;
	struct tally tally;
	char complaint[512];
};

static bool
complain(struct judge *judge, const char *what, struct str request)
{
	struct str recipient = postfix_model_value(request, "recipient");
	struct str state = postfix_model_value(request, "protocol_state");
	struct buf buf = BUF(judge->complaint);

	buf_print(&buf, "%s: ", what);
	buf_add_escaped(&buf, state);
	buf_add_char(&buf, ' ');
	buf_add_escaped(&buf, recipient);
	judge->complaint[buf.length < buf.capacity ? buf.length
						   : buf.capacity - 1] = '\0';
	return false;
}

static bool
is_number(struct str text)
{
	unsigned long number;

	return str_number(text, 999, &number);
}

/* "554 5.7.1 text": a code, and a DSN of the same class, and some text. */
static bool
is_reply(struct str action)
{
	struct str code, dsn, text, class;

	return str_cut(action, ' ', &code, &action) && is_number(code) &&
	    code.length == 3 && (code.data[0] == '4' || code.data[0] == '5') &&
	    str_cut(action, ' ', &dsn, &text) &&
	    str_cut(dsn, '.', &class, &dsn) && class.length == 1 &&
	    class.data[0] == code.data[0] && text.length > 0 &&
	    text.length <= DECISION_TEXT;
}

/* One of the closed list of actions that never permit. */
static bool
is_well_formed(struct str reply)
{
	struct str start = STR("action=");
	struct str end = STR("\n\n");

	if (!str_starts(reply, start) || !str_ends(reply, end))
		return false;
	struct str action =
	    str_slice(reply, start.length, reply.length - end.length);
	for (size_t i = 0; i < action.length; i++)
		if (action.data[i] < ' ' || action.data[i] > '~')
			return false;
	return str_equal(action, STR("DUNNO")) ||
	    str_equal(action, STR("reject_unauth_destination")) ||
	    is_reply(action);
}

static bool
compare(struct judge *judge, const struct decision *decision,
    struct str request)
{
	enum postfix_verdict wanted = postfix_model_judge(&model, request);

	switch (decision->verdict) {
	case VERDICT_CONTINUE:
		judge->tally.passed++;
		return wanted != POSTFIX_REFUSES ||
		    /* Postfix's own list of domains for ETRN decides. */
		    decision->cause == DECISION_MTA ||
		    complain(judge, "softer than Postfix", request);
	case VERDICT_ASK_MTA:
		judge->tally.asked++;
		return true;
	case VERDICT_DEFER:
		return complain(judge, "deferred, but nothing failed", request);
	case VERDICT_REJECT:
		judge->tally.refused++;
		if (wanted == POSTFIX_REFUSES)
			return true;
		judge->tally.stricter++;
		return (wanted == POSTFIX_PERMITS &&
			   postfix_model_stricter(request) != NULL) ||
		    complain(judge, "stricter than documented", request);
	}
	return false;
}

static bool
check_reply(struct judge *judge, const struct decision *decision,
    struct str request)
{
	char space[ATTR_REPLY_MAX];
	struct buf reply = BUF(space);

	attr_print(decision, &reply);
	return is_well_formed(buf_str(&reply)) ||
	    complain(judge, "not a well-formed answer", request);
}

/* Judges all complete requests at the start of the input. */
static bool
judge_input(struct judge *judge, struct str input)
{
	while (input.length > 0) {
		struct attr_state state = { 0 };
		struct request request;
		struct decision decision;
		struct error error;
		size_t used = 0;
		enum attr_result result =
		    attr_parse(&state, input, &used, &request, &error);
		struct str text = str_slice(input, 0, used);

		if (result == ATTR_MORE || result == ATTR_OVER)
			return true;
		input = str_slice(input, used, input.length);
		if (result == ATTR_BAD) {
			judge->tally.malformed++;
			attr_refuse(&decision);
		} else {
			policy_decide(&judge->build->policy, &request,
			    judge->scratch, NULL, &decision);
			if (!compare(judge, &decision, text))
				return false;
		}
		if (!check_reply(judge, &decision, text))
			return false;
	}
	return true;
}

/* ---- runs ---- */

static size_t
read_samples(struct sample *samples)
{
	const char *top = getenv("top_srcdir");
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern),
	    "%s/tests/data/policy-captures/*.req", top != NULL ? top : ".");
	if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc > FILES_MAX)
		tap_bail("no requests in %s", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "re");

		if (file == NULL)
			tap_bail("%s cannot be read", found.gl_pathv[i]);
		samples[i].length =
		    fread(samples[i].bytes, 1, REQUEST_MAX, file);
		fclose(file);
	}
	size_t count = found.gl_pathc;
	globfree(&found);
	return count;
}

static bool
judge_sample(struct judge *judge, const struct sample *sample)
{
	/* In memory of just its size, so that a sanitizer sees its end. */
	char *copy = malloc(sample->length + (sample->length == 0));
	if (copy == NULL)
		tap_bail("no memory");
	memcpy(copy, sample->bytes, sample->length);
	bool held = judge_input(judge, (struct str){ copy, sample->length });

	free(copy);
	return held;
}

/* Judges each recorded request, and changes of it, by one policy. */
static void
run(const struct policy_build *build, struct tally *tally)
{
	struct sample *samples = malloc(FILES_MAX * sizeof(*samples));
	struct sample *changed = malloc(sizeof(*changed));
	struct judge judge = {
		.build = build,
		.scratch = policy_scratch_new(),
	};
	uint64_t random = 0x9e3779b97f4a7c15;

	if (samples == NULL || changed == NULL)
		tap_bail("no memory");
	size_t count = read_samples(samples);
	for (size_t i = 0; i < count; i++) {
		bool held = judge_sample(&judge, &samples[i]);

		for (int j = 0; j < MUTATIONS && held; j++) {
			*changed = samples[i];
			mutate(changed, &random);
			held = judge_sample(&judge, changed);
		}
		tap_case("request %zu %s", i, judge.complaint);
		CHECK(held);
	}
	*tally = judge.tally;
	policy_scratch_free(judge.scratch);
	free(changed);
	free(samples);
}

static void
build_guard(struct policy_build *build)
{
	policy_build_init(build);
	policy_build_address(build, "127.0.0.1");
	policy_build_grant(build, "host", "127.0.0.1");
}

static void
a_list_is_never_softer_than_postfix(void)
{
	struct policy_build build;
	struct tally tally;

	build_guard(&build);
	build.policy.destinations = policy_build_list(&build, TABLE_DOMAINS,
	    "guard.example relayed.example");
	run(&build, &tally);
	tap_case("passed %u, refused %u, malformed %u, stricter %u",
	    tally.passed, tally.refused, tally.malformed, tally.stricter);
	CHECK(tally.passed > 1000);
	CHECK(tally.refused > 1000);
	CHECK(tally.malformed > 100);
	CHECK(tally.stricter > 100);
	CHECK_INT(tally.asked, 0);
	policy_build_free(&build);
}

static void
asking_the_mta_is_never_softer_than_postfix(void)
{
	struct policy_build build;
	struct tally tally;

	build_guard(&build);
	build.policy.destinations_mta = true;
	run(&build, &tally);
	tap_case("passed %u, asked %u, refused %u, stricter %u", tally.passed,
	    tally.asked, tally.refused, tally.stricter);
	CHECK(tally.passed > 1000);
	CHECK(tally.asked > 1000);
	CHECK(tally.refused > 1000);
	policy_build_free(&build);
}

static const struct tap_test tests[] = {
	TAP_TEST(a_list_is_never_softer_than_postfix),
	TAP_TEST(asking_the_mta_is_never_softer_than_postfix),
};

int
main(void)
{
	return TAP_RUN(tests);
}
