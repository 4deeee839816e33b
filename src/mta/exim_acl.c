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
	/* Lists of what the client names as it suits him. */
	ANSWER_SENDERS,
	ANSWER_SENDER_DOMAINS,
	ANSWER_LOCAL_PARTS,
	ANSWER_CHOSEN, /* the client can have it either way */
	ANSWER_LISTED, /* it can stay out, but not come in */
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
	{ STR_INIT("senders"), ANSWER_SENDERS },
	{ STR_INIT("sender_domains"), ANSWER_SENDER_DOMAINS },
	{ STR_INIT("local_parts"), ANSWER_LOCAL_PARTS },
	{ STR_INIT("dnslists"), ANSWER_LISTED },
	/* What is in a message is the client's. */
	{ STR_INIT("decode"), ANSWER_CHOSEN },
	{ STR_INIT("dkim_signers"), ANSWER_CHOSEN },
	{ STR_INIT("dkim_status"), ANSWER_CHOSEN },
	{ STR_INIT("dmarc_status"), ANSWER_CHOSEN },
	{ STR_INIT("malware"), ANSWER_CHOSEN },
	{ STR_INIT("mime_regex"), ANSWER_CHOSEN },
	{ STR_INIT("regex"), ANSWER_CHOSEN },
	{ STR_INIT("spam"), ANSWER_CHOSEN },
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
	bool inverted; /* of this ACL, the client wants a refusal */
};

static enum exim_truth judge_acl(struct judge *judge, struct str name);

static enum exim_truth
unsure(struct judge *judge, struct place place, const char *what)
{
	judge->ruling->reason = what;
	judge->ruling->unsure = place;
	return EXIM_UNSURE;
}

/*
 * Whether a client wants the conditions of such a statement to hold. What is
 * discarded is relayed to nobody.
 */
static bool
wants(const struct judge *judge, enum exim_verb verb)
{
	return (verb == EXIM_ACCEPT || verb == EXIM_REQUIRE) != judge->inverted;
}

static enum exim_truth
chosen(bool wanted)
{
	return wanted ? EXIM_YES : EXIM_NO;
}

static enum exim_truth
of_list(struct judge *judge, const struct exim_option *condition,
    enum exim_truth truth)
{
	if (truth == EXIM_UNSURE)
		return unsure(judge, condition->place, judge->message->reason);
	return truth;
}

/* A list of what the client itself names, when that is not settled. */
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
named_list(struct judge *judge, const struct exim_option *condition,
    enum answer answer, bool wanted)
{
	struct exim_message *message = judge->message;
	struct str local, domain = STR("");

	message->asked |= answer == ANSWER_LOCAL_PARTS ? EXIM_ASKED_LOCAL_PART
						       : EXIM_ASKED_SENDER;
	if (!message->exact)
		return chosen_list(judge, condition, wanted);
	if (answer == ANSWER_LOCAL_PARTS)
		return of_list(judge, condition,
		    exim_match_local_part(message, condition->value,
			message->local_part));
	if (answer == ANSWER_SENDERS)
		return of_list(judge, condition,
		    exim_match_sender(message, condition->value,
			message->sender));
	str_cut_last(message->sender, '@', &local, &domain);
	return of_list(judge, condition,
	    exim_match_domain(message, condition->value,
		message->sender.length > 0 ? domain : STR("")));
}

/* Whether this Exim offers TLS at all. */
static bool
has_tls(const struct exim *exim)
{
	const struct exim_option *hosts =
	    exim_option(&exim->main, "tls_advertise_hosts");
	const struct exim_option *ports =
	    exim_option(&exim->main, "tls_on_connect_ports");

	return hosts == NULL || hosts->value.length > 0 ||
	    (ports != NULL && ports->value.length > 0);
}

static enum exim_truth
encrypted(struct judge *judge, bool wanted)
{
	struct exim_message *message = judge->message;

	if (!has_tls(message->exim))
		return EXIM_NO;
	message->asked |= EXIM_ASKED_TLS;
	return chosen(message->exact ? message->tls : wanted);
}

/*
 * Certificates are asked for only where an option says so. Without a file of
 * its own, Exim trusts the authorities that all the world does.
 */
static enum exim_truth
certificate(struct judge *judge, const struct exim_option *condition)
{
	static const char *const options[] = { "tls_verify_hosts",
		"tls_try_verify_hosts" };
	const struct exim *exim = judge->message->exim;
	const struct exim_option *file =
	    exim_option(&exim->main, "tls_verify_certificates");
	bool asked = false;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct exim_option *one =
		    exim_option(&exim->main, options[i]);

		asked |= one != NULL && one->value.length > 0;
	}
	if (!asked || (file != NULL && !str_equal(file->value, STR("system"))))
		return EXIM_NO;
	return unsure(judge, condition->place,
	    "a certificate of any of the system's authorities");
}

static enum exim_truth
verify(struct judge *judge, const struct exim_option *condition, bool wanted)
{
	if (str_starts(condition->value, STR("certificate")))
		return certificate(judge, condition);
	if (str_starts(condition->value, STR("reverse_host_lookup")))
		return chosen(!judge->message->nameless);
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

/* Another ACL: what the client wants of it may be its refusal. */
static enum exim_truth
nested_acl(struct judge *judge, const struct exim_option *condition,
    bool wanted)
{
	bool before = judge->inverted;

	judge->inverted = !wanted;
	enum exim_truth truth = judge_acl(judge, condition->value);
	judge->inverted = before;
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
	case ANSWER_SENDERS:
	case ANSWER_SENDER_DOMAINS:
	case ANSWER_LOCAL_PARTS:
		return named_list(judge, condition, answer, wanted);
	case ANSWER_CHOSEN:
		return chosen(wanted);
	case ANSWER_LISTED:
		return wanted ? unsure(judge, condition->place,
				    "a list in DNS of others that may be in it")
			      : EXIM_NO;
	case ANSWER_LOGIN:
		return message->login ? EXIM_YES : EXIM_NO;
	case ANSWER_TLS:
		return encrypted(judge, wanted);
	case ANSWER_VERIFY:
		return verify(judge, condition, wanted);
	case ANSWER_CONDITION:
		return condition_holds(judge, condition);
	case ANSWER_ACL:
		return nested_acl(judge, condition, wanted);
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
		    holds(judge, condition, wants(judge, statement->verb));
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

struct stage {
	const char *option;
	bool needed;  /* without an ACL it is refused */
	bool helo;    /* the client may leave it out */
	bool message; /* of all recipients: it knows of no recipient */
};

/*
 * HELO was refused: a client goes on without it, unless hosts_require_helo
 * has it in, as it does by itself since 4.96.
 */
static enum exim_truth
without_helo(struct judge *judge, const struct exim_ruling *before)
{
	const struct exim *exim = judge->message->exim;
	const struct exim_option *hosts =
	    exim_option(&exim->main, "hosts_require_helo");

	if (hosts != NULL) {
		enum exim_truth needed =
		    exim_match_host(judge->message, hosts->value);

		if (needed == EXIM_NO)
			*judge->ruling = *before;
		return exim_not(needed);
	}
	return unsure(judge, judge->ruling->place,
	    "whether HELO can be left out (hosts_require_helo)");
}

/* The ACL of one stage. */
static enum exim_truth
judge_stage(struct judge *judge, const struct stage *stage)
{
	const struct exim_option *given =
	    exim_option(&judge->message->exim->main, stage->option);
	struct exim_message message = *judge->message;

	if (given == NULL || given->value.length == 0)
		return stage->needed ? EXIM_NO : EXIM_YES;
	struct exim_ruling before = *judge->ruling;
	judge->ruling->place = given->place;
	if (stage->message)
		judge->message->domain = judge->message->local_part = STR("");
	enum exim_truth truth = judge_acl(judge, given->value);
	judge->message->domain = message.domain;
	judge->message->local_part = message.local_part;
	if (stage->helo && truth == EXIM_NO)
		truth = without_helo(judge, &before);
	/* A recipient was accepted before: only a certain refusal counts. */
	if (stage->message && truth != EXIM_NO) {
		*judge->ruling = before;
		return EXIM_YES;
	}
	return truth;
}

void
exim_acl_judge(struct exim_message *message, struct exim_ruling *ruling)
{
	/* What follows RCPT is judged as a whole. */
	static const struct stage stages[] = {
		{ .option = "acl_smtp_connect" },
		{ .option = "acl_smtp_helo", .helo = true },
		{ .option = "acl_smtp_mail" },
		{ .option = "acl_smtp_rcpt", .needed = true },
		{ .option = "acl_smtp_predata", .message = true },
		{ .option = "acl_smtp_data", .message = true },
	};
	struct judge judge = { .message = message, .ruling = ruling };

	*ruling = (struct exim_ruling){ .accepted = EXIM_YES,
		.place = { message->exim->shown, 0 },
		.text = "no acl_smtp_rcpt" };
	message->chosen = !message->exact;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		enum exim_truth one = judge_stage(&judge, &stages[i]);

		if (one == EXIM_NO) {
			ruling->accepted = EXIM_NO;
			break;
		}
		if (one == EXIM_UNSURE)
			ruling->accepted = EXIM_UNSURE;
	}
	message->chosen = false;
	if (message->exim->unread != NULL)
		ruling->accepted = EXIM_UNSURE;
	if (ruling->accepted == EXIM_UNSURE && ruling->reason == NULL)
		ruling->reason = "a part of the configuration cannot be read";
}
