/*
 * restrictions.c - what one smtpd service of Postfix answers to RCPT TO.
 */
#include "mta/restrictions.h"

#include "mta/restriction_run.h"
#include "mta/restrictions_state.h"

#include <string.h>

/* What came of one run. */
struct outcome {
	struct restriction_run run;
	bool refused;
	const struct restriction_step *decided;
	struct resolution recipient;
	bool recipient_known;
};

static const char *const parameters[STAGES] = {
	[STAGE_CLIENT] = "smtpd_client_restrictions",
	[STAGE_HELO] = "smtpd_helo_restrictions",
	[STAGE_SENDER] = "smtpd_sender_restrictions",
	[STAGE_RELAY] = "smtpd_relay_restrictions",
	[STAGE_RECIPIENT] = "smtpd_recipient_restrictions",
};

const char *
restrictions_parameter(enum restriction_stage stage)
{
	return parameters[stage];
}

static bool
has_required(struct restrictions *restrictions, struct error *error)
{
	static const enum restriction_stage stages[] = { STAGE_RECIPIENT,
		STAGE_RELAY };

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		switch (restriction_list_has_required(&restrictions->classes,
		    &restrictions->lists[stages[i]])) {
		case REQUIRED_MISSING:
			break;
		case REQUIRED_FOUND:
			return true;
		case REQUIRED_ENDLESS:
			return error_set(error,
			    "%s has classes that name each other without end: "
			    "smtpd crashes",
			    parameters[stages[i]]);
		}
	}
	return error_set(error,
	    "neither smtpd_relay_restrictions nor "
	    "smtpd_recipient_restrictions has a word without which smtpd "
	    "does not start: reject_unauth_destination, "
	    "defer_unauth_destination, reject, defer or defer_if_permit");
}

/* Reads all that smtpd reads when it starts; false: it dies. */
static bool
compile(struct restrictions *restrictions, struct error *error)
{
	const struct postfix *postfix = restrictions->options.postfix;
	const struct postfix_service *service = restrictions->options.service;
	const char *fatal = postfix_smtpd_fatal(postfix, service,
	    restrictions->arena, &restrictions->fatal_place);

	if (fatal != NULL)
		return error_set(error, "%s", fatal);
	if (!restriction_settings_read(postfix, service, restrictions->arena,
		&restrictions->settings, error) ||
	    !recipient_resolver_read(postfix, restrictions->arena,
		&restrictions->resolver, error) ||
	    !restriction_classes_read(&restrictions->classes,
		&restrictions->fatal_place, error))
		return false;
	for (int i = 0; i < STAGES; i++)
		if (!restriction_list_read(&restrictions->classes,
			parameters[i], &restrictions->lists[i], error))
			return false;
	if (restrictions->settings.networks.fatal != NULL) {
		restrictions->fatal_place =
		    restrictions->settings.networks.fatal_place;
		return error_set(error, "%s",
		    restrictions->settings.networks.fatal);
	}
	restrictions->fatal_place = (struct place){ 0 };
	return has_required(restrictions, error);
}

struct restrictions *
restrictions_new(const struct restrictions_options *options,
    struct arena *arena)
{
	struct restrictions *restrictions =
	    arena_alloc(arena, sizeof(*restrictions));
	struct error error;

	restrictions->options = *options;
	restrictions->arena = arena;
	restrictions->classes = (struct restriction_classes){
		.postfix = options->postfix,
		.service = options->service,
		.arena = arena,
	};
	if (options->postfix->fatal != NULL) {
		restrictions->fatal = options->postfix->fatal;
		restrictions->fatal_place = options->postfix->fatal_place;
	} else if (options->service != NULL &&
	    options->service->fatal != NULL) {
		restrictions->fatal = options->service->fatal;
		restrictions->fatal_place =
		    (struct place){ options->postfix->master.path,
			    options->service->fatal_line };
	} else if (!compile(restrictions, &error)) {
		restrictions->fatal = arena_print(arena, "%s", error.text);
	} else {
		restrictions_collect(restrictions);
	}
	return restrictions;
}

const char *
restrictions_fatal(const struct restrictions *restrictions, struct place *place)
{
	*place = restrictions->fatal_place;
	return restrictions->fatal;
}

/* The client as smtpd names it. */
static void
set_client(struct restriction_run *run)
{
	const struct session *session = run->session;
	char text[64];
	struct buf buf = BUF(text);

	run->client_name = run->reverse_name = STR("unknown");
	if (session->client_name.length > 0)
		run->client_name = run->reverse_name = session->client_name;
	if (session->reverse_name.length > 0)
		run->reverse_name = session->reverse_name;
	address_print(&session->client, &buf);
	run->client_text = arena_copy(run->arena, buf_str(&buf));
}

/* A HELO as smtpd keeps it: what might confuse a reader of it is masked. */
static struct str
helo_of(struct str helo, struct arena *arena)
{
	static const char masked[] = " <>()\\\";@";
	char *kept = arena_alloc(arena, helo.length + 1);

	for (size_t i = 0; i < helo.length; i++)
		kept[i] =
		    (char)(strchr(masked, helo.data[i]) != NULL ? '?'
								: helo.data[i]);
	return (struct str){ kept, helo.length };
}

void
restrictions_run_new(const struct restrictions *restrictions,
    const struct session *session, struct choices *choices, struct arena *arena,
    struct restriction_run *run)
{
	*run = (struct restriction_run){
		.options = &restrictions->options,
		.settings = &restrictions->settings,
		.classes = &restrictions->classes,
		.resolver = &restrictions->resolver,
		.session = session,
		.arena = arena,
		.choices = choices,
		.sender = session->sender,
		.recipient = session->recipient,
		.helo = helo_of(session->helo, arena),
		.has_helo = session->helo.length > 0,
		.has_sender = true,
		.has_recipient = true,
		.facts = FACT_RECIPIENT,
	};
	/* Where mail goes may be the sender's choice. */
	if (restrictions->resolver.sender_transport_maps.count > 0)
		run->facts |= FACT_SENDER;
	run->end = &run->steps;
	set_client(run);
}

/* A step of what smtpd does beside its lists. */
static struct restriction_step *
step_new(struct restriction_run *run, const char *name, const char *result)
{
	struct restriction_step *step = arena_alloc(run->arena, sizeof(*step));

	step->stage = run->stage;
	step->restriction = str_from(name);
	step->result = result;
	if (run->trace) {
		*run->end = step;
		run->end = &step->next;
	}
	return step;
}

/* Refuses before, or beside, the restrictions. */
static bool
refuse(struct restriction_run *run, const char *name, unsigned code,
    const char *text)
{
	run->rejected = step_new(run, name, "reject");
	run->code = code;
	run->text = text;
	return false;
}

/* What does not look like an address is refused at once. */
static bool
check_syntax(struct restriction_run *run, bool sender)
{
	struct str *address = sender ? &run->sender : &run->recipient;
	unsigned facts = sender ? FACT_SENDER : FACT_RECIPIENT;
	enum recipient_argument read = ARGUMENT_ADDRESS;

	if (run->session->form == MAILBOX_ARGUMENT)
		read = recipient_argument_read(*address,
		    run->settings->strict_envelopes, run->arena, address);
	run->step = step_new(run, sender ? "MAIL FROM" : "RCPT TO", "dunno");
	if (read == ARGUMENT_OBSCURE &&
	    restriction_choose(run, run->settings, STR("address"),
		"Postfix may find an address in this, or none", 2) == 1)
		read = ARGUMENT_BAD;
	bool bad = read == ARGUMENT_BAD;
	if (!bad && address->length == 0)
		bad = !sender;
	else if (!bad)
		bad = sender ? restriction_sender(run)->error
			     : restriction_recipient(run)->error;
	if (!bad)
		return true;
	run->facts |= facts;
	return refuse(run, "address-syntax", 501,
	    sender ? "5.1.7 Bad sender address syntax"
		   : "5.1.3 Bad recipient address syntax");
}

bool
restrictions_take(const struct restrictions *restrictions,
    const struct session *session, struct arena *arena)
{
	struct choices choices = { .count = 0 };
	struct restriction_run run;

	restrictions_run_new(restrictions, session, &choices, arena, &run);
	return check_syntax(&run, true) && check_syntax(&run, false);
}

/* Evaluates the list of a stage; false: it refuses. */
static bool
run_stage(struct restriction_run *run, const struct restrictions *restrictions,
    enum restriction_stage stage)
{
	const struct restriction_list *list = &restrictions->lists[stage];

	run->stage = stage;
	run->parameter = list->name;
	run->depth = 0;
	run->warn = 0;
	run->step = NULL;
	if (stage != STAGE_RELAY && stage != STAGE_RECIPIENT)
		run->defer_reject.active = false;
	return restriction_run_list(run, list) != STATUS_REJECT;
}

/* The HELO list is skipped by a client that says no HELO. */
static bool
run_helo(struct restriction_run *run, const struct restrictions *restrictions)
{
	run->facts |= restrictions->lists[STAGE_HELO].count > 0 ? FACT_HELO : 0;
	return !run->has_helo || run_stage(run, restrictions, STAGE_HELO);
}

static bool
run_sender(struct restriction_run *run, const struct restrictions *restrictions)
{
	if (!run_stage(run, restrictions, STAGE_SENDER))
		return false;
	if (!run->settings->reject_unlisted_sender || run->sender_checked ||
	    run->discard || run->sender.length == 0)
		return true;
	run->step = step_new(run, "smtpd_reject_unlisted_sender", "dunno");
	return restriction_listed(run, true) != STATUS_REJECT;
}

/* Relay and recipient restrictions, and what is left for the end. */
static bool
run_recipient(struct restriction_run *run,
    const struct restrictions *restrictions)
{
	enum restriction_stage order[] = { STAGE_RECIPIENT, STAGE_RELAY };

	if (run->settings->relay_first) {
		order[0] = STAGE_RELAY;
		order[1] = STAGE_RECIPIENT;
	}
	run->defer_reject.active = false;
	for (size_t i = 0; i < 2; i++)
		if (!run_stage(run, restrictions, order[i]))
			return false;
	run->warn = 0;
	if (run->defer_permit.active) {
		run->rejected = run->defer_permit.step;
		run->code = run->defer_permit.code;
		run->text = run->defer_permit.text;
		return false;
	}
	if (!run->settings->reject_unlisted_recipient ||
	    run->recipient_checked || run->discard)
		return true;
	size_t asked = run->choices->count;
	struct restriction_step *step =
	    step_new(run, "smtpd_reject_unlisted_recipient", "dunno");
	run->step = step;
	bool passed = restriction_listed(run, false) != STATUS_REJECT;
	if (!passed)
		step->result = "reject";
	if (run->choices->count > asked) {
		step->result = "unknown";
		step->reason = run->choices->asked[asked].reason;
		if (run->choices->asked[asked].place.file != NULL)
			step->place = run->choices->asked[asked].place;
		if (run->unknown == NULL)
			run->unknown = step;
	}
	return passed;
}

/* "postmaster" alone, and the address that Postfix's own probes come from. */
static bool
is_always_taken(const struct restriction_run *run)
{
	return str_equal_nocase(run->recipient, STR("postmaster")) ||
	    str_equal_nocase(run->recipient, run->settings->verify_sender);
}

/*
 * Client and HELO lists when they are not delayed: nobody has logged in by
 * then, or shown a certificate.
 */
static bool
run_greeting(struct restriction_run *run,
    const struct restrictions *restrictions)
{
	bool has_helo = run->has_helo;

	run->has_helo = run->has_sender = run->has_recipient = false;
	if (!run_stage(run, restrictions, STAGE_CLIENT)) {
		/* The reply to whatever the client says after that. */
		run->code = 503;
		run->text = "5.7.0 Error: access denied";
		return false;
	}
	run->has_helo = has_helo;
	return run_helo(run, restrictions);
}

/* With smtpd_delay_reject=no each list has only what is known by then. */
static bool
run_early(struct restriction_run *run, const struct restrictions *restrictions)
{
	const struct session *session = run->session;
	struct session greeting = *session;

	greeting.login = STR("");
	if (!run->settings->tls_wrapper) {
		greeting.tls_version = STR("");
		greeting.certificate = greeting.certificate_key = STR("");
	}
	run->session = &greeting;
	bool passed = run_greeting(run, restrictions);
	run->session = session;
	if (!passed)
		return false;
	run->has_sender = true;
	if (!run_sender(run, restrictions))
		return false;
	run->has_recipient = true;
	return true;
}

/* The whole session; false: it is refused. */
static bool
run_session(struct restriction_run *run,
    const struct restrictions *restrictions)
{
	const struct restriction_settings *settings = run->settings;
	bool delayed = settings->delay_reject;

	run->facts |= settings->tls_required ? FACT_TLS : 0;
	run->facts |= settings->helo_required ? FACT_HELO : 0;
	if (settings->tls_required && run->session->tls_version.length == 0)
		return refuse(run, "smtpd_tls_security_level", 530,
		    "5.7.0 Must issue a STARTTLS command first");
	if (settings->helo_required && !run->has_helo)
		return refuse(run, "smtpd_helo_required", 503,
		    "5.5.1 Error: send HELO/EHLO first");
	if (!check_syntax(run, true))
		return false;
	if (!delayed && !run_early(run, restrictions))
		return false;
	if (!check_syntax(run, false))
		return false;
	if (is_always_taken(run))
		return true;
	if (delayed &&
	    (!run_stage(run, restrictions, STAGE_CLIENT) ||
		!run_helo(run, restrictions) || !run_sender(run, restrictions)))
		return false;
	return run_recipient(run, restrictions);
}

/* Whose the recipient is, also where nobody came to ask. */
static void
find_recipient(struct outcome *outcome)
{
	struct restriction_run *run = &outcome->run;
	struct choices aside = { .count = 0 };

	if (outcome->refused)
		run->choices = &aside;
	outcome->recipient = *restriction_recipient(run);
	outcome->recipient_known = !outcome->recipient.error &&
	    !outcome->recipient.failed && aside.count == 0;
}

/* Makes one run. */
static void
run_once(const struct restrictions *restrictions, const struct session *session,
    struct choices *choices, bool trace, struct arena *arena,
    struct outcome *outcome)
{
	struct restriction_run *run = &outcome->run;

	restrictions_run_new(restrictions, session, choices, arena, run);
	run->trace = trace;
	outcome->refused = !run_session(run, restrictions);
	outcome->decided = run->rejected;
	if (!outcome->refused) {
		outcome->decided = run->permit[STAGE_RELAY];
		if (outcome->decided == NULL)
			outcome->decided = run->permit[STAGE_RECIPIENT];
		if (outcome->decided == NULL)
			outcome->decided =
			    step_new(run, "end-of-lists", "permit");
	}
	if (outcome->refused && run->settings->soft_bounce && run->code >= 500)
		run->code -= 100;
	find_recipient(outcome);
}

/* Whether accepted mail would go on to another host. */
static bool
goes_outside(const struct outcome *outcome)
{
	struct str transport = outcome->recipient.transport;

	return !outcome->run.discard && outcome->recipient_known &&
	    (outcome->recipient.class == RECIPIENT_RELAY ||
		outcome->recipient.class == RECIPIENT_OTHER) &&
	    !str_equal(transport, STR("error")) &&
	    !str_equal(transport, STR("retry")) &&
	    !str_equal(transport, STR("discard"));
}

/* Tells of a run what Postfix would have done. */
static void
ruling_fill(const struct outcome *outcome, struct ruling *ruling)
{
	const struct restriction_run *run = &outcome->run;

	ruling->kind = RULING_ACCEPT;
	ruling->code = 250;
	ruling->text = "2.1.5 Ok";
	if (outcome->refused) {
		ruling->code = run->code;
		ruling->text = run->text;
		ruling->kind = run->code < 500 ? RULING_DEFER : RULING_REJECT;
	}
	ruling->discarded = run->discard;
	ruling->decided = outcome->decided;
	for (int i = 0; i < STAGES; i++)
		ruling->permit[i] = run->permit[i];
	ruling->class = outcome->recipient.class;
	ruling->class_known = outcome->recipient_known;
	ruling->failed_place = outcome->recipient.failed_place;
	ruling->routed = outcome->recipient.routed;
	ruling->outside = goes_outside(outcome);
	ruling->resolved = outcome->recipient.recipient;
	ruling->transport = outcome->recipient.transport;
	ruling->nexthop = outcome->recipient.nexthop;
}

/* What nobody knows beside the lists: a table that resolves a recipient. */
static const struct restriction_step *
unknown_beside(const struct choices *choices, struct arena *arena)
{
	struct restriction_step *step = arena_alloc(arena, sizeof(*step));

	step->stage = STAGE_RECIPIENT;
	step->restriction = STR("resolving the recipient");
	step->result = "unknown";
	if (choices->count > 0) {
		step->reason = choices->asked[0].reason;
		step->place = choices->asked[0].place;
	}
	return step;
}

/* Whether what is accepted would be sent on, were it not for an action. */
static bool
is_held_back(const struct ruling *ruling)
{
	return ruling->discarded || ruling->class == RECIPIENT_RELAY ||
	    ruling->class == RECIPIENT_OTHER;
}

/*
 * Tries the answers of what is unknown, until two runs do not agree. Of all
 * that do, the ruling tells how it would be accepted, and best how relayed.
 */
static void
explore(const struct restrictions *restrictions, const struct session *session,
    struct choices *choices, const struct outcome *first, struct arena *arena,
    struct ruling *ruling)
{
	struct outcome *other = arena_alloc(arena, sizeof(*other));
	bool relays = !first->refused && goes_outside(first);
	bool agreed = true, known = true;

	while ((agreed || (!relays && is_held_back(ruling))) &&
	    choices_next(choices)) {
		run_once(restrictions, session, choices, false, arena, other);
		ruling->facts |= other->run.facts;
		agreed &= other->refused == first->refused;
		if (other->refused || relays ||
		    (!first->refused && !goes_outside(other)))
			continue;
		ruling_fill(other, ruling);
		relays = goes_outside(other);
		known = false;
	}
	if (agreed && known && !choices->incomplete)
		return;
	ruling->unknown = first->run.unknown != NULL ? first->run.unknown
						     : other->run.unknown;
	if (ruling->unknown == NULL)
		ruling->unknown = unknown_beside(choices, arena);
	if (agreed && !choices->incomplete)
		return;
	ruling->kind = RULING_UNKNOWN;
	ruling->code = 0;
	ruling->text = NULL;
}

void
restrictions_judge(struct restrictions *restrictions,
    const struct session *session, bool trace, struct arena *arena,
    struct ruling *ruling)
{
	struct choices choices = { .count = 0 };
	struct outcome *first = arena_alloc(arena, sizeof(*first));

	*ruling = (struct ruling){ .kind = RULING_REJECT };
	if (restrictions->fatal != NULL) {
		struct restriction_step *step =
		    arena_alloc(arena, sizeof(*step));

		step->restriction = STR("does-not-start");
		step->result = "reject";
		step->reason = restrictions->fatal;
		step->place = restrictions->fatal_place;
		ruling->fatal = true;
		ruling->text = restrictions->fatal;
		ruling->decided = step;
		if (trace)
			ruling->steps = step;
		return;
	}
	run_once(restrictions, session, &choices, trace, arena, first);
	ruling->facts = first->run.facts;
	ruling_fill(first, ruling);
	ruling->steps = first->run.steps;
	explore(restrictions, session, &choices, first, arena, ruling);
	if (ruling->kind == RULING_UNKNOWN && ruling->unknown != NULL)
		ruling->decided = ruling->unknown;
}
