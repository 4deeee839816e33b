/*
 * proof_postfix.c - whether a stranger can relay through Postfix: each place
 * where it listens, with the guard and without.
 */
#include "check/proof.h"

#include "check/guard.h"
#include "check/proof_dns.h"
#include "check/proof_matrix.h"
#include "check/proof_search.h"

enum {
	PATHS_MAX = 12, /* of one service; then the search ends */
};

/* One search for strangers, and what it has found. */
struct finding {
	const struct proof_task *task;
	struct proof_space *space;
	struct proof_service *service;
	struct guard *guard;
	bool down;
	struct proof_path *paths;
	size_t path_count;
	bool unknown;
	unsigned long dns_asked; /* before the session at hand */
};

static void
copy_session(const struct session *session, struct arena *arena,
    struct session *copy)
{
	*copy = *session;
	copy->client_text = arena_copy(arena, session->client_text);
	copy->client_name = arena_copy(arena, session->client_name);
	copy->reverse_name = arena_copy(arena, session->reverse_name);
	copy->helo = arena_copy(arena, session->helo);
	copy->sender = arena_copy(arena, session->sender);
	copy->recipient = arena_copy(arena, session->recipient);
}

static void
copy_by(const struct restriction_step *step, struct arena *arena,
    struct proof_by *by)
{
	*by = (struct proof_by){
		.parameter = arena_copy(arena, step->parameter),
		.restriction = arena_copy(arena, step->restriction),
		.argument = arena_copy(arena, step->argument),
		.key = arena_copy(arena, step->key),
		.value = arena_copy(arena, step->value),
		.place = step->place,
	};
	if (by->place.file != NULL)
		by->place.file = arena_print(arena, "%s", by->place.file);
}

/* Of an indexed file, the line of the entry in its source. */
static void
locate(const struct proof_space *space, struct proof_by *by)
{
	struct postfix_answer answer = {
		.found = POSTFIX_FOUND,
		.key = by->key,
		.value = by->value,
		.place = by->place,
	};

	if (by->key.length == 0 || by->place.line != 0)
		return;
	for (size_t i = 0; i < space->element_count; i++) {
		struct postfix_table *table = space->elements[i].table;

		if (table == NULL ||
		    !str_equal(space->elements[i].argument, by->argument))
			continue;
		postfix_table_locate(table, &answer);
		by->place = answer.place;
		return;
	}
}

void
proof_by_ruling(const struct proof_space *space, const struct ruling *ruling,
    struct arena *arena, struct proof_by *by)
{
	static const enum restriction_stage stages[] = { STAGE_RELAY,
		STAGE_RECIPIENT };
	const struct restriction_step *permit = NULL;

	/* What a table let pass tells more than a permit at the end. */
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		const struct restriction_step *step = ruling->permit[stages[i]];

		if (step != NULL &&
		    (permit == NULL ||
			(permit->key.length == 0 && step->key.length > 0)))
			permit = step;
	}
	if (permit != NULL) {
		copy_by(permit, arena, by);
		locate(space, by);
		return;
	}
	*by = (struct proof_by){
		.parameter = STR("smtpd_relay_restrictions"),
		.restriction = STR("(nothing refuses)"),
	};
}

bool
proof_is_foreign(const struct proof_space *space, const struct ruling *ruling)
{
	struct str local, domain;

	if (!ruling->outside)
		return false;
	if (ruling->routed)
		return true;
	if (!str_cut_last(ruling->resolved, '@', &local, &domain))
		return false;
	if (str_ends(domain, STR(">")))
		domain.length--;
	return !proof_is_claimed(space, domain);
}

static void
unknown_note(struct finding *finding, const struct ruling *ruling)
{
	const struct restriction_step *step = ruling->unknown;
	struct arena *arena = finding->task->arena;
	const char *name, *reason;
	struct place place;

	finding->unknown = true;
	if (step == NULL) {
		proof_unknown_add(finding->service, STR("the search"),
		    "more is unknown than can be gone through",
		    (struct place){ 0 }, arena);
		return;
	}
	name = arena_print(arena, STR_FORMAT "%s" STR_FORMAT,
	    STR_ARGS(step->restriction), step->argument.length > 0 ? " " : "",
	    STR_ARGS(step->argument));
	reason = arena_print(arena, "%s",
	    step->reason != NULL ? step->reason : "nobody can know");
	place = step->place;
	if (place.file != NULL)
		place.file = arena_print(arena, "%s", place.file);
	proof_unknown_add(finding->service, str_from(name), reason, place,
	    arena);
}

/* What the guard refuses as a milter may pass where it is turned off. */
static void
milter_note(struct finding *finding)
{
	struct place place;

	if (guard_milter_is_certain(finding->guard, &place))
		return;
	finding->unknown = true;
	proof_unknown_add(finding->service, STR("smtpd_milter_maps"),
	    "it may turn the guard off for clients, and which is not "
	    "searched: let the guard stand in smtpd_relay_restrictions",
	    place, finding->task->arena);
}

/* What is accepted today waits for a table, and leaves when that is mended. */
static void
failed_note(struct finding *finding, const struct ruling *ruling)
{
	struct arena *arena = finding->task->arena;
	struct place place = ruling->failed_place;

	if (place.file != NULL)
		place.file = arena_print(arena, "%s", place.file);
	finding->unknown = true;
	proof_unknown_add(finding->service, STR("resolving the recipient"),
	    "a table that says where mail goes cannot be read; until it can, "
	    "what is accepted waits",
	    place, arena);
}

static bool
is_ascii(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] < ' ' ||
		    (unsigned char)text.data[i] > '~')
			return false;
	return true;
}

/*
 * What is not ASCII Postfix takes or refuses, and looks up or not, by its
 * version and libraries: that it gets through is no proof that it does.
 */
static bool
is_odd(const struct session *session)
{
	return !is_ascii(session->helo) || !is_ascii(session->sender) ||
	    !is_ascii(session->recipient);
}

static void
odd_note(struct finding *finding, const struct proof_by *by)
{
	struct arena *arena = finding->task->arena;
	const char *name = arena_print(arena, STR_FORMAT "%s" STR_FORMAT,
	    STR_ARGS(by->restriction), by->argument.length > 0 ? " " : "",
	    STR_ARGS(by->argument));

	finding->unknown = true;
	proof_unknown_add(finding->service, str_from(name),
	    "it lets through what has other bytes than printable ASCII, and "
	    "what Postfix makes of those nobody can know: let it match ASCII "
	    "only",
	    by->place, arena);
}

static bool
judged(void *state, const struct session *session, const struct ruling *ruling)
{
	struct finding *finding = state;
	struct proof_path path = { .routed = ruling->routed };
	struct arena *arena = finding->task->arena;

	path.by_dns = finding->space->dns_asked != finding->dns_asked;
	finding->dns_asked = finding->space->dns_asked;
	if (ruling->kind == RULING_UNKNOWN) {
		if (!ruling->class_known ||
		    proof_is_foreign(finding->space, ruling))
			unknown_note(finding, ruling);
		return true;
	}
	if (ruling->kind == RULING_ACCEPT && !ruling->discarded &&
	    !ruling->class_known) {
		failed_note(finding, ruling);
		return true;
	}
	if (ruling->kind != RULING_ACCEPT || ruling->discarded ||
	    !proof_is_foreign(finding->space, ruling))
		return true;
	if (guard_milter_refuses(finding->guard, session, ruling,
		finding->down)) {
		milter_note(finding);
		return true;
	}
	if (ruling->unknown != NULL) {
		unknown_note(finding, ruling);
		return true;
	}
	proof_by_ruling(finding->space, ruling, arena, &path.by);
	if (is_odd(session)) {
		odd_note(finding, &path.by);
		return true;
	}
	copy_session(session, arena, &path.session);
	proof_path_add(&finding->paths, &path, arena);
	return ++finding->path_count < 8 * PATHS_MAX;
}

/* What a stranger is before he says anything. */
static struct session
stranger(unsigned port, bool tls)
{
	struct session session = {
		.stage = SESSION_RCPT,
		.client_kind = SESSION_CLIENT_ADDRESS,
		.client = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0,
		    113, 66 } },
		.client_text = STR_INIT("203.0.113.66"),
		.server_port = port,
		.helo = STR_INIT(PROOF_STRANGER_NAME),
		.form = MAILBOX_ARGUMENT,
		.sender = STR_INIT("<user@" PROOF_STRANGER_NAME ">"),
		.recipient = STR_INIT("<user@" PROOF_VICTIM_NAME ">"),
	};

	if (tls)
		session.tls_version = STR("TLSv1.3");
	return session;
}

/* Whether a client can have TLS: then a stranger has it, where it helps. */
static bool
has_tls(const struct postfix *postfix, const struct postfix_service *service)
{
	static const char *const flags[] = { "smtpd_use_tls",
		"smtpd_enforce_tls", "smtpd_tls_wrappermode" };
	struct postfix_value value;
	struct error error;
	bool flag;

	if (postfix_value(postfix, service, "smtpd_tls_security_level", &value,
		&error) &&
	    value.text.length > 0)
		return !str_equal(value.text, STR("none"));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (postfix_flag(postfix, service, flags[i], &flag, &value,
			&error) &&
		    flag)
			return true;
	return false;
}

static void
space_init(const struct proof_task *task, struct proof_service *service,
    const struct postfix_listener *listener, struct proof_space *space)
{
	struct postfix_value hostname;
	struct error error;

	*space = (struct proof_space){
		.arena = task->arena,
		.options = task->options,
		.postfix = task->mta->postfix,
		.smtpd = listener->smtpd,
		.service = service,
		.base = stranger(listener->port,
		    has_tls(task->mta->postfix, listener->smtpd)),
	};
	if (postfix_value(task->mta->postfix, listener->smtpd, "myhostname",
		&hostname, &error))
		space->hostname = hostname.text;
	for (size_t i = 0; i < listener->endpoint_count; i++) {
		if (listener->endpoints[i].loopback)
			continue;
		space->ipv4 |= !listener->endpoints[i].ipv6;
		space->ipv6 |= listener->endpoints[i].ipv6;
	}
}

/* The grants for senders and recipients that strangers may make use of. */
static void
grants_note(struct finding *finding)
{
	const struct policy *policy = finding->task->options->policy;
	const struct proof_atoms *clients =
	    &finding->space->atoms[PROOF_ADDRESS];

	finding->unknown = true;
	for (size_t g = 0; g < policy->grant_count; g++) {
		const struct policy_grant *grant = &policy->grants[g];
		bool trusts = false;

		for (size_t i = 0; i < clients->count && !trusts; i++)
			trusts = guard_trusts(finding->guard, grant,
			    &clients->atoms[i].address);
		if (!trusts || grant->senders.count + grant->to.count == 0)
			continue;
		proof_unknown_add(finding->service, grant->name,
		    "the grant is for strangers, too, and which senders and "
		    "recipients it takes is not searched: narrow its \"from\"",
		    grant->place, finding->task->arena);
	}
}

static enum proof_verdict
search_strangers(struct finding *finding)
{
	struct proof_search search = {
		.space = finding->space,
		.base = finding->space->base,
		.state = finding,
		.judged = judged,
	};

	finding->dns_asked = finding->space->dns_asked;
	proof_search_run(&search);
	finding->service->judged += search.count;
	if (finding->paths != NULL)
		return PROOF_OPEN;
	if (!search.complete)
		proof_space_gap(finding->space, NULL,
		    "there are more sessions to tell apart than can be gone "
		    "through",
		    (struct place){ 0 });
	return finding->unknown || !finding->space->complete ? PROOF_UNKNOWN
							     : PROOF_CLOSED;
}

/* A space for a service, with a guard that decides by a policy. */
struct attempt {
	struct proof_space space;
	struct restrictions_resolver resolver;
	struct finding finding;
};

static void
attempt_begin(const struct proof_task *task, struct proof_service *service,
    const struct postfix_listener *listener, const struct policy *policy,
    bool down, struct attempt *attempt)
{
	struct guard *guard = guard_new(
	    &(struct guard_options){
		.policy = policy,
		.postfix = task->mta->postfix,
		.service = listener->smtpd,
		.now = task->options->host->now,
	    },
	    task->arena);

	attempt->resolver = proof_dns(&attempt->space);
	attempt->finding = (struct finding){
		.task = task,
		.space = &attempt->space,
		.service = service,
		.guard = guard,
		.down = down,
	};
	space_init(task, service, listener, &attempt->space);
	attempt->space.restrictions = restrictions_new(
	    &(struct restrictions_options){
		.postfix = task->mta->postfix,
		.service = listener->smtpd,
		.guard = guard_restrictions(guard, down),
		.resolver = &attempt->resolver,
	    },
	    task->arena);
}

/*
 * Senders and recipients of grants are not searched. Where it is closed even
 * if they were all that there are, they do not matter.
 */
static bool
grants_matter(const struct proof_task *task,
    const struct postfix_listener *listener)
{
	const struct policy *wide = task->options->policy == NULL
	    ? NULL
	    : guard_policy_widened(task->options->policy, task->arena);
	struct proof_service aside = { .port = listener->port };
	struct attempt attempt;

	if (wide == NULL)
		return false;
	attempt_begin(task, &aside, listener, wide, false, &attempt);
	proof_space_fill(&attempt.space);
	return search_strangers(&attempt.finding) != PROOF_CLOSED;
}

/* One search, with the guard as it is or down. */
static enum proof_verdict
prove_once(const struct proof_task *task, struct proof_service *service,
    const struct postfix_listener *listener, bool down)
{
	struct attempt attempt;
	struct finding *finding = &attempt.finding;
	struct proof_space *space = &attempt.space;
	enum proof_verdict verdict;

	attempt_begin(task, service, listener, task->options->policy, down,
	    &attempt);
	service->closed =
	    restrictions_fatal(space->restrictions, &service->closed_place);
	if (service->closed != NULL)
		return PROOF_CLOSED;
	service->guarded |= guard_is_wired(finding->guard, space->restrictions);
	proof_space_fill(space);
	verdict = search_strangers(finding);
	if (down) {
		service->down = finding->paths;
		return verdict;
	}
	if (verdict == PROOF_CLOSED && service->guarded &&
	    grants_matter(task, listener)) {
		grants_note(finding);
		verdict = PROOF_UNKNOWN;
	}
	service->paths = finding->paths;
	proof_matrix_fill(task, service, space, finding->guard, verdict);
	return verdict;
}

static void
prove_listener(const struct proof_task *task,
    const struct postfix_listener *listener)
{
	struct proof_service *service =
	    proof_service_add(task, listener->inet->name, listener->port);

	service->reachable = listener->reachable;
	if (!listener->reachable) {
		service->closed = "only this host reaches it";
	} else if (listener->smtpd == NULL) {
		service->closed = "no smtpd stands behind it";
	} else {
		service->verdict = prove_once(task, service, listener, false);
		if (service->guarded)
			service->without_guard =
			    prove_once(task, service, listener, true);
	}
	proof_service_done(task, service);
}

static void
prove_fatal(const struct proof_task *task, const char *why, struct place place,
    enum proof_verdict verdict)
{
	struct proof_service *service =
	    proof_service_add(task, STR("smtp"), 25);

	service->verdict = verdict;
	if (verdict == PROOF_CLOSED) {
		service->closed = why;
		service->closed_place = place;
	} else {
		proof_unknown_add(service, STR("main.cf"), why, place,
		    task->arena);
	}
	proof_service_done(task, service);
}

static void
prove(const struct proof_task *task)
{
	const struct postfix *postfix = task->mta->postfix;
	const struct postfix_listener *listeners;
	size_t count;

	if (postfix == NULL) {
		prove_fatal(task,
		    task->mta->fatal != NULL
			? task->mta->fatal
			: "the configuration could not be read",
		    task->mta->fatal_place, PROOF_UNKNOWN);
		return;
	}
	if (postfix->unread != NULL) {
		prove_fatal(task, postfix->unread, postfix->unread_place,
		    PROOF_UNKNOWN);
		return;
	}
	if (postfix->fatal != NULL) {
		prove_fatal(task, postfix->fatal, postfix->fatal_place,
		    PROOF_CLOSED);
		return;
	}
	postfix_listeners(postfix, &listeners, &count);
	for (size_t i = 0; i < count; i++)
		prove_listener(task, &listeners[i]);
}

const struct prover proof_postfix = {
	.kind = MTA_POSTFIX,
	.prove = prove,
};
