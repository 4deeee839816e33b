/*
 * proof_exim.c - the proof for an Exim: its ACLs judged for strangers from
 * everywhere, and, where it may be run, Exim asked itself (exim -bh).
 */
#include "check/proof.h"

#include "check/exim_values.h"
#include "check/proof_address.h"
#include "mta/exim.h"
#include "mta/exim_acl.h"
#include "mta/exim_ask.h"
#include "mta/exim_expand.h"

#include <string.h>

enum {
	ASKED = 2, /* strangers about whom the program is asked */
	ASKED_IN_DOUBT = 6,
	TRIES = 20000, /* sessions that are tried where one may be accepted */
};

struct search {
	const struct proof_task *task;
	const struct exim *exim;
	struct proof_service *service;
	struct exim_values values;
	struct arena *scratch;    /* of one judgement */
	struct exim_ruling doubt; /* the first that was unsure */
	bool doubted;
	unsigned tries;
};

/* What of a session the ACLs are asked about. */
struct attempt {
	const struct address *client;
	const char *domain, *local_part, *sender;
	bool exact, nameless, login, tls;
};

/* Judges, and says what the answer has depended on. */
static unsigned
judge(struct search *search, const struct attempt *attempt, struct arena *arena,
    struct exim_ruling *ruling)
{
	struct exim_message message =
	    exim_message_new(search->exim, arena, attempt->client,
		str_from(attempt->local_part), str_from(attempt->domain));

	message.port = search->service->port;
	message.login = attempt->login;
	message.nameless = attempt->nameless;
	message.exact = attempt->exact;
	message.tls = attempt->tls;
	if (attempt->sender != NULL)
		message.sender = str_from(attempt->sender);
	exim_acl_judge(&message, ruling);
	search->service->judged++;
	return message.asked;
}

static struct session
session_of(struct search *search, const struct attempt *attempt)
{
	struct session session = {
		.client_kind = SESSION_CLIENT_ADDRESS,
		.client = *attempt->client,
		.server_port = search->service->port,
		.helo = STR("client.invalid"),
		.form = MAILBOX_INTERNAL,
		.sender = str_from(attempt->sender),
		.recipient = str_from(arena_print(search->task->arena, "%s@%s",
		    attempt->local_part, attempt->domain)),
	};

	session.client_text =
	    exim_print_address(attempt->client, search->task->arena);
	if (!attempt->nameless)
		session.client_name = session.reverse_name =
		    STR("mail.elsewhere-7f3a.com");
	if (attempt->tls)
		session.tls_version = STR("yes");
	return session;
}

static struct proof_by
by_of(const struct exim_ruling *ruling)
{
	return (struct proof_by){
		.parameter = STR("acl_smtp_rcpt"),
		.restriction = str_from(ruling->text),
		.place = ruling->place,
	};
}

/* Whether the very session is accepted; false: all have been tried. */
static bool
try_session(struct search *search, const struct attempt *attempt,
    unsigned *asked)
{
	struct exim_ruling ruling;

	arena_reset(search->scratch);
	*asked |= judge(search, attempt, search->scratch, &ruling);
	if (ruling.accepted != EXIM_YES)
		return false;
	judge(search, attempt, search->task->arena, &ruling);
	struct proof_path path = {
		.session = session_of(search, attempt),
		.by = by_of(&ruling),
	};
	proof_path_add(&search->service->paths, &path, search->task->arena);
	search->service->verdict = PROOF_OPEN;
	return true;
}

/* Every local part that may make a difference, until one does. */
static bool
try_local_parts(struct search *search, struct attempt attempt, unsigned *asked)
{
	const struct exim_names *names = &search->values.local_parts;

	for (size_t i = 0; i < names->count && search->tries > 0; i++) {
		if (i > 0 && (*asked & EXIM_ASKED_LOCAL_PART) == 0)
			break;
		search->tries--;
		attempt.local_part = names->values[i];
		if (try_session(search, &attempt, asked))
			return true;
	}
	return false;
}

/* The same of senders, each with all local parts. */
static bool
try_senders(struct search *search, struct attempt attempt, unsigned *asked)
{
	const struct exim_names *names = &search->values.senders;

	for (size_t i = 0; i < names->count; i++) {
		if (i > 0 && (*asked & EXIM_ASKED_SENDER) == 0)
			break;
		attempt.sender = names->values[i];
		if (try_local_parts(search, attempt, asked))
			return true;
	}
	return false;
}

static bool
try_sessions(struct search *search, struct attempt attempt)
{
	unsigned asked = 0;

	attempt.exact = true;
	if (try_senders(search, attempt, &asked))
		return true;
	attempt.tls = true;
	return (asked & EXIM_ASKED_TLS) != 0 &&
	    try_senders(search, attempt, &asked);
}

/* What may be accepted, and no session was found for which it is. */
static void
doubt(struct search *search, const struct attempt *attempt)
{
	struct exim_ruling *found = &search->doubt;

	if (search->doubted)
		return;
	search->doubted = true;
	judge(search, attempt, search->task->arena, found);
	if (found->reason == NULL)
		found->reason = "nothing refuses a sender and a recipient that "
				"suit it, and none was found";
}

/* One stranger, with a name and without, to every place outside. */
static void
try_stranger(struct search *search, const struct address *client)
{
	const struct exim_names *domains = &search->values.domains;

	for (size_t i = 0; i < domains->count; i++)
		for (int named = 0; named < 2; named++) {
			struct attempt attempt = {
				.client = client,
				.domain = domains->values[i],
				.local_part = "somebody",
				.nameless = named == 0,
			};
			struct exim_ruling ruling;

			arena_reset(search->scratch);
			judge(search, &attempt, search->scratch, &ruling);
			if (ruling.accepted == EXIM_NO)
				continue;
			if (try_sessions(search, attempt))
				break;
			doubt(search, &attempt);
		}
}

/* The networks that the configuration itself names. */
static void
try_networks(struct search *search)
{
	struct proof_addresses chosen;

	proof_addresses_choose(&search->values.blocks,
	    search->exim->host->network, search->task->arena, &chosen);
	for (size_t i = 0; i < chosen.count; i++)
		try_stranger(search, &chosen.addresses[i]);
}

/* Asks the program. True: it refused everything to this client. */
static bool
ask(struct search *search, const char *client)
{
	const char *const senders[] = { "", "stranger@sender.example",
		arena_print(search->task->arena, "postmaster@" STR_FORMAT,
		    STR_ARGS(exim_main(search->exim, "qualify_domain").value)),
		NULL };
	const char *const recipients[] = { "somebody@elsewhere.example",
		"somebody@elsewhere-7f3a.com", "somebody@elsewhere-7f3a.org",
		NULL };
	struct exim_session question = { client, senders, recipients };
	struct exim_verdict verdict;
	struct address address;
	struct error error;

	if (!exim_ask_session(search->exim, &question, search->task->arena,
		&verdict, &error)) {
		proof_unknown_add(search->service, STR("exim -bh"),
		    arena_print(search->task->arena, "%s", error.text),
		    (struct place){ search->exim->shown, 0 },
		    search->task->arena);
		return false;
	}
	if (!verdict.accepted)
		return true;
	if (!address_parse(str_from(client), &address, &error))
		return false;
	struct proof_path path = {
		.session = session_of(search,
		    &(struct attempt){ .client = &address,
			.domain = "",
			.local_part = "",
			.sender = "",
			.nameless = true }),
		.by = { .parameter = STR("acl_smtp_rcpt"),
		    .restriction = verdict.statement,
		    .place = verdict.place },
	};
	path.session.sender = str_from(verdict.sender);
	path.session.recipient = str_from(verdict.recipient);
	proof_path_add(&search->service->paths, &path, search->task->arena);
	search->service->verdict = PROOF_OPEN;
	return false;
}

/*
 * What the program refuses to some settles no doubt of ours, which may hold
 * for others; what it accepts is proven.
 */
static void
conclude(struct search *search)
{
	static const char *const clients[ASKED_IN_DOUBT] = { "203.0.114.9",
		"2a00:1450:4001::5", "24.60.3.7", "77.88.21.3", "151.101.1.6",
		"2600:1f18::33" };
	size_t asked = search->doubted ? ASKED_IN_DOUBT : ASKED;
	bool refused = search->exim->program != NULL;

	if (search->service->verdict == PROOF_OPEN)
		return;
	for (size_t i = 0; i < asked && refused; i++)
		refused = ask(search, clients[i]);
	if (search->service->verdict == PROOF_OPEN || !search->doubted)
		return;
	search->service->verdict = PROOF_UNKNOWN;
	proof_unknown_add(search->service,
	    str_from(search->doubt.text != NULL ? search->doubt.text : "ACL"),
	    search->doubt.reason,
	    search->doubt.unsure.file != NULL ? search->doubt.unsure
					      : search->doubt.place,
	    search->task->arena);
}

static void
fill_matrix(struct search *search)
{
	static const struct {
		enum proof_who who;
		const char *client;
		bool login;
	} clients[] = {
		{ PROOF_STRANGER, "203.0.114.9", false },
		{ PROOF_TRUSTED, "127.0.0.1", false },
		{ PROOF_LOGIN, "203.0.114.9", true },
	};
	static const enum proof_verdict verdicts[] = {
		[EXIM_NO] = PROOF_CLOSED,
		[EXIM_YES] = PROOF_OPEN,
		[EXIM_UNSURE] = PROOF_UNKNOWN,
	};
	const char *own = arena_copy(search->task->arena,
	    exim_main(search->exim, "qualify_domain").value)
			      .data;

	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		for (int where = 0; where < 2; where++) {
			struct exim_ruling ruling;
			struct address client;
			struct error error;

			if (!address_parse(str_from(clients[i].client), &client,
				&error))
				continue;
			struct attempt attempt = {
				.client = &client,
				.domain = where == 0
				    ? own
				    : search->values.domains.values[0],
				.local_part = "somebody",
				.login = clients[i].login,
			};
			judge(search, &attempt, search->task->arena, &ruling);
			struct proof_cell *cell = proof_cell_add(search->task,
			    search->service, clients[i].who,
			    where == 0 ? PROOF_OURS : PROOF_ANYWHERE);
			cell->verdict = verdicts[ruling.accepted];
			cell->by = by_of(&ruling);
		}
}

static void
prove_service(const struct proof_task *task, unsigned port, bool reachable)
{
	struct search search = {
		.task = task,
		.exim = task->mta->exim,
		.service = proof_service_add(task,
		    str_from(arena_print(task->arena, "port %u", port)), port),
		.scratch = arena_new(0),
		.tries = TRIES,
	};
	struct address client;
	struct error error;

	exim_values_collect(search.exim, task->arena, &search.values);
	search.service->reachable = reachable;
	search.service->verdict = PROOF_CLOSED;
	search.service->closed = task->mta->fatal;
	if (reachable && search.service->closed == NULL) {
		for (const char *const *name = exim_strangers; *name != NULL;
		     name++)
			if (address_parse(str_from(*name), &client, &error))
				try_stranger(&search, &client);
		for (size_t i = 0; i < task->options->stranger_count; i++)
			try_stranger(&search, &task->options->strangers[i]);
		try_networks(&search);
		conclude(&search);
	}
	fill_matrix(&search);
	arena_free(search.scratch);
	proof_service_done(task, search.service);
}

static bool
is_first(const struct exim_listener *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (list[i].port == list[index].port)
			return false;
	return true;
}

/* What is not known might let everybody in. */
static void
prove_unread(const struct proof_task *task)
{
	struct proof_service *service =
	    proof_service_add(task, STR("exim"), 25);

	service->reachable = true;
	service->verdict = PROOF_UNKNOWN;
	proof_unknown_add(service, STR("exim.conf"), task->mta->unread,
	    task->mta->unread_place, task->arena);
	proof_service_done(task, service);
}

static void
prove(const struct proof_task *task)
{
	const struct exim_listener *list;
	struct error error;
	size_t count;

	if (task->mta->unread != NULL) {
		prove_unread(task);
		return;
	}
	if (!exim_listeners(task->mta->exim, task->arena, &list, &count,
		&error)) {
		prove_service(task, 25, true);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		bool reachable = false;

		if (!is_first(list, i))
			continue;
		for (size_t j = i; j < count; j++)
			reachable |=
			    list[j].port == list[i].port && !list[j].loopback;
		prove_service(task, list[i].port, reachable);
	}
}

const struct prover proof_exim = {
	.kind = MTA_EXIM,
	.prove = prove,
};
