/*
 * exim_acl.c - what the ACLs of an Exim say to one recipient of one client.
 */
#include "mta/exim_acl.h"

#include "base/buf.h"

enum {
	ACL_DEPTH = 8,
	TEXT_MAX = 200,
};

const char *const exim_strangers[] = { "5.188.10.9", "24.60.3.7", "41.77.140.2",
	"62.210.8.4", "77.88.21.3", "93.184.216.34", "104.20.1.9", "121.40.6.2",
	"139.59.7.8", "151.101.1.6", "163.172.4.3", "178.62.9.1", "187.45.2.8",
	"196.25.1.7", "203.0.114.9", "217.160.0.5", "2001:4860:4860::64",
	"2400:cb00:2048::9", "2600:1f18::33", "2804:14c::7",
	"2a00:1450:4001::5", NULL };

/* How a condition is answered. */
enum answer {
	ANSWER_HOSTS,
	ANSWER_DOMAINS,
	ANSWER_LIST,   /* chosen by the client, unless it is empty or "*" */
	ANSWER_CHOSEN, /* the client can have it either way */
	ANSWER_LOGIN,
	ANSWER_TLS,
	ANSWER_VERIFY,
	ANSWER_CONDITION,
	ANSWER_ACL,
	ANSWER_TRUE, /* a modifier */
};

static const struct {
	struct str name;
	enum answer answer;
} known[] = {
	{ STR_INIT("hosts"), ANSWER_HOSTS },
	{ STR_INIT("domains"), ANSWER_DOMAINS },
	{ STR_INIT("senders"), ANSWER_LIST },
	{ STR_INIT("sender_domains"), ANSWER_LIST },
	{ STR_INIT("local_parts"), ANSWER_LIST },
	{ STR_INIT("dnslists"), ANSWER_CHOSEN },
	{ STR_INIT("ratelimit"), ANSWER_CHOSEN },
	{ STR_INIT("spf"), ANSWER_CHOSEN },
	{ STR_INIT("spf_guess"), ANSWER_CHOSEN },
	{ STR_INIT("seen"), ANSWER_CHOSEN },
	{ STR_INIT("authenticated"), ANSWER_LOGIN },
	{ STR_INIT("encrypted"), ANSWER_TLS },
	{ STR_INIT("verify"), ANSWER_VERIFY },
	{ STR_INIT("condition"), ANSWER_CONDITION },
	{ STR_INIT("acl"), ANSWER_ACL },
	{ STR_INIT("add_header"), ANSWER_TRUE },
	{ STR_INIT("continue"), ANSWER_TRUE },
	{ STR_INIT("control"), ANSWER_TRUE },
	{ STR_INIT("delay"), ANSWER_TRUE },
	{ STR_INIT("endpass"), ANSWER_TRUE },
	{ STR_INIT("log_message"), ANSWER_TRUE },
	{ STR_INIT("log_reject_target"), ANSWER_TRUE },
	{ STR_INIT("logwrite"), ANSWER_TRUE },
	{ STR_INIT("message"), ANSWER_TRUE },
	{ STR_INIT("queue"), ANSWER_TRUE },
	{ STR_INIT("remove_header"), ANSWER_TRUE },
	{ STR_INIT("set"), ANSWER_TRUE },
	{ STR_INIT("udpsend"), ANSWER_TRUE },
};

struct judge {
	struct exim_message *message;
	struct exim_ruling *ruling;
	unsigned depth;
};

static enum exim_truth judge_acl(struct judge *judge, struct str name);

static enum exim_truth
unsure(struct judge *judge, struct place place, const char *what)
{
	judge->ruling->reason = what;
	judge->ruling->unsure = place;
	return EXIM_UNSURE;
}

/* Whether a client wants the conditions of such a statement to hold. */
static bool
wants(enum exim_verb verb)
{
	return verb == EXIM_ACCEPT || verb == EXIM_REQUIRE ||
	    verb == EXIM_DISCARD;
}

static enum exim_truth
chosen(bool wanted)
{
	return wanted ? EXIM_YES : EXIM_NO;
}

/* A list of what the client itself names. */
static enum exim_truth
chosen_list(struct judge *judge, const struct exim_option *condition,
    bool wanted)
{
	struct str list;

	if (exim_expand(judge->message, condition->value, &list) != EXIM_YES)
		return chosen(wanted);
	list = str_trim(list);
	if (list.length == 0)
		return EXIM_NO;
	return str_equal(list, STR("*")) ? EXIM_YES : chosen(wanted);
}

static enum exim_truth
verify(struct judge *judge, const struct exim_option *condition, bool wanted)
{
	(void)judge;
	/* A stranger has no certificate that anybody trusts. */
	if (str_starts(condition->value, STR("certificate")))
		return EXIM_NO;
	return chosen(wanted);
}

static enum exim_truth
condition_holds(struct judge *judge, const struct exim_option *condition)
{
	static const struct str no[] = { STR_INIT(""), STR_INIT("0"),
		STR_INIT("no"), STR_INIT("false") };
	struct str value;

	switch (exim_expand(judge->message, condition->value, &value)) {
	case EXIM_NO:
		return EXIM_NO;
	case EXIM_UNSURE:
		return unsure(judge, condition->place, judge->message->reason);
	case EXIM_YES:
		break;
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (str_equal_nocase(str_trim(value), no[i]))
			return EXIM_NO;
	return EXIM_YES;
}

static enum exim_truth
of_list(struct judge *judge, const struct exim_option *condition,
    enum exim_truth truth)
{
	if (truth == EXIM_UNSURE)
		return unsure(judge, condition->place, judge->message->reason);
	return truth;
}

static enum exim_truth
ask(struct judge *judge, const struct exim_option *condition,
    enum answer answer, bool wanted)
{
	struct exim_message *message = judge->message;

	switch (answer) {
	case ANSWER_HOSTS:
		return of_list(judge, condition,
		    exim_match_host(message, condition->value));
	case ANSWER_DOMAINS:
		return of_list(judge, condition,
		    exim_match_domain(message, condition->value,
			message->domain));
	case ANSWER_LIST:
		return chosen_list(judge, condition, wanted);
	case ANSWER_CHOSEN:
		return chosen(wanted);
	case ANSWER_LOGIN:
		return message->login ? EXIM_YES : EXIM_NO;
	case ANSWER_TLS:
		return chosen(wanted);
	case ANSWER_VERIFY:
		return verify(judge, condition, wanted);
	case ANSWER_CONDITION:
		return condition_holds(judge, condition);
	case ANSWER_ACL:
		return judge_acl(judge, condition->value);
	case ANSWER_TRUE:
		break;
	}
	return EXIM_YES;
}

static enum exim_truth
holds(struct judge *judge, const struct exim_option *condition, bool wanted)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_equal(known[i].name, condition->name))
			continue;
		/* Either way is chosen as it is wanted, "!" or not. */
		enum exim_truth truth = ask(judge, condition, known[i].answer,
		    wanted != condition->negated);

		return condition->negated ? exim_not(truth) : truth;
	}
	return unsure(judge, condition->place,
	    arena_print(judge->message->arena,
		"the condition \"" STR_FORMAT "\"", STR_ARGS(condition->name)));
}

/* All conditions of a statement; after endpass a failure is final. */
static enum exim_truth
all_hold(struct judge *judge, const struct exim_statement *statement,
    bool *final)
{
	enum exim_truth result = EXIM_YES;
	bool passed = false;

	*final = false;
	for (size_t i = 0; i < statement->conditions.count; i++) {
		const struct exim_option *condition =
		    &statement->conditions.options[i];

		if (str_equal(condition->name, STR("endpass")))
			passed = true;
		enum exim_truth one =
		    holds(judge, condition, wants(statement->verb));
		if (one == EXIM_NO) {
			*final = passed && result == EXIM_YES;
			return EXIM_NO;
		}
		if (one == EXIM_UNSURE)
			result = EXIM_UNSURE;
	}
	return result;
}

/* The statement in one line, for a person. */
static const char *
show(const struct exim_statement *statement, struct arena *arena)
{
	static const char *const verbs[] = {
		[EXIM_ACCEPT] = "accept",
		[EXIM_DEFER] = "defer",
		[EXIM_DENY] = "deny",
		[EXIM_DISCARD] = "discard",
		[EXIM_DROP] = "drop",
		[EXIM_REQUIRE] = "require",
		[EXIM_WARN] = "warn",
	};
	char text[TEXT_MAX];
	struct buf buf = BUF(text);

	buf_add(&buf, str_from(verbs[statement->verb]));
	for (size_t i = 0; i < statement->conditions.count; i++) {
		const struct exim_option *one =
		    &statement->conditions.options[i];

		if (str_equal(one->name, STR("message")) ||
		    str_equal(one->name, STR("control")))
			continue;
		buf_print(&buf, " %s" STR_FORMAT, one->negated ? "!" : "",
		    STR_ARGS(one->name));
		if (!one->flag)
			buf_print(&buf, " = " STR_FORMAT, STR_ARGS(one->value));
	}
	return arena_copy(arena, buf_str(&buf)).data;
}

struct doubts {
	bool denied;   /* an earlier statement may have refused */
	bool accepted; /* or accepted */
};

/* What a statement settles; UNSURE: the next one is looked at. */
static bool
settles(const struct exim_statement *statement, enum exim_truth truth,
    bool final, struct doubts *doubts, enum exim_truth *result)
{
	bool positive = statement->verb == EXIM_ACCEPT;
	bool require = statement->verb == EXIM_REQUIRE;

	if (statement->verb == EXIM_WARN)
		return false;
	if (truth == EXIM_UNSURE) {
		doubts->accepted |= positive;
		doubts->denied |= !positive;
		return false;
	}
	if (positive && truth == EXIM_YES) {
		*result = doubts->denied ? EXIM_UNSURE : EXIM_YES;
		return true;
	}
	if ((positive && final) || (require && truth == EXIM_NO) ||
	    (!positive && !require && truth == EXIM_YES)) {
		*result = doubts->accepted ? EXIM_UNSURE : EXIM_NO;
		return true;
	}
	return false;
}

static enum exim_truth
judge_statements(struct judge *judge, const struct exim_acl *acl)
{
	struct doubts doubts = { false, false };

	for (size_t i = 0; i < acl->count; i++) {
		const struct exim_statement *statement = &acl->statements[i];
		enum exim_truth result;
		bool final;
		enum exim_truth truth = all_hold(judge, statement, &final);

		if (judge->depth == 1 &&
		    (truth != EXIM_NO || statement->verb == EXIM_REQUIRE) &&
		    !doubts.accepted) {
			judge->ruling->place = statement->place;
			judge->ruling->text =
			    show(statement, judge->message->arena);
		}
		if (settles(statement, truth, final, &doubts, &result))
			return result;
	}
	return doubts.accepted ? EXIM_UNSURE : EXIM_NO;
}

static enum exim_truth
judge_acl(struct judge *judge, struct str name)
{
	const struct exim *exim = judge->message->exim;
	struct place place = judge->ruling->place;
	struct str expanded, word, rest;

	if (exim_expand(judge->message, name, &expanded) != EXIM_YES)
		return unsure(judge, place, judge->message->reason);
	expanded = str_trim(expanded);
	if (str_equal(expanded, STR("accept")))
		return EXIM_YES;
	if (str_equal(expanded, STR("deny")))
		return EXIM_NO;
	if (!str_cut(expanded, ' ', &word, &rest))
		word = expanded;
	const struct exim_acl *acl = exim_acl_named(exim, word);
	if (acl == NULL || judge->depth >= ACL_DEPTH)
		return unsure(judge, place,
		    arena_print(judge->message->arena,
			"the ACL \"" STR_FORMAT "\"", STR_ARGS(word)));
	judge->depth++;
	enum exim_truth truth = judge_statements(judge, acl);
	judge->depth--;
	return truth;
}

/* The ACL of one stage; without one, only RCPT is refused. */
static enum exim_truth
judge_stage(struct judge *judge, const char *option)
{
	const struct exim_option *given =
	    exim_option(&judge->message->exim->main, option);

	if (given == NULL || given->value.length == 0)
		return strcmp(option, "acl_smtp_rcpt") == 0 ? EXIM_NO
							    : EXIM_YES;
	judge->ruling->place = given->place;
	return judge_acl(judge, given->value);
}

void
exim_acl_judge(struct exim_message *message, struct exim_ruling *ruling)
{
	static const char *const stages[] = { "acl_smtp_connect",
		"acl_smtp_helo", "acl_smtp_mail", "acl_smtp_rcpt" };
	struct judge judge = { .message = message, .ruling = ruling };

	*ruling = (struct exim_ruling){ .accepted = EXIM_YES,
		.place = { message->exim->shown, 0 },
		.text = "no acl_smtp_rcpt" };
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		enum exim_truth one = judge_stage(&judge, stages[i]);

		if (one == EXIM_NO) {
			ruling->accepted = EXIM_NO;
			return;
		}
		if (one == EXIM_UNSURE)
			ruling->accepted = EXIM_UNSURE;
	}
	if (message->exim->unread != NULL)
		ruling->accepted = EXIM_UNSURE;
	if (ruling->accepted == EXIM_UNSURE && ruling->reason == NULL)
		ruling->reason = "a part of the configuration cannot be read";
}
