/*
 * proof_sendmail.c - whether a stranger can relay through Sendmail: what its
 * rules open, and what the real program says where it may be asked.
 */
#include "check/proof.h"
#include "check/sendmail_attempts.h"
#include "check/sendmail_guard.h"
#include "mta/sendmail_relay.h"

#include <string.h>

/* A name that is nobody's, and one below any name that is somebody's. */
#define OUTSIDE "elsewhere.invalid"

/* What is known of one Sendmail, for all of its ports. */
struct proving {
	const struct proof_task *task;
	const struct sendmail *sendmail;
	struct sendmail_relay relay;
	struct sendmail_attempts attempts;
	struct address stranger;
	struct str own_domain;
	struct policy_scratch *scratch;
};

static struct proof_by
by_opening(const struct sendmail_opening *opening)
{
	return (struct proof_by){
		.parameter = str_from(sendmail_knob_name(opening->knob)),
		.restriction = STR("check_rcpt"),
		.key = opening->value,
		.value = STR("RELAY"),
		.place = opening->place,
	};
}

static struct str
print(struct arena *arena, const char *before, struct str text)
{
	return str_from(
	    arena_print(arena, "%s" STR_FORMAT, before, STR_ARGS(text)));
}

/* The part of a name after a dot that it begins with. */
static struct str
without_dot(struct str name)
{
	while (name.length > 0 && name.data[0] == '.')
		name = str_slice(name, 1, name.length);
	return name;
}

static struct session
stranger_session(const struct proving *proving)
{
	return (struct session){
		.stage = SESSION_RCPT,
		.client_kind = SESSION_CLIENT_ADDRESS,
		.client = proving->stranger,
		.helo = STR("client." OUTSIDE),
		.form = MAILBOX_ARGUMENT,
		.sender = STR("probe@" OUTSIDE),
		.recipient = STR("victim@" OUTSIDE),
	};
}

/* Whether nobody owns a network as wide. */
static bool
is_everybodys(const struct netblock *block)
{
	enum {
		MAPPED = 96, /* bits before the IPv4 part */
	};
	bool ipv4 = block->address.bytes[10] == 0xff;

	return ipv4 ? block->prefix <= MAPPED + PROOF_WIDE_IPV4
		    : block->prefix <= PROOF_WIDE_IPV6;
}

/* An address in a block that is not the block's own. */
static struct address
within(const struct netblock *block)
{
	struct address address = block->address;

	address.bytes[15] |= 66;
	return address;
}

/* The session of a stranger that an opening lets pass; false: there is none. */
static bool
session_of(const struct proving *proving,
    const struct sendmail_opening *opening, struct session *session)
{
	struct arena *arena = proving->task->arena;
	struct str name = without_dot(opening->value);

	*session = stranger_session(proving);
	switch (opening->who) {
	case SENDMAIL_ANYONE:
		if (opening->where == SENDMAIL_DOMAIN)
			session->recipient =
			    print(arena, "victim@elsewhere.", name);
		return sendmail_opening_is_open(opening);
	case SENDMAIL_FORGER:
		session->sender = name.length == 0
		    ? print(arena, "root@", proving->own_domain)
		    : str_has(name, '@') ? name
					 : print(arena, "root@", name);
		return true;
	case SENDMAIL_NAMES:
		session->client_name = print(arena, "client.", name);
		session->reverse_name = session->client_name;
		return opening->top_level;
	case SENDMAIL_NETWORK:
		session->client = within(&opening->block);
		return is_everybodys(&opening->block);
	case SENDMAIL_LOGIN:
	case SENDMAIL_CERTIFICATE:
		return false;
	}
	return false;
}

/* ---- our guard ---- */

static bool
guard_refuses(const struct proving *proving, const struct session *session)
{
	const struct proof_options *options = proving->task->options;
	struct request request = {
		.protocol = REQUEST_MILTER,
		.session = *session,
		.now = options->host->now,
		.mta = REQUEST_MTA_SENDMAIL,
		.rcpt_mailer = STR("esmtp"),
		.rcpt_addr = session->recipient,
		.macros = true,
	};
	struct decision decision;

	policy_decide(options->policy, &request, proving->scratch, NULL,
	    &decision);
	return decision.verdict != VERDICT_CONTINUE && !decision.observe;
}

/*
 * Adds a path to a service: with the guard answering, if it lets it pass;
 * with the guard down, if its fallback does.
 */
static void
add_path(const struct proving *proving, struct proof_service *service,
    const struct sendmail_filter *guard, const struct proof_path *path)
{
	struct arena *arena = proving->task->arena;

	if (guard == NULL || proving->task->options->policy == NULL) {
		service->verdict = PROOF_OPEN;
		proof_path_add(&service->paths, path, arena);
		return;
	}
	if (!guard_refuses(proving, &path->session)) {
		service->verdict = PROOF_OPEN;
		proof_path_add(&service->paths, path, arena);
	}
	if (sendmail_filter_opens(guard)) {
		service->without_guard = PROOF_OPEN;
		proof_path_add(&service->down, path, arena);
	}
}

/* ---- one port ---- */

static void
add_openings(const struct proving *proving, struct proof_service *service,
    const struct sendmail_filter *guard)
{
	for (const struct sendmail_opening *opening = proving->relay.openings;
	     opening != NULL; opening = opening->next) {
		struct proof_path path = { .by = by_opening(opening) };

		if (session_of(proving, opening, &path.session))
			add_path(proving, service, guard, &path);
	}
}

/* The text of an attempt without the dot that kept it from DNS. */
static struct str
without_last_dot(struct arena *arena, struct str text)
{
	char *copy = arena_alloc(arena, text.length + 1);
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		bool last = i + 1 == text.length ||
		    strchr("@>:\"", text.data[i + 1]) != NULL;

		if (text.data[i] != '.' || !last)
			copy[length++] = text.data[i];
	}
	return (struct str){ copy, length };
}

/* What the program lets pass, and no rule that we know opens. */
static void
add_attempts(const struct proving *proving, struct proof_service *service,
    const struct sendmail_filter *guard)
{
	struct arena *arena = proving->task->arena;

	for (size_t i = 0; i < proving->attempts.count; i++) {
		const struct sendmail_question *question =
		    &proving->attempts.questions[i];
		struct proof_path path = {
			.session = stranger_session(proving),
			.by = {
				.parameter = STR("sendmail -bt"),
				.restriction = STR("check_rcpt"),
				.place = { proving->sendmail->cf.path, 0 },
			},
		};

		if (question->reply != SENDMAIL_RELAYS)
			continue;
		path.session.sender = without_last_dot(arena, question->sender);
		path.session.recipient =
		    without_last_dot(arena, question->recipient);
		path.session.client_name =
		    without_last_dot(arena, question->client_name);
		add_path(proving, service, guard, &path);
		return;
	}
}

static void
add_doubts(const struct proving *proving, struct proof_service *service)
{
	for (const struct sendmail_doubt *doubt = proving->relay.doubts;
	     doubt != NULL; doubt = doubt->next) {
		proof_unknown_add(service, STR("check_rcpt"), doubt->text,
		    doubt->place, proving->task->arena);
		if (service->verdict == PROOF_CLOSED)
			service->verdict = PROOF_UNKNOWN;
	}
}

/* ---- the matrix ---- */

/* The first opening that lets somebody send somewhere; NULL: none does. */
static const struct sendmail_opening *
find_opening(const struct proving *proving, enum sendmail_who who,
    enum sendmail_where where)
{
	for (const struct sendmail_opening *opening = proving->relay.openings;
	     opening != NULL; opening = opening->next)
		if (opening->who == who && opening->where == where)
			return opening;
	return NULL;
}

static void
add_cell(const struct proving *proving, const struct proof_service *service,
    enum proof_who who, enum proof_where where, enum proof_verdict verdict,
    const struct sendmail_opening *opening)
{
	struct proof_cell *cell =
	    proof_cell_add(proving->task, service, who, where);

	cell->verdict = verdict;
	if (opening != NULL)
		cell->by = by_opening(opening);
	else if (where == PROOF_ANYWHERE && service->paths != NULL)
		cell->by = service->paths->by;
}

/* Neighbours: whether a network that is named holds one of ours. */
static const struct sendmail_opening *
find_neighbours(const struct proving *proving)
{
	const struct host *host = proving->task->options->host->network;

	for (const struct sendmail_opening *opening = proving->relay.openings;
	     opening != NULL; opening = opening->next)
		for (size_t i = 0; i < host->interface_count; i++)
			if (opening->who == SENDMAIL_NETWORK &&
			    !host->interfaces[i].loopback &&
			    netblock_contains(&opening->block,
				&host->interfaces[i].address))
				return opening;
	return NULL;
}

static enum proof_verdict
open_if(const struct sendmail_opening *opening, enum proof_verdict otherwise)
{
	return opening != NULL ? PROOF_OPEN : otherwise;
}

static void
add_matrix(const struct proving *proving, const struct proof_service *service)
{
	const struct sendmail_opening *relay =
	    find_opening(proving, SENDMAIL_ANYONE, SENDMAIL_DOMAIN);
	const struct sendmail_opening *by[PROOF_WHO] = {
		[PROOF_NEIGHBOUR] = find_neighbours(proving),
		[PROOF_LOGIN] =
		    find_opening(proving, SENDMAIL_LOGIN, SENDMAIL_ANYWHERE),
		[PROOF_CERTIFICATE] = find_opening(proving,
		    SENDMAIL_CERTIFICATE, SENDMAIL_ANYWHERE),
	};

	for (int i = 0; i < PROOF_WHO; i++) {
		enum proof_who who = (enum proof_who)i;
		enum proof_verdict anywhere =
		    open_if(by[who], service->verdict);

		/* Loopback and the host's own addresses always relay. */
		if (who == PROOF_TRUSTED)
			anywhere = PROOF_OPEN;
		add_cell(proving, service, who, PROOF_OURS, PROOF_OPEN, NULL);
		add_cell(proving, service, who, PROOF_RELAY,
		    open_if(relay, anywhere), relay);
		add_cell(proving, service, who, PROOF_ANYWHERE, anywhere,
		    by[who]);
	}
}

static void
prove_port(const struct proving *proving,
    const struct sendmail_listener *listener)
{
	const struct proof_task *task = proving->task;
	const struct sendmail_filter *guard =
	    sendmail_guard_of(proving->sendmail, listener,
		task->options->policy);
	struct str name =
	    listener->name.length > 0 ? listener->name : listener->port;
	struct proof_service *service =
	    proof_service_add(task, name, listener->number);

	service->reachable = !listener->loopback;
	service->closed = proving->sendmail->fatal;
	service->guarded = guard != NULL && task->options->policy != NULL;
	if (service->closed == NULL && service->reachable) {
		add_openings(proving, service, guard);
		if (service->paths == NULL && service->down == NULL)
			add_attempts(proving, service, guard);
		add_doubts(proving, service);
		service->judged =
		    proving->attempts.asked ? proving->attempts.count : 0;
	}
	if (service->closed == NULL)
		add_matrix(proving, service);
	proof_service_done(task, service);
}

static void
prove_unread(const struct proof_task *task)
{
	struct proof_service *service =
	    proof_service_add(task, STR("sendmail"), 25);

	proof_unknown_add(service, STR("sendmail.cf"), task->mta->unread,
	    task->mta->unread_place, task->arena);
	service->reachable = true;
	service->verdict = PROOF_UNKNOWN;
	proof_service_done(task, service);
}

static void
prove(const struct proof_task *task)
{
	const struct sendmail *sendmail = task->mta->sendmail;
	struct proving proving = { .task = task, .sendmail = sendmail };

	if (sendmail == NULL) {
		prove_unread(task);
		return;
	}
	sendmail_relay_read(sendmail, task->arena, &proving.relay);
	proving.stranger = sendmail_stranger(sendmail, &proving.relay);
	proving.own_domain = sendmail_own_domain(sendmail);
	proving.scratch = policy_scratch_new();
	if (sendmail->fatal == NULL)
		sendmail_attempts_make(sendmail, task->arena,
		    &proving.attempts);
	for (size_t i = 0; i < sendmail->listener_count; i++)
		prove_port(&proving, &sendmail->listeners[i]);
	policy_scratch_free(proving.scratch);
}

const struct prover proof_sendmail = {
	.kind = MTA_SENDMAIL,
	.prove = prove,
};
